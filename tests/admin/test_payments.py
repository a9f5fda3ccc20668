"""The payments of a run: who sees them, what each act does, and that downloads are noted and stay the same."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grading.jobs.models import AuditEntry
from payroll import models
from payroll.services import payments, runs
from tests.admin.small_company import MONTH

pytestmark = pytest.mark.django_db
ACCOUNT = "6222020200012340123"


@pytest.fixture
def posted(run, boss) -> models.PayRun:
    """Five people with net pay; A005 has no account."""
    return runs.run_approve(run_id=run.pk, approved_by=boss, reviewed=run.fingerprint)


def page(run: models.PayRun) -> str:
    return reverse("admin:payments", args=[run.pk])


def unzipped(answer) -> dict[str, bytes]:
    assert answer.headers["Content-Type"] == "application/zip", told(answer)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def exports(client, run: models.PayRun, **form) -> dict[str, bytes]:
    return unzipped(client.post(reverse("admin:month_exports", args=[run.pk]), {"scope": "run", **form}))


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"]) if answer.context else ""


def agents(data: bytes, encoding: str = "utf-8-sig") -> int:
    return data.decode(encoding).count("\r\n") - 1


def test_the_page_is_for_those_who_may_export(posted, hr, boss, manager, agent_user, client, as_user):
    assert as_user(hr).get(page(posted)).status_code == 200
    assert as_user(boss).get(page(posted)).status_code == 200
    assert as_user(manager).get(page(posted)).status_code == 403
    assert as_user(agent_user).get(page(posted)).status_code == 302
    assert client.get(page(posted)).status_code == 302


def test_the_right_to_prepare_alone_opens_nothing(posted, manager, as_user):
    from django.contrib.auth.models import Permission

    manager.user_permissions.add(Permission.objects.get(codename="prepare_run"))
    assert as_user(manager).get(page(posted)).status_code == 403


def test_every_act_is_a_post_by_those_who_may(posted, hr, manager, as_user):
    addresses = [
        reverse("admin:payments_again", args=[posted.pk]),
        reverse("admin:payments_returned", args=[posted.pk]),
        reverse("admin:payments_withdraw", args=[posted.pk, 1]),
        reverse("admin:payments_download", args=[posted.pk, 1]),
    ]
    for address in addresses:
        assert as_user(hr).get(address).status_code == 405
        assert as_user(manager).post(address).status_code == 403


def test_before_the_first_file_the_page_says_so(posted, hr, as_user, assert_no_inline):
    html = as_user(hr).get(page(posted)).content.decode()
    assert_no_inline(html)
    assert "No payment file was made yet" in html
    assert "Neither a bank account nor an Alipay account" in html


def test_a_draft_run_has_a_page_without_anything_on_it(run, hr, as_user):
    answer = as_user(hr).get(page(run))
    assert (answer.status_code, answer.context["owed"], answer.context["files"]) == (200, [], [])


def test_the_first_download_makes_the_file_and_the_second_is_the_same(posted, boss, hr, as_user):
    first = exports(as_user(boss), posted)
    models.PayProfile.objects.filter(agent__agent_no="A001").update(bank_account="6222999900009999")
    second = exports(as_user(hr), posted)
    assert first["bank_generic.csv"] == second["bank_generic.csv"]
    assert ACCOUNT.encode() in first["bank_generic.csv"]
    assert posted.payment_files.get().created_by == boss
    made = AuditEntry.objects.filter(action="payment_file.make", object_id=str(posted.pk))
    assert [(entry.actor, entry.detail) for entry in made] == [(boss, {"sequence": 1, "people": 4})]
    assert AuditEntry.objects.filter(action="run.export", object_id=str(posted.pk)).count() == 2


def test_the_page_shows_accounts_in_part_and_the_form_is_labelled(posted, hr, as_user, assert_no_inline):
    exports(as_user(hr), posted)
    html = as_user(hr).get(page(posted)).content.decode()
    assert_no_inline(html)
    assert "6222 **** 0123" in html
    assert ACCOUNT not in html
    for row in models.Payment.objects.all():
        assert f'<label for="payment-{row.pk}">' in html


def test_a_returned_payment_is_corrected_and_paid_again(posted, hr, as_user):
    client = as_user(hr)
    exports(client, posted)
    runs.run_pay(run_id=posted.pk, paid_by=hr)
    payment = models.Payment.objects.get(payslip__agent__agent_no="A002")
    form = {"payment": [payment.pk], "reason": "账号不存在"}
    answer = client.post(reverse("admin:payments_returned", args=[posted.pk]), form, follow=True)
    assert "Recorded: 1 payment came back" in told(answer)
    assert "账号不存在" in answer.content.decode()

    again = reverse("admin:payments_again", args=[posted.pk])
    assert "no file was made" in told(client.post(again, follow=True))
    models.PayProfile.objects.filter(agent__agent_no="A002").update(bank_account="6222999900009999")
    assert "pays 1 person" in told(client.post(again, follow=True))

    files = unzipped(client.post(reverse("admin:payments_download", args=[posted.pk, 2])))
    assert set(files) == {
        "bank_generic.csv", "alipay.csv", "withheld.csv", "control_totals.csv", "control_totals.json",
    }  # fmt: skip
    assert agents(files["bank_generic.csv"]) == 1
    assert b"6222999900009999" in files["bank_generic.csv"]
    whole = exports(client, posted)
    assert agents(whole["bank_generic.csv"]) == 4
    assert whole["payments-2/bank_generic.csv"] == files["bank_generic.csv"]
    noted = AuditEntry.objects.filter(action="run.export", detail__scope="payments").get()
    assert noted.detail["people"] == 1


def test_returning_needs_a_reason_and_a_choice(posted, hr, as_user):
    client = as_user(hr)
    exports(client, posted)
    address = reverse("admin:payments_returned", args=[posted.pk])
    payment = models.Payment.objects.first()
    assert "Tick the payments" in told(client.post(address, {"reason": "x"}, follow=True))
    assert "for a reason" in told(client.post(address, {"payment": [payment.pk], "reason": " "}, follow=True))
    assert "Reload the page" in told(client.post(address, {"payment": ["99999"], "reason": "x"}, follow=True))
    assert not models.Payment.objects.filter(status="returned").exists()


def test_files_that_were_not_handed_in_are_taken_back(posted, hr, as_user):
    client = as_user(hr)
    exports(client, posted)
    address = reverse("admin:payments_withdraw", args=[posted.pk, 1])
    assert "4 payments came back" in told(client.post(address, {"reason": "户名有误"}, follow=True))
    assert agents(exports(client, posted)["bank_generic.csv"]) == 0
    again = reverse("admin:payments_again", args=[posted.pk])
    assert "pays 4 people" in told(client.post(again, {"also_unchanged": "yes"}, follow=True))
    assert agents(exports(client, posted)["bank_generic.csv"]) == 4


def test_a_search_finds_one_agent_among_many(posted, hr, as_user):
    exports(as_user(hr), posted)
    answer = as_user(hr).get(page(posted), {"q": "a003"})
    assert [each.agent_no for each in answer.context["payments"]] == ["A003"]
    assert "No payment fits" in as_user(hr).get(page(posted), {"q": ACCOUNT}).content.decode()


def test_files_of_the_whole_month_pay_nobody(posted, hr, as_user):
    files = exports(as_user(hr), posted, scope="month")
    assert "tax_wages.csv" in files
    assert not {"bank_generic.csv", "alipay.csv"} & set(files)
    assert not posted.payment_files.exists()


def test_the_form_chooses_bank_encoding_and_template(company, posted, hr, as_user):
    client = as_user(hr)
    month_page = client.get(f"{reverse('admin:month')}?company={company.pk}&month={MONTH}").content.decode()
    assert 'name="bank"' in month_page
    files = exports(client, posted, bank="cmb", encoding="gb18030", tax_layout="24")
    assert files["bank_cmb.csv"].decode("gb18030").startswith("收款账号,收款户名,金额,用途\r\n")
    assert files["tax_wages.csv"].decode("gb18030").split("\r\n")[0].count(",") == 23
    # made once, the bank file is what it is; the rest follows the form
    files = exports(client, posted, bank="generic", encoding="utf-8-sig")
    assert "bank_generic.csv" not in files
    assert files["bank_cmb.csv"].decode("gb18030")
    month_page = client.get(f"{reverse('admin:month')}?company={company.pk}&month={MONTH}").content.decode()
    assert 'name="bank"' not in month_page


def test_a_bank_that_needs_the_paying_account_is_refused_with_a_message(posted, hr, as_user):
    address = reverse("admin:month_exports", args=[posted.pk])
    answer = as_user(hr).post(address, {"scope": "run", "bank": "icbc"}, follow=True)
    assert "paying account" in told(answer)
    assert not posted.payment_files.exists()


def test_an_uploaded_template_is_filled_and_its_unknown_columns_are_listed(posted, hr, as_user):
    text = "*证件号码,*证件类型,*姓名,本期收入,神秘\n"
    files = exports(as_user(hr), posted, templates=SimpleUploadedFile("t.csv", text.encode()))
    assert files["tax_wages.csv"].decode("utf-8-sig").startswith(text.strip())
    assert files["unfilled_columns.csv"].decode("utf-8-sig") == "file,heading\r\ntax_wages.csv,神秘\r\n"


def test_what_is_no_template_is_refused_and_pays_nobody(posted, hr, as_user):
    form = {"scope": "run", "templates": SimpleUploadedFile("t.csv", b"a,b\n")}
    answer = as_user(hr).post(reverse("admin:month_exports", args=[posted.pk]), form, follow=True)
    assert "not a template" in told(answer)
    assert not posted.payment_files.exists()


def test_a_time_that_was_not_sent_is_not_found(posted, hr, as_user):
    assert as_user(hr).post(reverse("admin:payments_download", args=[posted.pk, 7])).status_code == 404
    assert as_user(hr).get(reverse("admin:payments", args=[999])).status_code == 404


def test_the_tables_are_read_only_and_accounts_are_masked(posted, hr, manager, as_user):
    payments.payments_open(run_id=posted.pk, made_by=hr)
    models.ExportSettings.objects.create(company=posted.company, payer_account="0200001009876543210")
    client = as_user(hr)
    for name in ("payment", "paymentfile", "exportsettings"):
        listed = client.get(reverse(f"admin:payroll_{name}_changelist"))
        assert listed.status_code == 200
        assert as_user(manager).get(reverse(f"admin:payroll_{name}_changelist")).status_code == 403
        first = models.__dict__[{"payment": "Payment", "paymentfile": "PaymentFile"}.get(name, "ExportSettings")]
        shown = client.get(reverse(f"admin:payroll_{name}_change", args=[first.objects.first().pk]))
        for answer in (listed, shown):
            assert ACCOUNT not in answer.content.decode()
            assert "0200001009876543210" not in answer.content.decode()
    assert client.get(reverse("admin:payroll_payment_changelist") + "?account__startswith=6").status_code in {302, 400}
