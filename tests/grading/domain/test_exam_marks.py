"""Marking: exactly the right options or nothing, exact scores, which attempt counts; what an exam document may be."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.exam import (
    Counted,
    Exam,
    ExamKind,
    Marks,
    Option,
    Question,
    QuestionKind,
    Taken,
    Verdict,
    counting,
    known_answers,
    marks,
    mean,
    unanswered,
    verdict,
)
from grading.domain.exam_document import exam_from
from grading.kernel.document import BrokenDocument, canonical_data


def question(number: int, answer: str, kind: QuestionKind = QuestionKind.MULTIPLE) -> Question:
    options = tuple(Option(key, key, key) for key in "ABCD")
    return Question(number, kind, "题", "question", options, frozenset(answer))


EXAM = Exam("e", ExamKind.PRODUCT, (question(1, "CD"), question(2, "B", QuestionKind.SINGLE), question(3, "ABC")))


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        ({1: "CD", 2: "B", 3: "ABC"}, (1, 2, 3)),
        ({1: "DC", 2: "B", 3: "CBA"}, (1, 2, 3)),  # the order does not matter
        ({1: "C", 2: "B", 3: "ABC"}, (2, 3)),  # half of the right ones is wrong
        ({1: "ACD", 2: "B", 3: "ABC"}, (2, 3)),  # one too many is wrong
        ({1: "CD", 2: "AB", 3: "ABC"}, (1, 3)),
        ({2: "B"}, (2,)),
        ({}, ()),
    ],
)
def test_a_question_is_right_only_when_the_whole_set_is(answers: dict[int, str], right: tuple[int, ...]) -> None:
    assert marks(EXAM, answers) == Marks(right, 3, Fraction(100 * len(right), 3))


def test_two_of_three_is_not_rounded() -> None:
    assert marks(EXAM, {1: "CD", 2: "B"}).score == Fraction(200, 3)


def test_what_the_page_did_not_offer_is_dropped() -> None:
    assert known_answers(EXAM, {1: ("D", "C", "Z"), 2: ("x",), 9: ("A",)}) == {1: ("C", "D")}
    assert unanswered(EXAM, {1: ("C",), 2: ()}) == (2, 3)


@pytest.mark.parametrize(
    ("score", "pass_mark", "expected"),
    [
        ("80", "80", Verdict.PASSED),
        ("79.99", "80", Verdict.FAILED),
        ("100", None, Verdict.UNDECIDED),
        ("0", None, Verdict.UNDECIDED),
        ("0", "0", Verdict.PASSED),
    ],
)
def test_without_a_pass_mark_nobody_passes(score: str, pass_mark: str | None, expected: Verdict) -> None:
    assert verdict(Fraction(score), None if pass_mark is None else Fraction(pass_mark)) is expected


def test_the_latest_or_the_best_attempt_counts() -> None:
    first = Taken("e", datetime(2026, 6, 1, 9, tzinfo=UTC), Fraction(90))
    second = Taken("e", datetime(2026, 6, 2, 9, tzinfo=UTC), Fraction(70))
    other = Taken("f", datetime(2026, 6, 1, 9, tzinfo=UTC), Fraction(50))
    assert counting([second, first, other], Counted.LATEST) == {"e": second, "f": other}
    assert counting([second, first, other], Counted.BEST) == {"e": first, "f": other}
    assert counting([], Counted.BEST) == {}


def test_a_mean_of_nothing_is_nothing() -> None:
    assert mean([]) is None
    assert mean([Fraction(70), Fraction(75), Fraction(75)]) == Fraction(220, 3)


# --- Documents --------------------------------------------------------------------------------------------------------

DOCUMENT: dict[str, Any] = {
    "exam": "products",
    "kind": "product",
    "version": 2,
    "effective_from": "2026-06-01",
    "pass_mark": "60",
    "questions": [
        {
            "type": "single",
            "zh": "问",
            "options": [{"key": "A", "zh": "甲"}, {"key": "B", "zh": "乙", "en": "second"}],
            "answer": ["B"],
        }
    ],
}


def test_a_document_becomes_its_exam() -> None:
    document = exam_from(DOCUMENT)
    assert (document.code, document.name_zh, document.version) == ("products", "products", 2)
    options = (Option("A", "甲", "甲"), Option("B", "乙", "second"))
    assert document.exam == Exam(
        "products",
        ExamKind.PRODUCT,
        (Question(1, QuestionKind.SINGLE, "问", "问", options, frozenset("B")),),
        Fraction(60),
    )


def test_the_stored_form_reads_back_the_same() -> None:
    assert exam_from(canonical_data(DOCUMENT)) == exam_from(DOCUMENT)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"answer": ["C"]}, "questions.0.answer.0"),
        ({"answer": ["A", "B"]}, "questions.0.answer"),
        ({"type": "multiple", "answer": ["A", "A"]}, "questions.0.answer.1"),
        ({"answer": []}, "questions.0.answer"),
        ({"type": "true_false", "options": [{"key": k, "zh": k} for k in "ABC"]}, "questions.0.options"),
        ({"options": [{"key": "B", "zh": "乙"}]}, "questions.0.options"),
        ({"options": [{"key": "B", "zh": "乙"}, {"key": "B", "zh": "丙"}]}, "questions.0.options.1.key"),
        ({"type": "essay"}, "questions.0.type"),
        ({"points": 5}, "questions.0.points"),
    ],
)
def test_a_broken_question_names_its_problem(change: dict[str, object], path: str) -> None:
    data = deepcopy(DOCUMENT)
    data["questions"][0] |= change
    with pytest.raises(BrokenDocument) as raised:
        exam_from(data)
    assert path in {problem.path for problem in raised.value.problems}


@pytest.mark.parametrize("change", [{"pass_mark": "101"}, {"kind": "other"}, {"questions": []}, {"version": 0}])
def test_a_broken_exam_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BrokenDocument):
        exam_from({**DOCUMENT, **change})
