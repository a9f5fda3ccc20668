"""What the law forbids to pay: docs/algorithms/minimum-wage-and-guards.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tests.scenarios.reference.earnings import FULL_TIME, Earnings
from tests.scenarios.reference.figures import NOTHING, Parked, fen, number
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import DEDUCTION, EARNING, Document, Line
from tests.scenarios.reference.taxes import CONTRIBUTIONS


def minimum_wage(earned: Earnings, law: Law, lines: Sequence[Line]) -> Fraction | None:
    """What is due; None where nothing is asked. Raises Parked when less is paid."""
    if earned.person.employment not in FULL_TIME:
        return None
    parts: list[tuple[str, Fraction, bool, list[date]]] = []
    for day in earned.days:
        city = earned.person.on("city", day) or ""
        row = law.city_row(city, "minimum_wage", day)
        held = (city, row["monthly"] if row else NOTHING, bool(row and row.get("is_net")))
        if parts and parts[-1][:3] == held:
            parts[-1][3].append(day)
        else:
            parts.append((*held, [day]))
    last_city, last_minimum, is_net, _days = parts[-1]
    if law.city_row(last_city, "minimum_wage", earned.last) is None:
        return None
    method = earned.method(earned.plan)
    shares = [(minimum, earned.part(days, method)) for _city, minimum, _net, days in parts]
    absent = earned.unpaid + (earned.sick if earned.plan.get("sick_pay") else NOTHING)
    whole = sum((minimum * part for minimum, part in shares), NOTHING)
    due = max(NOTHING, whole - last_minimum / earned.divisor * absent)
    counted = sum((line.amount for line in lines if _counts(line, law, earned)), NOTHING)
    if is_net:
        share = max(NOTHING, sum((part for _minimum, part in shares), NOTHING) - absent / earned.divisor)
        paid_in = (line.amount for line in lines if line.kind == DEDUCTION and line.code in CONTRIBUTIONS)
        counted -= sum(paid_in, NOTHING) * share
    wage = ("base_pay", "probation_pay", "absence_deduction", "sick_leave_deduction")
    pieces = [line for line in lines if line.code in wage]
    if counted <= due - Fraction("0.005") * max(1, len(pieces)):
        raise Parked("payroll.below_minimum_wage")
    return fen(due)


def hourly_minimum(earned: Earnings, law: Law) -> None:
    """What an hour of part-time work costs at least. Raises Parked."""
    base = earned.plan.get("base_pay") or {}
    if earned.person.employment != "part_time" or (base.get("by"), base.get("unit")) != ("daily", "hours"):
        return
    row = law.city_row(earned.person.on("city", earned.last) or "", "minimum_wage", earned.last)
    if row and row.get("hourly") and number(base["amount"]) < number(row["hourly"]):
        raise Parked("payroll.below_hourly_minimum")


def _counts(line: Line, law: Law, earned: Earnings) -> bool:
    if line.kind != EARNING or line.code.startswith("arrears.") or line.code in ("sick_pay", "annual_bonus"):
        return False
    left_out = law.row("wages/not_in_minimum_wage", earned.last)["codes"]
    return line.code not in left_out and line.code not in law.row("income_tax/not_wages", earned.last)["codes"]


def probation(earned: Earnings, law: Law) -> None:
    """80 % of the agreed wage on probation. Raises Parked."""
    for code, amount, _method, days in earned.segments:
        if code != "probation_pay":
            continue
        plan = earned.plan_of(days[0])
        agreed = max(earned.base_amount(plan, earned.last), first_year(plan.get("guarantee")))
        if amount < fen(agreed * law.value("wages/probation_floor", days[0])):
            raise Parked("payroll.probation_below_floor")


def first_year(guarantee: Document | None) -> Fraction:
    """The guarantee that somebody starts with."""
    if not guarantee:
        return NOTHING
    return number(guarantee["amount"] if guarantee["by"] == "fixed" else guarantee["amounts"][0])
