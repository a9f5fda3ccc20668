"""What a contact scores by its findings, the month's mean, and the worked example M-21 of the requirements."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from grading.domain.qa_form_document import qa_form_from
from grading.domain.quality import Finding, QaForm, evaluation_score, judged_findings, mean_score
from grading.kernel.document import BrokenDocument
from grading.rulebook import qa_codes, qa_escalates_on, seed_qa_form_document

FATAL = [code for code, held in qa_codes().items() if held.is_fatal]
NON_FATAL = [code for code in qa_codes() if code not in FATAL]
FORM = QaForm("own", {"N1": Fraction(5), "N2": Fraction("2.5"), "N3": Fraction(100)})


def judged(*codes: str):
    """The findings of one contact."""
    return judged_findings((Finding(date(2026, 10, 5), "c1", code) for code in codes), FATAL, qa_escalates_on())


@pytest.mark.parametrize(
    ("codes", "score"),
    [
        pytest.param("", "100", id="nothing found"),
        pytest.param("N1", "95", id="one of five points"),
        pytest.param("N1 N2", "92.5", id="100 less 5 less 2.5, exactly"),
        pytest.param("N1 N3", "0", id="never below 0"),
        pytest.param("N3", "0", id="exactly 0"),
        pytest.param("F1", "0", id="fatal"),
        pytest.param("F5 N1", "0", id="fatal beside another"),
        pytest.param("N4", None, id="no points on the form: no score, not 100 and not 0"),
        pytest.param("N1 N4", None, id="points for one of two only: no score"),
        pytest.param("F2 N4", "0", id="fatal needs no points"),
    ],
)
def test_score_of_a_contact(codes: str, score: str | None) -> None:
    assert evaluation_score(judged(*codes.split()), FORM) == (None if score is None else Fraction(score))


def test_examples_M_21_the_third_same_error_of_the_month_is_fatal() -> None:  # noqa: N802  the example's number
    """M-21, second half: N2 for the third time in the month → fatal, and that contact scores 0."""
    month = judged_findings(
        (Finding(date(2026, 10, day), f"c{day}", "N2") for day in (5, 12, 20)), FATAL, qa_escalates_on()
    )
    assert [one.is_fatal for one in month] == [False, False, True]
    assert [evaluation_score([one], FORM) for one in month] == [Fraction("97.5"), Fraction("97.5"), Fraction(0)]


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        ([], None),
        (["100"], "100"),
        (["100", "0", "95"], "65"),
        (["100", "0", "0"], "100/3"),
        (["100", None], None),
    ],
)
def test_mean(scores: list[str | None], mean: str | None) -> None:
    held = [None if score is None else Fraction(score) for score in scores]
    assert mean_score(held) == (None if mean is None else Fraction(mean))


def test_the_form_that_ships_has_no_points() -> None:
    document = qa_form_from(seed_qa_form_document(), NON_FATAL)
    assert (document.code, document.effective_from, document.form.points) == ("standard", None, {})


def test_five_fatal_and_six_others() -> None:
    assert (FATAL, NON_FATAL) == (["F1", "F2", "F3", "F4", "F5"], ["N1", "N2", "N3", "N4", "N5", "N6"])


def test_a_form_of_the_company() -> None:
    document = qa_form_from(
        {
            "form": "ours",
            "name_zh": "我们的",
            "effective_from": "2026-10-01",
            "points": [{"code": "N1", "points": "2.5"}],
        },
        NON_FATAL,
    )
    assert (document.name_zh, document.name_en, document.effective_from) == ("我们的", "ours", date(2026, 10, 1))
    assert document.form.points == {"N1": Fraction("2.5")}


@pytest.mark.parametrize(
    ("points", "path"),
    [
        ([{"code": "F1", "points": "5"}], "points.0.code"),
        ([{"code": "N9", "points": "5"}], "points.0.code"),
        ([{"code": "N1", "points": "-1"}], "points.0.points"),
        ([{"code": "N1", "points": "101"}], "points.0.points"),
        ([{"code": "N1", "points": 2.5}], "points.0.points"),
        ([{"code": "N1"}], "points.0.points"),
        ([{"code": "N1", "points": "5"}, {"code": "N1", "points": "6"}], "points.1.code"),
    ],
)
def test_a_broken_form_says_where(points: list[dict[str, object]], path: str) -> None:
    with pytest.raises(BrokenDocument) as broken:
        qa_form_from({"form": "ours", "points": points}, NON_FATAL)
    assert [problem.path for problem in broken.value.problems] == [path]
