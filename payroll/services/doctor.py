"""A look at everything stored: is each posted payslip still sound, is the law still current, does anything wait?

Every check reads only, in chunks, and says what it finds as a coded sentence. A sound company is told nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Exists, Max, OuterRef, Sum
from django.utils import timezone
from reportlab.pdfbase.ttfonts import TTFError

from grading import public as grading
from grading.documents.glyphs import missing_glyphs
from grading.jobs import frozen
from grading.jobs.models import Job, RunItem
from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO
from grading.kernel.period import Month
from payroll import models, month_folder, selectors
from payroll.domain.invariants import Printed, broken_invariants
from payroll.domain.law_rows import WARN_BEFORE, RuleEnded, RuleUnverified, ageing
from payroll.domain.lines import Kind, Line, Step
from payroll.selectors.kept import payslip_chunks
from payroll.services.audit_trail import audit_verify
from payroll.services.verification import PostedRunChanged, hash_differences
from payroll.statutory import calendar_document_code, city_code, city_document_code, law_of

STUCK_AFTER = timedelta(hours=1)
"""Work that nothing has happened to for so long: leases last seconds, and the sweeper comes four times a minute."""
SAMPLE = "0123456789,.-+×÷%¥（）：；，。、绩薪工资条 Jixin"
"""Characters that every document needs, whoever it is of."""
Status = models.PayRun.Status


class Severity(StrEnum):
    """An error is something stored that is wrong; a warning waits for somebody; information is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: the code, what is wrong, where, and what to do are the error's, which nobody raised."""

    severity: Severity
    where: str
    error: DomainError


class PersonTwice(DomainError):
    """Two whole months of pay for one person and month."""

    code = "payroll.person_twice"
    template = "Agent {agent} has {count} posted payslips of whole {month}. Do not pay the later one out; report it."


class CarryBroken(DomainError):
    """What one payslip left for later is not what the next one took up."""

    code = "payroll.carry_broken"
    template = (
        "Payslip {payslip} started from {total} of {taken}, and the one before it, {before}, left {left}. "
        "Settle the difference by an adjustment, with this as the reason."
    )


class RunDoesNotAddUp(DomainError):
    """Payslips of a run that their lines do not come to, taken together."""

    code = "payroll.run_does_not_add_up"
    template = (
        "Run {run}: its payslips come to {total} {payslips}, their lines to {lines}. "
        "Lines or payslips were changed outside the product: restore them from a backup."
    )


class PaymentFileDoesNotAddUp(DomainError):
    """A payment file whose total is not that of its payments, or that pays somebody another amount than the net."""

    code = "payroll.payment_file_does_not_add_up"
    template = (
        "Payment file {file} of run {run} says {stored} for {rows} people; its payments come to {payments} for "
        "{people}, and the net of their payslips to {net}. Stop the payment, and restore the rows from a backup."
    )


class CalendarUnknown(DomainError):
    """A year whose holidays are needed and not known."""

    code = "payroll.calendar_unknown"
    template = (
        "The working calendar of {year} is not known to '{company}'. Load it as calendar.csv once it is published."
    )


class PersonParked(DomainError):
    """Somebody of the newest month who is not paid."""

    code = "payroll.person_parked"
    template = "Agent {agent} is parked in {month} by {because}. Mend what the reason says, then run the month again."


class ChangesOpen(DomainError):
    """Posted months that something recorded later may have changed."""

    code = "payroll.changes_open"
    template = (
        "Something about posted {month} was recorded later for {people} people. The next run settles it; "
        "a correction run settles it now."
    )


class RunStuck(DomainError):
    """A run that nobody and nothing works on."""

    code = "payroll.run_stuck"
    template = (
        "Run {run} ({kind}) is {status} since {since}, and is to be paid on {pay_date}. "
        "Check that workers run, or go on with it on the month-end page."
    )


class JobUnfinished(DomainError):
    """Work that is not finished and that nothing happens to."""

    code = "payroll.job_unfinished"
    template = "Job {job} ({task}) is not finished, and nothing happened to it since {since}. Check that workers run."


class PaymentReturned(DomainError):
    """People whose pay came back and was not sent again."""

    code = "payroll.payment_returned"
    template = (
        "Of run {run} the pay of {people} people came back and was not sent again: {agents}. "
        "Correct the accounts, then make a later payment file."
    )


class FontBroken(DomainError):
    """A house font that cannot be read."""

    code = "payroll.font_broken"
    template = "The house fonts cannot be read: {problem}. Install the product's files again; no PDF can be drawn."


class GlyphsMissing(DomainError):
    """Texts that no PDF can show."""

    code = "payroll.glyphs_missing"
    template = "The house fonts lack {characters}, which {whose} needs. Correct the text, or add a font with them."


class MigrationsMissing(DomainError):
    """A database older than the program."""

    code = "payroll.migrations_missing"
    template = (
        "The database lacks {count} migrations of this version: {names}. Stop the workers, run migrate, start them."
    )


class GuardsMissing(DomainError):
    """A database that would let posted rows be changed."""

    code = "payroll.guards_missing"
    template = (
        "The database lacks {count} of the triggers that keep posted rows from being changed, or has others: {names}. "
        "Run migrate, and find out who took them away."
    )


Check = Callable[[grading.Company], Iterator[Found]]
DatedCheck = Callable[[grading.Company, datetime], Iterator[Found]]


def doctor(companies: Iterable[grading.Company], now: datetime) -> Iterator[Found]:
    """Everything that is wrong or waits, of the installation and of companies. Changes nothing.

    In a database that lacks migrations nothing else is asked.
    """
    lacking = list(_migrations())
    yield from lacking
    yield from _fonts()
    if lacking:
        return
    yield from _jobs(now)
    yield from _guards()
    yield from _audit_log()
    for company in companies:
        for check in CHECKS:
            yield from check(company)
        for dated_check in DATED_CHECKS:
            yield from dated_check(company, now)


# --- The installation -------------------------------------------------------------------------------------------------


def _migrations() -> Iterator[Found]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in plan)
        yield Found(Severity.ERROR, "database", MigrationsMissing(count=len(plan), names=names))


def _fonts() -> Iterator[Found]:
    try:
        lacked = missing_glyphs(SAMPLE)
    except (OSError, TTFError) as error:
        yield Found(Severity.ERROR, "fonts", FontBroken(problem=error))
        return
    if lacked:
        yield Found(Severity.ERROR, "fonts", GlyphsMissing(characters=" ".join(lacked), whose="every document"))


def _jobs(now: datetime) -> Iterator[Found]:
    """Jobs that nothing happened to for long; one that waits for another is not one of them."""
    waiting = Job.objects.filter(finished_at=None).exclude(after__isnull=False, after__finished_at=None)
    for job in waiting.annotate(touched=Max("items__updated_at")).order_by("pk"):
        since = max(job.created_at, job.touched or job.created_at)
        if now - since > STUCK_AFTER:
            yield Found(Severity.ERROR, f"job {job.pk}", JobUnfinished(job=job.pk, task=job.task, since=_shown(since)))


def _guards() -> Iterator[Found]:
    lacking = frozen.missing(connection)
    if lacking:
        yield Found(Severity.ERROR, "database", GuardsMissing(count=len(lacking), names=", ".join(lacking)))


def _audit_log() -> Iterator[Found]:
    for error in audit_verify().problems:
        yield Found(Severity.ERROR, "audit log", error)


# --- Posted payslips --------------------------------------------------------------------------------------------------


def _posted(company: grading.Company) -> dict[str, object]:
    return {"run__company": company, "run__status__in": models.PayRun.POSTED}


def _payslips(company: grading.Company) -> Iterator[Found]:
    """Each posted payslip: what must be true of it, and its fingerprints."""
    for chunk in payslip_chunks(models.Payslip.objects.filter(**_posted(company))):
        for slip in chunk:
            for error in (*_broken(slip), *hash_differences(slip)):
                yield Found(Severity.ERROR, slip.number, error)


def _broken(slip: models.Payslip) -> tuple[DomainError, ...]:
    try:
        return broken_invariants(printed(slip))
    except (TypeError, ValueError):
        return ()  # its lines were changed into something that no payslip has; their fingerprint says so


def printed(slip: models.Payslip) -> Printed:
    """A stored payslip, with its lines loaded, as the invariants look at it. Raises TypeError, ValueError for kinds or
    steps that were never written.
    """
    return Printed(
        number=slip.number,
        month=slip.month,
        lines=tuple(
            Line(line.code, Kind(line.kind), line.amount, tuple(Step(**each) for each in line.steps), line.period)
            for line in slip.lines.all()
        ),
        gross=slip.gross,
        deductions=slip.deductions,
        net=slip.net,
        employer_cost=slip.employer_cost,
        carried_forward=slip.carried_forward,
        loss_balance=slip.loss_balance,
        follows_law=slip.tax_year is not None,
    )


def _runs(company: grading.Company) -> Iterator[Found]:
    """Each posted run: its fingerprint, its payslips against all their lines, and its payment files."""
    for run in models.PayRun.objects.filter(company=company, status__in=models.PayRun.POSTED).order_by("pk"):
        where = f"{company.code} {run.month} {run.kind} {run.sequence}"
        fingerprint = selectors.payslips_fingerprint(run.payslips.all())
        if fingerprint != run.fingerprint:
            changed = PostedRunChanged(run=run, approved=run.fingerprint[:12] or "—", now=fingerprint[:12])
            yield Found(Severity.ERROR, where, changed)
        for error in (*_sums(run), *_files(run)):
            yield Found(Severity.ERROR, where, error)


def _sums(run: models.PayRun) -> Iterator[DomainError]:
    stored = run.payslips.aggregate(**{name: Sum(name) for name in ("gross", "deductions", "employer_cost")})
    by_kind = dict(
        models.PayslipLine.objects.filter(payslip__run=run).values_list("kind").annotate(Sum("amount")).order_by()
    )
    sums = {kind: by_kind.get(kind.value) or ZERO for kind in Kind}
    lines = {
        "gross": sums[Kind.EARNING],
        "deductions": sums[Kind.DEDUCTION],
        "employer_cost": sums[Kind.EARNING] + sums[Kind.EMPLOYER],
    }
    for name, amount in lines.items():
        if (stored[name] or ZERO) != amount:
            yield RunDoesNotAddUp(run=run, total=name, payslips=stored[name], lines=amount)


def _files(run: models.PayRun) -> Iterator[DomainError]:
    files = run.payment_files.annotate(
        people=Count("payments"), paid=Sum("payments__amount"), net=Sum("payments__payslip__net")
    )
    for file in files.order_by("sequence", "pk"):
        paid, net = file.paid or ZERO, file.net or ZERO
        if (file.amount, file.rows) != (paid, file.people) or paid != net:
            yield PaymentFileDoesNotAddUp(
                file=f"{file.file} ({file.sequence})",
                run=run,
                stored=file.amount,
                rows=file.rows,
                payments=paid,
                people=file.people,
                net=net,
            )


def _nobody_twice(company: grading.Company) -> Iterator[Found]:
    full = models.Payslip.objects.filter(**_posted(company), kind__in=models.PayRun.FULL)
    rows = full.values("agent__agent_no", "month").annotate(count=Count("pk")).filter(count__gt=1).order_by("month")
    for row in rows:
        agent, month = row["agent__agent_no"], row["month"]
        yield Found(
            Severity.ERROR,
            f"{company.code} {month} {agent}",
            PersonTwice(agent=agent, month=month, count=row["count"]),
        )


def _carries(company: grading.Company) -> Iterator[Found]:
    """Each person's posted payslips in order: the balances that one left are those that the next one took up."""
    rows = models.Payslip.objects.filter(**_posted(company)).order_by("agent_id", "month", "pk")
    columns = ("agent_id", "number", "carried_forward", "loss_balance", "facts__carried_forward", "facts__loss_balance")
    before: tuple[int, str, Decimal, Decimal] | None = None
    for agent_id, number, carried, loss, took_carried, took_loss in rows.values_list(*columns).iterator():
        if before is None or before[0] != agent_id:
            before = (agent_id, "—", ZERO, ZERO)
        balances = (("carried_forward", took_carried, before[2]), ("loss_balance", took_loss, before[3]))
        for name, taken, left in balances:
            if Decimal(taken or 0) != left:
                broken = CarryBroken(payslip=number, total=name, taken=taken or ZERO, before=before[1], left=left)
                yield Found(Severity.ERROR, number, broken)
        before = (agent_id, number, carried, loss)


# --- The law ----------------------------------------------------------------------------------------------------------


def _law(company: grading.Company, now: datetime) -> Iterator[Found]:
    """What of the law that a company's people are paid by has ended, ends soon, is unchecked or unverified."""
    if company.statutory != company.Statutory.CN:
        return
    today = timezone.localdate(now)
    try:
        law = law_of(company.pk)
    except DomainError as broken:
        yield Found(Severity.ERROR, company.code, broken)
        return
    cities = {code for code in _codes_used(company) if code.startswith(city_document_code(""))}
    if company.city:
        cities.add(city_document_code(city_code(company.city, law)))
    years = {today.year, (today + WARN_BEFORE).year}
    for year in sorted(years):
        if calendar_document_code(year) not in law.documents:
            severity = Severity.ERROR if year == today.year else Severity.WARNING
            yield Found(severity, company.code, CalendarUnknown(year=year, company=company.code))
    calendars = {calendar_document_code(year) for year in years}
    for code in sorted({"cn", *cities, *calendars} & law.documents.keys()):
        for error in ageing(code, law.documents[code][1], today):
            yield Found(_severity(error), f"{company.code} {code}", error)


def _severity(error: DomainError) -> Severity:
    if isinstance(error, RuleEnded):
        return Severity.ERROR
    return Severity.INFO if isinstance(error, RuleUnverified) else Severity.WARNING


def _codes_used(company: grading.Company) -> set[str]:
    """The documents behind the payslips of the newest month that has any."""
    slips = models.Payslip.objects.filter(run__company=company)
    newest = slips.order_by("-month").values_list("month", flat=True).first()
    rules = slips.filter(month=newest).values_list("rules", flat=True).iterator()
    return {used["code"] for documents in rules for used in documents if not used["held_from"]}


# --- What waits -------------------------------------------------------------------------------------------------------


def _parked(company: grading.Company) -> Iterator[Found]:
    newest = models.PayRun.objects.filter(company=company).order_by("-month").values_list("month", flat=True).first()
    if newest is None:
        return
    for agent, item in month_folder.parked(company, newest):
        parked = PersonParked(agent=agent.agent_no, month=newest, because=item.error_code)
        yield Found(Severity.WARNING, f"{company.code} {newest} {agent.agent_no}", parked)


def _late_changes(company: grading.Company) -> Iterator[Found]:
    marks = models.LateChange.objects.filter(agent__company=company, settled_in=None)
    for month, people in marks.values_list("month").annotate(Count("agent", distinct=True)).order_by("month"):
        yield Found(Severity.WARNING, f"{company.code} {month}", ChangesOpen(month=month, people=people))


def _stuck_runs(company: grading.Company, now: datetime) -> Iterator[Found]:
    """Runs not posted on their pay date, or short of their goal without anything happening."""
    for run in models.PayRun.objects.filter(company=company).exclude(status__in=models.PayRun.POSTED).order_by("pk"):
        jobs = [run.job_id, *grading.AppraisalCycle.objects.filter(
            company=company, month=run.month
        ).values_list("job_id", flat=True)]  # fmt: skip
        touched = RunItem.objects.filter(job_id__in=jobs).aggregate(last=Max("updated_at"))["last"]
        since = max(run.prepared_at, touched or run.prepared_at)
        is_short = run.status == Status.OPEN or (run.status == Status.GRADED and run.goal != models.PayRun.Goal.GRADED)
        is_late = run.pay_date is not None and run.pay_date < timezone.localdate(now)
        if is_late or (is_short and now - since > STUCK_AFTER):
            stuck = RunStuck(
                run=run, kind=run.kind, status=run.status, since=_shown(since), pay_date=run.pay_date or "—"
            )
            yield Found(Severity.WARNING, f"{company.code} {run.month} {run.kind} {run.sequence}", stuck)


def _returned(company: grading.Company) -> Iterator[Found]:
    sent = models.Payment.objects.exclude(status=models.Payment.Status.RETURNED).filter(
        payslip_id=OuterRef("payslip_id")
    )
    back = models.Payment.objects.filter(
        ~Exists(sent), payslip__run__company=company, status=models.Payment.Status.RETURNED
    )
    by_run: dict[int, set[str]] = {}
    for run_id, agent_no in back.values_list("payslip__run_id", "payslip__agent__agent_no"):
        by_run.setdefault(run_id, set()).add(agent_no)
    for run in models.PayRun.objects.filter(pk__in=by_run).order_by("pk"):
        agents = sorted(by_run[run.pk])
        yield Found(
            Severity.WARNING,
            f"{company.code} {run.month} {run.kind} {run.sequence}",
            PaymentReturned(run=run, people=len(agents), agents=", ".join(agents)),
        )


def _names(company: grading.Company, now: datetime) -> Iterator[Found]:
    """Names that no PDF can show, of the company and of the people it employs now."""
    names = {company.code: f"{company.name_zh}{company.name_en}"}
    employed = grading.agents_employed_in(company.pk, Month.of(timezone.localdate(now)))
    names |= dict(grading.Agent.objects.filter(pk__in=employed).values_list("agent_no", "name"))
    for whose, name in names.items():
        if lacked := missing_glyphs(name):
            lacking = GlyphsMissing(characters=" ".join(lacked), whose=whose)
            yield Found(Severity.WARNING, f"{company.code} {whose}", lacking)


def _shown(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


CHECKS: tuple[Check, ...] = (_payslips, _runs, _nobody_twice, _carries, _parked, _late_changes, _returned)
"""What is asked of each company, in the order it is told."""
DATED_CHECKS: tuple[DatedCheck, ...] = (_law, _stuck_runs, _names)
"""What is asked of each company as of now."""
