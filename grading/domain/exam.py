"""Exams (考试): questions with their right answers, and what a set of answers is worth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

HUNDRED = 100


class QuestionKind(StrEnum):
    """How many options may be right."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    """One or more; the source does not mark these (000 L58: questions 2, 8 to 12 and 14)."""
    TRUE_FALSE = "true_false"


class ExamKind(StrEnum):
    """What an exam measures."""

    ONBOARDING = "onboarding"
    PRODUCT = "product"


class Counted(StrEnum):
    """Which of several attempts counts."""

    LATEST = "latest"
    BEST = "best"


class Verdict(StrEnum):
    """What an attempt came to against the pass mark."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """No pass mark is set, so there is neither pass nor fail."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer, known by its letter."""

    key: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question. ``answer`` is the whole set of right options; ``number`` counts from 1 by its place.

    The notes say what is doubtful about it; people see them with their result.
    """

    number: int
    kind: QuestionKind
    text_zh: str
    text_en: str
    options: tuple[Option, ...]
    answer: frozenset[str]
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions of one version. ``pass_mark`` is the least score that passes; the sources give none."""

    code: str
    kind: ExamKind
    questions: tuple[Question, ...]
    pass_mark: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What answers are worth: the numbers of the right questions, and the exact score from 0 to 100."""

    right: tuple[int, ...]
    questions: int
    score: Fraction


@dataclass(frozen=True, slots=True)
class Taken:
    """One submitted attempt, as far as counting needs it."""

    exam: str
    submitted_at: datetime
    score: Fraction


Answers = Mapping[int, Collection[str]]
"""Question number → the options chosen."""


def marks(exam: Exam, answers: Answers) -> Marks:
    """A question is right when exactly its right options are chosen: the source gives no points for a part (000 L58).

    An unanswered question is wrong. The score is right ÷ questions × 100, unrounded.
    """
    right = tuple(
        question.number for question in exam.questions if frozenset(answers.get(question.number, ())) == question.answer
    )
    return Marks(right, len(exam.questions), Fraction(len(right) * HUNDRED, len(exam.questions)))


def unanswered(exam: Exam, answers: Answers) -> tuple[int, ...]:
    """The numbers of the questions without any option chosen."""
    return tuple(question.number for question in exam.questions if not answers.get(question.number))


def known_answers(exam: Exam, answers: Answers) -> dict[int, tuple[str, ...]]:
    """Only the options that the exam has, in its order; questions without any are left out."""
    kept = {
        question.number: tuple(
            option.key for option in question.options if option.key in answers.get(question.number, ())
        )
        for question in exam.questions
    }
    return {number: keys for number, keys in kept.items() if keys}


def verdict(score: Fraction, pass_mark: Fraction | None) -> Verdict:
    """Passed or failed; the pass mark itself passes."""
    if pass_mark is None:
        return Verdict.UNDECIDED
    return Verdict.PASSED if score >= pass_mark else Verdict.FAILED


def counting(attempts: Iterable[Taken], counted: Counted) -> dict[str, Taken]:
    """Exam code → the attempt that counts; of equally good ones the latest."""
    found: dict[str, Taken] = {}
    for attempt in sorted(attempts, key=lambda held: held.submitted_at):
        held = found.get(attempt.exam)
        if held is None or counted is Counted.LATEST or attempt.score >= held.score:
            found[attempt.exam] = attempt
    return found


def mean(scores: Collection[Fraction]) -> Fraction | None:
    """The exact mean; None of nothing, never 0."""
    return sum(scores, Fraction(0)) / len(scores) if scores else None
