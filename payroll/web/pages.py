"""What the agents' pages show, in one language: finished texts from the same sheets that the PDFs are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from django.utils.translation import get_language, gettext_lazy

from grading import public as grading
from grading.documents.appraisal_sheet import AppraisalSheet
from grading.documents.style import Bilingual, amount_text
from payroll import models, sheets
from payroll.domain.arrears import PREFIX
from payroll.domain.contributions import EMPLOYER_PREFIX
from payroll.domain.lines import Kind
from payroll.wording import line_name, payslip_title, step_text

NOT_GRADED = "—"


def short_language() -> str:
    """``zh`` or ``en``: the language of this page."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def said(text: Bilingual | str | None, language: str) -> str:
    """A text in one language."""
    if isinstance(text, Bilingual):
        return (text.zh or text.en) if language == "zh" else (text.en or text.zh)
    return text or ""


@dataclass(frozen=True, slots=True)
class Row:
    """One payslip in the list."""

    number: str
    month: str
    kind: str
    net: str
    status: str
    is_paid: bool
    pay_date: str
    grade: str
    appraisal_month: str
    """The month of the published appraisal, for its address; empty when there is none."""


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of an explanation. ``amount`` is what it arrives at, exact."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class LineShown:
    """One printed amount with every step that led to it."""

    name: str
    amount: str
    is_negative: bool
    period: str
    steps: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind with their total."""

    title: str
    total: str
    lines: tuple[LineShown, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShareShown:
    """One side of a contribution."""

    rate: str
    amount: str


@dataclass(frozen=True, slots=True)
class ContributionShown:
    """One scheme of the month: its base, and what agent and employer pay. A side without a share is None."""

    name: str
    base: str
    own: ShareShown | None
    employer: ShareShown | None


@dataclass(frozen=True, slots=True)
class KpiShown:
    """One KPI as it reads."""

    name: str
    value: str
    target: str
    score: str
    weight: str
    weighted: str = ""


@dataclass(frozen=True, slots=True)
class LadderShown:
    """Where somebody stands on the ladder at the end of the month, and what the next tier still asks for."""

    tier: str
    next_tier: str
    next_from: str
    missing: tuple[str, ...]
    rungs: tuple[tuple[str, bool], ...] = ()
    """Every tier's name, lowest first, and whether it is the present one."""


@dataclass(frozen=True, slots=True)
class PayslipPage:
    """One payslip on the screen."""

    number: str
    month: str
    title: str
    """What it is called; empty for a regular one, which needs no name of its own."""
    company: str
    agent: str
    status: str
    pay_date: str
    net: str
    gross: str
    deductions: str
    net_in_words: str
    fields: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    contributions: tuple[ContributionShown, ...]
    tax_year: str
    tax: tuple[tuple[str, str], ...]
    """The year so far as withholding reckons it; empty where a payment is taxed alone, or not at all."""
    kpis: tuple[KpiShown, ...]
    total_score: str
    grade: str
    coefficient: str
    appraisal_month: str
    ladder: LadderShown | None
    """None on a correction, which pays for no grade."""
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppraisalPage:
    """One published appraisal on the screen."""

    number: str
    month: str
    month_code: str
    company: str
    agent: str
    total_score: str
    grade: str
    coefficient: str
    rank: str
    percentile: str
    fields: tuple[tuple[str, str], ...]
    kpis: tuple[KpiShown, ...]
    weakest: tuple[str, ...]
    warnings: tuple[str, ...]
    qa_summary: str
    qa_findings: tuple[tuple[str, str, str, str], ...]
    """Name, severity, count, note."""
    ladder: LadderShown | None


def payslip_rows(payslips: Iterable[models.Payslip], appraisals: Iterable[grading.Appraisal]) -> list[Row]:
    """The list of somebody's posted payslips, with the grades of their published appraisals."""
    language = short_language()
    grades = {(row.agent_id, row.cycle.month): row.grade for row in appraisals}
    return [
        Row(
            number=slip.number,
            month=said(grading.month_name(slip.month), language),
            kind=payslip_title(slip.kind, language),
            net=amount_text(slip.net),
            status=str(slip.run.get_status_display()),
            is_paid=slip.run.status == models.PayRun.Status.PAID,
            pay_date=_day(slip),
            grade=grades.get((slip.agent_id, slip.month)) or NOT_GRADED,
            appraisal_month=str(slip.month) if (slip.agent_id, slip.month) in grades else "",
        )
        for slip in payslips
    ]


def payslip_page(slip: models.Payslip) -> PayslipPage:
    """A payslip with every line's steps. It comes with ``agent``, ``run__company`` and ``lines`` loaded."""
    language = short_language()
    view = next(sheets.payslip_views([slip]))
    sheet = sheets.payslip_sheet(view)
    performance, appraisal = sheet.performance, view.grading.appraisal
    is_published = appraisal is not None and appraisal.published_at is not None
    return PayslipPage(
        number=sheet.number,
        month=said(sheet.period, language),
        title=payslip_title(slip.kind, language),
        company=said(sheet.company, language),
        agent=f"{sheet.agent_name} · {sheet.agent_number}",
        status=str(slip.run.get_status_display()),
        pay_date=_day(slip),
        net=amount_text(sheet.net),
        gross=amount_text(sheet.gross),
        deductions=amount_text(sheet.deductions_total),
        net_in_words=sheet.net_in_words,
        fields=tuple((said(field.label, language), said(field.value, language)) for field in sheet.agent),
        sections=_sections(slip, sheet.employer_total, language),
        contributions=_contributions(slip, language),
        tax_year=sheet.tax.year if sheet.tax else "",
        tax=tuple(
            (said(field.label, language), said(field.value, language))
            for field in (sheet.tax.fields if sheet.tax else ())
        ),
        kpis=tuple(
            KpiShown(
                said(kpi.name, language), said(kpi.value, language), said(kpi.target, language), kpi.score, kpi.weight
            )
            for kpi in (performance.kpis if performance else ())
        ),
        total_score=performance.total_score if performance else "",
        grade=performance.grade if performance else "",
        coefficient=(performance.coefficient or "") if performance else "",
        appraisal_month=str(slip.month) if is_published and performance else "",
        ladder=None if slip.kind == models.PayRun.Kind.CORRECTION else _ladder(view.grading, language),
        notices=tuple(said(notice, language) for notice in sheet.notices),
    )


def appraisal_page(row: grading.Appraisal) -> AppraisalPage:
    """A published appraisal. It comes with ``cycle__company`` loaded."""
    language = short_language()
    company, month = row.cycle.company, row.cycle.month
    view = grading.grading_views(company, month, [row.agent_id])[row.agent_id]
    sheet = grading.appraisal_sheet(company, month, view)
    return AppraisalPage(
        number=sheet.number,
        month=said(sheet.month, language),
        month_code=str(month),
        company=said(sheet.company, language),
        agent=f"{sheet.agent_name} · {sheet.agent_number}",
        total_score=sheet.total_score,
        grade=sheet.grade,
        coefficient=sheet.coefficient or "",
        rank=sheet.rank or "",
        percentile=sheet.percentile or "",
        fields=tuple((said(field.label, language), said(field.value, language)) for field in sheet.agent),
        kpis=_appraisal_kpis(sheet, language),
        weakest=tuple(said(text, language) for text in sheet.weakest),
        warnings=tuple(said(text, language) for text in sheet.warnings),
        qa_summary=said(sheet.qa_summary, language),
        qa_findings=tuple(
            (said(found.name, language), said(found.severity, language), found.count, said(found.note, language))
            for found in sheet.qa_findings
        ),
        ladder=_ladder(view, language) if sheet.tier_ladder else None,
    )


def _appraisal_kpis(sheet: AppraisalSheet, language: str) -> tuple[KpiShown, ...]:
    return tuple(
        KpiShown(
            said(kpi.name, language),
            said(kpi.value, language),
            said(kpi.target, language),
            kpi.score,
            kpi.weight,
            kpi.weighted,
        )
        for kpi in sheet.kpis
    )


_TITLES: Mapping[str, object] = {
    Kind.EARNING.value: gettext_lazy("Earnings"),
    Kind.DEDUCTION.value: gettext_lazy("Deductions"),
    Kind.EMPLOYER.value: gettext_lazy("Paid by the employer"),
}
_EMPLOYER_NOTE = gettext_lazy("Not part of gross or net pay.")


def _sections(slip: models.Payslip, employer_total: Decimal | None, language: str) -> tuple[Section, ...]:
    lines = list(slip.lines.all())
    totals = {Kind.EARNING: slip.gross, Kind.DEDUCTION: slip.deductions, Kind.EMPLOYER: employer_total}
    found = []
    for kind, total in totals.items():
        mine = [line for line in lines if line.kind == kind.value]
        if mine or kind is not Kind.EMPLOYER:
            found.append(
                Section(
                    title=str(_TITLES[kind.value]),
                    total=amount_text(total or Decimal("0.00")),
                    lines=_lines(mine, slip, language),
                    note=str(_EMPLOYER_NOTE) if kind is Kind.EMPLOYER else "",
                )
            )
    return tuple(found)


def _lines(lines: Sequence[models.PayslipLine], slip: models.Payslip, language: str) -> tuple[LineShown, ...]:
    return tuple(
        LineShown(
            name=line_name(line.code, language),
            amount=amount_text(line.amount),
            is_negative=line.amount < 0,
            period=said(grading.month_name(line.period), language) if sheets.names_its_month(line, slip.month) else "",
            steps=tuple(StepShown(step_text(step, language), _minus(step.get("amount") or "")) for step in line.steps),
        )
        for line in lines
    )


def _contributions(slip: models.Payslip, language: str) -> tuple[ContributionShown, ...]:
    """The month's schemes, both sides beside each other. A scheme in two parts, such as the fund, has two rows."""
    sides: dict[str, tuple[list[models.PayslipLine], list[models.PayslipLine]]] = {}
    for line in slip.lines.all():
        if any(step["code"].startswith("contribution.") for step in line.steps) and not line.code.startswith(PREFIX):
            own, employer = sides.setdefault(line.code.removeprefix(EMPLOYER_PREFIX), ([], []))
            (employer if line.kind == Kind.EMPLOYER else own).append(line)
    return tuple(
        ContributionShown(
            name=line_name(scheme, language),
            base=amount_text(Decimal(_rate_values(mine or theirs)["base"])),
            own=_share(mine),
            employer=_share(theirs),
        )
        for scheme, (own, employer) in sides.items()
        for mine, theirs in zip_longest(own, employer)
    )


def _share(line: models.PayslipLine | None) -> ShareShown | None:
    if line is None:
        return None
    return ShareShown(grading.percent_text(_rate_values(line)["rate"]), amount_text(line.amount))


def _rate_values(line: models.PayslipLine) -> Mapping[str, str]:
    found: Mapping[str, str] = next(
        step["values"] for step in line.steps if step["code"].startswith("contribution.rate")
    )
    return found


def _minus(exact: str) -> str:
    return exact.replace("-", "\N{MINUS SIGN}")


def _ladder(view: grading.GradingView, language: str) -> LadderShown:
    ladder, due = view.standing.ladder, view.standing.next
    return LadderShown(
        tier=said(view.tier, language),
        next_tier=said(grading.tier_label(ladder, due.tier.tier), language) if due else "",
        next_from=due.eligible_on.isoformat() if due and due.eligible_on else "",
        missing=tuple(said(text, language) for text in grading.still_missing(ladder, due)) if due else (),
        rungs=tuple(
            (said(grading.tier_label(ladder, rung.tier), language), rung.tier == view.standing.tier)
            for rung in ladder.tiers
        ),
    )


def _day(slip: models.Payslip) -> str:
    return slip.run.pay_date.isoformat() if slip.run.pay_date else ""
