"""Runnable tables of ``docs/algorithms``: how they are found and read. Knows nothing of pay or grades.

A table is runnable when the comment ``<!-- test: NAME -->`` stands above it. Headings that start with ``→`` are
expected results, the others inputs; an empty cell or ``—`` means "nothing". The nearest YAML block above a table is
its document, and a ``switch`` cell changes it: ``guarantee.anniversary=next_month; penalties.order=before_floor``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.imports.documents import read_document

PAGES = Path(__file__).resolve().parents[2] / "docs" / "algorithms"
EXPECTED = "→"
NOTHING = ("", "—")
_MARK = re.compile(r"<!-- test: ([a-z-]+) -->")
_MARKUP = re.compile(r"[`*]")


@dataclass(frozen=True)
class Case:
    """One row of one table. ``document`` is the YAML of its page, its switches applied."""

    page: str
    line: int
    runner: str
    inputs: Mapping[str, str]
    expected: Mapping[str, str]
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"

    def get(self, name: str, default: str = "") -> str:
        """An input cell; the default when the table has no such column or the cell holds nothing."""
        held = self.inputs.get(name, "")
        return default if held in NOTHING else held

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """A cell of ``name value; name value`` as pairs."""
        parts = [part.split() for part in self.get(name).split(";") if part.strip()]
        return [(" ".join(part[:-1]), part[-1]) for part in parts]


def cases() -> list[Case]:
    """Every row of every runnable table."""
    return [case for page in sorted(PAGES.glob("*.md")) for case in _cases_of(page)]


def _cases_of(page: Path) -> Iterator[Case]:
    lines = page.read_text(encoding="utf-8").splitlines()
    document: dict[str, Any] = {}
    runner, heading = "", []
    in_yaml: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if in_yaml is not None:
            if line.startswith("```"):
                document, in_yaml = _yaml(page.name, "\n".join(in_yaml)), None
            else:
                in_yaml.append(line)
            continue
        if line.startswith("```yaml"):
            in_yaml = []
        elif mark := _MARK.fullmatch(line.strip()):
            runner, heading = mark[1], []
        elif runner and line.startswith("|"):
            row = [_MARKUP.sub("", cell).strip() for cell in line.strip().strip("|").split("|")]
            if not heading:
                heading = row
            elif not set("".join(row)) <= set("-: "):
                yield _case(page.name, number, runner, heading, row, document)
        elif runner and heading:
            runner = ""


def _case(page: str, line: int, runner: str, heading: list[str], row: list[str], document: dict[str, Any]) -> Case:
    if len(row) != len(heading):
        raise ValueError(f"{page}:{line}: {len(row)} cells under {len(heading)} headings")
    cells = dict(zip(heading, row, strict=True))
    inputs = {name: cell for name, cell in cells.items() if not name.startswith(EXPECTED)}
    expected = {name.removeprefix(EXPECTED).strip(): cell for name, cell in cells.items() if name.startswith(EXPECTED)}
    return Case(page, line, runner, inputs, expected, _switched(document, inputs.get("switch", "")))


def _switched(document: Mapping[str, Any], switches: str) -> dict[str, Any]:
    changed = deepcopy(dict(document))
    for switch in (part.strip() for part in switches.split(";")):
        if switch in NOTHING:
            continue
        path, _sign, written = switch.partition("=")
        *parts, key = path.strip().split(".")
        place: Any = changed
        for part in parts:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[key] = _yaml(path, f"value: {written.strip()}")["value"]
    return changed


def _yaml(name: str, text: str) -> dict[str, Any]:
    document = read_document(name, text.encode())
    if document.problems:
        raise ValueError("; ".join(map(str, document.problems)))
    return document.data
