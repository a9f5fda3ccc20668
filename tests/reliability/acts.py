"""What people and workers do in a month, as acts that may be done again after they were interrupted."""

from __future__ import annotations

from pathlib import Path

from django.contrib.auth.models import User

from grading.imports.folder import CompanyFolder
from grading.jobs.models import Job
from grading.kernel.period import Month
from grading.public import Company
from payroll.management.closing import APPROVER, PREPARER
from payroll.models import PayRun
from payroll.services import payments, runs
from payroll.services.loading import company_load
from tests.reliability.company import CODE, MONTH
from tests.reliability.workers import Workers, command


def load(folder: Path, _workers: Workers) -> None:
    """Load the company's files."""
    command("load_company", str(folder))


def close(month: str, until: str, _workers: Workers) -> None:
    """Close a month."""
    command("close_month", month, "--until", until)


def bring(until: str, workers: Workers) -> None:
    """Bring the month that is being closed to a stage."""
    close(MONTH, until, workers)


def start(_workers: Workers) -> None:
    """Start the month's run and leave it to the workers."""
    runs.run_start(company=Company.objects.get(code=CODE), month=Month.parse(MONTH), prepared_by=_user(PREPARER))


def chop(_workers: Workers) -> None:
    """Small tasks of two people each, so that there are many."""
    Job.objects.update(chunk=2)


def work(workers: Workers) -> None:
    """Nobody presses anything: the sweeper and the workers do what there is to do."""
    workers.until_idle()


def approve(_workers: Workers) -> None:
    """Approve what the page shows, unless it shows that it is approved."""
    run = _run()
    if not run.is_posted:
        runs.run_approve(run_id=run.pk, approved_by=_user(APPROVER), reviewed=run.fingerprint)


def pay(_workers: Workers) -> None:
    """Say that the run is paid out, unless the page shows that it is."""
    run = _run()
    if run.status != PayRun.Status.PAID:
        runs.run_pay(run_id=run.pk, paid_by=_user(APPROVER))


def correct(_workers: Workers) -> None:
    """Pay what was told late; once that is done the command says that there is nothing to correct."""
    command("close_month", MONTH, "--correction", refused=("payroll.nothing_to_correct",))


# ── the same as buttons: what the page shows was read before, and many press at once ─────────────────────────────────


def press_run() -> int:
    """Start the month's run; its id."""
    company = Company.objects.get(code=CODE)
    return runs.run_start(company=company, month=Month.parse(MONTH), prepared_by=_user(PREPARER)).pk


def press_approve() -> int:
    """Approve the run; its id."""
    run = _run()
    return runs.run_approve(run_id=run.pk, approved_by=_user(APPROVER), reviewed=run.fingerprint).pk


def press_pay() -> int:
    """Say that the run is paid out; its id."""
    return runs.run_pay(run_id=_run().pk, paid_by=_user(APPROVER)).pk


def press_import(folder: Path) -> int | None:
    """Load the files; the company's id, None where they are refused."""
    report = company_load(CompanyFolder.from_directory(folder), loaded_by=_user(PREPARER))
    return report.company.pk if report.company else None


def press_upload(folder: Path) -> int | None:
    """Upload one file of the month for the company that the page is of; the company's id."""
    name = f"{MONTH}/sales.csv"
    one = CompanyFolder.from_files("upload", {name: (folder / name).read_bytes()})
    report = company_load(one, loaded_by=_user(PREPARER), company=Company.objects.get(code=CODE))
    return report.company.pk if report.company else None


def press_export() -> str:
    """Take the payment files, making them if there are none; their fingerprints."""
    run = _run()
    payments.payments_open(run_id=run.pk, made_by=_user(PREPARER))
    return " ".join(run.payment_files.order_by("pk").values_list("sha256", flat=True))


def _run() -> PayRun:
    return PayRun.objects.get(company__code=CODE, month=Month.parse(MONTH), kind=PayRun.Kind.REGULAR)


def _user(name: str) -> User:
    return User.objects.get(username=name)
