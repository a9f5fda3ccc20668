"""A tabular file as it was written: a heading and lines of texts, before anything is known about the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from grading.imports import wording
from grading.imports.cells import Form
from grading.imports.problem import BadFile, Problem
from grading.imports.text import decode

_NO_FORMS: Mapping[int, Form] = MappingProxyType({})


class Line(NamedTuple):
    """One row: its number in the file (the heading is 1), its stripped texts, and the forms that are not TEXT."""

    number: int
    texts: list[str]
    forms: Mapping[int, Form] = _NO_FORMS


@dataclass(slots=True)
class Grid:
    """The heading, and the lines under it that are not blank. ``notices`` tell of hidden and other content."""

    file: str
    heading: Line
    lines: list[Line]
    notices: list[Problem]


def column_letters(index: int) -> str:
    """The letters of a column, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_csv(name: str, data: bytes) -> Grid:
    """The grid of a CSV file. Raises BadFile."""
    lines = _csv_lines(decode(data))
    heading = next(lines)
    if not any(heading.texts):
        raise BadFile(wording.NO_HEADING)
    if len(heading.texts) == 1 and any(mark in heading.texts[0] for mark in ";\t|,"):
        raise BadFile(wording.WRONG_SEPARATOR, found=heading.texts[0])
    return Grid(name, heading, [line for line in lines if any(line.texts)], [])


def _csv_lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            yield Line(number, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise BadFile(wording.BROKEN_CSV, row=reader.line_num, line=reader.line_num, reason=error) from error
