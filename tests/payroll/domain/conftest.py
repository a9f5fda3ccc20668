"""Builders of facts and rules. The defaults are the seed's own numbers (requirements §4.1): probation 1600 for one
month, guarantee 2000/2200/2500, commission 0.3 %; no base pay, no bonus. Everything else is named by the test.

The builders are session fixtures, so that hypothesis laws may use them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.bands import Bands
from grading.kernel.dated import Dated
from grading.kernel.period import Month, MonthEnd, Span
from payroll.domain.facts import Employment, Entry, Facts, MonthAttendance, PoolShare, Rating
from payroll.domain.law import Law
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import (
    Anniversary,
    AnnualSettlement,
    BasePay,
    BasePayBy,
    Basis,
    BonusRule,
    CommissionRule,
    Gate,
    GateMissing,
    GateScope,
    Guarantee,
    GuaranteeBy,
    Overpaid,
    OvertimeRule,
    PayPlan,
    PenaltyOrder,
    PieceRule,
    Probation,
    ProbationEnd,
    ProrationMethod,
    Rules,
    ServiceYearFrom,
    SettlementYear,
    SickPayRule,
    Standard,
)
from payroll.domain.work_calendar import WorkCalendar

BASIS = "returning_order_amount"
FIVE_STANDARDS = {
    "refund_rate": ("<=", "0.05"),
    "refund_duration_h": ("<=", "24"),
    "dispute_rate": ("<=", "0.005"),
    "dsr_score": (">=", "4.7"),
    "internal_complaint_count": ("<=", "2"),
}
"""The gate of formats §3."""


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _gate(
    standards: Mapping[str, tuple[str, str]] | None = None, *, scope: str = "team", missing: str = "block"
) -> Gate:
    rows = FIVE_STANDARDS if standards is None else standards
    return Gate(
        "gate",
        GateScope(scope),
        tuple(Standard(metric, operator, Fraction(value)) for metric, (operator, value) in rows.items()),
        GateMissing(missing),
    )


def _rates(*edges: tuple[str, str]) -> Bands[Fraction]:
    return Bands.of("bands", [(Fraction(start), Fraction(rate)) for start, rate in edges])


def _commission(
    *edges: tuple[str, str],
    code: str = "commission",
    basis: str = BASIS,
    mode: str = "marginal",
    cap: str | None = None,
) -> CommissionRule:
    return CommissionRule(code, basis, _rates(*edges), Basis(mode), None if cap is None else Decimal(cap))


def _piece(*edges: tuple[str, str], unit: str = "inquiries", mode: str = "marginal") -> PieceRule:
    return PieceRule("piece_pay", unit, _rates(*edges), Basis(mode))


def _base(base: Mapping[str, str] | str | None, daily: str | None, unit: str) -> BasePay:
    if daily is not None:
        return BasePay(BasePayBy.DAILY, amount=Decimal(daily), unit=unit)
    if base is None:
        return BasePay()
    if isinstance(base, str):
        return BasePay(BasePayBy.FIXED, amount=Decimal(base))
    return BasePay(BasePayBy.TIER, amounts={tier: Decimal(amount) for tier, amount in base.items()})


def _plan(
    *,
    code: str = "plan",
    base: Mapping[str, str] | str | None = None,
    daily: str | None = None,
    unit: str = "days",
    probation: bool = True,
    probation_months: int = 1,
    probation_pay: str | None = "1600.00",
    probation_commission: bool = False,
    probation_bonus: bool = False,
    probation_end: str = "clamp",
    guarantee: Sequence[str] = ("2000.00", "2200.00", "2500.00"),
    guarantee_by: str = "service_year",
    guarantee_month_end: str = "clamp",
    counts: Iterable[str] | None = None,
    service_year_from: str = "hire_date",
    anniversary: str = "split_by_day",
    settlement: str = "none",
    settlement_year: str = "calendar_year",
    overpaid: str = "recover",
    commission: str | None = "0.003",
    commissions: tuple[CommissionRule, ...] = (),
    piece: tuple[PieceRule, ...] = (),
    bonuses: tuple[BonusRule, ...] = (),
    gates: Mapping[str, Gate] | None = None,
    proration: str = "calendar_days",
    divisor: str = "21.75",
    penalties: str = "after_floor",
    overtime: OvertimeRule | None = None,
    sick_rate: str | None = None,
    fines: bool = False,
) -> PayPlan:
    flat = () if commission is None else (_commission(("0", commission)),)
    return PayPlan(
        code=code,
        probation=Probation(
            probation_months,
            None if probation_pay is None else Decimal(probation_pay),
            probation_commission,
            probation_bonus,
            ProbationEnd(probation_end),
        )
        if probation
        else None,
        base_pay=_base(base, daily, unit),
        guarantee=Guarantee(
            GuaranteeBy(guarantee_by),
            tuple(Decimal(amount) for amount in guarantee),
            None if counts is None else frozenset(counts),
            ServiceYearFrom(service_year_from),
            Anniversary(anniversary),
            MonthEnd(guarantee_month_end),
            AnnualSettlement(settlement),
            SettlementYear(settlement_year),
            Overpaid(overpaid),
        )
        if guarantee
        else None,
        commissions=(*flat, *commissions),
        piece=piece,
        bonuses=bonuses,
        gates=gates or {},
        proration=ProrationMethod(proration),
        absence_divisor=Fraction(divisor),
        penalties=PenaltyOrder(penalties),
        overtime=overtime,
        sick_pay=None if sick_rate is None else SickPayRule(Fraction(sick_rate)),
        allows_fines=fines,
    )


def _exact(values: Mapping[str, str]) -> Mapping[str, Fraction]:
    return {name: Fraction(value) for name, value in values.items()}


def _facts(
    *,
    month: str = "2024-06",
    hire: str = "2023-02-10",
    leave: str | None = None,
    employment: str = "regular",
    tier: str | None = None,
    tiers: Mapping[str, str] | None = None,
    absent: str | None = None,
    full: bool = False,
    sales: Mapping[str, str] | str | None = None,
    units: Mapping[str, str] | None = None,
    score: str | None = None,
    grade: str | None = None,
    coefficient: str | None = None,
    team: Mapping[str, str] | None = None,
    department: Sequence[Mapping[str, str]] = ({},),
    pools: Mapping[str, PoolShare] | None = None,
    entries: Sequence[tuple[str, str]] = (),
    carried: str = "0.00",
    sick: str | None = None,
    overtime: tuple[str, str, str] | None = None,
    loss: str = "0.00",
    **others: Any,
) -> Facts:
    """``absent``: unpaid days; attendance is known when it, ``sick`` or ``overtime`` is given, or when ``full``.

    ``overtime``: hours on workdays, rest days and holidays. ``others`` are fields of Facts as they are.
    """
    hired = _day(hire)
    held = {hire: tier} if tier is not None else dict(tiers or {})
    last = date.max if leave is None else _day(leave) + timedelta(days=1)
    rated = (score, grade, coefficient) != (None, None, None)
    return Facts(
        agent_no="A001",
        month=Month.parse(month),
        employed=Month.parse(month).span.meet(Span(hired, last)),
        hire_date=hired,
        employment=Employment(employment),
        tiers=Dated.of("tier", [(_day(since), name) for since, name in held.items()]),
        attendance=None
        if (absent, sick, overtime) == (None, None, None) and not full
        else MonthAttendance(
            Fraction(absent or 0), full, Fraction(sick or 0), *(Fraction(hours) for hours in overtime or ())
        ),
        sales={name: Decimal(v) for name, v in ({BASIS: sales} if isinstance(sales, str) else sales or {}).items()},
        units=_exact(units or {}),
        rating=Rating(
            None if score is None else Fraction(score), grade, None if coefficient is None else Fraction(coefficient)
        )
        if rated
        else None,
        team_metrics=(_exact(team or {}),),
        department_metrics=tuple(_exact(metrics) for metrics in department),
        pool_shares=pools or {},
        entries=tuple(Entry(code, Decimal(amount), "entered by HR") for code, amount in entries),
        carried_forward=Decimal(carried),
        loss_balance=Decimal(loss),
        **others,
    )


def _rules(*versions: tuple[str, PayPlan], law: Law | None = None, calendar: WorkCalendar | None = None) -> Rules:
    return Rules(Dated.of("plan", [(_day(since), plan) for since, plan in versions]), law, calendar)


def _pay(facts: Mapping[str, Any], plan: Mapping[str, Any] | None = None, law: Law | None = None) -> Payslip:
    """The payslip of one person under one plan that has always been in force; under a law, with its calendar."""
    calendar = None if law is None else law.calendar
    return compute_payslip(_facts(**facts), _rules(("2020-01-01", _plan(**(plan or {}))), law=law, calendar=calendar))


def _printed(slip: Payslip) -> list[tuple[str, str]]:
    return [(line.code, str(line.amount)) for line in slip.lines]


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., PayPlan]:
    return _plan


@pytest.fixture(scope="session")
def make_facts() -> Callable[..., Facts]:
    return _facts


@pytest.fixture(scope="session")
def make_rules() -> Callable[..., Rules]:
    return _rules


@pytest.fixture(scope="session")
def make_gate() -> Callable[..., Gate]:
    return _gate


@pytest.fixture(scope="session")
def make_commission() -> Callable[..., CommissionRule]:
    return _commission


@pytest.fixture(scope="session")
def make_piece() -> Callable[..., PieceRule]:
    return _piece


@pytest.fixture(scope="session")
def pay() -> Callable[..., Payslip]:
    return _pay


@pytest.fixture(scope="session")
def printed() -> Callable[[Payslip], list[tuple[str, str]]]:
    return _printed
