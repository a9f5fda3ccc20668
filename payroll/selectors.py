"""Reads of payroll: the facts and rules of a chunk of people, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import QuerySet

from grading import public as grading
from grading.jobs.models import RunItem
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError, RecordedError
from grading.kernel.money import ZERO
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint, plain
from payroll import models
from payroll.domain.employment import bonus_days
from payroll.domain.facts import Employment, Entry, Facts, MonthAttendance, PoolShare, Rating
from payroll.domain.plan_document import plan_from
from payroll.domain.rules import BonusRule, GateScope, PayPlan, Rules
from payroll.domain.team_pool import pool_shares, unscored
from payroll.errors import PlanMissing

GroupMetrics = tuple[Mapping[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class PlansInForce:
    """The published plans of a company: each code's versions by first day, with their fingerprints."""

    plans: Mapping[str, Dated[PayPlan]]
    fingerprints: Mapping[str, Mapping[date, str]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one payslip is computed from. ``rules_used`` lists plan code, first day and fingerprint."""

    facts: Facts
    rules: Rules
    rules_used: tuple[tuple[str, str, str], ...]


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


def inputs_of(run: models.PayRun, agent_ids: Collection[int]) -> dict[int, Inputs | DomainError]:
    """Agent id → the inputs of the payslip, or why they cannot be put together."""
    return _Reading(run, agent_ids).all()


class _Reading:
    """One chunk's rows, read once; then each person's facts are put together without the database."""

    def __init__(self, run: models.PayRun, agent_ids: Collection[int]) -> None:
        self.month: Month = run.month
        self.agent_ids = tuple(agent_ids)
        company_id = run.company_id
        self.plans = plans_published(company_id)
        self.people = grading.people(self.agent_ids, self.month)
        teams = {person.team for person in self.people.values()} if self._has_pools() else set()
        team_mates = grading.agents_ever_in_teams(company_id, teams) - set(self.agent_ids)
        self.people |= grading.people(team_mates, self.month)
        self.everybody = tuple(self.people)
        self.pay_facts = _pay_facts(self.everybody)
        self.judged = grading.judged(self.everybody, company_id, self.month)
        self.unrated = _parked_in_grading(company_id, self.month, self.agent_ids)
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
        self.carried = _carried_forward(self.agent_ids, self.month)
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
        facts = replace(
            bare,
            attendance=MonthAttendance(attended.unpaid_days, attended.is_full) if attended else None,
            sales=self.sales.get(agent_id, {}),
            units=self.units.get(agent_id, {}),
            rating=self._rating(agent_id),
            team_metrics=by_team,
            department_metrics=by_department,
            pool_shares=shares,
            pool_unscored=waiting,
            entries=self.entries.get(agent_id, ()),
            carried_forward=self.carried.get(agent_id, ZERO),
        )
        return Inputs(facts, rules, used)

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
        held = self.pay_facts.get((agent_id, kind))
        day = self.people[agent_id].employed(self.month).last_day
        return held.on(day) if held is not None and held.values[0][0] <= day else None

    def _rules(self, agent_id: int) -> tuple[Rules, tuple[tuple[str, str, str], ...]]:
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
                used.append((code, since.isoformat(), self.plans.fingerprints[code][since]))
        return Rules(Dated.of("plan", values)), tuple(used)

    def _gate_metrics(self, person: grading.Person, plan: PayPlan) -> tuple[GroupMetrics, GroupMetrics]:
        """What the plan's gates look at, and nothing else: the person's team, and each team of the department."""
        department = self.team_metrics.get(person.department, {})
        every_team = [metrics for _team, metrics in sorted(department.items())]
        return (
            _asked(plan, GateScope.TEAM, [department.get(person.team, {})]),
            _asked(plan, GateScope.DEPARTMENT, every_team),
        )

    def _rating(self, agent_id: int) -> Rating | None:
        return _rating(self.judged.get(agent_id))

    def _every_plan(self) -> Iterator[PayPlan]:
        return (plan for versions in self.plans.plans.values() for _since, plan in versions.values)

    def _has_pools(self) -> bool:
        return any(rule.pool is not None for plan in self._every_plan() for rule in plan.bonuses)

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


def _rating(row: grading.Judged | None) -> Rating | None:
    return None if row is None else Rating(row.total_score, row.grade or None, row.coefficient)


def _asked(plan: PayPlan, scope: GateScope, groups: Sequence[Mapping[str, Fraction]]) -> GroupMetrics:
    """The metrics that gates of a scope ask for, group by group; one empty group where none asks."""
    asked = {standard.metric for gate in plan.gates.values() if gate.scope is scope for standard in gate.standards}
    if not asked:
        return ({},)
    return tuple({metric: held[metric] for metric in sorted(asked) if metric in held} for held in groups)


def _pay_facts(agent_ids: Collection[int]) -> dict[tuple[int, str], Dated[str]]:
    held: dict[tuple[int, str], list[tuple[date, str]]] = defaultdict(list)
    rows = models.PayFact.objects.filter(
        agent_id__in=agent_ids, kind__in=[models.PayFact.Kind.PLAN, models.PayFact.Kind.EMPLOYMENT]
    )
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


def _carried_forward(agent_ids: Collection[int], month: Month) -> dict[int, Decimal]:
    """Agent id → what the latest posted payslip before the month left to be taken back."""
    rows = (
        models.Payslip.objects.filter(agent_id__in=agent_ids, month__lt=month, run__status__in=models.PayRun.POSTED)
        .order_by("month", "pk")
        .values_list("agent_id", "carried_forward")
    )
    return dict(rows)


def posted_agents(company_id: int, month: Month) -> set[int]:
    """The agents who already have a posted regular payslip of the month."""
    return set(
        models.Payslip.objects.filter(
            run__company_id=company_id,
            month=month,
            kind=models.PayRun.Kind.REGULAR,
            run__status__in=models.PayRun.POSTED,
        ).values_list("agent_id", flat=True)
    )


def payslips_of_month(company_id: int, month: Month) -> Iterable[models.Payslip]:
    """The month's payslips of all its runs with their lines, by agent number."""
    return (
        models.Payslip.objects.filter(run__company_id=company_id, month=month)
        .select_related("agent", "run__company")
        .prefetch_related("lines")
        .order_by("agent__agent_no", "pk")
    )


def payslips_fingerprint(payslips: QuerySet[models.Payslip]) -> str:
    """What the inputs, rule versions and results of payslips come to: equal sets share it."""
    rows = payslips.order_by("agent__agent_no", "number")
    return fingerprint(
        [list(row) for row in rows.values_list("number", "input_hash", "rules_fingerprint", "output_hash")]
    )


def regraded(run: models.PayRun) -> list[str]:
    """The agent numbers of a run's payslips whose score, grade or coefficient is another one by now. Two queries.

    A draft holds what it was computed from. Calibration, an appeal or a grading may have come since.
    """
    rows = list(run.payslips.order_by("agent__agent_no").values_list("agent_id", "agent__agent_no", "facts__rating"))
    judged = grading.judged([agent_id for agent_id, *_rest in rows], run.company_id, run.month)
    return [agent_no for agent_id, agent_no, used in rows if used != plain(_rating(judged.get(agent_id)))]


def runs_of_month(company_id: int, month: Month) -> list[models.PayRun]:
    """The month's regular runs, oldest first."""
    return list(
        models.PayRun.objects.filter(company_id=company_id, month=month, kind=models.PayRun.Kind.REGULAR).order_by(
            "sequence"
        )
    )


def parked_of_run(run: models.PayRun) -> list[tuple[grading.Agent, RunItem]]:
    """The run's parked people with their reasons, by agent number; nobody who was paid by a later run."""
    return _parked(RunItem.objects.filter(job=run.job), run.company_id, run.month)


def parked_of_cycle(company_id: int, month: Month) -> list[tuple[grading.Agent, RunItem]]:
    """The people whom the month's grading parked, by agent number; nobody who was paid since."""
    items = RunItem.objects.filter(job__cycle__company_id=company_id, job__cycle__month=month)
    return _parked(items, company_id, month)


def _parked(items: QuerySet[RunItem], company_id: int, month: Month) -> list[tuple[grading.Agent, RunItem]]:
    posted = posted_agents(company_id, month)
    found = {
        item.subject_id: item for item in items.filter(state=RunItem.State.PARKED) if item.subject_id not in posted
    }
    agents = grading.Agent.objects.filter(pk__in=found).order_by("agent_no")
    return [(agent, found[agent.pk]) for agent in agents]


def own_payslips(user: User) -> QuerySet[models.Payslip]:
    """The posted payslips of the agent whose login this is."""
    return models.Payslip.objects.filter(agent__user=user, run__status__in=models.PayRun.POSTED).select_related(
        "agent", "run__company"
    )


def own_appraisals(user: User) -> QuerySet[grading.Appraisal]:
    """The published appraisals of the agent whose login this is."""
    return grading.Appraisal.objects.filter(agent__user=user, published_at__isnull=False).select_related(
        "agent", "cycle__company"
    )
