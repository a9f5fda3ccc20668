"""The agents' pages: what they show, what they keep to themselves, and how they are sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from grading import models as grading
from grading.jobs.models import AuditEntry
from payroll import models, sheets
from tests.access.small_company import SmallCompany
from tests.superuser import thawed


@pytest.fixture
def me(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.mine)
    client.cookies["django_language"] = "en"
    return client


def text(response: Any) -> str:
    """What a reader reads: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def test_the_list_shows_posted_payslips_with_net_and_grade(me: Client, tiny: SmallCompany) -> None:
    shown = text(me.get("/me/"))
    assert "September 2026" in shown
    assert "4,670.11" in shown
    assert "Grade A" in shown
    assert "October 2026" not in shown  # calculated, not posted


def test_the_list_is_empty_before_the_first_posted_run(me: Client, tiny: SmallCompany) -> None:
    with thawed():
        models.PayslipLine.objects.all().delete()
        models.Payslip.objects.filter(run=tiny.posted_run).delete()
    assert "There is no payslip yet." in text(me.get("/me/"))


def test_the_list_takes_the_same_number_of_queries_for_many_payslips(
    me: Client, tiny: SmallCompany, django_assert_num_queries: Any
) -> None:
    me.get("/me/")
    with django_assert_num_queries(4):  # session, user with agent, payslips, appraisals
        me.get("/me/")


def test_a_payslip_shows_every_line_with_every_step(me: Client, tiny: SmallCompany) -> None:
    response = me.get(f"/me/payslips/{tiny.my_slip.number}/")
    shown = text(response)
    for expected in ("Net pay", "4,670.11", "4,770.11", "Base pay", "−229.89", "5000.00 ÷ 21.75 × 1 unpaid days"):
        assert expected in shown
    assert response.content.decode().count("<details") == 3
    assert "Entered: &lt;b&gt;破损&lt;/b&gt; {0}" in response.content.decode()  # data is text, never markup


def test_a_payslip_shows_the_grade_the_tier_and_what_is_missing(me: Client, tiny: SmallCompany) -> None:
    shown = text(me.get(f"/me/payslips/{tiny.my_slip.number}/"))
    for expected in ("90.91%", "87.50", "Junior agent", "Intermediate agent", "Still needed"):
        assert expected in shown


def test_an_appraisal_shows_its_kpis_rank_and_findings(me: Client, tiny: SmallCompany) -> None:
    shown = text(me.get("/me/appraisals/2026-09/"))
    for expected in ("87.50", "1 / 2", "1.2", "90.91%", "N1"):
        assert expected in shown


@pytest.mark.parametrize("path", ["/me/", "/me/payslips/TINY-2026-09-A001/", "/me/appraisals/2026-09/"])
def test_pages_work_without_scripts_and_inline_styles(me: Client, path: str) -> None:
    html = me.get(path).content.decode()
    assert "<script" not in html
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"(src|href)=\"(https?:)?//", html)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/me/payslips/TINY-2026-09-A001.pdf", "payslip-TINY-2026-09-A001.pdf"),
        ("/me/appraisals/2026-09.pdf", "appraisal-2026-09-A001.pdf"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_pdf_is_sent_to_be_kept_and_is_noted(me: Client, path: str, name: str, lang: str) -> None:
    response = me.get(path, {"lang": lang})
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" in response["Vary"]
    noted = AuditEntry.objects.get(action__endswith=".pdf")
    assert noted.actor is not None
    assert noted.actor.username == "mine"
    assert noted.detail == {"lang": lang, "by": "web"}


def test_a_pdf_language_that_does_not_exist_is_a_bad_request(me: Client) -> None:
    assert me.get("/me/payslips/TINY-2026-09-A001.pdf", {"lang": "fr"}).status_code == 400
    assert not AuditEntry.objects.exists()


def test_a_name_that_no_font_has_gives_a_page_that_says_so(
    me: Client, tiny: SmallCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grading.kernel.errors import DomainError

    class NoGlyph(DomainError):
        code = "test.no_glyph"
        template = "No font has '{character}'."

    def broken(*_args: object) -> bytes:
        raise NoGlyph(character="?")

    monkeypatch.setattr(sheets, "payslip_pdf", broken)
    response = me.get("/me/payslips/TINY-2026-09-A001.pdf")
    assert response.status_code == 409
    assert "test.no_glyph" in text(response)
    assert not AuditEntry.objects.exists()


def test_nothing_may_be_kept_by_a_shared_computer(me: Client) -> None:
    response = me.get("/me/payslips/TINY-2026-09-A001/")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_language_switch_is_a_form_and_leads_back(me: Client, language: str) -> None:
    response = me.post("/i18n/setlang/", {"language": language, "next": "/me/"}, follow=True)
    assert response.redirect_chain == [("/me/", 302)]
    expected = "2026年9月" if language == "zh-hans" else "September 2026"
    assert expected in text(response)


def test_home_sends_each_to_their_own_pages(client: Client, tiny: SmallCompany) -> None:
    for login, target in ((tiny.mine, "/me/"), (tiny.hr, "/admin/"), (tiny.manager, "/admin/")):
        client.force_login(login)
        assert client.get("/")["Location"] == target


def test_home_of_an_agent_who_manages_shows_both_doors(client: Client, tiny: SmallCompany) -> None:
    tiny.mine.is_staff = True
    tiny.mine.save()
    client.force_login(tiny.mine)
    html = client.get("/").content.decode()
    assert 'href="/me/"' in html
    assert 'href="/admin/"' in html


def test_a_login_without_an_agent_gets_no_payslips_but_an_explanation(client: Client, tiny: SmallCompany) -> None:
    grading.Agent.objects.filter(user=tiny.mine).update(user=None)
    client.force_login(tiny.mine)
    with translation.override("en"):
        assert client.get("/").status_code == 200
        assert tiny.my_slip.number not in client.get("/me/").content.decode()


@pytest.mark.parametrize("path", ["/nothing/", "/me/payslips/NOPE/", "/me/appraisals/2026-13/"])
def test_not_found_is_a_friendly_page_in_both_languages(me: Client, path: str) -> None:
    response = me.get(path)
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()
    assert "Not found" in response.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_need_nothing_to_be_drawn(template: str) -> None:
    from django.template.loader import render_to_string

    page = render_to_string(template)
    assert 'lang="en"' in page
    assert "<script" not in page
