"""Whether a calculated run is still what its inputs and rules come to, asked before it is approved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.apps import apps
from django.db.models import Model

from grading import public as grading
from grading.jobs import services as jobs
from grading.jobs.checksum import checksums
from grading.kernel.errors import DomainError
from grading.kernel.snapshot import fingerprint
from payroll import models, selectors
from payroll.domain.lines import Line
from payroll.domain.review import Amount, PersonChange, line_changes, net_of
from payroll.errors import GradesChanged, HistoryChanged, InputsChanged, RecordedSince
from payroll.services.arrears import arrears_due
from payroll.services.calculation import computed
from payroll.services.replaced import lines_of
from payroll.statutory import law_in_force

NOT_PAID_FROM: tuple[type[Model], ...] = (
    # What calculating, reviewing and paying a run write.
    models.PayRun,
    models.Payslip,
    models.PayslipLine,
    models.RunFinding,
    models.RunReview,
    models.PayslipComparison,
    models.PayslipVariance,
    models.ReplacedLine,
    models.PaymentFile,
    models.Payment,
    models.LawDocument,
    # What is billed to shops, and where money and declarations go.
    models.BillingContract,
    models.ShopAssignment,
    models.BillingMeasure,
    models.BillingStatement,
    models.BillingStatementLine,
    models.ExportSettings,
    models.PayProfile,
)
PAID_FROM: tuple[type[Model], ...] = (
    *(table for table in apps.get_app_config("payroll").get_models() if table not in NOT_PAID_FROM),
    grading.Appraisal,
    grading.MetricTally,
)
NAMED = 20
"""People named in a sentence; the differences themselves name everybody."""
RECHECKED = 2_000
"""People of a run who are computed again while somebody waits for an answer: some ten seconds."""


def paid_from_now(run: models.PayRun) -> dict[str, str]:
    """Table → checksum of what calculating a run reads besides what judging read, as it is recorded now."""
    of_month = [table for table in PAID_FROM if table is not models.LateChange]
    law = law_in_force(run.company)
    return {
        **checksums(of_month, run.company_id, run.month),
        **checksums([models.LateChange], run.company_id, None),
        "law": fingerprint({code: mark for code, (mark, _body) in law.documents.items()}) if law is not None else "",
    }


def recorded_since_calculated(run: models.PayRun) -> list[str]:
    """The tables that anything was recorded in since a run was graded and calculated; ``law`` for the law.

    As long as there is none, a run is what its facts and rules come to, and nobody is computed again to know it.
    """
    before = {**run.judged_from, **run.paid_from}
    now = {**grading.judged_from_now(run.company_id, run.month), **paid_from_now(run)}
    return [name for name, said in now.items() if before.get(name) != said]


def require_as_calculated(run: models.PayRun) -> None:
    """Refuse a run that is not what its facts and rules come to by now. Where nothing was recorded, nobody is computed.

    Raises HistoryChanged, GradesChanged or InputsChanged with the differences; RecordedSince without them where the
    people are too many to wait for, and running again tells who changed. A correction is of other months, whose facts
    have no checksums: its people are always computed again.
    """
    is_correction = run.kind == models.PayRun.Kind.CORRECTION
    overtaken = selectors.overtaken(run)
    tables = [] if is_correction else recorded_since_calculated(run)
    if not (is_correction or overtaken or tables):
        return
    if not is_correction and run.payslips.count() > RECHECKED:
        raise RecordedSince(run=run, tables=", ".join(tables) or models.Payslip._meta.label_lower)
    changes = changed_since_calculated(run)
    if overtaken:
        raise HistoryChanged(changes=changes, count=len(overtaken), run=run, agents=", ".join(overtaken))
    regraded = [] if is_correction else selectors.regraded(run)
    if regraded:
        raise GradesChanged(changes=changes, count=len(regraded), run=run, agents=", ".join(regraded))
    if changes:
        raise InputsChanged(changes=changes, count=len(changes), run=run, agents=_named(changes))


def _named(changes: tuple[PersonChange, ...]) -> str:
    numbers = [change.agent_no for change in changes[:NAMED]]
    return ", ".join([*numbers, "…"] if len(changes) > NAMED else numbers)


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
