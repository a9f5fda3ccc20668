"""What one payslip costs: grade + calculate + store, one process, at several company sizes.

Run with `make bench`. CPU milliseconds per person and the number of SQL statements per chunk; whole runs over a company
that the generator writes, so anyone can repeat it. The ratio between sizes, and between the first and the second year,
is what matters: a person should cost the same in a large company with a long history.

    bench_month.py 1000 10000                                   SQLite, nothing posted before
    bench_month.py 10000 --postgres --history 0 12 24           a server of its own; first, second and third year

Counted is the CPU time of this process and, with a server, of all the server's processes (see ``postgres.py``), from
the start of the run until it is calculated. The months of history are real runs, prepared, approved and paid through
the services, and are not counted. The company follows the law from the first month that the shipped rules cover.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEWEST = "2026-10"
LAW_SINCE = "2026-01"
"""The first month that the shipped rules of the company's city cover."""

BASES = 40
"""How many different contribution bases its people have: colleagues on the same one share their lines."""

Cpu = Callable[[], float]
"""CPU seconds used so far by everything that is measured."""


def main() -> None:
    """Measure each size in a fresh database and print the table."""
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(description="CPU time of a month's run, per person")
    parser.add_argument("agents", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server that is started for it")
    parser.add_argument("--history", type=int, nargs="*", default=[0], help="posted months before the measured one")
    parser.add_argument("--law", choices=("cn", "none"), default="cn", help="the statutory rules of the company")
    asked = parser.parse_args()
    print(f"{'agents':>8} {'posted':>7} {'open ms':>8} {'grade ms':>9} {'calculate ms':>13} {'sum ms':>8}   statements")
    for size, posted in product(asked.agents, asked.history):
        pid = os.fork()
        if pid == 0:
            measure(size, posted, asked)
            os._exit(0)
        _pid, status = os.waitpid(pid, 0)
        if status:
            raise SystemExit(f"the run with {size} agents failed")
    print("CPU milliseconds per person in the run, database included; SQL statements per chunk.")


def measure(size: int, posted: int, asked: argparse.Namespace) -> None:
    """One size, in this process: its own database, nothing shared with the next."""
    with tempfile.TemporaryDirectory() as scratch, database(Path(scratch), on_server=asked.postgres) as cpu:
        import django

        django.setup()
        from django.core.management import call_command

        from grading.kernel.period import Month
        from grading.public import Company

        call_command("migrate", verbosity=0)
        company_id = load(Path(scratch, "company"), size, posted + 1)
        newest = Month.parse(NEWEST)
        for before in range(posted, -1, -1):
            month = newest.plus(-before)
            law = asked.law if str(month) >= LAW_SINCE else "none"
            Company.objects.filter(pk=company_id).update(statutory=law)
            figures = close(company_id, month, cpu)
        print(f"{size:>8} {posted:>7} {figures}", flush=True)


@contextmanager
def database(scratch: Path, *, on_server: bool) -> Iterator[Cpu]:
    """Point the settings at a new database; what CPU this process and the database have used."""
    os.environ["JIXIN_VAR"] = str(scratch)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    if on_server:
        from bench.postgres import server

        with server() as started:
            os.environ["DATABASE_URL"] = started.url
            yield lambda: time.process_time() + started.cpu_seconds()
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/bench.sqlite3"
        yield time.process_time


def load(folder: Path, agents: int, months: int) -> int:
    """Write and load the company with its files of that many months; the company's id."""
    from django.contrib.auth.models import User

    from grading.imports.folder import CompanyFolder
    from payroll.management.demo_company import write_demo_company
    from payroll.services.loading import company_load

    write_demo_company(folder, agents=agents, months=months, newest=NEWEST)
    bases_enter(folder / "agents.csv")
    preparer = User.objects.get(username="jixin-preparer")
    report = company_load(CompanyFolder.from_directory(folder), loaded_by=preparer)
    if report.company is None:
        raise SystemExit(f"the generated company was refused: {report.problems[0]}")
    return report.company.pk


def bases_enter(agents: Path) -> None:
    """The generated company follows no law: give its people what contributions and tax are reckoned from."""
    with agents.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {"housing_fund_rate": "0.07", "additional_deductions": "1000.00"}
    steps = [f"{5000 + 100 * step}.00" for step in range(BASES)]
    with agents.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(
            {**row, **known, "contribution_base": steps[place % BASES], "housing_fund_base": steps[place % BASES]}
            for place, row in enumerate(rows)
        )


def close(company_id: int, month, cpu: Cpu) -> str:  # type: ignore[no-untyped-def]
    """Prepare a month's run, approve and pay it; what preparing it cost, as a line of the table."""
    from django.contrib.auth.models import User
    from django.db import connection

    from grading.public import AppraisalCycle, Company
    from grading.services.cycles import cycle_grade_chunk
    from payroll.services import calculation, runs

    preparer = User.objects.get(username="jixin-preparer")
    company = Company.objects.get(pk=company_id)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what the server does by itself between two months
            cursor.execute("CHECKPOINT")

    started = cpu()
    run = runs.run_start(company=company, month=month, prepared_by=preparer)
    opened = cpu()
    cycle = AppraisalCycle.objects.get(company=company, month=month)
    grade_statements = drain(lambda: cycle_grade_chunk(cycle.job_id))
    graded = cpu()
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    statements = drain(lambda: calculation.run_calculate_chunk(run.job_id))
    finished = runs.run_calculated(run.job_id)
    calculated = cpu()

    if finished is None:
        raise SystemExit("the run did not settle")
    approver = User.objects.get(username="jixin-approver")
    runs.run_approve(run_id=run.pk, approved_by=approver, reviewed=finished.fingerprint)
    runs.run_pay(run_id=run.pk, paid_by=approver)
    people = finished.job.items.count()
    at = (started, opened, graded, calculated)
    spent = [(until - since) / people * 1000 for since, until in pairwise(at)]
    return (
        f"{spent[0]:>8.2f} {spent[1]:>9.2f} {spent[2]:>13.2f} {sum(spent):>8.2f}"
        f"   grade {spread(grade_statements)}, calculate {spread(statements)}"
    )


def drain(chunk: Callable[[], int]) -> list[int]:
    """Work every chunk; each chunk's number of SQL statements."""
    from django.db import connection

    counted: list[int] = []
    while True:
        seen = [0]

        def count(execute, sql, params, many, context, seen=seen):  # type: ignore[no-untyped-def]
            seen[0] += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            settled = chunk()
        if not settled:
            return counted
        counted.append(seen[0])


def spread(counts: list[int]) -> str:
    """The counts of all chunks as smallest–largest."""
    return str(counts[0]) if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


if __name__ == "__main__":
    main()
