"""What is wrong with one raw export, cell by cell, with an end to the list when whole columns are bad."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from grading.imports import wording
from grading.imports.problem import Problem
from grading.imports.wording import Fault

MOST_LINES = 1_000
"""How many bad cells of one column are told one by one; of the others the report says how many there are."""


@dataclass(slots=True)
class Findings:
    """Bad cells of a file as they are found. The first fault of a cell stands; ``columns`` gives the printed order."""

    file: str
    columns: tuple[str, ...] = ()
    _problems: list[Problem] = field(default_factory=list)
    _told: set[tuple[int, str]] = field(default_factory=set)
    _lines: Counter[str] = field(default_factory=Counter)
    _more: Counter[str] = field(default_factory=Counter)

    def bad(self, row: int, column: str, fault: Fault, found: object | None = None, **values: object) -> None:
        """One bad cell."""
        if (row, column) in self._told:
            return
        if not self.room(column):
            self._more[column] += 1
            return
        self._told.add((row, column))
        self._lines[column] += 1
        self._problems.append(Problem.of(self.file, row, column, fault, found, **values))

    def more(self, column: str, count: int) -> None:
        """So many further bad cells of a column, which nobody looks at one by one."""
        self._more[column] += count

    def room(self, column: str) -> int:
        """How many bad cells of a column may still be told."""
        return max(0, MOST_LINES - self._lines[column])

    def problems(self) -> list[Problem]:
        """The problems by row and column, then what was left out."""
        order = {column: place for place, column in enumerate(self.columns)}
        told = sorted(self._problems, key=lambda problem: (problem.row, order.get(problem.column, -1)))
        last = {problem.column: problem.row for problem in told}
        left_out = [
            Problem.of(self.file, last.get(column, 1), column, wording.MORE_BAD_CELLS, count, count=count)
            for column, count in self._more.items()
            if count
        ]
        return told + left_out
