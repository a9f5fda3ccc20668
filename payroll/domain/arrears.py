"""Arrears (补发、追扣): what an earlier month is owed, or owes, after its facts or rules changed.

A posted month is never changed. It is computed again, and the difference to everything that was posted for it becomes
signed lines of the open month, which point at the month they are for and are taxed when they are paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.facts import PastLine
from payroll.domain.lines import Kind, Line, Step, step

PREFIX = "arrears."
SETTLED_WHEN_PAID = frozenset({"income_tax", "carry_forward", "loss_recovery", "court_support", "annual_settlement"})
"""Codes that belong to the month of payment: a past month's are never computed again."""


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line that was posted for a month: in its own payslip, or as arrears in a later one."""

    code: str
    kind: Kind
    amount: Decimal
    period: Month
    steps: tuple[Step, ...]


def differences(month: Month, posted: Iterable[PostedLine], now: Iterable[Line]) -> tuple[PastLine, ...]:
    """One signed line per code whose amount for ``month`` is another one now, with the steps of both computations.

    ``posted`` are all lines ever posted for the month, so that a correction can itself be corrected. Earnings keep
    their sign; a deduction or an employer's share that was too low is positive.
    """
    before = _by_code(month, posted)
    after = _by_code(month, (PostedLine(line.code, line.kind, line.amount, line.period, line.steps) for line in now))
    found = []
    for kind, code in sorted({*before, *after}, key=lambda key: (list(Kind).index(key[0]), key[1])):
        then, anew = before[kind, code], after[kind, code]
        amount = _sum(anew) - _sum(then)
        if amount:
            steps = (*_told("arrears.then", month, then), *_told("arrears.now", month, anew))
            found.append(PastLine(PREFIX + code, kind, amount, month, steps))
    return tuple(found)


def _by_code(month: Month, lines: Iterable[PostedLine]) -> defaultdict[tuple[Kind, str], list[PostedLine]]:
    """The lines for the month by kind and code, arrears under the code they correct."""
    found: defaultdict[tuple[Kind, str], list[PostedLine]] = defaultdict(list)
    for line in lines:
        code = line.code.removeprefix(PREFIX)
        if line.period == month and code not in SETTLED_WHEN_PAID:
            found[line.kind, code].append(line)
    return found


def _told(code: str, month: Month, lines: Sequence[PostedLine]) -> tuple[Step, ...]:
    return (step(code, month=str(month), total=_sum(lines)), *(each for line in lines for each in line.steps))


def _sum(lines: Sequence[PostedLine]) -> Decimal:
    return total(line.amount for line in lines)
