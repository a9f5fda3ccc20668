"""A table's checksum is another one after any change to a company's rows of the month, and the same otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grading import models
from grading.jobs.checksum import checksums
from grading.kernel.period import Month
from tests.servers.databases import default_database

JUNE = Month(2024, 6)


@pytest.fixture(params=["sqlite", "postgresql"])
def agents(request: pytest.FixtureRequest) -> Iterator[list[models.Agent]]:
    """Two people of one company and two of another with a KPI result in two months, on each engine."""
    if request.param == "sqlite":
        request.getfixturevalue("db")
        yield made()
        return
    url, blocker = request.getfixturevalue("postgres_url"), request.getfixturevalue("django_db_blocker")
    with blocker.unblock(), default_database(url):
        yield made()


def made() -> list[models.Agent]:
    agents = []
    for code in ("mine", "other"):
        company = models.Company.objects.create(code=code, name_zh=code, name_en=code)
        for number in ("A1", "A2"):
            agents.append(
                models.Agent.objects.create(company=company, agent_no=number, name="甲", hire_date=JUNE.first_day)
            )
            for month in (JUNE, JUNE.next):
                models.KpiResult.objects.create(agent=agents[-1], month=month, metric="score", value=1)
    return agents


def of_kpis(agents: list[models.Agent], month: Month | None = JUNE) -> str:
    [found] = checksums([models.KpiResult], agents[0].company_id, month).values()
    return found


def kpis(agent: models.Agent, month: Month = JUNE) -> Any:
    return models.KpiResult.objects.filter(agent=agent, month=month)


@pytest.mark.parametrize(
    ("act", "is_noticed"),
    [
        (lambda agents: kpis(agents[1]).update(value="1.000001"), True),
        (lambda agents: kpis(agents[1]).delete(), True),
        (lambda agents: kpis(agents[0], JUNE.next).update(month=JUNE, metric="other"), True),
        (lambda agents: (kpis(agents[0]).update(value=2), kpis(agents[1]).update(value=0)), True),
        (lambda agents: kpis(agents[2]).delete(), False),
        (lambda agents: kpis(agents[0], JUNE.next).delete(), False),
        (lambda agents: kpis(agents[0]).update(value=1), False),
    ],
    ids=["changed", "deleted", "added", "one more, one less", "another company", "another month", "the same again"],
)
def test_what_it_notices(agents: list[models.Agent], act: Callable[[Any], object], is_noticed: bool) -> None:
    before = of_kpis(agents)
    act(agents)
    assert (of_kpis(agents) != before) is is_noticed


def test_the_order_of_the_rows_does_not_matter(agents: list[models.Agent]) -> None:
    before = of_kpis(agents)
    rows = [kpis(agent).get() for agent in agents[:2]]
    keys = [row.pk for row in rows]
    for row in rows:
        row.delete()
    for row, key in reversed([*zip(rows, keys, strict=True)]):
        row.pk = key
        row.save(force_insert=True)
    assert of_kpis(agents) == before


def test_all_months_count_where_none_is_named(agents: list[models.Agent]) -> None:
    before = of_kpis(agents, None)
    kpis(agents[0], JUNE.next).delete()
    assert of_kpis(agents, None) != before


def test_a_company_is_its_own_row_and_what_belongs_to_none_counts_whole(agents: list[models.Agent]) -> None:
    tables = (models.Company, models.Benchmark, models.QaEvaluation)
    before = checksums(tables, agents[0].company_id, JUNE)
    models.Company.objects.filter(pk=agents[2].company_id).update(name_en="Other")
    assert checksums(tables, agents[0].company_id, JUNE) == before
    models.Company.objects.filter(pk=agents[0].company_id).update(name_en="Mine")
    changed = checksums(tables, agents[0].company_id, JUNE)
    assert [table for table in before if before[table] != changed[table]] == ["grading.company"]
