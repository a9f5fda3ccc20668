"""Scorecards: weights, missing measures, totals and grades (formats §4, E-26, E-27)."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.domain.scorecard import BrokenWeights, Grade, Kpi, MeasureMissing, Missing, Scorecard, score
from grading.domain.scoring import Banded, Linear
from grading.kernel.bands import Bands
from grading.kernel.errors import BelowBands

F = Fraction
LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "15")), deadline=None)
GRADES = Bands.of(
    "grades",
    [
        (F(95), Grade("S", F("1.5"))),
        (F(85), Grade("A", F("1.2"))),
        (F(70), Grade("B", F(1))),
        (F(60), Grade("C", F("0.8"))),
        (F(0), Grade("D", F(0))),
    ],
)
AS_IT_IS = Linear(F(0), F(100))
"""The measure is the score."""


def _card(*weights: str, missing: str = "reweight", grades: Bands[Grade] | None = None) -> Scorecard:
    kpis = tuple(Kpi(f"m{place}", F(weight), AS_IT_IS) for place, weight in enumerate(weights))
    return Scorecard("card", ("pre_sales",), kpis, Missing(missing), grades)


def _measures(*values: str | None) -> dict[str, Fraction]:
    return {f"m{place}": F(value) for place, value in enumerate(values) if value is not None}


@pytest.mark.parametrize(
    "weights", [("0.3", "0.2", "0.15", "0.2", "0.15"), ("1",), ("1/3", "1/3", "1/3"), ("0.1",) * 10]
)
def test_weights_of_exactly_one(weights: tuple[str, ...]) -> None:
    card = _card(*weights)
    assert card.checked() is card


@pytest.mark.parametrize(
    ("weights", "total"),
    [
        pytest.param(("0.5", "0.4"), "9/10", id="too little"),
        pytest.param(("0.5", "0.6"), "11/10", id="too much"),
        pytest.param(("0.33", "0.33", "0.33"), "99/100", id="three rounded thirds"),
        pytest.param(("0.3333333333", "0.3333333333", "0.3333333334", "0.0000000001"), "10000000001/10000000000",
                     id="a hair too much"),
        pytest.param((), "0", id="no KPIs"),
        pytest.param(("30", "70"), "100", id="percent instead of fractions"),
    ],
)  # fmt: skip
def test_broken_weights(weights: tuple[str, ...], total: str) -> None:
    with pytest.raises(BrokenWeights) as broken:
        _card(*weights).checked()
    assert broken.value.code == "grading.broken_weights"
    assert broken.value.values == {"scorecard": "card", "total": total}


def test_total() -> None:
    # 0.6 × 80 + 0.4 × 55 = 48 + 22
    judged = score(_measures("80", "55"), _card("0.6", "0.4"))
    assert judged.total_score == 70
    assert [kpi.weighted for kpi in judged.kpis] == [48, 22]
    assert judged.missing == ()


def test_a_metric_of_no_kpi_is_ignored() -> None:
    measures = _measures("80", "55") | {"other": F(0)}
    assert score(measures, _card("0.6", "0.4")).total_score == 70


def test_a_measure_of_zero_is_not_a_missing_one() -> None:
    judged = score(_measures("0", "55"), _card("0.6", "0.4"))
    assert (judged.total_score, judged.missing) == (F(22), ())


def test_missing_reweight() -> None:
    judged = score(_measures("80", None), _card("0.6", "0.4"))
    assert (judged.total_score, judged.missing) == (F(80), ("m1",))
    assert judged.kpis[1].score is None
    assert judged.kpis[1].weighted is None


def test_missing_zero() -> None:
    judged = score(_measures("80", None), _card("0.6", "0.4", missing="zero"))
    assert (judged.total_score, judged.missing) == (F(48), ("m1",))
    assert judged.kpis[1].weighted == 0


def test_missing_block_names_every_missing_metric() -> None:
    with pytest.raises(MeasureMissing) as missing:
        score(_measures(None, "80", None), _card("0.4", "0.3", "0.3", missing="block"))
    assert missing.value.code == "grading.measure_missing"
    assert missing.value.values == {"metrics": "m0, m2", "scorecard": "card"}


def test_missing_block_with_everything_there() -> None:
    assert score(_measures("80", "55"), _card("0.6", "0.4", missing="block")).total_score == 70


def test_without_any_measure_there_is_no_total_and_no_grade() -> None:
    judged = score({}, _card("0.6", "0.4", grades=GRADES))
    assert (judged.total_score, judged.grade, judged.coefficient) == (None, None, None)
    assert judged.missing == ("m0", "m1")


def test_with_only_a_weightless_measure_there_is_no_total_either() -> None:
    """“Without any measure there is no total and no grade — not a total of 0”; a KPI of weight 0 measures nothing."""
    judged = score(_measures(None, "80"), _card("1", "0", grades=GRADES))
    assert (judged.total_score, judged.grade) == (None, None)


@pytest.mark.parametrize(
    ("total", "grade", "coefficient"),
    [
        ("100", "S", "1.5"), ("95", "S", "1.5"), ("94.99", "A", "1.2"), ("85", "A", "1.2"), ("84.99", "B", "1"),
        ("70", "B", "1"), ("69.99", "C", "0.8"), ("60", "C", "0.8"), ("59.99", "D", "0"), ("0", "D", "0"),
        ("94.999999", "A", "1.2"),
    ],
)  # fmt: skip
def test_grades(total: str, grade: str, coefficient: str) -> None:
    """The unrounded total decides: 94.999999 is shown 95.00 and is an A."""
    judged = score(_measures(total), _card("1", grades=GRADES))
    assert (judged.grade, judged.coefficient) == (grade, F(coefficient))


def test_without_grade_bands_there_is_a_total_and_no_grade() -> None:
    judged = score(_measures("80"), _card("1"))
    assert (judged.total_score, judged.grade, judged.coefficient) == (F(80), None, None)


def test_a_measure_below_its_bands_is_an_error() -> None:
    kpi = Kpi("m0", F(1), Banded(Bands.of("m0", [(F(0), F(100))])))
    with pytest.raises(BelowBands):
        score(_measures("-1"), Scorecard("card", (), (kpi,)))


WEIGHTED = st.lists(
    st.tuples(st.integers(1, 100), st.one_of(st.none(), st.fractions(0, 100, max_denominator=300))),
    min_size=1,
    max_size=7,
)


def _drawn(rows: list[tuple[int, Fraction | None]], missing: Missing) -> tuple[dict[str, Fraction], Scorecard]:
    whole = sum(weight for weight, _ in rows)
    kpis = tuple(Kpi(f"m{place}", F(weight, whole), AS_IT_IS) for place, (weight, _) in enumerate(rows))
    measures = {f"m{place}": value for place, (_, value) in enumerate(rows) if value is not None}
    return measures, Scorecard("card", (), kpis, missing).checked()


@LAW
@given(WEIGHTED)
def test_the_reweighted_total_lies_between_the_lowest_and_the_highest_score(
    rows: list[tuple[int, Fraction | None]],
) -> None:
    measures, card = _drawn(rows, Missing.REWEIGHT)
    total = score(measures, card).total_score
    if measures:
        assert total is not None
        assert min(measures.values()) <= total <= max(measures.values())
    else:
        assert total is None


@LAW
@given(WEIGHTED)
def test_the_total_is_the_sum_of_its_parts_and_the_order_of_kpis_does_not_matter(
    rows: list[tuple[int, Fraction | None]],
) -> None:
    measures, card = _drawn(rows, Missing.ZERO)
    judged = score(measures, card)
    turned = score(dict(reversed(measures.items())), Scorecard("card", (), tuple(reversed(card.kpis)), Missing.ZERO))
    assert judged.total_score == turned.total_score
    if measures:
        assert judged.total_score == sum((kpi.weighted or 0 for kpi in judged.kpis), F(0))


@LAW
@given(WEIGHTED, st.integers(1, 50))
def test_weights_that_do_not_add_up_are_refused(rows: list[tuple[int, Fraction | None]], extra: int) -> None:
    _, card = _drawn(rows, Missing.ZERO)
    with pytest.raises(BrokenWeights):
        Scorecard("card", (), (*card.kpis, Kpi("more", F(extra, 1000), AS_IT_IS))).checked()
