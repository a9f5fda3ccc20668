"""Targets beside history: which ones nobody, hardly anybody or everybody reached. Warns, never stops (seed RQ-052)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Max
from django.utils.translation import gettext_noop as _

from grading import models
from grading.documents.style import Bilingual
from grading.domain.plausibility import Plausibility, Verdict, plausibility
from grading.domain.scorecard import Scorecard, TargetSource
from grading.domain.scorecard_document import ScorecardDocument
from grading.domain.scoring import Linear
from grading.imports import wording as faults
from grading.imports.company_files import Versioned
from grading.imports.problem import Problem
from grading.kernel.exact import exact_text
from grading.sheets import both, metric_label
from grading.wording import in_language, measure_words

MONTHS = 12
"""How far back history is looked at: the newest months that have results."""
SENTENCES = {
    Verdict.NOBODY: _(
        "{metric}: none of {results} monthly results of the last {months} months reached the target {target}; "
        "the best was {best}."
    ),
    Verdict.HARDLY: _(
        "{metric}: only {reached} of {results} monthly results of the last {months} months reached the target "
        "{target}; the best was {best}."
    ),
    Verdict.EVERYBODY: _(
        "{metric}: all {results} monthly results of the last {months} months reached the target {target}: "
        "it tells nobody apart."
    ),
}
SOURCES = {
    TargetSource.INDUSTRY: _("source of the target: industry data"),
    TargetSource.STORE_HISTORY: _("source of the target: the shop's own history"),
    TargetSource.PLATFORM: _("source of the target: the platform's standard"),
    TargetSource.MANUAL: _("source of the target: entered by hand"),
}
_FAULTS = {
    Verdict.NOBODY: faults.TARGET_NEVER_REACHED,
    Verdict.HARDLY: faults.TARGET_HARDLY_REACHED,
    Verdict.EVERYBODY: faults.TARGET_ALWAYS_REACHED,
}


@dataclass(frozen=True, slots=True)
class DoubtfulTarget:
    """A KPI of a scorecard, from 0, whose target history speaks against. ``months`` is how many months have results."""

    place: int
    metric: str
    source: TargetSource | None
    found: Plausibility
    months: int

    def sentence(self) -> Bilingual:
        """The warning with its numbers, in both languages."""

        def measure(number: Fraction | None) -> Bilingual:
            texts = ("—" if number is None else measure_words(self.metric, number, each, 4) for each in ("zh", "en"))
            return Bilingual(*texts)

        text = both(
            SENTENCES[self.found.verdict],
            metric=metric_label(self.metric),
            reached=self.found.reached,
            results=self.found.results,
            months=self.months,
            target=measure(self.found.target),
            best=measure(self.found.best),
        )
        if self.source is None:
            return text
        source = SOURCES[self.source]
        return Bilingual(f"{text.zh}（{in_language(source, 'zh')}）", f"{text.en} ({in_language(source, 'en')})")


def doubtful_targets(company_id: int, scorecard: Scorecard) -> tuple[DoubtfulTarget, ...]:
    """The targets of a scorecard that results of its roles speak against. Two queries.

    Only linear KPIs have a target; a metric without results says nothing.
    """
    asked = {kpi.metric for kpi in scorecard.kpis if isinstance(kpi.scoring, Linear)}
    results = models.KpiResult.objects.filter(
        agent__company_id=company_id, agent__role__in=scorecard.roles, metric__in=asked
    )
    newest = results.aggregate(newest=Max("month"))["newest"]
    if newest is None:
        return ()
    values: dict[str, list[Fraction]] = defaultdict(list)
    months: dict[str, set[str]] = defaultdict(set)
    for metric, month, value in results.filter(month__gt=newest.plus(-MONTHS)).values_list("metric", "month", "value"):
        values[metric].append(value)
        months[metric].add(str(month))
    found = []
    for place, kpi in enumerate(scorecard.kpis):
        if isinstance(kpi.scoring, Linear) and kpi.direction is not None:
            judged = plausibility(kpi.scoring.target, kpi.direction, values[kpi.metric])
            if judged.is_warning:
                found.append(DoubtfulTarget(place, kpi.metric, kpi.source, judged, len(months[kpi.metric])))
    return tuple(found)


def target_notices(company: models.Company, versions: Iterable[Versioned[ScorecardDocument]]) -> list[Problem]:
    """Notices of a load for the doubtful targets of its scorecards."""
    notices = []
    for version in versions:
        for each in doubtful_targets(company.pk, version.value.scorecard):
            metric = metric_label(each.metric)
            notices.append(
                Problem.of(
                    version.file,
                    1,
                    f"kpis.{each.place}.target",
                    _FAULTS[each.found.verdict],
                    exact_text(each.found.target, 6),
                    metric=metric.en,
                    metric_zh=metric.zh,
                    reached=each.found.reached,
                    results=each.found.results,
                    months=each.months,
                    best="—" if each.found.best is None else exact_text(each.found.best, 6),
                )
            )
    return notices
