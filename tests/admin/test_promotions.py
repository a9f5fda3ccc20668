"""Promotion requests: seen by whom, asked for, decided with the evidence, refused with a message."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grading.models import Agent, AgentFact, PromotionRequest
from grading.services import promotions

pytestmark = pytest.mark.django_db
LIST = "admin:grading_promotionrequest_changelist"
ASK = "admin:grading_promotionrequest_add"


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def requests(company, hr) -> list[PromotionRequest]:
    """Everybody has been an intermediate agent for more than a year: due for senior."""
    promotions.promotions_propose(company_id=company.pk, day=timezone.localdate(), requested_by=hr)
    return list(PromotionRequest.objects.order_by("agent__agent_no"))


def detail(request: PromotionRequest) -> str:
    return reverse("admin:grading_promotionrequest_change", args=[request.pk])


def ticked(request: PromotionRequest, **form: str) -> dict[str, str]:
    return {**{f"item_{code}": "on" for code in promotions.checklist_of(request)}, **form}


def test_a_manager_sees_only_the_people_managed_today(requests, manager, managed, hr, as_user, assert_no_inline):
    page = as_user(manager).get(reverse(LIST))
    assert_no_inline(page.content.decode())
    seen = {row.agent_id for row in page.context["cl"].result_list}
    assert seen == managed
    assert len(managed) == 3
    assert {row.agent_id for row in as_user(hr).get(reverse(LIST)).context["cl"].result_list} == {
        request.agent_id for request in requests
    }


def test_somebody_elses_people_are_as_good_as_not_there(requests, manager, managed, as_user):
    other = next(request for request in requests if request.agent_id not in managed)
    assert as_user(manager).get(detail(other)).status_code == 404
    assert as_user(manager).post(detail(other), ticked(other, decision="approve")).status_code == 404
    assert as_user(manager).post(reverse(ASK), {"agent": other.agent_id}).status_code == 404


def test_a_manager_whose_team_is_gone_sees_nothing(requests, manager, managed, company, as_user):
    company.teams.get(code="one").managers.update(first_day="2020-01-01", last_day="2020-02-01")
    assert list(as_user(manager).get(reverse(LIST)).context["cl"].result_list) == []


def test_the_page_shows_the_evidence_and_no_pay(requests, run, manager, managed, as_user, assert_no_inline):
    request = next(request for request in requests if request.agent_id in managed)
    page = as_user(manager).get(detail(request))
    html = page.content.decode()
    assert_no_inline(html)
    assert "Intermediate" in html
    assert "Senior" in html
    assert "50.00" in html  # the score
    assert "(not final)" in html
    assert "3,000" not in html
    assert len(page.context["form"].items()) == len(promotions.checklist_of(request)) > 0


def test_approving_writes_the_dated_tier_and_says_from_when(requests, manager, managed, as_user):
    request = next(request for request in requests if request.agent_id in managed)
    answer = as_user(manager).post(
        detail(request), ticked(request, decision="approve", comment="well done"), follow=True
    )
    request.refresh_from_db()
    assert (request.status, request.decided_by) == ("approved", manager)
    fact = AgentFact.objects.get(agent_id=request.agent_id, kind="tier", value="senior")
    assert fact.effective_from == request.effective_from
    assert str(request.effective_from) in told(answer)


def test_an_incomplete_checklist_is_refused_and_the_ticks_stay(requests, manager, managed, as_user):
    request = next(request for request in requests if request.agent_id in managed)
    form = ticked(request, decision="approve", comment="almost")
    left_out = min(name for name in form if name.startswith("item_"))
    del form[left_out]
    answer = as_user(manager).post(detail(request), form)
    assert answer.status_code == 200
    assert "not confirmed" in told(answer)
    assert answer.content.decode().count("checked") == len(promotions.checklist_of(request)) - 1
    assert 'class="unticked"' in answer.content.decode()
    request.refresh_from_db()
    assert request.status == "proposed"


def test_an_early_date_is_refused_with_a_message(requests, manager, managed, as_user):
    request = next(request for request in requests if request.agent_id in managed)
    answer = as_user(manager).post(detail(request), ticked(request, decision="approve", effective_from="2001-01-01"))
    assert answer.status_code == 200
    request.refresh_from_db()
    assert request.status == "proposed"


def test_rejecting_needs_a_reason(requests, manager, managed, as_user):
    request = next(request for request in requests if request.agent_id in managed)
    client = as_user(manager)
    assert "Say why" in client.post(detail(request), {"decision": "reject"}).content.decode()
    client.post(detail(request), {"decision": "reject", "comment": "not yet"})
    request.refresh_from_db()
    assert (request.status, request.comment) == ("rejected", "not yet")


def test_deciding_twice_is_a_message(requests, manager, managed, hr, boss, as_user):
    """B-06: one wins, the other reads who did."""
    request = next(request for request in requests if request.agent_id in managed)
    as_user(manager).post(detail(request), ticked(request, decision="approve"))
    answer = as_user(boss).post(detail(request), {"decision": "reject", "comment": "no"}, follow=True)
    assert answer.status_code == 200
    assert "already approved" in told(answer)
    request.refresh_from_db()
    assert request.status == "approved"


def test_whoever_asked_cannot_decide(requests, hr, as_user):
    """B-02."""
    request = requests[0]
    client = as_user(hr)
    page = client.get(detail(request)).content.decode()
    assert "You asked for this promotion" in page
    assert 'id="decision"' not in page
    answer = client.post(detail(request), ticked(request, decision="approve"))
    assert "two people" in told(answer)
    request.refresh_from_db()
    assert request.status == "proposed"


def test_nobody_promotes_themselves(requests, manager, managed, as_user):
    request = next(request for request in requests if request.agent_id in managed)
    Agent.objects.filter(pk=request.agent_id).update(user=manager)
    answer = as_user(manager).post(detail(request), ticked(request, decision="approve"))
    assert answer.status_code in {200, 404}
    request.refresh_from_db()
    assert request.status == "proposed"


def test_a_manager_asks_and_hr_decides(company, manager, managed, hr, as_user, assert_no_inline):
    page = as_user(manager).get(reverse(ASK))
    assert_no_inline(page.content.decode())
    assert {row.agent_id for row in page.context["rows"]} == managed
    agent_id = min(managed)
    answer = as_user(manager).post(reverse(ASK), {"agent": agent_id}, follow=True)
    assert "Somebody else decides" in told(answer)
    assert "already asked" in answer.content.decode()
    again = as_user(manager).post(reverse(ASK), {"agent": agent_id}, follow=True)
    assert "already has an open" in told(again)
    request = PromotionRequest.objects.get()
    as_user(hr).post(detail(request), ticked(request, decision="approve"))
    request.refresh_from_db()
    assert request.status == "approved"


def test_asking_is_not_for_everybody(company, agent_user, as_user):
    assert as_user(agent_user).get(reverse(ASK)).status_code == 302
    agent_user.is_staff = True
    agent_user.save()
    assert as_user(agent_user).get(reverse(ASK)).status_code == 403


@pytest.mark.parametrize("name", [LIST, ASK])
def test_queries_do_not_grow_with_the_people(name, load, hr, manager, as_user):
    from grading.models import TeamManager

    company = load(5)
    TeamManager.objects.create(team=company.teams.get(code="one"), user=manager, first_day=timezone.localdate())
    for user in (hr, manager):
        counts, client = [], as_user(user)
        for agents in (5, 50):
            company = load(agents)
            if name == LIST:
                promotions.promotions_propose(company_id=company.pk, day=timezone.localdate(), requested_by=hr)
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse(name)).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[1] < 30
