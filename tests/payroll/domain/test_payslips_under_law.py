"""Whole payslips under the law that ships: the numbered vectors of cn_payroll.md §7.

Amounts are those of the vectors; where a vector names only some of them, the rest was worked by hand from the city's
rows in §2.2 (Shanghai: 8 + 2 + 0.5 %, the fund of 7 % in whole yuan).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest

from grading.kernel.errors import NoRuleInForce
from grading.kernel.period import Month
from payroll.domain.errors import BelowMinimumWage, SecondSeparateBonus
from payroll.domain.facts import PastLine, TaxYear
from payroll.domain.lines import Kind, step
from payroll.domain.payslip import Payslip
from tests.payroll.domain.law import Pay, Person, amount, amounts, city, shipped_law, taxes

FLAT_175 = city("flat", shares={"pension": ("0.175", "0")})
LAW = shipped_law(FLAT_175)


def shanghai(base: str, **others: object) -> Person:
    return Person(LAW, "shanghai", base, **others)  # type: ignore[arg-type]


def check(slip: Payslip, expected: Mapping[str, str]) -> None:
    """Codes answer with the sum of their lines; ``gross`` and the other totals by their names."""
    totals = {name: str(getattr(slip, name)) for name in ("gross", "deductions", "net", "employer_cost")}
    found = {
        name: totals[name]
        if name in totals
        else str(sum((line.amount for line in slip.lines if line.code == name), Decimal("0.00")))
        for name in expected
    }
    assert found == dict(expected)


def test_3_a_year_that_climbs_through_three_bands(pay: Pay) -> None:
    """30,000 with 5,250 contributed, no declaration: 592.50, 837.50, 1,975 × 5, 3,375, 3,950 × 4."""
    slips = Person(LAW, "flat", "30000.00").months(pay, "2026-01", ["30000.00"] * 12)
    assert taxes(slips) == ["592.50", "837.50", *["1975.00"] * 5, "3375.00", *["3950.00"] * 4]
    assert sum(map(Decimal, taxes(slips))) == 30480


def test_4_net_of_an_ordinary_month(pay: Pay) -> None:
    held = city("flat_225", shares={"pension": ("0.225", "0")})
    person = Person(shipped_law(held), held.code, "10000.00", declared={"unitemised": "1000.00"})
    assert [str(slip.net) for slip in person.months(pay, "2026-01", ["10000.00"] * 3)] == ["7697.50"] * 3


def test_6_net_after_a_raise_within_the_month(pay: Pay) -> None:
    tiers = {"2020-01-01": "before", "2026-03-16": "after"}
    person = shanghai("22000.00", plan={"base": {"before": "22000.00", "after": "26400.00"}})
    march = person.months(pay, "2026-01", ["", "", ""], tiers=tiers)[2]
    check(march, {"base_pay": "24400.00", "income_tax": "876.00", "net": "19674.00"})
    assert amounts(march, "base_pay") == ["10000.00", "14400.00"]


def test_7_and_8_the_base_stays_clamped_whatever_the_month_earns(pay: Pay) -> None:
    slips = shanghai("43500.00").months(pay, "2026-01", ["43500.00", "43500.00", "24000.00"])
    assert taxes(slips) == ["959.17", "2915.29", "1247.23"]
    assert [str(slip.taxed.contributions) for slip in slips] == ["6527.71"] * 3
    seam = shanghai("47527.71").month(pay, "2026-01", "47527.71")
    check(seam, {"income_tax": "1080.00", "net": "39920.00"})


def test_9_every_line_of_a_clamped_base(pay: Pay) -> None:
    slip = shanghai("50000.00").month(pay, "2026-01", "50000.00")
    assert [(line.code, line.kind.value, str(line.amount)) for line in slip.lines] == [
        ("base_pay", "earning", "50000.00"),
        ("pension", "deduction", "2984.16"),
        ("medical", "deduction", "746.04"),
        ("unemployment", "deduction", "186.51"),
        ("housing_fund", "deduction", "2611.00"),
        ("income_tax", "deduction", "1327.23"),
        ("employer_pension", "employer", "5968.32"),
        ("employer_medical", "employer", "3357.18"),
        ("employer_unemployment", "employer", "186.51"),
        ("employer_work_injury", "employer", "74.60"),
        ("employer_housing_fund", "employer", "2611.00"),
    ]
    check(slip, {"net": "42145.06", "employer_cost": "62197.61"})  # 50,000 + 12,197.61


def test_10_hired_in_the_month_and_new_to_work(pay: Pay) -> None:
    person = shanghai("21750.00", new_to_work=True, hire="2025-12-15")
    slip = person.month(pay, "2025-12", "21750.00")
    check(slip, {"base_pay": "13000.00", "housing_fund": "0.00", "income_tax": "171.49", "net": "10544.76"})
    following = person.month(pay, "2026-01", "21750.00")
    check(following, {"housing_fund": "1523.00", "employer_housing_fund": "1523.00"})


def test_11_two_unpaid_days(pay: Pay) -> None:
    slip = shanghai("21750.00").month(pay, "2026-01", "21750.00", absent="2")
    check(slip, {"absence_deduction": "-2000.00", "housing_fund": "1523.00", "income_tax": "328.30", "net": "15614.95"})


def test_12_overtime(pay: Pay) -> None:
    slip = shanghai("21750.00").month(pay, "2026-01", "21750.00", overtime=("2", "3", "3"))
    check(slip, {"gross": "24000.00", "income_tax": "455.80", "net": "19737.45"})


def test_14_the_seam_of_the_minimum_wage(pay: Pay) -> None:
    """3,798.33 leaves exactly 2,740.00 after the person's own shares; a fen less is refused, and so is 2,740 gross."""
    check(shanghai("3798.33").month(pay, "2026-07", "3798.33"), {"net": "2740.00", "income_tax": "0.00"})
    with pytest.raises(BelowMinimumWage) as raised:
        shanghai("3798.33").month(pay, "2026-07", "3798.32")
    assert dict(raised.value.values) == {
        "counted": "2739.99", "minimum": "2740.00", "city": "shanghai", "short": "0.01",
    }  # fmt: skip
    with pytest.raises(BelowMinimumWage) as raised:
        shanghai("2740.00").month(pay, "2026-06", "2740.00")
    assert raised.value.values["counted"] == "1764.70"  # 2,740 − 783.30 − 192


@pytest.mark.parametrize(
    ("wage", "shares", "tax", "net"),
    [("40000.00", "8489.76", "795.31", "30714.93"), ("4100.00", "1284.33", "0.00", "2815.67")],
)
def test_15_a_supplementary_fund(wage: str, shares: str, tax: str, net: str, pay: Pay) -> None:
    slip = shanghai(wage, supplementary="0.05", hire="2026-07-01").month(pay, "2026-07", wage)
    assert str(slip.taxed.contributions) == shares
    check(slip, {"income_tax": tax, "net": net})


@pytest.mark.parametrize(
    ("number", "wage", "tax", "flags", "declared", "net"),
    [
        # 20,000 with 3,500 in July: 16,500 − 5,000 at 3 %; from January 7 × 5,000 are more than the wage
        pytest.param("2026-07", "20000.00", "345.00", {}, {}, "16155.00", id="16 joined in July"),
        pytest.param("2026-07", "20000.00", "0.00", {"first_job_of_year": True}, {}, "16500.00", id="16 first job"),
        pytest.param("2026-01", "10000.00", "0.00", {"from_january": True}, {}, "8250.00", id="17 from January"),
        pytest.param("2026-01", "20000.00", "300.00", {}, {"rent": "1500.00"}, "16200.00", id="18 rent, held to 1,500"),
        pytest.param("2026-01", "20000.00", "195.00", {},
                     {"child_education": "2000.00", "elderly_support": "3000.00"}, "16305.00", id="19 two items"),
    ],
)  # fmt: skip
def test_16_to_19(
    number: str, wage: str, tax: str, flags: dict[str, bool], declared: dict[str, str], net: str, pay: Pay
) -> None:
    person = shanghai(wage, declared=declared, tax=flags, hire="2026-07-01" if number == "2026-07" else "2020-01-01")
    check(person.month(pay, number, wage), {"income_tax": tax, "net": net})


def test_20_a_bonus_taxed_apart_once_a_year(pay: Pay) -> None:
    person, bonus = shanghai("20000.00"), [("annual_bonus", "36000.00")]
    slip = person.month(pay, "2026-01", "20000.00", entries=bonus)
    assert amounts(slip, "income_tax") == ["345.00", "1080.00"]
    check(slip, {"gross": "56000.00", "net": "51075.00"})
    assert (str(slip.taxed.income), slip.taxed.separate_bonus) == ("20000.00", True)
    with pytest.raises(SecondSeparateBonus):
        person.month(pay, "2026-02", "20000.00", entries=bonus, tax=person.tax_year("2026-02", [slip]))


def test_21_a_thirteenth_month_is_a_wage(pay: Pay) -> None:
    slip = shanghai("20000.00").month(pay, "2026-01", "20000.00", entries=[("adjustment.month_13", "20000.00")])
    check(slip, {"income_tax": "945.00", "net": "35555.00"})


def test_22_an_extra_in_april(pay: Pay) -> None:
    person, wage = shanghai("10000.00"), "10000.00"
    before = person.months(pay, "2026-01", [wage] * 3)
    april = person.month(
        pay, "2026-04", wage, entries=[("adjustment.extra", "25000.00")], tax=person.tax_year("2026-04", before)
    )
    assert taxes([*before, april]) == ["97.50", "97.50", "97.50", "987.50"]


def test_23_probation_made_good_a_month_late(pay: Pay) -> None:
    """January paid 7,000 of an agreed 10,000; February pays 8,000 and the 1,000 that January lacked."""
    plan = {"probation": True, "probation_months": 2, "probation_pay": "8000.00"}
    late = PastLine("arrears.probation_pay", Kind.EARNING, Decimal("1000.00"), Month(2026, 1), (step("arrears.now"),))
    year = TaxYear(2026, 2, 2, income=Decimal("7000.00"), contributions=Decimal("1273.30"), withheld=Decimal("21.80"))
    person = shanghai("7000.00", hire="2026-01-01", plan=plan)
    slip = person.month(pay, "2026-02", "10000.00", past=(late,), tax=year)
    check(slip, {"gross": "9000.00", "income_tax": "81.80", "net": "7644.90"})
    assert [str(line.period) for line in slip.lines if line.code == "arrears.probation_pay"] == ["2026-01"]


def test_24_a_pensioner_is_not_insured(pay: Pay) -> None:
    slip = Person(LAW, "shanghai", None, None, employment="pensioner").month(pay, "2026-01", "10000.00")
    check(slip, {"income_tax": "150.00", "net": "9850.00", "employer_cost": "10000.00"})


@pytest.mark.parametrize(("wage", "tax"), [("9000.00", "190.00"), ("30000.00", "3590.00")])
def test_25_a_non_resident(wage: str, tax: str, pay: Pay) -> None:
    """The month alone; what is contributed does not lower the tax."""
    slip = shanghai(wage, tax={"is_resident": False}).month(pay, "2026-03", wage)
    assert amount(slip, "income_tax") == tax
    assert str(slip.taxed.contributions) == "0.00"


def test_26_a_leaver(pay: Pay) -> None:
    slip = shanghai("20000.00").month(pay, "2026-06", "20000.00", leave="2026-06-14")
    assert amount(slip, "base_pay") == "9195.40"


@pytest.mark.parametrize(
    ("where", "declared", "expected"),
    [
        pytest.param("beijing", "0.00", {"pension": "1600.00", "medical": "403.00", "unemployment": "100.00",
                                         "housing_fund": "2400.00", "income_tax": "1049.70", "net": "14447.30"},
                     id="27 Beijing"),
        pytest.param("chengdu", "1500.00", {"pension": "1600.00", "medical": "400.00", "unemployment": "80.00",
                                            "housing_fund": "2400.00", "income_tax": "902.00", "net": "14618.00"},
                     id="28 Chengdu"),
    ],
)  # fmt: skip
def test_27_and_28_july_of_two_cities(where: str, declared: str, expected: dict[str, str], pay: Pay) -> None:
    person = Person(LAW, where, "20000.00", "0.12", declared={"unitemised": declared})
    check(person.months(pay, "2026-01", ["20000.00"] * 7)[6], expected)


def test_29_each_scheme_has_its_own_floor(pay: Pay) -> None:
    slip = Person(LAW, "guangzhou", "3000.00", "0.05").month(pay, "2025-06", "3000.00")
    check(slip, {"pension": "440.00", "medical": "124.72", "unemployment": "6.00", "housing_fund": "150.00"})
    assert str(slip.deductions) == "720.72"


@pytest.mark.parametrize(
    ("income", "tax"),
    [("800", "0.00"), ("801", "0.20"), ("2000", "240.00"), ("4000", "640.00"), ("25000", "4000.00"),
     ("30000", "5200.00"), ("50000", "10000.00"), ("62500", "13000.00"), ("62500.01", "13000.00"),
     ("100000", "25000.00")],
)  # fmt: skip
def test_30_labour_remuneration_of_a_temp(income: str, tax: str, pay: Pay) -> None:
    wage = str(Decimal(income).quantize(Decimal("0.01")))
    slip = Person(LAW, "shanghai", None, None, employment="temp").month(pay, "2026-01", wage)
    assert [line.code for line in slip.lines] == ["base_pay", "income_tax"]
    assert amount(slip, "income_tax") == tax
    assert str(slip.taxed.income) == "0.00"


@pytest.mark.parametrize(
    ("wage", "base", "claim", "taken", "left"),
    [
        pytest.param("20000.00", "20000.00", "5000.00", "4000.00", "1000.00", id="33 a fifth of the wage"),
        pytest.param("3000.00", "0.01", "5000.00", "260.00", "4740.00", id="33 the minimum wage stays"),
    ],
)
def test_33_a_loss_recovered(wage: str, base: str, claim: str, taken: str, left: str, pay: Pay) -> None:
    """The second case is about gross pay and 2,740 alone: a city that contributes nothing and compares gross."""
    law = shipped_law(city("bare", minimum="2740.00"))
    slip = Person(law, "bare", base).month(pay, "2026-01", wage, entries=[("loss_recovery", claim)])
    assert amount(slip, "loss_recovery") == taken
    assert str(slip.loss_balance) == left


def test_totals_add_up_on_every_one(pay: Pay) -> None:
    wages: Sequence[str] = ("3798.33", "7460.00", "21750.00", "50000.00")
    for wage in wages:
        slip = shanghai(wage).month(pay, "2026-07", wage)
        assert slip.net == slip.gross - slip.deductions
        assert slip.employer_cost == slip.gross + sum(
            (line.amount for line in slip.lines if line.kind is Kind.EMPLOYER), Decimal(0)
        )


def test_a_city_without_rows_for_the_day_parks(pay: Pay) -> None:
    """Chengdu's medical rows begin in 2026: December 2025 is never reckoned with those of 2026."""
    with pytest.raises(NoRuleInForce) as raised:
        Person(LAW, "chengdu", "20000.00", "0.12").month(pay, "2025-12", "20000.00")
    assert raised.value.values["name"] == "chengdu.medical"


def test_rates_are_exact(pay: Pay) -> None:
    """188.655 is 188.66, which floats make 188.65 of."""
    slip = shanghai("37731.00").month(pay, "2026-07", "37731.00")
    assert amount(slip, "unemployment") == "188.66"
    assert Fraction("188.655") == Fraction("37731") * Fraction("0.005")
