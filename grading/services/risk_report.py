"""The shop risk report: every standard of a shop's platform, what was reached, and what follows.

Reads in a constant number of queries for a company, whatever the number of its shops, and measures each period once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.contrib.auth.models import User
from django.utils.translation import gettext_noop as _

from grading import models, raw, selectors
from grading.documents.risk_report import LadderRow, PenaltyRow, RiskReport, ShopRisk, StandardRow, ThresholdLine
from grading.documents.style import Bilingual, Text, amount_text
from grading.domain.metrics.definition import Unit
from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue
from grading.domain.standards import (
    NO_BENCHMARK,
    NO_DATA,
    Condition,
    Judgement,
    Of,
    Operator,
    Override,
    Penalty,
    PlatformRules,
    PointsLadder,
    Standard,
    State,
    Violation,
    Window,
    judge,
    penalties,
)
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.period import Span
from grading.rulebook import metric_definitions, platform_rules
from grading.sheets import both, company_name, metric_label
from grading.wording import error_text, measure_words, trimmed

PLACES = 4
"""Decimals of a percentage: 89.4737 % must not read as 89.47 %, which it is above (A-19)."""
STATES: Mapping[State, str] = {
    State.MET: _("met"),
    State.BETWEEN: _("target missed"),
    State.BREACHED: _("breached"),
    State.NOT_MEASURED: _("not measured"),
}
PLATFORMS: Mapping[str, str] = {
    "pdd": _("PDD"),
    "taobao": _("Taobao"),
    "tmall": _("Tmall"),
    "jd": _("JD"),
    "alibaba": _("Alibaba"),
    "youzan": _("Youzan"),
    "douyin": _("Douyin"),
    "kuaishou": _("Kuaishou"),
    "call_centre": _("call centre"),
}
LADDERS: Mapping[str, str] = {"general": _("general violations"), "serious": _("serious violations")}
_REASONS: Mapping[str, str] = {
    NO_DATA: _("no exports of these days"),
    NOT_APPLICABLE: _("nothing happened that could be measured"),
    NO_BENCHMARK: _("no industry benchmark is entered for this day"),
}
_MISSING = _("missing: {column}")
_COUNT = _("count {operator} {number}")
_AND, _ALSO, _BESIDE = _("{one} and {other}"), _("{one}; {other}"), "{one} / {other}"
_INDUSTRY = _("industry value")
_AWAY, _BEYOND, _AT = _("{distance} away"), _("{distance} beyond"), _("at the threshold")
_PERCENTAGE_POINTS = _("{number} percentage points")
_CASES = _("cases: {number}")
_PERIODS = _("breached in {breached} of {periods} periods; the worst is shown")
_UNMEASURED = _("{count} of {periods} periods not measured")
_NO_PERIOD = _("no whole period ends in these days")
_NO_STANDARDS = _("The sources give no standards for this platform.")
_NO_PLATFORM = _("The shop has no platform. Name it in teams.csv.")
_NEXT_EVERY = _("at {points} points: {fine} CNY, {consequence}")
_NEXT_BAND = _("at {points} points: {consequence}")
_BETWEEN_FINES = _("{least} to {most} CNY")
_CNY = _("{amount} CNY")
_ESTIMATED = _(
    "Figures are estimated from the company's own exports. The platform leaves out risk data and adds others' data, "
    "so its own figures may differ."
)
_READ_BY = _("An act is judged by the rules in force on its day; points are counted by the calendar year.")
_SIGNS = {Operator.AT_LEAST: "≥", Operator.ABOVE: ">", Operator.AT_MOST: "≤", Operator.BELOW: "<", Operator.EQUAL: "="}
_WORST_FIRST = (State.BREACHED, State.BETWEEN, State.MET, State.NOT_MEASURED)


def shops_visible(user: User, day: date) -> list[models.Shop]:
    """The shops whose report a user may see: every one, or those that the teams managed on a day serve."""
    shops = models.Shop.objects.select_related("company").order_by("company__code", "code")
    if user.has_perm("grading.view_any_risk_report"):
        return list(shops)
    if not user.has_perm("grading.view_risk_report"):
        return []
    served = set(models.Team.objects.filter(shop__isnull=False).values_list("company_id", "code", "shop_id"))
    managed = set(selectors.teams_managed(user, day))
    ids = {shop_id for company_id, team, shop_id in served if (company_id, team) in managed}
    return list(shops.filter(pk__in=ids))


def benchmark_categories(shops: Iterable[models.Shop]) -> list[str]:
    """The categories that benchmarks of these shops' platforms are entered for."""
    platforms = {shop.platform for shop in shops}
    rows = models.Benchmark.objects.filter(platform__in=platforms).exclude(category="")
    return sorted(set(rows.values_list("category", flat=True)))


@dataclass(frozen=True, slots=True)
class _Period:
    """A period of one standard of one shop: the standard as it is read for the shop, and what was measured."""

    span: Span
    rules: PlatformRules
    judgement: Judgement
    measured: MetricValue | None


def risk_report(company: models.Company, shops: Sequence[models.Shop], span: Span, category: str = "") -> RiskReport:
    """The report of some of a company's shops over a span of days.

    ``category`` chooses the industry benchmarks, empty: those of the whole platform. Raises UnknownStandardReading for
    a reading of the company that its rules do not offer.
    """
    overrides = _overrides(shops, span.last_day)
    benchmarks = _benchmarks(shops, span.last_day, category)
    violations = _violations(shops, span)
    rules = {shop.pk: platform_rules(shop.platform) for shop in shops}
    measured = _measured(company, shops, rules, span)
    found = []
    for shop in shops:
        held = rules[shop.pk]
        name = both(PLATFORMS.get(shop.platform, shop.platform)) if shop.platform else Bilingual("—", "—")
        if held is None:
            hindrance = both(_NO_STANDARDS if shop.platform else _NO_PLATFORM)
            found.append(ShopRisk(shop.code, name, hindrance=hindrance))
            continue
        try:
            newest = held.on(span.last_day)
            standards = tuple(
                _standard_row(standard.metric, _judged(shop, standard, held, span, overrides, benchmarks, measured))
                for standard in newest.standards
            )
            punished = penalties([each for each, _note in violations[shop.pk]], held)
        except DomainError as error:
            texts = [error_text(error.code, error.values, language, str(error)) for language in ("zh", "en")]
            found.append(ShopRisk(shop.code, name, hindrance=Bilingual(*texts)))
            continue
        notes = {id(each): note for each, note in violations[shop.pk]}
        found.append(
            ShopRisk(
                shop.code,
                name,
                standards=standards,
                ladders=_ladder_rows(newest, punished),
                penalties=tuple(
                    _penalty_row(each, held, notes[id(each.violation)])
                    for each in punished
                    if each.violation.day >= span.start
                ),
            )
        )
    days = f"{span.start.isoformat()} – {span.last_day.isoformat()}"
    return RiskReport(
        number=f"{company.code}-{span.start:%Y%m%d}-{span.last_day:%Y%m%d}-R".upper(),
        company=company_name(company),
        span=Bilingual(days, days),
        shops=tuple(found),
        notes=(both(_ESTIMATED), both(_READ_BY)),
    )


# --- Reading --------------------------------------------------------------------------------------------------------

_Overrides = Mapping[int, Sequence[models.ShopStandard]]
_Benchmarks = Mapping[tuple[str, str], Dated[Fraction]]
_Measured = Mapping[tuple[Span, str, str], MetricValue]


def _overrides(shops: Sequence[models.Shop], day: date) -> _Overrides:
    rows = models.ShopStandard.objects.filter(shop__in=shops, effective_from__lte=day).order_by("effective_from")
    found: dict[int, list[models.ShopStandard]] = defaultdict(list)
    for row in rows:
        found[row.shop_id].append(row)
    return found


def _benchmarks(shops: Sequence[models.Shop], day: date, category: str) -> _Benchmarks:
    rows = models.Benchmark.objects.filter(
        platform__in={shop.platform for shop in shops}, day__lte=day, category=category
    ).values_list("platform", "metric", "day", "value")
    found: dict[tuple[str, str], list[tuple[date, Fraction]]] = defaultdict(list)
    for platform, metric, since, value in rows:
        found[platform, metric].append((since, value))
    return {key: Dated.of("benchmark", values) for key, values in found.items()}


def _violations(shops: Sequence[models.Shop], span: Span) -> Mapping[int, list[tuple[Violation, str]]]:
    """The violations of the calendar year up to the last day, by shop, with their notes."""
    year = date(span.last_day.year, 1, 1)
    rows = models.PlatformViolation.objects.filter(shop__in=shops, day__gte=year, day__lte=span.last_day)
    found: dict[int, list[tuple[Violation, str]]] = defaultdict(list)
    for row in rows.order_by("day", "pk"):
        act = Violation(row.day, row.kind, count=row.count, points=row.points, amount=row.amount)
        found[row.shop_id].append((act, row.note))
    return found


def _periods(standard: Standard, rules: Dated[PlatformRules], span: Span) -> Iterable[tuple[Span, PlatformRules]]:
    """The standard's periods that end in the span, each cut to the days of the rules in force at its end."""
    for period in standard.window.periods(span):
        begun = [since for since, _held in rules.values if since <= period.last_day]
        if begun:
            yield Span(max(period.start, begun[-1]), period.end), rules.on(period.last_day)


def _measured(
    company: models.Company,
    shops: Sequence[models.Shop],
    rules: Mapping[int, Dated[PlatformRules] | None],
    span: Span,
) -> _Measured:
    """What was measured: (period, shop code, metric) → value. Each period is asked for once, single days together."""
    daily: set[str] = set()
    wanted: dict[tuple[Span, Span], set[str]] = defaultdict(set)
    for held in {id(each): each for each in rules.values() if each is not None}.values():
        for since, version in held.values:
            for standard in version.standards if since <= span.last_day else ():
                for period, in_force in _periods(standard, held, span):
                    if in_force is not version:
                        continue
                    if standard.window is Window.LAST_DAY:
                        daily.add(standard.metric)
                    else:
                        wanted[period, _exports_of(period, standard.window, company)].add(standard.metric)
    found = [
        (period, value)
        for (period, days), metrics in sorted(wanted.items())
        for value in raw.metric_values(company.pk, days, By.SHOP, metrics)
    ]
    if daily:
        for day, values in raw.metric_values_by_day(company.pk, span, By.SHOP, daily).items():
            found += [(Span(day, day + timedelta(days=1)), value) for value in values]
    codes = {shop.code for shop in shops}
    return {(period, value.subject, value.metric): value for period, value in found if value.subject in codes}


def _exports_of(period: Span, window: Window, company: models.Company) -> Span:
    """The days to measure a period from. The pickup metric counts back from the last day by itself, unless the company
    reads its window as the days asked for."""
    if window is not Window.T33_T4 or company.readings.get("ks_pickup_anomaly_rate.window") == "span":
        return period
    return Span(period.start, period.end + timedelta(days=4))


def _judged(
    shop: models.Shop,
    standard: Standard,
    rules: Dated[PlatformRules],
    span: Span,
    overrides: _Overrides,
    benchmarks: _Benchmarks,
    measured: _Measured,
) -> tuple[_Period, ...]:
    found = []
    for period, version in _periods(standard, rules, span):
        day = period.last_day
        own = {
            (row.metric, row.edge, row.of): Override(
                row.metric, row.edge, Of(row.of), Operator(row.operator), row.value
            )
            for row in overrides.get(shop.pk, ())
            if row.effective_from <= day
        }
        other = version.other_readings(shop.company.readings)
        in_force = {each.metric: each for each in version.overridden(own.values(), day).standards}
        asked = in_force.get(standard.metric)
        if asked is None:
            continue
        industry = benchmarks.get((shop.platform, standard.metric))
        is_known = industry is not None and industry.values[0][0] <= day
        held = asked.read(other, industry.on(day) if industry is not None and is_known else None)
        value = measured.get((period, shop.code, standard.metric))
        found.append(_Period(period, version, judge(held, value), value))
    return tuple(found)


# --- Wording --------------------------------------------------------------------------------------------------------


def _standard_row(metric: str, periods: Sequence[_Period]) -> StandardRow:
    name = metric_label(metric)
    if not periods:
        state = State.NOT_MEASURED
        return StandardRow(metric, name, "", "—", both(_NO_PERIOD), "—", state.value, both(STATES[state]), ())
    worst = min(periods, key=_badness)
    judged, standard = worst.judgement, worst.judgement.standard
    breached = sum(1 for each in periods if each.judgement.state is State.BREACHED)
    unmeasured = sum(1 for each in periods if each.judgement.state is State.NOT_MEASURED)
    notes = []
    if breached and len(periods) > 1:
        notes.append(both(_PERIODS, breached=breached, periods=len(periods)))
    if unmeasured and len(periods) > 1:
        notes.append(both(_UNMEASURED, count=unmeasured, periods=len(periods)))
    reached = {each.threshold for each in judged.breaches}
    return StandardRow(
        metric=metric,
        name=name,
        period=_days(worst.span),
        measured="—" if judged.value is None else _measure(metric, judged.value),
        detail=_detail(worst),
        target="—" if standard.target is None else _condition(metric, standard.target),
        state=judged.state.value,
        state_name=both(STATES[judged.state]),
        thresholds=tuple(
            ThresholdLine(
                condition=_joined([_condition(metric, each) for each in threshold.when], _AND),
                consequence=_consequence(worst.rules, threshold.consequence),
                distance="—"
                if judged.value is None
                else _joined([_distance(metric, each, judged) for each in threshold.when], _BESIDE),
                is_reached=threshold in reached,
            )
            for threshold in standard.thresholds
        ),
        notes=tuple(notes),
    )


def _badness(period: _Period) -> tuple[int, bool, Fraction]:
    """Sorts the worst first; of periods that are not judged, one with a value tells more than one without."""
    judged = period.judgement
    conditions = [each for threshold in judged.standard.thresholds for each in threshold.when]
    distances = [each.distance(number) for each in conditions if (number := judged.number(each.of)) is not None]
    nearest = min((each for each in distances if each is not None), default=Fraction(0))
    return _WORST_FIRST.index(judged.state), judged.value is None, nearest


def _detail(period: _Period) -> Text:
    """Why there is no value, or numerator and denominator of a ratio."""
    reason, measured = period.judgement.reason, period.measured
    if reason is not None:
        column = reason.partition(": ")[2]
        return both(_MISSING, column=column) if column else both(_REASONS[reason])
    if measured is None or measured.numerator is None or measured.denominator in (None, 1):
        return ""
    return f"{trimmed(measured.numerator)} / {trimmed(measured.denominator or Fraction(1))}"


def _measure(metric: str, number: Fraction) -> Text:
    return _same(Bilingual(*(measure_words(metric, number, language, PLACES) for language in ("zh", "en"))))


def _condition(metric: str, condition: Condition) -> Text:
    sign = _SIGNS[condition.operator]
    if condition.edge is None:
        industry = both(_INDUSTRY)
        return Bilingual(f"{sign} {industry.zh}", f"{sign} {industry.en}")
    if condition.of is Of.COUNT:
        return both(_COUNT, operator=sign, number=trimmed(condition.edge))
    edge = _measure(metric, condition.edge)
    if isinstance(edge, str):
        return f"{sign} {edge}"
    return Bilingual(f"{sign} {edge.zh}", f"{sign} {edge.en}")


def _distance(metric: str, condition: Condition, judged: Judgement) -> Text:
    number = judged.number(condition.of)
    distance = None if number is None else condition.distance(number)
    if distance is None or number is None or condition.edge is None:
        return "—"
    if not distance:
        return both(_AT)
    is_beyond = condition.operator.holds(number, condition.edge)
    size: Text
    if condition.of is Of.COUNT:
        size = both(_CASES, number=trimmed(abs(distance)))
    elif metric_definitions()[metric].unit is Unit.PERCENT:
        size = both(_PERCENTAGE_POINTS, number=trimmed(abs(distance) * 100, PLACES))
    else:
        size = _measure(metric, abs(distance))
    return both(_BEYOND if is_beyond else _AWAY, distance=size)


def _joined(texts: Sequence[Text], sentence: str) -> Text:
    """Texts one after the other, two at a time as the sentence joins them."""
    held, *others = texts
    for other in others:
        held = both(sentence, one=held, other=other)
    return held if isinstance(held, str) else _same(held)


def _same(text: Bilingual) -> Text:
    """A text that reads the same in both languages is written once."""
    return text.zh if text.zh == text.en else text


def _days(span: Span) -> str:
    start, end = span.start.isoformat(), span.last_day.isoformat()
    return start if start == end else f"{start} – {end}"


def _consequence(rules: PlatformRules, code: str) -> Bilingual:
    held = rules.consequences[code]
    return Bilingual(held.text_zh, held.text_en)


def _penalty_row(penalty: Penalty, rules: Dated[PlatformRules], note: str) -> PenaltyRow:
    act = penalty.violation
    held = rules.on(act.day)
    kind = (held.violations or {}).get(act.kind)
    return PenaltyRow(
        day=act.day.isoformat(),
        kind=Bilingual(act.kind, act.kind) if kind is None else Bilingual(kind.name_zh, kind.name_en),
        count=str(act.count),
        points=f"{penalty.points} → {penalty.points_after}" if penalty.ladder else "—",
        fine=_fine(penalty.least, penalty.most),
        consequences=_consequences(held, penalty),
        note=note,
    )


def _consequences(rules: PlatformRules, penalty: Penalty) -> tuple[Bilingual, ...]:
    """Each consequence once, with how many times it follows where that is more than one."""
    times: dict[str, int] = {}
    for code in penalty.consequences:
        times[code] = times.get(code, 0) + 1
    found = []
    for code, count in times.items():
        text = _consequence(rules, code)
        found.append(text if count == 1 else Bilingual(f"{text.zh} × {count}", f"{text.en} × {count}"))
    return tuple(found)


def _fine(least: Decimal | None, most: Decimal | None) -> Text:
    if least is None or most is None:
        return "—"
    if least == most:
        return both(_CNY, amount=amount_text(least))
    return both(_BETWEEN_FINES, least=amount_text(least), most=amount_text(most))


def _ladder_rows(rules: PlatformRules, punished: Sequence[Penalty]) -> tuple[LadderRow, ...]:
    rows = []
    for name, ladder in (rules.ladders or {}).items():
        points = max((each.points_after for each in punished if each.ladder == name), default=0)
        rows.append(LadderRow(both(LADDERS.get(name, name)), str(points), _next(rules, ladder, points)))
    return tuple(rows)


def _next(rules: PlatformRules, ladder: PointsLadder, points: int) -> Text:
    """What the next points bring: the repeated fine, and the next band."""
    texts: list[Text] = []
    every = ladder.every
    if every is not None:
        at = (points // every.points + 1) * every.points
        fine = amount_text(every.fine or Decimal(0))
        texts.append(both(_NEXT_EVERY, points=at, fine=fine, consequence=_consequence(rules, every.consequence)))
    band = next((each for each in ladder.bands if each.points > points), None)
    if band is not None:
        consequence = _consequence(rules, band.consequence)
        texts.append(
            both(_NEXT_BAND, points=band.points, consequence=consequence)
            if band.fine is None
            else both(_NEXT_EVERY, points=band.points, fine=amount_text(band.fine), consequence=consequence)
        )
    return _joined(texts, _ALSO) if texts else "—"
