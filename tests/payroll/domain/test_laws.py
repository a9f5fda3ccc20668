"""Laws of pay (reliability §5.3): what holds for every month, whatever its numbers.

Every law is stated with the test's own arithmetic (Decimal ROUND_HALF_UP, integer fen), not with the code's.
LAW_EXAMPLES=10000 in the environment searches longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.kernel.money import split
from grading.kernel.period import Month
from payroll.domain.facts import Facts
from payroll.domain.invariants import Printed, broken_invariants
from payroll.domain.lines import Kind
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import BonusBy, BonusRule, CommissionRule, PayPlan, Rules

Pay = Callable[..., Payslip]
Keywords = Mapping[str, Any]
LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "15")), deadline=None)
FEN = Decimal("0.01")
FIXTURE = {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00", "expert": "2600.00"}
METHODS = ["calendar_days", "workdays", "paid_days"]
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]


def _yuan(least: int, most: int) -> st.SearchStrategy[str]:
    """Money as text, from fen."""
    return st.integers(least, most).map(_text)


def _text(fen: int) -> str:
    return str(Decimal(fen).scaleb(-2))


def _fen(amount: Decimal) -> int:
    assert amount == amount.quantize(FEN)
    return int(amount * 100)


def _half_up(amount: Fraction) -> Decimal:
    """An independent rounding: a long decimal, quantized. Fine for denominators of months and 21.75."""
    long = Decimal(amount.numerator) / Decimal(amount.denominator)
    return long.quantize(FEN, ROUND_HALF_UP)


SALES = _yuan(-5_000_000, 20_000_000)
HALF_DAYS = st.integers(0, 46).map(lambda halves: str(Fraction(halves, 2)))
TIERS = sorted(FIXTURE)
ENTRY_CODES = [None, "adjustment.x", "arrears.y", "penalty", "loss_recovery", "pension", "income_tax"]
HIRED_FROM = date(2021, 1, 1)
LAST_HIRE = (date(2024, 6, 30) - HIRED_FROM).days


def _person(drawn: tuple[int, ...]) -> Keywords:
    """Somebody in June 2024: new, on probation, long there, or leaving on any day from the last hire on."""
    hired, left, tier, sales, absent, score, carried, code_1, amount_1, code_2, amount_2 = drawn
    hire = HIRED_FROM + timedelta(days=LAST_HIRE - hired)
    leave = max(hire, date(2024, 6, 30) - timedelta(days=left))
    entered = [(ENTRY_CODES[code_1], amount_1), (ENTRY_CODES[code_2], amount_2)]
    return {
        "hire": hire.isoformat(),
        "leave": leave.isoformat() if left else None,
        "tier": TIERS[tier],
        "sales": _text(sales),
        "absent": str(Fraction(absent, 2)),
        "score": str(Fraction(score, 100)),
        "entries": [(code, _text(amount)) for code, amount in entered if code],
        "carried": _text(carried),
    }


PEOPLE = st.tuples(
    st.integers(0, LAST_HIRE),
    st.integers(0, 29),
    st.integers(0, 3),
    st.integers(-5_000_000, 20_000_000),
    st.integers(0, 46),
    st.integers(0, 12_000),
    st.integers(0, 500_000),
    *[st.integers(0, 6), st.integers(0, 300_000)] * 2,
).map(_person)
BONUSES = (
    BonusRule("metric_bonus", amount=Decimal("500.00")),
    BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
)
SWITCHES: Mapping[str, list[Any]] = {
    "base": [FIXTURE, None, "2000.00", "0.01"],
    "counts": [None, ["base_pay"]],
    "penalties": ["after_floor", "before_floor"],
    "proration": METHODS,
    "bonuses": [(), BONUSES],
    "anniversary": ["split_by_day", "first_of_month", "next_month", "whole_month_new"],
}
PLANS = st.sampled_from([dict(zip(SWITCHES, chosen, strict=True)) for chosen in product(*SWITCHES.values())])


@LAW
@given(PEOPLE, PLANS)
def test_totals_are_the_sums_of_the_printed_lines(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    slip = pay(facts, plan)
    earned = sum(_fen(line.amount) for line in slip.lines if line.kind is Kind.EARNING)
    deducted = sum(_fen(line.amount) for line in slip.lines if line.kind is Kind.DEDUCTION)
    assert (_fen(slip.gross), _fen(slip.deductions)) == (earned, deducted)
    assert (_fen(slip.net), _fen(slip.employer_cost)) == (earned - deducted, earned)


@LAW
@given(PEOPLE, PLANS)
def test_what_the_doctor_asks_of_stored_payslips_is_true(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    printed = Printed.of(pay(facts, plan), "x", Month(2024, 6), follows_law=False)
    assert broken_invariants(printed) == ()


@LAW
@given(PEOPLE, PLANS)
def test_net_is_never_negative_and_what_is_left_never_either(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    slip = pay(facts, plan)
    assert slip.net >= 0
    assert slip.carried_forward >= 0
    if any(line.code == "carry_forward" and line.amount < 0 for line in slip.lines):
        assert slip.net == 0


@LAW
@given(PEOPLE, PLANS)
def test_only_income_tax_and_failed_gates_print_zero(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    assert not [line for line in pay(facts, plan).lines if not line.amount and line.code != "income_tax"]


@LAW
@given(_yuan(0, 500_000), st.lists(st.tuples(_yuan(0, 300_000), _yuan(0, 300_000)), min_size=1, max_size=6))
def test_the_carry_ledger_conserves(pay: Pay, before: str, months: list[tuple[str, str]]) -> None:
    """Σ net = Σ bearable + what is left at the end − what was left before; what is left is owed by the agent."""
    left, net, bearable = Decimal(before), Decimal(0), Decimal(0)
    for earned, deducted in months:
        entries = [("adjustment.x", earned), ("loss_recovery", deducted)]
        slip = pay({"entries": entries, "carried": str(left)}, {"guarantee": ()})
        net, bearable, left = net + slip.net, bearable + Decimal(earned) - Decimal(deducted), slip.carried_forward
    assert net == bearable + left - Decimal(before)


@LAW
@given(PEOPLE, PLANS)
def test_what_is_left_never_waits_while_the_month_could_bear_it(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    slip = pay(facts, plan)
    assert slip.net == 0 or slip.carried_forward == 0


@LAW
@given(SALES, HALF_DAYS, st.sampled_from([None, *TIERS]))
def test_gross_reaches_the_guarantee(pay: Pay, sales: str, absent: str, tier: str | None) -> None:
    """Year 2, no penalties, everything counts: gross ≥ 2200 − 2200 ÷ 21.75 × unpaid days, where that is a promise."""
    facts = {"sales": sales, "absent": absent, "tier": tier}
    slip = pay(facts, {"base": FIXTURE if tier else None})
    promised = Decimal(2200) - _half_up(Fraction(2200) / Fraction("21.75") * Fraction(absent))
    assert slip.gross >= promised or promised <= 0


@LAW
@given(st.dates(HIRED_FROM, date(2024, 6, 30)), SALES, st.sampled_from(TIERS))
def test_a_top_up_lifts_exactly_to_the_guarantee(pay: Pay, hire: date, sales: str, tier: str) -> None:
    """With a top-up, counted pay and top-up together are the promise; without one, they are at least that."""
    slip = pay({"hire": hire.isoformat(), "sales": sales, "tier": tier},
               {"base": FIXTURE, "guarantee": ("2000.00",), "guarantee_by": "fixed"})  # fmt: skip
    first_regular = next(
        day for day in (date(2024, 6, 1) + timedelta(days=n) for n in range(31)) if day >= _month_later(hire)
    )
    promised = _half_up(Fraction(2000 * (date(2024, 7, 1) - first_regular).days, 30))
    counted = sum((line.amount for line in slip.lines if line.code in {"base_pay", "commission"}), Decimal(0))
    top_up = sum((line.amount for line in slip.lines if line.code == "guarantee_top_up"), Decimal(0))
    assert top_up >= 0
    assert counted + top_up == promised if top_up else counted >= promised


def _month_later(day: date) -> date:
    """The calendar's own answer, clamped; on or after July it is as good as 1 July here."""
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return min(first.replace(day=min(day.day, last.day)), date(2024, 7, 1))


EDGES = (("0", "0.01"), ("50000", "0.02"), ("100000", "0.03"))


def _commission(pay: Pay, rule: CommissionRule, sales: str) -> Decimal:
    slip = pay({"sales": {"sales_amount": sales}}, {"guarantee": (), "commission": None, "commissions": (rule,)})
    return sum((line.amount for line in slip.lines if line.code == rule.code), Decimal(0))


@LAW
@given(SALES, SALES, st.sampled_from([None, "1234.56"]))
def test_marginal_commission_never_falls_when_sales_rise(
    pay: Pay, make_commission: Callable[..., CommissionRule], one: str, other: str, cap: str | None
) -> None:
    rule = make_commission(*EDGES, code="sales", basis="sales_amount", cap=cap)
    low, high = sorted((one, other), key=Decimal)
    assert _commission(pay, rule, low) <= _commission(pay, rule, high)


@LAW
@given(SALES)
def test_marginal_commission_lies_between_the_lowest_and_the_highest_rate(
    pay: Pay, make_commission: Callable[..., CommissionRule], sales: str
) -> None:
    marginal = _commission(pay, make_commission(*EDGES, code="sales", basis="sales_amount"), sales)
    whole = _commission(pay, make_commission(*EDGES, code="sales", basis="sales_amount", mode="whole"), sales)
    lowest = _half_up(Fraction(sales) * Fraction("0.01"))
    assert lowest <= marginal <= whole


@LAW
@given(st.integers(0, 20_000_000))
def test_one_fen_more_of_sales_never_moves_marginal_commission_by_more_than_a_fen(
    pay: Pay, make_commission: Callable[..., CommissionRule], fen: int
) -> None:
    rule = make_commission(*EDGES, code="sales", basis="sales_amount")
    one, other = (_text(fen), _text(fen + 1))
    assert _commission(pay, rule, other) - _commission(pay, rule, one) in (0, FEN)


@LAW
@given(PEOPLE, PLANS)
def test_the_order_of_mappings_does_not_matter(
    make_facts: Callable[..., Facts],
    make_plan: Callable[..., PayPlan],
    make_rules: Callable[..., Rules],
    facts: Keywords,
    plan: Keywords,
) -> None:
    more = {"team": {"a": "1", "b": "2", "c": "3"}, "units": {"calls": "9", "inquiries": "7"}}
    sales = {"returning_order_amount": facts["sales"], "sales_amount": "12.00", "other": "5.00"}
    turned = {name: dict(reversed(values.items())) for name, values in more.items()}
    straight = {**facts, **more, "sales": sales}
    back = {**facts, **turned, "sales": dict(reversed(sales.items()))}
    amounts = plan["base"]
    reordered = dict(reversed(amounts.items())) if isinstance(amounts, dict) else amounts
    one = compute_payslip(make_facts(**straight), make_rules(("2020-01-01", make_plan(**plan))))
    other = compute_payslip(make_facts(**back), make_rules(("2020-01-01", make_plan(**{**plan, "base": reordered}))))
    assert one == other


@LAW
@given(PEOPLE, PLANS)
def test_the_order_of_entries_does_not_matter_to_the_totals(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    one, other = pay(facts, plan), pay({**facts, "entries": facts["entries"][::-1]}, plan)
    assert (one.gross, one.deductions, one.net) == (other.gross, other.deductions, other.net)
    assert sorted(map(repr, one.lines)) == sorted(map(repr, other.lines))


@LAW
@given(PEOPLE, PLANS)
def test_twice_is_once(
    make_facts: Callable[..., Facts],
    make_plan: Callable[..., PayPlan],
    make_rules: Callable[..., Rules],
    facts: Keywords,
    plan: Keywords,
) -> None:
    given_facts, rules = make_facts(**facts), make_rules(("2020-01-01", make_plan(**plan)))
    assert compute_payslip(given_facts, rules) == compute_payslip(given_facts, rules)


@pytest.mark.parametrize("method", METHODS)
def test_a_full_month_without_changes_pays_exactly_the_monthly_amount(pay: Pay, method: str) -> None:
    for month, amount in product(MONTHS, ("1600.00", "1999.99", "2173.33", "0.01")):
        slip = pay({"month": month}, {"base": amount, "guarantee": (), "proration": method})
        assert [str(line.amount) for line in slip.lines] == [amount], month


@LAW
@given(
    st.sampled_from(MONTHS),
    st.lists(st.integers(2, 31), unique=True, max_size=4),
    st.lists(_yuan(100, 500_000), min_size=5, max_size=5, unique=True),
)
def test_each_segment_is_within_half_a_fen_of_its_exact_share(
    pay: Pay, month: str, cuts: list[int], amounts: list[str]
) -> None:
    """So a month of n segments is within n × 0.5 fen of the exact sum; days are counted by this test's own calendar."""
    first = date.fromisoformat(f"{month}-01")
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    starts = [1, *sorted(cut for cut in cuts if cut <= days)]
    tiers = {f"{month}-{start:02d}": f"t{place}" for place, start in enumerate(starts)}
    base = {f"t{place}": amounts[place] for place in range(len(starts))}
    slip = pay({"month": month, "hire": "2020-01-01", "tiers": tiers}, {"base": base, "guarantee": ()})
    exact = [
        Fraction(amounts[place]) * (end - start) / days
        for place, (start, end) in enumerate(zip(starts, [*starts[1:], days + 1], strict=True))
    ]
    assert len(slip.lines) == len(exact)
    for line, share in zip(slip.lines, exact, strict=True):
        assert abs(Fraction(line.amount) - share) <= Fraction(1, 200)
        assert line.amount == _half_up(share)
    assert abs(Fraction(slip.gross) - sum(exact)) <= Fraction(len(exact), 200)


@pytest.mark.parametrize("method", METHODS)
def test_a_promotion_on_the_first_is_a_full_month_and_on_the_next_first_none(pay: Pay, method: str) -> None:
    plan = {"base": FIXTURE, "guarantee": (), "proration": method}
    for month in MONTHS:
        first = date.fromisoformat(f"{month}-01")
        following = (first + timedelta(days=31)).replace(day=1)
        for since, expected in ((first, "2000.00"), (following, "1800.00")):
            tiers = {"2023-02-10": "junior", since.isoformat(): "intermediate"}
            assert [str(line.amount) for line in pay({"month": month, "tiers": tiers}, plan).lines] == [expected], month


@LAW
@given(PEOPLE, _yuan(100, 1_000_000), st.sampled_from([None, ["base_pay"]]), st.sampled_from(METHODS))
def test_one_fen_more_base_never_lowers_pay_and_adds_at_most_a_fen(
    pay: Pay, facts: Keywords, base: str, counts: list[str] | None, method: str
) -> None:
    """No cliff lies in base pay alone. Unpaid days are left out: their own rounding may take a fen back."""
    present = {**facts, "absent": "0", "carried": "0.00", "entries": []}
    plan = {"counts": counts, "proration": method}
    lower = pay(present, {**plan, "base": base}).gross
    higher = pay(present, {**plan, "base": str(Decimal(base) + FEN)}).gross
    assert higher - lower in (0, FEN)


@LAW
@given(PEOPLE, PLANS, _yuan(1, 300_000))
def test_a_correction_and_its_opposite_change_nothing(pay: Pay, facts: Keywords, plan: Keywords, amount: str) -> None:
    entries = [*facts["entries"], ("adjustment.z", amount), ("adjustment.z", f"-{amount}")]
    one, other = pay(facts, plan), pay({**facts, "entries": entries}, plan)
    assert (one.gross, one.net, one.carried_forward) == (other.gross, other.net, other.carried_forward)


@LAW
@given(PEOPLE, PLANS, st.sampled_from(["pension", "loss_recovery", "penalty", "adjustment.x"]))
def test_an_entry_of_zero_is_no_entry(pay: Pay, facts: Keywords, plan: Keywords, code: str) -> None:
    assert pay(facts, plan) == pay({**facts, "entries": [*facts["entries"], (code, "0.00")]}, plan)


@LAW
@given(PEOPLE, PLANS, _yuan(1, 300_000))
def test_a_penalty_is_the_same_with_either_sign(pay: Pay, facts: Keywords, plan: Keywords, amount: str) -> None:
    plus, minus = ({**facts, "entries": [("penalty", sign + amount)]} for sign in ("", "-"))
    assert pay(plus, plan) == pay(minus, plan)


@LAW
@given(PEOPLE, PLANS)
def test_every_nonzero_entry_is_printed_once(pay: Pay, facts: Keywords, plan: Keywords) -> None:
    codes = {code for code, _ in facts["entries"]}
    given_amounts = sorted((code, abs(Decimal(amount))) for code, amount in facts["entries"] if Decimal(amount))
    printed = sorted((line.code, abs(line.amount)) for line in pay(facts, plan).lines if line.code in codes)
    assert [row for row in printed if row[1]] == given_amounts


@LAW
@given(
    st.integers(0, 10_000_000),
    st.lists(st.fractions(0, 120, max_denominator=1000), min_size=1, max_size=12),
)
def test_a_split_adds_up_to_the_pool_and_is_fair(pool: int, weights: list[Fraction]) -> None:
    shares = split(Decimal(pool).scaleb(-2), weights)
    whole = sum(weights)
    assert sum(map(_fen, shares)) == (pool if whole else 0)
    for share, weight in zip(shares, weights, strict=True):
        if whole:
            assert abs(_fen(share) - pool * weight / whole) < 1
    for one, its_share in zip(weights, shares, strict=True):
        for other, other_share in zip(weights, shares, strict=True):
            if one > other:
                assert its_share >= other_share
