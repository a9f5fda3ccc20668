"""The law that ships: every row has its source and dates, and says what the documents say.

The expected amounts are those of the notices and of the worked cases, typed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.errors import NoRuleInForce, RuleHasEnded
from grading.kernel.money import FEN_HALF_UP, YUAN_HALF_UP
from grading.kernel.period import Month
from payroll.domain.contributions import contributions
from payroll.domain.errors import CalendarMissing
from payroll.domain.facts import Facts, Insured, TaxYear
from payroll.domain.income_tax import bonus_tax, labour_tax, withheld
from payroll.domain.law import City, IncomeTaxLaw, Law, Scheme, WageLaw, scheme_rule
from payroll.domain.law_document import PARAMETERS, calendar_from, city_from, national_from
from payroll.domain.work_calendar import DayKind, WorkCalendar
from payroll.rulebook import city_codes, city_named, statutory_documents

DOCUMENTS = statutory_documents()
CITIES: dict[str, City] = {code: city_from(DOCUMENTS[f"cn.city.{code}"]) for code in city_codes()}
NATIONAL: tuple[WageLaw, IncomeTaxLaw] = national_from(DOCUMENTS["cn"])
WAGES, TAX = NATIONAL
CALENDAR = WorkCalendar(
    dict(calendar_from(body) for code, body in DOCUMENTS.items() if code.startswith("cn.calendar."))
)
LAW = Law(WAGES, TAX, CALENDAR, CITIES)


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every dated row of the country and of each city, with the name of its rule."""
    for group, parameters in DOCUMENTS["cn"].items():
        for name, parameter in parameters.items():
            yield from ((f"{group}.{name}", row) for row in parameter["values"])
    for code in city_codes():
        for name, held in DOCUMENTS[f"cn.city.{code}"]["parameters"].items():
            yield from ((f"{code}.{name}", row) for row in held)


# --- Where every value comes from -------------------------------------------------------------------------------------


def test_every_row_says_since_when_from_where_and_when_it_was_checked() -> None:
    found = list(rows())
    assert len(found) > 100
    for name, row in found:
        assert date.fromisoformat(row["from"]), name
        assert len(row["source"]) > 5, name
        assert date(2026, 11, 1) <= date.fromisoformat(row["checked_on"]) <= date(2026, 11, 30), name
        assert isinstance(row["verified"], bool), name


def test_a_row_that_is_not_verified_says_why() -> None:
    assert [name for name, row in rows() if not row["verified"] and not row.get("note")] == []


def test_notes_are_said_in_both_languages() -> None:
    assert [name for name, row in rows() if ("note" in row) != ("note_zh" in row)] == []


def test_calendars_name_their_source() -> None:
    calendars = [body for code, body in DOCUMENTS.items() if code.startswith("cn.calendar.")]
    assert [body["year"] for body in calendars] == ["2024", "2025", "2026"]
    assert all(body["source"] and body["checked_on"] and body["verified"] for body in calendars)


def test_limits_of_a_contribution_year_have_an_end() -> None:
    """A minimum wage holds until further notice; the limits of a year never carry on into the next by themselves."""
    for city in CITIES.values():
        assert all(rule.end is not None for rule in city.contributions.values()), city.code
        assert city.housing_fund is not None, city.code
        assert city.housing_fund.end is not None, city.code


def test_every_city_has_every_rule_but_maternity_which_is_inside_medical() -> None:
    assert set(city_codes()) == {"beijing", "shanghai", "guangzhou", "shenzhen", "hangzhou", "chengdu", "kunming"}
    for code in city_codes():
        assert set(DOCUMENTS[f"cn.city.{code}"]["parameters"]) == set(PARAMETERS) - {"maternity"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("shanghai", "shanghai"),
        ("上海", "shanghai"),
        ("上海市", "shanghai"),
        ("Shanghai", "shanghai"),
        (" 北京市 ", "beijing"),
        ("昆明", "kunming"),
        ("南京", None),
        ("", None),
    ],
)
def test_a_city_is_known_by_code_name_and_alias(text: str, code: str | None) -> None:
    assert city_named(text) == code


# --- The cities' rows -------------------------------------------------------------------------------------------------

PENSION, MEDICAL, UNEMPLOYMENT, INJURY = Scheme.PENSION, Scheme.MEDICAL, Scheme.UNEMPLOYMENT, Scheme.WORK_INJURY
SCHEMES = [
    # city, scheme, day, employee, employer, floor, ceiling, verified
    ("beijing", PENSION, "2024-07-01", "0.08", "0.16", "6821", "35283", True),
    ("beijing", PENSION, "2025-06-30", "0.08", "0.16", "6821", "35283", True),
    ("beijing", PENSION, "2025-07-01", "0.08", "0.16", "7162", "35811", True),
    ("beijing", PENSION, "2026-07-01", "0.08", "0.16", "7270", "36348", True),
    ("beijing", MEDICAL, "2026-07-01", "0.02", "0.098", "7270", "36348", True),
    ("beijing", UNEMPLOYMENT, "2025-12-31", "0.005", "0.005", "7162", "35811", True),
    ("beijing", UNEMPLOYMENT, "2026-01-01", "0.005", "0.005", "7162", "35811", False),
    ("beijing", INJURY, "2026-07-01", "0", "0.002", "7270", "36348", False),
    ("shanghai", PENSION, "2025-07-01", "0.08", "0.16", "7460", "37302", True),
    ("shanghai", PENSION, "2026-07-01", "0.08", "0.16", "7546", "37731", True),
    ("shanghai", MEDICAL, "2026-07-01", "0.02", "0.09", "7546", "37731", True),
    ("shanghai", UNEMPLOYMENT, "2026-07-01", "0.005", "0.005", "7546", "37731", False),
    ("shanghai", INJURY, "2025-07-01", "0", "0.002", "7460", "37302", True),
    ("shanghai", INJURY, "2026-07-01", "0", "0.002", "7546", "37731", True),
    ("guangzhou", PENSION, "2025-06-01", "0.08", "0.16", "5500", "27501", True),
    ("guangzhou", PENSION, "2025-07-01", "0.08", "0.16", "5510", "27549", True),
    ("guangzhou", PENSION, "2026-09-01", "0.08", "0.16", "5510", "27549", False),
    ("guangzhou", MEDICAL, "2025-06-01", "0.02", "0.06", "6236", "31179", False),
    ("guangzhou", MEDICAL, "2026-01-01", "0.02", "0.06", "6234", "31170", False),
    ("guangzhou", UNEMPLOYMENT, "2025-06-01", "0.002", "0.008", None, "41697", False),
    ("shenzhen", PENSION, "2025-07-01", "0.08", "0.16", "4775", "27549", True),
    ("shenzhen", MEDICAL, "2026-01-01", "0.02", "0.06", "6727", "33633", True),
    ("shenzhen", UNEMPLOYMENT, "2026-01-01", "0.002", "0.008", None, None, False),
    ("hangzhou", PENSION, "2026-01-01", "0.08", "0.16", "4986", "25299", False),
    ("hangzhou", MEDICAL, "2026-01-01", "0.02", "0.095", "4986", "25299", False),
    ("chengdu", PENSION, "2025-01-01", "0.08", "0.16", "4588", "22938", True),
    ("chengdu", PENSION, "2026-01-01", "0.08", "0.16", "4699", "23493", True),
    ("chengdu", MEDICAL, "2026-01-01", "0.02", "0.083", "4699", "23493", True),
    ("chengdu", UNEMPLOYMENT, "2025-01-01", "0.004", "0.006", "4588", "22938", True),
    ("chengdu", INJURY, "2026-01-01", "0", "0.0024", "4699", "23493", True),
    ("kunming", PENSION, "2026-01-01", "0.08", "0.16", "4403", "22017", True),
    ("kunming", MEDICAL, "2026-01-01", "0.02", "0.079", "4403", "22017", True),
    ("kunming", UNEMPLOYMENT, "2026-01-01", "0.003", "0.007", "4403", "22017", False),
]


@pytest.mark.parametrize(("city", "scheme", "day", "employee", "employer", "floor", "ceiling", "verified"), SCHEMES)
def test_social_insurance(city, scheme, day, employee, employer, floor, ceiling, verified) -> None:
    rule = scheme_rule(CITIES[city], scheme, date.fromisoformat(day))
    assert (rule.employee, rule.employer) == (Fraction(employee), Fraction(employer))
    assert rule.floor == (None if floor is None else Decimal(floor))
    assert rule.ceiling == (None if ceiling is None else Decimal(ceiling))
    assert rule.rounding is FEN_HALF_UP
    assert rule.verified is verified


def test_beijing_takes_three_yuan_more_for_medical() -> None:
    rule = scheme_rule(CITIES["beijing"], MEDICAL, date(2026, 7, 1))
    assert (rule.employee_fixed, rule.employer_fixed) == (Decimal("3.00"), Decimal("0.00"))


FUNDS = [
    # city, day, least, most, supplementary, floor, ceiling, rounded to the yuan
    ("beijing", "2025-07-01", "0.05", "0.12", "0", None, "35811", False),
    ("beijing", "2026-07-01", "0.05", "0.12", "0", "2540", "36348", False),
    ("shanghai", "2025-07-01", "0.05", "0.07", "0.05", "2690", "37302", True),
    ("shanghai", "2026-07-01", "0.05", "0.07", "0.05", "2740", "37731", True),
    ("guangzhou", "2025-06-01", "0.05", "0.12", "0", "2300", "38082", False),
    ("guangzhou", "2025-07-01", "0.05", "0.12", "0", "2500", "39828", False),
    ("guangzhou", "2026-08-31", "0.05", "0.12", "0", "2500", "41697", False),
    ("guangzhou", "2026-09-01", "0.05", "0.12", "0", "2680", "41697", False),
    ("shenzhen", "2026-08-31", "0.05", "0.12", "0", "2520", "48471", False),
    ("shenzhen", "2026-09-01", "0.05", "0.12", "0", "2700", "48471", False),
    ("hangzhou", "2026-01-01", "0.05", "0.12", "0", "2660", "42151", False),
    ("chengdu", "2026-01-01", "0.05", "0.12", "0", "2330", "32969", False),
    ("kunming", "2026-01-01", "0.05", "0.12", "0", "2170", "32543", True),
    ("kunming", "2026-09-01", "0.05", "0.12", "0", "2270", "32543", True),
]


@pytest.mark.parametrize(("city", "day", "least", "most", "supplementary", "floor", "ceiling", "yuan"), FUNDS)
def test_housing_fund(city, day, least, most, supplementary, floor, ceiling, yuan) -> None:
    held = CITIES[city].housing_fund
    assert held is not None
    rule = held.on(date.fromisoformat(day))
    assert (rule.least_rate, rule.most_rate) == (Fraction(least), Fraction(most))
    assert rule.most_supplementary_rate == Fraction(supplementary)
    assert rule.floor == (None if floor is None else Decimal(floor))
    assert rule.ceiling == Decimal(ceiling)
    assert rule.rounding is (YUAN_HALF_UP if yuan else FEN_HALF_UP)


MINIMUM_WAGES = [
    ("beijing", "2025-09-01", "2540", None, True),
    ("shanghai", "2025-07-01", "2740", "25", True),
    ("shanghai", "2026-11-30", "2740", "25", True),
    ("guangzhou", "2026-08-31", "2500", None, False),
    ("guangzhou", "2026-09-01", "2680", None, False),
    ("shenzhen", "2026-08-31", "2520", None, False),
    ("shenzhen", "2026-09-01", "2700", None, False),
    ("hangzhou", "2026-01-01", "2660", None, False),
    ("chengdu", "2026-01-01", "2330", None, False),
    ("kunming", "2025-10-01", "2170", "21", False),
    ("kunming", "2026-09-01", "2270", "22", False),
]


@pytest.mark.parametrize(("city", "day", "monthly", "hourly", "is_net"), MINIMUM_WAGES)
def test_minimum_wages(city, day, monthly, hourly, is_net) -> None:
    held = CITIES[city].minimum_wage
    assert held is not None
    wage = held.on(date.fromisoformat(day))
    assert (wage.monthly, wage.is_net) == (Decimal(monthly), is_net)
    assert wage.hourly == (None if hourly is None else Decimal(hourly))


def test_rent_may_be_declared_up_to_1500_in_each_of_these_cities() -> None:
    limits = [city.rent_limit.on(date(2026, 1, 1)) for city in CITIES.values() if city.rent_limit is not None]
    assert limits == [Decimal("1500.00")] * 7


# --- The country's rules ----------------------------------------------------------------------------------------------


def test_working_time_and_wages() -> None:
    day = date(2026, 7, 1)
    assert WAGES.paid_days_per_month.on(day) == Fraction("21.75")
    assert WAGES.paid_days_per_month.on(day) * WAGES.hours_per_day.on(day) == 174
    assert WAGES.overtime_workday.on(day) == Fraction("1.5")
    assert WAGES.overtime_restday.on(day) == 2
    assert WAGES.overtime_holiday.on(day) == 3
    assert WAGES.overtime_hours_limit.on(day) == 36
    assert WAGES.sick_pay_floor.on(day) == Fraction("0.8")
    assert WAGES.probation_floor.on(day) == Fraction("0.8")
    assert WAGES.recovery_limit.on(day) == Fraction("0.2")
    assert WAGES.not_in_minimum_wage.on(day) >= {
        "overtime_workday",
        "overtime_restday",
        "overtime_holiday",
        "adjustment.night_shift_allowance",
        "adjustment.heat_allowance",
        "adjustment.hazard_allowance",
    }


def test_declared_deductions_and_what_is_no_wage() -> None:
    limits = TAX.deduction_limits.on(date(2026, 1, 1))
    assert limits["elderly_support"].monthly == Decimal("3000.00")
    assert limits["housing_loan_interest"].monthly == Decimal("1000.00")
    assert limits["rent"].monthly == Decimal("1500.00")
    assert limits["child_education"].monthly is None
    assert limits["personal_pension"].yearly == Decimal("12000.00")
    assert limits["serious_illness"].at_reconciliation
    assert TAX.allowance.on(date(2026, 1, 1)) == Decimal("5000.00")
    assert TAX.from_january_limit.on(date(2026, 1, 1)) == Decimal("60000.00")
    assert "adjustment.only_child_allowance" in TAX.not_wages.on(date(2026, 1, 1))


def test_a_rule_outside_its_days_is_never_guessed() -> None:
    with pytest.raises(RuleHasEnded, match=r"income_tax\.separate_bonus.*2027-12-31"):
        TAX.separate_bonus.on(date(2028, 1, 1))
    with pytest.raises(RuleHasEnded, match=r"shanghai\.pension.*2027-06-30"):
        scheme_rule(CITIES["shanghai"], PENSION, date(2027, 7, 1))
    with pytest.raises(NoRuleInForce, match=r"shanghai\.pension.*2025-07-01"):
        scheme_rule(CITIES["shanghai"], PENSION, date(2025, 6, 30))
    with pytest.raises(NoRuleInForce, match=r"income_tax\.year_table"):
        TAX.year_table.on(date(2018, 12, 31))


# --- Calendars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "workdays", "holidays"), [(2024, 251, 11), (2025, 248, 13), (2026, 248, 13)])
def test_a_year_has_as_many_workdays_and_holidays_as_was_announced(year: int, workdays: int, holidays: int) -> None:
    kinds = [CALENDAR.kind(date.fromordinal(day)) for day in range(_ordinal(year), _ordinal(year + 1))]
    assert kinds.count(DayKind.WORKDAY) == workdays
    assert kinds.count(DayKind.HOLIDAY) == holidays


def _ordinal(year: int) -> int:
    return date(year, 1, 1).toordinal()


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2024-02-09", DayKind.WORKDAY),  # New Year's Eve was no statutory day before 2025
        ("2025-01-28", DayKind.HOLIDAY),
        ("2025-01-26", DayKind.WORKDAY),
        ("2025-10-06", DayKind.HOLIDAY),  # Mid-Autumn inside the October break
        ("2025-10-07", DayKind.RESTDAY),
        ("2025-10-11", DayKind.WORKDAY),
        ("2026-02-14", DayKind.WORKDAY),
        ("2026-02-19", DayKind.HOLIDAY),
        ("2026-02-20", DayKind.RESTDAY),
        ("2026-04-05", DayKind.HOLIDAY),  # a Sunday, still 300 %
        ("2026-04-06", DayKind.RESTDAY),  # in lieu of it: 200 %
        ("2026-10-04", DayKind.RESTDAY),
        ("2026-10-10", DayKind.WORKDAY),
        ("2026-11-23", DayKind.WORKDAY),
    ],
)
def test_kinds_of_days(day: str, kind: DayKind) -> None:
    assert CALENDAR.kind(date.fromisoformat(day)) is kind


def test_2027_is_not_announced_and_fails_closed() -> None:
    with pytest.raises(CalendarMissing):
        CALENDAR.kind(date(2027, 3, 1))


# --- Worked cases -----------------------------------------------------------------------------------------------------


def lines_of(city: str, month: str, base: str, **insured: Any) -> dict[str, list[str]]:
    """Line code → amounts, for somebody insured in a city on a base."""
    held = Month.parse(month)
    facts = Facts(
        agent_no="A001",
        month=held,
        employed=held.span,
        hire_date=date(2020, 1, 1),
        insured=Insured(day=held.first_day, city=city, base=Decimal(base), **insured),
    )
    found: dict[str, list[str]] = {}
    for line in contributions(facts, LAW):
        found.setdefault(line.code, []).append(str(line.amount))
    return found


def test_shanghai_at_the_ceiling() -> None:
    """SI-01: a base of 50,000 is held at 37,302."""
    found = lines_of("shanghai", "2025-12", "50000.00", fund_rate=Fraction("0.07"))
    assert found == {
        "pension": ["2984.16"],
        "employer_pension": ["5968.32"],
        "medical": ["746.04"],
        "employer_medical": ["3357.18"],
        "unemployment": ["186.51"],
        "employer_unemployment": ["186.51"],
        "employer_work_injury": ["74.60"],
        "housing_fund": ["2611.00"],
        "employer_housing_fund": ["2611.00"],
    }


def test_guangzhou_has_a_base_for_each_scheme() -> None:
    """SI-03: 3,000 a month in June 2025: pension from 5,500, medical from 6,236, the others from 3,000."""
    found = lines_of("guangzhou", "2025-06", "3000.00", fund_rate=Fraction("0.05"))
    own = {code: amounts for code, amounts in found.items() if not code.startswith("employer_")}
    assert own == {
        "pension": ["440.00"],
        "medical": ["124.72"],
        "unemployment": ["6.00"],
        "housing_fund": ["150.00"],
    }


@pytest.mark.parametrize(
    ("month", "base", "rate", "more", "amounts"),
    [
        ("2026-01", "21750.00", "0.07", "0", ["1523.00"]),
        ("2026-01", "10010.00", "0.07", "0.05", ["701.00", "501.00"]),
        ("2026-07", "7546.00", "0.07", "0", ["528.00"]),
        ("2026-07", "37731.00", "0.07", "0.05", ["2641.00", "1887.00"]),
    ],
)
def test_the_housing_fund_of_shanghai_is_whole_yuan(month, base, rate, more, amounts) -> None:
    """HF-01: each side and part is rounded by itself."""
    found = lines_of("shanghai", month, base, fund_rate=Fraction(rate), supplementary_fund_rate=Fraction(more))
    assert found["housing_fund"] == found["employer_housing_fund"] == amounts


def test_beijing_in_july_2026() -> None:
    """SLIP-06: 1,600 + 403 + 100 = 2,103 and a fund of 2,400."""
    found = lines_of("beijing", "2026-07", "20000.00", fund_rate=Fraction("0.12"))
    assert (found["pension"], found["medical"], found["unemployment"]) == (["1600.00"], ["403.00"], ["100.00"])
    assert found["housing_fund"] == ["2400.00"]


def test_chengdu_in_july_2026() -> None:
    found = lines_of("chengdu", "2026-07", "20000.00", fund_rate=Fraction("0.12"))
    own = [amounts[0] for code, amounts in found.items() if not code.startswith("employer_")]
    assert own == ["1600.00", "400.00", "80.00", "2400.00"]


@pytest.mark.parametrize(
    ("base", "schemes"),
    [
        ("40000.00", ["3018.48", "754.62", "188.66"]),  # held at 37,731; 188.655 is rounded up
        ("3798.33", ["603.68", "150.92", "37.73"]),  # held at 7,546
    ],
)
def test_shanghai_in_july_2026(base: str, schemes: list[str]) -> None:
    found = lines_of("shanghai", "2026-07", base, fund_rate=Fraction("0.07"))
    assert [found[code][0] for code in ("pension", "medical", "unemployment")] == schemes


@pytest.mark.parametrize(
    ("bonus", "tax"),
    [
        ("30000", "900.00"),
        ("36000", "1080.00"),
        ("36001", "3390.10"),
        ("60000", "5790.00"),
        ("100000", "9790.00"),
        ("144000", "14190.00"),
        ("144001", "27390.20"),
        ("300000", "58590.00"),
        ("300001", "72340.25"),
        ("420000", "102340.00"),
        ("420001", "121590.30"),
        ("660000", "193590.00"),
        ("660001", "223840.35"),
        ("960000", "328840.00"),
        ("960001", "416840.45"),
    ],
)
def test_an_annual_bonus_taxed_apart(bonus: str, tax: str) -> None:
    """BON-*: the tables with the cliffs that public tests assert."""
    assert str(bonus_tax(Decimal(bonus), TAX.month_table.on(date(2026, 1, 31)))) == tax


@pytest.mark.parametrize(
    ("income", "tax"),
    [
        ("800", "0.00"),
        ("801", "0.20"),
        ("2000", "240.00"),
        ("3000", "440.00"),
        ("4000", "640.00"),
        ("4000.01", "640.00"),
        ("5000", "800.00"),
        ("25000", "4000.00"),
        ("30000", "5200.00"),
        ("50000", "10000.00"),
        ("62500", "13000.00"),
        ("100000", "25000.00"),
    ],
)
def test_labour_remuneration(income: str, tax: str) -> None:
    """LAB-*."""
    assert str(labour_tax(Decimal(income), TAX, date(2026, 1, 31))) == tax


def test_the_year_table_reaches_the_year_total_of_beijing() -> None:
    """IIT-16b: 20,000 a month, 4,503 of contributions, twelve months: 10,076.40, of which July 1,049.70."""
    income, paid_in, kept, found = Decimal(0), Decimal(0), Decimal(0), []
    for month in range(1, 13):
        year = TaxYear(2026, month, month, income, paid_in, kept)
        tax, _steps = withheld(year, TAX, date(2026, month, 28), Decimal("20000.00"), Decimal("4503.00"))
        income, paid_in, kept = income + 20000, paid_in + 4503, kept + tax
        found.append(tax)
    assert str(found[6]) == "1049.70"
    assert str(kept) == "10076.40"
