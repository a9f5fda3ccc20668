"""Many rows in one statement: the same values as a save would leave, on whichever database the tests run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from grading.jobs.bulk import analyze, columns_of, copy_in, rewrite
from grading.jobs.models import Job, RunItem
from grading.kernel.period import Month
from grading.kernel.snapshot import canonical
from grading.models import Agent, Company, KpiResult

AWKWARD = "制表\t换行\n反斜杠\\N 引号\"' 逗号, 花括号{} %s \\."
"""What a text format has to escape."""
NOON = datetime(2026, 10, 31, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def job(db: None) -> Job:
    return Job.objects.create(task="test.work", key="1", requested_by=User.objects.create(username="somebody"))


@pytest.fixture
def agent(db: None) -> Agent:
    company = Company.objects.create(code="tiny", name_zh="小")
    return Agent.objects.create(
        company=company, agent_no="A1", name="甲", role="after_sales", hire_date=date(2023, 2, 10)
    )


def item(job: Job, subject: int, **held: Any) -> dict[str, Any]:
    blank = RunItem(job=job, subject_id=subject, updated_at=NOON)
    return {column: getattr(blank, column) for column in columns_of(RunItem)} | held


def insert(*rows: dict[str, Any]) -> None:
    copy_in(RunItem, tuple(rows[0]), [tuple(row.values()) for row in rows])


def test_copied_rows_are_read_back_as_they_were_given(job: Job) -> None:
    insert(
        item(job, 1, error_message=AWKWARD, error_values={"说": AWKWARD, "n": None}, lease_until=NOON, attempt=3),
        item(job, 2**40, error_values=canonical({"b": [1, AWKWARD], "a": {}})),
        item(job, 3),
    )

    first, second, third = RunItem.objects.order_by("pk")
    assert (first.error_message, first.error_values) == (AWKWARD, {"说": AWKWARD, "n": None})
    assert (first.lease_until, first.updated_at, first.attempt) == (NOON, NOON, 3)
    assert (second.subject_id, second.error_values) == (2**40, {"b": [1, AWKWARD], "a": {}})
    assert (third.state, third.lease_token, third.lease_until, third.error_values) == ("queued", "", None, {})


def test_exact_numbers_and_months_are_stored_as_a_save_stores_them(agent: Agent) -> None:
    KpiResult.objects.create(agent=agent, month=Month(2026, 9), metric="saved", value=Fraction(10, 11))
    rows = [(agent.pk, Month(2026, 9), "copied", Fraction(10, 11)), (agent.pk, Month(2026, 9), "whole", Fraction(7))]
    copy_in(KpiResult, ("agent_id", "month", "metric", "value"), rows)

    with connection.cursor() as cursor:
        cursor.execute("SELECT metric, month, value FROM grading_kpiresult ORDER BY metric")
        assert cursor.fetchall() == [
            ("copied", "2026-09", "10/11"),
            ("saved", "2026-09", "10/11"),
            ("whole", "2026-09", "7"),
        ]


def test_the_database_refuses_what_it_would_refuse_of_a_save(job: Job) -> None:
    insert(item(job, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(item(job, 2), item(job, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(item(job, 4, state="parked"))  # without a reason
    assert list(RunItem.objects.values_list("subject_id", flat=True)) == [1]


def test_nothing_to_copy_writes_nothing(job: Job) -> None:
    copy_in(RunItem, columns_of(RunItem), [])
    assert not RunItem.objects.exists()


def test_rewriting_sets_the_named_columns_of_the_named_rows_and_nothing_else(job: Job) -> None:
    insert(*(item(job, subject, lease_until=NOON, attempt=1) for subject in (1, 2, 3)))
    one, two, three = RunItem.objects.order_by("subject_id")
    columns = ("state", "lease_until", "error_code", "error_values", "error_message", "updated_at")
    later = NOON.replace(hour=13)

    rewrite(
        RunItem,
        columns,
        [
            (one.pk, "parked", None, "test.code", {"说": AWKWARD}, AWKWARD, later),
            (three.pk, "done", None, "", {}, "", later),
            (three.pk + 1_000, "done", None, "", {}, "", later),
        ],
    )

    assert list(RunItem.objects.order_by("subject_id").values_list(*columns, "attempt")) == [
        ("parked", None, "test.code", {"说": AWKWARD}, AWKWARD, later, 1),
        ("queued", NOON, "", {}, "", NOON, 1),
        ("done", None, "", {}, "", later, 1),
    ]
    two.refresh_from_db()
    assert two.error_values == {}


def test_rewriting_nothing_changes_nothing(job: Job) -> None:
    insert(item(job, 1))
    rewrite(RunItem, ("state",), [])
    assert RunItem.objects.get().state == "queued"


@pytest.mark.parametrize("ids", [[1, 3], (1, 3), {1, 3}, {1: "a", 3: "b"}, [3, 1, 1, 99]])
def test_ids_in_any_collection_find_the_same_rows(job: Job, ids: Any) -> None:
    insert(*(item(job, subject) for subject in (1, 2, 3)))
    assert set(RunItem.objects.filter(subject_id__in=ids).values_list("subject_id", flat=True)) == {1, 3}
    assert set(RunItem.objects.exclude(subject_id__in=ids).values_list("subject_id", flat=True)) == {2}


def test_a_long_list_of_ids_is_one_parameter(job: Job) -> None:
    insert(*(item(job, subject) for subject in range(1, 41)))
    lists = [list(range(start, start + 30)) for start in (1, 100_001)]
    with CaptureQueriesContext(connection) as captured:
        found = [RunItem.objects.filter(subject_id__in=ids, job_id__in=[job.pk]).count() for ids in lists]
    assert found == [30, 0]
    assert all("json_each" in query["sql"] or "ANY(" in query["sql"] for query in captured)
    _sql, parameters = RunItem.objects.filter(subject_id__in=lists[0], job_id__in=[job.pk]).query.sql_with_params()
    assert len(parameters) == 2


def test_no_ids_find_nothing_without_asking_the_database(job: Job) -> None:
    insert(item(job, 1))
    with CaptureQueriesContext(connection) as captured:
        assert list(RunItem.objects.filter(subject_id__in=[])) == []
    assert not captured.captured_queries
    assert RunItem.objects.exclude(subject_id__in=[]).count() == 1


def test_rows_and_queries_are_still_left_to_django(job: Job) -> None:
    insert(*(item(job, subject) for subject in (1, 2)))
    jobs = Job.objects.filter(task="test.work")
    assert RunItem.objects.filter(job__in=jobs).count() == 2
    assert RunItem.objects.filter(job__in=list(jobs)).count() == 2
    assert RunItem.objects.filter(job_id__in=jobs.values("pk")).count() == 2
    assert RunItem.objects.filter(pk__in=RunItem.objects.filter(subject_id=2).values_list("pk")).count() == 1


def test_the_planner_knows_of_rows_that_were_just_written(postgresql: str) -> None:
    """It plans for one row of a job that came after the last count, and for all of them once it has counted."""
    somebody = User.objects.create(username="somebody")
    before, now = (Job.objects.create(task="test.work", key=key, requested_by=somebody) for key in "12")
    insert(*(item(before, subject) for subject in range(2_000)))
    with transaction.atomic():
        analyze((RunItem, "job"))
    insert(*(item(now, subject) for subject in range(2_000)))
    assert planned(now) < 10

    with transaction.atomic():
        analyze((RunItem, "job"))
    assert 1_800 < planned(now) < 2_200


def planned(job: Job) -> int:
    """How many items of a job PostgreSQL expects to find."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT subject_id FROM jobs_runitem WHERE job_id = %s", [job.pk])
        [(found,)] = cursor.fetchall()
    return found[0]["Plan"]["Plan Rows"]
