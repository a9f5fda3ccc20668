"""An agent's pages under the law: contributions, the tax year, and payslips of runs besides the month's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from grading import models as grading
from payroll import models
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany
from tests.superuser import thawed

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> PostedCompany:
    company = PostedCompany()
    company.post(SEPTEMBER)
    return company


def client_of(agent_no: str, language: str = "en") -> Client:
    login = User.objects.create_user(agent_no, password="a long enough passphrase")
    grading.Agent.objects.filter(agent_no=agent_no).update(user=login)
    client = Client(headers={"accept-language": language})
    client.force_login(login)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def test_contributions_stand_beside_each_other_with_base_and_rate(held: PostedCompany) -> None:
    shown = text(client_of("P1").get("/me/payslips/LAWFUL-2026-09-P1/"))
    # on the base of 8,000: the rates of Shanghai
    assert "Pension insurance 8,000.00 640.00 8% 1,280.00 16%" in shown
    assert "Work injury insurance 8,000.00 – 16.00 0.2%" in shown
    assert "Housing fund 8,000.00 560.00 7% 560.00 7%" in shown


def test_the_tax_year_reads_from_income_to_what_was_withheld(held: PostedCompany) -> None:
    shown = text(client_of("P2").get("/me/payslips/LAWFUL-2026-09-P2/"))
    slip = models.Payslip.objects.get(number="LAWFUL-2026-09-P2")
    contributions = f"{slip.tax_contributions:,.2f}"
    # employed since 2023 and paid in October: ten months of 5,000
    expected = f"Income so far 70,000.00 Allowance so far 50,000.00 Contributions so far {contributions}"
    assert "Income tax of 2026 so far" in shown
    assert expected in shown
    assert "Rate and quick deduction 3%" in shown
    assert "Withheld before 0.00" in shown


def test_a_payslip_under_the_law_does_not_say_that_it_is_under_none(held: PostedCompany) -> None:
    assert "are not calculated on this payslip" not in text(client_of("P1").get("/me/payslips/LAWFUL-2026-09-P1/"))


def test_a_payslip_from_before_the_law_keeps_saying_so(held: PostedCompany) -> None:
    with thawed():
        models.Payslip.objects.filter(number="LAWFUL-2026-09-P1").update(tax_year=None)
    assert "are not calculated on this payslip" in text(client_of("P1").get("/me/payslips/LAWFUL-2026-09-P1/"))


def test_a_correction_is_named_and_its_amounts_name_their_month(held: PostedCompany) -> None:
    held.sell_late(SEPTEMBER, "P1", "20000.00")
    held.correct(OCTOBER)
    client = client_of("P1")
    assert "October 2026 Correction payslip" in text(client.get("/me/"))
    shown = text(client.get("/me/payslips/LAWFUL-2026-10-P1-C1/"))
    assert "October 2026 · Correction payslip" in shown
    assert "This payslip holds only what earlier months are owed, or owe." in shown
    assert "Arrears: Commission for September 2026" in shown
    assert "Paid for 2026-09 so far: 1000.00" in shown
    assert "Computed for 2026-09 now: 1200.00" in shown
    assert "Social insurance and housing fund" not in shown  # no contribution is part of it
    assert "Next:" not in shown  # it pays for no grade and no tier


def test_a_correction_of_its_own_month_names_the_month_too(held: PostedCompany) -> None:
    held.sell_late(SEPTEMBER, "P1", "20000.00")
    held.correct(SEPTEMBER)
    shown = text(client_of("P1").get("/me/payslips/LAWFUL-2026-09-P1-C1/"))
    assert "Arrears: Commission for September 2026" in shown


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_correction_is_a_pdf_of_its_own_name(held: PostedCompany, lang: str) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    held.sell_late(SEPTEMBER, "P1", "20000.00")
    held.correct(SEPTEMBER)
    answer = client_of("P1").get("/me/payslips/LAWFUL-2026-09-P1-C1.pdf", {"lang": lang})
    assert answer["Content-Disposition"] == 'attachment; filename="payslip-LAWFUL-2026-09-P1-C1.pdf"'
    paper = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert ("Correction payslip" in paper) is (lang != "zh")
    assert ("更正工资条" in paper) is (lang != "en")
    assert "200.00" in paper


def test_nobody_sees_the_correction_of_somebody_else(held: PostedCompany) -> None:
    held.sell_late(SEPTEMBER, "P1", "20000.00")
    held.correct(SEPTEMBER)
    client = client_of("P2")
    for path in ("/me/payslips/LAWFUL-2026-09-P1-C1/", "/me/payslips/LAWFUL-2026-09-P1-C1.pdf"):
        assert client.get(path).status_code == 404
    assert "P1-C1" not in client.get("/me/").content.decode()


def test_a_correction_that_is_not_approved_is_not_there(held: PostedCompany) -> None:
    from payroll.services import runs

    held.sell_late(SEPTEMBER, "P1", "20000.00")
    held.calculated(runs.correction_start(company=held.company, month=SEPTEMBER, prepared_by=held.hr))
    client = client_of("P1")
    assert models.Payslip.objects.filter(number="LAWFUL-2026-09-P1-C1").exists()
    assert client.get("/me/payslips/LAWFUL-2026-09-P1-C1/").status_code == 404
