"""Values that change over time: each holds from its first day until the next one starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Generic, TypeVar

from grading.kernel.errors import NoRuleInForce, RuleHasEnded
from grading.kernel.period import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A named value with effective dates, oldest first. Overlaps and gaps cannot be written down.

    ``end`` is the first day that is covered no more; None when the last value holds until further notice.
    """

    name: str
    values: tuple[tuple[date, T], ...]
    end: date | None = None

    @classmethod
    def of(cls, name: str, values: Iterable[tuple[date, T]], end: date | None = None) -> Dated[T]:
        return cls(name, tuple(sorted(dict(values).items(), key=lambda held: held[0])), end)

    def on(self, day: date) -> T:
        """The value in force on a day. Raises NoRuleInForce, RuleHasEnded: outside its dates it is never guessed."""
        if self.end is not None and day >= self.end:
            raise RuleHasEnded(name=self.name, day=day, last=self.end - timedelta(days=1))
        for since, value in reversed(self.values):
            if since <= day:
                return value
        raise NoRuleInForce(name=self.name, day=day, first=self.values[0][0] if self.values else "—")

    def segments(self, span: Span) -> Iterator[tuple[Span, T]]:
        """The span cut where the value changes, in order. Raises NoRuleInForce, RuleHasEnded if a day is uncovered."""
        if not span.days:
            return
        ends = () if self.end is None else (self.end,)
        changes = (*(since for since, _ in self.values), *ends)
        edges = [span.start, *(day for day in changes if span.start < day < span.end), span.end]
        for start, end in pairwise(edges):
            yield Span(start, end), self.on(start)
