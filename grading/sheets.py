"""Rows of grading as people read them: the sheets that documents draw and pages show. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop as _

from grading import models
from grading.documents.appraisal_sheet import AppraisalKpi, AppraisalSheet, LadderView, QaFinding, Rung
from grading.documents.style import Bilingual, Field
from grading.domain.ladder import Eligibility, Lack, Ladder
from grading.domain.person import Person
from grading.kernel.exact import exact, shown
from grading.kernel.period import Month, whole_months
from grading.rulebook import qa_codes
from grading.selectors import Standing, standings
from grading.wording import filled, in_language, measure_words, metric_name, trimmed

ROLES: Mapping[str, str] = {
    "pre_sales": _("pre-sales"),
    "after_sales": _("after-sales"),
    "comprehensive": _("comprehensive"),
    "call_centre": _("call centre"),
}
_LACKS: Mapping[Lack, str] = {
    Lack.TENURE: _("{required} months of service ({reached} reached), not before {eligible_on}"),
    Lack.PREVIOUS_TIER: _("tier {previous} first"),
    Lack.TIER_START: _("a recorded first day on the tier before"),
    Lack.AVERAGE_SCORE: _("an average score of at least {minimum}"),
}
_CHECKLIST = _("{count} qualities confirmed by a manager, and the approval")
_REWEIGHTED = _("{metric} has no value; the other KPIs carry its weight")
_CALIBRATED = _("Grade {grade} by the score alone; calibration decided {held}")
_NOT_RATED = _("No KPI has a value: this month is not rated")
_QA_SUMMARY = _("{fatal} fatal and {non_fatal} non-fatal errors")
_ESCALATED = _("of these {count} became fatal by repetition")
_FATAL, _NON_FATAL = _("fatal"), _("non-fatal")
_MONTHS = _("{months} months")
_TEAM, _DEPARTMENT, _ROLE, _HIRE_DATE = _("Team"), _("Department"), _("Role"), _("Hire date")
_WEAK = _("{metric}: score {score}")


def both(message: str, **values: object) -> Bilingual:
    """A catalogue message in both languages; values that are Bilingual themselves are filled by language."""

    def one(language: str) -> str:
        mine = {
            name: (value.zh if language == "zh" else value.en) if isinstance(value, Bilingual) else value
            for name, value in values.items()
        }
        return filled(in_language(message, language), mine)

    return Bilingual(one("zh"), one("en"))


def month_name(month: Month) -> Bilingual:
    """2026年10月, October 2026."""
    return Bilingual(f"{month.year}年{month.month}月", f"{month.first_day:%B} {month.year}")


def metric_label(metric: str) -> Bilingual:
    """A metric's name in both languages."""
    return Bilingual(metric_name(metric, "zh"), metric_name(metric, "en"))


def company_name(company: models.Company) -> Bilingual:
    """The company's name in both languages; the one that is there stands in for the other."""
    return Bilingual(company.name_zh, company.name_en or company.name_zh)


def measure_text(metric: str, value: str | None) -> Bilingual | str:
    """A stored exact measure as people read it, with its unit; a dash when there is none."""
    if value is None:
        return "—"
    number = exact(value)
    return _one(Bilingual(measure_words(metric, number, "zh"), measure_words(metric, number, "en")))


def _one(text: Bilingual) -> Bilingual | str:
    """A text that reads the same in both languages is written once."""
    return text.zh if text.zh == text.en else text


def target_text(kpi: Mapping[str, Any]) -> Bilingual | str:
    """What full marks ask for: the target, or the range of the best band."""
    scoring = kpi["scoring"]
    if "target" in scoring:
        return measure_text(kpi["metric"], scoring["target"])
    edges = scoring["bands"]["edges"]
    best = max(range(len(edges)), key=lambda place: exact(edges[place][1]))
    ends = edges[best : best + 2]

    def one(language: str) -> str:
        start, end = [*(measure_words(kpi["metric"], exact(edge[0]), language) for edge in ends), ""][:2]
        if not end:
            return f"≥ {start}"
        return f"< {end}" if best == 0 else f"{start} – < {end}"

    return _one(Bilingual(one("zh"), one("en")))


def score_text(stored: str | None) -> str:
    """A stored exact score with two decimals; a dash when there is none."""
    return "—" if stored is None else shown(exact(stored))


def percent_text(stored: str) -> str:
    """A stored weight as percent, without idle zeros."""
    return f"{trimmed(exact(stored) * 100)}%"


def tier_label(ladder: Ladder, code: str | None) -> Bilingual:
    """A tier's name on its ladder; the code itself when the ladder does not have it."""
    for tier in ladder.tiers:
        if tier.tier == code:
            return Bilingual(tier.name_zh, tier.name_en or tier.name_zh)
    return Bilingual(code or "—", code or "—")


def still_missing(ladder: Ladder, due: Eligibility) -> tuple[Bilingual, ...]:
    """What the next tier still asks for, a sentence each; people's part comes last."""
    sentences = [
        both(
            _LACKS[lack],
            required=due.tier.tenure_months,
            reached=due.tenure_months,
            eligible_on=due.eligible_on or "—",
            previous=tier_label(ladder, due.tier.previous),
            minimum=trimmed(ladder.min_average_score or Fraction(0)),
        )
        for lack in due.lacks
    ]
    if due.tier.checklist:
        sentences.append(both(_CHECKLIST, count=len(due.tier.checklist)))
    return tuple(sentences)


@dataclass(frozen=True, slots=True)
class GradingView:
    """One agent's month as documents and pages show it. ``appraisal`` is None for somebody who is not graded."""

    person: Person
    standing: Standing
    appraisal: models.Appraisal | None

    @property
    def tier(self) -> Bilingual:
        return tier_label(self.standing.ladder, self.standing.tier)


def grading_views(company: models.Company, month: Month, agent_ids: Sequence[int]) -> dict[int, GradingView]:
    """Agent id → view, as of the month's last day. A constant number of queries."""
    rows = models.Appraisal.objects.filter(
        cycle__company=company, cycle__month=month, agent_id__in=agent_ids
    ).select_related("scorecard")
    appraisals = {row.agent_id: row for row in rows}
    return {
        agent_id: GradingView(standing.person, standing, appraisals.get(agent_id))
        for agent_id, standing in standings(company.pk, list(agent_ids), month.last_day).items()
    }


def agent_fields(person: Person) -> tuple[Field, ...]:
    """The agent block of a document."""
    return (
        Field(both(_DEPARTMENT), person.department or "—"),
        Field(both(_TEAM), person.team_name or "—"),
        Field(both(_ROLE), both(ROLES.get(person.role, person.role))),
        Field(both(_HIRE_DATE), person.hire_date.isoformat()),
    )


def appraisal_sheet(company: models.Company, month: Month, view: GradingView) -> AppraisalSheet:
    """The appraisal sheet of somebody who was judged."""
    appraisal, person = view.appraisal, view.person
    assert appraisal is not None  # noqa: S101  the caller asks only for judged agents
    missing = [kpi["metric"] for kpi in appraisal.kpis if kpi["value"] is None]
    warnings = [both(_REWEIGHTED, metric=metric_label(metric)) for metric in missing]
    if appraisal.total_score is None:
        warnings = [both(_NOT_RATED)]
    if appraisal.computed_grade:
        warnings.append(both(_CALIBRATED, grade=appraisal.computed_grade, held=appraisal.grade))
    rank, percentile = appraisal.rank, None
    if rank is not None and appraisal.ranked_among > 1:
        percentile = f"{trimmed(Fraction(100 * (appraisal.ranked_among - rank), appraisal.ranked_among - 1))}%"
    return AppraisalSheet(
        number=appraisal_number(company, month, person.agent_no),
        company=company_name(company),
        month=month_name(month),
        agent_name=person.name,
        agent_number=person.agent_no,
        agent=agent_fields(person),
        kpis=tuple(
            AppraisalKpi(
                name=metric_label(kpi["metric"]),
                value=measure_text(kpi["metric"], kpi["value"]),
                target=target_text(kpi),
                score=score_text(kpi["score"]),
                weight=percent_text(kpi["weight"]),
                weighted=score_text(kpi["weighted"]),
            )
            for kpi in appraisal.kpis
        ),
        total_score="—" if appraisal.total_score is None else shown(appraisal.total_score),
        grade=appraisal.grade or "—",
        coefficient=None if appraisal.coefficient is None else trimmed(appraisal.coefficient),
        rank=None if rank is None else f"{rank} / {appraisal.ranked_among}",
        percentile=percentile,
        weakest=_weakest(appraisal),
        warnings=tuple(warnings),
        qa_summary=_qa_summary(appraisal.qa),
        qa_findings=_qa_findings(appraisal.qa),
        tier_ladder=ladder_view(view, month),
    )


def appraisal_number(company: models.Company, month: Month, agent_no: str) -> str:
    """The printed number of an appraisal sheet."""
    return f"{company.code}-{month}-{agent_no}-A".upper()


def ladder_view(view: GradingView, month: Month) -> LadderView | None:
    """The ladder with the agent's rung; None for somebody without a tier of it."""
    ladder, tier, due = view.standing.ladder, view.standing.tier, view.standing.next
    codes = [rung.tier for rung in ladder.tiers]
    if tier not in codes:
        return None
    since = [day for day, held in view.person.tiers.values if held == tier and day <= month.last_day]
    served = whole_months(view.person.hire_date, month.last_day)
    return LadderView(
        rungs=tuple(
            Rung(str(place), tier_label(ladder, rung.tier)) for place, rung in enumerate(ladder.tiers, start=1)
        ),
        current=codes.index(tier),
        tenure=both(_MONTHS, months=served),
        time_in_tier=both(_MONTHS, months=whole_months(since[-1], month.last_day)) if since else None,
        next_name=tier_label(ladder, due.tier.tier) if due else None,
        next_from=due.eligible_on.isoformat() if due and due.eligible_on else None,
        missing=still_missing(ladder, due) if due else (),
    )


def _weakest(appraisal: models.Appraisal) -> tuple[Bilingual, ...]:
    """Up to three KPIs below full marks, the lowest scores first (seed RQ-051: agents see what to improve)."""
    scored = [(exact(kpi["score"]), kpi["metric"]) for kpi in appraisal.kpis if kpi["value"] is not None]
    below = sorted(each for each in scored if each[0] < 100)
    return tuple(both(_WEAK, metric=metric_label(metric), score=shown(score)) for score, metric in below[:3])


def _qa_summary(qa: Mapping[str, Any]) -> Bilingual | None:
    return both(_QA_SUMMARY, fatal=qa["fatal"], non_fatal=qa["non_fatal"]) if qa else None


def _qa_findings(qa: Mapping[str, Any]) -> tuple[QaFinding, ...]:
    known = qa_codes()
    return tuple(
        QaFinding(
            name=Bilingual(f"{code} {known[code].name_zh}", f"{code} {known[code].name_en}"),
            severity=both(_FATAL if known[code].is_fatal else _NON_FATAL),
            count=str(count),
            note=_escalation(qa) if count > 2 and not known[code].is_fatal else None,
        )
        for code, count in qa.get("by_code", {}).items()
        if code in known
    )


def _escalation(qa: Mapping[str, Any]) -> Bilingual | None:
    return both(_ESCALATED, count=qa["escalated"]) if qa.get("escalated") else None
