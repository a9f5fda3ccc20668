"""Exams: the whole sentence about each broken question, names and notes that are left out, equally good attempts."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.exam import Counted, Taken, counting
from grading.domain.exam_document import exam_from
from grading.kernel.document import BrokenDocument

TWO = [{"key": "A", "zh": "甲"}, {"key": "B", "zh": "乙"}]


def exam(**question: Any) -> dict[str, Any]:
    return {
        "exam": "products",
        "kind": "product",
        "version": 1,
        "effective_from": "2026-06-01",
        "questions": [{"type": "single", "zh": "问", "options": TWO, "answer": ["B"]} | question],
    }


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"answer": ["C"]}, "answer.0: is not an option of this question, found C, expected one of A, B"),
        ({"answer": ["A", "B"]}, "answer: has not exactly one right option, found A, B, expected one letter"),
        ({"answer": None}, "answer: is missing, found nothing, expected a list"),
        ({"options": None}, "options: is missing, found nothing, expected a list"),
        ({"options": TWO[1:]}, "options: has fewer than two options, found 1, expected at least two"),
        (
            {"type": "true_false", "options": [*TWO, {"key": "C", "zh": "丙"}]},
            "options: has not exactly two options, found 3, expected right and wrong",
        ),
        # What cannot be read is named once, and nothing is concluded from it
        (
            {"answer": ["b"]},
            "answer.0: is not a letter of an option, found b, expected one of A, B, C, D, E, F, G, H, I, J",
        ),
        (
            {"type": "essay", "answer": ["A", "B"]},
            "type: is not one of the choices, found essay, expected one of single, multiple, true_false",
        ),
    ],
)
def test_a_broken_question_is_told_in_one_sentence(question: dict[str, Any], problem: str) -> None:
    with pytest.raises(BrokenDocument) as raised:
        exam_from(exam(**question))
    assert [str(each) for each in raised.value.problems] == [f"questions.0.{problem}"]
    assert raised.value.values["document"] == "exam"


def test_two_problems_of_the_options_are_both_told() -> None:
    with pytest.raises(BrokenDocument) as raised:
        exam_from(exam(type="true_false", options=TWO[:1], answer=["A", "B"]))
    assert [problem.path for problem in raised.value.problems] == [
        "questions.0.answer.1",
        "questions.0.answer",
        "questions.0.options",
    ]


def test_names_and_english_texts_are_the_others_when_left_out() -> None:
    document = exam_from(exam(note_zh="见手册"))
    assert (document.name_zh, document.name_en) == ("products", "products")
    [question] = document.exam.questions
    assert (question.text_en, question.note_zh, question.note_en) == ("问", "见手册", "见手册")


def test_names_and_english_texts_as_written() -> None:
    written = exam(en="Q", note_zh="见手册", note_en="see the handbook")
    document = exam_from(written | {"name_zh": "产品", "name_en": "Products"})
    assert (document.name_zh, document.name_en) == ("产品", "Products")
    [question] = document.exam.questions
    assert (question.text_en, question.note_zh, question.note_en) == ("Q", "见手册", "see the handbook")


def test_of_equally_good_attempts_the_latest_counts() -> None:
    first, second = (Taken("e", datetime(2026, 6, day, tzinfo=UTC), Fraction(80)) for day in (1, 2))
    assert counting([first, second], Counted.BEST) == counting([second, first], Counted.BEST) == {"e": second}
