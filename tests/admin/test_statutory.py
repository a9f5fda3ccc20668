"""Statutory rules in the back office: what is shown to whom, what HR records, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from grading.jobs.models import AuditEntry
from payroll import models
from payroll.domain.law import Scheme
from payroll.statutory import law_of

pytestmark = pytest.mark.django_db

PAGE = "admin:statutory"
ADD = "admin:payroll_statutoryrow_add"


def entry(company, **changed: object) -> dict[str, object]:
    """Shanghai's pension from 2026-07-01 on as HR would enter it, with a ceiling of its own."""
    return {
        "company": company.pk,
        "city": "上海市",
        "parameter": "pension",
        "first_day": "2026-07-01",
        "employee": "0.08",
        "employer": "0.16",
        "floor": "7546.00",
        "ceiling": "38000.00",
        "rounding": "fen_half_up",
        "source": "沪人社规〔2026〕1号",
        "checked_on": "2026-08-20",
        **changed,
    }


def test_who_sees_the_page(company, hr, boss, manager, agent_user, root, as_user, assert_no_inline):
    answers = {user.get_username(): as_user(user).get(reverse(PAGE)) for user in (hr, boss, manager, agent_user, root)}
    assert {name: response.status_code for name, response in answers.items()} == {
        "hr": 200,
        "boss": 200,
        "manager": 403,
        "agent": 302,
        "root": 200,
    }
    assert_no_inline(answers["hr"].content.decode())
    assert "Record an own row" in answers["hr"].content.decode()
    assert "Record an own row" not in answers["boss"].content.decode()


def test_the_page_shows_rows_with_source_date_and_what_is_not_verified(company, hr, as_user):
    page = as_user(hr).get(reverse(PAGE), {"city": "shanghai", "day": "2026-08-01"}).content.decode()
    assert "7,546.00" in page
    assert "沪人社规〔2025〕10号" in page
    assert "2026-11-01" in page
    assert "not verified" in page
    assert "国家税务总局公告2018年第61号" in page
    assert "no row on this day" not in page


def test_a_day_without_a_row_is_pointed_out(company, hr, as_user):
    page = as_user(hr).get(reverse(PAGE), {"city": "hangzhou", "day": "2027-02-01"}).content.decode()
    assert "no row on this day" in page


def test_the_page_takes_as_many_queries_with_rows_as_without(company, hr, as_user, django_assert_max_num_queries):
    client = as_user(hr)
    client.post(reverse(ADD), entry(company))
    client.post(reverse(ADD), entry(company, city="nanjing", first_day="2026-01-01"))
    with django_assert_max_num_queries(14):
        assert client.get(reverse(PAGE)).status_code == 200


def test_hr_records_a_row_over_the_shipped_one(company, hr, as_user):
    response = as_user(hr).post(reverse(ADD), entry(company))
    assert response.status_code == 302, response.context["adminform"].form.errors
    row = models.StatutoryRow.objects.get()
    assert (row.city, row.ceiling, row.employee, row.recorded_by) == (
        "shanghai",
        Decimal("38000.00"),
        Fraction("0.08"),
        hr,
    )
    pension = law_of(company.pk).law.cities["shanghai"].contributions[Scheme.PENSION]
    assert pension.on(date(2026, 7, 1)).ceiling == Decimal("38000.00")
    assert pension.on(date(2026, 6, 30)).ceiling == Decimal("37302.00")
    noted = AuditEntry.objects.get(action="statutory.record")
    assert noted.actor == hr.get_username() or noted.actor == hr
    assert noted.detail == {
        "city": "shanghai",
        "rule": "pension",
        "from": "2026-07-01",
        "source": "沪人社规〔2026〕1号",
    }
    page = as_user(hr).get(reverse(PAGE), {"city": "shanghai", "day": "2026-08-01"}).content.decode()
    assert "own row, recorded by hr" in page
    assert "Instead of: employee" in page
    assert "ceiling of the base 37,731.00" in page


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"floor": "40000.00"}, "floor", "The floor is more than the ceiling."),
        ({"employee": "8"}, "employee", "eight percent is 0.08"),
        ({"employer": ""}, "employer", "This rule needs it."),
        ({"source": ""}, "source", "This field is required."),
        ({"checked_on": "2999-01-01"}, "checked_on", "This day has not come yet."),
        ({"last_day": "2026-06-30"}, "last_day", "The last day lies before the first day."),
        ({"monthly": "10.00"}, "monthly", "This rule does not have it."),
        ({"parameter": "housing_fund"}, "employee", "This rule does not have it."),
    ],
)
def test_a_broken_row_is_refused_at_its_field(company, hr, as_user, changed, field, said):
    response = as_user(hr).post(reverse(ADD), entry(company, **changed))
    assert response.status_code == 200
    assert said in " ".join(response.context["adminform"].form.errors[field])
    assert not models.StatutoryRow.objects.exists()


def test_a_gap_between_own_rows_of_a_new_city_is_refused(company, hr, as_user):
    client = as_user(hr)
    new = {"city": "nanjing", "first_day": "2026-01-01", "last_day": "2026-06-30"}
    assert client.post(reverse(ADD), entry(company, **new)).status_code == 302
    response = client.post(reverse(ADD), entry(company, city="nanjing", first_day="2026-08-01"))
    assert response.status_code == 200
    assert "Let the rows meet" in str(response.context["adminform"].form.errors)
    assert models.StatutoryRow.objects.count() == 1


def test_only_hr_records_and_withdraws(company, hr, boss, as_user):
    assert as_user(boss).get(reverse(ADD)).status_code == 403
    assert as_user(boss).post(reverse(ADD), entry(company)).status_code == 403
    as_user(hr).post(reverse(ADD), entry(company))
    row = models.StatutoryRow.objects.get()
    delete = reverse("admin:payroll_statutoryrow_delete", args=[row.pk])
    assert as_user(boss).post(delete, {"post": "yes"}).status_code == 403
    assert models.StatutoryRow.objects.exists()
    change = reverse("admin:payroll_statutoryrow_change", args=[row.pk])
    assert 'name="_save"' not in as_user(hr).get(change).content.decode()
    assert as_user(hr).post(change, entry(company, ceiling="1.00")).status_code == 403


def test_withdrawing_brings_back_what_ships(company, hr, as_user):
    client = as_user(hr)
    client.post(reverse(ADD), entry(company))
    row = models.StatutoryRow.objects.get()
    client.post(reverse("admin:payroll_statutoryrow_delete", args=[row.pk]), {"post": "yes"})
    assert not models.StatutoryRow.objects.exists()
    pension = law_of(company.pk).law.cities["shanghai"].contributions[Scheme.PENSION]
    assert pension.on(date(2026, 7, 1)).ceiling == Decimal("37731.00")
    assert AuditEntry.objects.filter(action="statutory.withdraw").count() == 1


def test_a_row_that_others_lean_on_is_not_withdrawn(company, hr, as_user):
    client = as_user(hr)
    for first, last in (("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30"), ("2026-07-01", "")):
        client.post(reverse(ADD), entry(company, city="nanjing", first_day=first, last_day=last))
    middle = models.StatutoryRow.objects.get(first_day=date(2026, 4, 1))
    response = client.post(reverse("admin:payroll_statutoryrow_delete", args=[middle.pk]), {"post": "yes"}, follow=True)
    assert "leaves days without a rule" in response.content.decode()
    assert models.StatutoryRow.objects.count() == 3
