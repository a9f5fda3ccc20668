"""How far a run is, phase by phase: counted from rows and nothing else, so that it is never another story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from django.db.models import Count, Q
from django.utils import timezone

from grading import public as grading
from grading.jobs import pace
from grading.jobs import services as jobs
from grading.jobs.models import Job, RunItem
from payroll import models
from payroll.selectors.review import figures_kept

Status, State = models.PayRun.Status, RunItem.State
IDLE = timedelta(seconds=45)
"""After this long without a settled person somebody should be told that nobody is at work."""


class Phase(StrEnum):
    """The parts of a run's work, in their order."""

    READ = "read"
    """The metrics of the month's platform exports, store by store."""
    GRADE = "grade"
    CALCULATE = "calculate"
    DOCUMENTS = "documents"
    """Payments written into the files for bank and Alipay, by payslip. Other documents are drawn when asked for."""
    PUBLISH = "publish"
    """Payslips that their owners may see."""


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """How far a phase is, in people, or stores where it reads. ``pace`` is how many a second were settled lately."""

    phase: Phase
    queued: int
    in_work: int
    done: int
    parked: int
    pace: Fraction | None = None

    @property
    def total(self) -> int:
        return self.queued + self.in_work + self.settled

    @property
    def settled(self) -> int:
        return self.done + self.parked

    @property
    def percent(self) -> int:
        return pace.percent(self.settled, self.total)

    @property
    def seconds_left(self) -> int | None:
        return pace.seconds_left(self.queued + self.in_work, self.pace)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run's phases in their order. ``is_idle``: there is work, and nobody has done any of it lately."""

    phases: tuple[PhaseProgress, ...]
    doing: Phase | None
    """The phase that is worked on; None when it is for people to go on."""
    is_stopped: bool
    is_idle: bool

    def of(self, phase: Phase) -> PhaseProgress:
        """A phase of the run. Raises StopIteration for one that it does not have."""
        return next(each for each in self.phases if each.phase == phase)


def progress_of(run: models.PayRun) -> RunProgress:
    """The run's progress now. A correction grades nobody; only a month with platform exports reads. Seven queries."""
    now = timezone.now()
    phase_jobs = _jobs(run)
    counts = _counts(phase_jobs.values())
    unsettled = [job_id for job_id, held in counts.items() if held[State.QUEUED] or held[State.LEASED]]
    paces = _settled_lately(unsettled, now) if unsettled else {}
    phases = []
    for phase, job_id in phase_jobs.items():
        held = counts[job_id]
        if phase is Phase.CALCULATE and run.status == Status.OPEN and Phase.GRADE in phase_jobs:
            # Who is to be calculated is decided when everybody is graded; until then it is whoever is being graded.
            waiting = sum(counts[phase_jobs[Phase.GRADE]].values())
            phases.append(PhaseProgress(phase, waiting, 0, 0, 0))
            continue
        fast = pace.per_second(paces.get(job_id, ()), now)
        states = (held[State.QUEUED], held[State.LEASED], held[State.DONE], held[State.PARKED])
        phases.append(PhaseProgress(phase, *states, fast))
    is_stopped = jobs.is_stopped(*jobs_of(run))
    doing = _doing(run, phases)
    idle = doing is not None and not is_stopped and _is_idle(phase_jobs.values(), now)
    return RunProgress((*phases, *_of_payslips(run)), doing, is_stopped, idle)


def jobs_of(run: models.PayRun) -> list[int]:
    """The jobs that the run's work is now: what stopping it stops. Before it is graded those of its month's grading."""
    if run.status == Status.OPEN:
        return [job_id for phase, job_id in _jobs(run).items() if phase is not Phase.CALCULATE]
    return [run.job_id, *Job.objects.filter(after=run.job_id).values_list("pk", flat=True)]


def _jobs(run: models.PayRun) -> dict[Phase, int]:
    if run.kind not in models.PayRun.FULL:
        return {Phase.CALCULATE: run.job_id}
    cycle = grading.AppraisalCycle.objects.filter(company_id=run.company_id, month=run.month)
    held = cycle.values_list("job_id", "job__after_id").first()
    if held is None:
        return {Phase.CALCULATE: run.job_id}
    grade, read = held
    before = {} if read is None else {Phase.READ: read}
    return {**before, Phase.GRADE: grade, Phase.CALCULATE: run.job_id}


def _counts(job_ids: Collection[int]) -> dict[int, Counter[str]]:
    """How many items of each state jobs have: of a finished one as it was counted then, of others from their rows."""
    found: dict[int, Counter[str]] = {job_id: Counter() for job_id in job_ids}
    finished = Job.objects.filter(pk__in=list(job_ids), done__isnull=False).exclude(finished_at=None)
    for job_id, done, parked in finished.values_list("pk", "done", "parked"):
        found[job_id] = Counter({State.DONE: done, State.PARKED: parked})
    unfinished = [job_id for job_id, held in found.items() if not held]
    rows = RunItem.objects.filter(job_id__in=unfinished).values_list("job_id", "state")
    for job_id, state, count in rows.annotate(Count("id")).order_by("job_id", "state"):
        found[job_id][state] = count
    return found


def _settled_lately(job_ids: Collection[int], now: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """When how many items were settled: one row for each chunk, since a chunk is settled at one moment."""
    rows = RunItem.objects.filter(
        job_id__in=list(job_ids), state__in=(State.DONE, State.PARKED), updated_at__gte=now - pace.WINDOW
    ).values_list("job_id", "updated_at")
    found: dict[int, list[tuple[datetime, int]]] = {}
    for job_id, at, count in rows.annotate(Count("id")).order_by("job_id", "updated_at"):
        found.setdefault(job_id, []).append((at, count))
    return found


def _doing(run: models.PayRun, phases: Collection[PhaseProgress]) -> Phase | None:
    if run.status == Status.GRADED and run.goal != models.PayRun.Goal.GRADED:
        return Phase.CALCULATE
    if run.status != Status.OPEN:
        return None
    before = [each for each in phases if each.phase in (Phase.READ, Phase.GRADE)]
    return next((each.phase for each in before if each.settled < each.total), Phase.GRADE)


def _is_idle(job_ids: Collection[int], now: datetime) -> bool:
    items = RunItem.objects.filter(job_id__in=list(job_ids))
    if items.filter(state=State.LEASED, lease_until__gte=now).exists():
        return False
    return items.exists() and not items.filter(updated_at__gt=now - IDLE).exists()


def _of_payslips(run: models.PayRun) -> tuple[PhaseProgress, PhaseProgress]:
    """What comes after the calculation: each is one act of somebody and one transaction, and the rows say whether."""
    everybody, payable = _payslips(run)
    in_files = 0  # a payslip has one payment at most that did not come back
    if run.is_posted:
        in_files = models.Payment.objects.filter(file__run=run, status=models.Payment.Status.SENT).count()
    published = everybody if run.is_posted else 0
    return (
        PhaseProgress(Phase.DOCUMENTS, payable - in_files, 0, in_files, 0),
        PhaseProgress(Phase.PUBLISH, everybody - published, 0, published, 0),
    )


def _payslips(run: models.PayRun) -> tuple[int, int]:
    """How many payslips a run has, and how many of them pay something."""
    kept = figures_kept([run]).get(run.pk)
    if kept is not None and run.status not in (Status.OPEN, Status.GRADED):
        return kept.people, kept.payable
    found = run.payslips.aggregate(all=Count("pk"), payable=Count("pk", filter=Q(net__gt=0)))
    return found["all"], found["payable"]
