"""Platform standards (平台考核标准): what a platform asks of a shop, what was reached, and what follows.

Raw exact ratios are compared, never rounded ones (seed A-19): 1700/1900 is above 89.47 %.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from grading.domain.metrics.values import MetricValue
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.money import FEN_HALF_UP, ZERO
from grading.kernel.period import Span

TARGET = "target"
"""The edge of a standard that is its target; every other edge is named by the consequence of its threshold."""
NO_DATA = "no_data"
"""The reason of a value that nobody measured: there are no exports of those days."""
NO_BENCHMARK = "no_benchmark"
"""The reason of a standard that is judged against an industry value nobody entered (A-25)."""


class UnknownStandard(DomainError):
    """A shop's own number for a standard that its platform does not have."""

    code = "grading.unknown_standard"
    template = "{platform} has no '{edge}' for the {measure} of '{metric}' on {day}. Choose one of: {known}."


class UnknownStandardReading(DomainError):
    """A company's reading of an ambiguous operator that is neither of the two."""

    code = "grading.unknown_standard_reading"
    template = "'{value}' is not a reading of {reading}. Write one of {options} in the company's readings."


class PointsMissing(DomainError):
    """A violation whose points the platform's table does not give."""

    code = "grading.points_missing"
    template = "The points of '{kind}' on {day} are not in the platform's table. Enter the points it deducted."


class Operator(StrEnum):
    """How a number is compared with the edge."""

    AT_LEAST = ">="
    ABOVE = ">"
    AT_MOST = "<="
    BELOW = "<"
    EQUAL = "="

    def holds(self, number: Fraction, edge: Fraction) -> bool:
        """Whether the number stands in this relation to the edge. Exact."""
        match self:
            case Operator.AT_LEAST:
                return number >= edge
            case Operator.ABOVE:
                return number > edge
            case Operator.AT_MOST:
                return number <= edge
            case Operator.BELOW:
                return number < edge
            case Operator.EQUAL:
                return number == edge


class Part(StrEnum):
    """The three parts of a service appraisal (seed RQ-122)."""

    FULFILMENT = "fulfilment"
    INQUIRY = "inquiry"
    AFTER_SALES = "after_sales"


class Window(StrEnum):
    """The days that one judgement looks at."""

    LAST_DAY = "last_day"
    NATURAL_WEEK = "natural_week"
    LAST_30_DAYS = "last_30_days"
    T33_T4 = "t33_t4"
    """From 33 to 4 days before the day, both included."""

    def periods(self, span: Span) -> tuple[Span, ...]:
        """The periods of this window that end in the span: each day, each week by its Sunday, else the one of the
        last day. Empty when the span is, or when no week ends in it."""
        if not span.days:
            return ()
        last = span.last_day
        match self:
            case Window.LAST_30_DAYS:
                return (Span(last - timedelta(days=29), span.end),)
            case Window.T33_T4:
                return (Span(last - timedelta(days=33), last - timedelta(days=3)),)
            case Window.LAST_DAY:
                days, wanted = 1, range(7)
            case Window.NATURAL_WEEK:
                days, wanted = 7, range(6, 7)
        ends = (span.start + timedelta(days=offset + 1) for offset in range(span.days))
        return tuple(
            Span(end - timedelta(days=days), end) for end in ends if (end - timedelta(days=1)).weekday() in wanted
        )


class Of(StrEnum):
    """What of a metric is compared: its value, or the count in its numerator."""

    VALUE = "value"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison. ``edge`` None is the industry's value of the day.

    ``reading`` names an ambiguity of the source (A-nn); ``otherwise`` is the operator of its other reading.
    """

    of: Of
    operator: Operator
    edge: Fraction | None
    reading: str | None = None
    otherwise: Operator | None = None

    def under(self, other_readings: Collection[str]) -> Condition:
        """The condition as it is read when these ambiguities are read the other way."""
        if self.otherwise is None or self.reading not in other_readings:
            return self
        return replace(self, operator=self.otherwise)

    def distance(self, number: Fraction) -> Fraction | None:
        """How far the number is from the edge on the side where the condition does not hold: negative when it is
        beyond the edge, None without an edge. In the number's own unit."""
        if self.edge is None:
            return None
        if self.operator in {Operator.AT_MOST, Operator.BELOW}:
            return number - self.edge
        return abs(self.edge - number) if self.operator is Operator.EQUAL else self.edge - number


@dataclass(frozen=True, slots=True)
class Threshold:
    """What brings a consequence: all of its conditions together."""

    consequence: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """What a platform asks of one metric. ``target`` None: the source names none."""

    metric: str
    part: Part
    window: Window
    target: Condition | None
    thresholds: tuple[Threshold, ...]
    source: tuple[str, ...]

    def read(self, other_readings: Collection[str], benchmark: Fraction | None) -> Standard:
        """The standard with its readings chosen and the industry's value filled in, as far as there is one."""

        def filled(condition: Condition) -> Condition:
            chosen = condition.under(other_readings)
            return replace(chosen, edge=benchmark) if chosen.edge is None else chosen

        return replace(
            self,
            target=None if self.target is None else filled(self.target),
            thresholds=tuple(replace(each, when=tuple(map(filled, each.when))) for each in self.thresholds),
        )

    @property
    def conditions(self) -> tuple[tuple[str, Condition], ...]:
        """Every condition with the name of its edge."""
        target = () if self.target is None else ((TARGET, self.target),)
        return (*target, *((each.consequence, condition) for each in self.thresholds for condition in each.when))

    @property
    def needs_benchmark(self) -> bool:
        """Whether it is judged against an industry value that is not filled in."""
        return any(condition.edge is None for _edge, condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Override:
    """A shop's own operator and number for one condition of one standard."""

    metric: str
    edge: str
    of: Of
    operator: Operator
    value: Fraction


class State(StrEnum):
    """How a shop stands with a standard."""

    MET = "met"
    BETWEEN = "between"
    """The target is missed, no threshold is reached."""
    BREACHED = "breached"
    NOT_MEASURED = "not_measured"
    """There is no value, which is neither good nor bad."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A threshold that was reached: by which exact value and count, and what follows."""

    standard: Standard
    value: Fraction
    count: Fraction
    threshold: Threshold

    @property
    def consequence(self) -> str:
        return self.threshold.consequence


@dataclass(frozen=True, slots=True)
class Judgement:
    """A standard judged. ``reason`` says why there is no value."""

    standard: Standard
    state: State
    value: Fraction | None = None
    count: Fraction | None = None
    breaches: tuple[Breach, ...] = ()
    reason: str | None = None

    def number(self, of: Of) -> Fraction | None:
        """The value or the count."""
        return self.value if of is Of.VALUE else self.count


def judge(standard: Standard, measured: MetricValue | None) -> Judgement:
    """A standard as ``Standard.read`` gives it, judged by what was measured in one period.

    A threshold that is reached wins over a target that is met (A-17). Without a value, or without the industry's
    value, it is not measured: never a pass.
    """
    if measured is None or measured.value is None or measured.numerator is None:
        reason = NO_DATA if measured is None or measured.reason is None else measured.reason
        return Judgement(standard, State.NOT_MEASURED, reason=reason)
    value, count = measured.value, measured.numerator
    if standard.needs_benchmark:
        return Judgement(standard, State.NOT_MEASURED, value, count, reason=NO_BENCHMARK)

    def holds(condition: Condition) -> bool:
        number = value if condition.of is Of.VALUE else count
        return condition.edge is not None and condition.operator.holds(number, condition.edge)

    breaches = tuple(
        Breach(standard, value, count, threshold)
        for threshold in standard.thresholds
        if all(holds(condition) for condition in threshold.when)
    )
    if breaches:
        state = State.BREACHED
    else:
        state = State.MET if standard.target is None or holds(standard.target) else State.BETWEEN
    return Judgement(standard, state, value, count, breaches)


# --- Points and fines -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a platform does, in both languages, under a stable code."""

    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ViolationKind:
    """A kind of violation that a platform punishes. ``ladder`` names the points ladder its points count on."""

    kind: str
    name_zh: str
    name_en: str
    ladder: str | None = None
    consequences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PointsBand:
    """What reaching so many points brings. ``fine`` None: the source names no amount."""

    points: int
    consequence: str
    fine: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PointsLadder:
    """What points bring: ``every`` so many of them again and again, and bands by their total, lowest first."""

    bands: tuple[PointsBand, ...]
    every: PointsBand | None = None


@dataclass(frozen=True, slots=True)
class PointsPenalty:
    """What points bring: ``times`` the repeated consequence, the highest band newly reached, and the fine of both."""

    times: int
    band: PointsBand | None
    fine: Decimal


@dataclass(frozen=True, slots=True)
class FakeTrade:
    """Points of fake trade by the how-many-th time: below ``orders`` orders, and from them."""

    orders: int
    times: tuple[tuple[int, int], ...]
    mass: int


@dataclass(frozen=True, slots=True)
class ShareOfAmount:
    """A penalty that is a share of an amount, with or without a cap."""

    rate: Fraction
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FineRange:
    """The least and the most fine for one order."""

    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """Everything a platform asks and punishes, of one version. ``effective_from`` None: the source names no day."""

    platform: str
    effective_from: date | None
    source: tuple[str, ...]
    consequences: Mapping[str, Consequence]
    standards: tuple[Standard, ...] = ()
    violations: Mapping[str, ViolationKind] | None = None
    ladders: Mapping[str, PointsLadder] | None = None
    fake_trade: FakeTrade | None = None
    late_shipping: ShareOfAmount | None = None
    invoice: ShareOfAmount | None = None
    fake_shipping: FineRange | None = None

    def overridden(self, overrides: Iterable[Override], day: date) -> PlatformRules:
        """The rules with a shop's own numbers of a day. A stated operator leaves nothing to read.

        Raises UnknownStandard for a number that belongs to no condition here.
        """
        standards = {standard.metric: standard for standard in self.standards}
        for override in overrides:
            standard = standards.get(override.metric)
            known = [] if standard is None else [(edge, each.of) for edge, each in standard.conditions]
            if standard is None or (override.edge, override.of) not in known:
                raise UnknownStandard(
                    platform=self.platform,
                    edge=override.edge,
                    measure=override.of.value,
                    metric=override.metric,
                    day=day,
                    known=", ".join(f"{edge} ({of.value})" for edge, of in known) or ", ".join(standards) or "—",
                )
            standards[override.metric] = _with(standard, override)
        return replace(self, standards=tuple(standards.values()))

    def other_readings(self, chosen: Mapping[str, object]) -> frozenset[str]:
        """The ambiguities that a company reads the other way; ``chosen`` maps ``standards.A-16`` to an operator.

        Raises UnknownStandardReading for an operator that is neither reading.
        """
        other = set()
        for standard in self.standards:
            for _edge, condition in standard.conditions:
                written = chosen.get(f"standards.{condition.reading}")
                if condition.otherwise is None or condition.reading is None or written is None:
                    continue
                options = (condition.operator.value, condition.otherwise.value)
                if written not in options:
                    raise UnknownStandardReading(
                        value=written, reading=f"standards.{condition.reading}", options=" ".join(options)
                    )
                if written == condition.otherwise.value:
                    other.add(condition.reading)
        return frozenset(other)


def _with(standard: Standard, override: Override) -> Standard:
    def changed(edge: str, condition: Condition) -> Condition:
        if (edge, condition.of) != (override.edge, override.of):
            return condition
        return Condition(condition.of, override.operator, override.value)

    return replace(
        standard,
        target=None if standard.target is None else changed(TARGET, standard.target),
        thresholds=tuple(
            replace(each, when=tuple(changed(each.consequence, condition) for condition in each.when))
            for each in standard.thresholds
        ),
    )


def tmall_points(points: int, ladder: PointsLadder, before: int = 0) -> PointsPenalty:
    """What rising from ``before`` to ``points`` points brings (RQ-180 to RQ-182, A-60).

    The repeated fine is floor(points ÷ every) × fine, whatever the bands; of several bands reached at once the highest
    one counts.
    """
    every = ladder.every
    times = 0 if every is None else points // every.points - before // every.points
    reached = [band for band in ladder.bands if before < band.points <= points]
    band = reached[-1] if reached else None
    fine = ZERO if every is None or every.fine is None else every.fine * times
    return PointsPenalty(times, band, fine + (band.fine if band is not None and band.fine is not None else ZERO))


def fake_trade(time: int, orders: int, table: FakeTrade) -> int:
    """The points of the how-many-th (from 1) fake trade with so many orders (RQ-183)."""
    below, enough = table.times[min(time, len(table.times)) - 1]
    return enough if orders >= table.orders else below


def late_shipping_penalty(amount: Decimal, rule: ShareOfAmount) -> Decimal:
    """What one item shipped late costs: a share of its actual price in yuan, capped, to the fen (RQ-184, E-39)."""
    return _share(amount, rule)


def invoice_penalty(amount: Decimal, rule: ShareOfAmount) -> Decimal:
    """What an invoice that was not issued costs: a share of its amount in yuan, to the fen (RQ-185, E-39)."""
    return _share(amount, rule)


def _share(amount: Decimal, rule: ShareOfAmount) -> Decimal:
    share = FEN_HALF_UP(Fraction(amount) * rule.rate)
    return share if rule.cap is None else min(share, rule.cap)


@dataclass(frozen=True, slots=True)
class Violation:
    """One act that a platform punished or may punish.

    ``count`` is orders or items; ``points`` None: the platform's table says; ``amount`` is the price of one item, or of
    the invoice, in yuan.
    """

    day: date
    kind: str
    count: int = 1
    points: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """What follows a violation. ``least`` and ``most`` are the fine in yuan, None when nothing says how much."""

    violation: Violation
    ladder: str | None
    points: int
    points_after: int
    consequences: tuple[str, ...]
    least: Decimal | None
    most: Decimal | None


def penalties(violations: Sequence[Violation], rules: Dated[PlatformRules]) -> tuple[Penalty, ...]:
    """What each violation of one year brought, in order of day, each by the rules of its own day (RQ-121).

    Points add up over the violations given. Raises NoRuleInForce for an act before the first rules, PointsMissing
    where neither the violation nor a table gives the points.
    """
    totals: dict[str, int] = {}
    fake_trades = 0
    found = []
    for violation in sorted(violations, key=lambda each: each.day):
        held = rules.on(violation.day)
        kind = (held.violations or {}).get(violation.kind) or ViolationKind(violation.kind, "", "")
        fake_trades += violation.kind in {"fake_trade", "mass_fake_trade"}
        points = _points(violation, kind, held, fake_trades)
        before = totals.get(kind.ladder or "", 0)
        least, most = _fine(violation, held)
        consequences = list(kind.consequences)
        if kind.ladder is not None:
            ladder = (held.ladders or {})[kind.ladder]
            brought = tmall_points(before + points, ladder, before)
            least = most = brought.fine
            if ladder.every is not None:
                consequences += [ladder.every.consequence] * brought.times
            if brought.band is not None:
                consequences.append(brought.band.consequence)
            totals[kind.ladder] = before + points
        after = totals.get(kind.ladder or "", 0)
        found.append(Penalty(violation, kind.ladder, points, after, tuple(consequences), least, most))
    return tuple(found)


def _points(violation: Violation, kind: ViolationKind, rules: PlatformRules, time: int) -> int:
    if violation.points is not None:
        return violation.points
    if rules.fake_trade is not None and violation.kind == "fake_trade":
        return fake_trade(time, violation.count, rules.fake_trade)
    if rules.fake_trade is not None and violation.kind == "mass_fake_trade":
        return rules.fake_trade.mass
    if kind.ladder is not None:
        raise PointsMissing(kind=violation.kind, day=violation.day)
    return 0


def _fine(violation: Violation, rules: PlatformRules) -> tuple[Decimal | None, Decimal | None]:
    """The fine of a violation that is not fined by points."""
    if violation.kind == "fake_shipping" and rules.fake_shipping is not None:
        return rules.fake_shipping.least * violation.count, rules.fake_shipping.most * violation.count
    owed = None
    if violation.amount is not None and violation.kind == "late_shipping" and rules.late_shipping is not None:
        owed = late_shipping_penalty(violation.amount, rules.late_shipping) * violation.count
    if violation.amount is not None and violation.kind == "invoice" and rules.invoice is not None:
        owed = invoice_penalty(violation.amount, rules.invoice) * violation.count
    return owed, owed
