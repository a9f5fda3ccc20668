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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MESSAGES, AGENTS = 10_000_000, 2_000
SAMPLE, SAMPLE_AGENTS = 100_000, 50


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
    """The same log through the reference and through the engine."""
    from grading.domain.metrics import engine
    from grading.domain.metrics.values import By
    from tests.grading.domain.metrics.reference import compute as brute_force

    events = _events(folder)
    asked = _asked()
    engine.compute(events, (By.AGENT,), *asked)
    started = time.perf_counter()
    engine.compute(events, (By.AGENT,), *asked)
    columns = time.perf_counter() - started
    tables = {name: rows.to_dicts() for name, rows in events.tables.items()}
    started = time.perf_counter()
    brute_force(tables, events.span, events.platform, By.AGENT, *asked)
    loops = time.perf_counter() - started
    print(f"{SAMPLE:,} messages: engine {columns:.2f} s, plain loops {loops:.2f} s, {loops / columns:.0f} times")


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
