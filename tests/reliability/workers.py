"""Commands and workers in one process, with a broker that is a list: dies with the process, and can be killed anywhere.

Everything else is real: the commands, the tasks that messages name, the sweeper, the database.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import app
from grading.jobs.models import RunItem
from grading.kernel.errors import DomainError
from payroll.management import closing

MESSAGES = 10_000
"""More than any operation sends; a run that needs more is not getting anywhere."""
PARKED = 3
"""The exit status of ``close_month`` when it did its work and somebody is parked."""


class Workers:
    """Does what messages ask, one at a time; sweeps when there is none."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[Any]]] = []
        self.left = MESSAGES
        self.clock = 0

    def send_task(self, name: str, args: list[Any] | None = None, *_: Any, **_options: Any) -> None:
        """In the place of Celery's."""
        self.messages.append((name, list(args or ())))

    def step(self, _seconds: float = 0) -> None:
        """What happens while a command sleeps: one message is worked, or the beat sweeps."""
        self.clock += 1
        self.left -= 1
        assert self.left, "nothing comes to an end"
        name, args = self.messages.pop(0) if self.messages else ("jobs.sweep", [])
        with suppress(DomainError):  # a worker logs it and takes the next message
            app.tasks[name](*args)

    def until_idle(self) -> None:
        """Work until a sweep finds nothing to publish: nobody presses anything."""
        while True:
            if not self.messages:
                app.tasks["jobs.sweep"]()
                if not self.messages:
                    return
            self.step()


@contextmanager
def workers() -> Iterator[Workers]:
    """Messages go to a list, and the commands' waiting is the workers' time."""
    made, send_task, clock = Workers(), app.send_task, closing.time
    app.loader.import_default_modules()
    app.send_task = made.send_task  # type: ignore[method-assign, assignment]
    closing.time = SimpleNamespace(monotonic=lambda: made.clock, sleep=made.step)  # type: ignore[assignment]
    try:
        yield made
    finally:
        app.send_task = send_task  # type: ignore[method-assign]
        closing.time = clock


def command(name: str, *arguments: str, refused: tuple[str, ...] = ()) -> None:
    """A management command as HR calls it. ``refused`` are error codes that it may answer, having nothing to do."""
    try:
        call_command(name, *arguments, verbosity=0, stdout=io.StringIO())
    except SystemExit as left:
        if left.code != PARKED:
            raise RuntimeError(f"{name} left with {left.code}") from left
    except CommandError as error:
        if str(error).partition(":")[0] not in refused:
            raise


def leases_expire() -> None:
    """Time passes until every lease of the dead has run out."""
    RunItem.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
