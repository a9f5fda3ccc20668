"""Social insurance and housing fund of a month: docs/algorithms/contributions.md."""

from __future__ import annotations

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
ROUNDINGS = {"fen_half_up": fen, "yuan_half_up": yuan, "yuan_floor": yuan_below}


def contributions(person: Person, law: Law, month: date) -> list[Line]:
    """Both sides' lines; the rows in force on the first employed day decide. Raises Parked."""
    if person.employment in ("temp", "pensioner"):
        return []
    day = person.employed_days(month)[0]
    city, base = person.on("city", day) or "", person.on("contribution_base", day)
    found: list[Line] = []

    def add(scheme: str, own: Fraction, employers: Fraction) -> None:
        found.extend(
            Line(code, kind, amount, month)
            for code, kind, amount in ((scheme, DEDUCTION, own), (f"employer_{scheme}", EMPLOYER, employers))
            if amount
        )

    for scheme in ("work_injury",) if person.employment == "part_time" else INSURANCES:
        row = law.city_row(city, scheme, day)
        if row is None:
            continue
        held = between(_base(base), row.get("floor"), row.get("ceiling"))
        add(
            scheme,
            fen(held * row["employee"] + row.get("employee_fixed", NOTHING)),
            fen(held * row["employer"] + row.get("employer_fixed", NOTHING)),
        )
    starts_later = person.new_to_work and first_of(person.hired) == month
    if person.employment != "part_time" and not starts_later:
        row = law.city_row(city, "housing_fund", day)
        rate = person.on("housing_fund_rate", day)
        if rate is None:
            raise Parked("payroll.contribution_fact_missing")
        more = number(person.on("supplementary_fund_rate", day) or "0")
        if number(rate) and row:
            held = between(_base(person.on("housing_fund_base", day) or base), row.get("floor"), row.get("ceiling"))
            if not row["least_rate"] <= number(rate) <= row["most_rate"]:
                raise Parked("payroll.fund_rate_out_of_range")
            if more > row.get("most_supplementary_rate", NOTHING):
                raise Parked("payroll.fund_rate_out_of_range")
            to_step = ROUNDINGS[row.get("rounding", "fen_half_up")]
            for each in (number(rate), more):
                amount = to_step(held * each)
                add("housing_fund", amount, amount)
    return sorted(found, key=_place)


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
