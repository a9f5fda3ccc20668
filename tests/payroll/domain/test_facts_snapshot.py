"""The snapshot that a payslip keeps of its facts gives the same facts back, so that it can be repeated."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span
from grading.kernel.restore import SnapshotDoesNotFit, restored
from grading.kernel.snapshot import plain
from payroll.domain.facts import (
    Employment,
    Entry,
    Facts,
    GuaranteeMonth,
    Insured,
    MonthAttendance,
    PastLine,
    PoolShare,
    Rating,
    TaxYear,
)
from payroll.domain.lines import Kind, step

OCTOBER = Month(2026, 10)
BARE = Facts("A1", OCTOBER, OCTOBER.span, date(2024, 2, 29))
FULL = Facts(
    agent_no="A1",
    month=OCTOBER,
    employed=Span(date(2026, 10, 8), date(2026, 11, 1)),
    hire_date=date(2024, 2, 29),
    employment=Employment.PROBATION_WAIVED,
    tiers=Dated.of("tier", [(date(2024, 2, 29), "junior"), (date(2026, 10, 15), "senior")]),
    attendance=MonthAttendance(Fraction(1, 2), False, Fraction(2), Fraction(7, 2), Fraction(8), Fraction(0)),
    sales={"sales_amount": Decimal("-100.10"), "returning_order_amount": Decimal("0.00")},
    units={"days": Fraction(41, 2)},
    rating=Rating(Fraction(1835, 30), "A", Fraction(6, 5)),
    team_metrics=({"refund_rate": Fraction(10, 11)},),
    department_metrics=({"dsr_score": Fraction("4.7")}, {}),
    pool_shares={"team_bonus": PoolShare(Decimal("333.34"), Fraction(70, 3), Fraction(70), 3)},
    pool_unscored={"other_pool": ("A2", "A3")},
    entries=(Entry("adjustment.meal", Decimal("12.50"), "餐补"), Entry("penalty", Decimal("-5.00"), "")),
    carried_forward=Decimal("10.00"),
    loss_balance=Decimal("0.01"),
    past=(
        PastLine("arrears.commission", Kind.EARNING, Decimal(-3), Month(2026, 9), (step("arrears.then", month="x"),)),
        PastLine("arrears.employer_pension", Kind.EMPLOYER, Decimal("3.00"), Month(2026, 8), ()),
    ),
    past_guarantees=(GuaranteeMonth(Month(2026, 8), Decimal(0), Decimal("2.00"), Decimal("2.00")),),
    guarantee_months=(GuaranteeMonth(Month(2026, 9), Decimal(1), Decimal("2.00"), Decimal("-1.00")),),
    leaves=True,
    pay_date=date(2026, 11, 13),
    cities=Dated.of("city", [(date.min, "shanghai"), (date(2026, 10, 20), "kunming")]),
    insured=Insured(date(2026, 10, 8), "shanghai", Decimal("8000.00"), None, Fraction(7, 100), Fraction(1, 20), True),
    tax=TaxYear(
        year=2026,
        month=11,
        months_employed=11,
        income=Decimal("80000.00"),
        contributions=Decimal("8000.00"),
        withheld=Decimal("12.34"),
        declared={"rent": Decimal("16500.00")},
        is_resident=False,
        first_job_of_year=True,
        from_january=True,
        separate_bonus_paid=True,
        cumulates_labour=True,
        labour_income=Decimal("3000.00"),
        labour_withheld=Decimal("440.00"),
    ),
)  # fmt: skip


def told(facts: Facts) -> Any:
    """What stands in the database."""
    return json.loads(json.dumps(plain(facts)))


@pytest.mark.parametrize("facts", [BARE, FULL], ids=["bare", "full"])
def test_facts_come_back(facts: Facts) -> None:
    back = restored(Facts, told(facts))
    assert back == facts
    assert told(back) == told(facts)


def test_the_full_facts_leave_no_field_at_its_default() -> None:
    """Also for fields that come later: they have to be filled above."""
    assert [field.name for field in fields(Facts) if getattr(FULL, field.name) == getattr(BARE, field.name)] == [
        *("agent_no", "month", "hire_date")
    ]


@pytest.mark.parametrize("added", ["tax", "insured", "cities", "pay_date", "loss_balance", "past", "guarantee_months"])
def test_facts_of_an_earlier_version_take_the_default_of_what_came_later(added: str) -> None:
    data = told(FULL)
    del data[added]
    assert restored(Facts, data) == replace(FULL, **{added: getattr(BARE, added)})


def test_facts_of_a_later_version_are_refused() -> None:
    with pytest.raises(SnapshotDoesNotFit):
        restored(Facts, {**told(FULL), "bonus_days": "3"})


_AMOUNTS = st.builds(lambda fen: Decimal(fen).scaleb(-2), st.integers(-(10**12), 10**12))
_RATIOS = st.fractions(min_value=0, max_value=10**6, max_denominator=10**6)
_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(
    _AMOUNTS,
    st.dictionaries(st.text(max_size=4), _AMOUNTS, max_size=2),
    _RATIOS,
    st.lists(st.tuples(_DAYS, st.text(max_size=4)), max_size=2),
    st.lists(st.builds(Entry, st.text(max_size=4), _AMOUNTS, st.text(max_size=4)), max_size=2),
    st.sampled_from(Employment),
)
def test_any_facts_come_back(
    amount: Decimal,
    sales: dict[str, Decimal],
    ratio: Fraction,
    tiers: list[tuple[date, str]],
    entries: list[Entry],
    employment: Employment,
) -> None:
    facts = replace(
        FULL,
        carried_forward=amount,
        sales=sales,
        units={"days": ratio},
        rating=Rating(ratio, None, None),
        tiers=Dated.of("tier", tiers),
        entries=tuple(entries),
        employment=employment,
    )
    assert restored(Facts, told(facts)) == facts
