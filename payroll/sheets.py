"""Payslips as people read them: the sheets that documents draw, pages show and files hold. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_noop as _

from grading import public as grading
from grading.documents.appraisal_sheet import draw_appraisal_sheet
from grading.documents.style import Bilingual, Field, Language
from grading.kernel.exact import exact, exact_text, shown
from grading.kernel.period import Month
from payroll import models
from payroll.documents.payslip import KpiLine, PayslipLine, PayslipSheet, Performance, draw_payslip
from payroll.domain.capital_amount import capital_amount
from payroll.domain.lines import Kind
from payroll.wording import line_name, reason, step_text, text

_PLAN, _TIER, _DAYS = _("Pay plan"), _("Tier"), _("Paid days")
CHUNK = 250


@dataclass(frozen=True, slots=True)
class PayslipView:
    """A stored payslip with the grading it was paid by."""

    payslip: models.Payslip
    grading: grading.GradingView
    plan_name: Bilingual


def payslip_views(payslips: Sequence[models.Payslip]) -> Iterator[PayslipView]:
    """Views of payslips, in their order; those of one company and month share a constant number of queries.

    The payslips come with ``agent``, ``run__company`` and ``lines`` loaded.
    """
    for (company, month), group in groupby(payslips, key=lambda slip: (slip.run.company, slip.month)):
        mine = list(group)
        views = grading.grading_views(company, month, [slip.agent_id for slip in mine])
        names = _plan_names(company)
        for slip in mine:
            code = slip.rules[-1][0] if slip.rules else ""
            yield PayslipView(slip, views[slip.agent_id], names.get(code, Bilingual(code, code)))


def _plan_names(company: grading.Company) -> dict[str, Bilingual]:
    rows = models.PlanVersion.objects.filter(company=company).order_by("effective_from", "revision")
    return {
        code: Bilingual(name_zh or code, name_en or code)
        for code, name_zh, name_en in rows.values_list("code", "name_zh", "name_en")
    }


def payslip_sheet(view: PayslipView) -> PayslipSheet:
    """Everything that stands on the printed payslip."""
    slip, person = view.payslip, view.grading.person
    company = slip.run.company
    lines = list(slip.lines.all())
    employer = tuple(_line(line, slip.month) for line in lines if line.kind == Kind.EMPLOYER)
    return PayslipSheet(
        number=slip.number,
        company=grading.company_name(company),
        period=grading.month_name(slip.month),
        agent_name=person.name,
        agent_number=person.agent_no,
        agent=(
            *grading.agent_fields(person),
            Field(grading.both(_TIER), view.grading.tier),
            Field(grading.both(_PLAN), view.plan_name),
            Field(grading.both(_DAYS), f"{person.employed(slip.month).days} / {slip.month.days}"),
        ),
        earnings=tuple(_line(line, slip.month) for line in lines if line.kind == Kind.EARNING),
        deductions=tuple(_line(line, slip.month) for line in lines if line.kind == Kind.DEDUCTION),
        gross=slip.gross,
        deductions_total=slip.deductions,
        net=slip.net,
        net_in_words=capital_amount(slip.net),
        pay_date=slip.run.pay_date.isoformat() if slip.run.pay_date else None,
        employer=employer,
        employer_total=slip.employer_cost - slip.gross if employer else None,
        performance=_performance(view.grading),
        notices=notices(),
    )


def notices() -> tuple[Bilingual, ...]:
    """What every payslip must say: so far, that statutory deductions are not part of it."""
    key = "no_statutory"
    return (Bilingual(text(key, "zh"), text(key, "en")),)


def _line(line: models.PayslipLine, month: Month) -> PayslipLine:
    return PayslipLine(
        name=Bilingual(line_name(line.code, "zh"), line_name(line.code, "en")),
        amount=line.amount,
        reason=Bilingual(reason(line.steps, "zh"), reason(line.steps, "en")),
        period=None if line.period == month else str(line.period),
    )


def _performance(view: grading.GradingView) -> Performance | None:
    appraisal, due = view.appraisal, view.standing.next
    if appraisal is None:
        return None
    return Performance(
        kpis=tuple(
            KpiLine(
                name=grading.metric_label(kpi["metric"]),
                value=grading.measure_text(kpi["metric"], kpi["value"]),
                target=grading.target_text(kpi),
                score=grading.score_text(kpi["score"]),
                weight=grading.percent_text(kpi["weight"]),
            )
            for kpi in appraisal.kpis
        ),
        total_score="—" if appraisal.total_score is None else shown(appraisal.total_score),
        grade=appraisal.grade or "—",
        coefficient=None if appraisal.coefficient is None else grading.trimmed(appraisal.coefficient),
        tier=view.tier,
        next_tier=grading.tier_label(view.standing.ladder, due.tier.tier) if due else None,
        next_tier_from=due.eligible_on.isoformat() if due and due.eligible_on else None,
        missing=grading.still_missing(view.standing.ladder, due) if due else (),
    )


def payslip_pdf(payslip: models.Payslip, lang: Language = "both") -> bytes:
    """The payslip as PDF. Raises MissingGlyph for a character that no embedded face has."""
    return draw_payslip(payslip_sheet(next(payslip_views([payslip]))), lang)


def appraisal_pdf(appraisal: grading.Appraisal, lang: Language = "both") -> bytes:
    """The appraisal sheet as PDF. Raises MissingGlyph for a character that no embedded face has."""
    company, month = appraisal.cycle.company, appraisal.cycle.month
    view = grading.grading_views(company, month, [appraisal.agent_id])[appraisal.agent_id]
    return draw_appraisal_sheet(grading.appraisal_sheet(company, month, view), lang)


def payslip_json(slip: models.Payslip) -> dict[str, Any]:
    """One payslip as scripts read it; amounts are text."""
    return {
        "agent_no": slip.agent.agent_no,
        "name": slip.agent.name,
        "number": slip.number,
        "gross": str(slip.gross),
        "deductions": str(slip.deductions),
        "net": str(slip.net),
        "employer_cost": str(slip.employer_cost),
        "lines": [_line_json(line) for line in slip.lines.all()],
    }


def _line_json(line: models.PayslipLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "kind": line.kind,
        "amount": str(line.amount),
        "period": str(line.period),
        "name_zh": line_name(line.code, "zh"),
        "name_en": line_name(line.code, "en"),
        "steps": [step_json(step) for step in line.steps],
    }


def step_json(step: Mapping[str, Any]) -> dict[str, Any]:
    """One step with its sentence in both languages and the values behind it."""
    return {
        "code": step["code"],
        "text_zh": step_text(step, "zh"),
        "text_en": step_text(step, "en"),
        "amount": step["amount"],
        "values": step["values"],
    }


def appraisal_json(appraisal: grading.Appraisal, agent_no: str) -> dict[str, Any]:
    """One appraisal as scripts read it; scores are exact text, to ten decimals where they never end."""
    return {
        "agent_no": agent_no,
        "total_score": _number(appraisal.total_score),
        "grade": appraisal.grade or None,
        "coefficient": _number(appraisal.coefficient),
        "kpis": [
            {
                "metric": kpi["metric"],
                **{
                    name: None if kpi[name] is None else exact_text(exact(kpi[name]))
                    for name in ("value", "score", "weight", "weighted")
                },
            }
            for kpi in appraisal.kpis
        ],
        "qa": appraisal.qa,
        "rank": appraisal.rank,
        "ranked_among": appraisal.ranked_among,
    }


def _number(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def totals(payslips: Iterable[models.Payslip]) -> dict[str, Decimal]:
    """Gross, deductions, net and employer cost of payslips together."""
    names = ("gross", "deductions", "net", "employer_cost")
    held = list(payslips)
    return {name: sum((getattr(slip, name) for slip in held), Decimal("0.00")) for name in names}
