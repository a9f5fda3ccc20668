"""Half-open bands: each starts at its edge and ends where the next one starts; the last one has no end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Generic, TypeVar

from grading.kernel.errors import BelowBands, BrokenBands

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """The part of an amount that falls into one band."""

    start: Fraction
    part: Fraction
    value: T


@dataclass(frozen=True, slots=True)
class Bands(Generic[T]):
    """Values by band, lowest first."""

    name: str
    edges: tuple[tuple[Fraction, T], ...]

    @classmethod
    def of(cls, name: str, edges: Iterable[tuple[Fraction, T]], bottom: Fraction = Fraction(0)) -> Bands[T]:
        """Bands from edges in any order. Raises BrokenBands unless the lowest edge is ``bottom`` and none repeats."""
        ordered = tuple(sorted(edges, key=lambda edge: edge[0]))
        if not ordered:
            raise BrokenBands(name=name, problem="there are none", bottom=bottom)
        if ordered[0][0] != bottom:
            raise BrokenBands(name=name, problem=f"the lowest starts at {ordered[0][0]}", bottom=bottom)
        for one, other in pairwise(ordered):
            if one[0] == other[0]:
                raise BrokenBands(name=name, problem=f"{one[0]} starts two bands", bottom=bottom)
        return cls(name, ordered)

    def at(self, value: Fraction) -> T:
        """The value of the band that holds ``value``; an edge belongs to the band above it. Raises BelowBands."""
        for edge, held in reversed(self.edges):
            if edge <= value:
                return held
        raise BelowBands(value=value, name=self.name, first=self.edges[0][0])

    def whole(self, amount: Fraction) -> tuple[Slice[T], ...]:
        """The whole amount in the band it reaches (全额); an amount below the bottom takes the first band."""
        start, value = next(((s, v) for s, v in reversed(self.edges) if s <= amount), self.edges[0])
        return (Slice(start, amount, value),)

    def marginal(self, amount: Fraction) -> tuple[Slice[T], ...]:
        """Each part of the amount in its own band (超额累进); an amount below the bottom takes the first band."""
        if amount <= self.edges[0][0]:
            return (Slice(self.edges[0][0], amount, self.edges[0][1]),)
        ends = [*(edge for edge, _ in self.edges[1:]), None]
        return tuple(
            Slice(start, (amount if end is None else min(amount, end)) - start, value)
            for (start, value), end in zip(self.edges, ends, strict=True)
            if amount > start
        )
