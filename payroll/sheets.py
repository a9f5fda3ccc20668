"""Payslips as people read them: the sheets that documents draw, pages show and files hold. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop as _

from grading import public as grading
from grading.documents.appraisal_sheet import draw_appraisal_sheet
from grading.documents.style import Bilingual, Field, Language, amount_text
from grading.jobs.models import AuditEntry
from grading.kernel.exact import exact, exact_text, shown
from grading.kernel.money import FEN_HALF_UP, ZERO
from grading.kernel.period import Month
from payroll import models
from payroll.documents import billing_statement as paper
from payroll.documents import closing_report as report
from payroll.documents.payslip import (
    TITLE,
    KpiLine,
    PayslipLine,
    PayslipSheet,
    Performance,
    TaxSoFar,
    draw_payslip,
)
from payroll.domain.arrears import PREFIX
from payroll.domain.capital_amount import capital_amount
from payroll.domain.income_tax import CODE as TAX
from payroll.domain.lines import Kind
from payroll.wording import line_name, payslip_title, reason, statement_line_name, step_text, text

_PLAN, _TIER, _DAYS = _("Pay plan"), _("Tier"), _("Paid days")
_INCOME, _ALLOWANCE = _("Income so far"), _("Allowance so far")
_PAID_IN, _DECLARED = _("Contributions so far"), _("Declared deductions so far")
_TAXABLE, _RATE = _("Taxable so far"), _("Rate and quick deduction")
_TAX_OF_YEAR, _WITHHELD = _("Tax of the year so far"), _("Withheld before")
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
            code = slip.rules[-1]["code"] if slip.rules else ""
            yield PayslipView(slip, views[slip.agent_id], names.get(code, Bilingual(code, code)))


def _plan_names(company: grading.Company) -> dict[str, Bilingual]:
    rows = models.PlanVersion.objects.filter(company=company).order_by("effective_from", "revision")
    return {
        code: Bilingual(name_zh or code, name_en or code)
        for code, name_zh, name_en in rows.values_list("code", "name_zh", "name_en")
    }


def payslip_sheet(view: PayslipView) -> PayslipSheet:
    """Everything that stands on the printed payslip. A correction pays for no grade, so it shows none."""
    slip, person = view.payslip, view.grading.person
    is_correction = slip.kind == models.PayRun.Kind.CORRECTION
    company = slip.run.company
    lines = list(slip.lines.all())
    employer = tuple(_line(line, slip.month) for line in lines if line.kind == Kind.EMPLOYER)
    return PayslipSheet(
        number=slip.number,
        title=Bilingual(
            payslip_title(slip.kind, "zh") or TITLE.zh,
            payslip_title(slip.kind, "en") or TITLE.en,
        ),
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
        tax=_tax_so_far(lines),
        performance=None if is_correction else _performance(view.grading),
        notices=_notices(slip),
    )


def _notices(slip: models.Payslip) -> tuple[Bilingual, ...]:
    """What a payslip must say of itself: that it corrects, and, computed under no law, what is not part of it."""
    is_correction = slip.kind == models.PayRun.Kind.CORRECTION
    keys = (*(["correction"] if is_correction else []), *(["no_statutory"] if slip.tax_year is None else []))
    return tuple(Bilingual(text(key, "zh"), text(key, "en")) for key in keys)


def names_its_month(line: models.PayslipLine, month: Month) -> bool:
    """Whether a line says which month it is for: an earlier one, or any month that is corrected."""
    return line.period != month or line.code.startswith(PREFIX)


def _tax_so_far(lines: Iterable[models.PayslipLine]) -> TaxSoFar | None:
    """The year's income tax as withholding reckons it, from the steps that explain the line; None where the payment is
    taxed alone.
    """
    steps = {step["code"]: step for line in lines if line.code == TAX for step in line.steps}
    if "tax.income" not in steps:
        return None
    income = steps["tax.income"]["values"]
    allowance = next((step["amount"] for code, step in steps.items() if code.startswith("tax.allowance")), None)
    paid_in = steps["tax.deductions"]["values"] if "tax.deductions" in steps else {}
    reckoned = steps.get("tax.cumulative") or steps["tax.nothing_taxable"]
    held = steps.get("tax.withheld") or steps["tax.no_refund"]
    offered = (
        (_INCOME, _amount(income["cumulative"])),
        (_ALLOWANCE, _amount(allowance)),
        (_PAID_IN, _amount(paid_in.get("contributions"))),
        (_DECLARED, _amount(paid_in.get("declared"))),
        (_TAXABLE, _amount(reckoned["values"]["taxable"])),
        (_RATE, _rate(reckoned["values"])),
        (_TAX_OF_YEAR, _amount(reckoned["amount"])),
        (_WITHHELD, _amount(held["values"]["withheld"])),
    )
    return TaxSoFar(income["year"], tuple(Field(grading.both(label), value) for label, value in offered if value))


def _rate(values: Mapping[str, str]) -> str:
    """The band's rate and what comes off once, as 10% − 2,520.00; empty when nothing is taxable."""
    if "rate" not in values:
        return ""
    percent = grading.percent_text(values["rate"])
    return f"{percent} \N{MINUS SIGN} {_amount(values['quick'])}" if exact(values["quick"]) else percent


def _amount(value: str | None) -> str:
    """An exact number of a step as yuan with two places; empty when there is none."""
    return "" if value is None else amount_text(FEN_HALF_UP(exact(value)))


def _line(line: models.PayslipLine, month: Month) -> PayslipLine:
    return PayslipLine(
        name=Bilingual(line_name(line.code, "zh"), line_name(line.code, "en")),
        amount=line.amount,
        reason=Bilingual(reason(line.steps, "zh"), reason(line.steps, "en")),
        period=grading.month_name(line.period) if names_its_month(line, month) else None,
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
        "kind": slip.kind,
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
        "values": _by_name(step["values"]),
    }


def _by_name(kept: Any) -> Any:
    """What was kept as JSON, its keys in order of name: PostgreSQL gives back the shortest first, SQLite as written."""
    if isinstance(kept, dict):
        return {name: _by_name(kept[name]) for name in sorted(kept)}
    return [_by_name(each) for each in kept] if isinstance(kept, list) else kept


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
        "qa": _by_name(appraisal.qa),
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


# --- Billing statements -----------------------------------------------------------------------------------------------

_SHOP, _CLIENT, _CONTRACT, _ISSUED = _("Shop"), _("Client"), _("Contract"), _("Issued on")


def statement_sheet(
    statement: models.BillingStatement, lines: Sequence[models.BillingStatementLine]
) -> paper.StatementSheet:
    """Everything that stands on a printed billing statement. One without a number is a draft."""
    client = Bilingual(statement.client_zh, statement.client_en)
    facts = [
        Field(grading.both(_CLIENT), client),
        Field(grading.both(_SHOP), statement.shop),
        Field(grading.both(_CONTRACT), statement.contract),
    ]
    if statement.number:
        facts.append(Field(grading.both(_ISSUED), localtime(statement.issued_at).date().isoformat()))
    return paper.StatementSheet(
        number=statement.number or None,
        company=grading.company_name(statement.company),
        client=client,
        period=grading.month_name(statement.month),
        facts=tuple(facts),
        lines=tuple(
            paper.StatementLine(
                name=Bilingual(statement_line_name(line.code, "zh"), statement_line_name(line.code, "en")),
                agent=f"{line.agent_no} {line.agent_name}".strip(),
                amount=line.amount,
                reason=Bilingual(reason(line.steps, "zh"), reason(line.steps, "en")),
            )
            for line in lines
        ),
        total=statement.total,
        total_in_words=capital_amount(statement.total),
    )


def statement_pdf(
    statement: models.BillingStatement, lines: Sequence[models.BillingStatementLine], lang: Language = "both"
) -> bytes:
    """The billing statement as PDF. Raises MissingGlyph for a character that no embedded face has."""
    return paper.draw_statement(statement_sheet(statement, lines), lang)


def statement_json(statement: models.BillingStatement, lines: Sequence[models.BillingStatementLine]) -> dict[str, Any]:
    """One billing statement as scripts read it; amounts are text, ``number`` is null while it is a draft."""
    return {
        "contract": statement.contract,
        "number": statement.number or None,
        "client_zh": statement.client_zh,
        "client_en": statement.client_en,
        "shop": statement.shop,
        "total": str(statement.total),
        "lines": [
            {
                "code": line.code,
                "agent_no": line.agent_no or None,
                "amount": str(line.amount),
                "name_zh": statement_line_name(line.code, "zh"),
                "name_en": statement_line_name(line.code, "en"),
                "steps": [step_json(step) for step in line.steps],
            }
            for line in lines
        ],
    }


# --- Closing reports --------------------------------------------------------------------------------------------------

_RUN, _STATUS, _PAY_DATE, _PEOPLE = _("Pay run"), _("Status"), _("Pay date"), _("Payslips")
_PREPARED, _APPROVED, _PAID = _("Prepared by"), _("Approved by"), _("Paid out by")
_FINGERPRINT, _AUDIT_HEAD = _("Fingerprint of what was approved"), _("Head of the audit log")
_KINDS = {"regular": _("regular"), "off_cycle": _("off-cycle"), "correction": _("correction")}
_STATUSES = {"approved": _("approved"), "paid": _("paid")}
_TOTALS = (
    ("gross", _("Gross pay")),
    ("deductions", _("Deductions")),
    ("net", _("Net pay")),
    ("employer_cost", _("Employer cost")),
)


def closing_sheet(run: models.PayRun) -> report.ClosingSheet:
    """Everything that stands on the closing report of a posted run. A constant number of queries."""
    sums = run.payslips.aggregate(people=Count("pk"), **{name: Sum(name) for name, _label in _TOTALS})
    lines = models.PayslipLine.objects.filter(payslip__run=run).values_list("kind", "code").order_by("kind", "code")
    items = lines.annotate(amount=Sum("amount"))
    order = [kind.value for kind in Kind]
    paid_by = AuditEntry.objects.filter(action="run.pay", object_type="pay_run", object_id=str(run.pk)).first()
    return report.ClosingSheet(
        number=f"{run.company.code}-{run.month}-{run.kind}-{run.sequence}".upper(),
        company=grading.company_name(run.company),
        period=grading.month_name(run.month),
        run=f"{run.month} #{run.sequence}",
        facts=(
            Field(grading.both(_RUN), grading.both(_KINDS[run.kind])),
            Field(grading.both(_STATUS), grading.both(_STATUSES[run.status])),
            Field(grading.both(_PEOPLE), str(sums["people"])),
            *([Field(grading.both(_PAY_DATE), run.pay_date.isoformat())] if run.pay_date else []),
        ),
        people=(
            _who(_PREPARED, run.prepared_by, run.prepared_at),
            _who(_APPROVED, run.approved_by, run.approved_at),
            *([_who(_PAID, paid_by.actor, run.paid_at)] if paid_by is not None else []),
        ),
        lines=(
            *(report.ReportLine(grading.both(label), sums[name] or ZERO, is_total=True) for name, label in _TOTALS),
            *(
                report.ReportLine(Bilingual(line_name(code, "zh"), line_name(code, "en")), amount)
                for _kind, code, amount in sorted(items, key=lambda each: (order.index(each[0]), each[1]))
            ),
        ),
        files=tuple(
            report.ReportFile(f"{file.file} ({file.sequence})", file.people, file.arrived or ZERO, file.sha256)
            for file in run.payment_files.annotate(
                people=Count("payments", filter=Q(payments__status="sent")),
                arrived=Sum("payments__amount", filter=Q(payments__status="sent")),
            ).order_by("sequence", "pk")
        ),
        marks=(
            Field(grading.both(_FINGERPRINT), run.fingerprint),
            Field(grading.both(_AUDIT_HEAD), run.audit_head or "—"),
        ),
    )


def _who(label: str, user: User | None, moment: datetime | None) -> Field:
    name = (user.get_full_name() or user.get_username()) if user is not None else "—"
    return Field(grading.both(label), f"{name}, {localtime(moment):%Y-%m-%d %H:%M}" if moment else name)


def closing_report_pdf(run: models.PayRun, lang: Language = "both") -> bytes:
    """The closing report of a posted run as PDF. Raises MissingGlyph for a character that no embedded face has."""
    return report.draw_closing_report(closing_sheet(run), lang)
