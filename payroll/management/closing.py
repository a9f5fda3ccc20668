"""The month from a terminal: the same services and tasks as the web pages, waited for with a progress bar."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from tqdm import tqdm

from config.embedded import embedded_workers
from grading import public as grading
from grading.documents.style import Language
from grading.jobs.tasks import publish, sweep
from grading.kernel.period import Month
from payroll import models, month_folder, selectors
from payroll.errors import (
    MayNot,
    MonthIsClosed,
    NothingToCorrect,
    NothingToStop,
    SamePersonTwice,
    UnknownCompany,
    UnknownUser,
)
from payroll.services import payments, runs

STAGES = ("graded", "calculated", "approved", "paid")
PREPARER, APPROVER = "jixin-preparer", "jixin-approver"
"""The two built-in users of scripts. They have no password and cannot log in."""

_BEYOND = (models.PayRun.Status.IN_REVIEW, *models.PayRun.POSTED)
"""Where another command or the page may have brought a run meanwhile."""
_POLL = 0.1
_REST = 9
"""As many times as long as looking takes: counting a very large run must not take the workers' time."""
_SWEEP_EVERY = 5.0
_STALLED_AFTER = 180.0
_INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""
_BAR = "{desc}{percentage:3.0f}%|{bar}|{postfix}"
_GOES_ON = "Who is settled stays settled. Run the command again: it goes on from there."


def user_named(username: str) -> User:
    """A user by name. Raises UnknownUser."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise UnknownUser(user=username)
    return user


def company_named(code: str | None) -> grading.Company:
    """A company by code, or the only one there is. Raises UnknownCompany."""
    known = list(grading.Company.objects.order_by("code"))
    asked = [company for company in known if code in (None, company.code)]
    if len(asked) != 1:
        raise UnknownCompany(company=code or "—", known=", ".join(company.code for company in known) or "—")
    return asked[0]


@dataclass(frozen=True, slots=True)
class What:
    """Which run is meant: the month's regular one, one for a few people, or one of corrections alone."""

    agents: tuple[str, ...] = ()
    is_correction: bool = False
    pay_date: date | None = None


def close(
    company: grading.Company,
    month: Month,
    *,
    until: str,
    preparer: User,
    approver: User,
    what: What | None = None,
    quiet: bool = False,
) -> None:
    """Bring the month to a stage for everybody who can reach it. Whoever is posted already stays untouched.

    Raises DomainError, and CommandError when no worker makes progress.
    """
    stage = STAGES.index(until)
    if stage >= STAGES.index("approved"):
        _require_second_person(preparer, approver)
    goal = models.PayRun.Goal.GRADED if until == "graded" else models.PayRun.Goal.CALCULATED
    run = _start(company, month, preparer, goal, what or What())
    if run is not None:
        with embedded_workers():
            _wait(run, preparer, quiet=quiet)
        if stage >= STAGES.index("approved") and not run.is_posted and run.payslips.exists():
            runs.run_approve(run_id=run.pk, approved_by=approver, reviewed=run.fingerprint)
    if until == "paid":
        for each in selectors.runs_of_month(company.pk, month):
            if each.status == models.PayRun.Status.APPROVED:
                runs.run_pay(run_id=each.pk, paid_by=approver)
            elif each.status == models.PayRun.Status.PAID:
                payments.payments_again(run_id=each.pk, made_by=approver)


def _start(
    company: grading.Company, month: Month, preparer: User, goal: models.PayRun.Goal, what: What
) -> models.PayRun | None:
    """The run to bring on; None when everybody of the month is posted already.

    None too where a run for a few, or of corrections, has only its payment left: the command was interrupted there.
    """
    try:
        if what.is_correction:
            return runs.correction_start(company=company, month=month, prepared_by=preparer, pay_date=what.pay_date)
        if what.agents:
            return runs.off_cycle_start(
                company=company, month=month, agent_nos=what.agents, prepared_by=preparer, pay_date=what.pay_date
            )
        stopped = next((run for run in selectors.runs_of_month(company.pk, month) if _goes_on(run, goal)), None)
        if stopped is not None:
            return runs.run_resume(run_id=stopped.pk, resumed_by=preparer)
        return runs.run_start(company=company, month=month, prepared_by=preparer, goal=goal)
    except (MonthIsClosed, NothingToCorrect):
        is_regular = not what.is_correction and not what.agents
        posted = selectors.runs_of_month(company.pk, month)
        if is_regular or any(run.status == models.PayRun.Status.APPROVED for run in posted):
            return None
        raise


def _goes_on(run: models.PayRun, goal: models.PayRun.Goal) -> bool:
    """Whether a run was stopped on its way to where it shall go now."""
    is_ours = run.kind == models.PayRun.Kind.REGULAR and not run.is_posted and run.goal == goal
    return is_ours and run.status not in (run.goal, *_BEYOND) and runs.is_stopped(run)


def _require_second_person(preparer: User, approver: User) -> None:
    """Said before the work, not after it; the service checks again. Raises SamePersonTwice, MayNot."""
    if preparer.pk == approver.pk:
        raise SamePersonTwice(user=approver.get_username(), run="this month's")
    if not approver.has_perm("payroll.approve_run"):
        raise MayNot(user=approver.get_username(), act="approve a pay run")


def _wait(run: models.PayRun, preparer: User, *, quiet: bool) -> None:
    """Watch the rows until the run has reached its goal; publish again whatever got lost on the way.

    Ctrl-C stops the run: workers take no further chunk, and the command goes on from there when it is run again.
    """
    cycle = grading.AppraisalCycle.objects.get(company_id=run.company_id, month=run.month)
    publish(run.job_id if run.status == models.PayRun.Status.GRADED else cycle.job_id)
    swept = moved = time.monotonic()
    before: tuple[int, ...] | None = None
    try:
        with tqdm(total=0, bar_format=_BAR, disable=True if quiet else None, leave=True) as bar:
            while True:
                looked = time.monotonic()
                run.refresh_from_db()
                progress = selectors.progress_of(run)
                _show(bar, progress)
                if run.status in (run.goal, *_BEYOND):
                    return
                if progress.is_stopped:
                    raise CommandError(f"Somebody stopped the run. {_GOES_ON}")
                now = time.monotonic()
                here = tuple(phase.settled for phase in progress.phases)
                moved, before = (now, here) if here != before else (moved, before)
                if now - moved > _STALLED_AFTER:
                    raise CommandError(
                        f"No worker has made progress for {_STALLED_AFTER:.0f} s. Check that workers run and reach the "
                        "broker (BROKER_URL), then run the command again: it goes on where it stopped."
                    )
                if now - swept > _SWEEP_EVERY:
                    sweep()
                    swept = now
                time.sleep(max(_POLL, _REST * (time.monotonic() - looked)))
    except KeyboardInterrupt:
        _stop(run, preparer)
        raise CommandError(f"Stopped. {_GOES_ON}", returncode=_INTERRUPTED) from None


def _stop(run: models.PayRun, preparer: User) -> None:
    try:
        runs.run_stop(run_id=run.pk, stopped_by=preparer)
    except NothingToStop:
        return  # its last chunk was settled at this moment


def _show(bar: tqdm[Any], progress: selectors.RunProgress) -> None:
    """The phase that is worked on, with the figures that the page and the API have too."""
    doing = progress.doing or selectors.Phase.CALCULATE
    phase = progress.of(doing)
    fast = "" if phase.pace is None else f", {float(phase.pace):.0f}/s, {phase.seconds_left} s left"
    bar.set_description(doing.value, refresh=False)
    bar.set_postfix_str(f"{phase.settled}/{phase.total}{fast}", refresh=False)
    bar.total, bar.n = phase.total, phase.settled
    bar.refresh()


def write_out(
    company: grading.Company,
    month: Month,
    folder: Path,
    lang: Language,
    *,
    made_by: User,
    documents: bool,
    quiet: bool = False,
) -> month_folder.MonthWritten:
    """Everything of the month as files; the export files hold only what is approved.

    Payment files that leave the house are recorded, in the name of ``made_by``. Raises DomainError.
    """
    for run in models.PayRun.objects.filter(company=company, month=month, status__in=models.PayRun.POSTED):
        payments.payments_open(run_id=run.pk, made_by=made_by)
    month_folder.write_json(company, month, folder, lang)
    month_folder.write_export_files(company, month, folder / "exports")
    if not documents:
        return month_folder.MonthWritten()
    with tqdm(desc="documents", unit=" people", disable=True if quiet else None) as bar:
        return month_folder.write_documents(company, month, folder, lang, bar.update)
