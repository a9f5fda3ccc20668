"""Everything that is known of one person's pay for a month: each payslip with its lines and the rules behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from grading import public as grading
from grading.kernel.errors import DomainError, RecordedError
from grading.kernel.period import Month, Span
from payroll import models, month_folder
from payroll.domain.law_rows import LawRow, law_rows
from payroll.selectors.kept import KeptDocument, documents_kept


class UnknownAgent(DomainError):
    """An agent number that the company does not have."""

    code = "payroll.unknown_agent"
    template = "'{company}' has no agent '{agent}'. Correct the number, or load agents.csv."


class NoPayslip(DomainError):
    """Somebody without a payslip of the month, and without a reason why not."""

    code = "payroll.no_payslip"
    template = "Agent {agent} has no payslip of {month}. Run the month first, or correct the month."


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A document behind a payslip. ``plan`` is the plan's version; of the law ``rows`` are those that held."""

    code: str
    fingerprint: str
    held_from: str
    """A plan's first day for this person and month; empty for the law."""
    plan: models.PlanVersion | None
    rows: tuple[LawRow, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One payslip with its lines loaded, and the rules it was computed with."""

    payslip: models.Payslip
    rules: tuple[RuleTold, ...]


def payslips_explain(company: grading.Company, agent_no: str, month: Month) -> tuple[Explained, ...]:
    """The person's payslips of a month, of every kind of run, oldest first; drafts among them.

    Raises UnknownAgent, NoPayslip, and for somebody who is parked the coded reason why.
    """
    agent = grading.Agent.objects.filter(company=company, agent_no=agent_no).first()
    if agent is None:
        raise UnknownAgent(agent=agent_no, company=company.code)
    slips = list(
        models.Payslip.objects.filter(agent=agent, month=month)
        .select_related("agent", "run__company")
        .prefetch_related("lines")
        .order_by("pk")
    )
    if not slips:
        raise _why_none(company, agent, month)
    marks = {used["fingerprint"] for slip in slips for used in slip.rules}
    documents = documents_kept(company.pk, marks)
    plans = {
        (plan.code, plan.effective_from.isoformat(), plan.fingerprint): plan
        for plan in models.PlanVersion.objects.filter(company=company, fingerprint__in=marks).select_related(
            "published_by"
        )
    }
    return tuple(Explained(slip, _rules(slip, documents, plans)) for slip in slips)


def _why_none(company: grading.Company, agent: grading.Agent, month: Month) -> DomainError:
    for parked, item in month_folder.parked(company, month):
        if parked.pk == agent.pk:
            return RecordedError(item.error_code, item.error_message, item.error_values)
    return NoPayslip(agent=agent.agent_no, month=month)


def _rules(
    slip: models.Payslip,
    documents: Mapping[str, KeptDocument],
    plans: Mapping[tuple[str, str, str], models.PlanVersion],
) -> tuple[RuleTold, ...]:
    return tuple(
        RuleTold(
            code=used["code"],
            fingerprint=used["fingerprint"],
            held_from=used["held_from"],
            plan=plans.get((used["code"], used["since"], used["fingerprint"])),
            rows=() if used["held_from"] else _rows_in_force(slip, used["code"], documents.get(used["fingerprint"])),
        )
        for used in slip.rules
    )


def _rows_in_force(slip: models.Payslip, code: str, document: KeptDocument | None) -> tuple[LawRow, ...]:
    """The rows that held in the month, of income tax on the day of payment."""
    if document is None:
        return ()
    paid_on = slip.pay_date or slip.month.last_day
    tax_day = Span(paid_on, date.fromordinal(paid_on.toordinal() + 1))
    rows: Sequence[LawRow] = law_rows(code, document.body)
    return tuple(row for row in rows if row.meets(tax_day if _is_of_tax(row) else slip.month.span))


def _is_of_tax(row: LawRow) -> bool:
    return row.parameter.startswith("income_tax.")
