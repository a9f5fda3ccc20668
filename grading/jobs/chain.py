"""The chain of the audit log: what each entry's hash is made of, and whether a log still follows it.

Each entry carries the hash of the one before it and its own over everything it says. Who changes, removes, inserts or
moves entries breaks the chain there; who cuts off its end is found by a head that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grading.jobs.errors import AuditEntriesCut, AuditEntryChanged, AuditEntryMoved
from grading.kernel.errors import DomainError
from grading.kernel.snapshot import canonical, text_fingerprint

START = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored. ``detail`` is what JSON gives back of it."""

    pk: int
    at: datetime
    actor_id: int | None
    action: str
    object_type: str
    object_id: str
    detail: Mapping[str, Any]
    previous_hash: str
    hash: str


def entry_hash(
    *,
    previous_hash: str,
    at: datetime,
    actor_id: int | None,
    action: str,
    object_type: str,
    object_id: str,
    detail: Mapping[str, Any],
) -> str:
    """64 hexadecimal digits over what an entry says and the hash of the one before it.

    Never to be changed: every log that exists is chained by it.
    """
    said = {
        "previous_hash": previous_hash,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor_id,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "detail": detail,
    }
    return text_fingerprint(canonical(said))


@dataclass(frozen=True, slots=True)
class Walked:
    """A log looked through from its start: how many entries it has, where it ends, and everything that is wrong."""

    entries: int
    head: str
    problems: tuple[DomainError, ...]


def walk(log: Iterable[Entry], heads: Mapping[str, str]) -> Walked:
    """Look a log through, oldest entry first. ``heads`` are hashes kept elsewhere → where; the log must have each."""
    count, head = 0, START
    missed, problems = dict(heads), list[DomainError]()
    for entry in log:
        count += 1
        if entry.previous_hash != head:
            problems.append(AuditEntryMoved(entry=entry.pk))
        said = entry_hash(
            previous_hash=entry.previous_hash,
            at=entry.at,
            actor_id=entry.actor_id,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            detail=entry.detail,
        )
        if said != entry.hash:
            problems.append(AuditEntryChanged(entry=entry.pk))
        head = entry.hash
        missed.pop(head, None)
    problems += (AuditEntriesCut(head=each, where=where) for each, where in missed.items())
    return Walked(count, head, tuple(problems))
