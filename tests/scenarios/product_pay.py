"""A drawn life through the product's own pure functions, month by month, as its services would ask them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from grading.kernel.dated import Dated
from grading.kernel.money import ZERO, from_fen
from grading.kernel.period import Month, Span
from payroll.domain.arrears import PostedLine, differences
from payroll.domain.facts import (
    Employment,
    Entry,
    Facts,
    GuaranteeMonth,
    Insured,
    MonthAttendance,
    PastLine,
    PoolShare,
    Rating,
    TaxYear,
)
from payroll.domain.law import Law
from payroll.domain.minimum_wage import due_minimum
from payroll.domain.payslip import Payslip, compute_correction, compute_payslip
from payroll.domain.plan_document import plan_from
from payroll.domain.rules import PayPlan, Rules
from payroll.domain.tax_year import Declaration
from payroll.selectors.history import LabourPaid, Opening, PaidSoFar
from payroll.selectors.tax import tax_year
from tests.scenarios.reference.person import MonthRows, Person, Plans


def yuan(amount: Fraction) -> Decimal:
    fen = amount * 100
    assert fen.denominator == 1
    return from_fen(fen.numerator)


@dataclass(frozen=True)
class Past:
    """What posted months computed again come to."""

    lines: tuple[PastLine, ...]
    guarantees: tuple[GuaranteeMonth, ...]


NOTHING_PAST = Past((), ())


@dataclass
class Posted:
    """The payslips somebody got, each with its pay date."""

    slips: list[tuple[date, Payslip]] = field(default_factory=list)
    corrected: dict[Month, GuaranteeMonth] = field(default_factory=dict)
    """The months that were computed again, as the latest posted payslip has them."""

    def guarantees(self) -> tuple[GuaranteeMonth, ...]:
        held = {slip.guarantee.month: slip.guarantee for _day, slip in self.slips if slip.guarantee is not None}
        held |= self.corrected
        return tuple(held[month] for month in sorted(held))

    def paid_in(self, year: int) -> PaidSoFar:
        of_year = [(day, slip.taxed) for day, slip in self.slips if day.year == year]
        return PaidSoFar(
            income=sum((taxed.income for _day, taxed in of_year), Decimal(0)),
            contributions=sum((taxed.contributions for _day, taxed in of_year), Decimal(0)),
            withheld=sum((taxed.withheld for _day, taxed in of_year), Decimal(0)),
            has_separate_bonus=any(taxed.separate_bonus for _day, taxed in of_year),
            since=min((day for day, _taxed in of_year), default=None),
        )

    def labour_in(self, year: int) -> tuple[LabourPaid, ...]:
        """The same payments, all of them of somebody employed as a temp."""
        return tuple(
            LabourPaid(day, slip.lines, slip.taxed.income, slip.taxed.withheld)
            for day, slip in self.slips
            if day.year == year
        )

    def lines_for(self, month: Month) -> list[PostedLine]:
        return [
            PostedLine(line.code, line.kind, line.amount, line.period, line.steps)
            for _day, slip in self.slips
            for line in slip.lines
            if line.period == month
        ]


class Product:
    """One person's plans and the law, as the product reads them."""

    def __init__(self, plans: Plans, law: Law | None) -> None:
        self.law = law
        self.plans: Mapping[str, Dated[PayPlan]] = {
            code: Dated.of(code, [(plan.effective_from, plan.plan) for plan in map(plan_from, map(dict, versions))])
            for code, versions in plans.items()
        }

    def payslip(
        self, person: Person, first: date, rows: MonthRows, posted: Posted, past: Past = NOTHING_PAST
    ) -> Payslip:
        """The month's payslip. Raises DomainError."""
        facts, rules = self._inputs(person, Month.of(first), rows, posted)
        return compute_payslip(replace(facts, past=past.lines, past_guarantees=past.guarantees), rules)

    def due_minimum(self, person: Person, first: date, rows: MonthRows, posted: Posted) -> Decimal:
        """The minimum wage that the month's pay is held against."""
        facts, rules = self._inputs(person, Month.of(first), rows, posted)
        assert rules.law is not None
        return due_minimum(facts, rules.law, rules.plans.on(facts.employed.last_day), rules.calendar).amount

    def correction(self, person: Person, first: date, rows: MonthRows, posted: Posted, past: Past) -> Payslip:
        """A correction run's payslip. Raises DomainError."""
        facts, rules = self._inputs(person, Month.of(first), rows, posted)
        return compute_correction(replace(facts, past=past.lines, past_guarantees=past.guarantees), rules)

    def again(self, person: Person, first: date, rows: MonthRows, before: Posted, posted: Posted) -> Past:
        """What a posted month is owed, or owes, with what is known now. Raises DomainError."""
        month = Month.of(first)
        slip = self.payslip(person, first, rows, before)
        promised = slip.guarantee or GuaranteeMonth(month, ZERO, ZERO, ZERO)
        return Past(differences(month, posted.lines_for(month), slip.lines), (promised,))

    def _inputs(self, person: Person, month: Month, rows: MonthRows, posted: Posted) -> tuple[Facts, Rules]:
        days = person.employed_days(month.first_day)
        employed = Span(days[0], date.fromordinal(days[-1].toordinal() + 1))
        last = posted.slips[-1][1] if posted.slips else None
        cities = dated("city", person)
        facts = Facts(
            agent_no=person.agent_no,
            month=month,
            employed=employed,
            hire_date=person.hired,
            employment=Employment(person.employment),
            tiers=dated("tier", person),
            attendance=_attendance(rows),
            sales={basis: yuan(amount) for basis, amount in rows.sales.items()},
            units=rows.units,
            rating=None if rows.score is None else Rating(rows.score, "B", rows.coefficient),
            team_metrics=(rows.team,),
            department_metrics=tuple(rows.department),
            pool_shares={
                code: PoolShare(yuan(share), Fraction(1), Fraction(2), 2)
                for code, share in rows.pools.items()
                if share is not None
            },
            pool_unscored={code: ("R0",) for code, share in rows.pools.items() if share is None},
            entries=tuple(Entry(code, yuan(amount), "drawn") for code, amount in rows.entries),
            carried_forward=last.carried_forward if last else ZERO,
            loss_balance=last.loss_balance if last else ZERO,
            guarantee_months=posted.guarantees(),
            leaves=person.left is not None and person.left == days[-1],
            pay_date=rows.pay_date,
            cities=cities,
            insured=self._insured(person, cities, employed.start) if self.law else None,
            tax=self._tax_year(person, rows, posted, cities.on(employed.last_day), month) if self.law else None,
        )
        plans = [
            (part.start, plan)
            for span, code in dated("plan", person).segments(employed)
            for part, plan in self.plans[code].segments(span)
        ]
        return facts, Rules(Dated.of("plan", plans), self.law, self.law.calendar if self.law else None)

    @staticmethod
    def _insured(person: Person, cities: Dated[str], day: date) -> Insured:
        base, fund = person.on("contribution_base", day), person.on("housing_fund_base", day)
        rate, more = person.on("housing_fund_rate", day), person.on("supplementary_fund_rate", day)
        return Insured(
            day=day,
            city=cities.on(day),
            base=Decimal(base) if base else None,
            fund_base=Decimal(fund) if fund else None,
            fund_rate=Fraction(rate) if rate else None,
            supplementary_fund_rate=Fraction(more or 0),
            new_to_work=person.new_to_work,
        )

    def _tax_year(self, person: Person, rows: MonthRows, posted: Posted, city: str, month: Month) -> TaxYear:
        assert self.law is not None
        paid_on = rows.pay_date or month.last_day
        flags = {
            "first_job_of_year": person.first_job_of_year,
            "withhold_from_60000": person.from_60000,
            "cumulates_labour": person.labour_over_the_year,
        }

        def pay_fact(kind: str) -> Dated[str] | None:
            if kind in flags:
                return Dated(kind, ((person.hired, "true" if flags[kind] else "false"),))
            return dated(kind, person) if person.held.get(kind) else None

        opening = person.opening if person.opening and person.opening.tax_year == paid_on.year else None
        return tax_year(
            paid_on=paid_on,
            hired=person.hired,
            left=person.left,
            law=self.law,
            city=city,
            pay_fact=pay_fact,
            paid=posted.paid_in(paid_on.year),
            labour=posted.labour_in(paid_on.year) if person.employment == "temp" else (),
            is_temp=person.employment == "temp",
            opening=None
            if opening is None
            else Opening(
                opening.months,
                yuan(opening.income),
                yuan(opening.contributions),
                yuan(opening.declared),
                yuan(opening.withheld),
            ),
            declarations=[Declaration(each.kind, yuan(each.amount), each.first, each.last) for each in person.declared],
        )


def dated(kind: str, person: Person) -> Dated[str]:
    return Dated.of(kind, person.held[kind])


def _attendance(rows: MonthRows) -> MonthAttendance | None:
    attended = rows.attendance
    return attended and MonthAttendance(attended.unpaid, attended.is_full, attended.sick, *attended.hours)
