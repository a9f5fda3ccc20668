"""A month of a very large company: two workers grade, calculate and store it, with a year of history in the tables.

Run with `make bench-scale`. Prints, for each size, the seconds of each phase, the CPU milliseconds per person with the
database's, the largest memory of a worker, and how long the pages take on which HR reviews the run. The ratio between
sizes is what matters: a person should cost the same in a large company.

    bench_scale.py 10000 100000                 on a PostgreSQL server of its own
    bench_scale.py 10000 --sqlite

The company and its month are written as files and loaded through the services. Its history is made of the month itself:
calculated once, its payslips and lines are copied in the database into the twelve months before it, as paid runs; then
the month is emptied and measured. Nothing of that is counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.bench_month import NEWEST, Cpu, database, load  # noqa: E402  the path first

MONTHS_BEFORE = 12
WORKERS = 2
REQUESTS = 40
COPIED = ("payslip_id", "position", "code", "kind", "amount", "period", "steps")


def main() -> None:
    """Measure each size in a fresh database and print the figures."""
    parser = argparse.ArgumentParser(description="a month of a very large company")
    parser.add_argument("agents", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of a PostgreSQL server")
    asked = parser.parse_args()
    spent: dict[int, float] = {}
    for size in asked.agents:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(writing, str(measure(size, on_server=not asked.sqlite)).encode())
            os._exit(0)
        os.close(writing)
        answer = os.read(reading, 100)
        os.waitpid(pid, 0)
        if not answer:
            raise SystemExit(f"the run with {size} agents failed")
        spent[size] = float(answer)
    smallest = min(spent)
    for size in sorted(spent)[1:]:
        print(f"a person at {size:,} costs {spent[size] / spent[smallest]:.2f} of one at {smallest:,}")


def measure(size: int, *, on_server: bool) -> float:
    """One size, in this process; the CPU milliseconds per person."""
    with TemporaryDirectory() as scratch, database(Path(scratch), on_server=on_server) as cpu:
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from grading.kernel.period import Month

        call_command("migrate", verbosity=0)
        told = Told(size)
        with told.seconds("load the files"):
            company_id = load(Path(scratch, "company"), size, 1)
        month = Month.parse(NEWEST)
        follow_the_law(company_id)
        with told.seconds("a first time"):
            prepare(company_id, month)
        with told.seconds("copy a year of history"):
            history_make(company_id, month)
            month_empty()
            if on_server:
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM ANALYZE")  # what the server does by itself between two months
                    cursor.execute("CHECKPOINT")
        run_id, milliseconds = month_measure(company_id, month, cpu, told)
        pages_measure(run_id, told)
    return milliseconds


class Told:
    """Prints what was measured, a line each."""

    def __init__(self, size: int) -> None:
        self.size = size

    def say(self, what: str, figure: str) -> None:
        print(f"{self.size:>8,}  {what:<34} {figure}", flush=True)

    @contextmanager
    def seconds(self, what: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.say(what, f"{time.monotonic() - started:8.1f} s")


def follow_the_law(company_id: int) -> None:
    """The month is paid by the shipped law."""
    from grading.public import Company

    Company.objects.filter(pk=company_id).update(statutory="cn")


def prepare(company_id: int, month: Any) -> dict[str, Any]:
    """Start the month's run and let the workers settle it; seconds of each phase, memory, and the run."""
    from django.contrib.auth.models import User

    from grading.public import AppraisalCycle, Company
    from grading.services.cycles import cycle_grade_chunk
    from payroll.services import calculation, runs

    preparer = User.objects.get(username="jixin-preparer")
    at = [time.monotonic()]
    run = runs.run_start(company=Company.objects.get(pk=company_id), month=month, prepared_by=preparer)
    cycle = AppraisalCycle.objects.get(company_id=company_id, month=month)
    at.append(time.monotonic())
    memory = [work(lambda: cycle_grade_chunk(cycle.job_id))]
    at.append(time.monotonic())
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    at.append(time.monotonic())
    memory.append(work(lambda: calculation.run_calculate_chunk(run.job_id)))
    at.append(time.monotonic())
    finished = runs.run_calculated(run.job_id)
    if finished is None:
        raise SystemExit("the run did not settle")
    at.append(time.monotonic())
    return {"run": finished, "at": at, "memory": max(memory)}


def work(chunk: Callable[[], int]) -> int:
    """Let the workers, a process each, take chunks until none is left; the largest memory of one, in MB."""
    from django.db import connections

    connections.close_all()
    workers = []
    for _number in range(WORKERS):
        pid = os.fork()
        if pid == 0:
            failed = 1
            try:
                while chunk():
                    pass
                failed = 0
            finally:
                os._exit(failed)
        workers.append(pid)
    largest = 0
    for pid in workers:
        _pid, status, used = os.wait4(pid, 0)
        if status:
            raise SystemExit("a worker failed")
        largest = max(largest, used.ru_maxrss // 1024)
    return largest


def history_make(company_id: int, month: Any) -> None:
    """Copy the calculated month into the months before it, as paid runs of their own."""
    from django.contrib.auth.models import User
    from django.db import connection, transaction
    from django.utils import timezone

    from grading.jobs import frozen
    from grading.jobs.bulk import columns_of
    from grading.jobs.models import Job
    from payroll.models import PayRun, Payslip

    preparer = User.objects.get(username="jixin-preparer")
    approver = User.objects.get(username="jixin-approver")
    calculated = PayRun.objects.get(company_id=company_id, month=month)
    slip = columns_of(Payslip)
    for before in range(MONTHS_BEFORE, 0, -1):
        then = month.plus(-before)
        new = {
            "run_id": "%(run)s",
            "month": "%(then)s",
            "number": "replace(number, %(month)s, %(then)s)",
            "pay_date": "%(day)s",
            "tax_year": "%(year)s",
        }
        lines = ", ".join("line." + column if column != "period" else "%(then)s" for column in COPIED[1:])
        with transaction.atomic():
            job = Job.objects.create(task="payroll.calculate", key=f"{company_id}/{then}", requested_by=preparer)
            run = PayRun.objects.create(company_id=company_id, month=then, job=job, prepared_by=preparer)
            values = {"run": run.pk, "of": calculated.pk, "month": str(month), "then": str(then), "year": then.year}
            values["day"] = date(then.year, then.month, 28)
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET LOCAL session_replication_role = replica")  # keys are copied: nothing to check
                cursor.execute(
                    f"INSERT INTO payroll_payslip ({', '.join(slip)}) "  # noqa: S608 - our own names
                    f"SELECT {', '.join(new.get(column, column) for column in slip)} "
                    "FROM payroll_payslip WHERE run_id = %(of)s",
                    values,
                )
                cursor.execute(
                    f"INSERT INTO payroll_payslipline ({', '.join(COPIED)}) SELECT copy.id, {lines} "  # noqa: S608 - the same
                    "FROM payroll_payslip copy JOIN payroll_payslip slip "
                    "ON slip.agent_id = copy.agent_id AND slip.run_id = %(of)s "
                    "JOIN payroll_payslipline line ON line.payslip_id = slip.id WHERE copy.run_id = %(run)s",
                    values,
                )
            frozen.thaw(connection)
            PayRun.objects.filter(pk=run.pk).update(
                status="paid", approved_by=approver, approved_at=timezone.now(), paid_at=timezone.now()
            )
            frozen.freeze(connection)


def month_empty() -> None:
    """Take the month's results away, and its work back to the start."""
    from django.db import connection

    from grading.jobs.models import RunItem
    from payroll.models import PayRun

    unposted = "SELECT id FROM payroll_payrun WHERE status NOT IN ('approved', 'paid')"
    with connection.cursor() as cursor:
        slips = f"SELECT id FROM payroll_payslip WHERE run_id IN ({unposted})"  # noqa: S608 - our own names
        cursor.execute(f"DELETE FROM payroll_payslipline WHERE payslip_id IN ({slips})")  # noqa: S608 - the same
        cursor.execute(f"DELETE FROM payroll_runfinding WHERE run_id IN ({unposted})")  # noqa: S608 - the same
        cursor.execute(f"DELETE FROM payroll_payslip WHERE run_id IN ({unposted})")  # noqa: S608 - the same
        cursor.execute("DELETE FROM grading_appraisal")
    RunItem.objects.all().delete()
    PayRun.objects.exclude(status__in=PayRun.POSTED).update(status="open", fingerprint="")


def month_measure(company_id: int, month: Any, cpu: Cpu, told: Told) -> tuple[int, float]:
    """Grade, calculate and store the month; its run, and the CPU milliseconds per person."""
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = cpu() + own.ru_utime + own.ru_stime
    found = prepare(company_id, month)
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = cpu() + own.ru_utime + own.ru_stime - started
    people = found["run"].job.items.count()
    start, opened, graded, enqueued, calculated, settled = found["at"]
    told.say("people", f"{people:8,}")
    told.say("open the month", f"{opened - start:8.1f} s")
    told.say("grade", f"{graded - opened:8.1f} s")
    told.say("enqueue", f"{enqueued - graded:8.1f} s")
    told.say("calculate and store", f"{calculated - enqueued:8.1f} s")
    told.say("settle", f"{settled - calculated:8.1f} s")
    told.say("all of it", f"{settled - start:8.1f} s")
    told.say("CPU per person, database included", f"{spent / people * 1000:8.2f} ms")
    told.say("memory of a worker, at most", f"{found['memory']:8,} MB")
    return found["run"].pk, spent / people * 1000


def causes_make(run_id: int) -> None:
    """Causes of differences as the comparison with last month leaves them; working them out is not measured here."""
    from django.db import connection

    from grading.jobs.models import Job, RunItem
    from payroll.services.variance import VARIANCE_TASK, variance_settled

    with connection.cursor() as cursor:
        for cause, part in (("commission", 3), ("attendance", 5), ("kpi", 7), ("tax", 11)):
            cursor.execute(
                "INSERT INTO payroll_payslipvariance (payslip_id, cause, amount) "
                "SELECT id, %s, net / %s FROM payroll_payslip WHERE run_id = %s",
                [cause, part, run_id],
            )
        cursor.execute(
            "INSERT INTO payroll_payslipcomparison (run_id, payslip_id, surprise) "
            "SELECT run_id, id, net / 7 + net / 11 FROM payroll_payslip WHERE run_id = %s",
            [run_id],
        )
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")  # as before the month
    job = Job.objects.get(task=VARIANCE_TASK, key=str(run_id))
    RunItem.objects.filter(job=job).update(state=RunItem.State.DONE)
    variance_settled(job.pk)


def pages_measure(run_id: int, told: Told) -> None:
    """What HR reviews the run on: the 95th percentile of many requests for each page, and its SQL statements."""
    from django.contrib.auth.models import Group, User
    from django.db import connection
    from django.test import Client

    from payroll.models import PayRun, Payslip

    run = PayRun.objects.get(pk=run_id)
    causes_make(run_id)
    client = Client(HTTP_HOST="localhost")
    reader = User.objects.create(username="bench-hr", is_staff=True)
    reader.groups.set(Group.objects.filter(name="HR"))
    client.force_login(reader)
    numbers = list(Payslip.objects.filter(run=run).order_by("pk").values_list("agent__agent_no", flat=True)[:REQUESTS])
    slips = "/admin/payroll/payslip/?run__id__exact="
    pages = {
        "month page": lambda _at: f"/admin/month/?company={run.company_id}&month={run.month}",
        "payslips of the run": lambda at: f"{slips}{run_id}&p={at + 1}",
        "search by agent number": lambda at: f"{slips}{run_id}&q={numbers[at % len(numbers)]}",
        "parked people": lambda _at: f"/admin/month/{run_id}/parked/",
        "findings": lambda _at: f"/admin/month/{run_id}/findings/",
        "variance": lambda _at: f"/admin/month/{run_id}/variance/",
        "runs": lambda _at: "/admin/payroll/payrun/",
    }
    for name, address in pages.items():
        taken = []
        statements = [0]

        def count(execute, sql, params, many, context, seen=statements):  # type: ignore[no-untyped-def]
            seen[0] += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            first = client.get(address(0))
        for at in range(REQUESTS):
            started = time.perf_counter()
            client.get(address(at))
            taken.append(time.perf_counter() - started)
        slow = sorted(taken)[int(len(taken) * 0.95) - 1]
        told.say(f"page: {name}", f"{slow * 1000:8.0f} ms, {statements[0]} statements, answer {first.status_code}")


if __name__ == "__main__":
    main()
