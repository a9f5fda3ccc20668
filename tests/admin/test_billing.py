"""The billing page: who sees it, what it says, and that issuing and cancelling are acts with a reason and a right."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from grading.imports.folder import CompanyFolder
from grading.kernel.period import Month
from payroll import models
from payroll.admin import uploads
from payroll.services import runs
from payroll.services.billing import billing_month
from payroll.services.loading import company_load
from tests.admin.small_company import MONTH, month_run

pytestmark = pytest.mark.django_db

PAGE = "/admin/billing/"
CONTRACT = (
    "contract: jia\nclient_zh: 甲方商贸\nclient_en: Jia Trading\nshop: 甲店\neffective_from: 2020-01-01\n"
    'model: base_commission\nbase: "1800.00"\nrate: "0.015"\n'
)


@pytest.fixture
def billed(company, hr):
    """Two of five people at one shop, which sold for 420,000."""
    files = {
        "billing/jia.yaml": CONTRACT,
        "assignments.csv": "agent_no,shop,from\nA001,甲店,2020-01-01\nA002,甲店,2020-01-01\n",
        f"{MONTH}/billing.csv": "shop,measure,value\n甲店,sales,420000.00\n",
    }
    folder = CompanyFolder.from_files("billing", {path: text.encode() for path, text in files.items()})
    report = company_load(folder, loaded_by=hr, company=company)
    assert report.problems == ()
    return company


@pytest.fixture
def posted(billed, hr, boss):
    run = month_run(billed, MONTH, hr)
    runs.run_approve(run_id=run.pk, approved_by=boss, reviewed=run.fingerprint)
    return billed


def page(client, company) -> str:
    response = client.get(PAGE, {"company": company.pk, "month": str(MONTH)})
    assert response.status_code == 200
    return response.content.decode()


def acts(company) -> dict[str, str]:
    [found] = billing_month(company, MONTH).contracts
    return {"company": company.pk, "month": str(MONTH), "contract": "jia", "fingerprint": found.fingerprint}


def test_only_those_who_see_payslips_see_margins(billed, hr, boss, manager, agent_user, as_user):
    statuses = {user.get_username(): as_user(user).get(PAGE).status_code for user in (hr, boss, manager, agent_user)}
    assert statuses == {"hr": 200, "boss": 200, "manager": 403, "agent": 302}
    pdfs = {
        user.get_username(): as_user(user)
        .get(f"{PAGE}pdf/zh/", {"company": billed.pk, "month": str(MONTH), "contract": "jia"})
        .status_code
        for user in (hr, boss, manager, agent_user)
    }
    assert pdfs == {"hr": 200, "boss": 200, "manager": 403, "agent": 302}


def test_managers_find_no_door_to_it(billed, hr, manager, as_user):
    assert PAGE in as_user(hr).get("/admin/").content.decode()
    assert PAGE not in as_user(manager).get("/admin/").content.decode()


def test_the_page_says_bill_cost_and_margin(posted, hr, as_user, assert_no_inline):
    html = page(as_user(hr), posted)
    assert_no_inline(html)
    # bill: 2 × 1800 + 1.5 % × 420,000 = 9,900.00
    # A001: 3000 + 600 × 0.25 ÷ 0.5 = 3300 + 50 meals = 3350.00; A002: 3300 − 20 = 3280.00: 6,630.00 together
    for expected in ("9,900.00", "6,630.00", "3,270.00", "Jia Trading", "A001", "420000"):
        assert expected in html


def test_before_the_run_is_posted_the_margin_is_unknown(billed, hr, as_user):
    html = page(as_user(hr), billed)
    assert "9,900.00" in html
    assert "No posted payslip yet: A001, A002" in html


def test_an_empty_month_says_what_to_load(company, hr, as_user):
    assert "assignments.csv" in page(as_user(hr), company)


def test_without_a_company_the_page_says_so(hr, as_user):
    assert "No company is loaded yet." in as_user(hr).get(PAGE).content.decode()


@pytest.mark.parametrize("query", [{"company": "9" * 30}, {"company": "x"}, {"month": "June"}])
def test_what_the_address_names_wrongly_breaks_nothing(billed, hr, as_user, query):
    assert as_user(hr).get(PAGE, query).status_code == 200


def test_a_contract_that_cannot_be_billed_says_why_and_has_no_button(billed, hr, as_user):
    models.BillingMeasure.objects.all().delete()
    html = page(as_user(hr), billed)
    assert "bills by sales" in html
    assert "billing/issue/" not in html


def test_hr_issues_what_is_on_the_page_and_cancels_it_with_a_reason(billed, hr, as_user):
    client = as_user(hr)
    response = client.post(f"{PAGE}issue/", acts(billed), follow=True)
    assert f"small-{MONTH}-jia-1" in response.content.decode()
    statement = models.BillingStatement.objects.get()
    assert statement.issued_by == hr

    client.post(f"{PAGE}{statement.pk}/cancel/", {"reason": ""})
    statement.refresh_from_db()
    assert statement.cancelled_at is None
    client.post(f"{PAGE}{statement.pk}/cancel/", {"reason": "wrong sales"})
    statement.refresh_from_db()
    assert (statement.cancelled_by, statement.reason) == (hr, "wrong sales")


def test_an_outdated_statement_is_pointed_out(billed, hr, as_user):
    client = as_user(hr)
    client.post(f"{PAGE}issue/", acts(billed))
    assert "changed after the issue" not in page(client, billed)
    models.BillingMeasure.objects.update(value="1")
    assert "changed after the issue" in page(client, billed)


def test_an_old_page_issues_nothing(billed, hr, as_user):
    sent = acts(billed)
    models.BillingMeasure.objects.update(value="1")
    response = as_user(hr).post(f"{PAGE}issue/", sent, follow=True)
    assert "changed meanwhile" in response.content.decode()
    assert not models.BillingStatement.objects.exists()


def test_the_approver_looks_and_does_not_issue(billed, hr, boss, manager, as_user):
    assert "billing/issue/" not in page(as_user(boss), billed)
    as_user(boss).post(f"{PAGE}issue/", acts(billed))
    assert not models.BillingStatement.objects.exists()
    as_user(hr).post(f"{PAGE}issue/", acts(billed))
    statement = models.BillingStatement.objects.get()
    for user, status in ((boss, 302), (manager, 403)):
        assert as_user(user).post(f"{PAGE}{statement.pk}/cancel/", {"reason": "no"}).status_code == status
    assert as_user(manager).post(f"{PAGE}issue/", acts(billed)).status_code == 403
    statement.refresh_from_db()
    assert statement.cancelled_at is None


def test_acts_are_posted_and_unknown_things_are_not_there(billed, hr, as_user):
    client = as_user(hr)
    assert client.get(f"{PAGE}issue/").status_code == 405
    assert client.get(f"{PAGE}1/cancel/").status_code == 405
    assert client.post(f"{PAGE}999/cancel/", {"reason": "no"}).status_code == 404
    query = {"company": billed.pk, "month": str(MONTH)}
    assert client.get(f"{PAGE}pdf/zh/", {**query, "contract": "no"}).status_code == 404
    assert client.get(f"{PAGE}pdf/fr/", {**query, "contract": "jia"}).status_code == 404


@pytest.mark.parametrize(("lang", "title"), [("zh", "外包服务结算单"), ("en", "Service statement")])
def test_the_pdf_is_the_clients(posted, hr, as_user, lang, title):
    response = as_user(hr).get(f"{PAGE}pdf/{lang}/", {"company": posted.pk, "month": str(MONTH), "contract": "jia"})
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'inline; filename="draft-jia-{MONTH}-{lang}.pdf"'
    text = PdfReader(BytesIO(response.content)).pages[0].extract_text()
    assert title in text
    assert "9,900.00" in text
    assert "6,630.00" not in text


def test_the_records_are_shown_whole(billed, hr, root, as_user):
    as_user(hr).post(f"{PAGE}issue/", acts(billed))
    for model in (
        models.BillingContract,
        models.ShopAssignment,
        models.BillingMeasure,
        models.BillingStatement,
        models.BillingStatementLine,
    ):
        base = f"/admin/payroll/{model._meta.model_name}/"
        for user in (hr, root):
            client = as_user(user)
            assert client.get(base).status_code == 200
            assert client.get(f"{base}{model.objects.first().pk}/change/").status_code == 200
            assert client.post(f"{base}{model.objects.first().pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("jia.yaml", CONTRACT.encode(), "billing/jia.yaml"),
        ("plan.yaml", b"plan: x\n", "plans/plan.yaml"),
        ("assignments.csv", b"", "assignments.csv"),
        ("派驻.xlsx", b"", "assignments.xlsx"),
        ("billing (1).csv", b"", "2026-10/billing.csv"),
        ("结算.csv", b"", "2026-10/billing.csv"),
    ],
)
def test_single_files_find_their_place(name, data, place):
    assert uploads.place_of(name, data, Month(2026, 10)) == place


def test_single_billing_files_are_uploaded_like_any_other(company, hr, as_user):
    sent = [
        SimpleUploadedFile("jia.yaml", CONTRACT.encode()),
        SimpleUploadedFile("派驻.csv", "工号,店铺,开始日期\nA001,甲店,2020-01-01\n".encode()),
    ]
    response = as_user(hr).post(
        "/admin/month/upload/", {"company": company.pk, "month": str(MONTH), "files": sent}, follow=True
    )
    html = response.content.decode()
    assert "billing/jia.yaml" in html
    assert "assignments.csv" in html
