"""The 46 vectors of ``cn_vectors.json``, to the fen and without tolerance, under the law that ships.

One function for each vector, named after its id, so that none can be forgotten: it says in code what the vector's
words say, and answers with what a payslip prints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from payroll.domain.errors import ProbationBelowFloor
from payroll.domain.payslip import Payslip
from payroll.domain.rules import OvertimeRule
from tests.payroll.domain.law import Pay, Person, amount, amounts, city, shipped_law, taxes

Answer = str | list[str]
VECTORS = {
    row["id"]: row for row in json.loads(Path(__file__).with_name("cn_vectors.json").read_text(encoding="utf-8"))
}
FLAT = {rate: city(f"flat_{rate}", shares={"pension": (f"0.{rate}", "0")}) for rate in ("00", "075", "15", "225", "25")}
"""Cities that take one share of pay and nothing else, for vectors that name only a sum of contributions."""
LAW = shipped_law(*FLAT.values())
TABLE: dict[str, Callable[[Pay], Answer]] = {}


def vector(*ids: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Files a function under its vector; under several ids it is given the number behind the hyphen."""

    def filed(function: Callable[..., Answer]) -> Callable[..., Answer]:
        for each in ids:
            number = each.split("-")[1]
            TABLE[each] = function if len(ids) == 1 else lambda pay, number=number: function(pay, number)
        return function

    return filed


def _on(wage: str, share: str, declared: str = "0.00", **tax: Any) -> Person:
    """Somebody who contributes a flat share of the wage and declares an amount a month."""
    return Person(LAW, FLAT[share].code, wage, declared={"unitemised": declared}, tax=tax)


def _year(pay: Pay, person: Person, wages: Sequence[str]) -> list[str]:
    return taxes(person.months(pay, "2026-01", wages))


def _shanghai(base: str, **others: Any) -> Person:
    return Person(LAW, "shanghai", base, **others)


# --- Income tax -------------------------------------------------------------------------------------------------------


@vector("IIT-01")
def _iit_01(pay: Pay) -> Answer:
    return _year(pay, _on("10000.00", "15", "1000.00"), ["10000.00"] * 3)


@vector("IIT-02")
def _iit_02(pay: Pay) -> Answer:
    return _year(pay, _on("30000.00", "15", "2000.00"), ["30000.00"] * 3)


@vector("IIT-04")
def _iit_04(pay: Pay) -> Answer:
    return _year(pay, _on("10000.00", "225", "1000.00"), ["10000.00"] * 3)


@vector("IIT-05")
def _iit_05(pay: Pay) -> Answer:
    return _year(pay, _on("30000.00", "075", "1000.00"), ["30000.00"] * 2)


@vector("IIT-07")
def _iit_07(pay: Pay) -> Answer:
    """The raise of 16 March is the case's own: 10 of the 22 working days at 22,000, 12 at 26,400."""
    tiers = {"2020-01-01": "before", "2026-03-16": "after"}
    person = _shanghai("22000.00", plan={"base": {"before": "22000.00", "after": "26400.00"}})
    slips = person.months(pay, "2026-01", ["", "", ""], tiers=tiers)
    assert [str(slip.gross) for slip in slips] == ["22000.00", "22000.00", "24400.00"]
    return taxes(slips)


@vector("IIT-08")
def _iit_08(pay: Pay) -> Answer:
    return _year(pay, _shanghai("47527.71"), ["47527.71"])


@vector("IIT-10")
def _iit_10(pay: Pay) -> Answer:
    return _year(pay, _on("8000.00", "25", from_january=True), ["8000.00"] * 12)


@vector("IIT-10b")
def _iit_10b(pay: Pay) -> Answer:
    return _year(pay, _on("8000.00", "25"), ["8000.00"] * 12)


@vector("IIT-11b")
def _iit_11b(pay: Pay) -> Answer:
    return _year(pay, _on("4000.00", "00"), ["10000.00", *["4000.00"] * 11])


@vector("IIT-12")
def _iit_12(pay: Pay) -> Answer:
    person = _shanghai("20000.00", hire="2026-07-01", tax={"first_job_of_year": True})
    return taxes([person.month(pay, "2026-07", "20000.00")])


@vector("IIT-13")
def _iit_13(pay: Pay) -> Answer:
    return _year(pay, _shanghai("10000.00", tax={"from_january": True}), ["10000.00"])


@vector("IIT-14")
def _iit_14(pay: Pay) -> Answer:
    return _year(pay, _on("20000.00", "00"), ["20000.00", "1000.00", "20000.00"])


def _beijing(pay: Pay) -> list[Payslip]:
    return Person(LAW, "beijing", "20000.00", "0.12").months(pay, "2026-01", ["20000.00"] * 12)


@vector("IIT-16")
def _iit_16(pay: Pay) -> Answer:
    return amount(_beijing(pay)[6], "income_tax")


@vector("IIT-16b")
def _iit_16b(pay: Pay) -> Answer:
    return str(sum((Decimal(tax) for tax in taxes(_beijing(pay))), Decimal(0)))


@vector(*(each for each in VECTORS if each.startswith("BON-")))
def _bonus(pay: Pay, bonus: str) -> Answer:
    slip = _on("20000.00", "00").month(pay, "2026-01", "20000.00", entries=[("annual_bonus", f"{bonus}.00")])
    return amounts(slip, "income_tax")[1]


@vector(*(each for each in VECTORS if each.startswith("LAB-") and each != "LAB-CUM"))
def _labour(pay: Pay, income: str) -> Answer:
    person = Person(LAW, employment="temp")
    return amount(person.month(pay, "2026-01", str(Decimal(income).quantize(Decimal("0.01")))), "income_tax")


@vector("LAB-CUM")
def _lab_cum(pay: Pay) -> Answer:
    person = Person(LAW, employment="temp", tax={"cumulates_labour": True})
    return _year(pay, person, ["10000.00", "10000.00"])


# --- Wages ------------------------------------------------------------------------------------------------------------


def _day_and_hour(pay: Pay, wage: str) -> Answer:
    """A day as what one unpaid day costs, an hour as what one hour at a multiple of 1 earns."""
    plan = {"base": wage, "guarantee": (), "overtime": OvertimeRule(workday=Fraction(1))}
    slip = pay({"absent": "1", "overtime": ("1", "0", "0")}, plan)
    return [amount(slip, "absence_deduction").removeprefix("-"), amount(slip, "overtime_workday")]


@vector("PAY-01")
def _pay_01(pay: Pay) -> Answer:
    return _day_and_hour(pay, "21750.00")


@vector("PAY-05")
def _pay_05(pay: Pay) -> Answer:
    return _day_and_hour(pay, "6000.00")


@vector("PAY-02")
def _pay_02(pay: Pay) -> Answer:
    slip = _shanghai("21750.00").month(pay, "2026-01", "21750.00", overtime=("2", "3", "3"))
    return [amount(slip, f"overtime_{day}") for day in ("workday", "restday", "holiday")]


@vector("PAY-04")
def _pay_04(pay: Pay) -> Answer:
    """Ten working days: 1 to 14 June 2026, Mondays to Fridays, no holiday among them."""
    return amount(_shanghai("20000.00").month(pay, "2026-06", "20000.00", leave="2026-06-14"), "base_pay")


@vector("PAY-07")
def _pay_07(pay: Pay) -> Answer:
    plan = {"probation": True, "probation_pay": "7000.00"}
    with pytest.raises(ProbationBelowFloor) as raised:
        _shanghai("7000.00", hire="2026-01-01", plan=plan).month(pay, "2026-01", "10000.00")
    return raised.value.values["short"]


# --- Contributions ----------------------------------------------------------------------------------------------------


@vector("SI-01")
def _si_01(pay: Pay) -> Answer:
    slip = _shanghai("37302.00").month(pay, "2026-01", "37302.00")
    mine, theirs = ("pension", "medical", "unemployment"), ("pension", "medical", "unemployment", "work_injury")
    return [amount(slip, code) for code in (*mine, *(f"employer_{code}" for code in theirs))]


@vector("SI-03")
def _si_03(pay: Pay) -> Answer:
    slip = Person(LAW, "guangzhou", "3000.00", "0.05").month(pay, "2025-06", "3000.00")
    return [amount(slip, code) for code in ("pension", "medical", "unemployment", "housing_fund")]


@vector("HF-01")
def _hf_01(pay: Pay) -> Answer:
    two = {"supplementary": "0.05"}
    return [
        *amounts(_shanghai("21750.00").month(pay, "2026-01", "21750.00"), "housing_fund"),
        *amounts(_shanghai("10010.00", **two).month(pay, "2026-01", "10010.00"), "housing_fund"),
        *amounts(_shanghai("7546.00").month(pay, "2026-07", "7546.00"), "housing_fund"),
        *amounts(_shanghai("37731.00", **two).month(pay, "2026-07", "37731.00"), "housing_fund"),
    ]


# --- Whole payslips ---------------------------------------------------------------------------------------------------


@vector("SLIP-02")
def _slip_02(pay: Pay) -> Answer:
    return str(_shanghai("50000.00").month(pay, "2026-01", "50000.00").net)


@vector("SLIP-03")
def _slip_03(pay: Pay) -> Answer:
    slip = _shanghai("21750.00").month(pay, "2026-01", "21750.00", absent="2")
    return [amount(slip, "income_tax"), str(slip.net)]


@vector("SLIP-05")
def _slip_05(pay: Pay) -> Answer:
    slip = _shanghai("3798.33").month(pay, "2026-07", "3798.33")
    return [str(slip.deductions), str(slip.net)]


@vector("SLIP-06")
def _slip_06(pay: Pay) -> Answer:
    slip = _beijing(pay)[6]
    insurance = sum(Decimal(amount(slip, code)) for code in ("pension", "medical", "unemployment"))
    return [str(insurance), amount(slip, "housing_fund"), str(slip.net)]


# --- The test ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector_id", sorted(VECTORS))
def test_a_vector(vector_id: str, pay: Pay) -> None:
    assert TABLE[vector_id](pay) == VECTORS[vector_id]["expected"], VECTORS[vector_id]["desc"]


def test_every_vector_has_a_function_and_no_function_is_left_over() -> None:
    assert len(VECTORS) == 46
    assert TABLE.keys() == VECTORS.keys()
