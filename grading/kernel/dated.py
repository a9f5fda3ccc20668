"""Values that change over time: each holds from its first day until the next one starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

from grading.kernel.errors import NoRuleInForce
from grading.kernel.period import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A named value with effective dates, oldest first. Overlaps and gaps cannot be written down."""

    name: str
    values: tuple[tuple[date, T], ...]

    @classmethod
    def of(cls, name: str, values: Iterable[tuple[date, T]]) -> Dated[T]:
        return cls(name, tuple(sorted(dict(values).items())))

    def on(self, day: date) -> T:
        """The value in force on a day. Raises NoRuleInForce before the first value: it is never guessed."""
        for since, value in reversed(self.values):
            if since <= day:
                return value
        raise NoRuleInForce(name=self.name, day=day, first=self.values[0][0] if self.values else "—")

    def segments(self, span: Span) -> Iterator[tuple[Span, T]]:
        """The span cut where the value changes, in order. Raises NoRuleInForce if it starts before the first."""
        if not span.days:
            return
        edges = [span.start, *(since for since, _ in self.values if span.start < since < span.end), span.end]
        for start, end in pairwise(edges):
            yield Span(start, end), self.on(start)
