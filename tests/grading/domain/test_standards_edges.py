"""Standards: distances by operator, standards that wait for one of several benchmarks, and what refusals say."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from grading.domain.metrics.values import By, MetricValue
from grading.domain.standards import (
    NO_BENCHMARK,
    Condition,
    Consequence,
    Judgement,
    Of,
    Operator,
    Override,
    Part,
    PlatformRules,
    Standard,
    State,
    Threshold,
    UnknownStandard,
    UnknownStandardReading,
    Window,
    judge,
)
from grading.domain.standards_document import platform_rules_from
from grading.kernel.document import BrokenDocument

F = Fraction


@pytest.mark.parametrize(
    ("operator", "number", "distance"),
    [
        (Operator.AT_LEAST, 7, -2), (Operator.AT_LEAST, 3, 2), (Operator.ABOVE, 7, -2), (Operator.ABOVE, 3, 2),
        (Operator.AT_MOST, 7, 2), (Operator.AT_MOST, 3, -2), (Operator.BELOW, 7, 2), (Operator.BELOW, 3, -2),
        (Operator.EQUAL, 7, 2), (Operator.EQUAL, 3, 2), (Operator.EQUAL, 5, 0),
    ],
)  # fmt: skip
def test_a_distance_from_an_edge_of_five(operator: Operator, number: int, distance: int) -> None:
    assert Condition(Of.VALUE, operator, F(5)).distance(F(number)) == distance


def test_without_an_edge_there_is_no_distance() -> None:
    assert Condition(Of.VALUE, Operator.AT_LEAST, None).distance(F(5)) is None


KNOWN = Condition(Of.COUNT, Operator.AT_LEAST, F(30))
INDUSTRY = Condition(Of.VALUE, Operator.BELOW, None, "A-30", Operator.AT_MOST)


def standard(*when: Condition, target: Condition | None = None) -> Standard:
    thresholds = (Threshold("warn", when),)
    return Standard("deal_rate", Part.INQUIRY, Window.LAST_DAY, target, thresholds, ("004 L21",))


def test_one_missing_benchmark_is_enough_to_judge_nothing() -> None:
    asked = standard(KNOWN, INDUSTRY)
    assert asked.needs_benchmark
    measured = MetricValue("deal_rate", By.SHOP, "s1", F(40), F(50))
    assert judge(asked, measured) == Judgement(asked, State.NOT_MEASURED, F(4, 5), F(40), reason=NO_BENCHMARK)
    assert not asked.read((), F("0.9")).needs_benchmark


def rules(*standards: Standard) -> PlatformRules:
    return PlatformRules("p", None, ("004 L21",), {"warn": Consequence("warn", "警告", "a warning")}, standards)


def test_a_number_that_belongs_nowhere_is_told_what_there_is() -> None:
    held = rules(standard(KNOWN, INDUSTRY, target=Condition(Of.VALUE, Operator.AT_LEAST, F(1))))
    day = date(2026, 6, 30)
    told = []
    for metric, edge in (("deal_rate", "ban"), ("other", "warn")):
        with pytest.raises(UnknownStandard) as raised:
            held.overridden([Override(metric, edge, Of.VALUE, Operator.AT_LEAST, F(1))], day)
        told.append(raised.value.values)
    common = {"platform": "p", "measure": "value", "day": "2026-06-30"}
    known = "target (value), warn (count), warn (value)"
    assert told == [
        common | {"metric": "deal_rate", "edge": "ban", "known": known},
        common | {"metric": "other", "edge": "warn", "known": "deal_rate"},
    ]
    with pytest.raises(UnknownStandard) as raised:
        rules().overridden([Override("other", "warn", Of.VALUE, Operator.AT_LEAST, F(1))], day)
    assert raised.value.values["known"] == "—"


def test_a_reading_that_is_neither_is_told_both() -> None:
    held = rules(standard(KNOWN, INDUSTRY))
    assert held.other_readings({"standards.A-30": "<="}) == {"A-30"}
    assert held.other_readings({"standards.A-30": "<"}) == frozenset()
    with pytest.raises(UnknownStandardReading) as raised:
        held.other_readings({"standards.A-30": ">"})
    assert raised.value.values == {"value": ">", "reading": "standards.A-30", "options": "< <="}


@pytest.mark.parametrize(("length", "problems"), [(20, 0), (21, 1)])
def test_a_source_is_short(length: int, problems: int) -> None:
    consequences = [{"code": "warn", "text_zh": "警告", "text_en": "a warning"}]
    data = {"platform": "p", "versions": [{"source": ["x" * length], "consequences": consequences}]}
    if not problems:
        assert platform_rules_from(data).on(date(2026, 1, 1)).source == ("x" * length,)
        return
    with pytest.raises(BrokenDocument) as raised:
        platform_rules_from(data)
    assert [problem.path for problem in raised.value.problems] == ["versions.0.source.0"]
