"""How long a month takes with so many people and workers, by simulation with measured costs.

    simulate_scale.py --people 1000000                     with what is in bench/costs.json
    simulate_scale.py --measure 5000                       measure the costs on this machine first, and keep them
    simulate_scale.py --workers 4 16 --database-cores 8 --deaths-per-hour 2

The simulation knows what the product does and nothing else: people are worked in chunks; a chunk is computed on its
worker's core and read and written on one of the database's cores, which serve one chunk at a time each, first come,
first served; starting, the step between grading and calculation, and the end are done by one. A worker that dies loses
its chunk, which another takes when the lease has run out; the dead one is back after a while. What it does not know:
locks, disks that are slower than processors, networks. So its figures are what is possible, not what is certain.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COSTS = Path(__file__).resolve().parent / "costs.json"
NEWEST = "2026-10"
LEASE_SECONDS = 30.0
BACK_SECONDS = 5.0
"""Until a worker that died is there again."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one person costs: CPU milliseconds unless the name says otherwise."""

    people: int
    """How many there were when it was measured."""
    start: float
    """Starting the run, by one process, its own and the database's. So are ``between`` and ``finish``."""
    grade_worker: float
    grade_database: float
    between: float
    calculate_worker: float
    calculate_database: float
    finish: float
    stored_bytes: float
    """What one month of one person adds to the database, indexes included."""
    worker_megabytes: float
    """The most a worker holds, for a chunk of 1,000 people."""


COSTS_NAMED = tuple(field.name for field in fields(Costs) if field.name != "people")


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to work with."""

    workers: int
    database_cores: int
    chunk: int = 1000
    deaths_per_hour: float = 0.0
    """Of each worker."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What a phase came to, in seconds."""

    seconds: float
    worker_busy: float
    database_busy: float
    lost_chunks: int


def phase(people: int, worker_ms: float, database_ms: float, machine: Machine, dice: random.Random) -> Phase:
    """Work everybody through, chunk by chunk."""
    waiting = [(0.0, min(machine.chunk, people - at)) for at in range(0, people, machine.chunk)]  # free from when; size
    heapq.heapify(waiting)
    workers = [0.0] * machine.workers  # free from when
    cores = [0.0] * machine.database_cores
    seconds = worker_busy = database_busy = 0.0
    lost = 0
    while waiting:
        free_from, size = heapq.heappop(waiting)
        began = max(heapq.heappop(workers), free_from)
        computing, storing = size * worker_ms / 1000, size * database_ms / 1000
        written = max(began + computing, cores[0]) + storing
        dies = began + _until_death(machine, dice)
        if dies < written:
            lost += 1
            worker_busy += min(dies - began, computing)
            heapq.heappush(waiting, (began + LEASE_SECONDS, size))
            heapq.heappush(workers, dies + BACK_SECONDS)
            continue
        heapq.heapreplace(cores, written)
        heapq.heappush(workers, written)
        worker_busy += computing
        database_busy += storing
        seconds = max(seconds, written)
    return Phase(seconds, worker_busy, database_busy, lost)


def _until_death(machine: Machine, dice: random.Random) -> float:
    return dice.expovariate(machine.deaths_per_hour / 3600) if machine.deaths_per_hour else float("inf")


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a company on a machine."""

    machine: Machine
    seconds: float
    alone_seconds: float
    """The part that one process does while the others wait."""
    worker_use: float
    """The share of the workers' time in which they computed, in the two phases that are shared out."""
    database_use: float
    lost_chunks: int


def month(people: int, costs: Costs, machine: Machine, seed: int = 1) -> Month:
    """Start, grade, go over to calculation, calculate, finish."""
    dice = random.Random(seed)
    grade = phase(people, costs.grade_worker, costs.grade_database, machine, dice)
    calculate = phase(people, costs.calculate_worker, costs.calculate_database, machine, dice)
    alone = people * (costs.start + costs.between + costs.finish) / 1000
    shared = grade.seconds + calculate.seconds
    return Month(
        machine,
        alone + shared,
        alone,
        (grade.worker_busy + calculate.worker_busy) / (shared * machine.workers),
        (grade.database_busy + calculate.database_busy) / (shared * machine.database_cores),
        grade.lost_chunks + calculate.lost_chunks,
    )


def table(people: int, costs: Costs, machines: Sequence[Machine]) -> list[str]:
    """The months as lines of text."""
    heads = ("workers", "db cores", "minutes", "alone", "workers busy", "db busy", "chunks lost")
    lines = ["  ".join(heads)]
    for machine in machines:
        found = month(people, costs, machine)
        figures = (
            str(machine.workers),
            str(machine.database_cores),
            f"{found.seconds / 60:.1f}",
            f"{found.alone_seconds / 60:.1f}",
            f"{found.worker_use:.0%}",
            f"{found.database_use:.0%}",
            str(found.lost_chunks),
        )
        lines.append("  ".join(figure.rjust(len(head)) for figure, head in zip(figures, heads, strict=True)))
    return lines


def needs(people: int, costs: Costs, machines: Sequence[Machine], within_minutes: float) -> list[str]:
    """What so many people need besides time."""
    enough = next((each for each in machines if month(people, costs, each).seconds <= within_minutes * 60), None)
    who = f"{enough.workers} workers." if enough else "not with these; the table says what they wait for."
    stored = people * costs.stored_bytes / 1e9
    return [
        f"Within {within_minutes:g} minutes: {who}",
        f"Memory of a worker: {costs.worker_megabytes:.0f} MB.",
        f"The database grows by {stored:.1f} GB a month, {12 * stored:.0f} GB a year.",
    ]


def read_costs(path: Path) -> Costs:
    """The costs that were measured. Raises SystemExit where there are none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise SystemExit(f"{path} is not there: measure first, with --measure 5000.") from missing
    return Costs(**{field.name: found[field.name] for field in fields(Costs)})


# --- Measuring --------------------------------------------------------------------------------------------------------


def measure(size: int) -> Costs:
    """A month of a company of that size on a PostgreSQL server of its own, one process after the other."""
    sys.path.insert(0, str(ROOT))
    from bench.bench_month import load
    from bench.postgres import server

    with TemporaryDirectory() as scratch, server() as started:
        os.environ |= {
            "JIXIN_VAR": scratch,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": started.url,
        }
        import django

        django.setup()
        from django.contrib.auth.models import User
        from django.core.management import call_command
        from django.db import connection

        from grading.kernel.period import Month as Of
        from grading.public import AppraisalCycle, Company
        from grading.services.cycles import cycle_grade_chunk
        from payroll.services import calculation, runs

        call_command("migrate", verbosity=0)
        company_id = load(Path(scratch, "company"), size, 1)
        Company.objects.filter(pk=company_id).update(statutory="cn")
        preparer = User.objects.get(username="jixin-preparer")

        def stored() -> int:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
                cursor.execute("SELECT pg_database_size(current_database())")
                return int(cursor.fetchone()[0])

        def timed(act: Callable[[], Any]) -> tuple[float, float, Any]:
            """Our and the server's CPU milliseconds per person; and what the act gave."""
            before = time.process_time(), started.cpu_seconds()
            given = act()
            after = time.process_time(), started.cpu_seconds()
            ours, theirs = ((until - since) * 1000 / size for since, until in zip(before, after, strict=True))
            return ours, theirs, given

        def drained(chunk: Callable[[], int]) -> None:
            while chunk():
                pass

        bytes_before = stored()
        company = Company.objects.get(pk=company_id)
        of = Of.parse(NEWEST)
        *start, run = timed(lambda: runs.run_start(company=company, month=of, prepared_by=preparer))
        cycle = AppraisalCycle.objects.get(company_id=company_id, month=of)
        Path("/proc/self/clear_refs").write_text("5")  # the most memory held is counted anew from here
        *grade, _none = timed(lambda: drained(lambda: cycle_grade_chunk(cycle.job_id)))
        *between, _none = timed(lambda: (runs.runs_graded(cycle.job_id), runs.run_calculate(run.pk)))
        *calculate, _none = timed(lambda: drained(lambda: calculation.run_calculate_chunk(run.job_id)))
        held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        *finish, _none = timed(lambda: runs.run_calculated(run.job_id))
        return Costs(
            people=size,
            start=round(sum(start), 4),
            grade_worker=round(grade[0], 4),
            grade_database=round(grade[1], 4),
            between=round(sum(between), 4),
            calculate_worker=round(calculate[0], 4),
            calculate_database=round(calculate[1], 4),
            finish=round(sum(finish), 4),
            stored_bytes=round((stored() - bytes_before) / size),
            worker_megabytes=round(int(held.split()[1]) / 1000),
        )


def main() -> None:
    """Measure if asked to, then simulate."""
    parser = argparse.ArgumentParser(description="how long a month takes, by simulation")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--database-cores", type=int, default=8)
    parser.add_argument("--chunk", type=int, default=1000)
    parser.add_argument("--deaths-per-hour", type=float, default=0.0, help="of each worker")
    parser.add_argument("--within", type=float, default=60.0, help="minutes that it may take")
    parser.add_argument("--costs", type=Path, default=COSTS)
    parser.add_argument("--measure", type=int, metavar="PEOPLE", help="measure the costs first, and keep them")
    for name in COSTS_NAMED:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, help="instead of what was measured")
    asked = parser.parse_args()
    if asked.measure:
        asked.costs.write_text(json.dumps(asdict(measure(asked.measure)), indent=2) + "\n", encoding="utf-8")
    named = {name: getattr(asked, name) for name in COSTS_NAMED if getattr(asked, name) is not None}
    costs = replace(read_costs(asked.costs), **named)
    machines = [Machine(workers, asked.database_cores, asked.chunk, asked.deaths_per_hour) for workers in asked.workers]
    print(
        f"{asked.people:,} people in {ceil(asked.people / asked.chunk):,} chunks; costs measured at {costs.people:,}."
    )
    print(*table(asked.people, costs, machines), sep="\n")
    print(*needs(asked.people, costs, machines, asked.within), sep="\n")


if __name__ == "__main__":
    main()
