"""A month's metrics from stored exports: store by store, added up, before anybody is graded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from grading import models, raw, selectors
from grading.domain.metrics.tables import TABLES
from grading.domain.metrics.values import By
from grading.jobs import services as jobs
from grading.jobs.models import Job, RunItem, StoredFile
from grading.kernel.period import Month
from grading.services import cycles, metrics

OCTOBER = Month(2026, 10)
HIRED = date(2024, 1, 15)


def frame(table: str, rows: list[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows with instants as text, as the stored table."""
    columns = {column.name: column for column in TABLES[table].columns}
    named = {name: [row.get(name) for row in rows] for name in rows[0]}
    for name, cells in named.items():
        if columns[name].kind == "instant":
            named[name] = [None if cell is None else datetime.fromisoformat(cell) for cell in cells]
    return pl.DataFrame(named, schema={name: columns[name].kind.dtype for name in named})


def message(number: int, session: str, sender: str, at: str, agent: str | None = None) -> dict[str, Any]:
    return {"message_id": str(number), "session_id": session, "sender_type": sender, "agent_id": agent, "sent_at": at}


# A answers one of two questions at S1 within 30 s, and one of one at S2: 2 of 3. B answers at S2 after 40 s: 0 of 1.
MESSAGES = [
    message(1, "s1", "buyer", "2026-10-05 09:00:00"),
    message(2, "s1", "agent_human", "2026-10-05 09:00:20", "A"),
    message(3, "s1", "buyer", "2026-10-05 09:01:00"),
    message(4, "s1", "agent_human", "2026-10-05 09:01:31", "A"),
    message(5, "s2", "buyer", "2026-10-06 10:00:00"),
    message(6, "s2", "agent_human", "2026-10-06 10:00:30", "A"),
    message(7, "s3", "buyer", "2026-10-06 11:00:00"),
    message(8, "s3", "agent_human", "2026-10-06 11:00:40", "B"),
]
SESSIONS = [
    {"session_id": session, "store_id": store, "buyer_id": buyer, "started_at": at}
    for session, store, buyer, at in (
        ("s1", "S1", "b1", "2026-10-05 09:00:00"),
        ("s2", "S2", "b1", "2026-10-06 10:00:00"),
        ("s3", "S2", "b2", "2026-10-06 11:00:00"),
    )
]
CALLS = [
    {"call_id": "k1", "agent_id": "A", "started_at": "2026-10-05 09:00:00", "connected": True},
    {"call_id": "k2", "agent_id": "A", "started_at": "2026-10-05 09:10:00", "connected": False},
]


@pytest.fixture
def company(db: None) -> models.Company:
    made = models.Company.objects.create(code="c", name_zh="公司")
    shop = models.Shop.objects.create(company=made, code="S1", platform="pdd")
    models.Shop.objects.create(company=made, code="S2", platform="pdd")
    models.Team.objects.create(company=made, code="t1", name="一组", shop=shop)
    for number in ("A", "B"):
        agent = models.Agent.objects.create(
            company=made, agent_no=number, name=number, role="pre_sales", hire_date=HIRED
        )
        models.AgentFact.objects.create(agent=agent, kind="team", value="t1", effective_from=HIRED)
    return made


@pytest.fixture
def hr(db: None) -> User:
    return User.objects.create(username="hr")


def save(company: models.Company, hr: User, table: str, rows: list[Mapping[str, Any]], sha: str = "") -> None:
    known = {"company": company, "month": OCTOBER, "table": table}
    metrics.export_save(
        models.RawExport.objects.filter(**known).first() or models.RawExport(**known),
        source=f"2026-10/raw/{table}.csv",
        sha256=sha or table,
        rows=frame(table, rows),
        outside=0,
        loaded_by=hr,
    )


@pytest.fixture
def exports(company: models.Company, hr: User) -> None:
    save(company, hr, "chat_messages", MESSAGES)
    save(company, hr, "chat_sessions", SESSIONS)
    save(company, hr, "calls", CALLS)


def compute(company: models.Company, hr: User) -> Job:
    job_id = metrics.metrics_open(company_id=company.pk, month=OCTOBER, requested_by=hr)
    assert job_id is not None
    while metrics.metrics_compute(job_id):
        pass
    return Job.objects.get(pk=job_id)


def measured(company: models.Company, number: str) -> dict[str, Fraction]:
    agent = company.agents.get(agent_no=number)
    return selectors.measures(company.pk, [agent.pk], OCTOBER)[agent.pk]


def test_an_agent_of_two_shops_has_both_added_up(company: models.Company, hr: User, exports: None) -> None:
    compute(company, hr)
    assert measured(company, "A")["reply_rate_30s"] == Fraction(2, 3)
    assert measured(company, "B")["reply_rate_30s"] == 0
    assert measured(company, "A")["call_completion_rate"] == Fraction(1, 2)
    assert measured(company, "A")["reception_count"] == 2  # b1 at S1 and b1 at S2 are two customers


def test_presence_at_two_shops_at_once_is_one_presence(company: models.Company, hr: User, exports: None) -> None:
    """A is online at both shops 08:00–15:30 on one day of 31: 7.5 h of 31 × 15 h, not twice that."""
    presence = {"agent_id": "A", "state": "online", "from": "2026-10-05 08:00:00", "to": "2026-10-05 15:30:00"}
    save(company, hr, "agent_presence", [{**presence, "store_id": "S1"}, {**presence, "store_id": "S2"}])
    compute(company, hr)
    assert measured(company, "A")["online_coverage"] == Fraction("7.5") / (31 * 15)
    shops = models.MetricTally.objects.filter(by="shop", metric="online_coverage")
    assert {(tally.subject, tally.numerator / tally.denominator) for tally in shops} == {
        ("S1", Fraction("7.5") / (31 * 15)),
        ("S2", Fraction("7.5") / (31 * 15)),
    }


def test_what_was_entered_wins_over_what_was_computed(company: models.Company, hr: User, exports: None) -> None:
    compute(company, hr)
    agent = company.agents.get(agent_no="A")
    models.KpiResult.objects.create(agent=agent, month=OCTOBER, metric="reply_rate_30s", value=Fraction("0.9"))
    assert measured(company, "A")["reply_rate_30s"] == Fraction("0.9")


def test_a_gate_reads_the_shops_metric_of_a_teams_shop(company: models.Company, hr: User, exports: None) -> None:
    save(
        company,
        hr,
        "complaints",
        [
            {"complaint_id": str(n), "store_id": store, "channel": "internal", "filed_at": "2026-10-09 10:00:00"}
            for n, store in enumerate(("S1", "S1", "S2"))
        ],
    )
    compute(company, hr)
    found = selectors.team_metrics(company.pk, OCTOBER, teams=["t1"], departments=[])
    assert found["t1"]["t1"]["internal_complaint_count"] == 2
    assert found["t1"]["t1"]["reply_rate_30s"] == Fraction(2, 4)  # the team's own: A and B at both shops


def test_a_second_computing_of_the_same_writes_nothing(company: models.Company, hr: User, exports: None) -> None:
    compute(company, hr)
    before = set(models.MetricTally.objects.values_list("pk", flat=True))
    compute(company, hr)
    assert set(models.MetricTally.objects.values_list("pk", flat=True)) == before
    company.readings = {"reply_rate_30s.level": "turn"}
    company.save()
    compute(company, hr)
    assert not before & set(models.MetricTally.objects.values_list("pk", flat=True))


def test_a_changed_export_replaces_the_file(company: models.Company, hr: User, exports: None) -> None:
    before = models.RawExport.objects.get(table="calls").file.name
    save(company, hr, "calls", CALLS[:1], sha="other")
    assert not StoredFile.objects.filter(name=before).exists()
    compute(company, hr)
    assert measured(company, "A")["call_completion_rate"] == 1


def test_grading_waits_for_the_metrics(company: models.Company, hr: User, exports: None) -> None:
    cycle = cycles.cycle_open(company_id=company.pk, month=OCTOBER, requested_by=hr)
    computing = Job.objects.get(task=metrics.METRICS_TASK)
    assert jobs.first_to_work(cycle.job_id) == computing.pk
    assert cycle.job_id not in jobs.waiting_jobs()
    while metrics.metrics_compute(computing.pk):
        pass
    assert jobs.job_finished(computing.pk) == [cycle.job_id]
    assert jobs.first_to_work(cycle.job_id) == cycle.job_id


def test_a_reading_nobody_knows_parks_the_store_and_nobody_is_judged_by_half(
    company: models.Company, hr: User, exports: None
) -> None:
    models.ScorecardVersion.objects.create(
        company=company,
        code="pre",
        effective_from=HIRED,
        status="published",
        published_at=timezone.now(),
        body=CARD,
        fingerprint="x",
    )
    company.readings = {"reply_rate_30s.level": "sideways"}
    company.save()
    cycle = cycles.cycle_open(company_id=company.pk, month=OCTOBER, requested_by=hr)
    computing = Job.objects.get(task=metrics.METRICS_TASK)
    while metrics.metrics_compute(computing.pk):
        pass
    cycles.cycle_grade_chunk(cycle.job_id)
    codes = set(RunItem.objects.values_list("job__task", "error_code"))
    assert codes == {
        (metrics.METRICS_TASK, "grading.unknown_reading"),
        (cycles.GRADE_TASK, "grading.metrics_not_computed"),
    }
    assert not models.Appraisal.objects.exists()


def test_a_missing_column_is_named_once_for_each_shop(company: models.Company, hr: User, exports: None) -> None:
    compute(company, hr)
    gaps = models.MetricComputation.objects.get(company=company, month=OCTOBER).gaps
    assert gaps["S1"]["satisfaction_rate"].startswith("missing: service_ratings.")


def test_values_and_chats_of_a_day(company: models.Company, hr: User, exports: None) -> None:
    by_day = raw.metric_values_by_day(company.pk, OCTOBER.span, By.AGENT, ["reception_count"])
    spoken = raw.days_spoken(company.pk, OCTOBER.span)
    assert spoken == {day for day, values in by_day.items() if any(value.value for value in values)}
    only = raw.metric_values_by_day(company.pk, OCTOBER.span, By.AGENT, ["reception_count"], spoken)
    assert only == {day: by_day[day] for day in only}
    assert set(only) == spoken
    fifth = {value.subject: value.value for value in by_day[date(2026, 10, 5)]}
    assert fifth["A"] == 1
    ids = dict(company.agents.values_list("agent_no", "pk"))
    assert raw.contacts_on(company.pk, date(2026, 10, 6)) == {ids["A"]: ("s2",), ids["B"]: ("s3",)}
    assert [line.sender for line in raw.transcript(company.pk, date(2026, 10, 6), "s3")] == ["buyer", "agent_human"]


CARD = {
    "scorecard": "pre",
    "effective_from": "2024-01-15",
    "roles": ["pre_sales"],
    "kpis": [{"metric": "reply_rate_30s", "weight": "1", "threshold": "0", "target": "1", "direction": "higher"}],
}
