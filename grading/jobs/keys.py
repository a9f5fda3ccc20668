"""Requests that change something, sent twice: the second changes nothing and gets the answer of the first.

A key belongs to who sent it and to the address. It is kept in the transaction that did what was asked, so there is
never a key without its effect, nor an effect without its key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection
from django.utils.crypto import salted_hmac

from grading.jobs.errors import KeyUsedForAnother, SameKeyRunning
from grading.jobs.models import IdempotencyKey

KEY_HEADER = "Idempotency-Key"
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as its key knows it. ``key`` and ``body`` are keyed hashes: neither can be guessed back."""

    actor: User
    route: str
    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a status, where the browser was sent on to, or the text of the answer."""

    status: int
    location: str = ""
    text: str = ""


def is_key(text: str) -> bool:
    """Whether a text may be a key."""
    return 8 <= len(text) <= 255 and text.isascii() and text.isprintable()


def sent(actor: User, route: str, key: str, body: bytes) -> Sent:
    """A request by its key and content."""
    return Sent(actor, route[:200], _keyed("key", key.encode()), _keyed("body", body))


def _keyed(salt: str, value: bytes) -> str:
    return salted_hmac(f"idempotency.{salt}", value, algorithm="sha256").hexdigest()


def answered(request: Sent, *, patience: float) -> Answer | None:
    """The answer that a request was given before, or None where it is the first of its key and may go on.

    Call inside the transaction that the request is worked on in: until it ends, others of the same key wait, up to
    ``patience`` seconds. Raises SameKeyRunning, KeyUsedForAnother.
    """
    until = time.monotonic() + patience
    while (kept := _kept(request)) is None and not _is_alone(request):
        if time.monotonic() >= until:
            raise SameKeyRunning
        time.sleep(_POLL)
    kept = kept or _kept(request)  # the one before may have ended between the two questions
    if kept is None:
        return None
    if kept.body != request.body:
        raise KeyUsedForAnother
    return Answer(kept.status, kept.location, kept.answer)


def keep(request: Sent, answer: Answer) -> None:
    """Keep the answer of a request that had its effect, in the same transaction."""
    IdempotencyKey.objects.create(
        actor=request.actor,
        route=request.route,
        key=request.key,
        body=request.body,
        status=answer.status,
        location=answer.location,
        answer=answer.text,
    )


def _kept(request: Sent) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(actor=request.actor, route=request.route, key=request.key).first()


def _is_alone(request: Sent) -> bool:
    """Whether no other request of the key is being worked on. On SQLite none can be: a transaction waits for others."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{request.actor.pk} {request.route} {request.key}"],
        )
        return bool(cursor.fetchone()[0])
