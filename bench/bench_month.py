"""What one payslip costs: grade + calculate + store, one process, SQLite, at 1,000 and 10,000 agents.

Run with `make bench`. CPU milliseconds per person and the number of SQL statements per chunk; a whole run over a
company that the generator writes, so anyone can repeat it. The ratio between the two sizes is what matters: it says
whether a person costs the same in a large company.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MONTH = "2026-10"


def main() -> None:
    """Measure each size in a fresh database and print the table."""
    sys.path.insert(0, str(ROOT))
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000]
    print(f"{'agents':>8} {'load s':>8} {'grade ms':>9} {'calculate ms':>13} {'sum ms':>8}   SQL statements per chunk")
    per_person = []
    for size in sizes:
        pid = os.fork()
        if pid == 0:
            measure(size)
            os._exit(0)
        _pid, status = os.waitpid(pid, 0)
        if status:
            raise SystemExit(f"the run with {size} agents failed")
        per_person.append(size)
    print("CPU milliseconds per person, database included; grading counts only agents with a scorecard.")


def measure(size: int) -> None:
    """One size, in this process: its own database, nothing shared with the next."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["JIXIN_VAR"] = scratch
        os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/bench.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.contrib.auth.models import User
        from django.core.management import call_command

        from grading.imports.folder import CompanyFolder
        from grading.kernel.period import Month
        from grading.public import AppraisalCycle
        from grading.services.cycles import cycle_grade_chunk
        from payroll.management.demo_company import write_demo_company
        from payroll.services import runs
        from payroll.services.loading import company_load

        call_command("migrate", verbosity=0)
        folder = Path(scratch, "company")
        write_demo_company(folder, agents=size, months=1, newest=MONTH)
        preparer = User.objects.get(username="jixin-preparer")
        started = time.process_time()
        report = company_load(CompanyFolder.from_directory(folder), loaded_by=preparer)
        loaded = time.process_time() - started
        if report.company is None:
            raise SystemExit(f"the generated company was refused: {report.problems[0]}")
        run = runs.run_start(company=report.company, month=Month.parse(MONTH), prepared_by=preparer)
        cycle = AppraisalCycle.objects.get(company=report.company)
        graded, grade_statements = drain(lambda: cycle_grade_chunk(cycle.job_id))
        started = time.process_time()
        runs.run_graded(cycle.job_id)
        runs.run_calculate(run.pk)
        between = time.process_time() - started
        calculated, statements = drain(lambda: runs.run_calculate_chunk(run.job_id))
        finished = runs.run_calculated(run.job_id)
        if finished is None:
            raise SystemExit("the run did not settle")
        people = finished.job.items.count()
        figures = (graded / people * 1000, (calculated + between) / people * 1000)
        print(
            f"{people:>8} {loaded:>8.1f} {figures[0]:>9.2f} {figures[1]:>13.2f} {sum(figures):>8.2f}"
            f"   grade {spread(grade_statements)}, calculate {spread(statements)}"
        )


def drain(chunk: Callable[[], int]) -> tuple[float, list[int]]:
    """Work every chunk; the CPU seconds of it all and each chunk's number of SQL statements."""
    from django.db import connection

    counted: list[int] = []
    spent = 0.0
    while True:
        seen = [0]

        def count(execute, sql, params, many, context, seen=seen):  # type: ignore[no-untyped-def]
            seen[0] += 1
            return execute(sql, params, many, context)

        started = time.process_time()
        with connection.execute_wrapper(count):
            settled = chunk()
        spent += time.process_time() - started
        if not settled:
            return spent, counted
        counted.append(seen[0])


def spread(counts: list[int]) -> str:
    """The counts of all chunks as smallest–largest."""
    return str(counts[0]) if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


if __name__ == "__main__":
    main()
