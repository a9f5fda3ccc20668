"""Plain data (mappings, lists, text, whole numbers, truth values, dates) read into values, with every problem noted.

A ``Reader`` never stops at a problem: it notes the key path, hands out a stand-in of the right type and reads on.
``finish`` refuses the document if anything was noted, so a stand-in never leaves the function that reads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, Generic, TypeVar

from grading.kernel.bands import Bands
from grading.kernel.errors import DomainError, InexactAmount
from grading.kernel.exact import exact, exact_store, exact_text
from grading.kernel.money import ZERO

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)

MISSING = "is missing"
EMPTY = "is empty"
UNKNOWN_KEY = "is not a known key"
MISPLACED = "does not belong here"
REPEATED = "stands twice"
NOT_BOTTOM = "the lowest band does not start at the bottom"
NOT_ADJOINING = "the band does not end where the next one starts"

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_IDENTIFIER = re.compile(r"[0-9A-Za-z\u3400-\u9fff][0-9A-Za-z\u3400-\u9fff_.\-]{0,39}")
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_GREATEST = 10**18
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """One thing wrong with a document. ``path`` is the keys and places (from 0) joined by points: ``kpis.2.weight``.

    ``wrong`` is one of a few fixed English sentences, so that it can be looked up in a catalogue; the values are in
    ``found`` and ``expected``.
    """

    path: str
    wrong: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path or 'document'}: {self.wrong}, found {self.found}, expected {self.expected}"


class BrokenDocument(DomainError):
    """A document that cannot become a value. ``problems`` are all of them, not only the first."""

    code = "kernel.broken_document"
    template = "The {document} cannot be used, {count} problem(s): {detail}"

    def __init__(self, document: str, problems: Sequence[DocumentProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(document=document, count=len(self.problems), detail="; ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How one value is written. ``read`` gives None for what is not of this form.

    ``stand_in`` takes the place of what could not be read; it means nothing.
    """

    wrong: str
    expected: str
    stand_in: T
    read: Callable[[object], T | None]


def text(most: int) -> Form[str]:
    """A text of 1 to ``most`` visible characters; line breaks become blanks."""

    def read(value: object) -> str | None:
        if not isinstance(value, str):
            return None
        line = " ".join(part.strip() for part in value.splitlines()).strip()
        is_visible = not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in line)
        return line if line and len(line) <= most and is_visible else None

    return Form("is not a text", f"a text of 1 to {most} visible characters", "", read)


def number(least: int | None = None, above: int | None = None, most: int | None = None) -> Form[Fraction]:
    """An exact number within limits: a whole number, plain digits as text, or a ratio (``1/3``). Never a float."""
    limits = [
        f"{words} {limit}"
        for words, limit in (("at least", least), ("more than", above), ("at most", most))
        if limit is not None
    ]

    def read(value: object) -> Fraction | None:
        digits = _digits(value)
        try:
            found = None if digits is None else exact(digits)
        except InexactAmount:
            return None
        if found is None or (least is not None and found < least) or (above is not None and found <= above):
            return None
        return None if most is not None and found > most else found

    return Form("is not such a number", ", ".join(["plain digits such as 12.5", *limits]), Fraction(0), read)


def whole(least: int, most: int) -> Form[int]:
    """A whole number within limits, as a number or as digits."""

    def read(value: object) -> int | None:
        digits = _digits(value)
        if digits is None or not _WHOLE.fullmatch(digits):
            return None
        return int(digits) if least <= int(digits) <= most else None

    return Form("is not such a whole number", f"a whole number from {least} to {most}", least, read)


def one_of(options: Sequence[str]) -> Form[str]:
    """One of a few texts."""

    def read(value: object) -> str | None:
        return value if isinstance(value, str) and value in options else None

    return Form("is not one of the choices", f"one of {', '.join(options)}", "", read)


def choice(options: type[Choice]) -> Form[Choice]:
    """One of the values of an enumeration."""
    members = tuple(options)

    def read(value: object) -> Choice | None:
        return next((member for member in members if isinstance(value, str) and value == member.value), None)

    allowed = ", ".join(member.value for member in members)
    return Form("is not one of the choices", f"one of {allowed}", members[0], read)


def _digits(value: object) -> str | None:
    """The digits of a text or a whole number; truth values and floats are not numbers."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _GREATEST:
        return str(value)
    return None


def _money(value: object) -> Decimal | None:
    digits = _digits(value)
    return Decimal(digits) + ZERO if digits is not None and _MONEY.fullmatch(digits) else None


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return None if isinstance(value, datetime) else value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


TEXT = text(500)
NAME = text(80)
CODE = Form("is not a code", "small letters, digits and _ , at most 40, a letter first", "", _matching(_SNAKE_CASE))
"""A name that the software itself knows or prints: a metric, a line code, a sales basis."""
IDENTIFIER = Form(
    "is not an identifier",
    "letters, digits, Chinese characters, - _ . , at most 40, as text",
    "",
    _matching(_IDENTIFIER),
)
"""A name that the company chooses and its tables refer to: a plan, a tier."""
MONEY = Form("is not an amount", "yuan of zero or more with at most two places, such as 1600.00", ZERO, _money)
NUMBER = number()
FLAG = Form("is neither true nor false", "true or false", False, _flag)  # noqa: FBT003
DAY = Form("is not a date", "a day of the calendar as YYYY-MM-DD", date.min, _day)


@dataclass(frozen=True, slots=True)
class _Findings:
    """What the readers of one document share."""

    problems: list[DocumentProblem] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=list)


class Reader:
    """One mapping of a document. A key whose value is null counts as left out.

    Asking for a key makes it known; what nobody asked for is an unknown key. Ask for each nested part only once.
    """

    __slots__ = ("_data", "_findings", "_known", "path")

    def __init__(self, data: object, path: str = "", findings: _Findings | None = None) -> None:
        self.path = path
        self._findings = findings if findings is not None else _Findings()
        self._known: set[str] = set()
        self._data: Mapping[object, object] | None = data if isinstance(data, Mapping) else None
        if self._data is None:
            self._note_at(path, "is not a mapping", data, "keys and values")
        self._findings.readers.append(self)

    def required(self, key: str, form: Form[T]) -> T:
        """The value of a key that must be there."""
        value = self._look(key)
        if value is None:
            self.note_missing(key, form.expected)
            return form.stand_in
        return self._read(key, value, form)

    def optional(self, key: str, form: Form[T]) -> T | None:
        """The value of a key, None when it is left out."""
        value = self._look(key)
        return None if value is None else self._read(key, value, form)

    def get(self, key: str, form: Form[T], default: T) -> T:
        """The value of a key, the default when it is left out."""
        value = self.optional(key, form)
        return default if value is None else value

    def has(self, key: str) -> bool:
        """Whether a key is there with a value, readable or not."""
        return self._look(key) is not None

    def items(self, key: str, form: Form[T], *, required: bool = False) -> tuple[T, ...]:
        """A list of single values; empty only when it is left out. An empty list is a problem."""
        listed = self._list(key, required=required)
        if listed is not None and not listed:
            self.note(key, EMPTY, "at least one value")
        return tuple(self._read(f"{key}.{place}", value, form) for place, value in enumerate(listed or ()))

    def table(self, key: str, form: Form[T]) -> dict[str, T]:
        """A mapping of identifiers to single values; empty when it is left out."""
        return {name: self._read(f"{key}.{name}", value, form) for name, value in self._named(key, IDENTIFIER)}

    def part(self, key: str) -> Reader | None:
        """A nested mapping, None when it is left out."""
        value = self._look(key)
        return None if value is None else self._nested(key, value)

    def parts(self, key: str, *, required: bool = False) -> dict[str, Reader]:
        """Nested mappings by code; empty when they are left out. ``required`` asks for at least one."""
        named = {name: self._nested(f"{key}.{name}", value) for name, value in self._named(key, CODE)}
        if required and not named and not self.has(key):
            self.note_missing(key, "at least one key with its values")
        elif required and not named and self.is_sound(key):
            self.note(key, EMPTY, "at least one key with its values")
        return named

    def rows(self, key: str, *, required: bool = False, text_as: str | None = None) -> tuple[Reader, ...]:
        """A list of mappings; empty when it is left out. ``required`` asks for at least one.

        With ``text_as``, a text stands for a mapping with that one key.
        """
        listed = self._list(key, required=required)
        if required and listed is not None and not listed:
            self.note(key, EMPTY, "at least one entry")
        return tuple(
            self._nested(f"{key}.{place}", {text_as: value} if text_as and isinstance(value, str) else value)
            for place, value in enumerate(listed or ())
        )

    def refuse(self, *keys: str, expected: str) -> None:
        """Notes those of the keys that have a value: they are known, but mean nothing beside the other keys."""
        for key in keys:
            if self.has(key):
                self.note(key, MISPLACED, expected)

    def allow(self, *keys: str) -> None:
        """Makes keys known without reading them."""
        self._known.update(keys)

    def is_sound(self, *keys: str) -> bool:
        """Whether nothing is noted so far at, under or above any of the keys."""
        return not any(
            _is_within(problem.path, self._path(key)) or _is_within(self._path(key), problem.path)
            for problem in self._findings.problems
            for key in keys
        )

    def note(self, key: str, wrong: str, expected: str, found: object = None) -> None:
        """Notes a problem at a key; without ``found``, the key's own value is shown."""
        value = self._data.get(key) if found is None and self._data is not None else found
        self._note_at(self._path(key), wrong, value, expected)

    def note_missing(self, key: str, expected: str) -> None:
        """Notes that a key is left out; silent when this whole mapping could not be read."""
        if self._data is not None:
            self.note(key, MISSING, expected)

    def unknown_keys(self) -> tuple[str, ...]:
        """The keys that nobody has asked for."""
        return tuple(str(key) for key in self._data or () if key not in self._known)

    def note_unknown_keys(self) -> None:
        """Notes the keys that nobody has asked for."""
        for key in self.unknown_keys():
            self._note_at(self._path(key), UNKNOWN_KEY, key, f"one of {', '.join(sorted(self._known))}")

    def finish(self, document: str) -> None:
        """Raises BrokenDocument if anything was noted here or in any other part of the same document."""
        for reader in self._findings.readers:
            reader.note_unknown_keys()
        if self._findings.problems:
            raise BrokenDocument(document, self._findings.problems)

    def _look(self, key: str) -> object:
        self._known.add(key)
        return None if self._data is None else self._data.get(key)

    def _read(self, key: str, value: object, form: Form[T]) -> T:
        found = form.read(value)
        if found is None:
            self._note_at(self._path(key), form.wrong, value, form.expected)
            return form.stand_in
        return found

    def _nested(self, key: str, value: object) -> Reader:
        return Reader(value, self._path(key), self._findings)

    def _list(self, key: str, *, required: bool) -> Sequence[object] | None:
        value = self._look(key)
        if isinstance(value, list | tuple):
            return value
        if value is not None:
            self.note(key, "is not a list", "a list")
        elif required:
            self.note_missing(key, "a list")
        return None

    def _named(self, key: str, names: Form[str]) -> Iterator[tuple[str, object]]:
        value = self._look(key)
        if value is not None and not isinstance(value, Mapping):
            self.note(key, "is not a mapping", "keys and values")
        for name, held in value.items() if isinstance(value, Mapping) else ():
            self._read(f"{key}.{name}", name, names)
            yield str(name), held

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _note_at(self, path: str, wrong: str, found: object, expected: str) -> None:
        self._findings.problems.append(DocumentProblem(_visible(path), wrong, _shown(found), expected))


def note_repeats(entries: Iterable[tuple[Reader, str, str]]) -> None:
    """Notes every (reader, key, value) whose value an earlier one has; values that could not be read are left out."""
    seen = set()
    for reader, key, value in entries:
        if not reader.is_sound(key):
            continue
        if value in seen:
            reader.note(key, REPEATED, "each only once", value)
        seen.add(value)


def bands_from(rows: Sequence[Reader], values: Sequence[T], name: str) -> Bands[T]:
    """Bands from rows in any order, each with ``from`` and a value that was read from it.

    They start at 0 and none repeats; ``to`` may be given where it equals the next ``from``, so the last has none.
    """
    starts = [row.required("from", NUMBER) for row in rows]
    ends = [row.optional("to", NUMBER) for row in rows]
    order = sorted(range(len(rows)), key=lambda place: starts[place])
    if order and all(row.is_sound("from", "to") for row in rows):
        _check_edges([(starts[place], ends[place], rows[place]) for place in order])
    return Bands(name, tuple((starts[place], values[place]) for place in order))


def _check_edges(edges: Sequence[tuple[Fraction, Fraction | None, Reader]]) -> None:
    lowest, _, first = edges[0]
    if lowest != 0:
        first.note("from", NOT_BOTTOM, "0")
    for (start, end, row), (next_start, _, next_row) in pairwise(edges):
        if start == next_start:
            next_row.note("from", REPEATED, "each only once")
        elif end is not None and end != next_start:
            row.note("to", NOT_ADJOINING, f"{exact_text(next_start)}, where the next band starts")
    _, end, last = edges[-1]
    if end is not None:
        last.note("to", NOT_ADJOINING, "nothing: the highest band has no end")


def canonical_data(data: object) -> Any:
    """The data as JSON keeps it, for storage and fingerprints: days become ISO text, numbers exact text, and keys
    whose value is null are left out. Text stays as it was written, so ``0.30`` and ``0.3`` differ.

    Raises InexactAmount for a float, TypeError for what no document holds.
    """
    if data is None or isinstance(data, str | bool):
        return data
    if isinstance(data, float):
        raise InexactAmount(value=data)
    if isinstance(data, int | Decimal | Fraction):
        return exact_store(exact(data))
    if isinstance(data, date) and not isinstance(data, datetime):
        return data.isoformat()
    if isinstance(data, Mapping):
        return {str(key): canonical_data(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [canonical_data(value) for value in data]
    raise TypeError(f"{type(data).__name__} does not occur in a document")


def _is_within(path: str, whole_path: str) -> bool:
    return not whole_path or path == whole_path or path.startswith(f"{whole_path}.")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    words = str(value).lower() if isinstance(value, bool) else str(value)
    return _visible(words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…")


def _visible(words: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)
