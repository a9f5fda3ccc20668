"""A run that is stopped anywhere and goes on comes to what it would have come to undisturbed."""

from __future__ import annotations

import io
import random
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from config.celery import app
from grading.jobs import services as jobs
from grading.jobs.models import AuditEntry, Job, RunItem
from grading.jobs.tasks import publish
from grading.kernel.period import Month
from grading.public import Appraisal, AppraisalCycle, Company
from payroll import models, selectors
from payroll.errors import MayNot, NothingToStop, NotStopped
from payroll.management import closing
from payroll.selectors import Phase
from payroll.services import runs
from tests.reliability.company import CODE, MONTH, write_folders

OCTOBER = Month.parse(MONTH)
Status = models.PayRun.Status


class Broker:
    """Messages as a list; a worker takes the first."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[Any]]] = []

    def send_task(self, name: str, args: list[Any] | None = None, **_: Any) -> None:
        self.messages.append((name, list(args or ())))

    def work(self) -> None:
        name, args = self.messages.pop(0)
        app.tasks[name](*args)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    app.loader.import_default_modules()  # the tasks, as a worker finds them
    made = Broker()
    monkeypatch.setattr(app, "send_task", made.send_task)
    return made


@pytest.fixture
def company(db: None, tmp_path: Path) -> Company:
    folder, _late = write_folders(tmp_path)
    call_command("load_company", str(folder), verbosity=0, stdout=io.StringIO())
    return Company.objects.get(code=CODE)


@pytest.fixture
def preparer(company: Company) -> User:
    return User.objects.get(username="jixin-preparer")


def started(company: Company, preparer: User) -> models.PayRun:
    """Started, with chunks of two people, so that there is much to stop between."""
    run = runs.run_start(company=company, month=OCTOBER, prepared_by=preparer)
    Job.objects.update(chunk=2)
    return run


def first_job(run: models.PayRun) -> int:
    return (*selectors.jobs_of(run), run.job_id)[0]


def said(run: models.PayRun) -> Any:
    """Everything that a run came to, in an order of its own."""
    run.refresh_from_db()
    slips = [
        (slip.agent.agent_no, slip.number, slip.input_hash, slip.output_hash, slip.net, slip.facts)
        for slip in run.payslips.select_related("agent").order_by("agent__agent_no")
    ]
    items = RunItem.objects.order_by("job__task", "subject_id")
    states = list(items.values_list("job__task", "subject_id", "state", "input_hash", "output_hash", "error_code"))
    lines = models.PayslipLine.objects.order_by("payslip__number", "position")
    return run.status, run.fingerprint, slips, states, list(lines.values_list("payslip__number", "code", "amount"))


def undisturbed(company: Company, preparer: User, broker: Broker) -> Any:
    run = started(company, preparer)
    publish(first_job(run))
    while broker.messages:
        broker.work()
    return said(run)


def test_stopped_at_random_chunks_it_comes_to_the_same(company: Company, preparer: User, broker: Broker) -> None:
    expected = undisturbed(company, preparer, broker)
    assert expected[0] == Status.CALCULATED
    for seed in range(4):
        _forget(company)
        dice, run, stops = random.Random(seed), started(company, preparer), 0
        publish(first_job(run))
        while broker.messages:
            broker.work()
            run.refresh_from_db()
            if run.status == Status.CALCULATED or dice.random() > 0.4:
                continue
            stops += 1
            before = _settled()
            runs.run_stop(run_id=run.pk, stopped_by=preparer)
            while broker.messages:  # what was under way reaches workers that find nothing to do
                broker.work()
            app.tasks["jobs.sweep"]()
            assert broker.messages == []
            assert _settled() == before
            assert not RunItem.objects.filter(state=RunItem.State.LEASED).exists()
            run.refresh_from_db()
            assert selectors.progress_of(run).is_stopped
            runs.run_resume(run_id=run.pk, resumed_by=preparer)
            publish(first_job(run))
        assert stops > 3, seed
        assert said(run) == expected, seed


def _settled() -> int:
    return RunItem.objects.filter(state__in=(RunItem.State.DONE, RunItem.State.PARKED)).count()


def _forget(company: Company) -> None:
    """As if the month had never been started."""
    models.PayslipVariance.objects.all().delete()
    models.PayslipLine.objects.all().delete()
    models.Payslip.objects.all().delete()
    models.PayRun.objects.all().delete()
    Appraisal.objects.all().delete()
    AppraisalCycle.objects.all().delete()
    Job.objects.update(after=None)
    Job.objects.all().delete()


def test_a_worker_that_was_in_the_middle_writes_nothing(
    company: Company, preparer: User, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(company, preparer)
    publish(first_job(run))
    while Status(models.PayRun.objects.get().status) == Status.OPEN:
        broker.work()
    inputs_of = selectors.inputs_of

    def stopped_meanwhile(*args: Any) -> Any:
        runs.run_stop(run_id=run.pk, stopped_by=preparer)
        return inputs_of(*args)

    monkeypatch.setattr(selectors, "inputs_of", stopped_meanwhile)
    with pytest.raises(jobs.LeaseLost):
        broker.work()
    assert not run.payslips.exists()
    assert jobs.progress(run.job_id).settled == 0


def test_files_loaded_meanwhile_make_it_go_over_everybody(company: Company, preparer: User, broker: Broker) -> None:
    run = started(company, preparer)
    publish(first_job(run))
    while not jobs.progress(run.job_id).settled:
        broker.work()
    runs.run_stop(run_id=run.pk, stopped_by=preparer)
    jobs.audit(actor=preparer, action="company.load", object_type="company", object_id=company.code, detail={})
    runs.run_resume(run_id=run.pk, resumed_by=preparer)
    run.refresh_from_db()
    assert run.status == Status.OPEN
    assert selectors.progress_of(run).of(Phase.GRADE).settled == 0


def test_only_what_is_under_way_is_stopped_and_only_what_is_stopped_goes_on(
    company: Company, preparer: User, broker: Broker
) -> None:
    run = started(company, preparer)
    with pytest.raises(NotStopped):
        runs.run_resume(run_id=run.pk, resumed_by=preparer)
    runs.run_stop(run_id=run.pk, stopped_by=preparer)
    with pytest.raises(NothingToStop):
        runs.run_stop(run_id=run.pk, stopped_by=preparer)
    runs.run_resume(run_id=run.pk, resumed_by=preparer)
    publish(first_job(run))
    while broker.messages:
        broker.work()
    with pytest.raises(NothingToStop):
        runs.run_stop(run_id=run.pk, stopped_by=preparer)
    acts = AuditEntry.objects.filter(object_type="pay_run", object_id=str(run.pk)).order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["run.start", "run.stop", "run.resume"]


def test_an_approver_neither_stops_nor_resumes(company: Company, preparer: User) -> None:
    run = started(company, preparer)
    approver = User.objects.create_user("approves")
    approver.groups.add(Group.objects.get(name="HR approver"))
    with pytest.raises(MayNot):
        runs.run_stop(run_id=run.pk, stopped_by=approver)
    with pytest.raises(MayNot):
        runs.run_resume(run_id=run.pk, resumed_by=approver)


def test_progress_is_counted_from_the_rows(company: Company, preparer: User, broker: Broker) -> None:
    run = started(company, preparer)
    people = jobs.progress(first_job(run)).total
    progress = selectors.progress_of(run)
    assert [(each.phase, each.settled, each.total) for each in progress.phases] == [
        (Phase.GRADE, 0, people),
        (Phase.CALCULATE, 0, people),
        (Phase.DOCUMENTS, 0, 0),
        (Phase.PUBLISH, 0, 0),
    ]
    assert progress.doing is Phase.GRADE
    publish(first_job(run))
    broker.work()
    assert selectors.progress_of(run).of(Phase.GRADE).settled == 2
    while broker.messages:
        broker.work()
    run.refresh_from_db()
    calculated = selectors.progress_of(run).of(Phase.CALCULATE)
    payslips = run.payslips.count()
    assert (calculated.done, calculated.parked, calculated.percent) == (payslips, people - payslips, 100)
    approver = User.objects.get(username="jixin-approver")
    assert selectors.progress_of(run).of(Phase.PUBLISH).done == 0
    runs.run_approve(run_id=run.pk, approved_by=approver, reviewed=run.fingerprint)
    run.refresh_from_db()
    assert selectors.progress_of(run).of(Phase.PUBLISH).done == payslips
    assert selectors.progress_of(run).doing is None


def test_ctrl_c_in_a_terminal_stops_and_the_command_goes_on(
    company: Company, preparer: User, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "embedded_workers", nullcontext)
    calls = 0

    def slept(_seconds: float) -> None:
        """While the command sleeps a worker works, or the sweeper; at the fifth time somebody presses Ctrl-C."""
        nonlocal calls
        calls += 1
        Job.objects.update(chunk=2)
        if calls == 5:
            raise KeyboardInterrupt
        if broker.messages:
            broker.work()

    monkeypatch.setattr(closing, "time", SimpleNamespace(monotonic=time.monotonic, sleep=slept))
    arguments = ("close_month", MONTH, "--until", "calculated")
    with pytest.raises(CommandError, match="goes on from there") as stopped:
        call_command(*arguments, verbosity=0)
    assert stopped.value.returncode == 130
    run = models.PayRun.objects.get()
    assert runs.is_stopped(run)
    settled = _settled()
    assert 0 < settled < 22
    broker.messages.clear()

    with pytest.raises(SystemExit) as left:
        call_command(*arguments, verbosity=0, stdout=io.StringIO())
    assert left.value.code == 3  # somebody is parked
    run.refresh_from_db()
    assert run.status == Status.CALCULATED
    acts = AuditEntry.objects.filter(object_type="pay_run", object_id=str(run.pk)).order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["run.start", "run.stop", "run.resume"]
