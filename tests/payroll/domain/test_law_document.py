"""The law's documents: what is refused with every problem, and a company's own rows over those that ship."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grading.kernel.document import BrokenDocument
from payroll.domain.law import Scheme
from payroll.domain.law_document import calendar_from, city_from, merged, national_from, new_city
from payroll.domain.work_calendar import DayKind, WorkCalendar
from payroll.rulebook import statutory_documents

KNOWN = {"source": "a notice", "checked_on": "2026-11-01", "verified": True}


def row(first: str, last: str | None = None, **changed: Any) -> dict[str, Any]:
    """A row of a scheme: 8 % and 16 % of a base from 1,000 to 9,000."""
    asked = {"employee": "0.08", "employer": "0.16", "floor": "1000.00", "ceiling": "9000.00"}
    held = {"from": first, "to": last, **asked, **KNOWN, **changed}
    return {key: value for key, value in held.items() if value is not None}


def city(*rows: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"city": "example", "name_zh": "示例", "parameters": {"pension": list(rows), **parameters}}


def problems(read: Callable[[object], object], data: object) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as broken:
        read(data)
    return [(problem.path, problem.wrong) for problem in broken.value.problems]


# --- Rows of a city ---------------------------------------------------------------------------------------------------


def test_rows_in_any_order_become_one_dated_value() -> None:
    found = city_from(city(row("2026-07-01", "2027-06-30", floor="2000.00"), row("2025-07-01", "2026-06-30")))
    pension = found.contributions[Scheme.PENSION]
    assert pension.name == "example.pension"
    assert pension.on(date(2026, 6, 30)).floor == Decimal("1000.00")
    assert pension.on(date(2026, 7, 1)).floor == Decimal("2000.00")
    assert pension.end == date(2027, 7, 1)


def test_a_row_without_a_last_day_holds_until_the_next_one() -> None:
    pension = city_from(city(row("2025-07-01"), row("2026-07-01"))).contributions[Scheme.PENSION]
    assert pension.end is None
    assert len(pension.values) == 2


def test_the_end_of_time_means_no_end() -> None:
    assert city_from(city(row("2025-07-01", "9999-12-31"))).contributions[Scheme.PENSION].end is None


def test_a_rule_without_rows_is_not_known() -> None:
    found = city_from(city())
    assert found.contributions == {}
    assert found.housing_fund is None


FUND = {"from": "2026-01-01", "least_rate": "0.05", "most_rate": "0.12", **KNOWN}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            city(row("2025-07-01", "2026-05-31"), row("2026-07-01")),
            [("parameters.pension.0.to", "leaves days without a rule")],
            id="gap",
        ),
        pytest.param(
            city(row("2025-07-01", "2026-07-01"), row("2026-07-01")),
            [("parameters.pension.0.to", "overlaps the next row")],
            id="overlap of a day",
        ),
        pytest.param(
            city(row("2026-07-01"), row("2026-07-01")), [("parameters.pension.1.from", "stands twice")], id="twice"
        ),
        pytest.param(
            city(row("2026-07-01", "2026-06-30")),
            [("parameters.pension.0.to", "lies before the first day")],
            id="ends before it starts",
        ),
        pytest.param(
            city(row("2026-07-01", floor="9000.01")),
            [("parameters.pension.0.floor", "is more than the ceiling")],
            id="floor above the ceiling",
        ),
        pytest.param(
            city(row("2026-07-01", employee="1.01")),
            [("parameters.pension.0.employee", "is not such a number")],
            id="a rate above 1",
        ),
        pytest.param(
            city(row("2026-07-01", source=None, checked_on=None, verified=None)),
            [
                ("parameters.pension.0.source", "is missing"),
                ("parameters.pension.0.checked_on", "is missing"),
                ("parameters.pension.0.verified", "is missing"),
            ],
            id="nobody knows from where",
        ),
        pytest.param(
            city(row("2026-07-01", verified="perhaps")),
            [("parameters.pension.0.verified", "is neither true nor false")],
            id="verified is said once",
        ),
        pytest.param(
            city(row("2026-07-01", monthly="10.00")),
            [("parameters.pension.0.monthly", "is not a known key")],
            id="a key of another rule",
        ),
        pytest.param(
            city(row("2026-07-01", rounding="up")),
            [("parameters.pension.0.rounding", "is not one of the choices")],
            id="a rounding that is not known",
        ),
        pytest.param(
            city(housing_fund=[{**FUND, "least_rate": "0.13"}]),
            [("parameters.housing_fund.0.least_rate", "is more than the most")],
            id="least above most",
        ),
        pytest.param(
            city(minimum_wage=[{"from": "2026-01-01", **KNOWN}]),
            [("parameters.minimum_wage.0.monthly", "is missing")],
            id="a minimum wage without an amount",
        ),
        pytest.param({"city": "example"}, [("parameters", "is missing")], id="no rows at all"),
    ],
)
def test_a_broken_city_is_refused(data: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(city_from, data) == expected


def test_every_problem_is_named_at_once() -> None:
    data = city(row("2025-07-01", "2026-05-31", employee="2"), row("2026-07-01", floor="9000.01"))
    assert len(problems(city_from, data)) == 3


# --- The country ------------------------------------------------------------------------------------------------------


def national(**changed: Any) -> dict[str, Any]:
    """The shipped document with a year table of its own."""
    document = deepcopy(statutory_documents()["cn"])
    document["income_tax"]["year_table"]["values"][0].update(changed)
    return document


LOW = {"upto": "36000", "rate": "0.03", "quick_deduction": "0"}
HIGH = {"rate": "0.10", "quick_deduction": "2520"}
TABLE = "income_tax.year_table.values.0"


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        pytest.param([LOW], [(f"{TABLE}.bands.0.upto", "the highest band has a limit")], id="ends"),
        pytest.param([HIGH, {**HIGH, "rate": "0.20"}], [(f"{TABLE}.bands.1.upto", "does not rise")], id="two highest"),
        pytest.param([LOW, LOW, HIGH], [(f"{TABLE}.bands.1.upto", "does not rise")], id="one limit twice"),
        pytest.param([LOW, {**HIGH, "rate": "0.02"}], [(f"{TABLE}.bands.1.upto", "does not rise")], id="falls"),
        pytest.param([], [(f"{TABLE}.bands", "is empty")], id="empty"),
    ],
)
def test_a_broken_tax_table_is_refused(bands: list[dict[str, str]], expected: list[tuple[str, str]]) -> None:
    assert problems(national_from, national(bands=bands)) == expected


def test_a_missing_parameter_is_named() -> None:
    document = national()
    del document["wages"]["sick_pay_floor"]
    assert ("wages.sick_pay_floor", "is missing") in problems(national_from, document)


def test_a_code_that_no_line_can_have_is_refused() -> None:
    document = national()
    document["wages"]["not_in_minimum_wage"]["values"][0]["codes"] = ["Overtime"]
    assert problems(national_from, document) == [("wages.not_in_minimum_wage.values.0.codes.0", "is not a line code")]


# --- Calendars --------------------------------------------------------------------------------------------------------

HOLIDAYS = [
    "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01", "2027-05-02",
    "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02", "2027-10-03",
]  # fmt: skip


def calendar(**changed: Any) -> dict[str, Any]:
    return {"year": 2027, "holidays": HOLIDAYS, "days_off": ["2027-02-09"], "source": "a notice", **changed}


def test_a_calendar_says_what_each_day_is() -> None:
    year, days = calendar_from(calendar(make_up_days=["2027-02-13"]))
    known = WorkCalendar({year: days})
    assert known.kind(date(2027, 2, 6)) is DayKind.HOLIDAY
    assert known.kind(date(2027, 2, 9)) is DayKind.RESTDAY
    assert known.kind(date(2027, 2, 13)) is DayKind.WORKDAY


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"days_off": ["2027-02-13"]}, [("days_off.0", "is a Saturday or Sunday")]),
        ({"make_up_days": ["2027-02-12"]}, [("make_up_days.0", "is no Saturday or Sunday")]),
        ({"days_off": ["2026-02-09"]}, [("days_off.0", "is a day of another year")]),
        ({"days_off": ["2027-02-08"]}, [("days_off.0", "stands twice")]),
        ({"holidays": HOLIDAYS[:9]}, [("holidays", "are not those of a whole year")]),
        ({"source": None}, [("source", "is missing")]),
        (
            {"holidays": [*HOLIDAYS, "2027-10-04", "2027-10-05", "2027-10-06"]},
            [("holidays", "are not those of a whole year")],
        ),
    ],
)
def test_a_broken_calendar_is_refused(changed: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(calendar_from, calendar(**changed)) == expected


# --- Own rows over shipped ones ---------------------------------------------------------------------------------------

SHIPPED = [("2025-07-01", "2026-06-30", "A"), ("2026-07-01", "2027-06-30", "B")]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(
            [("2026-07-01", "2027-06-30")],
            [("2025-07-01", "2026-06-30", "A"), ("2026-07-01", "2027-06-30", "own")],
            id="the same days: instead of it",
        ),
        pytest.param(
            [("2026-07-01", None)],
            [("2025-07-01", "2026-06-30", "A"), ("2026-07-01", None, "own")],
            id="the same first day, no end",
        ),
        pytest.param(
            [("2027-07-01", None)],
            [*SHIPPED, ("2027-07-01", None, "own")],
            id="after the last one",
        ),
        pytest.param(
            [("2026-09-01", "2026-12-31")],
            [
                ("2025-07-01", "2026-06-30", "A"),
                ("2026-07-01", "2026-08-31", "B"),
                ("2026-09-01", "2026-12-31", "own"),
                ("2027-01-01", "2027-06-30", "B"),
            ],
            id="some months in the middle",
        ),
        pytest.param(
            [("2026-01-01", None)],
            [("2025-07-01", "2025-12-31", "A"), ("2026-01-01", None, "own"), ("2026-07-01", "2027-06-30", "B")],
            id="without an end until the next row",
        ),
        pytest.param(
            [("2026-01-01", "2026-09-30")],
            [("2025-07-01", "2025-12-31", "A"), ("2026-01-01", "2026-09-30", "own"), ("2026-10-01", "2027-06-30", "B")],
            id="across two rows",
        ),
        pytest.param(
            [("2024-07-01", "2025-06-30")],
            [("2024-07-01", "2025-06-30", "own"), *SHIPPED],
            id="before the first one",
        ),
    ],
)
def test_an_own_row_wins_on_its_days(own, expected) -> None:
    shipped = city(*(row(first, last, source=source) for first, last, source in SHIPPED))
    document = merged(shipped, {"pension": [row(first, last, source="own") for first, last in own]})
    held = document["parameters"]["pension"]
    assert [(each["from"], each.get("to"), each["source"]) for each in held] == expected
    city_from(document)
    assert len(shipped["parameters"]["pension"]) == 2


def test_an_open_row_that_ships_ends_where_an_own_one_starts() -> None:
    document = merged(city(row("2025-07-01")), {"pension": [row("2026-03-01")]})
    assert [each.get("to") for each in document["parameters"]["pension"]] == ["2026-02-28", None]


def test_of_two_own_rows_of_one_first_day_the_later_one_holds() -> None:
    own = [row("2026-07-01", ceiling="8000.00"), row("2026-07-01", ceiling="7000.00")]
    pension = city_from(merged(new_city("example"), {"pension": own})).contributions[Scheme.PENSION]
    assert pension.on(date(2026, 7, 1)).ceiling == Decimal("7000.00")


def test_own_rows_make_a_city_that_does_not_ship() -> None:
    document = merged(new_city("南京"), {"pension": [row("2026-01-01", "2026-06-30"), row("2026-07-01")]})
    found = city_from(document)
    assert found.code == "南京"
    assert found.contributions[Scheme.PENSION].name == "南京.pension"


def test_a_gap_between_own_rows_is_seen_when_the_city_is_read() -> None:
    own = {"pension": [row("2026-01-01", "2026-05-31"), row("2026-07-01")]}
    assert problems(city_from, merged(new_city("example"), own)) == [
        ("parameters.pension.0.to", "leaves days without a rule")
    ]
