"""Promotions: proposed by the rule or a person, decided by another person, written as a dated tier."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from grading import models, selectors
from grading.domain.ladder import Eligibility, pay_effective_from
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
from grading.jobs import services as jobs
from grading.kernel.period import Month
from grading.kernel.snapshot import plain
from grading.services import evidence


def promotions_propose(*, company_id: int, day: date, requested_by: User) -> int:
    """Ask for every promotion that is due on a day, unless the agent has an open request or had this very one."""
    agent_ids = selectors.agents_employed_in(company_id, Month.of(day))
    asked = models.PromotionRequest.objects.filter(agent__company_id=company_id)
    has_open = set(asked.filter(status=models.PromotionRequest.Status.PROPOSED).values_list("agent_id", flat=True))
    decided = set(asked.values_list("agent_id", "to_tier"))
    due = []
    for start in range(0, len(agent_ids), jobs.CHUNK):
        chunk = agent_ids[start : start + jobs.CHUNK]
        trained = selectors.training_evidence(company_id, chunk, day)
        due += [
            _request(agent_id, standing, standing.next, requested_by, trained.get(agent_id))
            for agent_id, standing in selectors.standings(company_id, chunk, day).items()
            if standing.next is not None
            and standing.tier is not None
            and standing.next.is_eligible
            and standing.person.leave_date is None
            and agent_id not in has_open
            and (agent_id, standing.next.tier.tier) not in decided
        ]
    with transaction.atomic():
        models.PromotionRequest.objects.bulk_create(due)
    return len(due)


@transaction.atomic
def promotion_request(*, agent: models.Agent, day: date, requested_by: User) -> models.PromotionRequest:
    """Ask for an agent's next tier. Raises NotYourTeam, TopOfLadder, NotEligible, PromotionAlreadyOpen."""
    if not selectors.may_decide_promotion(requested_by, agent, day):
        raise NotYourTeam(agent=agent.agent_no)
    standing = selectors.standings(agent.company_id, [agent.pk], day)[agent.pk]
    if standing.next is None:
        raise TopOfLadder(agent=agent.agent_no, tier=standing.tier)
    if not standing.next.is_eligible:
        raise NotEligible(
            agent=agent.agent_no,
            tier=standing.next.tier.tier,
            lacks=", ".join(lack.value for lack in standing.next.lacks),
            eligible_on=standing.next.eligible_on or "—",
        )
    if agent.promotion_requests.filter(status=models.PromotionRequest.Status.PROPOSED).exists():
        raise PromotionAlreadyOpen(agent=agent.agent_no)
    trained = selectors.training_evidence(agent.company_id, [agent.pk], day).get(agent.pk)
    request = _request(agent.pk, standing, standing.next, requested_by, trained)
    request.save()
    jobs.audit(actor=requested_by, action="promotion.request", object_type="promotion_request", object_id=request.pk)
    return request


@transaction.atomic
def promotion_approve(
    *,
    request_id: int,
    decided_by: User,
    confirmed: Mapping[str, bool],
    comment: str,
    today: date,
    effective_from: date | None = None,
) -> models.PromotionRequest:
    """Approve a request and write the dated tier in the same transaction.

    ``confirmed`` ticks the checklist; every item must be ticked. ``effective_from`` overrides the first of the next
    month (or the ladder's own rule), but never lies before the eligibility. Raises PromotionAlreadyDecided,
    SamePersonTwice, NotYourTeam, PromotionOutdated, ChecklistIncomplete, NotEligible.
    """
    request = _locked(request_id, decided_by)
    tier_now = selectors.people([request.agent_id], Month.of(today))[request.agent_id].tier_on(today)
    if (tier_now or "") != request.from_tier:
        raise PromotionOutdated(agent=request.agent.agent_no, tier=tier_now or "—", asked_from=request.from_tier)
    items = checklist_of(request)
    unticked = [code for code in items if not confirmed.get(code)]
    if unticked:
        raise ChecklistIncomplete(count=len(unticked), items=", ".join(unticked))
    eligible_on = request.eligible_on or today
    ladder = selectors.ladder_of(request)
    start = effective_from or pay_effective_from(ladder, eligible_on, today)
    if start < eligible_on:
        raise NotEligible(agent=request.agent.agent_no, tier=request.to_tier, lacks="tenure", eligible_on=eligible_on)
    models.AgentFact.objects.update_or_create(
        agent=request.agent,
        kind=models.AgentFact.Kind.TIER,
        effective_from=start,
        defaults={"value": request.to_tier, "source": models.AgentFact.Source.PROMOTION},
    )
    evidence.tell([request.agent], since=start, until=None, cause="promotion")
    request.checklist = dict.fromkeys(items, True)
    request.effective_from = start
    return _decide(request, models.PromotionRequest.Status.APPROVED, decided_by, comment)


@transaction.atomic
def promotion_reject(*, request_id: int, decided_by: User, comment: str) -> models.PromotionRequest:
    """Reject a request. Raises PromotionAlreadyDecided, SamePersonTwice, NotYourTeam."""
    request = _locked(request_id, decided_by)
    return _decide(request, models.PromotionRequest.Status.REJECTED, decided_by, comment)


def checklist_of(request: models.PromotionRequest) -> dict[str, tuple[str, str]]:
    """Item code → (中文, English) of the tier asked for."""
    tier = selectors.ladder_of(request).tier(request.to_tier)
    return {item.code: (item.text_zh, item.text_en) for item in tier.checklist}


def _locked(request_id: int, decided_by: User) -> models.PromotionRequest:
    request = models.PromotionRequest.objects.select_for_update().select_related("agent").get(pk=request_id)
    if request.status != models.PromotionRequest.Status.PROPOSED:
        raise PromotionAlreadyDecided(agent=request.agent.agent_no, status=request.status)
    if request.requested_by_id == decided_by.pk:
        raise SamePersonTwice(act="promotion", first="requested")
    if request.agent.user_id == decided_by.pk:
        raise SamePersonTwice(act="promotion", first="would be promoted by")
    if not selectors.may_decide_promotion(decided_by, request.agent, timezone.localdate()):
        raise NotYourTeam(agent=request.agent.agent_no)
    return request


def _decide(
    request: models.PromotionRequest, status: models.PromotionRequest.Status, decided_by: User, comment: str
) -> models.PromotionRequest:
    request.status = status
    request.decided_by = decided_by
    request.decided_at = timezone.now()
    request.comment = comment
    request.save()
    jobs.audit(
        actor=decided_by,
        action=f"promotion.{status.value}",
        object_type="promotion_request",
        object_id=request.pk,
        detail={"agent": request.agent.agent_no, "tier": request.to_tier, "from": str(request.effective_from or "")},
    )
    return request


def _request(
    agent_id: int,
    standing: selectors.Standing,
    due: Eligibility,
    requested_by: User,
    trained: Mapping[str, Any] | None,
) -> models.PromotionRequest:
    return models.PromotionRequest(
        agent_id=agent_id,
        from_tier=standing.tier or "",
        to_tier=due.tier.tier,
        ladder_id=standing.ladder_version_id,
        eligible_on=due.eligible_on,
        evidence=_evidence(standing, due, trained),
        requested_by=requested_by,
    )


def _evidence(standing: selectors.Standing, due: Eligibility, trained: Mapping[str, Any] | None) -> dict[str, Any]:
    """``training`` is there only for those who took an exam, were trained or met a mystery shopper."""
    return {
        "hire_date": standing.person.hire_date.isoformat(),
        "tier": standing.tier,
        "tenure_months": due.tenure_months,
        "required_months": due.tier.tenure_months,
        "eligible_on": due.eligible_on.isoformat() if due.eligible_on else None,
        "average_score": plain(due.average_score),
        **({"training": dict(trained)} if trained else {}),
    }
