"""What the month-end page shows, read in a constant number of queries. Nothing is changed and no pay is computed here.

The sums on the page are sums of stored payslips; every comparison is with the month before as it was posted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grading import public as grading
from grading.admin.shown import language, money_text
from grading.jobs.models import AuditEntry, RunItem
from grading.kernel.exact import shown
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.domain.deductions import ENTERED_DEDUCTIONS
from payroll.services.run_figures import review_of as kept_review
from payroll.wording import line_name, parked_text

MONTHS_OFFERED = 18
NAMED = 40
"""People named under a finding; the rest is counted."""
PARKED_ON_A_PAGE = 50
COUNTED_AGAIN = 1_000
"""Up to so many people a calculated month's data is gone through again for each look at the page."""
UNUSUAL = Decimal("0.30")
"""A net that differs by more than this from last month's is pointed out."""
Status, Kind = models.PayRun.Status, models.PayRun.Kind
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
    is_counted: bool = True
    """False where the people of a large calculated run are not gone through again, unless somebody asks."""

    @property
    def is_empty(self) -> bool:
        return self.is_counted and not (self.with_kpi or self.with_attendance or self.with_sales)

    @property
    def is_ready(self) -> bool:
        return bool(self.employed) and not any(lack.is_serious for lack in self.lacks)


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """How far one part of the work is, as the page shows it."""

    code: str
    name: str
    settled: int
    total: int
    percent: int
    parked: int
    pace: str
    """How many a second and how long it takes still, in words; empty where nobody can say."""


@dataclass(frozen=True, slots=True)
class Work:
    """The state of a run's work. ``is_idle``: there is work, and nobody has done any of it lately."""

    status: str
    is_working: bool
    is_stopped: bool
    is_idle: bool
    phases: tuple[PhaseRow, ...]

    @property
    def people(self) -> int:
        """The people whom the run calculates."""
        return sum(phase.total for phase in self.phases if phase.code == selectors.Phase.CALCULATE)


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
    unlisted: int
    """Adjustments that are not among ``entries``."""
    findings: tuple[Finding, ...]
    kinds: tuple[selectors.FindingCount, ...]
    """What the rules found, counted by kind."""

    @property
    def entry_count(self) -> int:
        return len(self.entries) + self.unlisted


# --- Which month ----------------------------------------------------------------------------------------------------


def newest_month(company: grading.Company) -> Month:
    """The newest month that has results or a run; the last full month when there is none."""
    own = (models.SalesEntry.objects.filter(agent__company=company), models.PayRun.objects.filter(company=company))
    found = [month for rows in own for month in rows.order_by("-month").values_list("month", flat=True)[:1]]
    graded = grading.newest_month(company.pk)
    return max([*found, *([graded] if graded else [])], default=Month.of(timezone.localdate()).plus(-1))


def months_offered(newest: Month, chosen: Month) -> list[Month]:
    """The months of the page's list: one ahead of the newest or of today, and back from there."""
    first = max(newest, Month.of(timezone.localdate())).next
    offered = [first.plus(-back) for back in range(MONTHS_OFFERED)]
    return offered if chosen in offered else sorted({*offered, chosen}, reverse=True)


# --- Readiness ------------------------------------------------------------------------------------------------------


def readiness_unasked(people: int) -> Readiness | None:
    """In place of the readiness of a calculated run of many people; None for one of few."""
    return Readiness(people, 0, 0, 0, 0, (), is_counted=False) if people > COUNTED_AGAIN else None


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
    """The progress of a run, from the rows."""
    progress = selectors.progress_of(run)
    names = {
        selectors.Phase.READ: _("Platform exports"),
        selectors.Phase.GRADE: _("Grading"),
        selectors.Phase.CALCULATE: _("Calculation"),
        selectors.Phase.DOCUMENTS: _("Payment files"),
        selectors.Phase.PUBLISH: _("Published"),
    }
    phases = tuple(
        PhaseRow(each.phase.value, names[each.phase], each.settled, each.total, each.percent, each.parked, _pace(each))
        for each in progress.phases
    )
    return Work(run.status, run.status in WORKING, progress.is_stopped, progress.is_idle, phases)


def _pace(phase: selectors.PhaseProgress) -> str:
    if phase.pace is None or phase.seconds_left is None:
        return ""
    minutes, seconds = divmod(phase.seconds_left, 60)
    return _("%(pace)s a second, %(minutes)d:%(seconds)02d left") % {
        "pace": shown(phase.pace, 1),
        "minutes": minutes,
        "seconds": seconds,
    }


def parked_shown(parked: Iterable[tuple[grading.Agent, RunItem]]) -> list[Parked]:
    """People whom the run could not finish, in the reader's language."""
    return [
        Parked(
            _named(agent.pk, agent.agent_no, agent.name),
            item.error_code,
            parked_text(item, language()),
        )
        for agent, item in parked
    ]


def is_regraded(run: models.PayRun) -> bool:
    """Whether somebody's score or grade is another one than the run was calculated from."""
    if run.is_posted or run.kind not in models.PayRun.FULL or run.calculated_from is None:
        return False
    return grading.judged_since(run.company_id, run.month, run.calculated_from) and bool(selectors.regraded(run))


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


def review_of(run: models.PayRun) -> Review:
    """The run beside the month before, its adjustments, and what should be looked at before approving."""
    figures = kept_review(run)
    entries, unlisted = _entries(run, figures.entries)
    return Review(
        people=figures.people,
        people_before=figures.people_before,
        net=money_text(figures.now.net),
        totals=tuple(
            Total(name, *_compared(now, before))
            for name, now, before in (
                (_("Gross pay"), figures.now.gross, figures.before.gross),
                (_("Deductions"), figures.now.deductions, figures.before.deductions),
                (_("Net pay"), figures.now.net, figures.before.net),
                (_("Employer cost"), figures.now.employer_cost, figures.before.employer_cost),
            )
        ),
        items=tuple(
            Item(
                line_name(item.code.removeprefix("employer_"), language()),
                item.kind,
                *_compared(item.now, item.before),
            )
            for item in figures.items
        ),
        slips=tuple(_slip(slip) for slip in figures.slips),
        hidden=figures.people - len(figures.slips),
        entries=entries,
        unlisted=unlisted,
        findings=(*_own(run), *(_pointed(pointed) for pointed in figures.points)),
        kinds=figures.findings,
    )


def _slip(slip: selectors.SlipFigures) -> Slip:
    return Slip(
        person=_who(slip.who),
        address=reverse("admin:payroll_payslip_change", args=[slip.payslip_id]),
        gross=money_text(slip.gross),
        deductions=money_text(slip.deductions),
        net=money_text(slip.net),
        before=None if slip.before is None else money_text(slip.before),
        change=None if slip.change is None else signed(slip.change),
        is_unusual=slip.before is not None and _is_unusual(slip.net, slip.before),
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


def _entries(run: models.PayRun, count: int) -> tuple[tuple[Entry, ...], int]:
    """The month's manual adjustments, and how many more there are than are listed; ``count`` of a list that is cut."""
    rows = selectors.entries_of(run).select_related("agent").order_by("agent__agent_no", "pk")
    is_cut = selectors.shown_of(count) < count
    listed = list(rows[: selectors.shown_of(count) if is_cut else selectors.WHOLE])
    in_run = set(run.payslips.filter(agent_id__in=[row.agent_id for row in listed]).values_list("agent_id", flat=True))
    entries = tuple(
        Entry(
            person=_named(row.agent_id, row.agent.agent_no, row.agent.name),
            name=line_name(row.code, language()),
            effect=signed(_effect(row)),
            reason=row.reason,
            requested_by=row.requested_by,
            is_in_run=row.agent_id in in_run,
        )
        for row in listed
    )
    return entries, count - len(listed) if is_cut else 0


def _effect(row: models.Adjustment) -> Decimal:
    """What is entered as a positive penalty or deduction lowers the net."""
    if row.code == "penalty":
        return -abs(row.amount)
    return -row.amount if row.code in ENTERED_DEDUCTIONS else row.amount


def _own(run: models.PayRun) -> tuple[Finding, ...]:
    """The people who work on the run and are paid by it."""
    own = run.payslips.filter(agent__user__in=_hands_on(run)).select_related("agent").defer("facts", "rules")
    people = tuple(_named(slip.agent_id, slip.agent.agent_no, slip.agent.name) for slip in own)
    text = _("are paid in this run and work on it themselves")
    return (Finding(text, is_serious=True, people=people, count=len(people)),) if people else ()


def _pointed(pointed: selectors.Pointed) -> Finding:
    texts = {
        selectors.Point.WITHOUT_WORK: _("are paid although the month has neither attendance nor a KPI result of them"),
        selectors.Point.NOTHING: _("get nothing this month"),
        selectors.Point.GONE: _("were paid last month and are not in this run"),
        selectors.Point.NEW: _("are paid for the first time"),
        selectors.Point.OWING: _("owe a rest that is taken from later months"),
    }
    is_serious = pointed.point is selectors.Point.WITHOUT_WORK
    return Finding(texts[pointed.point], is_serious, tuple(_who(who) for who in pointed.people), pointed.count)


def _hands_on(run: models.PayRun) -> list[User]:
    return [user for user in (run.prepared_by, run.approved_by) if user is not None]


def _who(who: selectors.Who) -> Named:
    return _named(who.agent_id, who.agent_no, who.name)


def _named(pk: int, agent_no: str, name: str) -> Named:
    return Named(agent_no, name, f"{_agents_page()}{pk}/change/")


@cache
def _agents_page() -> str:
    """Where the agents' own pages are. The page of a month names hundreds, and asking for each takes as long as all of
    its statements.
    """
    return reverse("admin:grading_agent_changelist")


def _finding(text: str, people: Iterable[int], named: Mapping[int, Named], *, is_serious: bool = False) -> Finding:
    found = sorted((named[pk] for pk in people), key=lambda person: person.agent_no)
    return Finding(text, is_serious, tuple(found[:NAMED]), len(found))
