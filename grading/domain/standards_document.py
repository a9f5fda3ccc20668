"""A platform's standards as they stand in a rules file, turned into the values that shops are judged by."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from grading.domain.standards import (
    Condition,
    Consequence,
    FakeTrade,
    FineRange,
    Of,
    Operator,
    Part,
    PlatformRules,
    PointsBand,
    PointsLadder,
    ShareOfAmount,
    Standard,
    Threshold,
    ViolationKind,
    Window,
)
from grading.kernel.dated import Dated
from grading.kernel.document import (
    CODE,
    DAY,
    MONEY,
    NAME,
    NUMBER,
    TEXT,
    Form,
    Reader,
    choice,
    note_repeats,
    number,
    one_of,
    text,
    whole,
)

BENCHMARK = "benchmark"

_COUNT = whole(1, 100_000)
_POINTS = whole(0, 1000)
_RATE = number(above=0, most=1)


def _edge(value: object) -> Fraction | str | None:
    return BENCHMARK if value == BENCHMARK else NUMBER.read(value)


_EDGE: Form[Fraction | str] = Form("is neither a number nor the benchmark", "plain digits, or benchmark", "", _edge)


def platform_rules_from(data: object) -> Dated[PlatformRules]:
    """The versions of a platform's rules by their first day. Raises BrokenDocument with every problem.

    A version without a first day is one whose source names none: it holds on every day.
    """
    reader = Reader(data)
    platform = reader.required("platform", CODE)
    rows = reader.rows("versions", required=True)
    versions = [_version(row, platform) for row in rows]
    days = [version.effective_from or date.min for version in versions]
    note_repeats((row, "effective_from", str(day)) for row, day in zip(rows, days, strict=True))
    reader.finish(f"rules of {platform}")
    return Dated.of(f"standards of {platform}", zip(days, versions, strict=True))


def _version(row: Reader, platform: str) -> PlatformRules:
    listed = row.rows("consequences", required=True)
    consequences = [
        Consequence(each.required("code", CODE), each.required("text_zh", TEXT), each.required("text_en", TEXT))
        for each in listed
    ]
    note_repeats((each, "code", found.code) for each, found in zip(listed, consequences, strict=True))
    known = one_of([each.code for each in consequences])
    source = row.items("source", text(20), required=True)
    violations = [_violation(each, known) for each in row.rows("violations")]
    return PlatformRules(
        platform=platform,
        effective_from=row.optional("effective_from", DAY),
        source=source,
        consequences={each.code: each for each in consequences},
        standards=tuple(_standard(each, known, source) for each in row.rows("standards")),
        violations={each.kind: each for each in violations},
        ladders={name: _ladder(each, known) for name, each in row.parts("points").items()},
        fake_trade=_fake_trade(row.part("fake_trade")),
        late_shipping=_share(row.part("late_shipping")),
        invoice=_share(row.part("invoice")),
        fake_shipping=_fine_range(row.part("fake_shipping")),
    )


def _standard(row: Reader, known: Form[str], source: tuple[str, ...]) -> Standard:
    target = row.part("target")
    thresholds = tuple(
        Threshold(
            each.required("consequence", known), tuple(_condition(part) for part in each.rows("when", required=True))
        )
        for each in row.rows("thresholds", required=True)
    )
    return Standard(
        metric=row.required("metric", CODE),
        part=row.required("part", choice(Part)),
        window=row.required("window", choice(Window)),
        target=None if target is None else _condition(target),
        thresholds=thresholds,
        source=row.items("source", text(20)) or source,
    )


def _condition(row: Reader) -> Condition:
    edge = row.required("value", _EDGE)
    return Condition(
        of=row.get("of", choice(Of), Of.VALUE),
        operator=row.required("operator", choice(Operator)),
        edge=edge if isinstance(edge, Fraction) else None,
        reading=row.optional("reading", text(10)),
        otherwise=row.optional("otherwise", choice(Operator)),
    )


def _violation(row: Reader, known: Form[str]) -> ViolationKind:
    return ViolationKind(
        kind=row.required("kind", CODE),
        name_zh=row.required("name_zh", NAME),
        name_en=row.required("name_en", NAME),
        ladder=row.optional("ladder", CODE),
        consequences=row.items("consequences", known),
    )


def _ladder(row: Reader, known: Form[str]) -> PointsLadder:
    every = row.part("every")
    bands = [_band(each, known) for each in row.rows("bands", required=True)]
    return PointsLadder(
        bands=tuple(sorted(bands, key=lambda band: band.points)), every=None if every is None else _band(every, known)
    )


def _band(row: Reader, known: Form[str]) -> PointsBand:
    return PointsBand(
        row.required("points", _COUNT), row.required("consequence", known), fine=row.optional("fine", MONEY)
    )


def _fake_trade(row: Reader | None) -> FakeTrade | None:
    if row is None:
        return None
    return FakeTrade(
        orders=row.required("orders", _COUNT),
        times=tuple(
            (each.required("below", _POINTS), each.required("from", _POINTS))
            for each in row.rows("times", required=True)
        ),
        mass=row.required("mass", _POINTS),
    )


def _share(row: Reader | None) -> ShareOfAmount | None:
    return None if row is None else ShareOfAmount(row.required("rate", _RATE), row.optional("cap", MONEY))


def _fine_range(row: Reader | None) -> FineRange | None:
    return None if row is None else FineRange(row.required("least", MONEY), row.required("most", MONEY))
