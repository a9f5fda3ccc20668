"""Why net pay is another one than last month's: causes whose amounts add up to the difference, to the fen.

Last month's facts and rules are turned into this month's one cause at a time, and the payslip is computed after each:
the causes are the steps between two real payslips, so nothing is left over and nothing is estimated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO, total
from payroll.domain.contributions import TAX_DEDUCTIBLE
from payroll.domain.facts import Facts, Rating
from payroll.domain.lines import Kind, Line
from payroll.domain.payslip import compute_payslip
from payroll.domain.rules import Rules


class Cause(StrEnum):
    """What changed between two months."""

    EMPLOYMENT = "employment"
    """Joining, leaving, probation, and the days of the month."""
    ATTENDANCE = "attendance"
    TIER = "tier"
    COMMISSION = "commission"
    PIECE = "piece"
    KPI = "kpi"
    GRADE = "grade"
    TEAM = "team"
    """Gates and pools: what the team reached."""
    ADJUSTMENTS = "adjustments"
    ARREARS = "arrears"
    RULES = "rules"
    GUARANTEE = "guarantee"
    CONTRIBUTIONS = "contributions"
    TAX = "tax"
    DEDUCTIONS = "deductions"
    """Recoveries, court orders, and what is carried between months."""


EXPECTED = (Cause.ATTENDANCE, Cause.COMMISSION)
"""Causes that differ every month and surprise nobody."""


def surprise(causes: Mapping[Cause, Decimal]) -> Decimal:
    """What attendance and commission do not explain of a difference, in yuan, with its sign."""
    return total(amount for cause, amount in causes.items() if cause not in EXPECTED)


@dataclass(frozen=True, slots=True)
class Computed:
    """What a payslip was computed from, and its lines."""

    facts: Facts
    rules: Rules
    lines: tuple[Line, ...]


State = tuple[Facts, Rules]
Change = Callable[[State, State], State]


def variance(before: Computed | None, after: Computed | None) -> dict[Cause, Decimal]:
    """Cause → its part of the difference in net pay; causes without any are left out.

    None: there is no payslip of that month, and everything is due to employment. The effect on the guarantee, on
    contributions and on tax is told apart from what caused it: commission lost and made good by the guarantee are two
    amounts. A step that cannot be computed by itself is told together with the next one.
    """
    if before is None or after is None:
        amount = _whole_net(after) - _whole_net(before)
        return {Cause.EMPLOYMENT: amount} if amount else {}
    found: defaultdict[Cause, Decimal] = defaultdict(lambda: ZERO)
    lines = before.lines
    for cause, reached in _way(before, after):
        for group in _GROUPS:
            found[group or cause] += _net(reached, group) - _net(lines, group)
        lines = reached
    return {cause: amount for cause, amount in found.items() if amount}


def _whole_net(computed: Computed | None) -> Decimal:
    return total(_net(computed.lines, group) for group in _GROUPS) if computed is not None else ZERO


def _way(before: Computed, after: Computed) -> Iterator[tuple[Cause, tuple[Line, ...]]]:
    """Each cause with the lines that are reached after it; the last one ends at this month's own lines."""
    state, target = (before.facts, before.rules), (after.facts, after.rules)
    for cause, change in _CHANGES:
        changed = change(state, target)
        if changed == state:
            continue
        state = changed
        try:
            lines = compute_payslip(*state).lines
        except DomainError:
            continue
        yield cause, lines
    yield Cause.DEDUCTIONS, after.lines


def _facts(*names: str) -> Change:
    """Takes these fields of this month's facts."""

    def change(state: State, target: State) -> State:
        return replace(state[0], **{name: getattr(target[0], name) for name in names}), state[1]

    return change


def _score(state: State, target: State) -> State:
    """This month's score under last month's grade."""
    held, wanted = state[0].rating, target[0].rating
    if held is None or wanted is None:
        return replace(state[0], rating=wanted), state[1]
    return replace(state[0], rating=Rating(wanted.score, held.grade, held.coefficient)), state[1]


def _plans(state: State, target: State) -> State:
    return state[0], replace(state[1], plans=target[1].plans)


def _law(state: State, target: State) -> State:
    facts = replace(state[0], insured=target[0].insured, cities=target[0].cities)
    return facts, replace(state[1], law=target[1].law, calendar=target[1].calendar)


_CHANGES: Sequence[tuple[Cause, Change]] = (
    (Cause.EMPLOYMENT, _facts("month", "employed", "hire_date", "employment", "leaves", "pay_date")),
    (Cause.ATTENDANCE, _facts("attendance")),
    (Cause.TIER, _facts("tiers")),
    (Cause.COMMISSION, _facts("sales")),
    (Cause.PIECE, _facts("units")),
    (Cause.KPI, _score),
    (Cause.GRADE, _facts("rating")),
    (Cause.TEAM, _facts("team_metrics", "department_metrics", "pool_shares", "pool_unscored")),
    (Cause.RULES, _plans),
    (Cause.ADJUSTMENTS, _facts("entries")),
    (Cause.ARREARS, _facts("past", "past_guarantees")),
    (Cause.CONTRIBUTIONS, _law),
    (Cause.TAX, _facts("tax")),
    (Cause.DEDUCTIONS, _facts("carried_forward", "loss_balance", "guarantee_months")),
)
"""The order in which last month becomes this one."""

_GROUPS: Sequence[Cause | None] = (None, Cause.GUARANTEE, Cause.CONTRIBUTIONS, Cause.TAX, Cause.DEDUCTIONS)
"""Lines whose change is told apart, whatever caused it; None stands for all others."""


def _group(line: Line) -> Cause | None:
    if line.code in ("guarantee_top_up", "annual_settlement"):
        return Cause.GUARANTEE
    if line.kind is not Kind.DEDUCTION or line.code.startswith("arrears."):
        return None
    if line.code in TAX_DEDUCTIBLE:
        return Cause.CONTRIBUTIONS
    return Cause.TAX if line.code == "income_tax" else Cause.DEDUCTIONS


def _net(lines: Sequence[Line], group: Cause | None) -> Decimal:
    """What the lines of one group add to net pay."""
    mine = (line for line in lines if line.kind is not Kind.EMPLOYER and _group(line) is group)
    return total(-line.amount if line.kind is Kind.DEDUCTION else line.amount for line in mine)
