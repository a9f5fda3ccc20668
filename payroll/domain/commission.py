"""Commission on net sales and piece pay on counted units."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.bands import Bands, Slice
from grading.kernel.money import FEN_HALF_UP
from payroll.domain.employment import final_plan, regular_days
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line, Step, step
from payroll.domain.rules import Basis, CommissionRule, PieceRule, Rules


def commissions(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """One line per commission rule, on the month's net total; a month of net refunds gives a negative line (E-20).

    Nothing when every day is probation, unless the plan pays commission in probation (E-02).
    """
    plan = final_plan(facts, rules)
    in_probation = plan.probation is not None and plan.probation.commission
    if not in_probation and not regular_days(facts, rules):
        return ()
    lines = (_commission(rule, facts) for rule in plan.commissions)
    return tuple(line for line in lines if line.amount)


def piece_pay(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """One line per piece rule. Work done is paid in probation too."""
    lines = (_piece(rule, facts) for rule in final_plan(facts, rules).piece)
    return tuple(line for line in lines if line.amount)


def _commission(rule: CommissionRule, facts: Facts) -> Line:
    sales = Fraction(facts.sales.get(rule.basis, Decimal(0)))
    slices = _slices(rule.rates, rule.mode, sales)
    exact_amount = sum((part.part * part.value for part in slices), Fraction(0))
    steps = [step("commission.basis", basis=rule.basis, sales=sales)]
    steps += [_slice_step("commission.band", part) for part in slices]
    if rule.cap is not None and exact_amount > rule.cap:
        exact_amount = Fraction(rule.cap)
        steps.append(step("commission.cap", exact_amount, cap=rule.cap))
    return Line(rule.code, Kind.EARNING, FEN_HALF_UP(exact_amount), tuple(steps), facts.month)


def _piece(rule: PieceRule, facts: Facts) -> Line:
    quantity = facts.units.get(rule.unit, Fraction(0))
    slices = _slices(rule.prices, rule.mode, quantity)
    exact_amount = sum((part.part * part.value for part in slices), Fraction(0))
    steps = [step("piece_pay.quantity", unit=rule.unit, quantity=quantity)]
    steps += [_slice_step("piece_pay.band", part) for part in slices]
    return Line(rule.code, Kind.EARNING, FEN_HALF_UP(exact_amount), tuple(steps), facts.month)


def _slices(bands: Bands[Fraction], mode: Basis, amount: Fraction) -> tuple[Slice[Fraction], ...]:
    return bands.whole(amount) if mode is Basis.WHOLE else bands.marginal(amount)


def _slice_step(code: str, part: Slice[Fraction]) -> Step:
    return step(code, part.part * part.value, part=part.part, rate=part.value, band_from=part.start)
