"""A scorecard document becomes exactly the scorecard it describes, or names every problem in it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.scorecard import Grade, Kpi, Missing, Scorecard
from grading.domain.scorecard_document import ScorecardDocument, scorecard_from
from grading.domain.scoring import Banded, Direction, Linear
from grading.kernel.bands import Bands
from grading.kernel.document import BrokenDocument, canonical_data

F = Fraction

GRADES = [
    {"grade": "S", "from": "95", "coefficient": "1.5"},
    {"grade": "A", "from": "85", "coefficient": "1.2"},
    {"grade": "B", "from": "70", "coefficient": "1.0"},
    {"grade": "C", "from": "60", "coefficient": "0.8"},
    {"grade": "D", "from": "0", "coefficient": "0"},
]

PRE_SALES: dict[str, Any] = {
    "scorecard": "pre_sales",
    "effective_from": date(2024, 1, 1),
    "roles": ["pre_sales"],
    "missing": "reweight",
    "kpis": [
        {
            "metric": "deal_rate",
            "weight": "0.30",
            "direction": "higher",
            "threshold": "0.15",
            "target": "0.30",
            "scoring": "linear",
        },
        {
            "metric": "response_speed",
            "weight": "0.20",
            "direction": "lower",
            "threshold": "60",
            "target": "20",
            "scoring": "linear",
        },
        {
            "metric": "reception_count",
            "weight": "0.40",
            "direction": "higher",
            "threshold": "0",
            "target": "5000",
            "saturation_cap": "5200",
            "scoring": "linear",
        },
        {
            "metric": "qa_fatal_count",
            "weight": "0.10",
            "scoring": "bands",
            "bands": [{"from": "0", "score": "100"}, {"from": "1", "score": "0"}],
        },
    ],
    "grades": GRADES,
}
"""The published example, with the weight of reception_count raised from 0.10 so that the four add up to 1."""

GRADE_BANDS = Bands(
    "grades",
    (
        (F(0), Grade("D", F(0))),
        (F(60), Grade("C", F(4, 5))),
        (F(70), Grade("B", F(1))),
        (F(85), Grade("A", F(6, 5))),
        (F(95), Grade("S", F(3, 2))),
    ),
)

EXPECTED = ScorecardDocument(
    code="pre_sales",
    name_zh="pre_sales",
    name_en="pre_sales",
    effective_from=date(2024, 1, 1),
    scorecard=Scorecard(
        code="pre_sales",
        roles=("pre_sales",),
        kpis=(
            Kpi("deal_rate", F(3, 10), Linear(F(15, 100), F(30, 100)), Direction.HIGHER),
            Kpi("response_speed", F(1, 5), Linear(F(60), F(20)), Direction.LOWER),
            Kpi(
                "reception_count",
                F(2, 5),
                Linear(F(0), F(5000), max_score=F(100), saturation_cap=F(5200)),
                Direction.HIGHER,
            ),
            Kpi("qa_fatal_count", F(1, 10), Banded(Bands("qa_fatal_count", ((F(0), F(100)), (F(1), F(0)))))),
        ),
        missing=Missing.REWEIGHT,
        grades=GRADE_BANDS,
    ),
)


def linear(**changes: Any) -> dict[str, Any]:
    """A card of one KPI with the whole weight, changed; a change to None takes the key away."""
    kpi = {"metric": "deal_rate", "weight": "1", "direction": "higher", "threshold": "0", "target": "1"} | changes
    return {
        "scorecard": "one",
        "effective_from": "2024-01-01",
        "roles": ["pre_sales"],
        "kpis": [{key: value for key, value in kpi.items() if value is not None}],
    }


def card(**changes: Any) -> dict[str, Any]:
    """The example, changed at its top level."""
    return deepcopy(PRE_SALES) | changes


def problems_of(data: object) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as caught:
        scorecard_from(data)
    return [(problem.path, problem.wrong) for problem in caught.value.problems]


def test_the_published_example() -> None:
    assert scorecard_from(PRE_SALES) == EXPECTED


def test_the_stored_form_gives_the_same_scorecard() -> None:
    assert scorecard_from(canonical_data(PRE_SALES)) == EXPECTED


def test_grades_may_be_listed_in_any_order_and_name_where_they_end() -> None:
    ends = ["95", "85", "70", "60"]
    grades = [GRADES[0], *({**grade, "to": end} for grade, end in zip(GRADES[1:], ends, strict=True))]
    assert scorecard_from(card(grades=grades[::-1])).scorecard.grades == GRADE_BANDS


def test_what_is_left_out_takes_its_default() -> None:
    read = scorecard_from(linear())
    assert read.scorecard == Scorecard(
        "one", ("pre_sales",), (Kpi("deal_rate", F(1), Linear(F(0), F(1)), Direction.HIGHER),), Missing.REWEIGHT, None
    )
    assert scorecard_from({**linear(), "grades": None}).scorecard.grades is None


def test_names_a_lifted_clamp_and_several_roles() -> None:
    data = linear(max_score="120") | {"name_zh": "售前", "name_en": "Pre-sales", "missing": "block"}
    data["roles"] = ["pre_sales", "comprehensive"]
    read = scorecard_from(data)
    assert (read.name_zh, read.name_en) == ("售前", "Pre-sales")
    assert read.scorecard.roles == ("pre_sales", "comprehensive")
    assert read.scorecard.missing is Missing.BLOCK
    assert read.scorecard.kpis[0].scoring == Linear(F(0), F(1), max_score=F(120))


def test_bands_need_no_direction_and_no_scoring_word_but_may_have_them() -> None:
    bands = [{"from": "3", "to": None, "score": "0"}, {"from": "0", "to": "3", "score": "100"}]
    expected = Banded(Bands("deal_rate", ((F(0), F(100)), (F(3), F(0)))))
    bare = scorecard_from(linear(direction=None, threshold=None, target=None, bands=bands))
    assert bare.scorecard.kpis == (Kpi("deal_rate", F(1), expected, None),)
    told = scorecard_from(linear(direction="lower", threshold=None, target=None, bands=bands, scoring="bands"))
    assert told.scorecard.kpis == (Kpi("deal_rate", F(1), expected, Direction.LOWER),)


def test_thirds_add_up_to_one() -> None:
    kpis = [linear(metric=f"metric_{n}", weight="1/3")["kpis"][0] for n in range(3)]
    assert sum(kpi.weight for kpi in scorecard_from({**linear(), "kpis": kpis}).scorecard.kpis) == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(linear(weight="0.99"), [("kpis", "the weights do not add up to exactly 1")], id="weights"),
        pytest.param(linear(weight="1.01"), [("kpis.0.weight", "is not such a number")], id="a weight above 1"),
        pytest.param(linear(weight=None), [("kpis.0.weight", "is missing")], id="no weight"),
        pytest.param(linear(weight=0.5), [("kpis.0.weight", "is not such a number")], id="a float"),
        pytest.param(
            linear(target="0"),
            [("kpis.0.target", "the target does not lie on the better side of the threshold")],
            id="target equals threshold",
        ),
        pytest.param(
            linear(direction="lower"),
            [("kpis.0.target", "the target does not lie on the better side of the threshold")],
            id="target against the direction",
        ),
        pytest.param(linear(direction=None), [("kpis.0.direction", "is missing")], id="linear without direction"),
        pytest.param(linear(direction="up"), [("kpis.0.direction", "is not one of the choices")], id="direction"),
        pytest.param(linear(threshold=None), [("kpis.0.threshold", "is missing")], id="no threshold"),
        pytest.param(linear(max_score="0"), [("kpis.0.max_score", "is not such a number")], id="no score at all"),
        pytest.param(linear(scoring="stepwise"), [("kpis.0.scoring", "is not one of the choices")], id="scoring"),
        pytest.param(
            linear(scoring="linear", bands=[{"from": 0, "score": 1}]),
            [("kpis.0.bands", "does not belong here")],
            id="bands beside linear",
        ),
        pytest.param(
            linear(scoring="bands", bands=[{"from": 0, "score": 1}]),
            [("kpis.0.threshold", "does not belong here"), ("kpis.0.target", "does not belong here")],
            id="targets beside bands",
        ),
        pytest.param(
            linear(scoring="bands", threshold=None, target=None), [("kpis.0.bands", "is missing")], id="no bands"
        ),
        pytest.param(
            linear(threshold=None, target=None, bands=[{"from": 1, "score": 1}]),
            [("kpis.0.bands.0.from", "the lowest band does not start at the bottom")],
            id="bands above 0",
        ),
        pytest.param(
            linear(threshold=None, target=None, bands=[{"from": 0, "score": -1}]),
            [("kpis.0.bands.0.score", "is not such a number")],
            id="a negative score",
        ),
        pytest.param(linear(wieght="1"), [("kpis.0.wieght", "is not a known key")], id="a typing slip in a KPI"),
        pytest.param(card(grade=[]), [("grade", "is not a known key")], id="a typing slip at the top"),
        pytest.param(card(grades=[]), [("grades", "is empty")], id="no grade in the list"),
        pytest.param(
            card(grades=GRADES[:4]), [("grades.3.from", "the lowest band does not start at the bottom")], id="no D"
        ),
        pytest.param(
            card(grades=[*GRADES, {"grade": "A", "from": "90", "coefficient": "1.3"}]),
            [("grades.5.grade", "stands twice")],
            id="a grade twice",
        ),
        pytest.param(
            card(grades=[*GRADES, {"grade": "E", "from": "60.0", "coefficient": "1"}]),
            [("grades.5.from", "stands twice")],
            id="an edge twice",
        ),
        pytest.param(
            card(grades=[{**GRADES[0], "to": "100"}, *GRADES[1:]]),
            [("grades.0.to", "the band does not end where the next one starts")],
            id="an end at the top",
        ),
        pytest.param(card(roles=[]), [("roles", "is empty")], id="no role"),
        pytest.param(card(roles=["presales"]), [("roles.0", "is not one of the choices")], id="an unknown role"),
        pytest.param(card(roles=["pre_sales"] * 2), [("roles.1", "stands twice")], id="a role twice"),
        pytest.param(card(kpis=[]), [("kpis", "is empty")], id="no KPI"),
        pytest.param(card(kpis=None), [("kpis", "is missing")], id="KPIs null"),
        pytest.param(card(kpis=["deal_rate"]), [("kpis.0", "is not a mapping")], id="a KPI that is no mapping"),
        pytest.param(card(missing="skip"), [("missing", "is not one of the choices")], id="missing"),
        pytest.param(card(effective_from="2024-1-1"), [("effective_from", "is not a date")], id="date"),
        pytest.param([], [("", "is not a mapping")], id="a list"),
    ],
)
def test_one_problem_is_named_by_its_path(data: object, expected: list[tuple[str, str]]) -> None:
    assert problems_of(data) == expected


def test_a_metric_twice() -> None:
    data = deepcopy(PRE_SALES)
    data["kpis"][2]["metric"] = "deal_rate"
    assert problems_of(data) == [("kpis.2.metric", "stands twice")]


def test_wrong_weights_show_their_sum() -> None:
    data = deepcopy(PRE_SALES)
    data["kpis"][2]["weight"] = "0.10"
    with pytest.raises(BrokenDocument) as caught:
        scorecard_from(data)
    assert [(problem.path, problem.found) for problem in caught.value.problems] == [("kpis", "0.7")]


def test_all_problems_of_one_document_are_reported() -> None:
    data = {
        "scorecard": "x y",
        "roles": ["pre_sales", "boss"],
        "kpis": [
            {"metric": "a", "weight": "30%", "direction": "higher", "threshold": "0", "target": "1"},
            {"metric": "a", "weight": "0.5", "scoring": "bands", "bands": [{"from": "1", "score": "x"}], "note": "?"},
            {"metric": "b", "weight": "0.2", "direction": "lower", "threshold": "0", "target": "1"},
        ],
        "grades": [{"grade": "S", "from": "0"}],
    }
    assert sorted(problems_of(data)) == [
        ("effective_from", "is missing"),
        ("grades.0.coefficient", "is missing"),
        ("kpis.0.weight", "is not such a number"),
        ("kpis.1.bands.0.from", "the lowest band does not start at the bottom"),
        ("kpis.1.bands.0.score", "is not such a number"),
        ("kpis.1.metric", "stands twice"),
        ("kpis.1.note", "is not a known key"),
        ("kpis.2.target", "the target does not lie on the better side of the threshold"),
        ("roles.1", "is not one of the choices"),
        ("scorecard", "is not an identifier"),
    ]
