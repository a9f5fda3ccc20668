"""A month judged again from what is recorded now, without writing: what a posted month's appraisal would be today."""

from __future__ import annotations

from collections.abc import Collection

from grading import models, selectors
from grading.domain import scorecard as cards
from grading.domain.calibration import grade_held
from grading.kernel.errors import DomainError
from grading.kernel.period import Month


def judged_now(company_id: int, month: Month, agent_ids: Collection[int]) -> dict[int, selectors.Judged | DomainError]:
    """Agent id → the appraisal as the month's facts and scorecards stand now, calibration kept; or why there is none.

    Published appraisals stay as they are. Agents whose role has no scorecard are left out.
    """
    people = selectors.people(agent_ids, month)
    in_force = selectors.scorecards_in_force(company_id, month.last_day)
    measured = selectors.measures(company_id, agent_ids, month)
    cycle = models.AppraisalCycle.objects.filter(company_id=company_id, month=month).first()
    moves = selectors.latest_moves(cycle.pk, agent_ids) if cycle is not None else {}
    found: dict[int, selectors.Judged | DomainError] = {}
    for agent_id in agent_ids:
        person = people.get(agent_id)
        card = in_force.get(person.role) if person else None
        if card is None:
            continue
        asked = {kpi.metric for kpi in card.scorecard.kpis}
        mine = {metric: value for metric, value in measured[agent_id].items() if metric in asked}
        try:
            judged = cards.score(mine, card.scorecard)
        except DomainError as error:
            found[agent_id] = error
            continue
        computed = None
        if judged.grade is not None and judged.coefficient is not None:
            computed = cards.Grade(judged.grade, judged.coefficient)
        held = grade_held(computed, card.scorecard.grades, moves.get(agent_id)).grade
        found[agent_id] = selectors.Judged(
            judged.total_score, held.grade if held else "", held.coefficient if held else None, ""
        )
    return found
