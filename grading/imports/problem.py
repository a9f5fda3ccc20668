"""One thing wrong with an imported file: where, what, what was found, and what is expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from grading.imports.wording import Fault, Lang

WHOLE_FILE = "-"
"""The column of a problem that concerns the file or a whole row."""

INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffd\U000e0000-\U000e007f]"
)
"""Control, zero-width, bidirectional, filler and replacement characters: never part of a name, code or note."""

_SHOWN = 60


def visible(text: str, limit: int = _SHOWN) -> str:
    """The text on one line, invisible characters written out (``\\u202e``), cut after ``limit`` characters."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return INVISIBLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), cut)


@dataclass(frozen=True, slots=True)
class Problem:
    """``file:row:column: what is wrong, what was found, what is expected``.

    ``row`` counts from 1, the heading; in a document it is the line. ``column`` is the English name of the column or
    the path of the key, never the heading as typed. ``found`` is the cell as it was read, None when nothing was there.
    A problem is not an exception: files are read to the end, so that every bad cell is reported at once.
    """

    file: str
    row: int
    column: str
    fault: Fault
    found: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, file: str, row: int, column: str, fault: Fault, found: object | None = None, **values: object
    ) -> Problem:
        """A problem whose found value and named values are turned into text."""
        texts = {name: visible(str(value), limit=600) for name, value in values.items()}
        return cls(file, row, column, fault, None if found is None else str(found), texts)

    @property
    def code(self) -> str:
        return self.fault.code

    @property
    def wrong(self) -> str:
        return self.fault.wrong.text(self.values)

    @property
    def expected(self) -> str:
        return self.fault.expected.text(self.values)

    def text(self, lang: Lang = Lang.EN) -> str:
        """The problem on one line, in a language."""
        wrong, expected = self.fault.wrong.text(self.values, lang), self.fault.expected.text(self.values, lang)
        place = f"{visible(self.file, 200)}:{self.row}:{visible(self.column)}"
        if lang is Lang.ZH:
            found = "空" if self.found is None else f"“{visible(self.found)}”"
            return f"{place}: {wrong}，实际为{found}，应为：{expected}"
        found = "nothing" if self.found is None else f"'{visible(self.found)}'"
        return f"{place}: {wrong}, found {found}, expected {expected}"

    def __str__(self) -> str:
        return self.text()


class BadFile(Exception):
    """A file, or the rest of it, cannot be read at all. Caught where the file was opened and turned into a Problem."""

    def __init__(self, fault: Fault, row: int = 1, found: object | None = None, **values: object) -> None:
        self.fault, self.row, self.found, self.values = fault, row, found, values
        super().__init__(fault.code)

    def problem(self, file: str) -> Problem:
        """The problem; the found value is the file itself unless something more exact was found."""
        found = file if self.found is None else self.found
        return Problem.of(file, self.row, WHOLE_FILE, self.fault, found, **self.values)
