"""Entered amounts: adjustments, penalties and deductions, the legal limits on them, and what a month cannot bear."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_FLOOR, ZERO, total
from payroll.domain.contributions import TAX_DEDUCTIBLE
from payroll.domain.employment import final_plan
from payroll.domain.errors import EnteredStatutory, FineNotAllowed
from payroll.domain.facts import Facts
from payroll.domain.income_tax import ANNUAL_BONUS
from payroll.domain.lines import Kind, Line, step
from payroll.domain.minimum_wage import minimum_wage
from payroll.domain.rules import Rules

STATUTORY = TAX_DEDUCTIBLE | {"income_tax"}
"""Codes that HR may enter only where the software works out nothing statutory (seed A-64)."""
COURT_SUPPORT, LOSS_RECOVERY, FINE = "court_support", "loss_recovery", "fine"
ENTERED_DEDUCTIONS = STATUTORY | {COURT_SUPPORT, LOSS_RECOVERY, FINE}
"""Codes that HR may enter as deductions, positive amounts taken from gross."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a month takes of the losses a person has to make good, and what is left for later months."""

    lines: tuple[Line, ...]
    balance: Decimal


def penalties(facts: Facts) -> tuple[Line, ...]:
    """Pay not earned: entered penalties as negative earnings, whichever sign they were entered with."""
    return tuple(
        Line("penalty", Kind.EARNING, -abs(entry.amount), (step("entered", reason=entry.reason),), facts.month)
        for entry in facts.entries
        if entry.code == "penalty" and entry.amount
    )


def adjustments(facts: Facts) -> tuple[Line, ...]:
    """Signed earnings that HR entered, with their reason; an annual bonus that is taxed apart among them."""
    return tuple(
        Line(entry.code, Kind.EARNING, entry.amount, (step("entered", reason=entry.reason),), facts.month)
        for entry in facts.entries
        if (entry.code == ANNUAL_BONUS or entry.code.startswith(("adjustment.", "arrears."))) and entry.amount
    )


def entered_deductions(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """Deductions that HR entered, a loss recovery not among them; a zero income tax is shown all the same.

    Under the law contributions and tax are worked out, and a fine needs a company that answers for it. Raises
    EnteredStatutory, FineNotAllowed.
    """
    lines = []
    for entry in facts.entries:
        if entry.code not in ENTERED_DEDUCTIONS - {LOSS_RECOVERY}:
            continue
        if rules.law is not None and entry.code in STATUTORY:
            raise EnteredStatutory(line=entry.code)
        if rules.law is not None and entry.code == FINE and not final_plan(facts, rules).allows_fines:
            raise FineNotAllowed
        if entry.amount or entry.code == "income_tax":
            how = step("entered", reason=entry.reason)
            lines.append(Line(entry.code, Kind.DEDUCTION, entry.amount, (how,), facts.month))
    return tuple(sorted(lines, key=lambda line: line.code != COURT_SUPPORT))


def loss_recovery(facts: Facts, rules: Rules, gross: Decimal, bearable: Decimal) -> Recovery:
    """What is taken for losses: as entered without a law; under it no more than 20 % of the month's wage, and never
    so much that less than the minimum wage remains (工资支付暂行规定 art. 16). ``bearable`` is net so far.
    """
    entered = [entry for entry in facts.entries if entry.code == LOSS_RECOVERY and entry.amount]
    if rules.law is None:
        return Recovery(
            tuple(
                Line(LOSS_RECOVERY, Kind.DEDUCTION, entry.amount, (step("entered", reason=entry.reason),), facts.month)
                for entry in entered
            ),
            facts.loss_balance,
        )
    claim = total(entry.amount for entry in entered) + facts.loss_balance
    if not claim:
        return Recovery((), ZERO)
    fraction = rules.law.wages.recovery_limit.on(facts.employed.last_day)
    least = minimum_wage(facts, rules.law)
    floor = least.monthly if least is not None else ZERO
    limit = max(min(FEN_FLOOR(Fraction(gross) * fraction), gross - floor, bearable), ZERO)
    taken = min(claim, limit)
    steps = [step("entered", reason=entry.reason) for entry in entered]
    steps.append(
        step("loss_recovery", taken, claim=claim, gross=gross, fraction=fraction, floor=floor, left=claim - taken)
    )
    line = Line(LOSS_RECOVERY, Kind.DEDUCTION, taken, tuple(steps), facts.month)
    return Recovery((line,) if taken else (), claim - taken)


def carry_forward(facts: Facts, bearable: Decimal) -> tuple[Line, ...]:
    """What moves between months so that net is never below zero; ``bearable`` is gross less deductions.

    Negative: this month's deductions exceed its pay, and the rest is left to a later month. Positive: this month
    takes back what an earlier one could not bear, as far as it can.
    """
    amount = min(facts.carried_forward, bearable)
    if not amount:
        return ()
    code = "carry_forward.left" if amount < 0 else "carry_forward.taken"
    how = step(code, amount, bearable=bearable, before=facts.carried_forward, after=facts.carried_forward - amount)
    return (Line("carry_forward", Kind.DEDUCTION, amount, (how,), facts.month),)
