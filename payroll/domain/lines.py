"""A payslip's lines and the steps that explain them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from grading.kernel.exact import exact_text
from grading.kernel.period import Month

Value = str | int | Decimal | Fraction | date


class Kind(StrEnum):
    """Which total a line belongs to."""

    EARNING = "earning"
    DEDUCTION = "deduction"
    EMPLOYER = "employer"


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of an explanation: a code, the values in it, and the amount it arrives at (unrounded text)."""

    code: str
    values: Mapping[str, str]
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One printed amount. Earnings are signed; deductions are positive amounts taken from gross."""

    code: str
    kind: Kind
    amount: Decimal
    steps: tuple[Step, ...]
    period: Month


def step(code: str, amount: Decimal | Fraction | None = None, **values: Value) -> Step:
    """A step whose values are written as people read them: exact, decimals to at most six places."""
    return Step(code, written(values), None if amount is None else _WRITERS.get(type(amount), str)(amount))


def written(values: Mapping[str, Value]) -> dict[str, str]:
    """Values as people read them."""
    return {name: _WRITERS.get(type(value), str)(value) for name, value in values.items()}


def of_code(lines: Iterable[Line], codes: frozenset[str]) -> tuple[Line, ...]:
    """The lines whose code is among ``codes``."""
    return tuple(line for line in lines if line.code in codes)


def _six_places(value: Fraction) -> str:
    return exact_text(value, 6)


_WRITERS: Mapping[type, Callable[[Any], str]] = {Fraction: _six_places, date: date.isoformat}
"""What writes a value that is not written as ``str`` writes it."""
