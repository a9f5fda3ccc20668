"""The trainers' desk: the board of new hires, plans, mystery shopping, trainings, exam versions; seen by whom."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import yaml
from django.urls import reverse
from django.utils import timezone

from grading.models import (
    Agent,
    ExamAttempt,
    ExamVersion,
    MysteryShopping,
    Onboarding,
    PromotionRequest,
    TrainingSession,
)
from grading.rulebook import seed_exam_documents
from grading.services import promotions, training

pytestmark = pytest.mark.django_db
BOARD = "admin:grading_onboarding_changelist"
START = "admin:grading_onboarding_add"
PAGES = ("onboarding", "mysteryshopping", "trainingsession", "examversion", "examattempt")


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def page_of(row: Any) -> str:
    return reverse(f"admin:grading_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def trainer(django_user_model):
    from django.contrib.auth.models import Group

    user = django_user_model.objects.create_user("trainer", password="a-long-password", is_staff=True)
    user.groups.add(Group.objects.get(name="trainer"))
    return user


@pytest.fixture
def onboard(company, hr):
    def started(agent: Agent, day_number: int, track: str = "class_1") -> Onboarding:
        first_day = timezone.localdate() - timedelta(days=day_number - 1)
        return training.onboarding_start(agent=agent, track=track, first_day=first_day, started_by=hr)

    return started


@pytest.fixture
def agents(company) -> list[Agent]:
    return list(company.agents.order_by("agent_no"))


# --- The board --------------------------------------------------------------------------------------------------------


def test_the_board_says_where_everybody_is_today(agents, onboard, hr, as_user, assert_no_inline):
    onboard(agents[0], 8)
    onboard(agents[1], 15, "class_3")
    onboard(agents[2], 23)
    page = as_user(hr).get(reverse(BOARD)).content.decode()
    assert_no_inline(page)
    for expected in (
        "Scripts with a mentor",
        "8 of 22",
        "transferred buyers only",
        "at most 10 buyers",
        "15 of 17",
        "none taken",
        "overdue: mystery shopper",
    ):
        assert expected in page
    assert page.count("state-late") == 1


def test_the_board_is_empty_before_the_first_new_hire(company, hr, as_user):
    assert as_user(hr).get(reverse(BOARD)).context["cl"].result_count == 0


def test_a_manager_sees_the_own_new_hires_and_only_looks(agents, onboard, manager, managed, as_user):
    mine = next(agent for agent in agents if agent.pk in managed)
    other = next(agent for agent in agents if agent.pk not in managed)
    own, foreign = onboard(mine, 3), onboard(other, 3)
    client = as_user(manager)
    assert [row.pk for row in client.get(reverse(BOARD)).context["cl"].result_list] == [own.pk]
    assert client.get(page_of(own)).status_code == 200
    assert "Record a mystery shopping" not in client.get(page_of(own)).content.decode()
    assert client.get(page_of(foreign)).status_code == 404
    assert client.post(page_of(own), {"act": "close", "close-outcome": "stopped"}).status_code == 403
    assert client.get(reverse(START)).status_code == 403
    own.refresh_from_db()
    assert own.outcome == "open"


@pytest.mark.parametrize("name", PAGES)
def test_who_sees_the_lists(name, company, hr, boss, trainer, manager, agent_user, as_user):
    address = reverse(f"admin:grading_{name}_changelist")
    assert {user.username: as_user(user).get(address).status_code for user in (hr, boss, trainer)} == {
        "hr": 200,
        "boss": 200,
        "trainer": 200,
    }
    assert as_user(manager).get(address).status_code == (200 if name == "onboarding" else 403)
    assert as_user(agent_user).get(address).status_code == 302


@pytest.mark.parametrize("name", ["onboarding", "mysteryshopping", "trainingsession", "examversion"])
def test_only_trainers_and_hr_add(name, company, hr, boss, trainer, manager, as_user):
    address = reverse(f"admin:grading_{name}_add")
    assert {user.username: as_user(user).get(address).status_code for user in (hr, trainer, boss, manager)} == {
        "hr": 200,
        "trainer": 200,
        "boss": 403,
        "manager": 403,
    }


# --- One on-boarding --------------------------------------------------------------------------------------------------


def test_an_onboarding_from_start_to_close(agents, trainer, as_user, assert_no_inline):
    client = as_user(trainer)
    today = timezone.localdate()
    sent = {"agent": agents[0].pk, "track": "class_1", "first_day": today, "mentor": agents[1].pk}
    answer = client.post(reverse(START), sent)
    row = Onboarding.objects.get()
    assert answer["Location"] == page_of(row)
    assert_no_inline(client.get(page_of(row)).content.decode())

    lengths = {"stage_trade_and_tools": 1, "stage_product": 9, "stage_scripts_and_mentor": 7, "stage_on_ones_own": 7}
    client.post(page_of(row), {"act": "change", "mentor": "", **lengths})
    row.refresh_from_db()
    assert (row.lengths, row.mentor) == ({"product": 9}, None)
    client.post(page_of(row), {"act": "change", "mentor": "", **lengths, "stage_product": 0})
    row.refresh_from_db()
    assert row.lengths == {"product": 9}

    shopped = {"shopping-day": today, "shopping-score": "41.5", "shopping-passed": "no", "shopping-note": "慢"}
    answer = client.post(page_of(row), {"act": "shopping", **shopped}, follow=True)
    assert "regularization is in question" in told(answer)
    assert MysteryShopping.objects.get().score == Fraction("41.5")
    assert "not suitable: regularization is in question" in client.get(reverse(BOARD)).content.decode()
    answer = client.post(page_of(row), {"act": "shopping", **shopped})
    assert "recorded already" in told(answer)

    answer = client.post(page_of(row), {"act": "close", "close-outcome": "completed", "close-note": ""}, follow=True)
    assert "regularization is in question" in told(answer)
    row.refresh_from_db()
    assert row.outcome == "completed"
    assert "Change the plan" not in client.get(page_of(row)).content.decode()


def test_a_mystery_shopping_of_anybody(agents, trainer, as_user):
    sent = {"agent": agents[3].pk, "day": timezone.localdate(), "score": "88", "passed": "yes", "note": ""}
    as_user(trainer).post(reverse("admin:grading_mysteryshopping_add"), sent)
    assert MysteryShopping.objects.get().agent == agents[3]
    bad = as_user(trainer).post(reverse("admin:grading_mysteryshopping_add"), {**sent, "score": "1e2"})
    assert "is not a plain number" in bad.content.decode()


# --- Trainings --------------------------------------------------------------------------------------------------------


def test_a_training_and_its_attendance(company, agents, managed, trainer, as_user, assert_no_inline):
    client = as_user(trainer)
    today = timezone.localdate()
    client.post(
        reverse("admin:grading_trainingsession_add"), {"company": company.pk, "day": today, "topic": "平台规则"}
    )
    row = TrainingSession.objects.get()
    assert "Nobody is recorded yet." in client.get(page_of(row)).content.decode()
    address = f"{page_of(row)}?team=one"
    html = client.get(address).content.decode()
    assert_no_inline(html)
    assert html.count("<select name=") == 1 + len(managed)
    here, away, _third = sorted(managed)
    client.post(
        address,
        {f"presence_{here}": "present", f"score_{here}": "200/3", f"presence_{away}": "absent", f"score_{away}": ""},
    )
    kept = {each.agent_id: (each.present, each.score) for each in row.attendances.all()}
    assert kept == {here: (True, Fraction(200, 3)), away: (False, None)}
    refused = client.post(page_of(row), {f"score_{away}": "50"})
    assert "was absent" in told(refused)
    client.post(page_of(row), {})  # what is shown is recorded again without loss
    assert row.attendances.get(agent_id=here).score == Fraction(200, 3)


# --- Exams ------------------------------------------------------------------------------------------------------------


def test_a_copy_of_the_shipped_exam_is_edited_and_published(company, agents, trainer, as_user, assert_no_inline):
    client = as_user(trainer)
    page = client.get(reverse("admin:grading_examversion_add"))
    assert_no_inline(page.content.decode())
    body = yaml.safe_load(page.context["form"].initial["document"])
    assert body["questions"][1]["answer"] == ["C", "D"]
    broken = client.post(
        reverse("admin:grading_examversion_add"),
        {"company": company.pk, "document": yaml.safe_dump({**body, "kind": "other"}, allow_unicode=True)},
    )
    assert "kind" in broken.content.decode()
    assert not ExamVersion.objects.exists()

    body["questions"][1]["answer"] = ["C"]
    text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False)
    client.post(reverse("admin:grading_examversion_add"), {"company": company.pk, "document": text})
    draft = ExamVersion.objects.get()
    assert draft.status == "draft"
    client.post(page_of(draft), {"company": company.pk, "document": text, "publish": "yes"})
    draft.refresh_from_db()
    assert (draft.status, draft.published_by) == ("published", trainer)
    attempt = training.attempt_start(agent=agents[0], exam="pdd_onboarding")
    assert attempt.exam == draft
    assert client.get(page_of(draft)).status_code == 200  # looked at, no form
    assert client.get(f"{reverse('admin:grading_examversion_add')}?copy={draft.pk}").status_code == 200


def test_attempts_show_scores_and_no_answers(agents, hr, as_user):
    attempt = training.attempt_start(agent=agents[0], exam="pdd_onboarding")
    keys = [question["answer"] for question in seed_exam_documents()["pdd_onboarding"]["questions"]]
    training.attempt_submit(attempt_id=attempt.pk, answers=dict(enumerate(keys, start=1)))
    html = as_user(hr).get(page_of(ExamAttempt.objects.get())).content.decode()
    assert "100" in html
    assert "field-score" in html
    assert "field-answers" not in html


# --- Promotions -------------------------------------------------------------------------------------------------------


def test_a_promotion_shows_what_training_knew(company, agents, trainer, hr, boss, as_user):
    training.mystery_shopping_record(
        agent=agents[0], day=timezone.localdate(), assessor=trainer, score=Fraction("88.5"), passed=True, note=""
    )
    promotions.promotions_propose(company_id=company.pk, day=timezone.localdate(), requested_by=hr)
    with_it = PromotionRequest.objects.get(agent=agents[0])
    without = PromotionRequest.objects.get(agent=agents[1])
    html = as_user(boss).get(page_of(with_it)).content.decode()
    assert "88.50 suitable" in html
    assert "No exam, training or mystery shopping was recorded." in as_user(boss).get(page_of(without)).content.decode()


def test_the_start_page_has_a_door_for_those_who_may(company, hr, trainer, manager, as_user):
    for user in (hr, trainer, manager):
        assert reverse(BOARD) in as_user(user).get("/admin/").content.decode()
