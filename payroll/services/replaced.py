"""Lines of drafts that a later calculation replaces, kept until the run is approved: what changed since a review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from grading import public as grading
from grading.jobs.bulk import copy_in
from grading.kernel.money import ZERO
from payroll import models
from payroll.domain.lines import Kind
from payroll.domain.review import Amount, PersonChange, line_changes, net_of

COLUMNS = ("run_id", "agent_id", "fingerprint", "code", "kind", "amount", "period")


def replaced_note(run: models.PayRun, gone: Collection[int], come: Collection[int]) -> None:
    """Keep the lines of drafts that are about to go; of people who had none, that they had none.

    Nothing is kept until the run was calculated once: nobody can have reviewed it before.
    """
    if not run.fingerprint or not (gone or come):
        return
    lines = models.PayslipLine.objects.filter(payslip__run=run, payslip__agent_id__in=list(gone)).order_by("pk")
    kept = lines.values_list("payslip__agent_id", "code", "kind", "amount", "period")
    none = [(agent_id, "", "", ZERO, run.month) for agent_id in come if agent_id not in set(gone)]
    copy_in(
        models.ReplacedLine,
        COLUMNS,
        ((run.pk, agent_id, run.fingerprint, *line) for agent_id, *line in (*kept, *none)),
    )


def replaced_since(run: models.PayRun, reviewed: str) -> tuple[PersonChange, ...]:
    """Whose pay is another one than when the run had the reviewed fingerprint, by agent number. Four queries.

    Empty for a fingerprint that the run never had.
    """
    rows = models.ReplacedLine.objects.filter(run=run).order_by("pk")
    first = rows.filter(fingerprint=reviewed).values_list("pk", flat=True).first()
    if first is None:
        return ()
    before: dict[int, list[Amount]] = {}
    under: dict[int, str] = {}
    columns = ("agent_id", "fingerprint", "code", "kind", "period", "amount")
    for agent_id, fingerprint, code, kind, period, amount in rows.filter(pk__gte=first).values_list(*columns):
        if under.setdefault(agent_id, fingerprint) != fingerprint:
            continue  # replaced again later: what counts is what the reviewer saw
        held = before.setdefault(agent_id, [])
        if code:
            held.append(Amount(code, Kind(kind), period, amount))
    after = lines_of(run, before)
    agents = grading.Agent.objects.filter(pk__in=list(before)).order_by("agent_no")
    changes = (_change(agent, before[agent.pk], after.get(agent.pk, [])) for agent in agents)
    return tuple(change for change in changes if change.lines)


def replaced_last(run: models.PayRun) -> tuple[PersonChange, ...]:
    """Whose pay is another one than before the calculation that last changed anybody's. Five queries."""
    notes = models.ReplacedLine.objects.filter(run=run).order_by("-pk")
    before = notes.values_list("fingerprint", flat=True).first()
    return () if before is None else replaced_since(run, before)


def lines_of(run: models.PayRun, agent_ids: Collection[int]) -> dict[int, list[Amount]]:
    """Agent id → the lines of the payslips of a run. One query."""
    found: dict[int, list[Amount]] = defaultdict(list)
    rows = models.PayslipLine.objects.filter(payslip__run=run, payslip__agent_id__in=list(agent_ids))
    columns = ("payslip__agent_id", "code", "kind", "period", "amount")
    for agent_id, code, kind, period, amount in rows.order_by("payslip_id", "position").values_list(*columns):
        found[agent_id].append(Amount(code, Kind(kind), period, amount))
    return found


def _change(agent: grading.Agent, before: list[Amount], after: list[Amount]) -> PersonChange:
    return PersonChange(
        agent_no=agent.agent_no,
        name=agent.name,
        net_before=net_of(before) if before else None,
        net_after=net_of(after) if after else None,
        lines=line_changes(before, after),
    )
