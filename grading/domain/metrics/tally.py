"""Tallies: whole numbers counted per subject, and the exact value they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

Counts = Mapping[str, int]
Quotient = tuple[Fraction, Fraction]
"""Numerator and denominator in the metric's own unit."""

SECOND = Fraction(1, 1_000_000)
HOUR = Fraction(1, 3_600_000_000)
FEN = Fraction(1, 100)
MILLIONTH = Fraction(1, 1_000_000)
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Tally:
    """``rows`` has a ``subject`` and whole-number columns, one row a subject; a subject without a row has zeros.

    ``value`` makes the quotient of one subject's numbers; None means not applicable. ``is_sum``: parts add up to the
    whole by their numerators alone.
    """

    rows: pl.LazyFrame
    value: Callable[[Counts], Quotient | None]
    is_sum: bool = False


def share(rows: pl.LazyFrame, hit: pl.Expr) -> Tally:
    """How many of the rows are hits. An empty cell is no hit."""
    counted = rows.group_by("subject").agg(numerator=hit.fill_null(value=False).sum(), denominator=pl.len())
    return Tally(counted, quotient())


def mean(rows: pl.LazyFrame, value: pl.Expr, scale: Fraction = ONE) -> Tally:
    """The mean of a whole-number column over the rows that have it."""
    counted = rows.group_by("subject").agg(numerator=value.sum(), denominator=value.count())
    return Tally(counted, quotient(scale))


def total(rows: pl.LazyFrame, value: pl.Expr, scale: Fraction = ONE) -> Tally:
    """A sum; 0 for a subject without rows."""
    return summed(rows.group_by("subject").agg(numerator=value.sum()), scale)


def count(rows: pl.LazyFrame) -> Tally:
    """The number of rows; 0 for a subject without any."""
    return summed(rows.group_by("subject").agg(numerator=pl.len()))


def summed(rows: pl.LazyFrame, scale: Fraction = ONE) -> Tally:
    """A frame of ``subject, numerator`` as it is; 0 for a subject that is not in it."""
    return Tally(rows, _over_one(scale), is_sum=True)


def over(numerators: pl.LazyFrame, denominators: pl.LazyFrame, scale: Fraction = ONE) -> Tally:
    """One count over another: frames of ``subject, numerator`` and ``subject, denominator``."""
    joined = numerators.join(denominators, on="subject", how="full", coalesce=True)
    return Tally(joined, quotient(scale))


def numbers(rows: pl.LazyFrame, numerator: pl.Expr | None = None) -> pl.LazyFrame:
    """``subject, numerator``: a sum, or the number of rows."""
    return rows.group_by("subject").agg(numerator=pl.len() if numerator is None else numerator.sum())


def denominators(rows: pl.LazyFrame, denominator: pl.Expr | None = None) -> pl.LazyFrame:
    """``subject, denominator``: a sum, or the number of rows."""
    return rows.group_by("subject").agg(denominator=pl.len() if denominator is None else denominator.sum())


def quotient(scale: Fraction = ONE) -> Callable[[Counts], Quotient | None]:
    """Numerator × scale over denominator: 0 below the line is for another store to fill. None: nothing was counted."""

    def value(counts: Counts) -> Quotient | None:
        above, below = counts.get("numerator", 0), counts.get("denominator", 0)
        return (above * scale, Fraction(below)) if above or below else None

    return value


def _over_one(scale: Fraction) -> Callable[[Counts], Quotient | None]:
    def value(counts: Counts) -> Quotient | None:
        return counts.get("numerator", 0) * scale, Fraction(1)

    return value
