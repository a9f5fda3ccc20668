"""What the month-end page shows, read in a constant number of queries. Nothing is changed and no pay is computed here.

The sums on the page are sums of stored payslips; every comparison is with the month before as it was posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grading import public as grading
from grading.admin.shown import language, money_text
from grading.jobs import services as jobs
from grading.jobs.models import AuditEntry, RunItem
from grading.kernel.money import ZERO, total
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.domain.deductions import ENTERED_DEDUCTIONS
from payroll.wording import line_name, parked_text

MONTHS_OFFERED = 18
NAMED = 40
"""People named under a finding; the rest is counted."""
SLIPS_SHOWN = 200
UNUSUAL = Decimal("0.30")
"""A net that differs by more than this from last month's is pointed out."""
IDLE = timedelta(seconds=45)
"""After this long without a settled person the page says that nobody is at work."""
Status = models.PayRun.Status
WORKING = (Status.OPEN, Status.GRADED)


@dataclass(frozen=True, slots=True)
class Named:
    """A person on the page, with the address of the agent's own page."""

    agent_no: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at, and the people it is about. ``count`` may be more than are named."""

    text: str
    is_serious: bool
    people: tuple[Named, ...] = ()
    count: int = 0

    @property
    def unnamed(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the month's data is there. ``employed`` is everybody with a paid day."""

    employed: int
    with_kpi: int
    with_attendance: int
    with_sales: int
    adjustments: int
    lacks: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.with_kpi or self.with_attendance or self.with_sales)

    @property
    def is_ready(self) -> bool:
        return bool(self.employed) and not any(lack.is_serious for lack in self.lacks)


@dataclass(frozen=True, slots=True)
class Phase:
    """How far one part of the work is, counted from rows."""

    code: str
    name: str
    settled: int
    total: int
    parked: int

    @property
    def percent(self) -> int:
        return self.settled * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Work:
    """The state of a run's work. ``is_idle``: there is work, and nobody has done any of it lately."""

    status: str
    is_working: bool
    is_idle: bool
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class Parked:
    """A person the run could not finish, and why."""

    person: Named
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Slip:
    """One payslip of the review, with last month's posted net beside it."""

    person: Named
    address: str
    gross: str
    deductions: str
    net: str
    before: str | None
    change: str | None
    is_unusual: bool
    size: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """The sum of one pay item over everybody, this month and last."""

    name: str
    kind: str
    now: str
    before: str
    change: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One manual adjustment that is approved with the run. ``effect`` is what it does to the net, with its sign."""

    person: Named
    name: str
    effect: str
    reason: str
    requested_by: str
    is_in_run: bool


@dataclass(frozen=True, slots=True)
class Total:
    """One total of the run, this month and last."""

    name: str
    now: str
    before: str
    change: str


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is approved with the run."""

    people: int
    people_before: int
    net: str
    totals: tuple[Total, ...]
    items: tuple[Item, ...]
    slips: tuple[Slip, ...]
    hidden: int
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]


# --- Which month ----------------------------------------------------------------------------------------------------


def newest_month(company: grading.Company) -> Month:
    """The newest month that has results or a run; the last full month when there is none."""
    agents = grading.Agent.objects.filter(company=company)
    newest = agents.aggregate(kpi=Max("kpi_results__month"))["kpi"]
    others = (
        agents.aggregate(latest=Max("attendance__month"))["latest"],
        agents.aggregate(latest=Max("sales__month"))["latest"],
        models.PayRun.objects.filter(company=company).aggregate(latest=Max("month"))["latest"],
    )
    found = [month for month in (newest, *others) if month is not None]
    return max(found) if found else Month.of(timezone.localdate()).plus(-1)


def months_offered(newest: Month, chosen: Month) -> list[Month]:
    """The months of the page's list: one ahead of the newest or of today, and back from there."""
    first = max(newest, Month.of(timezone.localdate())).next
    offered = [first.plus(-back) for back in range(MONTHS_OFFERED)]
    return offered if chosen in offered else sorted({*offered, chosen}, reverse=True)


# --- Readiness ------------------------------------------------------------------------------------------------------


def readiness(company: grading.Company, month: Month) -> Readiness:
    """Counts of the people employed in a month, and who lacks what."""
    ids = grading.agents_employed_in(company.pk, month)
    people = grading.people(ids, month)
    named = {pk: _named(pk, person.agent_no, person.name) for pk, person in people.items()}
    agents = grading.Agent.objects.filter(company=company)
    everybody = set(ids)

    def having(**condition: Any) -> set[int]:
        return everybody & set(agents.filter(**condition).values_list("pk", flat=True).distinct())

    kpi = having(kpi_results__month=month)
    attended = having(attendance__month=month) | having(
        attendance_days__day__gte=month.first_day, attendance_days__day__lte=month.last_day
    )
    sales = having(sales__month=month)
    planned = having(pay_facts__kind="plan", pay_facts__effective_from__lte=month.last_day)
    profiles = {row.pk: row for row in models.PayProfile.objects.filter(agent__company=company)}
    lacks = [
        _finding(_("without a pay plan: they will be parked"), everybody - planned, named, is_serious=True),
        _finding(
            _("without a tier"),
            [pk for pk in ids if people[pk].tier_on(people[pk].employed(month).last_day) is None],
            named,
        ),
        _finding(_("without a team"), [pk for pk in ids if not people[pk].team], named),
    ]
    if kpi:
        lacks.append(_finding(_("without any KPI result"), everybody - kpi, named))
    if attended:
        lacks.append(_finding(_("without attendance"), everybody - attended, named))
    lacks += [
        _finding(
            _("with neither a bank account nor Alipay: their transfer waits"),
            [pk for pk in ids if not _payable(profiles.get(pk))],
            named,
        ),
        _finding(_("without an identity number"), [pk for pk in ids if not _identified(profiles.get(pk))], named),
    ]
    return Readiness(
        employed=len(ids),
        with_kpi=len(kpi),
        with_attendance=len(attended),
        with_sales=len(sales),
        adjustments=models.Adjustment.objects.filter(agent__company=company, month=month).count(),
        lacks=tuple(lack for lack in lacks if lack.count),
    )


def _payable(profile: models.PayProfile | None) -> bool:
    return profile is not None and bool(profile.bank_account or profile.alipay)


def _identified(profile: models.PayProfile | None) -> bool:
    return profile is not None and bool(profile.id_no)


# --- Work -----------------------------------------------------------------------------------------------------------


def work_of(run: models.PayRun) -> Work:
    """The progress of grading and calculation, from the rows. A correction grades nobody."""
    cycles = grading.AppraisalCycle.objects.filter(company_id=run.company_id, month=run.month)
    cycle = cycles.first() if run.kind in models.PayRun.FULL else None
    phases = []
    if cycle is not None:
        phases.append(_phase("grading", _("Grading"), cycle.job_id))
    is_working = run.status in WORKING
    if run.status == Status.OPEN:
        phases.append(Phase("calculation", _("Calculation"), 0, phases[0].total if phases else 0, 0))
    else:
        phases.append(_phase("calculation", _("Calculation"), run.job_id))
    job_ids = [run.job_id, *([cycle.job_id] if cycle else [])]
    return Work(run.status, is_working, is_working and _is_idle(job_ids), tuple(phases))


def _phase(code: str, name: str, job_id: int) -> Phase:
    counted = jobs.progress(job_id)
    return Phase(code, name, counted.settled, counted.total, counted.parked)


def _is_idle(job_ids: Collection[int]) -> bool:
    latest = RunItem.objects.filter(job_id__in=job_ids).aggregate(latest=Max("updated_at"))["latest"]
    live = RunItem.objects.filter(job_id__in=job_ids, state=RunItem.State.LEASED, lease_until__gte=timezone.now())
    return latest is not None and timezone.now() - latest > IDLE and not live.exists()


def parked_of(run: models.PayRun) -> list[Parked]:
    """The people whom the run could not finish, in the reader's language."""
    return [
        Parked(
            _named(agent.pk, agent.agent_no, agent.name),
            item.error_code,
            parked_text(item, language()),
        )
        for agent, item in selectors.parked_of_run(run)
    ]


def changed_since(run: models.PayRun) -> bool:
    """Whether files were loaded after the run was calculated: what is on the page may no longer be what they say."""
    if run.is_posted or run.job.finished_at is None:
        return False
    return (
        AuditEntry.objects.filter(
            action="company.load",
            object_type="company",
            object_id=run.company.code,
            at__gt=run.job.finished_at,
        )
        .exclude(detail={"files": []})
        .exists()
    )


# --- Review ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    agent_id: int
    agent_no: str
    name: str
    gross: Decimal
    deductions: Decimal
    net: Decimal
    employer_cost: Decimal
    carried_forward: Decimal


def review_of(run: models.PayRun, parked: Collection[Parked]) -> Review:
    """The run beside the month before, its adjustments, and what should be looked at before approving.

    A correction pays other months, so it is held against nothing; an off-cycle run against its own people.
    """
    rows = _rows(models.Payslip.objects.filter(run=run))
    last_month = models.Payslip.objects.none()
    if run.kind in models.PayRun.FULL:
        last_month = models.Payslip.objects.filter(
            run__company_id=run.company_id,
            month=run.month.plus(-1),
            kind__in=models.PayRun.FULL,
            run__status__in=models.PayRun.POSTED,
        )
    if run.kind == models.PayRun.Kind.OFF_CYCLE:
        last_month = last_month.filter(agent__in=[row.agent_id for row in rows])
    before = {row.agent_id: row for row in _rows(last_month)}
    slips = sorted((_slip(row, before.get(row.agent_id)) for row in rows), key=_by_size)
    names = (_("Gross pay"), _("Deductions"), _("Net pay"), _("Employer cost"))
    columns = ("gross", "deductions", "net", "employer_cost")
    return Review(
        people=len(rows),
        people_before=len(before),
        net=money_text(total(row.net for row in rows)),
        totals=tuple(
            Total(name, *_compared(_sum(rows, column), _sum(before.values(), column)))
            for name, column in zip(names, columns, strict=True)
        ),
        items=_items(run, last_month),
        slips=tuple(slips[:SLIPS_SHOWN]),
        hidden=max(len(slips) - SLIPS_SHOWN, 0),
        entries=_entries(run, {row.agent_id for row in rows}),
        findings=tuple(_findings(run, rows, before, {each.person.agent_no for each in parked})),
    )


def _by_size(slip: Slip) -> tuple[Decimal, str]:
    return -slip.size, slip.person.agent_no


def _rows(payslips: Any) -> list[_Row]:
    return [
        _Row(*values)
        for values in payslips.order_by("agent__agent_no").values_list(
            "pk",
            "agent_id",
            "agent__agent_no",
            "agent__name",
            "gross",
            "deductions",
            "net",
            "employer_cost",
            "carried_forward",
        )
    ]


def _sum(rows: Iterable[_Row], column: str) -> Decimal:
    return total(getattr(row, column) for row in rows)


def _slip(row: _Row, before: _Row | None) -> Slip:
    change = None if before is None else row.net - before.net
    return Slip(
        person=_named(row.agent_id, row.agent_no, row.name),
        address=reverse("admin:payroll_payslip_change", args=[row.pk]),
        gross=money_text(row.gross),
        deductions=money_text(row.deductions),
        net=money_text(row.net),
        before=None if before is None else money_text(before.net),
        change=None if change is None else signed(change),
        is_unusual=before is not None and _is_unusual(row.net, before.net),
        size=row.net if change is None else abs(change),
    )


def _is_unusual(now: Decimal, before: Decimal) -> bool:
    return abs(now - before) > before * UNUSUAL


def signed(amount: Decimal) -> str:
    """A difference with its sign.

    >>> signed(Decimal("1234.50")), signed(Decimal("-2.00")), signed(Decimal("0.00"))
    ('+1,234.50', '-2.00', '0.00')
    """
    return f"+{money_text(amount)}" if amount > 0 else money_text(amount)


def _compared(now: Decimal, before: Decimal) -> tuple[str, str, str]:
    return money_text(now), money_text(before), signed(now - before)


def _items(run: models.PayRun, last_month: Any) -> tuple[Item, ...]:
    def sums(payslips: Any) -> dict[tuple[str, str], Decimal]:
        lines = models.PayslipLine.objects.filter(payslip__in=payslips).order_by()
        rows = lines.values_list("kind", "code").annotate(amount=Sum("amount"))
        return {(kind, code): amount for kind, code, amount in rows}

    now, before = sums(models.Payslip.objects.filter(run=run)), sums(last_month)
    order = {"earning": 0, "deduction": 1, "employer": 2}
    keys = sorted(now.keys() | before.keys(), key=lambda key: (order[key[0]], -now.get(key, ZERO), key[1]))
    return tuple(
        Item(
            line_name(code.removeprefix("employer_"), language()),
            kind,
            *_compared(now.get((kind, code), ZERO), before.get((kind, code), ZERO)),
        )
        for kind, code in keys
    )


def _entries(run: models.PayRun, in_run: Collection[int]) -> tuple[Entry, ...]:
    rows = models.Adjustment.objects.filter(agent__company_id=run.company_id, month=run.month)
    if run.kind != models.PayRun.Kind.REGULAR:
        rows = rows.filter(agent__in=in_run if run.kind == models.PayRun.Kind.OFF_CYCLE else ())
    return tuple(
        Entry(
            person=_named(row.agent_id, row.agent.agent_no, row.agent.name),
            name=line_name(row.code, language()),
            effect=signed(_effect(row)),
            reason=row.reason,
            requested_by=row.requested_by,
            is_in_run=row.agent_id in in_run,
        )
        for row in rows.select_related("agent").order_by("agent__agent_no", "pk")
    )


def _effect(row: models.Adjustment) -> Decimal:
    """What is entered as a positive penalty or deduction lowers the net."""
    if row.code == "penalty":
        return -abs(row.amount)
    return -row.amount if row.code in ENTERED_DEDUCTIONS else row.amount


def _findings(
    run: models.PayRun, rows: list[_Row], before: Mapping[int, _Row], parked: Collection[str]
) -> Iterable[Finding]:
    """What an approver should look at besides the run's stored findings: who is paid that may not have worked, who
    works on the run themselves, who is new and who is gone. Serious ones come first; none of them stops anybody.
    """
    by_id = {row.agent_id: row for row in [*before.values(), *rows]}
    named = {pk: _named(pk, row.agent_no, row.name) for pk, row in by_id.items()}
    paid = {row.agent_id for row in rows}
    agents = grading.Agent.objects.filter(company_id=run.company_id)
    own = paid & set(agents.filter(user__in=_hands_on(run)).values_list("pk", flat=True))
    found = [
        _finding(_("are paid in this run and work on it themselves"), own, named, is_serious=True),
        _finding(_("get nothing this month"), [row.agent_id for row in rows if row.net == 0], named),
    ]
    if run.kind == models.PayRun.Kind.CORRECTION:
        owing = [row.agent_id for row in rows if row.carried_forward > 0]
        found.append(_finding(_("owe a rest that is taken from later months"), owing, named))
        return [finding for finding in found if finding.count]
    seen = set(agents.filter(kpi_results__month=run.month).values_list("pk", flat=True)) | set(
        grading.attendance(paid, run.month)
    )
    elsewhere = selectors.posted_agents(run.company_id, run.month)
    gone = [pk for pk, row in before.items() if pk not in paid and pk not in elsewhere and row.agent_no not in parked]
    found = [
        _finding(
            _("are paid although the month has neither attendance nor a KPI result of them"),
            [row.agent_id for row in rows if row.net > 0 and row.agent_id not in seen],
            named,
            is_serious=True,
        ),
        *found,
        _finding(_("were paid last month and are not in this run"), gone, named),
        _finding(_("are paid for the first time"), paid - before.keys() if before else (), named),
    ]
    return [finding for finding in found if finding.count]


def _hands_on(run: models.PayRun) -> list[User]:
    return [user for user in (run.prepared_by, run.approved_by) if user is not None]


def _named(pk: int, agent_no: str, name: str) -> Named:
    return Named(agent_no, name, reverse("admin:grading_agent_change", args=[pk]))


def _finding(text: str, people: Iterable[int], named: Mapping[int, Named], *, is_serious: bool = False) -> Finding:
    found = sorted((named[pk] for pk in people), key=lambda person: person.agent_no)
    return Finding(text, is_serious, tuple(found[:NAMED]), len(found))


def parked_by_reason(parked: Iterable[Parked]) -> list[tuple[str, int]]:
    """Reason codes with how many people each holds, most first."""
    return Counter(each.code for each in parked).most_common()
