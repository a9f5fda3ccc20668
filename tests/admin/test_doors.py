"""Who may open which page, what pages look like under a strict content policy, and how many queries they take."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grading.jobs.models import AuditEntry
from grading.models import (
    Agent,
    Benchmark,
    ExamVersion,
    MysteryShopping,
    Onboarding,
    PlatformViolation,
    PromotionRequest,
    ShopStandard,
    TeamManager,
    TrainingSession,
)
from payroll import models
from tests.admin.small_company import MONTH, month_run

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in {"grading", "payroll", "jobs"}]
LISTS = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in OURS]
PAY = [name for name in LISTS if name.startswith("admin:payroll_")]


def test_every_model_of_ours_is_registered():
    from django.apps import apps

    labels = ("grading", "payroll", "jobs")
    ours = {model for label in labels for model in apps.get_app_config(label).get_models()}
    # copies and keys that pages are made of; nobody looks anything up in them
    hidden = {"runreview", "payslipcomparison", "replacedline", "storedfile", "storedpart", "pulse", "idempotencykey"}
    assert {model._meta.model_name for model in ours - set(OURS)} <= hidden
    assert set(OURS) <= ours


def test_the_site_is_ours():
    assert type(admin.site._wrapped).__name__ == "JixinSite"
    assert str(admin.site.site_header) == "绩薪 Jixin"


def test_lists_take_as_many_queries_for_fifty_people_as_for_five(load, hr, root, as_user, assert_no_inline):
    client, counts = as_user(root), {}
    for agents in (5, 50):
        month_run(load(agents), MONTH, hr)
        for name in LISTS:
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as queries:
                response = client.get(reverse(name))
            assert response.status_code == 200
            assert_no_inline(response.content.decode())
            counts.setdefault(name, []).append(len(queries))
    assert {name for name, (few, many) in counts.items() if few != many or many > 20} == set()


def test_hr_sees_what_hr_may_see_and_nobody_else_does(run, hr, boss, manager, agent_user, as_user):
    refused = {}
    for user in (hr, boss, manager, agent_user):
        client = as_user(user)
        names = [name for name in LISTS if client.get(reverse(name)).status_code != 200]
        refused[user.get_username()] = {name.split(":")[1].removesuffix("_changelist") for name in names}
    everything = {name.split(":")[1].removesuffix("_changelist") for name in LISTS}
    assert refused == {
        "hr": {"jobs_job", "jobs_auditentry"},
        "boss": {"jobs_job"},
        "manager": everything
        - {"grading_qaappeal", "grading_qaevaluation", "grading_qasample"}
        - {"grading_promotionrequest", "grading_calibrationsession", "grading_onboarding"},
        "agent": everything,
    }


def test_every_detail_page_answers(run, root, as_user, assert_no_inline):
    client = as_user(root)
    for model in OURS:
        row = model.objects.first()
        if row is None:
            continue
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        response = client.get(page)
        assert response.status_code == 200, page
        assert_no_inline(response.content.decode())


ENTERED = {
    TeamManager,
    PromotionRequest,
    ShopStandard,
    Benchmark,
    PlatformViolation,
    Onboarding,
    MysteryShopping,
    TrainingSession,
    ExamVersion,
    models.StatutoryRow,
}
"""What HR enters here, because no file says it; each act is noted."""


@pytest.mark.parametrize("model", [model for model in OURS if model not in ENTERED])
def test_not_even_a_superuser_changes_rows_here(model, run, root, as_user):
    """B-10, B-11: no delete action, no delete page, no form that would go past the services."""
    client = as_user(root)
    row = model.objects.first()
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{base}_add")).status_code == 403
    listing = client.get(reverse(f"{base}_changelist")).content.decode()
    assert "delete_selected" not in listing
    if row is None:
        return
    assert client.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert client.post(
        reverse(f"{base}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk]}
    ).status_code in {200, 302, 403}
    assert model.objects.filter(pk=row.pk).exists()
    page = client.get(reverse(f"{base}_change", args=[row.pk])).content.decode()
    assert 'name="_save"' not in page or model.__name__ == "Team"  # a team's page saves its managers


def test_a_team_page_saves_managers_and_not_the_team(company, hr, manager, as_user):
    team = company.teams.get(code="one")
    page = reverse("admin:grading_team_change", args=[team.pk])
    answer = as_user(hr).post(
        page,
        {
            "name": "changed",
            "managers-TOTAL_FORMS": "1",
            "managers-INITIAL_FORMS": "0",
            "managers-MIN_NUM_FORMS": "0",
            "managers-MAX_NUM_FORMS": "1000",
            "managers-0-team": team.pk,
            "managers-0-user": manager.pk,
            "managers-0-first_day": "2026-01-01",
        },
    )
    assert answer.status_code == 302
    team.refresh_from_db()
    assert team.name == "一组"
    assert list(team.managers.values_list("user__username", flat=True)) == ["manager"]
    assert AuditEntry.objects.filter(action="team_manager.add", actor=hr, object_id=str(team.pk)).exists()


def test_a_team_manager_must_have_the_right_to_decide(company, hr, agent_user, manager, as_user):
    page = as_user(hr).get(reverse("admin:grading_teammanager_add")).content.decode()
    assert ">manager<" in page
    assert ">agent<" not in page


def test_who_manages_a_team_is_noted(company, hr, manager, as_user):
    team, client = company.teams.get(code="one"), as_user(hr)
    form = {"team": team.pk, "user": manager.pk, "first_day": "2026-01-01"}
    assert client.post(reverse("admin:grading_teammanager_add"), form).status_code == 302
    row = TeamManager.objects.get()
    form["last_day"] = "2026-02-01"
    client.post(reverse("admin:grading_teammanager_change", args=[row.pk]), form)
    client.post(reverse("admin:grading_teammanager_delete", args=[row.pk]), {"post": "yes"})
    assert list(AuditEntry.objects.filter(object_type="team").order_by("pk").values_list("action", flat=True)) == [
        "team_manager.add",
        "team_manager.change",
        "team_manager.delete",
    ]


def test_users_and_groups_are_for_superusers(hr, boss, root, as_user):
    for name in ("admin:auth_user_changelist", "admin:auth_group_changelist"):
        assert as_user(hr).get(reverse(name)).status_code == 403
        assert as_user(boss).get(reverse(name)).status_code == 403
        assert as_user(root).get(reverse(name)).status_code == 200


def test_accounts_and_identity_numbers_are_masked(run, hr, as_user):
    client = as_user(hr)
    profile = models.PayProfile.objects.get(agent__agent_no="A001")
    for page in (
        reverse("admin:payroll_payprofile_changelist"),
        reverse("admin:payroll_payprofile_change", args=[profile.pk]),
    ):
        html = client.get(page).content.decode()
        assert "6222 **** 0123" in html
        assert "6222020200012340123" not in html
        assert "1101 **** 002X" in html
        assert "11010519491231002X" not in html


def test_accounts_cannot_be_guessed_digit_by_digit(run, hr, as_user):
    listing = reverse("admin:payroll_payprofile_changelist")
    for query in ("bank_account__startswith=6222", "id_no=11010519491231002X", "alipay__contains=1"):
        assert as_user(hr).get(f"{listing}?{query}").status_code == 400
    agents = reverse("admin:grading_agent_changelist")
    assert as_user(hr).get(f"{agents}?pay_profile__bank_account__startswith=6222").status_code == 400


def test_a_payslip_shows_its_lines_with_their_steps_and_grouped_amounts(run, hr, as_user):
    slip = models.Payslip.objects.get(run=run, agent__agent_no="A001")
    html = as_user(hr).get(reverse("admin:payroll_payslip_change", args=[slip.pk])).content.decode()
    assert "3,000.00" in html
    assert "Base pay" in html
    assert "paid for the full month" in html
    assert "3,350.00" in html  # 3,000 + 600 × 50 ÷ 100 + 50


def test_the_pdf_is_for_those_who_may_see_payslips_and_is_noted(run, hr, manager, as_user):
    slip = models.Payslip.objects.filter(run=run).first()
    page = reverse("admin:payroll_payslip_pdf", args=[slip.pk, "zh"])
    assert as_user(manager).get(page).status_code == 403
    answer = as_user(hr).get(page)
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer.headers["Cache-Control"]
    assert AuditEntry.objects.filter(action="payslip.pdf", actor=hr, object_id=str(slip.pk)).exists()
    assert as_user(hr).get(reverse("admin:payroll_payslip_pdf", args=[slip.pk, "xx"])).status_code == 404


def test_managers_find_no_way_to_pay(run, manager, managed, as_user):
    client = as_user(manager)
    index = client.get(reverse("admin:index")).content.decode()
    assert "payroll" not in index.replace("payroll/admin/", "")  # but for the address of the style sheet
    for name in PAY:
        assert client.get(reverse(name)).status_code == 403
    assert client.get(reverse("admin:month")).status_code == 403
    assert client.get(reverse("admin:month_progress", args=[run.pk])).status_code == 403


def test_one_time_links_are_made_and_reset_from_the_list(company, hr, boss, as_user):
    agents = reverse("admin:grading_agent_changelist")
    ids = list(Agent.objects.order_by("pk").values_list("pk", flat=True)[:2])
    made = as_user(hr).post(agents, {"action": "make_logins", "_selected_action": ids})
    html = made.content.decode()
    assert made.status_code == 200
    assert "/welcome/" in html
    assert Agent.objects.filter(pk__in=ids, user__isnull=False).count() == 2
    again = as_user(hr).post(agents, {"action": "make_logins", "_selected_action": ids}, follow=True)
    assert "passed over" in again.content.decode()
    reset = as_user(hr).post(agents, {"action": "reset_logins", "_selected_action": ids})
    assert "/welcome/" in reset.content.decode()
    # somebody without the right has no such action: the list ignores it
    listing = as_user(boss).get(agents).content.decode()
    assert "make_logins" not in listing
    as_user(boss).post(agents, {"action": "make_logins", "_selected_action": [Agent.objects.last().pk]})
    assert Agent.objects.last().user is None


def test_the_language_can_be_switched(hr, as_user):
    client = as_user(hr)
    page = client.get(reverse("admin:index")).content.decode()
    assert 'value="zh-hans"' in page
    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})
    assert 'lang="zh-hans"' in client.get(reverse("admin:index")).content.decode()


def test_whoever_is_an_agent_too_finds_the_way_back(company, manager, as_user):
    assert "Back to my payslips" not in as_user(manager).get(reverse("admin:index")).content.decode()
    Agent.objects.filter(agent_no="A001").update(user=manager)
    assert "Back to my payslips" in as_user(manager).get(reverse("admin:index")).content.decode()
