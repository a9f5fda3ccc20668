"""A payslip's lines and the steps that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

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
    return Step(code, written(values), None if amount is None else _text(amount))


def written(values: Mapping[str, Value]) -> dict[str, str]:
    """Values as people read them."""
    return {name: _text(value) for name, value in values.items()}


def of_code(lines: Iterable[Line], codes: frozenset[str]) -> tuple[Line, ...]:
    """The lines whose code is among ``codes``."""
    return tuple(line for line in lines if line.code in codes)


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Fraction):
        return exact_text(value, 6)
    return value.isoformat() if isinstance(value, date) else str(value)
