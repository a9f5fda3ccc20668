"""Social insurance and housing fund of a month: docs/algorithms/contributions.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from tests.scenarios.reference.figures import (
    NOTHING,
    Parked,
    fen,
    first_of,
    number,
    yuan,
    yuan_below,
)
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import DEDUCTION, EMPLOYER, Line, Person

INSURANCES = ("pension", "medical", "unemployment", "work_injury", "maternity")
Part = Callable[[Person, Law, date, date], list[Line]]
ROUNDINGS = {"fen_half_up": fen, "yuan_half_up": yuan, "yuan_floor": yuan_below}


def contributions(person: Person, law: Law, month: date, against: set[str]) -> list[Line]:
    """Both sides' lines; the rows in force on the first employed day decide. ``against`` takes every reason to wait."""
    if person.employment in ("temp", "pensioner"):
        return []
    day = person.employed_days(month)[0]
    starts_later = person.new_to_work and first_of(person.hired) == month
    parts = [_insurance(scheme) for scheme in (("work_injury",) if person.employment == "part_time" else INSURANCES)]
    if person.employment != "part_time" and not starts_later:
        parts.append(_housing_fund)
    found: list[Line] = []
    for part in parts:
        try:
            found += part(person, law, day, month)
        except Parked as reason:
            against.add(str(reason))
    if person.on("contribution_base", day) is None:
        against.add("payroll.contribution_fact_missing")
    return sorted((line for line in found if line.amount), key=_place)


def _insurance(scheme: str) -> Part:
    def lines(person: Person, law: Law, day: date, month: date) -> list[Line]:
        row = law.city_row(person.on("city", day) or "", scheme, day)
        if row is None:
            return []
        base = between(_base(person.on("contribution_base", day)), row.get("floor"), row.get("ceiling"))
        own = fen(base * row["employee"] + row.get("employee_fixed", NOTHING))
        employers = fen(base * row["employer"] + row.get("employer_fixed", NOTHING))
        return [Line(scheme, DEDUCTION, own, month), Line(f"employer_{scheme}", EMPLOYER, employers, month)]

    return lines


def _housing_fund(person: Person, law: Law, day: date, month: date) -> list[Line]:
    row = law.city_row(person.on("city", day) or "", "housing_fund", day)
    rate, more = person.on("housing_fund_rate", day), number(person.on("supplementary_fund_rate", day) or "0")
    if rate is None:
        raise Parked("payroll.contribution_fact_missing")
    if not number(rate) or row is None:
        return []
    if not row["least_rate"] <= number(rate) <= row["most_rate"] or more > row.get("most_supplementary_rate", NOTHING):
        raise Parked("payroll.fund_rate_out_of_range")
    base = _base(person.on("housing_fund_base", day) or person.on("contribution_base", day))
    held = between(base, row.get("floor"), row.get("ceiling"))
    parts = [ROUNDINGS[row.get("rounding", "fen_half_up")](held * each) for each in (number(rate), more)]
    return [
        Line(code, kind, part, month)
        for part in parts
        for code, kind in (("housing_fund", DEDUCTION), ("employer_housing_fund", EMPLOYER))
    ]


def _place(line: Line) -> tuple[bool, int]:
    order = (*INSURANCES, "housing_fund")
    return line.kind == EMPLOYER, order.index(line.code.removeprefix("employer_"))


def _base(text: str | None) -> Fraction:
    if text is None:
        raise Parked("payroll.contribution_fact_missing")
    return number(text)


def between(amount: Fraction, floor: Fraction | None, ceiling: Fraction | None) -> Fraction:
    if floor is not None:
        amount = max(amount, floor)
    return amount if ceiling is None else min(amount, ceiling)
