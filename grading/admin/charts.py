"""Where the marks of a chart stand: whole pixels, worked out by the server. Draws nothing and knows no metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 28, 52
TICKS = 5
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in pixels with what it says."""

    x: int
    y: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high`` in its own unit, with its ticks as (pixel, text)."""

    low: Fraction
    high: Fraction
    start: int
    end: int
    ticks: tuple[tuple[int, str], ...]

    def at(self, value: Fraction) -> int:
        """The pixel of a value."""
        return self.start + round((value - self.low) / (self.high - self.low) * (self.end - self.start))


def axis(values: Sequence[Fraction], start: int, end: int, text: Callable[[Fraction], str]) -> Axis:
    """An axis that holds 0 and every value, with round ticks."""
    low, high = min([*values, Fraction(0)]), max([*values, Fraction(0)])
    step = _round_step((high - low) / TICKS or Fraction(1))
    low, high = low // step * step, -(-high // step) * step
    if high == low:
        high = low + step
    bare = Axis(low, high, start, end, ())
    ticks = [low + step * place for place in range(int((high - low) / step) + 1)]
    return Axis(low, high, start, end, tuple((bare.at(tick), text(tick)) for tick in ticks))


def _round_step(least: Fraction) -> Fraction:
    """The smallest of 1, 2, 5 × a power of ten that is not below ``least``."""
    power = Fraction(1)
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    return next(power * step for step in _STEPS if power * step >= least)
