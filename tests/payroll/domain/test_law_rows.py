"""Rows of the law's documents: which holds when, and what has ended, ends soon, is unchecked or unverified."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grading.kernel.period import Month
from payroll.domain.law_rows import ageing, law_rows
from payroll.rulebook import statutory_documents

SURE: dict[str, Any] = {"source": "a notice", "checked_on": "2026-01-10", "verified": True}
CITY = {
    "city": "x",
    "parameters": {
        "pension": [
            {"from": "2026-07-01", "to": "2027-06-30", **SURE},
            {"from": "2025-07-01", **SURE, "verified": False},
        ],
        "minimum_wage": [{"from": "2025-07-01", **SURE}],
    },
}
NATION = {"wages": {"hours_per_day": {"name_zh": "时", "name_en": "h", "values": [{"from": "1995-01-01", **SURE}]}}}
CALENDAR = {"year": 2026, "holidays": [], "source": "a notice", "checked_on": "2024-01-01", "verified": False}


def test_rows_in_order_with_the_days_they_hold() -> None:
    rows = [(row.parameter, row.first_day, row.last_day, row.verified) for row in law_rows("cn.city.x", CITY)]
    assert rows == [
        ("pension", date(2025, 7, 1), date(2026, 6, 30), False),
        ("pension", date(2026, 7, 1), date(2027, 6, 30), True),
        ("minimum_wage", date(2025, 7, 1), None, True),
    ]


def test_national_parameters_are_named_with_their_group_and_a_calendar_is_its_year() -> None:
    assert [row.parameter for row in law_rows("cn", NATION)] == ["wages.hours_per_day"]
    [row] = law_rows("cn.calendar.2026", CALENDAR)
    assert (row.first_day, row.last_day) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("month", "firsts"),
    [
        (Month(2025, 6), []),
        (Month(2025, 7), [date(2025, 7, 1)]),
        (Month(2026, 6), [date(2025, 7, 1)]),
        (Month(2026, 7), [date(2026, 7, 1)]),
        (Month(2027, 6), [date(2026, 7, 1)]),
        (Month(2027, 7), []),
    ],
)
def test_which_rows_hold_in_a_month(month: Month, firsts: list[date]) -> None:
    rows = [row for row in law_rows("cn.city.x", CITY) if row.parameter == "pension"]
    assert [row.first_day for row in rows if row.meets(month.span)] == firsts


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 6, 30), ["rule_unverified"]),
        (date(2026, 7, 1), []),
        (date(2027, 1, 11), []),  # 366 days after 2026-01-10
        (date(2027, 1, 12), ["rule_not_checked", "rule_not_checked"]),
        (date(2027, 4, 30), ["rule_not_checked", "rule_not_checked"]),  # 61 days before 2027-06-30
        (date(2027, 5, 1), ["rule_ends_soon", "rule_not_checked", "rule_not_checked"]),
        (date(2027, 6, 30), ["rule_ends_soon", "rule_not_checked", "rule_not_checked"]),
        (date(2027, 7, 1), ["rule_ended", "rule_not_checked"]),
    ],
)
def test_what_a_city_is_told_on_a_day(today: date, expected: list[str]) -> None:
    assert [error.code.removeprefix("payroll.") for error in ageing("cn.city.x", CITY, today)] == expected


def test_a_calendar_is_only_asked_whether_it_is_verified() -> None:
    assert [error.code for error in ageing("cn.calendar.2026", CALENDAR, date(2026, 12, 1))] == [
        "payroll.rule_unverified"
    ]
    assert list(ageing("cn.calendar.2026", CALENDAR, date(2027, 1, 1))) == []


def test_every_document_that_ships_has_rows() -> None:
    documents = statutory_documents()
    assert all(law_rows(code, body) for code, body in documents.items())
    assert {row.parameter for row in law_rows("cn", documents["cn"])} >= {
        "income_tax.year_table",
        "wages.sick_pay_floor",
    }
