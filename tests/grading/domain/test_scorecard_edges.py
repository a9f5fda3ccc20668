"""An appraisal keeps its card and its KPIs, whatever was measured."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.scorecard import Appraisal, Grade, Kpi, KpiScore, Missing, Scorecard, score
from grading.domain.scorecard_document import scorecard_from
from grading.domain.scoring import BrokenTarget, Direction, Linear
from grading.kernel.bands import Bands
from grading.kernel.document import BrokenDocument

F = Fraction
HALF, OTHER = (Kpi(name, F(1, 2), Linear(F(0), F(100))) for name in ("half", "other"))


def card(missing: Missing, grades: Bands[Grade] | None = None) -> Scorecard:
    return Scorecard("card", ("pre_sales",), (HALF, OTHER), missing, grades)


def test_a_full_month() -> None:
    grades = Bands.of("grades", [(F(0), Grade("B", F(1))), (F(70), Grade("A", F("1.2")))])
    assert score({"half": F(80), "other": F(60)}, card(Missing.REWEIGHT, grades)) == Appraisal(
        "card", (KpiScore(HALF, F(80), F(80), F(40)), KpiScore(OTHER, F(60), F(60), F(30))), F(70), "A", F("1.2")
    )


@pytest.mark.parametrize(
    ("missing", "half", "other", "total"),
    [
        # Re-weighted: half has all the weight; as nought: it keeps its half
        (Missing.REWEIGHT, KpiScore(HALF, F(80), F(80), F(80)), KpiScore(OTHER, None, None, None), F(80)),
        (Missing.ZERO, KpiScore(HALF, F(80), F(80), F(40)), KpiScore(OTHER, None, F(0), F(0)), F(40)),
    ],
)
def test_a_month_without_one_measure(missing: Missing, half: KpiScore, other: KpiScore, total: Fraction) -> None:
    assert score({"half": F(80)}, card(missing)) == Appraisal("card", (half, other), total, None, None)


def test_a_month_without_any_measure() -> None:
    nothing = tuple(KpiScore(kpi, None, None, None) for kpi in (HALF, OTHER))
    assert score({}, card(Missing.REWEIGHT)) == Appraisal("card", nothing, None, None, None)


def test_a_direction_that_nobody_knows_is_the_only_problem() -> None:
    """The target would be on the wrong side of either direction's threshold: it is not judged."""
    kpi = {"metric": "m", "weight": 1, "direction": "up", "threshold": 5, "target": 5}
    with pytest.raises(BrokenDocument) as raised:
        scorecard_from({"scorecard": "c", "effective_from": "2026-01-01", "roles": ["pre_sales"], "kpis": [kpi]})
    assert [problem.path for problem in raised.value.problems] == ["kpis.0.direction"]


def test_a_target_on_the_wrong_side_is_told_with_its_figures() -> None:
    with pytest.raises(BrokenTarget) as raised:
        Linear.checked("m", Direction.LOWER, F(1, 2), F("0.75"))
    assert raised.value.values == {"metric": "m", "threshold": "1/2", "target": "3/4", "direction": "lower"}
