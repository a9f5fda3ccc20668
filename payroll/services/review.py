"""Whether a calculated run is still what its inputs and rules come to, asked before it is approved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from grading import public as grading
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from payroll import models, selectors
from payroll.domain.lines import Line
from payroll.domain.review import Amount, PersonChange, line_changes, net_of
from payroll.services.arrears import arrears_due
from payroll.services.calculation import computed
from payroll.services.replaced import lines_of


def changed_since_calculated(run: models.PayRun) -> tuple[PersonChange, ...]:
    """Everybody whose payslip would be computed from other facts or rules today, with what it would come to.

    Everything is read again, in chunks of people; what they were judged by is judged again. Writes nothing.
    """
    agents = list(run.payslips.order_by("agent__agent_no").values_list("agent_id", flat=True))
    chunks = (agents[start : start + jobs.CHUNK] for start in range(0, len(agents), jobs.CHUNK))
    return tuple(change for chunk in chunks for change in _changed(run, chunk))


def _changed(run: models.PayRun, agent_ids: list[int]) -> Iterator[PersonChange]:
    is_correction = run.kind == models.PayRun.Kind.CORRECTION
    inputs = selectors.inputs_of(run, agent_ids, None if is_correction else _judge(run, agent_ids))
    due = arrears_due(run, agent_ids)
    slips = {
        slip.agent_id: slip
        for slip in run.payslips.filter(agent_id__in=agent_ids).select_related("agent").defer("facts", "rules")
    }
    found = {}
    for agent_id in agent_ids:
        outcome, draft = computed(run, agent_id, inputs[agent_id], due.get(agent_id))
        if outcome.error is not None or outcome.input_hash != slips[agent_id].input_hash:
            found[agent_id] = (outcome, draft)
    before = lines_of(run, found)
    for agent_id, (outcome, draft) in found.items():
        slip, after = slips[agent_id], [_amount(line) for line, _steps in draft.lines] if draft is not None else []
        yield PersonChange(
            agent_no=slip.agent.agent_no,
            name=slip.agent.name,
            net_before=slip.net,
            net_after=net_of(after) if draft is not None else None,
            lines=line_changes(before[agent_id], after) if draft is not None else (),
            because=outcome.error.code if outcome.error is not None else "",
        )


def _judge(run: models.PayRun, own: Collection[int]) -> selectors.Judge:
    """The people of the run judged by today's measures and scorecards; everybody else as their appraisals stand."""
    mine = frozenset(own)

    def judge(agent_ids: Collection[int]) -> Mapping[int, grading.Judged | DomainError]:
        stored = grading.judged(agent_ids, run.company_id, run.month)
        now = grading.judged_now(run.company_id, run.month, [each for each in agent_ids if each in mine])
        return stored | now

    return judge


def _amount(line: Line) -> Amount:
    return Amount(line.code, line.kind, line.period, line.amount)
