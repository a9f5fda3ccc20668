"""Income tax withheld: every band's edge, the year so far, what is no part of it. Worked by hand from the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grading.kernel.dated import Dated
from grading.kernel.period import Month
from payroll.domain.facts import PastLine
from payroll.domain.lines import Kind, step
from tests.payroll.domain.law import SINCE, Pay, Person, amount, amounts, income_tax_law, national_law, taxes

LAW = national_law()
FREE = Person(LAW)
"""Contributes nothing: the taxable amount is the wage less 5,000."""


# --- Tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taxable", "tax"),
    [
        # taxable × rate − quick deduction; an edge belongs to the band below it
        ("0.00", "0.00"),
        ("0.16", "0.00"),  # 0.0048
        ("0.17", "0.01"),  # 0.0051
        ("35999.99", "1080.00"),  # 1,079.9997
        ("36000.00", "1080.00"),
        ("36000.01", "1080.00"),  # 1,080.001
        ("36000.05", "1080.01"),  # 1,080.005, up
        ("143999.99", "11880.00"),  # 11,879.999
        ("144000.00", "11880.00"),
        ("144000.01", "11880.00"),  # 11,880.002
        ("144000.03", "11880.01"),  # 11,880.006
        ("299999.99", "43080.00"),  # 43,079.998
        ("300000.00", "43080.00"),
        ("300000.01", "43080.00"),  # 43,080.0025
        ("300000.02", "43080.01"),  # 43,080.005
        ("419999.99", "73080.00"),  # 73,079.9975
        ("420000.00", "73080.00"),
        ("420000.01", "73080.00"),  # 73,080.003
        ("420000.02", "73080.01"),  # 73,080.006
        ("659999.99", "145080.00"),  # 145,079.997
        ("660000.00", "145080.00"),
        ("660000.01", "145080.00"),  # 145,080.0035
        ("660000.02", "145080.01"),  # 145,080.007
        ("959999.99", "250080.00"),  # 250,079.9965
        ("960000.00", "250080.00"),
        ("960000.01", "250080.00"),  # 250,080.0045
        ("960000.02", "250080.01"),  # 250,080.009
        ("1000000.00", "268080.00"),  # 450,000 − 181,920
    ],
)
def test_the_year_table(taxable: str, tax: str, pay: Pay) -> None:
    wage = str(Decimal(taxable) + 5000)
    assert amount(FREE.month(pay, "2026-01", wage), "income_tax") == tax


@pytest.mark.parametrize(
    ("taxable", "tax"),
    [
        ("-0.01", "0.00"),
        ("0.00", "0.00"),
        ("3000.00", "90.00"),
        ("3000.10", "90.01"),
        ("12000.00", "990.00"),
        ("12000.05", "990.01"),
        ("25000.00", "3590.00"),
        ("25000.04", "3590.01"),
        ("35000.00", "6090.00"),
        ("35000.02", "6090.01"),
        ("55000.00", "12090.00"),
        ("55000.02", "12090.01"),
        ("80000.00", "20840.00"),
        ("80000.02", "20840.01"),
    ],
)
def test_the_month_table_of_non_residents(taxable: str, tax: str, pay: Pay) -> None:
    person = Person(LAW, tax={"is_resident": False, "withheld": Decimal("77.00"), "income": Decimal("9999.00")})
    assert amount(person.month(pay, "2026-05", str(Decimal(taxable) + 5000)), "income_tax") == tax


@pytest.mark.parametrize(
    ("income", "tax"),
    [
        ("0.01", "0.00"),
        ("800.00", "0.00"),
        ("800.02", "0.00"),  # 0.004
        ("800.03", "0.01"),  # 0.006
        ("4000.00", "640.00"),
        ("4000.01", "640.00"),  # 80 % of 4,000.01 at 20 %: 640.0016
        ("25000.00", "4000.00"),
        ("25000.01", "4000.00"),  # 20,000.008 at 30 % less 2,000: 4,000.0024
        ("25000.03", "4000.01"),
        ("62500.00", "13000.00"),
        ("62500.01", "13000.00"),  # 50,000.008 at 40 % less 7,000: 13,000.0032
        ("62500.02", "13000.01"),
    ],
)
def test_the_table_of_labour_remuneration(income: str, tax: str, pay: Pay) -> None:
    assert amount(Person(LAW, employment="temp").month(pay, "2026-01", income), "income_tax") == tax


@pytest.mark.parametrize(
    ("before", "withheld", "income", "tax"),
    [
        ("800.00", "0.00", "800.00", "160.00"),  # 1,600 − 800 at 20 %
        ("3000.00", "440.00", "2000.00", "360.00"),  # 5,000 × 80 % at 20 % is 800
        ("20000.00", "3200.00", "30000.00", "6800.00"),  # 40,000 at 30 % less 2,000 is 10,000
        ("3000.00", "440.00", "0.00", "0.00"),
    ],
)
def test_what_a_month_pays_in_labour_remuneration_is_one_payment(
    before: str, withheld: str, income: str, tax: str, pay: Pay
) -> None:
    year = {"labour_income": Decimal(before), "labour_withheld": Decimal(withheld)}
    assert amount(Person(LAW, employment="temp", tax=year).month(pay, "2026-01", income), "income_tax") == tax


def test_labour_remuneration_paid_before_is_told(pay: Pay) -> None:
    year = {"labour_income": Decimal("5000.00"), "labour_withheld": Decimal("900.00")}
    line = Person(LAW, employment="temp", tax=year).month(pay, "2026-01", "100.00").lines[-1]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("tax.labour_month", None, {"before": "5000.00", "income": "100.00"}),
        ("tax.labour", None, {"income": "5100.00", "taxable": "4080"}),
        ("tax.band", "816.00", {"taxable": "4080", "rate": "0.2", "quick": "0"}),
        ("tax.no_refund", "0.00", {"withheld": "900.00", "over": "84.00"}),
    ]


def test_labour_remuneration_of_the_month_is_no_wage(pay: Pay) -> None:
    year = {"labour_income": Decimal("9000.00"), "labour_withheld": Decimal("1440.00")}
    assert amount(Person(LAW, tax=year).month(pay, "2026-01", "15000.00"), "income_tax") == "300.00"


# --- The year so far --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wages", "expected"),
    [
        pytest.param(["20000.00", "1000.00", "20000.00"], ["450.00", "0.00", "330.00"], id="no refund"),
        # March: 45,000 at 10 % less 2,520 is 1,980
        pytest.param(["20000.00"] * 3, ["450.00", "450.00", "1080.00"], id="the same each month"),
        # February's year owes 330, 120 less than was withheld; March the same; April 16,000 at 3 %
        pytest.param(["20000.00", "1000.00", "5000.00", "10000.00"], ["450.00", "0.00", "0.00", "30.00"],
                     id="what is too much stays in the year"),
        # 36,000 reached in May: 9,000 × 4, then the band of 10 %
        pytest.param(["14000.00"] * 5, ["270.00", "270.00", "270.00", "270.00", "900.00"], id="the band is the year's"),
        pytest.param(["0.00", "0.00", "20000.00"], ["0.00", "0.00", "150.00"],
                     id="months without pay still bring 5,000"),
    ],
)  # fmt: skip
def test_months_in_a_row(wages: Sequence[str], expected: list[str], pay: Pay) -> None:
    assert taxes(FREE.months(pay, "2026-01", wages)) == expected


def test_what_was_withheld_too_much_is_told(pay: Pay) -> None:
    line = FREE.months(pay, "2026-01", ["20000.00", "1000.00"])[1].lines[-1]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("tax.income", None, {"before": "20000.00", "income": "1000.00", "cumulative": "21000.00", "year": "2026"}),
        ("tax.allowance", "10000.00", {"monthly": "5000.00", "months": "2"}),
        ("tax.deductions", None, {"contributions": "0.00", "declared": "0.00"}),
        ("tax.cumulative", "330.00", {"taxable": "11000", "rate": "0.03", "quick": "0"}),
        ("tax.no_refund", "0.00", {"withheld": "450.00", "over": "120.00"}),
    ]


def test_a_zero_tax_is_printed_and_explained(pay: Pay) -> None:
    line = FREE.month(pay, "2026-01", "5000.00").lines[-1]
    assert (line.code, str(line.amount)) == ("income_tax", "0.00")
    assert [each.code for each in line.steps][-2:] == ["tax.nothing_taxable", "tax.withheld"]


def test_no_tax_without_a_law(pay: Pay) -> None:
    slip = pay({}, {"base": "20000.00"})
    assert [line.code for line in slip.lines] == ["base_pay"]
    assert (str(slip.taxed.income), str(slip.taxed.withheld)) == ("0.00", "0.00")


@pytest.mark.parametrize(
    ("tax", "wage", "expected"),
    [
        # opening: 60,000 earned, 6,000 contributed, 2,000 declared, 510 withheld in 6 months; July 10,000:
        # 70,000 − 35,000 − 6,000 − 2,000 = 27,000 at 3 % = 810
        pytest.param({"months_employed": 7, "income": Decimal("60000.00"), "contributions": Decimal("6000.00"),
                      "withheld": Decimal("510.00"), "declared": {"opening_balance": Decimal("2000.00")}},
                     "10000.00", "300.00", id="an opening balance"),
        # hired on 20 May: May, June, July are 3 months
        pytest.param({"months_employed": 3}, "20000.00", "150.00", id="a joiner's months"),
        pytest.param({"months_employed": 3, "first_job_of_year": True}, "40000.01", "150.00",
                     id="No. 13 counts from January: 35,000"),
        pytest.param({"from_january": True}, "60000.00", "0.00", id="No. 19: up to 60,000 nothing"),
        pytest.param({"from_january": True}, "60000.17", "0.01", id="No. 19: above it at once"),
        pytest.param({"from_january": True, "first_job_of_year": True, "months_employed": 1}, "60000.00", "0.00",
                     id="No. 19 goes before No. 13"),
    ],
)  # fmt: skip
def test_the_allowance(tax: Mapping[str, Any], wage: str, expected: str, pay: Pay) -> None:
    assert amount(Person(LAW, tax=tax).month(pay, "2026-07", wage), "income_tax") == expected


def test_the_election_of_no_19_over_a_whole_year(pay: Pay) -> None:
    """7,000 a month: 63,000 in September are 3,000 above 60,000; at the year's end as ordinary: 24,000 × 3 %."""
    person = Person(LAW, tax={"from_january": True})
    found = taxes(person.months(pay, "2026-01", ["7000.00"] * 12))
    assert found == [*["0.00"] * 8, "90.00", "210.00", "210.00", "210.00"]


def test_a_declaration_in_may_counts_from_january(pay: Pay) -> None:
    """20,000, with 3,500 a month declared in May for the whole year: 57,500 owe 3,230, less than was withheld."""
    before = FREE.months(pay, "2026-01", ["20000.00"] * 4)
    person = Person(LAW, declared={"unitemised": "3500.00"})
    may = person.month(pay, "2026-05", "20000.00", tax=person.tax_year("2026-05", before))
    assert taxes([*before, may]) == ["450.00", "450.00", "1080.00", "1500.00", "0.00"]
    june = person.month(pay, "2026-06", "20000.00", tax=person.tax_year("2026-06", [*before, may]))
    # 120,000 − 30,000 − 21,000 = 69,000: 4,380, of which 3,480 are withheld
    assert amount(june, "income_tax") == "900.00"


def test_serious_illness_is_left_to_the_yearly_return(pay: Pay) -> None:
    person = Person(LAW, tax={"declared": {"serious_illness": Decimal("9000.00"), "rent": Decimal("1500.00")}})
    assert amount(person.month(pay, "2026-01", "10000.00"), "income_tax") == "105.00"  # 3,500 × 3 %


def test_the_day_of_payment_decides_the_table(pay: Pay) -> None:
    tables = Dated.of("allowance", [(SINCE, Decimal("5000.00")), (date(2026, 2, 1), Decimal("6000.00"))])
    person = Person(national_law(tax=income_tax_law(allowance=tables)))
    assert amount(person.month(pay, "2026-01", "10000.00"), "income_tax") == "150.00"
    paid = {"pay_date": date(2026, 2, 1)}
    assert amount(person.month(pay, "2026-01", "10000.00", **paid), "income_tax") == "120.00"
    paid = {"pay_date": date(2026, 1, 31)}
    assert amount(person.month(pay, "2026-01", "10000.00", **paid), "income_tax") == "150.00"


# --- What is income ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "tax", "income"),
    [
        pytest.param([("adjustment.travel_allowance", "1000.00")], "150.00", "10000.00", id="no wage income"),
        pytest.param([("arrears.adjustment.travel_allowance", "1000.00")], "150.00", "10000.00", id="nor paid late"),
        pytest.param([("adjustment.meal_allowance", "1000.00")], "180.00", "11000.00", id="an allowance"),
        pytest.param([("arrears.commission", "-1000.00")], "120.00", "9000.00", id="what is taken back"),
        pytest.param([("penalty", "1000.00")], "120.00", "9000.00", id="pay not earned"),
        pytest.param([("loss_recovery", "1000.00")], "150.00", "10000.00", id="a loss is made good after tax"),
        pytest.param([("court_support", "1000.00")], "150.00", "10000.00", id="support is paid after tax"),
        pytest.param([("annual_bonus", "-1000.00")], "120.00", "9000.00", id="a bonus taken back is the year's"),
    ],
)
def test_what_is_income(entries: list[tuple[str, str]], tax: str, income: str, pay: Pay) -> None:
    slip = FREE.month(pay, "2026-01", "10000.00", entries=entries)
    assert taxes([slip]) == [tax]
    assert (str(slip.taxed.income), str(slip.taxed.withheld), slip.taxed.separate_bonus) == (income, tax, False)


def test_late_contributions_lower_the_income_of_the_month_they_are_taken_in(pay: Pay) -> None:
    """400 for January taken in March, with 200 from the employer: 10,000 − 5,000 − 400 at 3 %."""
    past = tuple(
        PastLine(code, kind, Decimal(late), Month(2026, 1), (step("arrears.now"),))
        for code, kind, late in (
            ("arrears.pension", Kind.DEDUCTION, "400.00"),
            ("arrears.fine", Kind.DEDUCTION, "100.00"),
            ("arrears.employer_pension", Kind.EMPLOYER, "200.00"),
        )
    )
    slip = FREE.month(pay, "2026-03", "10000.00", past=past, tax=FREE.tax_year("2026-01", ()))
    assert amount(slip, "income_tax") == "138.00"
    assert (str(slip.taxed.contributions), str(slip.employer_cost)) == ("400.00", "10200.00")
    assert [line.code for line in slip.lines] == [
        "base_pay", "arrears.pension", "arrears.fine", "income_tax", "arrears.employer_pension",
    ]  # fmt: skip
    assert str(slip.net) == "9362.00"


# --- Bonus ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bonus", "tax"),
    [
        ("0.17", "0.01"),
        ("36000.00", "1080.00"),
        ("36000.01", "3390.00"),  # the whole bonus at 10 % less 210: 3,390.001
        ("36001.00", "3390.10"),
        ("144000.00", "14190.00"),
        ("144000.01", "27390.00"),
        ("144001.00", "27390.20"),
        ("300000.00", "58590.00"),
        ("300000.01", "72340.00"),
        ("300001.00", "72340.25"),
        ("420000.00", "102340.00"),
        ("420000.01", "121590.00"),
        ("420001.00", "121590.30"),
        ("660000.00", "193590.00"),
        ("660000.01", "223840.00"),
        ("660001.00", "223840.35"),
        ("960000.00", "328840.00"),
        ("960000.01", "416840.00"),
        ("960001.00", "416840.45"),
    ],
)
def test_a_bonus_taxed_apart(bonus: str, tax: str, pay: Pay) -> None:
    slip = FREE.month(pay, "2026-01", "5000.00", entries=[("annual_bonus", bonus)])
    assert amounts(slip, "income_tax") == ["0.00", tax]
    assert (str(slip.taxed.income), str(slip.taxed.withheld), slip.taxed.separate_bonus) == ("5000.00", "0.00", True)


Said = list[tuple[str, str | None, dict[str, str]]]


@pytest.mark.parametrize(
    ("person", "wage", "entries", "expected"),
    [
        pytest.param(Person(LAW), "5000.00", [("annual_bonus", "36001.00")], [
            ("tax.separate_bonus", "3390.10",
             {"bonus": "36001.00", "twelfth": "3000.083333", "rate": "0.1", "quick": "210"}),
        ], id="a bonus"),
        pytest.param(Person(LAW, tax={"is_resident": False}), "9000.00", [], [
            ("tax.non_resident", None, {"income": "9000.00", "allowance": "5000.00"}),
            ("tax.band", "190.00", {"taxable": "4000.00", "rate": "0.1", "quick": "210"}),
        ], id="a non-resident"),
        pytest.param(Person(LAW, employment="temp"), "5000.00", [], [
            ("tax.labour", None, {"income": "5000.00", "taxable": "4000"}),
            ("tax.band", "800.00", {"taxable": "4000", "rate": "0.2", "quick": "0"}),
        ], id="a temp"),
        pytest.param(Person(LAW, tax={"first_job_of_year": True, "month": 7}), "5000.00", [], [
            ("tax.income", None, {"before": "0.00", "income": "5000.00", "cumulative": "5000.00", "year": "2026"}),
            ("tax.allowance_first_job", "35000.00", {"monthly": "5000.00", "months": "7"}),
            ("tax.deductions", None, {"contributions": "0.00", "declared": "0.00"}),
            ("tax.nothing_taxable", "0.00", {"taxable": "-30000"}),
            ("tax.withheld", "0.00", {"cumulative": "0.00", "withheld": "0.00"}),
        ], id="a first job"),
        pytest.param(Person(LAW, "shanghai", tax={"from_january": True, "withheld": Decimal("1.00")},
                            declared={"rent": "1500.00"}), "70000.00", [], [
            ("tax.income", None, {"before": "0.00", "income": "70000.00", "cumulative": "70000.00", "year": "2026"}),
            ("tax.allowance_from_january", "60000.00", {"allowance": "60000.00"}),
            ("tax.deductions", None, {"contributions": "3500.00", "declared": "1500.00"}),
            ("tax.cumulative", "150.00", {"taxable": "5000", "rate": "0.03", "quick": "0"}),
            ("tax.withheld", "149.00", {"cumulative": "150.00", "withheld": "1.00"}),
        ], id="from January"),
    ],
)  # fmt: skip
def test_what_the_steps_say(
    person: Person, wage: str, entries: list[tuple[str, str]], expected: Said, pay: Pay
) -> None:
    slip = person.month(pay, "2026-01", wage, entries=entries)
    line = [line for line in slip.lines if line.code == "income_tax"][-1]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == expected
    assert (line.kind, str(line.period)) == (Kind.DEDUCTION, "2026-01")


def test_two_entries_of_one_month_are_one_bonus(pay: Pay) -> None:
    entries = [("annual_bonus", "36000.00"), ("annual_bonus", "1.00")]
    assert amounts(FREE.month(pay, "2026-01", "5000.00", entries=entries), "income_tax") == ["0.00", "3390.10"]


def test_a_bonus_that_the_law_no_longer_taxes_apart_is_a_wage(pay: Pay) -> None:
    apart = Dated.of("separate_bonus", [(SINCE, True), (date(2026, 1, 1), False)])
    person = Person(national_law(tax=income_tax_law(separate_bonus=apart)))
    slip = person.month(pay, "2026-01", "5000.00", entries=[("annual_bonus", "36000.00")])
    assert amounts(slip, "income_tax") == ["1080.00"]
    assert (str(slip.taxed.income), slip.taxed.separate_bonus) == ("41000.00", False)


def test_a_non_resident_has_no_bonus_taxed_apart(pay: Pay) -> None:
    person = Person(LAW, tax={"is_resident": False, "separate_bonus_paid": True})
    slip = person.month(pay, "2026-01", "6000.00", entries=[("annual_bonus", "3000.00")])
    assert amounts(slip, "income_tax") == ["190.00"]  # 4,000 at 10 % − 210
    assert (str(slip.taxed.income), slip.taxed.separate_bonus) == ("9000.00", False)


def test_a_temp_has_no_bonus_taxed_apart(pay: Pay) -> None:
    person = Person(LAW, employment="temp", tax={"separate_bonus_paid": True})
    slip = person.month(pay, "2026-01", "1000.00", entries=[("annual_bonus", "1000.00")])
    assert amounts(slip, "income_tax") == ["240.00"]


# --- Cumulated labour remuneration ------------------------------------------------------------------------------------


def test_labour_that_cumulates(pay: Pay) -> None:
    """A student's practical training, 80 % less 5,000 a month: 3,000 → 0 (440 otherwise), then 12,000 in August.

    August: 15,000 × 80 % − 10,000 = 2,000 at 3 %.
    """
    person = Person(LAW, employment="temp", hire="2026-07-06", tax={"cumulates_labour": True})
    slips = person.months(pay, "2026-07", ["3000.00", "12000.00"], sick="0")
    # July is a part month by paid days: 20 of 21.75
    assert [str(slip.gross) for slip in slips] == ["2758.62", "12000.00"]
    # 14,758.62 × 80 % = 11,806.896 − 10,000 = 1,806.896 × 3 % = 54.20688
    assert taxes(slips) == ["0.00", "54.21"]
    assert [each.code for each in slips[1].lines[-1].steps] == [
        "tax.income", "tax.labour_cumulative", "tax.allowance", "tax.cumulative", "tax.withheld",
    ]  # fmt: skip
    assert str(slips[1].lines[-1].period) == "2026-08"
    assert slips[1].taxed.separate_bonus is False
