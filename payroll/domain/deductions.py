"""Entered amounts: adjustments, penalties and deductions, and what a month cannot bear."""

from __future__ import annotations

from decimal import Decimal

from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line, step

ENTERED_DEDUCTIONS = frozenset({"loss_recovery", "pension", "medical", "unemployment", "housing_fund", "income_tax"})
"""Codes that HR may enter as deductions, positive amounts taken from gross (seed A-64)."""


def penalties(facts: Facts) -> tuple[Line, ...]:
    """Pay not earned: entered penalties as negative earnings, whichever sign they were entered with."""
    return tuple(
        Line("penalty", Kind.EARNING, -abs(entry.amount), (step("entered", reason=entry.reason),), facts.month)
        for entry in facts.entries
        if entry.code == "penalty" and entry.amount
    )


def adjustments(facts: Facts) -> tuple[Line, ...]:
    """Signed earnings that HR entered, with their reason."""
    return tuple(
        Line(entry.code, Kind.EARNING, entry.amount, (step("entered", reason=entry.reason),), facts.month)
        for entry in facts.entries
        if entry.code.startswith(("adjustment.", "arrears.")) and entry.amount
    )


def entered_deductions(facts: Facts) -> tuple[Line, ...]:
    """Deductions that HR entered; a zero income tax is shown all the same."""
    return tuple(
        Line(entry.code, Kind.DEDUCTION, entry.amount, (step("entered", reason=entry.reason),), facts.month)
        for entry in facts.entries
        if entry.code in ENTERED_DEDUCTIONS and (entry.amount or entry.code == "income_tax")
    )


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
