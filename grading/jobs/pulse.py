"""Counting what the machinery does, in rows: whichever process on whichever machine did it, there is one figure."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

from grading.jobs.models import Pulse


def beat(name: str, *, outcome: str = "", times: int = 1, milliseconds: int = 0) -> None:
    """Something happened so many times, and took so long in all."""
    held, now = Pulse.objects.filter(name=name, outcome=outcome), timezone.now()
    more = {
        "times": models.F("times") + times,
        "milliseconds": models.F("milliseconds") + milliseconds,
        "last_at": now,
    }
    if not held.update(**more):
        Pulse.objects.bulk_create([Pulse(name=name, outcome=outcome, last_at=now)], ignore_conflicts=True)
        held.update(**more)


def last(name: str) -> datetime | None:
    """When it happened last; None before the first time."""
    return Pulse.objects.filter(name=name).order_by("-last_at").values_list("last_at", flat=True).first()


def pulses() -> list[Pulse]:
    """Everything that was counted, by name and outcome."""
    return list(Pulse.objects.order_by("name", "outcome"))
