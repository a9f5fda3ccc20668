"""What a month earns, part by part in printed order: docs/algorithms, from base pay to the yearly settlement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.scenarios.reference.figures import (
    DAY,
    NOTHING,
    Parked,
    add_months,
    by_bands,
    days_of,
    fen,
    first_of,
    number,
)
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import (
    EARNING,
    Document,
    GuaranteedMonth,
    Line,
    MonthRows,
    Person,
    Plans,
)

PAID_DAYS = Fraction("21.75")
FULL_TIME = ("regular", "probation_waived")
OVERTIME = ("workday", "restday", "holiday")
MULTIPLES = {"workday": "1.5", "restday": "2", "holiday": "3"}
WITH_BASE_PAY = ("base_pay", "daily_pay", "absence_deduction", "sick_leave_deduction", "sick_pay")


class Earnings:
    """One person's month. ``law`` is None under ``statutory: none``. Lines grow in the order they are printed."""

    def __init__(self, person: Person, plans: Plans, law: Law | None, month: date, rows: MonthRows) -> None:
        self.person, self.law, self.month, self.rows = person, law, month, rows
        self.days = person.employed_days(month)
        self.size = len(days_of(month))
        self.last = self.days[-1]
        self._plans = {day: person.plan_on(plans, day) for day in self.days}
        self._starts = {id(plan): person.regular_from(plan) for plan in self._plans.values()}
        self.plan = self._plans[self.last]
        self.lines: list[Line] = []
        self.reasons: set[str] = set()
        self.guarantee_of_month: GuaranteedMonth | None = None

    # ── the sheet ────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, code: str, amount: Fraction, *, even_zero: bool = False) -> None:
        if amount or even_zero:
            self.lines.append(Line(code, EARNING, amount, self.month))

    def total(self, codes: Iterable[str]) -> Fraction:
        return sum((line.amount for line in self.lines if line.code in codes), NOTHING)

    def attempt(self, part: Callable[[], None]) -> None:
        """A part that speaks against paying keeps its reason; the others are asked all the same."""
        try:
            part()
        except Parked as reason:
            self.reasons.add(str(reason))

    def work_out(self, earlier: Sequence[GuaranteedMonth]) -> None:
        """Every earning but the arrears of other months."""
        self.attempt(self.base_pay)
        self.attempt(self.daily_pay)
        self.attempt(self.absence)
        self.attempt(self.sickness)
        self.attempt(self.commissions)
        self.attempt(self.pieces)
        self.attempt(self.bonuses)
        self.attempt(self.top_up)
        self.attempt(self.overtime)
        for amount in self.penalties:
            self.add("penalty", -amount)
        self.settle_year(earlier)
        for code, amount in self.rows.entries:
            if code.startswith(("adjustment.", "arrears.")) or code == "annual_bonus":
                self.add(code, amount)

    # ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def plan_of(self, day: date) -> Document:
        return self._plans[day]

    def is_regular(self, day: date) -> bool:
        return day >= self._starts[id(self._plans[day])]

    @cached_property
    def regular_days(self) -> list[date]:
        return [day for day in self.days if self.is_regular(day)]

    @cached_property
    def bonus_days(self) -> list[date]:
        return self.days if (self.plan.get("probation") or {}).get("bonus") else self.regular_days

    def paid_days(self, days: Iterable[date]) -> int:
        """Paid weekdays: by the calendar under the law, Mondays to Fridays without it."""
        if self.law is None:
            return sum(day.weekday() < 5 for day in days)
        return sum(self.law.is_paid_day(day) for day in days)

    def part(self, days: Sequence[date], method: str) -> Fraction:
        """Which part of a monthly amount some days are worth."""
        if len(days) == self.size:
            return Fraction(1)
        if method == "calendar_days":
            return Fraction(len(days), self.size)
        if method == "workdays":
            return Fraction(self.paid_days(days), self.paid_days(days_of(self.month)))
        divisor = Fraction(self.paid_days(self.days))
        if len(self.days) < self.size:
            divisor = max(divisor, PAID_DAYS)
        return self.paid_days(days) / divisor

    @staticmethod
    def method(plan: Document) -> str:
        return (plan.get("proration") or {}).get("method", "calendar_days")

    @property
    def divisor(self) -> Fraction:
        return number((self.plan.get("proration") or {}).get("absence_divisor", PAID_DAYS))

    @property
    def unpaid(self) -> Fraction:
        return self.rows.attendance.unpaid if self.rows.attendance else NOTHING

    @property
    def sick(self) -> Fraction:
        return self.rows.attendance.sick if self.rows.attendance else NOTHING

    # ── base pay, absence, sickness ──────────────────────────────────────────────────────────────────────────────

    def base_amount(self, plan: Document, day: date) -> Fraction:
        """The month's base pay that a plan has for somebody who is regular on a day."""
        base = plan.get("base_pay") or {}
        if base.get("by") == "fixed":
            return number(base["amount"])
        if base.get("by") != "tier":
            return NOTHING
        tier = self.person.on("tier", day)
        if tier is None:
            raise Parked("kernel.no_rule_in_force")
        if tier not in base["amounts"]:
            raise Parked("payroll.tier_has_no_amount")
        return number(base["amounts"][tier])

    @cached_property
    def segments(self) -> list[tuple[str, Fraction, str, list[date]]]:
        """Line code, monthly amount, method and days of every segment."""
        found: list[tuple[str, Fraction, str, list[date]]] = []
        for day in self.days:
            plan = self._plans[day]
            code = "base_pay" if self.is_regular(day) else "probation_pay"
            pay = (plan.get("probation") or {}).get("pay")
            if code == "probation_pay" and pay is not None and (plan.get("base_pay") or {}).get("by") != "daily":
                amount = number(pay)
            else:
                amount = self.base_amount(plan, day)
            if found and found[-1][:3] == (code, amount, self.method(plan)):
                found[-1][3].append(day)
            else:
                found.append((code, amount, self.method(plan), [day]))
        return found

    @property
    def monthly(self) -> Fraction:
        """The amount of the last segment."""
        return self.segments[-1][1]

    def base_pay(self) -> None:
        for code, amount, method, days in self.segments:
            if amount:
                self.add(code, fen(amount * self.part(days, method)))

    def absence(self) -> None:
        lost = fen(self.monthly / self.divisor * self.unpaid)
        self.add("absence_deduction", -min(lost, self.total(("base_pay", "probation_pay"))))

    def sickness(self) -> None:
        rule = self.plan.get("sick_pay")
        if not rule or not self.sick:
            return
        day = self.monthly / self.divisor
        left = self.total(("base_pay", "probation_pay", "absence_deduction"))
        taken = fen(min(day * self.sick, left))
        if not taken:
            return
        earns = day * number(rule["rate"])
        if self.law and self.person.employment in FULL_TIME:
            least = self.law.value("wages/sick_pay_floor", self.last) * self.minimum() / self.divisor
            earns = max(earns, min(least, day))
        self.add("sick_leave_deduction", -taken)
        self.add("sick_pay", min(fen(earns * self.sick), taken))

    def minimum(self) -> Fraction:
        """The full monthly minimum wage of the city of the last employed day; 0 where it has none."""
        assert self.law
        row = self.law.city_row(self.person.on("city", self.last) or "", "minimum_wage", self.last)
        return row["monthly"] if row else NOTHING

    def daily_pay(self) -> None:
        daily = [base for plan in self._plans.values() if (base := plan.get("base_pay") or {}).get("by") == "daily"]
        if daily:
            quantity = self.rows.units.get(daily[-1].get("unit", "days"))
            if quantity is None:
                raise Parked("payroll.units_missing")
            self.add("daily_pay", fen(number(daily[-1]["amount"]) * quantity))

    # ── commission, pieces, bonuses ──────────────────────────────────────────────────────────────────────────────

    def commissions(self) -> None:
        if not self.regular_days and not (self.plan.get("probation") or {}).get("commission"):
            return
        for rule in self.plan.get("commission") or ():
            total = self.rows.sales.get(rule["basis"], NOTHING)
            bands = rule.get("bands") or [{"from": "0", "rate": rule["rate"]}]
            amount = by_bands(bands, total, "rate", rule.get("mode", "marginal"))
            if rule.get("cap") is not None:
                amount = min(amount, number(rule["cap"]))
            self.add(rule["code"], fen(amount))

    def pieces(self) -> None:
        for rule in self.plan.get("piece") or ():
            bands = rule.get("bands") or [{"from": "0", "price": rule["price"]}]
            quantity = self.rows.units.get(rule["unit"], NOTHING)
            self.add(rule["code"], fen(by_bands(bands, quantity, "price", rule.get("mode", "marginal"))))

    def bonuses(self) -> None:
        rules = self.plan.get("bonuses") or ()
        holds = {gate: self.gate_holds(gate) for gate in {rule["gate"] for rule in rules if rule.get("gate")}}
        part = Fraction(len(self.bonus_days), self.size)
        for rule in rules if part else ():
            if rule.get("when") == "full_attendance" and not self.attended_fully(part):
                continue
            if not holds.get(rule.get("gate"), True):
                self.add(rule["code"], NOTHING, even_zero=True)
            elif "pool" in rule:
                share = self.rows.pools.get(rule["code"])
                if share is None:
                    self.reasons.add("payroll.pool_incomplete")
                else:
                    self.add(rule["code"], share)
            else:
                self.attempt(lambda rule=rule: self.scaled(rule, part))

    def attended_fully(self, part: Fraction) -> bool:
        """Asked only of a full month."""
        if part == 1 and self.rows.attendance is None:
            self.reasons.add("payroll.attendance_missing")
        return part == 1 and self.rows.attendance is not None and self.rows.attendance.is_full

    def scaled(self, rule: Mapping[str, Any], part: Fraction) -> None:
        factor = {"score": self.rows.score, "grade": self.rows.coefficient}.get(rule.get("by"), Fraction(1))
        if factor is None:
            raise Parked("payroll.rating_missing")
        if rule.get("by") == "score":
            factor /= 100
        self.add(rule["code"], fen(number(rule["amount"]) * factor * part))

    def gate_holds(self, code: str) -> bool:
        """Whether every standard holds; what is missing is asked before what has failed."""
        gate = self.plan["gates"][code]
        missing = gate.get("missing", "block")
        groups = [self.rows.team] if gate.get("scope", "department") == "team" else self.rows.department
        asked = [(held.get(metric), limit) for held in groups for metric, limit in gate["metrics"].items()]
        if missing == "block" and any(value is None for value, _limit in asked):
            raise Parked("payroll.gate_measure_missing")
        return all(
            missing == "pass" if value is None else is_met(value, limit["op"], number(limit["value"]))
            for value, limit in asked
        )

    # ── the guarantee ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def penalties(self) -> list[Fraction]:
        return [abs(amount) for code, amount in self.rows.entries if code == "penalty"]

    def promised_on(self, plan: Document, day: date, *, by_day: bool = False) -> Fraction | None:
        """The monthly guarantee of a plan on a day; ``by_day`` leaves ``anniversary`` aside."""
        rule = plan.get("guarantee")
        if not rule:
            return None
        if rule["by"] == "fixed":
            return number(rule["amount"])
        basis = rule.get("service_year_from", "hire_date")
        if basis == "calendar_year":
            year = max(0, day.year - self.person.hired.year)
        else:
            anniversary = "split_by_day" if by_day else rule.get("anniversary", "split_by_day")
            year = self.service_year(plan, rule, day, anniversary)
        return number(rule["amounts"][min(year, len(rule["amounts"]) - 1)])

    def service_year(self, plan: Document, rule: Document, day: date, anniversary: str) -> int:
        """How many anniversaries have come by a day."""
        from_probation = rule.get("service_year_from") == "regularization"
        start = self.person.regular_from(plan) if from_probation else self.person.hired
        of_probation = (plan.get("probation") or {}).get("month_end", "clamp")
        month_end = rule.get("month_end", "clamp" if of_probation == "days_30" else of_probation)
        years = 0
        while True:
            turn = add_months(start, 12 * (years + 1), month_end)
            if (anniversary == "first_of_month" and turn.day > 1) or anniversary == "next_month":
                turn = add_months(first_of(turn), 1)
            elif anniversary == "whole_month_new":
                turn = first_of(turn)
            if turn > day:
                return years
            years += 1

    def top_up(self) -> None:
        rule = self.plan.get("guarantee")
        parts: list[tuple[Fraction, list[date]]] = []
        for day in self.regular_days:
            amount = self.promised_on(self._plans[day], day)
            if amount is None:
                continue
            if parts and parts[-1][0] == amount and parts[-1][1][-1] + DAY == day:
                parts[-1][1].append(day)
            else:
                parts.append((amount, [day]))
        if not rule or not parts:
            return
        promised = sum((fen(amount * Fraction(len(days), self.size)) for amount, days in parts), NOTHING)
        promised -= fen(parts[-1][0] / self.divisor * self.unpaid)
        if self.plan.get("sick_pay"):
            lost = 1 - number(self.plan["sick_pay"]["rate"])
            promised -= fen(parts[-1][0] / self.divisor * self.sick * lost)
        promised = max(NOTHING, promised)
        counted = self.counted(rule)
        lifted = promised - counted
        if rule.get("annual_settlement") != "advance":
            lifted = max(NOTHING, lifted)
        self.add("guarantee_top_up", lifted)
        self.guarantee_of_month = GuaranteedMonth(self.month, counted, promised, lifted)

    def counted(self, rule: Document) -> Fraction:
        """What is compared with the floor."""
        every = [each["code"] for name in ("commission", "piece", "bonuses") for each in self.plan.get(name) or ()]
        codes = set(rule.get("counts") or ["base_pay", *every])
        counted = self.total(codes - {"base_pay"})
        if "base_pay" in codes:
            counted += max(NOTHING, self.total(WITH_BASE_PAY))
        if (self.plan.get("penalties") or {}).get("order") == "before_floor":
            counted -= sum(self.penalties, NOTHING)
        return counted

    def settle_year(self, earlier: Sequence[GuaranteedMonth]) -> None:
        """The settlement of the year's guarantees, in its last month or in the month of leaving."""
        rule = self.plan.get("guarantee") or {}
        if rule.get("annual_settlement", "none") == "none":
            return
        year = self.settlement_year(rule, self.month)
        leaves = self.person.left == self.last
        if not leaves and self.settlement_year(rule, add_months(self.month, 1)) == year:
            return
        months = [each for each in earlier if self.settlement_year(rule, each.month) == year]
        months += [self.guarantee_of_month] if self.guarantee_of_month else []
        counted = sum((each.counted for each in months), NOTHING)
        promised = sum((each.promised for each in months), NOTHING)
        due = max(counted, promised) - sum((each.counted + each.topped_up for each in months), NOTHING)
        if due < 0 and rule.get("overpaid") == "ignore":
            due = NOTHING
        self.add("annual_settlement", due)

    def settlement_year(self, rule: Document, month: date) -> int:
        if rule.get("settlement_year") != "service_year" or rule.get("service_year_from") == "calendar_year":
            return month.year
        return self.service_year(self.plan, rule, days_of(month)[-1], "split_by_day")

    # ── overtime ─────────────────────────────────────────────────────────────────────────────────────────────────

    def overtime(self) -> None:
        hours = self.rows.attendance.hours if self.rows.attendance else ()
        rule = self.plan.get("overtime")
        by_law = self.law is not None and self.person.employment != "temp"
        if not any(hours) or (rule is None and not by_law):
            return
        rule = rule or {}
        length = number(rule.get("hours_per_day", "8"))
        if self.law and by_law:
            length = min(length, self.law.value("wages/hours_per_day", self.last))
        wage = self.hour_wage(rule, length)
        for sort, worked in zip(OVERTIME, hours, strict=True):
            multiple = number(rule.get(sort, MULTIPLES[sort]))
            if self.law and by_law:
                multiple = max(multiple, self.law.value(f"wages/overtime_{sort}", self.last))
            self.add(f"overtime_{sort}", fen(wage * multiple * worked))

    def hour_wage(self, rule: Document, length: Fraction) -> Fraction:
        """What an hour of work is worth to overtime, by days of some length."""
        if rule.get("by") == "amount":
            return number(rule["amount"]) / PAID_DAYS / length
        base = self.plan.get("base_pay") or {}
        if base.get("by") == "daily" and base.get("unit", "days") in ("days", "hours"):
            return number(base["amount"]) / (1 if base.get("unit") == "hours" else length)
        monthly = self.monthly or self.promised_on(self.plan, self.last, by_day=True)
        if not monthly:
            raise Parked("payroll.overtime_base_missing")
        return monthly / PAID_DAYS / length


def is_met(value: Fraction, operator: str, limit: Fraction) -> bool:
    return {
        "<=": value <= limit,
        "<": value < limit,
        ">=": value >= limit,
        ">": value > limit,
        "==": value == limit,
    }[operator]
