"""A whole payslip, in the order of docs/algorithms/README.md; corrections of earlier months; what a month leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tests.scenarios.reference import guards
from tests.scenarios.reference.contributions import contributions
from tests.scenarios.reference.earnings import FULL_TIME, Earnings
from tests.scenarios.reference.figures import NOTHING, Parked, days_of, fen_below
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import (
    DEDUCTION,
    EARNING,
    EMPLOYER,
    Again,
    Ledger,
    Line,
    MonthRows,
    Person,
    Plans,
    Slip,
    Taxed,
    Waits,
)
from tests.scenarios.reference.taxes import tax

STATUTORY = ("pension", "medical", "unemployment", "housing_fund", "income_tax")
OF_THE_PAYMENT = ("income_tax", "loss_recovery", "court_support", "carry_forward", "annual_settlement")
"""What is never computed again."""


def payslip(
    person: Person,
    plans: Plans,
    law: Law | None,
    month: date,
    rows: MonthRows,
    ledger: Ledger,
    past: Sequence[Line] = (),
    again: Again = (),
) -> Slip | Waits:
    """The payslip of a month, ``past`` being what earlier months are owed or owe; or why there is none."""
    try:
        earned = Earnings(person, plans, law, month, rows)
    except Parked as reason:
        return Waits(frozenset((str(reason),)))
    earned.work_out(ledger.guaranteed(again))
    entries = [(code, amount) for code, amount in rows.entries if code not in ("penalty", "annual_bonus")]
    entries = [each for each in entries if not each[0].startswith(("adjustment.", "arrears."))]
    lines = earned.lines + [line for line in past if line.kind == EARNING]
    insured: list[Line] = []
    due, taxed = None, None
    if law:
        if not law.knows(person.on("city", earned.last) or ""):
            earned.reasons.add("payroll.city_unknown")
        insured = contributions(person, law, month, earned.reasons)
        earned.attempt(lambda: _refuse(entries, earned))
    lines += [line for line in insured if line.kind == DEDUCTION]
    lines += [line for line in past if line.kind == DEDUCTION]
    if law:
        if not earned.reasons:
            earned.attempt(lambda: guards.hourly_minimum(earned, law))
            earned.attempt(lambda: guards.probation(earned, law))
            try:
                due = guards.minimum_wage(earned, law, lines)
            except Parked as reason:
                earned.reasons.add(str(reason))
        try:
            paid_on = rows.pay_date or days_of(month)[-1]
            withheld, taxed = tax(person, law, ledger, lines, month=month, paid_on=paid_on)
            lines += withheld
        except Parked as reason:
            earned.reasons.add(str(reason))
    if earned.reasons:
        return Waits(frozenset(earned.reasons))
    losses = _deduct(earned, law, entries, lines, ledger)
    carried = _carry(lines, month, ledger)
    lines += [line for line in insured if line.kind == EMPLOYER]
    lines += [line for line in past if line.kind == EMPLOYER]
    return Slip(month, tuple(lines), carried, losses, taxed, earned.guarantee_of_month, again, due)


def correction(
    person: Person,
    law: Law | None,
    month: date,
    paid_on: date,
    ledger: Ledger,
    past: Sequence[Line],
    again: Again = (),
) -> Slip | Waits:
    """A payment of nothing but what earlier months are owed or owe."""
    lines = [line for kind in (EARNING, DEDUCTION) for line in past if line.kind == kind]
    taxed: Taxed | None = None
    if law:
        try:
            withheld, taxed = tax(person, law, ledger, lines, month=month, paid_on=paid_on)
        except Parked as reason:
            return Waits(frozenset((str(reason),)))
        lines += withheld
    carried = _carry(lines, month, ledger)
    lines += [line for line in past if line.kind == EMPLOYER]
    return Slip(month, tuple(lines), carried, ledger.losses, taxed, again=again)


def _refuse(entries: Sequence[tuple[str, Fraction]], earned: Earnings) -> None:
    codes = {code for code, _amount in entries}
    if codes & set(STATUTORY):
        earned.reasons.add("payroll.entered_statutory")
    if "fine" in codes and not (earned.plan.get("penalties") or {}).get("fines"):
        earned.reasons.add("payroll.fine_not_allowed")


def _deduct(
    earned: Earnings,
    law: Law | None,
    entries: Sequence[tuple[str, Fraction]],
    lines: list[Line],
    ledger: Ledger,
) -> Fraction:
    """Entered deductions, and losses as far as the law lets them; what is left of the losses."""

    def add(code: str, amount: Fraction) -> None:
        if amount or code == "income_tax":
            lines.append(Line(code, DEDUCTION, amount, earned.month))

    order = ("court_support", "", "loss_recovery")
    for code, amount in sorted(entries, key=lambda each: order.index(each[0] if each[0] in order else "")):
        if not (law and code == "loss_recovery"):
            add(code, amount)
    if law is None:
        return ledger.losses
    claims = [amount for code, amount in entries if code == "loss_recovery"]
    claim = ledger.losses + sum(claims, NOTHING)
    if not claim:
        return NOTHING
    gross = _sum(lines, EARNING)
    minimum = earned.minimum() if earned.person.employment in FULL_TIME else NOTHING
    limit = min(
        fen_below(gross * law.value("wages/recovery_limit", earned.last)),
        gross - minimum,
        gross - _sum(lines, DEDUCTION),
    )
    taken = min(claim, max(NOTHING, limit))
    add("loss_recovery", taken)
    return claim - taken


def _carry(lines: list[Line], month: date, ledger: Ledger) -> Fraction:
    """The line that keeps net at zero or takes back; what is still carried."""
    left = _sum(lines, EARNING) - _sum(lines, DEDUCTION)
    amount = left if left < 0 else min(left, ledger.carried)
    if amount:
        lines.append(Line("carry_forward", DEDUCTION, amount, month))
    return ledger.carried - amount


def _sum(lines: Sequence[Line], kind: str) -> Fraction:
    return sum((line.amount for line in lines if line.kind == kind), NOTHING)


def differences(month: date, posted: Sequence[Line], now: Sequence[Line]) -> list[Line]:
    """What a month computed again owes, or is owed, beside everything posted for it."""
    come_to: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for sign, lines in ((1, now), (-1, posted)):
        for line in lines:
            code = line.code.removeprefix("arrears.")
            if code not in OF_THE_PAYMENT:
                come_to[line.kind, code] += sign * line.amount
    order = (EARNING, DEDUCTION, EMPLOYER)
    return [
        Line(f"arrears.{code}", kind, amount, month)
        for (kind, code), amount in sorted(come_to.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))
        if amount
    ]
