"""The law as a company holds it: what ships, own rows over it, calendars from files; read in two queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.auth.models import User

from grading.imports.folder import CompanyFolder
from grading.kernel.document import BrokenDocument
from grading.models import Company
from payroll import models
from payroll.domain.errors import CalendarMissing, CityUnknown
from payroll.domain.law import Scheme
from payroll.domain.work_calendar import DayKind
from payroll.errors import MayNot
from payroll.services.loading import company_load
from payroll.services.statutory import statutory_row_record, statutory_row_withdraw
from payroll.statutory import calendar_of, city_code, law_in_force, law_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company.objects.create(code="lawful", name_zh="守法公司", statutory=Company.Statutory.CN)


@pytest.fixture
def hr() -> User:
    return User.objects.get(username="jixin-preparer")


def pension(company: Company, **changed: object) -> models.StatutoryRow:
    return models.StatutoryRow(
        company=company,
        **{
            "city": "上海市",
            "parameter": "pension",
            "first_day": date(2026, 7, 1),
            "employee": Fraction("0.08"),
            "employer": Fraction("0.16"),
            "floor": Decimal("7546.00"),
            "ceiling": Decimal("38000.00"),
            "source": "a later notice",
            "checked_on": date(2026, 11, 20),
            **changed,
        },
    )


def ceiling(company: Company, city: str, day: date) -> Decimal | None:
    return law_of(company.pk).law.cities[city].contributions[Scheme.PENSION].on(day).ceiling


def test_the_law_is_read_in_two_queries_and_kept(company, django_assert_num_queries) -> None:
    first = law_of(company.pk)
    with django_assert_num_queries(2):
        assert law_of(company.pk) is first


def test_a_company_under_no_statutory_rules_has_no_law(company) -> None:
    company.statutory = Company.Statutory.NONE
    assert law_in_force(company) is None


def test_own_rows_are_the_companys_alone_and_hold_at_once(company, hr) -> None:
    other = Company.objects.create(code="other", name_zh="另一家公司", statutory=Company.Statutory.CN)
    before = law_of(company.pk)
    row = statutory_row_record(row=pension(company), recorded_by=hr)
    assert row.city == "shanghai"
    assert ceiling(company, "shanghai", date(2026, 7, 1)) == Decimal("38000.00")
    assert ceiling(other, "shanghai", date(2026, 7, 1)) == Decimal("37731.00")
    held = law_of(company.pk)
    assert held.documents["cn.city.shanghai"][0] != before.documents["cn.city.shanghai"][0]
    assert held.documents["cn.city.beijing"][0] == before.documents["cn.city.beijing"][0]
    statutory_row_withdraw(row=row, withdrawn_by=hr)
    assert law_of(company.pk).documents["cn.city.shanghai"] == before.documents["cn.city.shanghai"]


def test_a_later_record_of_the_same_day_corrects_the_first(company, hr) -> None:
    statutory_row_record(row=pension(company), recorded_by=hr)
    statutory_row_record(row=pension(company, ceiling=Decimal("39000.00")), recorded_by=hr)
    assert ceiling(company, "shanghai", date(2026, 7, 1)) == Decimal("39000.00")


def test_every_sort_of_row_is_read_back_as_it_was_entered(company, hr) -> None:
    bare = {"employee": None, "employer": None, "floor": None, "ceiling": None, "city": "nanjing"}
    day = date(2026, 7, 1)
    for row in (
        pension(company, city="nanjing", parameter="medical", employee_fixed=Decimal("3.00"), floor=None),
        pension(
            company,
            **{**bare, "floor": Decimal("2300.00")},
            parameter="housing_fund",
            least_rate=Fraction("0.05"),
            most_rate=Fraction("0.12"),
            most_supplementary_rate=Fraction("0.03"),
            rounding="yuan_floor",
        ),
        pension(company, **bare, parameter="minimum_wage", monthly=Decimal("2660.00"), is_net=True),
        pension(company, **bare, parameter="rent_limit", monthly=Decimal("1500.00")),
    ):
        statutory_row_record(row=row, recorded_by=hr)
    city = law_of(company.pk).law.city("nanjing")
    medical = city.contributions[Scheme.MEDICAL].on(day)
    assert (medical.employee_fixed, medical.floor, medical.ceiling) == (Decimal("3.00"), None, Decimal("38000.00"))
    assert city.housing_fund is not None
    fund = city.housing_fund.on(day)
    assert (fund.most_rate, fund.most_supplementary_rate, fund.rounding.name) == (
        Fraction("0.12"),
        Fraction("0.03"),
        "yuan_floor",
    )
    assert city.minimum_wage is not None
    assert (city.minimum_wage.on(day).monthly, city.minimum_wage.on(day).is_net) == (Decimal("2660.00"), True)
    assert city.rent_limit is not None
    assert city.rent_limit.on(day) == Decimal("1500.00")


def test_a_broken_row_is_not_recorded(company, hr) -> None:
    with pytest.raises(BrokenDocument):
        statutory_row_record(row=pension(company, floor=Decimal("40000.00")), recorded_by=hr)
    assert not models.StatutoryRow.objects.exists()


def test_only_hr_records(company) -> None:
    approver = User.objects.get(username="jixin-approver")
    with pytest.raises(MayNot):
        statutory_row_record(row=pension(company), recorded_by=approver)
    assert not models.StatutoryRow.objects.exists()


def test_a_city_is_asked_for_by_any_of_its_names(company, hr) -> None:
    held = law_of(company.pk)
    assert [city_code(text, held) for text in ("shanghai", "上海", " 上海市 ", "Atlantis")] == [
        "shanghai",
        "shanghai",
        "shanghai",
        "Atlantis",
    ]
    with pytest.raises(CityUnknown, match="beijing, chengdu"):
        held.law.city("Atlantis")


def test_the_documents_behind_a_payslip(company) -> None:
    held = law_of(company.pk)
    used = held.used(["shanghai", "Atlantis"], 2026)
    assert [code for code, _mark in used] == ["cn", "cn.calendar.2026", "cn.city.shanghai"]
    assert all(len(mark) == 64 for _code, mark in used)


CALENDAR = "date,kind\n" + "".join(
    f"2027-{day},holiday\n"
    for day in (
        *("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02"),
        *("06-09", "09-15", "10-01", "10-02", "10-03"),
    )
)


def test_a_calendar_is_loaded_from_a_file_and_loading_it_again_changes_nothing(company, hr) -> None:
    with pytest.raises(CalendarMissing):
        calendar_of(company).kind(date(2027, 2, 5))
    files = CompanyFolder.from_files("one file", {"calendar.csv": CALENDAR.encode()})
    reports = [company_load(files, loaded_by=hr, company=company) for _time in range(2)]
    changes = [change for report in reports for change in report.changes if change.file == "calendar.csv"]
    assert [(change.added, change.unchanged) for change in changes] == [(1, 0), (0, 1)]
    assert calendar_of(company).kind(date(2027, 2, 5)) is DayKind.HOLIDAY
    assert calendar_of(company).kind(date(2026, 10, 10)) is DayKind.WORKDAY


def test_an_own_calendar_stands_instead_of_the_shipped_one(company, hr) -> None:
    text = CALENDAR.replace("2027", "2026") + "2026-11-23,day_off\n"
    company_load(CompanyFolder.from_files("one file", {"calendar.csv": text.encode()}), loaded_by=hr, company=company)
    assert calendar_of(company).kind(date(2026, 11, 23)) is DayKind.RESTDAY
    assert law_of(company.pk).law.calendar.kind(date(2025, 10, 6)) is DayKind.HOLIDAY
