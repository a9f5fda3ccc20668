"""Computing one chunk of a run's people: read, think without the database, write in one short transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from grading.jobs import services as jobs
from grading.jobs.bulk import columns_of, copy_in
from grading.jobs.memory import uncollected
from grading.kernel.errors import DomainError
from grading.kernel.snapshot import Canonical, canonical, embedded, fingerprint
from payroll import models, selectors
from payroll.domain.guards import Finding, findings
from payroll.domain.income_tax import tax_day
from payroll.domain.lines import Line
from payroll.domain.payslip import Payslip, compute_correction, compute_payslip
from payroll.errors import RunNotReady
from payroll.services.arrears import Due, arrears_due
from payroll.services.findings import findings_write
from payroll.services.law import law_keep
from payroll.services.replaced import replaced_note

Status = models.PayRun.Status
SLIP = columns_of(models.Payslip)


@dataclass(frozen=True, slots=True)
class _Draft:
    """One computed payslip before it is written."""

    agent_id: int
    slip: dict[str, object]
    """The payslip's columns."""
    lines: Sequence[tuple[Line, Canonical]]
    """Each line with its steps as they are stored."""
    findings: tuple[Finding, ...]
    rules_used: tuple[selectors.RuleUsed, ...]


@uncollected()
def run_calculate_chunk(job_id: int) -> int:
    """Compute one chunk of a run's people; returns how many it settled. May run twice, may die anywhere.

    Somebody whose inputs, rules and result are unchanged is not written again.
    """
    held = jobs.claim(job_id)
    if held is None:
        return 0
    run = models.PayRun.objects.select_related("company").get(job_id=job_id)
    inputs = selectors.inputs_of(run, held.subject_ids)
    due = arrears_due(run, held.subject_ids)
    drafts = models.Payslip.objects.filter(run=run, agent_id__in=held.subject_ids)
    before = {agent_id: hashes for agent_id, *hashes in drafts.values_list("agent_id", "input_hash", "output_hash")}

    outcomes: list[jobs.Outcome] = []
    changed: list[_Draft] = []
    for agent_id in held.subject_ids:
        outcome, draft = computed(run, agent_id, inputs[agent_id], due.get(agent_id))
        outcomes.append(outcome)
        if draft is not None and before.get(agent_id) != [outcome.input_hash, outcome.output_hash]:
            changed.append(draft)

    parked = [outcome.subject_id for outcome in outcomes if outcome.error is not None]
    with transaction.atomic():
        jobs.finish(held, outcomes)
        _require_unposted(run.pk)
        law_keep(run.company, {used.fingerprint for used in _law_used(changed)})
        stale = [agent_id for agent_id in (*parked, *(draft.agent_id for draft in changed)) if agent_id in before]
        _drafts_replace(run, stale, changed)
    return len(outcomes)


def computed(
    run: models.PayRun, agent_id: int, inputs: selectors.Inputs | DomainError, due: Due | DomainError | None
) -> tuple[jobs.Outcome, _Draft | None]:
    """One person's outcome, and the payslip unless they are parked."""
    if isinstance(inputs, DomainError):
        return jobs.Outcome(agent_id, error=inputs), None
    if isinstance(due, DomainError):
        return jobs.Outcome(agent_id, error=due), None
    facts = inputs.facts
    if due is not None:
        facts = replace(facts, past=due.lines, past_guarantees=due.guarantees)
    kept, rules_print = canonical(facts), fingerprint(inputs.rules_used)
    input_hash = fingerprint({"facts": embedded(kept), "rules": rules_print})
    is_correction = run.kind == models.PayRun.Kind.CORRECTION
    try:
        result = (compute_correction if is_correction else compute_payslip)(facts, inputs.rules)
    except DomainError as error:
        return jobs.Outcome(agent_id, input_hash, error=error), None
    lines = [(line, canonical(line.steps)) for line in result.lines]
    output_hash = fingerprint(
        [(line.code, line.kind, line.amount, line.period, embedded(steps)) for line, steps in lines]
    )
    slip = _slip(run, agent_id, inputs, result, kept)
    slip |= {
        "late_changes_seen": due.seen if due is not None else 0,
        "input_hash": input_hash,
        "rules_fingerprint": rules_print,
        "output_hash": output_hash,
    }
    looked_at = () if is_correction else findings(facts, inputs.rules, result.lines)
    return jobs.Outcome(agent_id, input_hash, output_hash), _Draft(agent_id, slip, lines, looked_at, inputs.rules_used)


def _slip(
    run: models.PayRun, agent_id: int, inputs: selectors.Inputs, result: Payslip, facts: Canonical
) -> dict[str, object]:
    taxed, month = result.taxed, result.guarantee
    suffix = "" if run.kind in models.PayRun.FULL else f"-C{run.sequence}"
    return {
        "run_id": run.pk,
        "agent_id": agent_id,
        "month": run.month,
        "kind": run.kind,
        "number": f"{run.company.code}-{run.month}-{inputs.facts.agent_no}{suffix}".upper(),
        "gross": result.gross,
        "deductions": result.deductions,
        "net": result.net,
        "employer_cost": result.employer_cost,
        "carried_forward": result.carried_forward,
        "loss_balance": result.loss_balance,
        "pay_date": run.pay_date,
        "tax_year": tax_day(inputs.facts).year if inputs.rules.law is not None else None,
        "taxable_income": taxed.income,
        "tax_contributions": taxed.contributions,
        "tax_withheld": taxed.withheld,
        "separate_bonus": taxed.separate_bonus,
        "guarantee_counted": month.counted if month else None,
        "guarantee_amount": month.guaranteed if month else None,
        "guarantee_topped_up": month.topped_up if month else None,
        "facts": facts,
        "rules": canonical(inputs.rules_used),
    }


def _law_used(drafts: Sequence[_Draft]) -> Iterator[selectors.RuleUsed]:
    """The documents of the law behind payslips; a plan has a day it held from, the law its own dates."""
    for draft in drafts:
        yield from (used for used in draft.rules_used if not used.held_from)


def _require_unposted(run_id: int) -> None:
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.is_posted:
        raise RunNotReady(run=run, status=run.status, act="calculate", needed=Status.GRADED.value)


def _drafts_replace(run: models.PayRun, stale: Collection[int], fresh: Sequence[_Draft]) -> None:
    """Drop the drafts of some agents, and write these."""
    replaced_note(run, stale, [draft.agent_id for draft in fresh])
    drafts = models.Payslip.objects.filter(run=run, agent_id__in=stale)
    models.PayslipLine.objects.filter(payslip__in=drafts).delete()
    drafts.delete()
    models.RunFinding.objects.filter(run=run, agent_id__in=stale).delete()
    copy_in(models.Payslip, SLIP, ([draft.slip[column] for column in SLIP] for draft in fresh))
    agents = [draft.agent_id for draft in fresh]
    keys = dict(models.Payslip.objects.filter(run=run, agent_id__in=agents).values_list("agent_id", "pk"))
    copy_in(
        models.PayslipLine,
        ("payslip_id", "position", "code", "kind", "amount", "period", "steps"),
        (
            (keys[draft.agent_id], position, line.code, line.kind.value, line.amount, line.period, steps)
            for draft in fresh
            for position, (line, steps) in enumerate(draft.lines, start=1)
        ),
    )
    findings_write(run.pk, ((draft.agent_id, finding) for draft in fresh for finding in draft.findings))
