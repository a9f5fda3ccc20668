"""The audit log is a chain: nobody writes beside it, and whatever is changed in it is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from grading.jobs import services as jobs
from grading.jobs.chain import START, Entry, entry_hash, walk
from grading.jobs.models import AuditEntry
from tests.superuser import thawed


def note(count: int, *, actor: User | None = None) -> str:
    head = START
    for number in range(count):
        head = jobs.audit(actor=actor, action="a.b", object_type="thing", object_id=number, detail={"名": [number]})
    return head


def test_the_hash_is_the_sha256_of_the_canonical_text() -> None:
    """Worked by hand: every log that exists is chained by exactly this."""
    text = (
        '{"action":"run.pay","actor":7,"at":"2026-10-31T16:00:00.000000+00:00","detail":{"people":2},'
        '"object_id":"3","object_type":"pay_run","previous_hash":"' + START + '"}'
    )
    said = entry_hash(
        previous_hash=START, at=datetime(2026, 10, 31, 16, tzinfo=UTC), actor_id=7, action="run.pay",
        object_type="pay_run", object_id="3", detail={"people": 2},
    )  # fmt: skip
    assert said == sha256(text.encode()).hexdigest()


@pytest.mark.django_db
def test_each_entry_follows_the_one_before() -> None:
    head = note(3, actor=User.objects.get(username="jixin-preparer"))
    first, second, third = AuditEntry.objects.order_by("pk")
    assert first.previous_hash == START
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert jobs.audit_head() == head == third.hash
    found = walk(jobs.audit_log(), {head: "printed"})
    assert (found.entries, found.head, found.problems) == (3, head, ())


@pytest.mark.django_db
def test_many_entries_cost_as_many_statements_as_one() -> None:
    counts = []
    for size in (1, 300):
        acts = [jobs.Act("a.b", "thing", number) for number in range(size)]
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            jobs.audit_all(None, acts)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 7  # two savepoints among them
    assert walk(jobs.audit_log(), {}).problems == ()


@pytest.mark.django_db
def test_nobody_writes_a_second_entry_after_the_same_one() -> None:
    note(2)
    last = AuditEntry.objects.order_by("-pk")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(
            at=last.at, action="x.y", object_type="t", object_id="1", previous_hash=last.previous_hash, hash="f" * 64
        )


def test_writers_at_the_same_time_make_one_chain(engine: str) -> None:
    """Eight at once, 20 entries each, some in transactions that are taken back."""
    barrier = Barrier(8)

    def write(name: int) -> None:
        barrier.wait()
        try:
            for number in range(20):
                with transaction.atomic():
                    jobs.audit(actor=None, action="a.b", object_type=f"t{name}", object_id=number)
                    if number % 5 == 4:
                        transaction.set_rollback(True)
        finally:
            connection.close()

    threads = [Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = walk(jobs.audit_log(), {})
    assert (found.entries, found.problems) == (8 * 16, ())


# --- 100 of 100 ---------------------------------------------------------------------------------------------------


def _edit(log: list[Entry], chance: random.Random) -> list[Entry]:
    place = chance.randrange(len(log))
    changed = chance.choice(
        [
            {"action": "other.act"},
            {"object_id": "999"},
            {"object_type": "other"},
            {"actor_id": 12345},
            {"detail": {}},
            {"detail": {"名": ["1"]}},
            {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        ]
    )
    return [*log[:place], replace(log[place], **changed), *log[place + 1 :]]


def _edit_and_sign(log: list[Entry], chance: random.Random) -> list[Entry]:
    """Whoever changes an entry may also write its hash anew; the next one then follows nothing."""
    place = chance.randrange(len(log))
    return [*log[:place], _signed(replace(log[place], object_id="999")), *log[place + 1 :]]


def _delete(log: list[Entry], chance: random.Random) -> list[Entry]:
    place = chance.randrange(len(log))
    return [*log[:place], *log[place + 1 :]]


def _insert(log: list[Entry], chance: random.Random) -> list[Entry]:
    place = chance.randrange(len(log))
    new = _signed(replace(log[place], object_id="new", previous_hash=log[place - 1].hash if place else START))
    return [*log[:place], new, *log[place:]]


def _reorder(log: list[Entry], chance: random.Random) -> list[Entry]:
    one, other = chance.sample(range(len(log)), 2)
    moved = list(log)
    moved[one], moved[other] = moved[other], moved[one]
    return moved


def _cut(log: list[Entry], chance: random.Random) -> list[Entry]:
    return log[: -chance.randint(1, len(log) // 2)]


def _write_anew(log: list[Entry], chance: random.Random) -> list[Entry]:
    """Everything from one entry on, chained again properly: only a head kept elsewhere tells."""
    place, made = chance.randrange(len(log)), list(log)
    for each in range(place, len(log)):
        before = made[each - 1].hash if each else START
        made[each] = _signed(replace(made[each], object_id=f"anew {each}", previous_hash=before))
    return made


def _signed(entry: Entry) -> Entry:
    said = entry_hash(
        previous_hash=entry.previous_hash, at=entry.at, actor_id=entry.actor_id, action=entry.action,
        object_type=entry.object_type, object_id=entry.object_id, detail=entry.detail,
    )  # fmt: skip
    return replace(entry, hash=said)


TAMPERS: tuple[Callable[[list[Entry], random.Random], list[Entry]], ...] = (
    _edit, _edit_and_sign, _delete, _insert, _reorder, _cut, _write_anew,
)  # fmt: skip


@pytest.mark.django_db
def test_a_hundred_random_tampers_are_all_found() -> None:
    """Against a head printed at the end; cutting and writing anew are found by nothing else."""
    head = note(60)
    log = list(jobs.audit_log())
    assert walk(log, {head: "printed"}).problems == ()
    chance = random.Random(20261122)
    missed = [
        number
        for number in range(100)
        if not walk(TAMPERS[number % len(TAMPERS)](log, chance), {head: "printed"}).problems
    ]
    assert missed == []
    assert walk(_cut(log, chance), {}).problems == ()  # the head is what tells


def test_tampers_in_the_database_are_found(engine: str) -> None:
    """One of each kind as SQL of somebody who owns the database, on rows as each engine stores them."""
    head = note(12)
    tampers = {
        "UPDATE jobs_auditentry SET detail = '{\"x\": 1}' WHERE object_id = '4'": "jobs.audit_entry_changed",
        "UPDATE jobs_auditentry SET at = '2020-01-01 00:00:00+00:00' WHERE object_id = '4'": "jobs.audit_entry_changed",
        "DELETE FROM jobs_auditentry WHERE object_id = '0'": "jobs.audit_entry_moved",
        "DELETE FROM jobs_auditentry WHERE object_id = '7'": "jobs.audit_entry_moved",
        "UPDATE jobs_auditentry SET id = id + 1000 WHERE object_id = '3'": "jobs.audit_entry_moved",
        "DELETE FROM jobs_auditentry WHERE object_id IN ('10', '11')": "jobs.audit_entries_cut",
    }
    for sql, code in tampers.items():
        with transaction.atomic():
            with thawed(), connection.cursor() as cursor:
                cursor.execute(sql)
                assert cursor.rowcount
            codes = {error.code for error in walk(jobs.audit_log(), {head: "printed"}).problems}
            transaction.set_rollback(True)
        assert code in codes, sql
    assert walk(jobs.audit_log(), {head: "printed"}).problems == ()
