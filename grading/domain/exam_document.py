"""An exam as HR writes it, turned into the value that attempts are marked by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from grading.domain.exam import Exam, ExamKind, Option, Question, QuestionKind
from grading.kernel.document import DAY, IDENTIFIER, NAME, Form, Reader, choice, note_repeats, number, text, whole

UNKNOWN_OPTION = "is not an option of this question"
ONE_RIGHT = "has not exactly one right option"
TWO_OPTIONS = "has not exactly two options"
TOO_FEW = "has fewer than two options"

_LETTERS = "ABCDEFGHIJ"
_TEXT = text(1000)
_LETTER: Form[str] = Form(
    "is not a letter of an option",
    f"one of {', '.join(_LETTERS)}",
    "A",
    lambda value: value if isinstance(value, str) and len(value) == 1 and value in _LETTERS else None,
)


@dataclass(frozen=True, slots=True)
class ExamDocument:
    """One version of an exam: its names, its number, the first day it holds, and the exam itself.

    ``source`` may stand in the document for people to read.
    """

    code: str
    name_zh: str
    name_en: str
    version: int
    effective_from: date
    exam: Exam


def exam_from(data: object) -> ExamDocument:
    """The exam that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("source")
    code = reader.required("exam", IDENTIFIER)
    rows = reader.rows("questions", required=True)
    document = ExamDocument(
        code=code,
        name_zh=reader.get("name_zh", NAME, code),
        name_en=reader.get("name_en", NAME, code),
        version=reader.required("version", whole(1, 10_000)),
        effective_from=reader.required("effective_from", DAY),
        exam=Exam(
            code=code,
            kind=reader.required("kind", choice(ExamKind)),
            questions=tuple(_question(row, place) for place, row in enumerate(rows, start=1)),
            pass_mark=reader.optional("pass_mark", number(least=0, most=100)),
        ),
    )
    reader.finish("exam")
    return document


def _question(row: Reader, number_: int) -> Question:
    kind = row.required("type", choice(QuestionKind))
    text_zh = row.required("zh", _TEXT)
    rows = row.rows("options", required=True)
    options = tuple(_option(option) for option in rows)
    note_repeats((reader, "key", option.key) for reader, option in zip(rows, options, strict=True))
    answer = row.items("answer", _LETTER, required=True)
    note_repeats((row, f"answer.{place}", key) for place, key in enumerate(answer))
    if row.is_sound("type", "options", "answer"):
        _check(row, kind, options, answer)
    note_zh = row.get("note_zh", _TEXT, "")
    return Question(
        number=number_,
        kind=kind,
        text_zh=text_zh,
        text_en=row.get("en", _TEXT, text_zh),
        options=options,
        answer=frozenset(answer),
        note_zh=note_zh,
        note_en=row.get("note_en", _TEXT, note_zh),
    )


def _option(row: Reader) -> Option:
    text_zh = row.required("zh", _TEXT)
    return Option(row.required("key", _LETTER), text_zh, row.get("en", _TEXT, text_zh))


def _check(row: Reader, kind: QuestionKind, options: tuple[Option, ...], answer: tuple[str, ...]) -> None:
    keys = [option.key for option in options]
    for place, key in enumerate(answer):
        if key not in keys:
            row.note(f"answer.{place}", UNKNOWN_OPTION, f"one of {', '.join(keys)}", key)
    if kind is not QuestionKind.MULTIPLE and len(answer) != 1:
        row.note("answer", ONE_RIGHT, "one letter", ", ".join(answer))
    if kind is QuestionKind.TRUE_FALSE and len(options) != 2:
        row.note("options", TWO_OPTIONS, "right and wrong", str(len(options)))
    elif len(options) < 2:
        row.note("options", TOO_FEW, "at least two", str(len(options)))
