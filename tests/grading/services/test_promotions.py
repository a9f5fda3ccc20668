"""A promotion takes two people, its evidence and every tick; then the dated tier is there in the same breath."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction

from grading import models
from grading.errors import (
    ChecklistIncomplete,
    NotEligible,
    NotYourTeam,
    PromotionAlreadyDecided,
    PromotionAlreadyOpen,
    PromotionOutdated,
    SamePersonTwice,
    TopOfLadder,
)
from grading.services import promotions

HIRED = date(2024, 1, 15)
DUE = date(2024, 4, 15)  # three months after hire: §4.4


@pytest.fixture
def company(db: None) -> models.Company:
    return models.Company.objects.create(code="c", name_zh="公司")


@pytest.fixture
def agent(company: models.Company) -> models.Agent:
    models.Team.objects.create(company=company, code="t1", name="一组")
    made = models.Agent.objects.create(company=company, agent_no="A1", name="甲", role="after_sales", hire_date=HIRED)
    for kind, value in (("tier", "junior"), ("team", "t1")):
        models.AgentFact.objects.create(agent=made, kind=kind, value=value, effective_from=HIRED)
    return made


@pytest.fixture
def hr(db: None) -> User:
    return _user("hr", "HR")


@pytest.fixture
def manager(company: models.Company, agent: models.Agent) -> User:
    user = _user("manager", "manager")
    models.TeamManager.objects.create(team=company.teams.get(), user=user, first_day=HIRED)
    return user


def _user(name: str, group: str) -> User:
    user = User.objects.create(username=name)
    user.groups.add(Group.objects.get(name=group))
    return user


def ticks(request: models.PromotionRequest) -> dict[str, bool]:
    return dict.fromkeys(promotions.checklist_of(request), True)


def approve(request: models.PromotionRequest, user: User, today: date = DUE) -> models.PromotionRequest:
    return promotions.promotion_approve(
        request_id=request.pk, decided_by=user, confirmed=ticks(request), comment="好", today=today
    )


def test_nobody_is_proposed_a_day_early_and_the_evidence_says_why_today(agent: models.Agent, hr: User) -> None:
    early = promotions.promotions_propose(company_id=agent.company_id, day=date(2024, 4, 14), requested_by=hr)
    due = promotions.promotions_propose(company_id=agent.company_id, day=DUE, requested_by=hr)
    again = promotions.promotions_propose(company_id=agent.company_id, day=DUE, requested_by=hr)

    assert (early, due, again) == (0, 1, 0)
    request = models.PromotionRequest.objects.get()
    assert (request.from_tier, request.to_tier, request.eligible_on) == ("junior", "intermediate", DUE)
    assert request.evidence == {
        "hire_date": "2024-01-15",
        "tier": "junior",
        "tenure_months": 3,
        "required_months": 3,
        "eligible_on": "2024-04-15",
        "average_score": None,
    }
    assert len(promotions.checklist_of(request)) == 8  # RQ-025: the tenure is one of the eight


def test_approval_writes_the_tier_from_the_first_of_the_next_month(
    agent: models.Agent, hr: User, manager: User
) -> None:
    request = approve(promotions.promotion_request(agent=agent, day=DUE, requested_by=hr), manager)

    assert (request.status, request.effective_from) == ("approved", date(2024, 5, 1))
    tiers = agent.facts.filter(kind="tier").order_by("effective_from").values_list("effective_from", "value")
    assert list(tiers) == [(HIRED, "junior"), (date(2024, 5, 1), "intermediate")]


def test_whoever_asked_cannot_decide_by_service_or_by_sql(agent: models.Agent, hr: User) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)

    with pytest.raises(SamePersonTwice):
        approve(request, hr)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE grading_promotionrequest SET decided_by_id = requested_by_id, decided_at = requested_at")


def test_nobody_decides_their_own_promotion(agent: models.Agent, hr: User) -> None:
    own = _user("A1", "HR")
    models.Agent.objects.filter(pk=agent.pk).update(user=own)
    with pytest.raises(SamePersonTwice):
        approve(promotions.promotion_request(agent=agent, day=DUE, requested_by=hr), own)


def test_a_manager_decides_only_for_the_teams_managed_on_that_day(agent: models.Agent, hr: User, manager: User) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    models.TeamManager.objects.update(last_day=date(2024, 3, 31))

    with pytest.raises(NotYourTeam):
        approve(request, manager)
    with pytest.raises(NotYourTeam):
        promotions.promotion_reject(request_id=request.pk, decided_by=_user("other", "manager"), comment="")


def test_every_item_must_be_ticked_and_nothing_changes_before(agent: models.Agent, hr: User, manager: User) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    some = ticks(request)
    some.pop(next(iter(some)))

    with pytest.raises(ChecklistIncomplete) as refused:
        promotions.promotion_approve(request_id=request.pk, decided_by=manager, confirmed=some, comment="", today=DUE)
    assert refused.value.values["count"] == "1"
    assert agent.facts.filter(kind="tier").count() == 1


def test_a_decision_is_made_once(agent: models.Agent, hr: User, manager: User) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    promotions.promotion_reject(request_id=request.pk, decided_by=manager, comment="再等等")

    with pytest.raises(PromotionAlreadyDecided):
        approve(request, manager)


def test_asking_too_early_twice_or_at_the_top_is_refused(agent: models.Agent, hr: User) -> None:
    with pytest.raises(NotEligible) as early:
        promotions.promotion_request(agent=agent, day=date(2024, 4, 14), requested_by=hr)
    assert early.value.values["eligible_on"] == "2024-04-15"
    promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    with pytest.raises(PromotionAlreadyOpen):
        promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    models.AgentFact.objects.filter(kind="tier").update(value="expert")
    with pytest.raises(TopOfLadder):
        promotions.promotion_request(agent=agent, day=date(2027, 1, 1), requested_by=hr)


def test_the_new_tier_never_starts_before_the_eligibility(agent: models.Agent, hr: User, manager: User) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    with pytest.raises(NotEligible):
        promotions.promotion_approve(
            request_id=request.pk,
            decided_by=manager,
            confirmed=ticks(request),
            comment="",
            today=DUE,
            effective_from=date(2024, 4, 1),
        )


def test_a_request_that_the_agents_tier_has_overtaken_is_not_approved(
    agent: models.Agent, hr: User, manager: User
) -> None:
    request = promotions.promotion_request(agent=agent, day=DUE, requested_by=hr)
    models.AgentFact.objects.create(agent=agent, kind="tier", value="intermediate", effective_from=DUE)
    with pytest.raises(PromotionOutdated):
        approve(request, manager)


def test_a_manager_asks_only_for_managed_agents(agent: models.Agent, manager: User) -> None:
    with pytest.raises(NotYourTeam):
        promotions.promotion_request(agent=agent, day=DUE, requested_by=_user("other", "manager"))
    assert promotions.promotion_request(agent=agent, day=DUE, requested_by=manager).to_tier == "intermediate"


def test_somebody_without_a_tier_is_proposed_for_nothing(agent: models.Agent, hr: User) -> None:
    models.AgentFact.objects.filter(kind="tier").delete()
    assert promotions.promotions_propose(company_id=agent.company_id, day=DUE, requested_by=hr) == 0


def test_a_tier_that_left_the_ladder_stops_nobody(agent: models.Agent, hr: User) -> None:
    models.AgentFact.objects.filter(kind="tier").update(value="legend")
    assert promotions.promotions_propose(company_id=agent.company_id, day=DUE, requested_by=hr) == 0
