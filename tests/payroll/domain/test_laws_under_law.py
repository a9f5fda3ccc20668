"""Laws of pay under the law (reliability §5.3): what holds for every payslip, whatever its numbers.

Every law is stated with the test's own arithmetic, not with the code's. LAW_EXAMPLES=10000 searches longer
(``make nightly``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grading.kernel.period import Month, Span
from payroll.domain.arrears import PostedLine, differences
from payroll.domain.guards import findings
from payroll.domain.invariants import Printed, broken_invariants
from payroll.domain.lines import Kind
from payroll.domain.payslip import Payslip
from payroll.domain.proration import share_of_month
from payroll.domain.rules import ProrationMethod
from payroll.domain.work_calendar import WorkCalendar
from tests.payroll.domain.law import SHANGHAI, YEAR_2026, Pay, Person, amount, national_law, taxes

LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "50")), deadline=None)
FEN = Decimal("0.01")
COUNTRY = national_law()
CALENDAR = WorkCalendar({2026: YEAR_2026})
BANDS = [(36_000, 3, 0), (144_000, 10, 2_520), (300_000, 20, 16_920), (420_000, 25, 31_920), (660_000, 30, 52_920),
         (960_000, 35, 85_920), (10**12, 45, 181_920)]  # fmt: skip
"""Upper limit, percent, quick deduction: typed again, and reckoned below in whole fen."""


def text(fen: int) -> str:
    return str(Decimal(fen).scaleb(-2))


def half_up(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(FEN, ROUND_HALF_UP)


def year_tax(taxable_fen: int) -> int:
    """The tax in fen on a year's taxable fen: fen × percent ÷ 100 − quick, half up."""
    if taxable_fen <= 0:
        return 0
    percent, quick = next((rate, quick) for upto, rate, quick in BANDS if taxable_fen <= upto * 100)
    return (taxable_fen * percent - quick * 10_000 + 50) // 100


WAGES = st.integers(800_000, 10_000_000)
"""8,000 to 100,000 yuan in fen: nobody falls below the minimum wage."""
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["adjustment.a", "adjustment.b", "arrears.c", "penalty", "loss_recovery", "court_support",
                         "annual_bonus", "adjustment.travel_allowance"]),
        st.integers(0, 50_000).map(text),
    ),
    max_size=4,
)  # fmt: skip


@st.composite
def people(draw: st.DrawFn) -> tuple[Person, str, dict[str, Any]]:
    """Somebody, a wage, and a month's facts."""
    wage = draw(WAGES)
    person = Person(
        COUNTRY,
        draw(st.sampled_from(["shanghai", "free", "gross"])),
        text(draw(st.integers(0, wage))),
        draw(st.sampled_from(["0", "0.05", "0.07"])),
        draw(st.sampled_from(["0", "0.05"])),
        employment=draw(st.sampled_from(["regular", "regular", "regular", "part_time", "pensioner", "temp"])),
        declared={"rent": text(draw(st.integers(0, 150_000))), "elderly_support": text(draw(st.integers(0, 300_000)))},
        tax=draw(
            st.sampled_from([{}, {}, {"first_job_of_year": True}, {"from_january": True}, {"is_resident": False}])
        ),
        plan={"sick_rate": draw(st.sampled_from([None, "0.8", "1"]))},
    )
    facts = {
        "absent": str(Fraction(draw(st.integers(0, 4)), 2)),
        "sick": str(Fraction(draw(st.integers(0, 4)), 2)),
        "overtime": tuple(str(draw(st.integers(0, 20))) for _sort in range(3)),
        "entries": draw(ENTRIES),
        "loss": text(draw(st.integers(0, 500_000))),
        "carried": text(draw(st.integers(0, 500_000))),
    }
    return person, text(wage), facts


Drawn = tuple[Person, str, dict[str, Any]]


@LAW
@given(people())
def test_totals_are_the_sums_of_the_printed_lines(pay: Pay, drawn: Drawn) -> None:
    person, wage, facts = drawn
    slip = person.month(pay, "2026-03", wage, **facts)
    held = {kind: sum((line.amount for line in slip.lines if line.kind is kind), Decimal(0)) for kind in Kind}
    assert slip.net == held[Kind.EARNING] - held[Kind.DEDUCTION] == slip.gross - slip.deductions
    assert slip.employer_cost == held[Kind.EARNING] + held[Kind.EMPLOYER]
    assert slip.net >= 0
    assert all(line.amount == line.amount.quantize(FEN) for line in slip.lines)
    assert not [line.code for line in slip.lines if not line.amount and line.code != "income_tax"]


@LAW
@given(people())
def test_what_the_doctor_asks_of_stored_payslips_is_true(pay: Pay, drawn: Drawn) -> None:
    person, wage, facts = drawn
    slip = person.month(pay, "2026-03", wage, **facts)
    assert broken_invariants(Printed.of(slip, "x", Month(2026, 3), follows_law=True)) == ()


@LAW
@given(people())
def test_twice_is_once(pay: Pay, drawn: Drawn) -> None:
    person, wage, facts = drawn
    assert person.month(pay, "2026-03", wage, **facts) == person.month(pay, "2026-03", wage, **facts)


@LAW
@given(people(), st.randoms(use_true_random=False))
def test_no_order_matters(pay: Pay, drawn: Drawn, random: Any) -> None:
    """Of entries, declared deductions, cities of the law, schemes of a city."""
    person, wage, facts = drawn
    entries = random.sample(facts["entries"], len(facts["entries"]))
    cities = {
        code: type(city)(code, dict(reversed(city.contributions.items())), city.housing_fund, city.minimum_wage)
        for code, city in reversed(COUNTRY.cities.items())
    }
    law = type(COUNTRY)(COUNTRY.wages, COUNTRY.income_tax, COUNTRY.calendar, cities)
    turned = Person(**{
        **{name: getattr(person, name) for name in person.__dataclass_fields__},
        "law": law,
        "declared": dict(reversed(person.declared.items())),
    })  # fmt: skip
    one = person.month(pay, "2026-03", wage, **facts)
    other = turned.month(pay, "2026-03", wage, **facts | {"entries": entries})
    assert (one.gross, one.net, one.employer_cost, one.taxed, one.loss_balance) == (
        other.gross, other.net, other.employer_cost, other.taxed, other.loss_balance,
    )  # fmt: skip
    codes = [sorted((line.code, line.amount) for line in slip.lines) for slip in (one, other)]
    assert codes[0] == codes[1]


@LAW
@given(people())
def test_nothing_is_the_same_as_zero(pay: Pay, drawn: Drawn) -> None:
    person, wage, facts = drawn
    bare = Person(**{
        **{name: getattr(person, name) for name in person.__dataclass_fields__},
        "declared": {kind: each for kind, each in person.declared.items() if Decimal(each)},
    })  # fmt: skip
    entries = [(code, each) for code, each in facts["entries"] if Decimal(each)]
    zeros = [("adjustment.z", "0.00"), ("court_support", "0.00"), ("annual_bonus", "0.00"), ("penalty", "0.00")]
    one = bare.month(pay, "2026-03", wage, **facts | {"entries": entries})
    other = person.month(pay, "2026-03", wage, **facts | {"entries": [*entries, *zeros]})
    assert [(line.code, line.amount) for line in one.lines] == [(line.code, line.amount) for line in other.lines]
    assert one.taxed == other.taxed


# --- Contributions ----------------------------------------------------------------------------------------------------


def contributed(pay: Pay, base_fen: int, fund: str) -> list[tuple[str, Decimal]]:
    slip = Person(COUNTRY, "shanghai", text(base_fen), fund).month(pay, "2026-03", "99999.99")
    return [(line.code, line.amount) for line in slip.lines if line.code not in {"base_pay", "income_tax"}]


@LAW
@given(st.integers(0, 6_000_000), st.sampled_from(["0.05", "0.07"]))
def test_a_base_is_held_between_floor_and_ceiling(pay: Pay, base: int, fund: str) -> None:
    """Below the floor is the floor, above the ceiling the ceiling, and holding it again changes nothing.

    The housing fund has limits of its own, so the schemes are looked at without it.
    """
    held = min(max(base, 746_000), 3_730_200)
    insurance = [[row for row in contributed(pay, each, fund) if "housing_fund" not in row[0]] for each in (base, held)]
    assert insurance[0] == insurance[1]
    held = min(max(base, 269_000), 3_730_200)
    own = [[row for row in contributed(pay, each, fund) if "housing_fund" in row[0]] for each in (base, held)]
    assert own[0] == own[1]


@LAW
@given(st.integers(0, 6_000_000), st.integers(0, 6_000_000))
def test_a_higher_base_never_contributes_less(pay: Pay, one: int, other: int) -> None:
    low, high = (dict(contributed(pay, base, "0.07")) for base in sorted((one, other)))
    assert all(low[code] <= high[code] for code in low)
    assert low.keys() == high.keys()


# --- Income tax -------------------------------------------------------------------------------------------------------


NEAR_AN_EDGE = st.sampled_from([upto * 100 for upto, _rate, _quick in BANDS[:-1]]).flatmap(
    lambda edge: st.integers(edge - 3, edge + 3)
)


@LAW
@given(st.one_of(st.integers(-499_999, 150_000_000), NEAR_AN_EDGE))
def test_the_tax_is_that_of_the_table_and_a_fen_more_costs_at_most_a_fen(pay: Pay, taxable: int) -> None:
    """Every edge included: the bands join without a step."""
    found = [
        amount(Person(COUNTRY).month(pay, "2026-01", text(taxable + more + 500_000)), "income_tax") for more in (0, 1)
    ]
    assert found == [text(year_tax(taxable)), text(year_tax(taxable + 1))]
    assert Decimal(found[1]) - Decimal(found[0]) in (0, FEN)


@LAW
@given(WAGES, st.sampled_from(["shanghai", "free"]), st.integers(0, 800_000))
def test_one_fen_more_of_pay_never_lowers_net_and_adds_at_most_a_fen(pay: Pay, wage: int, city: str, base: int) -> None:
    person = Person(COUNTRY, city, text(base))
    one, other = (person.month(pay, "2026-03", text(each)).net for each in (wage, wage + 1))
    assert other - one in (0, FEN)


MONTHS = st.lists(st.integers(800_000, 6_000_000), min_size=1, max_size=12)


def withheld(pay: Pay, wages: Sequence[int]) -> list[int]:
    slips = Person(COUNTRY).months(pay, "2026-01", [text(wage) for wage in wages])
    return [int(Decimal(tax) * 100) for tax in taxes(slips)]


@LAW
@given(st.lists(st.integers(0, 8_000_000), min_size=1, max_size=12))
def test_what_is_withheld_so_far_is_the_highest_tax_so_far(pay: Pay, wages: list[int]) -> None:
    """Never more than the year's tax and what the missing refund explains; never less than the year's tax."""
    so_far = [year_tax(earned - 500_000 * months) for months, earned in enumerate(accumulate(wages), start=1)]
    assert list(accumulate(withheld(pay, wages))) == list(accumulate(so_far, max))


@LAW
@given(MONTHS, st.randoms(use_true_random=False))
def test_the_order_of_months_does_not_change_the_year(pay: Pay, wages: list[int], random: Any) -> None:
    """Each wage is above the allowance, so that no month is ever held at zero."""
    assert sum(withheld(pay, wages)) == sum(withheld(pay, random.sample(wages, len(wages))))


@LAW
@given(WAGES, st.integers(100, 150_000_000))
def test_where_a_fen_more_of_bonus_leaves_less_the_cliff_is_told(
    pay: Pay, make_facts: Any, make_rules: Any, make_plan: Any, wage: int, bonus: int
) -> None:
    """The declared cliff: net falls only over an edge of the bonus table, and then a finding says so."""
    edges = [3_600_000, 14_400_000, 30_000_000, 42_000_000, 66_000_000, 96_000_000]
    for fen in (bonus, min(edges, key=lambda edge: abs(edge - bonus))):
        nets = []
        for each in (fen, fen + 1):
            entries = [("annual_bonus", text(each))]
            nets.append(Person(COUNTRY).month(pay, "2026-01", text(wage), entries=entries))
        change = nets[1].net - nets[0].net
        if fen in edges:
            assert change < 0
            plan = {"base": text(wage), "guarantee": (), "commission": None, "probation": False}
            facts = make_facts(**Person(COUNTRY).facts("2026-01"), entries=[("annual_bonus", text(fen + 1))])
            rules = make_rules(("2020-01-01", make_plan(**plan)), law=COUNTRY)
            assert "guard.bonus_cliff" in {each.code for each in findings(facts, rules, nets[1].lines)}
        else:
            assert change in (0, FEN)


# --- Days -------------------------------------------------------------------------------------------------------------


@LAW
@given(st.integers(1, 12), st.lists(st.integers(2, 28), unique=True, max_size=5), st.sampled_from(ProrationMethod))
def test_the_parts_of_a_month_are_the_whole(number: int, cuts: list[int], method: ProrationMethod) -> None:
    month = Month(2026, number)
    edges = [month.first_day, *(date(2026, number, day) for day in sorted(cuts)), month.next.first_day]
    parts = [share_of_month(Span(start, end), month.span, month, method, CALENDAR) for start, end in pairwise(edges)]
    assert sum((days / of_days for days, of_days in parts), Fraction(0)) == 1


@LAW
@given(
    st.integers(0, 364),
    st.integers(0, 40),
    st.sampled_from(["calendar_days", "workdays", "paid_days"]),
    st.integers(0, 46),
    st.integers(0, 20),
    st.integers(200_000, 210_000),
)
@example(0, 8, "calendar_days", 12, 0, 200_001)
def test_a_wage_that_reaches_the_minimum_is_refused_for_no_part_of_a_month(
    pay: Pay, hired: int, stays: int, method: str, absent: int, sick: int, wage: int
) -> None:
    """2,000 gross, whoever joins, leaves, is absent or sick on whichever days."""
    first = date(2026, 1, 1) + timedelta(days=hired)
    last = min(first + timedelta(days=stays), Month.of(first).last_day)
    person = Person(COUNTRY, "gross", hire=first.isoformat(), plan={"proration": method, "sick_rate": "0.8"})
    facts = {"leave": last.isoformat(), "absent": str(Fraction(absent, 2)), "sick": str(Fraction(sick, 2))}
    assert person.month(pay, str(Month.of(first)), text(wage), **facts).gross >= 0


# --- What is recovered, corrected, settled ----------------------------------------------------------------------------


@LAW
@given(people(), st.integers(0, 5_000_000))
def test_a_loss_is_taken_within_its_limits_and_nothing_of_it_is_lost(pay: Pay, drawn: Drawn, claim: int) -> None:
    person, wage, facts = drawn
    entries = [row for row in facts["entries"] if row[0] != "loss_recovery"]
    slip = person.month(pay, "2026-03", wage, **facts | {"entries": [*entries, ("loss_recovery", text(claim))]})
    taken = Decimal(amount(slip, "loss_recovery"))
    assert taken + slip.loss_balance == Decimal(text(claim)) + Decimal(facts["loss"])
    assert 0 <= taken <= slip.gross * Decimal("0.2")
    if taken and person.city != "free" and person.employment == "regular":
        assert slip.gross - taken >= (2740 if person.city == "shanghai" else 2000)


@LAW
@given(people(), people())
def test_a_correction_and_its_opposite_come_to_nothing(pay: Pay, one: Drawn, other: Drawn) -> None:
    before, after = (person.month(pay, "2026-03", wage, **facts) for person, wage, facts in (one, other))
    month = Month(2026, 3)

    def posted(slip: Payslip) -> list[PostedLine]:
        return [PostedLine(line.code, line.kind, line.amount, line.period, line.steps) for line in slip.lines]

    there = differences(month, posted(before), after.lines)
    late = [PostedLine(each.code, each.kind, each.amount, each.period, each.steps) for each in there]
    back = differences(month, [*posted(before), *late], before.lines)
    assert {(each.code, each.kind): each.amount for each in there} == {
        (each.code, each.kind): -each.amount for each in back
    }
    assert differences(month, posted(before), before.lines) == ()
    assert differences(month, [*posted(before), *late], after.lines) == ()


@LAW
@given(st.lists(st.integers(0, 500_000), min_size=12, max_size=12), st.integers(0, 500_000))
def test_a_settled_year_owes_the_larger_of_what_was_earned_and_guaranteed(
    pay: Pay, earned: list[int], guaranteed: int
) -> None:
    """Whichever way the months were paid; without a settlement they come to that or more."""
    years: Mapping[str, int] = {
        mode: _year(pay, earned, guaranteed, mode) for mode in ("none", "floor_year", "advance")
    }
    due = max(sum(earned), 12 * guaranteed)
    assert years["floor_year"] == years["advance"] == due <= years["none"]
    assert years["none"] == sum(max(each, guaranteed) for each in earned)


def _year(pay: Pay, earned: list[int], guaranteed: int, mode: str) -> int:
    plan = {"guarantee": (text(guaranteed),), "guarantee_by": "fixed", "commission": "1", "settlement": mode}
    slips: list[Payslip] = []
    for number, fen in enumerate(earned, start=1):
        months = tuple(slip.guarantee for slip in slips)
        slips.append(pay({"month": f"2024-{number:02}", "sales": text(fen), "guarantee_months": months}, plan))
    return int(sum(slip.gross for slip in slips) * 100)


@pytest.mark.parametrize("code", ["pension", "medical", "unemployment", "work_injury"])
def test_the_law_of_these_tests_is_shanghais(code: str) -> None:
    """The limits typed above are those of the city that the laws are tried on."""
    rule = next(held.values[0][1] for scheme, held in SHANGHAI.contributions.items() if scheme.value == code)
    assert (str(rule.floor), str(rule.ceiling)) == ("7460.00", "37302.00")
