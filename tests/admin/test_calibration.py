"""The calibration pages: open, decide, undo, publish; who sees what; and the effect on pay for HR only."""

from __future__ import annotations

import pytest
from django.urls import reverse

from grading.models import Appraisal, AppraisalCycle, CalibrationMove, CalibrationSession, KpiResult
from grading.services import cycles

pytestmark = pytest.mark.django_db
LIST = "admin:grading_calibrationsession_changelist"
OPEN = "admin:grading_calibrationsession_open"


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def desk(session: CalibrationSession) -> str:
    return reverse("admin:grading_calibrationsession_change", args=[session.pk])


def act(session: CalibrationSession, name: str) -> str:
    return reverse(f"admin:grading_calibrationsession_{name}", args=[session.pk])


@pytest.fixture
def cycle(run) -> AppraisalCycle:
    """Everybody has 50 points: grade A of the card, all of them equal."""
    return AppraisalCycle.objects.get()


@pytest.fixture
def opened(cycle, hr, as_user):
    def made(team: str = "all", **quotas: str) -> CalibrationSession:
        form = {f"quota_{grade}": share for grade, share in quotas.items()}
        answer = as_user(hr).post(reverse(OPEN), {"cycle": cycle.pk, "team": team, "ties": "keep", **form})
        assert answer.status_code == 302, told(answer)
        return CalibrationSession.objects.order_by("-pk")[0]

    return made


def test_opening_asks_for_the_group_then_for_its_quotas(cycle, hr, as_user, assert_no_inline):
    first = as_user(hr).get(reverse(OPEN))
    assert_no_inline(first.content.decode())
    assert "the whole company" in first.content.decode()
    page = as_user(hr).get(reverse(OPEN), {"cycle": cycle.pk, "team": "all"}).content.decode()
    assert 'name="quota_A"' in page
    assert 'name="quota_D"' in page
    refused = as_user(hr).post(reverse(OPEN), {"cycle": cycle.pk, "team": "all", "quota_A": "120"})
    assert "The quotas A 120% are no shares" in told(refused)
    assert 'value="120"' in refused.content.decode()
    refused = as_user(hr).post(reverse(OPEN), {"cycle": cycle.pk, "team": "all", "quota_A": "ten"})
    assert "not an exact decimal number" in told(refused)
    assert not CalibrationSession.objects.exists()


def test_without_a_graded_month_there_is_nothing_to_open(company, hr, as_user):
    assert "No month is graded yet" in as_user(hr).get(reverse(OPEN)).content.decode()


def test_the_desk_says_the_quota_in_words_and_moves_nobody(opened, hr, as_user, assert_no_inline):
    session = opened(A="20 %")
    page = as_user(hr).get(desk(session)).content.decode()
    assert_no_inline(page)
    # 20 % of five people is one place; all five have 50 points
    assert "Grade A: 1 place (20%), 5 hold it." in page
    assert "Over the quota by 4 because of a tie: equal totals are never split." in page
    assert page.count("equal total") >= 5
    assert not CalibrationMove.objects.exists()


def test_a_move_and_its_undo_are_listed_with_reasons(opened, hr, as_user):
    session = opened()
    row = Appraisal.objects.get(agent__agent_no="A002")
    move = {"agent": row.agent_id, "to_grade": "D", "reason": "<b>面谈</b>", "act": "move"}
    answer = as_user(hr).post(act(session, "move"), move, follow=True)
    assert "A002" in told(answer)
    row.refresh_from_db()
    assert (row.grade, row.computed_grade) == ("D", "A")
    page = answer.content.decode()
    assert "&lt;b&gt;面谈&lt;/b&gt;" in page
    assert "<b>面谈" not in page
    form = as_user(hr).get(desk(session), {"agent": row.agent_id}).content.decode()
    assert "Undo: back to A" in form
    as_user(hr).post(act(session, "move"), {"agent": row.agent_id, "reason": "看错", "act": "undo"})
    row.refresh_from_db()
    assert (row.grade, row.computed_grade) == ("A", "")
    assert CalibrationMove.objects.count() == 2


def test_what_was_refused_is_shown_again(opened, hr, as_user):
    session = opened()
    row = Appraisal.objects.get(agent__agent_no="A002")
    move = {"agent": row.agent_id, "to_grade": "A", "reason": "a long explanation", "act": "move"}
    answer = as_user(hr).post(act(session, "move"), move)
    assert "already holds grade" in told(answer)
    assert "a long explanation" in answer.content.decode()
    assert as_user(hr).post(act(session, "move"), {"agent": "x"}).status_code == 404


def test_publishing_needs_the_tick_and_ends_it(opened, hr, as_user):
    session = opened()
    assert "Tick that you have looked" in told(as_user(hr).post(act(session, "publish"), {}, follow=True))
    answer = as_user(hr).post(act(session, "publish"), {"seen": "yes"}, follow=True)
    assert "never change any more" in told(answer)
    assert not Appraisal.objects.filter(published_at=None).exists()
    page = as_user(hr).get(desk(session), {"agent": Appraisal.objects.first().agent_id}).content.decode()
    assert 'id="decide"' not in page
    answer = as_user(hr).post(
        act(session, "move"), {"agent": Appraisal.objects.first().agent_id, "to_grade": "D", "reason": "late"}
    )
    assert "is published" in told(answer)


def test_a_move_that_fell_is_shown_to_be_decided_again(opened, cycle, hr, as_user):
    session = opened()
    row = Appraisal.objects.get(agent__agent_no="A002")
    as_user(hr).post(act(session, "move"), {"agent": row.agent_id, "to_grade": "D", "reason": "why"})
    KpiResult.objects.filter(agent_id=row.agent_id).update(value="0.1")  # 20 points: D by itself
    cycles.cycle_open(company_id=cycle.company_id, month=cycle.month, requested_by=hr)
    while cycles.cycle_grade_chunk(cycle.job_id):
        pass
    cycles.cycle_finish(cycle.job_id)
    page = as_user(hr).get(desk(session)).content.decode()
    assert 'id="to-decide"' in page
    answer = as_user(hr).post(act(session, "publish"), {"seen": "yes"}, follow=True)
    assert "A002" in told(answer)
    assert CalibrationSession.objects.get().state == "open"


def test_a_manager_sees_the_own_team_only_and_publishes_nothing(opened, cycle, manager, managed, as_user):
    own = opened(team=str(cycle.company.teams.get(code="one").pk))
    other = opened(team=str(cycle.company.teams.get(code="two").pk))
    everybody = opened()
    client = as_user(manager)
    assert list(client.get(reverse(LIST)).context["cl"].result_list) == [own]
    page = client.get(desk(own))
    assert page.status_code == 200
    assert {row.agent_id for row in page.context["desk"].rows} == managed
    assert "HR publishes the grades." in page.content.decode()
    assert reverse("admin:calibration_pay", args=[own.pk]) not in page.content.decode()
    for session in (other, everybody):
        assert client.get(desk(session)).status_code in {302, 404}  # as one that is not there
        assert client.post(act(session, "move"), {"agent": 1}).status_code == 404
        assert client.post(act(session, "publish"), {"seen": "yes"}).status_code == 404
    answer = client.post(act(own, "publish"), {"seen": "yes"}, follow=True)
    assert "are for HR" in told(answer)
    move = {"agent": min(managed), "to_grade": "D", "reason": "why"}
    assert client.post(act(own, "move"), move).status_code == 302
    form = client.get(reverse(OPEN)).content.decode()
    assert "the whole company" not in form
    assert "二组" not in form
    refused = client.post(reverse(OPEN), {"cycle": cycle.pk, "team": other.team_id})
    assert "Choose a month and a group" in told(refused)


def test_agents_and_strangers_see_nothing(opened, agent_user, as_user, client):
    session = opened()
    for path in (reverse(LIST), reverse(OPEN), desk(session), act(session, "move"), act(session, "publish")):
        assert as_user(agent_user).get(path).status_code in {302, 403}
        assert client.get(path).status_code == 302


def test_the_effect_on_pay_is_for_those_who_see_payslips(
    opened, run, hr, boss, manager, managed, as_user, assert_no_inline
):
    session = opened(A="20")
    row = Appraisal.objects.get(agent__agent_no="A002")
    as_user(hr).post(act(session, "move"), {"agent": row.agent_id, "to_grade": "D", "reason": "why"})
    path = reverse("admin:calibration_pay", args=[session.pk])
    assert path in as_user(hr).get(desk(session)).content.decode()
    for user in (hr, boss):
        page = as_user(user).get(path)
        assert page.status_code == 200
        assert_no_inline(page.content.decode())
    # performance pay is by score here: 600 × 50 ÷ 100 = 300.00 with every grade
    [effect] = page.context["moved"].rows
    assert (effect.from_grade, effect.to_grade, effect.before, effect.after) == ("A", "D", "300.00", "300.00")
    assert as_user(manager).get(path).status_code == 403
    assert as_user(hr).get(reverse("admin:calibration_pay", args=[999])).status_code == 404


def test_the_month_page_says_that_grades_changed_after_the_calculation(opened, run, hr, as_user):
    month = f"{reverse('admin:month')}?company={run.company_id}&month={run.month}"
    assert 'id="regraded"' not in as_user(hr).get(month).content.decode()
    session = opened()
    row = Appraisal.objects.get(agent__agent_no="A002")
    as_user(hr).post(act(session, "move"), {"agent": row.agent_id, "to_grade": "D", "reason": "why"})
    assert 'id="regraded"' in as_user(hr).get(month).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_open_in_both_languages(opened, hr, as_user, language):
    session = opened(A="20")
    client = as_user(hr)
    client.cookies["django_language"] = language
    for path in (reverse(LIST), reverse(OPEN), desk(session), reverse("admin:calibration_pay", args=[session.pk])):
        assert client.get(path).status_code == 200


def test_lists_and_moves_are_looked_at_only(opened, hr, root, as_user):
    session = opened()
    row = Appraisal.objects.get(agent__agent_no="A002")
    as_user(hr).post(act(session, "move"), {"agent": row.agent_id, "to_grade": "D", "reason": "why"})
    move = CalibrationMove.objects.get()
    page = as_user(root).get(reverse("admin:grading_calibrationmove_change", args=[move.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert as_user(root).get(reverse("admin:grading_calibrationsession_add")).status_code == 403
    assert (
        as_user(root)
        .post(reverse("admin:grading_calibrationsession_delete", args=[session.pk]), {"post": "yes"})
        .status_code
        == 403
    )
