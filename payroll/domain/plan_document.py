"""A pay plan as HR writes it, turned into the value that payslips are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from grading.kernel.bands import Bands
from grading.kernel.document import (
    CODE,
    DAY,
    FLAG,
    IDENTIFIER,
    MONEY,
    NAME,
    NUMBER,
    Form,
    Reader,
    bands_from,
    choice,
    note_repeats,
    number,
    one_of,
    whole,
)
from grading.kernel.period import MonthEnd
from payroll.domain.employment import month_end_rule
from payroll.domain.rules import (
    OPERATORS,
    PAID_DAYS_PER_MONTH,
    Anniversary,
    AnnualSettlement,
    BasePay,
    BasePayBy,
    Basis,
    BonusBy,
    BonusRule,
    CommissionRule,
    Gate,
    GateMissing,
    GateScope,
    Guarantee,
    GuaranteeBy,
    Overpaid,
    OvertimeBy,
    OvertimeRule,
    PayPlan,
    PenaltyOrder,
    PieceRule,
    PoolShareBy,
    Probation,
    ProbationEnd,
    ProrationMethod,
    ServiceYearFrom,
    SettlementYear,
    SickPayRule,
    Standard,
)

NATURAL_CODES = frozenset(
    {"commission", "piece_pay", "metric_bonus", "performance_pay", "team_bonus", "full_attendance_bonus"}
)
"""Line codes that plans use for what the name says; a guarantee may count them whether this plan pays them or not."""

RESERVED_CODES = frozenset(
    {
        "base_pay",
        "probation_pay",
        "daily_pay",
        "guarantee_top_up",
        "overtime_workday",
        "overtime_restday",
        "overtime_holiday",
        "sick_pay",
        "sick_leave_deduction",
        "annual_settlement",
        "annual_bonus",
        "court_support",
        "fine",
        "absence_deduction",
        "penalty",
        "loss_recovery",
        "pension",
        "medical",
        "unemployment",
        "housing_fund",
        "income_tax",
        "carry_forward",
        "adjustment",
        "arrears",
    }
)
"""Line codes that the software writes itself; so it does every code that starts with ``employer_``."""

NO_SUCH_GATE = "is not a gate of this plan"
NO_SUCH_LINE = "is not base pay or a line of this plan"
RESERVED = "is a line code of the software itself"
NOT_ONE_AMOUNT = "a fixed guarantee has one amount"

_RATE = number(least=0, most=1)
_PRICE = number(least=0)
_MULTIPLE = number(least=1, most=10)
_BASE_PAY_KEYS = {
    BasePayBy.TIER: ("amounts",),
    BasePayBy.FIXED: ("amount",),
    BasePayBy.DAILY: ("amount", "unit"),
    BasePayBy.NONE: (),
}


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """One version of a pay plan: its names, the first day it holds, and the plan itself.

    A name that is left out is the code. ``source`` may stand in the document for people to read.
    """

    code: str
    name_zh: str
    name_en: str
    effective_from: date
    plan: PayPlan


def plan_from(data: object) -> PlanDocument:
    """The pay plan that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("source")
    code = reader.required("plan", IDENTIFIER)
    document = PlanDocument(
        code=code,
        name_zh=reader.get("name_zh", NAME, code),
        name_en=reader.get("name_en", NAME, code),
        effective_from=reader.required("effective_from", DAY),
        plan=_plan(reader, code),
    )
    reader.finish("pay plan")
    return document


def _plan(reader: Reader, code: str) -> PayPlan:
    probation, base_pay, guarantee = reader.part("probation"), reader.part("base_pay"), reader.part("guarantee")
    commission, piece, bonuses = reader.rows("commission"), reader.rows("piece"), reader.rows("bonuses")
    gates = reader.parts("gates")
    counts = guarantee.items("counts", CODE) if guarantee else ()
    proration, penalties = reader.part("proration"), reader.part("penalties")
    overtime, sick_pay = reader.part("overtime"), reader.part("sick_pay")
    trial = _probation(probation) if probation else None
    month_end = month_end_rule(trial.month_end) if trial else MonthEnd.CLAMP
    plan = PayPlan(
        code=code,
        probation=trial,
        base_pay=_base_pay(base_pay) if base_pay else BasePay(),
        guarantee=_guarantee(guarantee, counts, month_end) if guarantee else None,
        commissions=tuple(_commission(row) for row in commission),
        piece=tuple(_piece(row) for row in piece),
        bonuses=tuple(_bonus(row) for row in bonuses),
        gates={name: _gate(part, name) for name, part in gates.items()},
        proration=_proration_method(proration) if proration else ProrationMethod.CALENDAR_DAYS,
        absence_divisor=_absence_divisor(proration) if proration else PAID_DAYS_PER_MONTH,
        penalties=_penalty_order(penalties) if penalties else PenaltyOrder.AFTER_FLOOR,
        overtime=_overtime(overtime) if overtime else None,
        sick_pay=SickPayRule(rate=sick_pay.required("rate", _RATE)) if sick_pay else None,
        allows_fines=penalties.get("fines", FLAG, default=False) if penalties else False,
    )
    _check_gates(bonuses, plan)
    lines = (*commission, *piece, *bonuses)
    if guarantee and all(row.is_sound("code") for row in lines):
        _check_counts(guarantee, counts, plan)
    _check_line_codes(lines, plan)
    return plan


def _probation(part: Reader) -> Probation:
    return Probation(
        months=part.required("months", whole(0, 120)),
        pay=part.optional("pay", MONEY),
        commission=part.get("commission", FLAG, default=False),
        bonus=part.get("bonus", FLAG, default=False),
        month_end=part.get("month_end", choice(ProbationEnd), ProbationEnd.CLAMP),
    )


def _base_pay(part: Reader) -> BasePay:
    by = part.required("by", choice(BasePayBy))
    if not part.is_sound("by"):
        part.allow("amounts", "amount", "unit")
        return BasePay()
    used = _BASE_PAY_KEYS[by]
    others = [key for key in ("amounts", "amount", "unit") if key not in used]
    part.refuse(*others, expected=f"nothing: base pay is by {by.value}")
    return BasePay(
        by=by,
        amounts=part.table("amounts", MONEY) if "amounts" in used else {},
        amount=part.required("amount", MONEY) if "amount" in used else None,
        unit=part.get("unit", CODE, "days") if "unit" in used else "days",
    )


def _guarantee(part: Reader, counts: Sequence[str], month_end: MonthEnd) -> Guarantee:
    """``month_end``: what an anniversary follows when the guarantee says nothing, the plan's only other month end."""
    by = part.required("by", choice(GuaranteeBy))
    return Guarantee(
        by=by,
        amounts=_guaranteed_amounts(part, by),
        counts=frozenset(counts) if part.has("counts") else None,
        service_year_from=part.get("service_year_from", choice(ServiceYearFrom), ServiceYearFrom.HIRE_DATE),
        anniversary=part.get("anniversary", choice(Anniversary), Anniversary.SPLIT_BY_DAY),
        month_end=MonthEnd(part.get("month_end", one_of(("clamp", "overflow")), month_end.value)),
        annual_settlement=part.get("annual_settlement", choice(AnnualSettlement), AnnualSettlement.NONE),
        settlement_year=part.get("settlement_year", choice(SettlementYear), SettlementYear.CALENDAR_YEAR),
        overpaid=part.get("overpaid", choice(Overpaid), Overpaid.RECOVER),
    )


def _guaranteed_amounts(part: Reader, by: GuaranteeBy) -> tuple[Decimal, ...]:
    if not part.is_sound("by"):
        part.allow("amount", "amounts")
        return ()
    if by is GuaranteeBy.FIXED and not part.has("amounts"):
        return (part.required("amount", MONEY),)
    part.refuse("amount", expected="nothing: the amounts are a list")
    amounts = part.items("amounts", MONEY, required=True)
    if by is GuaranteeBy.FIXED and len(amounts) > 1:
        part.note("amounts", NOT_ONE_AMOUNT, "a list of one amount", f"{len(amounts)} amounts")
    return amounts


def _commission(row: Reader) -> CommissionRule:
    code = row.required("code", CODE)
    return CommissionRule(
        code=code,
        basis=row.required("basis", CODE),
        rates=_bands(row, code, "rate", _RATE),
        mode=row.get("mode", choice(Basis), Basis.MARGINAL),
        cap=row.optional("cap", MONEY),
    )


def _piece(row: Reader) -> PieceRule:
    code = row.required("code", CODE)
    return PieceRule(
        code=code,
        unit=row.required("unit", CODE),
        prices=_bands(row, code, "price", _PRICE),
        mode=row.get("mode", choice(Basis), Basis.MARGINAL),
    )


def _bands(row: Reader, name: str, key: str, form: Form[Fraction]) -> Bands[Fraction]:
    """Either bands, each with a value under ``key``, or that value alone for every amount."""
    if row.has("bands"):
        row.refuse(key, expected="nothing: the bands say it")
        bands = row.rows("bands", required=True)
        return bands_from(bands, [band.required(key, form) for band in bands], name)
    value = row.optional(key, form)
    if value is None:
        row.note_missing(key, f"a {key}, or bands")
    return Bands(name, ((Fraction(0), form.stand_in if value is None else value),))


def _bonus(row: Reader) -> BonusRule:
    code = row.required("code", CODE)
    gate = row.optional("gate", CODE)
    pool = row.optional("pool", MONEY)
    if pool is not None:
        row.refuse("amount", "by", "when", expected="nothing: a pool is shared")
        share_by = row.get("share_by", choice(PoolShareBy), PoolShareBy.SCORE)
        return BonusRule(code, pool=pool, share_by=share_by, gate=gate)
    row.refuse("share_by", expected="nothing: only a pool is shared")
    amount = row.optional("amount", MONEY)
    if amount is None:
        row.note_missing("amount", "an amount, or a pool")
    return BonusRule(
        code=code,
        amount=amount,
        by=row.get("by", choice(BonusBy), BonusBy.AMOUNT),
        gate=gate,
        full_attendance=row.optional("when", one_of(("full_attendance",))) is not None,
    )


def _gate(part: Reader, code: str) -> Gate:
    """The gate with its standards by metric, so that it does not depend on the order in which data keeps its keys."""
    metrics = part.parts("metrics", required=True)
    standards = (
        Standard(metric, standard.required("op", one_of(tuple(OPERATORS))), standard.required("value", NUMBER))
        for metric, standard in sorted(metrics.items())
    )
    return Gate(
        code=code,
        scope=part.get("scope", choice(GateScope), GateScope.DEPARTMENT),
        standards=tuple(standards),
        missing=part.get("missing", choice(GateMissing), GateMissing.BLOCK),
    )


def _proration_method(part: Reader) -> ProrationMethod:
    return part.get("method", choice(ProrationMethod), ProrationMethod.CALENDAR_DAYS)


def _absence_divisor(part: Reader) -> Fraction:
    return part.get("absence_divisor", number(above=0, most=31), PAID_DAYS_PER_MONTH)


def _penalty_order(part: Reader) -> PenaltyOrder:
    return part.get("order", choice(PenaltyOrder), PenaltyOrder.AFTER_FLOOR)


def _overtime(part: Reader) -> OvertimeRule:
    default = OvertimeRule()
    by = part.get("by", choice(OvertimeBy), OvertimeBy.BASE_PAY)
    if by is not OvertimeBy.AMOUNT:
        part.refuse("amount", expected="nothing: overtime is by base_pay")
    return OvertimeRule(
        by=by,
        amount=part.required("amount", MONEY) if by is OvertimeBy.AMOUNT else None,
        workday=part.get("workday", _MULTIPLE, default.workday),
        restday=part.get("restday", _MULTIPLE, default.restday),
        holiday=part.get("holiday", _MULTIPLE, default.holiday),
        hours_per_day=part.get("hours_per_day", number(above=0, most=24), default.hours_per_day),
    )


def _check_gates(bonuses: Sequence[Reader], plan: PayPlan) -> None:
    for row, rule in zip(bonuses, plan.bonuses, strict=True):
        if rule.gate is not None and row.is_sound("gate") and rule.gate not in plan.gates:
            row.note("gate", NO_SUCH_GATE, f"one of {', '.join(plan.gates)}" if plan.gates else "a gate under gates")


def _check_line_codes(rows: Sequence[Reader], plan: PayPlan) -> None:
    codes = [rule.code for rules in (plan.commissions, plan.piece, plan.bonuses) for rule in rules]
    lines = list(zip(rows, codes, strict=True))
    note_repeats((row, "code", code) for row, code in lines)
    for row, code in lines:
        if code in RESERVED_CODES or code.startswith("employer_"):
            row.note("code", RESERVED, "another code, such as metric_bonus")


def _check_counts(part: Reader, counts: Sequence[str], plan: PayPlan) -> None:
    lines = {rule.code for rules in (plan.commissions, plan.piece, plan.bonuses) for rule in rules}
    for place, code in enumerate(counts):
        key = f"counts.{place}"
        if part.is_sound(key) and code not in lines | NATURAL_CODES | {"base_pay", "daily_pay"}:
            part.note(key, NO_SUCH_LINE, f"base_pay or one of {', '.join(sorted(lines | NATURAL_CODES))}", code)
