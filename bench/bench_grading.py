"""Ten million chat messages become a month's metrics: seconds, peak memory, and how much faster than plain Python.

Run with `make bench-grading`. A made-up month is written as Parquet files, as a platform's exports would be; a fresh
process reads them and works out every metric of every agent. Then a smaller log of the same shape goes through the
brute-force reference of the tests and through the engine, in one process, and the two times are compared per message.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MESSAGES, AGENTS = 10_000_000, 2_000
SAMPLE, SAMPLE_AGENTS = 50_000, 5


def main() -> None:
    """Measure the month, then the ratio, and print both."""
    sys.path.insert(0, str(ROOT))
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as scratch:
        make(messages, AGENTS, Path(scratch))
        run("month", scratch)
        make(SAMPLE, SAMPLE_AGENTS, Path(scratch))
        run("ratio", scratch)


def run(what: str, scratch: str) -> None:
    """One measurement in a process of its own, so that its peak memory is its own."""
    subprocess.run([sys.executable, __file__, f"--{what}", scratch], check=True, cwd=ROOT)  # noqa: S603


def make(messages: int, agents: int, folder: Path) -> None:
    """Write a log as Parquet files."""
    from bench.chat_logs import tables

    for name, rows in tables(messages, agents).items():
        rows.write_parquet(folder / f"{name}.parquet")


def month(folder: Path) -> None:
    """Read the files and compute every metric of every agent."""
    import polars as pl

    from grading.domain.metrics import engine
    from grading.domain.metrics.values import By

    started = time.perf_counter()
    events = _events(folder)
    read = time.perf_counter()
    values = engine.compute(events, (By.AGENT,), *_asked())
    done = time.perf_counter()
    counted = {value.metric for value in values if value.value is not None}
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sizes = ", ".join(f"{events.tables[name].height:,} {name}" for name in ("chat_messages", "chat_sessions", "orders"))
    print(f"{sizes}; {pl.thread_pool_size()} threads")
    print(f"read {read - started:.1f} s, computed {done - read:.1f} s, together {done - started:.1f} s")
    print(f"peak memory {gib:.2f} GiB; {len(values):,} values, {len(counted)} metrics with a value")


def ratio(folder: Path) -> None:
    """The same log through the reference and through the engine, every metric of every agent.

    The reference asks for each agent anew, as plain code does; what it takes for one agent alone is printed as well.
    """
    from grading.domain.metrics import engine
    from grading.domain.metrics.values import By
    from tests.grading.domain.metrics.reference.book import METRICS, expected

    events = _events(folder)
    asked = _asked()
    engine.compute(events, (By.AGENT,), *asked)
    started = time.perf_counter()
    values = engine.compute(events, (By.AGENT,), *asked)
    columns = time.perf_counter() - started
    subjects = sorted({value.subject for value in values})

    log = _log(events)
    laps = []
    for subject in subjects:
        started = time.perf_counter()
        for metric in METRICS:
            expected(log, metric, By.AGENT.value, subject, _defaults(asked[0], metric))
        laps.append(time.perf_counter() - started)
    loops = sum(laps)
    print(f"{SAMPLE:,} messages, {len(subjects)} agents: engine {columns:.2f} s, plain loops {loops:.1f} s")
    print(f"the engine is {loops / columns:.0f} times faster; one agent alone takes plain loops {min(laps):.2f} s")


def _log(events: Any) -> Any:
    """The events as the reference takes them: plain rows, amounts in yuan, numbers as fractions."""
    from grading.domain.metrics.tables import MILLIONTHS, TABLES, Kind
    from grading.rulebook import metric_definitions
    from tests.grading.domain.metrics.reference.log import Log

    scales = {Kind.MONEY: 100, Kind.NUMBER: MILLIONTHS}
    tables = {}
    for name, rows in events.tables.items():
        scaled = {column.name: scales[column.kind] for column in TABLES[name].columns if column.kind in scales}
        tables[name] = [
            {
                column: Fraction(cell, scaled[column]) if column in scaled and cell is not None else cell
                for column, cell in row.items()
            }
            for row in rows.to_dicts()
        ]
    columns = {name: rows.columns for name, rows in events.tables.items()}
    phrases = {name: metric.phrases for name, metric in metric_definitions().items()}
    return Log(tables, columns, events.span.start, events.span.end, "", phrases)


def _defaults(definitions: Any, metric: str) -> dict[str, str]:
    readings = next(each.readings for each in definitions if each.id == metric)
    return {name: reading.default for name, reading in readings.items() if reading.default is not None}


def _events(folder: Path):
    import polars as pl

    from bench.chat_logs import MONTH
    from grading.domain.metrics.events import Events
    from grading.kernel.period import Span

    tables = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    return Events(tables, Span(*MONTH), None)


def _asked():
    from grading.domain.metrics.definition import Readings
    from grading.rulebook import metric_definitions

    definitions = metric_definitions()
    return tuple(definitions.values()), Readings(definitions)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.path.insert(0, str(ROOT))
        {"--month": month, "--ratio": ratio}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
