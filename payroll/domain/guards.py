"""What is looked at before a payslip may be paid: findings with their legal ground, and what the law forbids outright.

A finding never changes an amount. What the law forbids raises, and the caller parks the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP, ZERO, total
from payroll.domain.base_pay import monthly_base
from payroll.domain.contributions import INSURED
from payroll.domain.employment import Segment, final_plan, segments
from payroll.domain.errors import ProbationBelowFloor, TierHasNoAmount
from payroll.domain.facts import Employment, Facts, Insured
from payroll.domain.guarantee import guarantee_top_up
from payroll.domain.income_tax import bonus_tax, deductible, tax_day, taxable_pay, withheld
from payroll.domain.law import Law
from payroll.domain.lines import Line, Value, written
from payroll.domain.minimum_wage import minimum_wage, require_hourly_minimum, require_minimum
from payroll.domain.rules import BasePayBy, PenaltyOrder, Rules


class Severity(StrEnum):
    """How grave a finding is. What is graver still parks the person."""

    WARNING = "warning"
    INFO = "info"


class Owner(StrEnum):
    """Who has to look at a finding."""

    HR = "hr"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at before approval. ``article`` is the legal ground, empty where there is none."""

    code: str
    severity: Severity
    owner: Owner
    article: str
    values: Mapping[str, str]


def found(code: str, severity: Severity, owner: Owner, article: str = "", **values: Value) -> Finding:
    """A finding whose values are written as people read them."""
    return Finding(code, severity, owner, article, written(values))


def require_legal_pay(facts: Facts, rules: Rules, lines: Sequence[Line]) -> None:
    """Raises BelowMinimumWage, BelowHourlyMinimum, ProbationBelowFloor where the law forbids what a month pays;
    TierHasNoAmount.
    """
    require_hourly_minimum(facts, rules)
    if rules.law is None or facts.employment not in INSURED:
        return
    require_minimum(facts, rules, lines)
    for segment in segments(facts, rules):
        if segment.on_probation:
            _require_probation(segment, facts, rules.law)


def probation_shortfall(pay: Decimal, agreed: Decimal, fraction: Fraction) -> Decimal:
    """By how much a month's probation pay is less than the fraction of the agreed wage; 0 when it is enough."""
    return max(FEN_HALF_UP(Fraction(agreed) * fraction) - pay, ZERO)


def _require_probation(segment: Segment, facts: Facts, law: Law) -> None:
    pay, agreed = monthly_base(segment), agreed_wage(segment, facts)
    fraction = law.wages.probation_floor.on(segment.span.start)
    short = probation_shortfall(pay, agreed, fraction)
    if short:
        raise ProbationBelowFloor(
            pay=pay, floor=pay + short, percent=f"{int(fraction * 100)} %", agreed=agreed, short=short
        )


def agreed_wage(segment: Segment, facts: Facts) -> Decimal:
    """The monthly wage after probation: base pay, or the guarantee where that is more; 0 for daily and piece work.

    Raises TierHasNoAmount: a wage that is not known is not held to be low enough.
    """
    base = ZERO
    rule = segment.plan.base_pay
    if rule.by is BasePayBy.FIXED and rule.amount is not None:
        base = rule.amount
    elif rule.by is BasePayBy.TIER and rule.amounts and facts.tiers.values:
        tier = facts.tiers.on(facts.employed.last_day)
        if tier not in rule.amounts:
            raise TierHasNoAmount(plan=segment.plan.code, tier=tier)
        base = rule.amounts[tier]
    promised = segment.plan.guarantee.amount(1) if segment.plan.guarantee is not None else ZERO
    return max(base, promised)


def findings(facts: Facts, rules: Rules, lines: Sequence[Line]) -> tuple[Finding, ...]:
    """What a person's payslip should be looked at for. Under no law only what the plan itself promises is asked."""
    legal = () if rules.law is None else tuple(_legal(facts, rules.law, lines))
    return (*legal, *_promises(facts, rules, lines))


def _legal(facts: Facts, law: Law, lines: Sequence[Line]) -> Iterator[Finding]:
    yield from _overtime_hours(facts, law)
    if facts.insured is not None and facts.employment in INSURED:
        yield from _unverified(facts, facts.insured, law)
        if facts.insured.fund_rate is not None and not facts.insured.fund_rate:
            yield found("guard.no_housing_fund", Severity.WARNING, Owner.HR, "住房公积金管理条例 art. 15")
    yield from _bonus_cliff(facts, law, lines)
    declared = facts.tax.declared if facts.tax is not None else {}
    if declared.get("rent") and declared.get("housing_loan_interest"):
        yield found("guard.rent_and_loan", Severity.WARNING, Owner.HR, "国发〔2018〕41号 art. 20")


def _overtime_hours(facts: Facts, law: Law) -> Iterator[Finding]:
    if facts.attendance is None:
        return
    attended = facts.attendance
    hours = attended.overtime_workday_hours + attended.overtime_restday_hours + attended.overtime_holiday_hours
    limit = law.wages.overtime_hours_limit.on(facts.employed.last_day)
    if hours > limit:
        yield found("guard.overtime_hours", Severity.WARNING, Owner.MANAGER, "劳动法 art. 41", hours=hours, limit=limit)


def _unverified(facts: Facts, insured: Insured, law: Law) -> Iterator[Finding]:
    """Figures of the city that nobody has checked against the official notice yet."""
    city = law.city(insured.city)
    dated = {scheme.value: rows.on(insured.day).verified for scheme, rows in city.contributions.items()}
    if city.housing_fund is not None:
        dated["housing_fund"] = city.housing_fund.on(insured.day).verified
    least = minimum_wage(facts, law)
    if least is not None:
        dated["minimum_wage"] = least.verified
    names = ", ".join(name for name, is_verified in dated.items() if not is_verified)
    if names:
        yield found("guard.rule_unverified", Severity.INFO, Owner.HR, city=city.code, rules=names)


def _bonus_cliff(facts: Facts, law: Law, lines: Sequence[Line]) -> Iterator[Finding]:
    """A separate bonus just above a band's edge pays less than one at the edge: both nets are shown."""
    day = tax_day(facts)
    income, bonus = taxable_pay(lines, law.income_tax, day)
    if not bonus or facts.tax is None or not facts.tax.is_resident or facts.employment is Employment.TEMP:
        return
    table = law.income_tax.month_table.on(day)
    apart = bonus - bonus_tax(bonus, table)
    edges = [band.upto * 12 for band in table.bands if band.upto is not None and band.upto * 12 < bonus]
    if edges:
        at_edge = edges[-1] - bonus_tax(edges[-1], table)
        if at_edge > apart:
            yield found(
                "guard.bonus_cliff",
                Severity.WARNING,
                Owner.HR,
                "财政部 税务总局公告2023年第30号",
                bonus=bonus,
                net=apart,
                edge=edges[-1],
                net_at_edge=at_edge,
            )
    paid_in = deductible(lines)
    alone, _steps = withheld(facts.tax, law.income_tax, day, income, paid_in)
    together, _steps = withheld(facts.tax, law.income_tax, day, income + bonus, paid_in)
    merged = bonus - (together - alone)
    if merged > apart:
        yield found(
            "guard.bonus_merged_is_better",
            Severity.INFO,
            Owner.HR,
            "财政部 税务总局公告2023年第30号",
            bonus=bonus,
            net=apart,
            net_merged=merged,
        )


def _promises(facts: Facts, rules: Rules, lines: Sequence[Line]) -> Iterator[Finding]:
    """What the month could not bear, and pay that penalties took below the plan's own floor."""
    carried = total(line.amount for line in lines if line.code == "carry_forward")
    if carried < 0:
        yield found("guard.carried_forward", Severity.WARNING, Owner.HR, amount=-carried)
    penalty = total(line.amount for line in lines if line.code == "penalty")
    if not penalty or final_plan(facts, rules).penalties is PenaltyOrder.BEFORE_FLOOR:
        return
    month = guarantee_top_up(facts, rules, lines).month
    if month is None:
        return
    left = month.counted + month.topped_up + penalty
    if left < month.guaranteed:
        yield found(
            "guard.below_floor", Severity.WARNING, Owner.HR, guaranteed=month.guaranteed, pay=left, penalty=-penalty
        )
