"""The facts and rules of a chunk of people, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from grading import public as grading
from grading.jobs.models import RunItem
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError, RecordedError
from grading.kernel.exact import exact
from grading.kernel.money import ZERO
from grading.kernel.period import Month
from payroll import models
from payroll.domain.employment import bonus_days
from payroll.domain.facts import (
    Employment,
    Entry,
    Facts,
    Insured,
    MonthAttendance,
    PoolShare,
    Rating,
    TaxYear,
)
from payroll.domain.plan_document import plan_from
from payroll.domain.rules import AnnualSettlement, BonusRule, GateScope, PayPlan, Rules
from payroll.domain.team_pool import pool_shares, unscored
from payroll.errors import PlanMissing
from payroll.selectors import history
from payroll.selectors.tax import tax_year
from payroll.statutory import city_code, law_in_force

_PLAIN_KINDS = (models.PayFact.Kind.PLAN, models.PayFact.Kind.EMPLOYMENT)
_ALL_KINDS = tuple(models.PayFact.Kind)
"""What pay needs of a person where no law is followed, and where one is."""
Judge = Callable[[Collection[int]], Mapping[int, grading.Judged | DomainError]]
GroupMetrics = tuple[Mapping[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class PlansInForce:
    """The published plans of a company: each code's versions by first day, with their fingerprints."""

    plans: Mapping[str, Dated[PayPlan]]
    fingerprints: Mapping[str, Mapping[date, str]]


@dataclass(frozen=True, slots=True)
class RuleUsed:
    """A document that rules were read from: a plan, or the law's. ``held_from`` is a plan's first day for this person
    and month; the law's documents carry their own dates.
    """

    code: str
    since: str
    fingerprint: str
    held_from: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one payslip is computed from."""

    facts: Facts
    rules: Rules
    rules_used: tuple[RuleUsed, ...]
    """The documents the rules were read from; the plan of the last employed day comes last."""


def plans_published(company_id: int) -> PlansInForce:
    """Every published plan of a company, the highest revision of each first day. One query."""
    rows = models.PlanVersion.objects.filter(
        company_id=company_id, status=models.PlanVersion.Status.PUBLISHED
    ).order_by("code", "effective_from", "revision")
    versions: dict[str, dict[date, PayPlan]] = defaultdict(dict)
    prints: dict[str, dict[date, str]] = defaultdict(dict)
    for row in rows:
        versions[row.code][row.effective_from] = plan_from(row.body).plan
        prints[row.code][row.effective_from] = row.fingerprint
    return PlansInForce({code: Dated.of(code, held.items()) for code, held in versions.items()}, prints)


def inputs_of(
    run: models.PayRun,
    agent_ids: Collection[int],
    judge: Judge | None = None,
) -> dict[int, Inputs | DomainError]:
    """Agent id → the inputs of the payslip, or why they cannot be put together.

    ``judge`` takes the place of the month's stored appraisals, for a month that is looked at again.
    """
    return _Reading(run, agent_ids, judge).all()


class _Reading:
    """One chunk's rows, read once; then each person's facts are put together without the database."""

    def __init__(
        self,
        run: models.PayRun,
        agent_ids: Collection[int],
        judge: Judge | None,
    ) -> None:
        self.month: Month = run.month
        self.pay_date = run.pay_date
        self.agent_ids = tuple(agent_ids)
        company_id = run.company_id
        self.plans = plans_published(company_id)
        self.people = grading.people(self.agent_ids, self.month)
        teams = {person.team for person in self.people.values()} if self._has_pools() else set()
        team_mates = grading.agents_ever_in_teams(company_id, teams) - set(self.agent_ids)
        self.people |= grading.people(team_mates, self.month)
        self.everybody = tuple(self.people)
        self.law = law_in_force(run.company)
        self.pay_facts = _pay_facts(self.everybody, _PLAIN_KINDS if self.law is None else _ALL_KINDS)
        self.unrated: Mapping[int, DomainError]
        if judge is None:
            self.judged = grading.judged(self.everybody, company_id, self.month)
            self.unrated = _parked_in_grading(company_id, self.month, self.agent_ids)
        else:
            judged = judge(self.everybody)
            self.judged = {key: each for key, each in judged.items() if not isinstance(each, DomainError)}
            self.unrated = {key: each for key, each in judged.items() if isinstance(each, DomainError)}
        self.attendance = grading.attendance(self.agent_ids, self.month)
        mine_only = [self.people[agent_id] for agent_id in self.agent_ids if agent_id in self.people]
        self.team_metrics = grading.team_metrics(
            company_id,
            self.month,
            teams={person.team for person in mine_only},
            departments={person.department for person in mine_only} if self._has_department_gates() else set(),
        )
        mine = {"month": self.month, "agent_id__in": self.agent_ids}
        self.sales = _sums(models.SalesEntry.objects.filter(**mine).values_list("agent_id", "basis", "amount"))
        self.units = _sums(models.UnitEntry.objects.filter(**mine).values_list("agent_id", "unit", "quantity"))
        self.entries = _entries(self.month, self.agent_ids)
        self.balances = history.balances(self.agent_ids)
        self.guarantee_months = history.guarantee_months(self.agent_ids, self.month) if self._settles_years() else {}
        self.tax = self._tax_records() if self.law else history.TaxRecords()
        self.default_city = run.company.city
        self._pools: dict[tuple[str, str, BonusRule], tuple[Mapping[str, PoolShare], tuple[str, ...]]] = {}

    def all(self) -> dict[int, Inputs | DomainError]:
        found: dict[int, Inputs | DomainError] = {}
        for agent_id in self.agent_ids:
            try:
                found[agent_id] = self._inputs(agent_id)
            except DomainError as error:
                found[agent_id] = error
        return found

    def _inputs(self, agent_id: int) -> Inputs:
        if agent_id in self.unrated:
            raise self.unrated[agent_id]
        person = self.people[agent_id]
        rules, used = self._rules(agent_id)
        bare = self._bare_facts(agent_id)
        attended = self.attendance.get(agent_id)
        by_team, by_department = self._gate_metrics(person, rules.plans.on(bare.employed.last_day))
        shares, waiting = self._pool_shares(agent_id, bare, rules)
        cities = self._cities(agent_id)
        balance = self.balances.get(agent_id, history.Balance())
        facts = replace(
            bare,
            attendance=_month_attendance(attended) if attended else None,
            sales=self.sales.get(agent_id, {}),
            units=self.units.get(agent_id, {}),
            rating=self._rating(agent_id),
            team_metrics=by_team,
            department_metrics=by_department,
            pool_shares=shares,
            pool_unscored=waiting,
            entries=self.entries.get(agent_id, ()),
            carried_forward=balance.carried_forward,
            loss_balance=balance.loss,
            guarantee_months=self.guarantee_months.get(agent_id, ()),
            leaves=person.leave_date is not None and person.leave_date == bare.employed.last_day,
            pay_date=self.pay_date,
            cities=cities,
            insured=self._insured(agent_id, cities, bare.employed.start) if self.law else None,
            tax=self._tax_year(agent_id, cities) if self.law else None,
        )
        return Inputs(facts, rules, (*self._law_used(facts), *used))

    @property
    def _paid_on(self) -> date:
        return self.pay_date or self.month.last_day

    def _tax_records(self) -> history.TaxRecords:
        kind, temp = models.PayFact.Kind.EMPLOYMENT, Employment.TEMP
        held = {agent_id: self.pay_facts.get((agent_id, kind)) for agent_id in self.agent_ids}
        temps = [key for key, each in held.items() if each and any(value == temp for _since, value in each.values)]
        return history.tax_records(self.agent_ids, self._paid_on.year, temps)

    def _cities(self, agent_id: int) -> Dated[str]:
        """The person's cities of insurance by code; the company's where nothing is entered for the person."""
        law = self.law
        if law is None:
            return Dated("city", ())
        own = self.pay_facts.get((agent_id, models.PayFact.Kind.CITY))
        values = own.values if own is not None else ((date.min, self.default_city),)
        return Dated.of("city", ((since, city_code(value, law)) for since, value in values))

    def _insured(self, agent_id: int, cities: Dated[str], day: date) -> Insured:
        kind = models.PayFact.Kind
        return Insured(
            day=day,
            city=cities.on(day),
            base=_money(self._held_on(agent_id, kind.CONTRIBUTION_BASE, day)),
            fund_base=_money(self._held_on(agent_id, kind.HOUSING_FUND_BASE, day)),
            fund_rate=_fraction(self._held_on(agent_id, kind.HOUSING_FUND_RATE, day)),
            supplementary_fund_rate=_fraction(self._held_on(agent_id, kind.SUPPLEMENTARY_FUND_RATE, day))
            or Fraction(0),
            new_to_work=self._held_on(agent_id, kind.NEW_TO_WORK, day) == "true",
        )

    def _tax_year(self, agent_id: int, cities: Dated[str]) -> TaxYear:
        person = self.people[agent_id]
        law = self.law.law if self.law is not None else None
        if law is None:
            raise AssertionError("asked for a tax year without a law")
        return tax_year(
            paid_on=self._paid_on,
            hired=person.hire_date,
            left=person.leave_date,
            law=law,
            city=cities.on(person.employed(self.month).last_day),
            pay_fact=lambda kind: self.pay_facts.get((agent_id, kind)),
            paid=self.tax.paid.get(agent_id, history.PaidSoFar()),
            labour=self.tax.labour.get(agent_id, ()),
            is_temp=self._pay_fact(agent_id, models.PayFact.Kind.EMPLOYMENT) == Employment.TEMP,
            opening=self.tax.openings.get(agent_id),
            declarations=self.tax.declarations.get(agent_id, []),
        )

    def _law_used(self, facts: Facts) -> tuple[RuleUsed, ...]:
        """The law's documents behind a payslip: the country's, the calendar of the month, the person's cities."""
        if self.law is None:
            return ()
        cities = sorted({city for _since, city in facts.cities.values})
        return tuple(RuleUsed(code, "", mark, "") for code, mark in self.law.used(cities, facts.month.year))

    def _bare_facts(self, agent_id: int) -> Facts:
        """What is known of a person without the month's results: enough to ask for regular days."""
        person = self.people[agent_id]
        employment = self._pay_fact(agent_id, models.PayFact.Kind.EMPLOYMENT)
        return Facts(
            agent_no=person.agent_no,
            month=self.month,
            employed=person.employed(self.month),
            hire_date=person.hire_date,
            employment=Employment(employment) if employment else Employment.REGULAR,
            tiers=person.tiers,
        )

    def _pay_fact(self, agent_id: int, kind: str) -> str | None:
        return self._held_on(agent_id, kind, self.people[agent_id].employed(self.month).last_day)

    def _held_on(self, agent_id: int, kind: str, day: date) -> str | None:
        """A dated pay fact on a day; None before its first value."""
        held = self.pay_facts.get((agent_id, kind))
        return held.on(day) if held is not None and held.values[0][0] <= day else None

    def _rules(self, agent_id: int) -> tuple[Rules, tuple[RuleUsed, ...]]:
        """The plans over the month: the person's dated plan codes, each in its versions."""
        codes = self.pay_facts.get((agent_id, models.PayFact.Kind.PLAN), Dated("plan", ()))
        employed = self.people[agent_id].employed(self.month)
        values: list[tuple[date, PayPlan]] = []
        used = []
        for span, code in codes.segments(employed):
            versions = self.plans.plans.get(code)
            if versions is None or versions.values[0][0] > span.start:
                raise PlanMissing(plan=code, day=span.start)
            for part, plan in versions.segments(span):
                since = max(first for first, _plan in versions.values if first <= part.start)
                values.append((part.start, plan))
                used.append(
                    RuleUsed(code, since.isoformat(), self.plans.fingerprints[code][since], part.start.isoformat())
                )
        if self.law is None:
            return Rules(Dated.of("plan", values)), tuple(used)
        return Rules(Dated.of("plan", values), self.law.law, self.law.law.calendar), tuple(used)

    def _gate_metrics(self, person: grading.Person, plan: PayPlan) -> tuple[GroupMetrics, GroupMetrics]:
        """What the plan's gates look at, and nothing else: the person's team, and each team of the department."""
        department = self.team_metrics.get(person.department, {})
        every_team = [metrics for _team, metrics in sorted(department.items())]
        return (
            _asked(plan, GateScope.TEAM, [department.get(person.team, {})]),
            _asked(plan, GateScope.DEPARTMENT, every_team),
        )

    def _rating(self, agent_id: int) -> Rating | None:
        return rating_of(self.judged.get(agent_id))

    def _every_plan(self) -> Iterator[PayPlan]:
        return (plan for versions in self.plans.plans.values() for _since, plan in versions.values)

    def _has_pools(self) -> bool:
        return any(rule.pool is not None for plan in self._every_plan() for rule in plan.bonuses)

    def _settles_years(self) -> bool:
        guarantees = (plan.guarantee for plan in self._every_plan() if plan.guarantee is not None)
        return any(guarantee.annual_settlement is not AnnualSettlement.NONE for guarantee in guarantees)

    def _has_department_gates(self) -> bool:
        return any(gate.scope is GateScope.DEPARTMENT for plan in self._every_plan() for gate in plan.gates.values())

    def _pool_shares(
        self, agent_id: int, bare: Facts, rules: Rules
    ) -> tuple[dict[str, PoolShare], dict[str, tuple[str, ...]]]:
        """The person's shares of the pools of their plan, and whom the other pools wait for.

        A pool belongs to the people of one team on one plan.
        """
        plan = rules.plans.on(bare.employed.last_day)
        if not any(rule.pool is not None for rule in plan.bonuses) or not bonus_days(bare, rules):
            return {}, {}
        team = self.people[agent_id].team
        shares, waiting = {}, {}
        for rule in plan.bonuses:
            if rule.pool is None:
                continue
            key = (team, plan.code, rule)
            if key not in self._pools:
                scores = self._pool_members(team, plan.code)
                self._pools[key] = (pool_shares(rule, scores), unscored(rule, scores))
            shared, missing = self._pools[key]
            if missing:
                waiting[rule.code] = missing
            else:
                shares[rule.code] = shared[bare.agent_no]
        return shares, waiting

    def _pool_members(self, team: str, plan_code: str) -> dict[str, Fraction | None]:
        members: dict[str, Fraction | None] = {}
        for agent_id in self.everybody:
            person = self.people[agent_id]
            if person.team != team or not person.employed(self.month).days:
                continue
            if self._pay_fact(agent_id, models.PayFact.Kind.PLAN) != plan_code:
                continue
            rules, _used = self._rules(agent_id)
            if bonus_days(self._bare_facts(agent_id), rules):
                rating = self._rating(agent_id)
                members[person.agent_no] = rating.score if rating else None
        return members


def rating_of(row: grading.Judged | None) -> Rating | None:
    """An appraisal as pay sees it."""
    return None if row is None else Rating(row.total_score, row.grade or None, row.coefficient)


def _asked(plan: PayPlan, scope: GateScope, groups: Sequence[Mapping[str, Fraction]]) -> GroupMetrics:
    """The metrics that gates of a scope ask for, group by group; one empty group where none asks."""
    asked = {standard.metric for gate in plan.gates.values() if gate.scope is scope for standard in gate.standards}
    if not asked:
        return ({},)
    return tuple({metric: held[metric] for metric in sorted(asked) if metric in held} for held in groups)


def _pay_facts(agent_ids: Collection[int], kinds: Collection[str]) -> dict[tuple[int, str], Dated[str]]:
    held: dict[tuple[int, str], list[tuple[date, str]]] = defaultdict(list)
    rows = models.PayFact.objects.filter(agent_id__in=agent_ids, kind__in=kinds)
    for agent_id, kind, since, value in rows.values_list("agent_id", "kind", "effective_from", "value"):
        held[agent_id, kind].append((since, value))
    return {key: Dated.of(key[1], values) for key, values in held.items()}


def _parked_in_grading(company_id: int, month: Month, agent_ids: Collection[int]) -> dict[int, DomainError]:
    """Agent id → why grading parked them. They are parked here with the same code and reason."""
    rows = RunItem.objects.filter(
        job__cycle__company_id=company_id,
        job__cycle__month=month,
        state=RunItem.State.PARKED,
        subject_id__in=agent_ids,
    ).values_list("subject_id", "error_code", "error_message", "error_values")
    return {agent_id: RecordedError(code, message, values) for agent_id, code, message, values in rows}


N = TypeVar("N", Decimal, Fraction)


def _sums(rows: Iterable[tuple[int, str, N]]) -> dict[int, dict[str, N]]:
    """Agent id → name → sum of (agent id, name, number) rows."""
    found: dict[int, dict[str, N]] = defaultdict(dict)
    for agent_id, name, number in rows:
        held = found[agent_id].get(name)
        found[agent_id][name] = number if held is None else held + number
    return found


def _entries(month: Month, agent_ids: Collection[int]) -> dict[int, tuple[Entry, ...]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    rows = models.Adjustment.objects.filter(month=month, agent_id__in=agent_ids).order_by("pk")
    for agent_id, code, amount, reason in rows.values_list("agent_id", "code", "amount", "reason"):
        found[agent_id].append(Entry(code, amount, reason))
    return {agent_id: tuple(entries) for agent_id, entries in found.items()}


def _month_attendance(attended: grading.Attendance) -> MonthAttendance:
    return MonthAttendance(
        unpaid_days=attended.unpaid_days,
        is_full=attended.is_full,
        sick_days=attended.sick_days,
        overtime_workday_hours=attended.overtime_workday_hours,
        overtime_restday_hours=attended.overtime_restday_hours,
        overtime_holiday_hours=attended.overtime_holiday_hours,
    )


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text) + ZERO


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else exact(text)
