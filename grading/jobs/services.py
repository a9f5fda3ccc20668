"""Leased items of durable work: enqueue, claim, finish, progress; and the audit log.

Messages may be lost or arrive twice; what counts is in the rows. A worker claims a chunk with a lease and a token,
computes without a lock, and writes results and item states in one transaction that the token guards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils import timezone

from grading.jobs.bulk import columns_of, copy_in, insert_each, rewrite
from grading.jobs.chain import START, Entry, entry_hash
from grading.jobs.errors import LeaseLost, TooManyAttempts
from grading.jobs.models import AuditEntry, Job, RunItem
from grading.kernel.errors import DomainError

CHUNK = 1000
"""People per chunk: about a second of work, and the unit of commit."""
LEASE = timedelta(seconds=30)
"""Far beyond a chunk's work; a dead worker's items are free again after it."""
MAX_ATTEMPTS = 3
_ENTRY = columns_of(AuditEntry)
_AUDIT_LOCK = 0x4A495849_4E4C4F47
"""Held by whoever writes to the audit log, until the transaction ends."""
_UNSETTLED = (RunItem.State.QUEUED, RunItem.State.LEASED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased chunk. Only the holder of the token may finish it."""

    job_id: int
    token: str
    subject_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one item ended: done with its fingerprints, or parked with the error."""

    subject_id: int
    input_hash: str = ""
    output_hash: str = ""
    error: DomainError | None = None

    def __post_init__(self) -> None:
        """A kept error is a value: with the frames it was raised in, it would keep its whole chunk in memory."""
        error: BaseException | None = self.error
        while error is not None:
            error.__traceback__, error = None, error.__context__


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of a job's items, from the rows."""

    queued: int
    leased: int
    done: int
    parked: int

    @property
    def total(self) -> int:
        return self.queued + self.leased + self.done + self.parked

    @property
    def settled(self) -> int:
        return self.done + self.parked

    @property
    def is_settled(self) -> bool:
        return not (self.queued or self.leased)


def job_open(*, task: str, key: str, follow_up: str, requested_by: User, chunk: int = CHUNK) -> Job:
    """The job of a task and key, made on first call."""
    job, _made = Job.objects.get_or_create(
        task=task, key=key, defaults={"follow_up": follow_up, "requested_by": requested_by, "chunk": chunk}
    )
    return job


@transaction.atomic
def job_enqueue(*, job_id: int, subject_ids: Iterable[int]) -> None:
    """Make the job's items exactly these subjects, all queued. Items in work keep their lease.

    New subjects are worked in the order given, so that those who share what must be read can stand together. Working
    an item again whose inputs are unchanged writes nothing, so enqueueing twice changes nothing. A stopped job goes on.
    """
    in_order = list(dict.fromkeys(subject_ids))
    wanted = set(in_order)
    Job.objects.filter(pk=job_id).update(finished_at=None, stopped_at=None)
    items, now = RunItem.objects.filter(job_id=job_id), timezone.now()
    known = set(items.values_list("subject_id", flat=True))
    gone = sorted(known - wanted)
    for start in range(0, len(gone), CHUNK):
        items.filter(subject_id__in=gone[start : start + CHUNK]).delete()
    items.exclude(state=RunItem.State.LEASED).update(state=RunItem.State.QUEUED, attempt=0, lease_token="")
    blank = RunItem(job_id=job_id, updated_at=now)
    same = {column: getattr(blank, column) for column in columns_of(RunItem) if column != "subject_id"}
    insert_each(RunItem, "subject_id", [each for each in in_order if each not in known], same)


def job_follows(job_id: int, after: int | None) -> None:
    """Let a job wait until another one is finished, or for none any more."""
    Job.objects.filter(pk=job_id).update(after=after)


def claim(job_id: int, size: int | None = None, lease: timedelta = LEASE) -> Claim | None:
    """Lease the next queued or abandoned items, by default a chunk of the job; None when there is nothing to claim.

    Of a stopped job there is nothing to claim.

    An item that was abandoned too often is parked here, so that one poisonous person cannot stop a run.
    """
    now = timezone.now()
    free = models.Q(state=RunItem.State.QUEUED) | models.Q(state=RunItem.State.LEASED, lease_until__lt=now)
    with transaction.atomic():
        chunk, stopped_at = Job.objects.values_list("chunk", "stopped_at").get(pk=job_id)
        if stopped_at is not None:
            return None
        worn_out = TooManyAttempts(attempts=MAX_ATTEMPTS)
        RunItem.objects.filter(free, job_id=job_id, attempt__gte=MAX_ATTEMPTS).update(
            state=RunItem.State.PARKED,
            error_code=worn_out.code,
            error_message=str(worn_out),
            error_values=worn_out.values,
        )
        items = RunItem.objects.filter(free, job_id=job_id).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            items = items.select_for_update(skip_locked=True)
        subjects = tuple(items.values_list("subject_id", flat=True)[: size or chunk])
        if not subjects:
            return None
        token = str(uuid4())
        RunItem.objects.filter(job_id=job_id, subject_id__in=subjects).update(
            state=RunItem.State.LEASED,
            lease_token=token,
            lease_until=now + lease,
            attempt=models.F("attempt") + 1,
        )
    return Claim(job_id, token, subjects)


def finish(held: Claim, outcomes: Sequence[Outcome]) -> None:
    """Settle a claim's items. Call inside the transaction that writes the results; raises LeaseLost to undo it."""
    mine = RunItem.objects.filter(job_id=held.job_id, lease_token=held.token, state=RunItem.State.LEASED)
    items = dict(mine.select_for_update().values_list("subject_id", "pk"))
    if len(items) != len(held.subject_ids):
        raise LeaseLost(job=held.job_id, subjects=len(held.subject_ids))
    now = timezone.now()
    rewrite(
        RunItem,
        (
            "state",
            "lease_token",
            "lease_until",
            "input_hash",
            "output_hash",
            "error_code",
            "error_values",
            "error_message",
            "updated_at",
        ),
        ((items[outcome.subject_id], *_settled(outcome), now) for outcome in outcomes),
    )


def _settled(outcome: Outcome) -> tuple[object, ...]:
    error = outcome.error
    if error is None:
        return RunItem.State.DONE.value, "", None, outcome.input_hash, outcome.output_hash, "", {}, ""
    reason = (error.code, dict(error.values), str(error))
    return RunItem.State.PARKED.value, "", None, outcome.input_hash, outcome.output_hash, *reason


def job_finished(job_id: int) -> list[int]:
    """Say that the follow-up has been done; returns the jobs that waited for it and may be published now.

    How its items ended is counted here, once: whoever asks later does not go through them again.
    """
    unfinished = Job.objects.filter(pk=job_id, finished_at=None)
    if unfinished.exists():
        ended = progress(job_id)
        unfinished.update(finished_at=timezone.now(), done=ended.done, parked=ended.parked)
    return list(Job.objects.filter(after=job_id, finished_at=None).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def jobs_stop(job_ids: Iterable[int]) -> list[int]:
    """Stop those jobs that are not finished, and give their leases back; returns them.

    What is settled stays settled. A worker in the middle of a chunk loses its lease, and with it its results; one that
    is writing them down or claiming its chunk at this very moment finishes that chunk, and takes no other.
    """
    stopped = list(
        Job.objects.filter(pk__in=list(job_ids), finished_at=None, stopped_at=None).values_list("pk", flat=True)
    )
    Job.objects.filter(pk__in=stopped).update(stopped_at=timezone.now())
    leased = RunItem.objects.filter(job_id__in=stopped, state=RunItem.State.LEASED)
    if connection.features.has_select_for_update_skip_locked:  # never wait for a worker, who may wait for our run
        leased = RunItem.objects.filter(
            pk__in=list(leased.select_for_update(skip_locked=True).values_list("pk", flat=True))
        )
    leased.update(
        state=RunItem.State.QUEUED, lease_token="", lease_until=None, attempt=models.F("attempt") - 1
    )  # being stopped is not dying
    return stopped


def jobs_resume(job_ids: Iterable[int]) -> list[int]:
    """Let stopped jobs go on where they were; returns them. Nobody is woken up by it."""
    stopped = list(Job.objects.filter(pk__in=list(job_ids)).exclude(stopped_at=None).values_list("pk", flat=True))
    Job.objects.filter(pk__in=stopped).update(stopped_at=None)
    return stopped


def is_stopped(*job_ids: int) -> bool:
    """Whether one of these jobs is stopped."""
    return Job.objects.filter(pk__in=list(job_ids)).exclude(stopped_at=None).exists()


def first_to_work(job_id: int) -> int:
    """The job itself, or the unfinished one that it waits for."""
    waits = Job.objects.filter(pk=job_id, after__isnull=False, after__finished_at=None)
    after = waits.values_list("after_id", flat=True).first()
    return job_id if after is None else first_to_work(after)


def renew(held: Claim, lease: timedelta = LEASE) -> None:
    """Hold a claim for longer, between two steps of long work. Raises LeaseLost when another worker has taken it."""
    mine = RunItem.objects.filter(job_id=held.job_id, lease_token=held.token, state=RunItem.State.LEASED)
    if mine.update(lease_until=timezone.now() + lease) != len(held.subject_ids):
        raise LeaseLost(job=held.job_id, subjects=len(held.subject_ids))


def progress(job_id: int) -> Progress:
    """The job's counts now."""
    counts = dict(
        RunItem.objects.filter(job_id=job_id).values_list("state").annotate(models.Count("id")).order_by("state")
    )
    return Progress(*(counts.get(state, 0) for state in ("queued", "leased", "done", "parked")))


def parked_items(job_id: int) -> models.QuerySet[RunItem]:
    """The job's parked items with their reasons."""
    return RunItem.objects.filter(job_id=job_id, state=RunItem.State.PARKED).order_by("subject_id")


def waiting_jobs() -> list[int]:
    """Unfinished jobs that may be worked on and of which no worker holds a live lease: message or worker was lost."""
    now = timezone.now()
    held = RunItem.objects.filter(job_id=models.OuterRef("pk"), state=RunItem.State.LEASED, lease_until__gte=now)
    return list(
        Job.objects.filter(finished_at=None, stopped_at=None)
        .exclude(after__isnull=False, after__finished_at=None)
        .exclude(models.Exists(held))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def last_act(*, action: str, object_type: str, object_id: object) -> datetime | None:
    """When somebody did this to an object last, by the audit log; None where nobody did."""
    rows = AuditEntry.objects.filter(action=action, object_type=object_type, object_id=str(object_id))
    return rows.order_by("-pk").values_list("at", flat=True).first()


def actors_of(*, action: str, object_type: str, object_id: object) -> set[int | None]:
    """The users who did something to an object, by the audit log."""
    rows = AuditEntry.objects.filter(action=action, object_type=object_type, object_id=str(object_id))
    return set(rows.values_list("actor_id", flat=True))


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody did, for the audit log. ``detail`` holds ids and codes, never amounts or account numbers."""

    action: str
    object_type: str
    object_id: object
    detail: Mapping[str, object] | None = None


def audit(
    *, actor: User | None, action: str, object_type: str, object_id: object, detail: Mapping[str, object] | None = None
) -> str:
    """Write one line of the audit log; returns its hash, which is the log's head until the next one.

    The last thing of a transaction: until it ends, nobody else writes to the log, and whoever then waited for a row of
    somebody who waits for the log would wait for ever. ``detail`` holds ids and codes, never amounts or accounts.
    """
    return audit_all(actor, [Act(action, object_type, object_id, detail)])


@transaction.atomic
def audit_all(actor: User | None, acts: Iterable[Act]) -> str:
    """Write lines of the audit log in this order; returns the log's head. Three statements, however many they are."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_AUDIT_LOCK])
    head = audit_head()
    at = timezone.now()
    rows = []
    for act in acts:
        row = AuditEntry(
            at=at,
            actor=actor,
            action=act.action,
            object_type=act.object_type,
            object_id=str(act.object_id),
            detail=json.loads(json.dumps(dict(act.detail or {}))),
            previous_hash=head,
        )
        row.hash = head = entry_hash(
            previous_hash=head,
            at=at,
            actor_id=row.actor_id,
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            detail=row.detail,
        )
        rows.append(row)
    copy_in(AuditEntry, _ENTRY, map(attrgetter(*_ENTRY), rows))
    return head


def audit_head() -> str:
    """The hash of the newest line of the audit log. One query."""
    head = AuditEntry.objects.order_by("-pk").values_list("hash", flat=True).first()
    return START if head is None else head


def audit_log() -> Iterator[Entry]:
    """The whole audit log, oldest line first, read in pieces."""
    columns = ("pk", "at", "actor_id", "action", "object_type", "object_id", "detail", "previous_hash", "hash")
    rows = AuditEntry.objects.order_by("pk").values_list(*columns)
    return (Entry(*row) for row in rows.iterator(chunk_size=CHUNK))
