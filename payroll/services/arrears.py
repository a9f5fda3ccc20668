"""What posted months are owed, or owe, since something about them was recorded late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.domain.arrears import PostedLine, differences
from payroll.domain.facts import Facts, GuaranteeMonth, PastLine
from payroll.domain.lines import Kind, Step
from payroll.domain.payslip import compute_payslip


@dataclass(frozen=True, slots=True)
class Due:
    """What a person's posted months come to, and the latest mark that was looked at.

    ``guarantees`` are the months as the settlement of a year needs them.
    """

    lines: tuple[PastLine, ...]
    guarantees: tuple[GuaranteeMonth, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class _Again:
    """One posted month of a person, computed from what is recorded now."""

    lines: tuple[PastLine, ...]
    guarantee: GuaranteeMonth


def arrears_due(run: models.PayRun, agent_ids: Collection[int]) -> dict[int, Due | DomainError]:
    """Agent id → the differences of earlier months that nobody has settled, for those who have any mark.

    A correction run looks at its own month too. One query where there is no mark; else a constant number a month.
    """
    limit = {"month__lte" if run.kind == models.PayRun.Kind.CORRECTION else "month__lt": run.month}
    marks = models.LateChange.objects.filter(agent_id__in=agent_ids, settled_in=None, **limit)
    months: dict[Month, set[int]] = defaultdict(set)
    seen: dict[int, int] = {}
    for pk, agent_id, month in marks.order_by("pk").values_list("pk", "agent_id", "month"):
        months[month].add(agent_id)
        seen[agent_id] = pk
    again: dict[int, list[_Again]] = defaultdict(list)
    broken: dict[int, DomainError] = {}
    for month in sorted(months):
        for agent_id, found in _month_again(run, month, months[month]).items():
            if isinstance(found, DomainError):
                broken.setdefault(agent_id, found)
            else:
                again[agent_id].append(found)
    return {agent_id: broken.get(agent_id) or _due(again[agent_id], mark) for agent_id, mark in seen.items()}


def _due(months: Collection[_Again], seen: int) -> Due:
    lines = tuple(line for each in months for line in each.lines)
    return Due(lines, tuple(each.guarantee for each in months), seen)


def _month_again(run: models.PayRun, month: Month, agent_ids: Collection[int]) -> dict[int, _Again | DomainError]:
    """Each person's differences of one posted month, computed from what is recorded now."""
    of_month = models.PayRun(company=run.company, month=month)
    inputs = selectors.inputs_of(of_month, agent_ids, partial(grading.judged_now, run.company_id, month))
    posted = _posted_lines(month, agent_ids)
    found: dict[int, _Again | DomainError] = {}
    for agent_id in agent_ids:
        held = inputs[agent_id]
        if isinstance(held, DomainError):
            found[agent_id] = held
            continue
        try:
            again = compute_payslip(_not_taxed_again(held.facts), held.rules)
            found[agent_id] = _Again(
                differences(month, posted[agent_id], again.lines),
                again.guarantee or GuaranteeMonth(month, ZERO, ZERO, ZERO),
            )
        except DomainError as error:
            found[agent_id] = error
    return found


def _not_taxed_again(facts: Facts) -> Facts:
    """Facts of a posted month: the separate bonus on its own payslip must not look like a second one."""
    if facts.tax is None:
        return facts
    return replace(facts, tax=replace(facts.tax, separate_bonus_paid=False))


def _posted_lines(month: Month, agent_ids: Collection[int]) -> dict[int, list[PostedLine]]:
    """Agent id → every line ever posted for a month, in whichever payslip it stands. One query."""
    rows = models.PayslipLine.objects.filter(
        payslip__agent_id__in=agent_ids, period=month, payslip__run__status__in=models.PayRun.POSTED
    ).order_by("payslip_id", "position")
    found: dict[int, list[PostedLine]] = defaultdict(list)
    for agent_id, code, kind, amount, steps in rows.values_list("payslip__agent_id", "code", "kind", "amount", "steps"):
        found[agent_id].append(PostedLine(code, Kind(kind), amount, month, tuple(Step(**each) for each in steps)))
    return found
