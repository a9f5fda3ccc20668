"""Requirements §4.4: probation and tier-upgrade dates, always from the original start date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from grading.domain.ladder import Ladder, PayEffective, Tier, pay_effective_from
from grading.kernel.period import MonthEnd, add_months

# hire, then (clamp, overflow where the page prints another date) for 1, 3, 12 and 24 months
TABLE = [
    ("2024-01-15", ("2024-02-15", None), ("2024-04-15", None), ("2025-01-15", None), ("2026-01-15", None)),
    ("2024-01-31", ("2024-02-29", "2024-03-01"), ("2024-04-30", "2024-05-01"), ("2025-01-31", None),
     ("2026-01-31", None)),
    ("2023-11-30", ("2023-12-30", None), ("2024-02-29", "2024-03-01"), ("2024-11-30", None), ("2025-11-30", None)),
    ("2022-11-30", ("2022-12-30", None), ("2023-02-28", "2023-03-01"), ("2023-11-30", None), ("2024-11-30", None)),
    ("2024-02-29", ("2024-03-29", None), ("2024-05-29", None), ("2025-02-28", "2025-03-01"),
     ("2026-02-28", "2026-03-01")),
    ("2023-02-28", ("2023-03-28", None), ("2023-05-28", None), ("2024-02-28", None), ("2025-02-28", None)),
    ("2024-08-31", ("2024-09-30", "2024-10-01"), ("2024-11-30", "2024-12-01"), ("2025-08-31", None),
     ("2026-08-31", None)),
    ("2023-12-31", ("2024-01-31", None), ("2024-03-31", None), ("2024-12-31", None), ("2025-12-31", None)),
    ("2024-03-01", ("2024-04-01", None), ("2024-06-01", None), ("2025-03-01", None), ("2026-03-01", None)),
    ("2024-05-31", ("2024-06-30", "2024-07-01"), ("2024-08-31", None), ("2025-05-31", None), ("2026-05-31", None)),
]  # fmt: skip
COLUMNS = ((1, "probation over"), (3, "intermediate"), (12, "senior"), (24, "expert"))
CELLS = [
    pytest.param(hire, months, clamp, overflow or clamp, id=f"{hire} {name}")
    for hire, *dates in TABLE
    for (months, name), (clamp, overflow) in zip(COLUMNS, dates, strict=True)
]


def _day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("hire", "months", "clamp", "overflow"), CELLS)
def test_clamp(hire: str, months: int, clamp: str, overflow: str) -> None:
    assert add_months(_day(hire), months, MonthEnd.CLAMP) == _day(clamp)


@pytest.mark.parametrize(("hire", "months", "clamp", "overflow"), CELLS)
def test_overflow(hire: str, months: int, clamp: str, overflow: str) -> None:
    assert add_months(_day(hire), months, MonthEnd.OVERFLOW) == _day(overflow)


@pytest.mark.parametrize(("hire", "months", "clamp", "overflow"), CELLS)
def test_strict_is_the_day_after_the_clamp_date(hire: str, months: int, clamp: str, overflow: str) -> None:
    assert add_months(_day(hire), months, MonthEnd.STRICT) == _day(clamp) + timedelta(days=1)


def test_chaining_trap() -> None:
    """Probation excluded: four months from the original start, not three from the clamped end of probation."""
    hire = date(2024, 1, 31)
    assert add_months(hire, 4) == date(2024, 5, 31)
    assert add_months(add_months(hire, 1), 3) == date(2024, 5, 29)


LADDER = Ladder("customer_service", (Tier("junior", "初级客服", "Junior"),))
SAME_DAY = Ladder("customer_service", LADDER.tiers, pay_effective=PayEffective.SAME_DAY)


@pytest.mark.parametrize(
    ("day", "paid_from"),
    [
        ("2024-04-30", "2024-05-01"),
        ("2024-02-29", "2024-03-01"),
        ("2024-06-01", "2024-06-01"),
        ("2025-02-28", "2025-03-01"),
    ],
)
def test_pay_effect_is_the_first_of_a_month_on_or_after(day: str, paid_from: str) -> None:
    assert pay_effective_from(LADDER, _day(day), _day(day)) == _day(paid_from)


@pytest.mark.parametrize(
    ("eligible", "approved", "first_of_month", "same_day"),
    [
        pytest.param("2024-04-30", "2024-05-06", "2024-06-01", "2024-05-06", id="approved after eligibility"),
        pytest.param("2024-05-06", "2024-04-30", "2024-06-01", "2024-05-06", id="approved before eligibility"),
        pytest.param("2024-04-15", "2024-05-01", "2024-05-01", "2024-05-01", id="approved on the first"),
        pytest.param("2024-07-11", "2024-07-11", "2024-08-01", "2024-07-11", id="E-25"),
        pytest.param("2024-12-02", "2024-11-30", "2025-01-01", "2024-12-02", id="into the next year"),
    ],
)
def test_pay_effect_never_before_eligibility_and_approval(
    eligible: str, approved: str, first_of_month: str, same_day: str
) -> None:
    assert pay_effective_from(LADDER, _day(eligible), _day(approved)) == _day(first_of_month)
    assert pay_effective_from(SAME_DAY, _day(eligible), _day(approved)) == _day(same_day)
