"""A QA form as a company writes it, turned into the value that contacts are scored by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from grading.domain.quality import FULL_SCORE, QaForm
from grading.kernel.document import DAY, IDENTIFIER, NAME, Reader, note_repeats, number, one_of


@dataclass(frozen=True, slots=True)
class QaFormDocument:
    """One version of a QA form: its names, the first day it holds (None: always held), and the form itself."""

    code: str
    name_zh: str
    name_en: str
    effective_from: date | None
    form: QaForm


def qa_form_from(data: object, non_fatal: Collection[str]) -> QaFormDocument:
    """The form that plain data describes; ``non_fatal`` are the codes that may have points.

    A fatal code has none: it always leaves 0. Raises BrokenDocument with every problem.
    """
    reader = Reader(data)
    reader.allow("source")
    code = reader.required("form", IDENTIFIER)
    rows = reader.rows("points")
    read = [
        (row.required("code", one_of(tuple(non_fatal))), row.required("points", number(0, most=int(FULL_SCORE))))
        for row in rows
    ]
    note_repeats((row, "code", found) for row, (found, _points) in zip(rows, read, strict=True))
    document = QaFormDocument(
        code=code,
        name_zh=reader.get("name_zh", NAME, code),
        name_en=reader.get("name_en", NAME, code),
        effective_from=reader.optional("effective_from", DAY),
        form=QaForm(code, dict(read)),
    )
    reader.finish("QA form")
    return document
