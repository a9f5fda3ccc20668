"""Strict YAML: plain data with the line of every key, and nothing that YAML would guess at.

Numbers with a point stay the text that was written (``0.30`` is ``"0.30"``, quoted or not), so that no float ever
exists; whole numbers are ints unless they start with 0; only ``true`` and ``false`` are truth values. Repeated keys,
anchors, aliases, merge keys and tags are refused, and so is nesting beyond 32 levels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from grading.imports import wording
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.text import decode
from grading.imports.wording import Fault
from grading.kernel.document import DocumentProblem

MAX_BYTES = 512 * 1024
MAX_DEPTH = 32

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: Mapping[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class Document:
    """A YAML file as plain data, with the line of every key. With ``problems`` its data is not to be used.

    A path is keys, and places in lists counted from 0, joined by points: ``kpis.2.weight``.
    """

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: str) -> int:
        """The line of a value, or of the nearest value around it when there is no such path."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)

    def problem(self, path: str, fault: Fault, found: object | None = None, **values: object) -> Problem:
        """A problem with one value, reported as ``file:line:key.path``; it is not added to ``problems``."""
        return Problem.of(self.file, self.line(path), path or WHOLE_FILE, fault, found, **values)

    def located(self, problem: DocumentProblem) -> Problem:
        """A problem that reading the values found, at its line. Its sentences may be looked up in a catalogue."""
        found = None if problem.found == "nothing" else problem.found
        return self.problem(problem.path, wording.BAD_VALUE, found, wrong=problem.wrong, expected=problem.expected)


def read_document(name: str, data: bytes) -> Document:
    """The keys and values of a YAML file. Never raises for what is in the file: see ``Document.problems``."""
    document = Document(name)
    if len(data) > MAX_BYTES:
        too_large = BadFile(wording.TOO_LARGE, found=len(data), size=len(data), limit=MAX_BYTES)
        return Document(name, problems=[too_large.problem(name)])
    try:
        _Builder(document, yaml.parse(decode(data), Loader=yaml.SafeLoader)).build()
    except BadFile as bad:
        document.problems.append(bad.problem(name))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        row = 1 if mark is None else mark.line + 1
        document.problems.append(Problem.of(name, row, WHOLE_FILE, wording.BROKEN_YAML, reason=reason))
    return document


def _line(event: Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


class _Builder:
    """Builds the data from the parser's events, so that nothing is resolved or constructed on the way."""

    def __init__(self, document: Document, events: Iterator[Event]) -> None:
        self._document = document
        self._events = events

    def build(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(event, "a second document", "第二个文档")
                data = self._value(next(self._events), "", depth=0)
                if isinstance(data, dict):
                    self._document.data = data
                elif not self._document.problems:
                    raise BadFile(wording.NOT_MAPPING)
        if not documents:
            raise BadFile(wording.NOT_MAPPING)

    def _value(self, event: Event, path: str, depth: int) -> object:
        line = _line(event)
        self._document.lines.setdefault(path, line)
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            raise self._refused(event, "an anchor or alias", "锚点或别名")
        if depth > MAX_DEPTH:
            raise self._refused(event, f"nesting beyond {MAX_DEPTH} levels", f"超过 {MAX_DEPTH} 层的嵌套")
        if getattr(event, "tag", None) is not None:
            raise self._refused(event, f"the tag {getattr(event, 'tag', '')}", "标签")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, depth + 1)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path, depth + 1)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        raise self._refused(event, "something that is no value", "非值内容")

    def _mapping(self, path: str, depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise self._refused(event, "a key that is not plain text", "非纯文本的键")
            key = event.value
            if key == "<<":
                raise self._refused(event, "a merge key", "合并键")
            line = _line(event)
            here = f"{path}.{key}" if path else key
            if key in data:
                first = self._document.lines[here]
                self._document.problems.append(
                    Problem.of(self._document.file, line, here, wording.REPEATED_KEY, key, first=first)
                )
            self._document.lines.setdefault(here, line)
            data[key] = self._value(next(self._events), here, depth)
        return data

    def _sequence(self, path: str, depth: int) -> list[object]:
        data: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            data.append(self._value(event, f"{path}.{len(data)}", depth))
        return data

    def _scalar(self, event: ScalarEvent, path: str) -> object:
        text = event.value
        if event.style is not None:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._document.problems.append(self._document.problem(path, wording.NOT_DATE, text))
        return text

    def _refused(self, event: Event, what: str, what_zh: str) -> BadFile:
        return BadFile(wording.REFUSED_YAML, row=_line(event), what=what, what_zh=what_zh)
