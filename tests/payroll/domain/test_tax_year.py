"""The tax year up to a payment: months employed, and declared deductions held to their limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from grading.kernel.period import Month
from payroll.domain.tax_year import Declaration, declared_through, months_of_year
from tests.payroll.domain.law import LIMITS

Days = tuple[str | None, str | None]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _months(first: int, last: int) -> tuple[Month, ...]:
    return tuple(Month(2026, number) for number in range(first, last + 1))


@pytest.mark.parametrize(
    ("paid_in", "hired", "left", "months"),
    [
        pytest.param(7, "2020-03-05", None, _months(1, 7), id="employed since before the year"),
        pytest.param(1, "2020-03-05", None, _months(1, 1), id="January"),
        pytest.param(7, "2026-05-31", None, _months(5, 7), id="hired on a month's last day: that month counts"),
        pytest.param(7, "2026-06-01", None, _months(6, 7), id="hired on a month's first day"),
        pytest.param(7, "2026-07-31", None, _months(7, 7), id="paid in the month of hire"),
        pytest.param(7, "2020-03-05", "2026-05-01", _months(1, 5), id="paid after leaving: up to the month of leaving"),
        pytest.param(7, "2020-03-05", "2026-04-30", _months(1, 4), id="left on a month's last day"),
        pytest.param(7, "2026-02-10", "2026-04-30", _months(2, 4), id="hired and left within the year"),
        pytest.param(7, "2020-03-05", "2026-12-31", _months(1, 7), id="leaves later"),
        pytest.param(1, "2020-03-05", "2025-12-15", _months(1, 1), id="left last year: the month of payment alone"),
    ],
)
def test_months_employed(paid_in: int, hired: str, left: str | None, months: Sequence[Month]) -> None:
    assert months_of_year(Month(2026, paid_in), date.fromisoformat(hired), _day(left)) == tuple(months)


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        ("2026-05-01", None, True),
        ("2026-05-31", None, True),
        ("2026-06-01", None, False),
        ("2026-01-01", "2026-05-01", True),
        ("2026-01-01", "2026-04-30", False),
        ("2026-05-10", "2026-05-10", True),
    ],
)
def test_a_declaration_holds_in_a_month_of_which_it_covers_any_day(first: str, last: str | None, holds: bool) -> None:
    declared = Declaration("rent", Decimal("1.00"), date.fromisoformat(first), _day(last))
    assert declared.holds_in(Month(2026, 5)) is holds


@pytest.mark.parametrize(
    ("rows", "rent_limit", "expected"),
    [
        pytest.param([], None, {}, id="nothing"),
        pytest.param([("elderly_support", "2000.00", "2026-01-01", None)], None, {"elderly_support": "10000.00"},
                     id="five months"),
        pytest.param([("elderly_support", "2000.00", "2026-03-15", "2026-04-01")], None,
                     {"elderly_support": "4000.00"}, id="from a day until a day"),
        pytest.param([("elderly_support", "3000.01", "2026-01-01", None)], None, {"elderly_support": "15000.00"},
                     id="held to a month's limit"),
        pytest.param([("elderly_support", "2000.00", "2026-01-01", None),
                      ("elderly_support", "1500.00", "2026-05-01", None)], None, {"elderly_support": "11000.00"},
                     id="two of a kind are held together: 4 × 2,000 + 3,000"),
        pytest.param([("child_education", "2000.00", "2026-01-01", None),
                      ("child_education", "2000.00", "2026-01-01", None)], None, {"child_education": "20000.00"},
                     id="two children: no limit"),
        pytest.param([("rent", "2000.00", "2026-01-01", None)], None, {"rent": "7500.00"}, id="rent, the law's limit"),
        pytest.param([("rent", "2000.00", "2026-01-01", None)], "1100.00", {"rent": "5500.00"},
                     id="rent, the city's limit"),
        pytest.param([("rent", "800.00", "2026-01-01", None)], "1100.00", {"rent": "4000.00"}, id="rent below it"),
        pytest.param([("housing_loan_interest", "1200.00", "2026-01-01", None)], "1100.00",
                     {"housing_loan_interest": "5000.00"}, id="the city's limit is for rent alone"),
        pytest.param([("personal_pension", "2500.00", "2026-01-01", None)], None, {"personal_pension": "12000.00"},
                     id="held to a year's limit"),
        pytest.param([("unitemised", "3500.00", "2026-01-01", None)], "1500.00", {"unitemised": "17500.00"},
                     id="without items: as declared"),
        pytest.param([("rent", "0.00", "2026-01-01", None), ("elderly_support", "1.00", "2026-06-01", None)], None,
                     {}, id="nothing is left out"),
    ],
)  # fmt: skip
def test_declared_through_may(
    rows: Sequence[tuple[str, str, str, str | None]], rent_limit: str | None, expected: dict[str, str]
) -> None:
    declared = [
        Declaration(kind, Decimal(amount), date.fromisoformat(first), _day(last)) for kind, amount, first, last in rows
    ]
    limit = None if rent_limit is None else Decimal(rent_limit)
    found = declared_through(_months(1, 5), declared, LIMITS, limit)
    assert {kind: str(amount) for kind, amount in found.items()} == expected
