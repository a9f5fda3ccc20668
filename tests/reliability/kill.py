"""Exhaustive kill: a process dies before and after every SQL statement of the month; then the ordinary commands go on.

    python -m tests.reliability.kill                            everything, on both engines (`make kill`)
    python -m tests.reliability.kill --sample 4 --seed 1        four points of each operation
    python -m tests.reliability.kill --once                     every point; most leave the same, taken up once
    python -m tests.reliability.kill --only approve --engine sqlite

The end state must be that of an undisturbed run: every table, but for what ``state`` names. Prints a table, and every
wrong point with the statement at which the process died; exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.servers.process import memory

ENGINES = ("sqlite", "postgresql")
Act = Callable[[Any], None]
State = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A state of the database: reached from another one by an act, which also takes up what was interrupted."""

    start: str
    act: Act
    operation: str = ""
    """What it is called where it is killed; empty for what only prepares the others."""


def stages(known: Path, late: Path) -> dict[str, Stage]:
    """The month's life, in order."""
    from tests.reliability import acts
    from tests.reliability.company import PAID

    return {
        "loaded": Stage("migrated", partial(acts.load, known), "import"),
        "posted": Stage("loaded", partial(acts.close, PAID, "paid")),
        "graded": Stage("posted", partial(acts.bring, "graded"), "grade"),
        "calculated": Stage("graded", partial(acts.bring, "calculated"), "calculate"),
        "approved": Stage("calculated", acts.approve, "approve"),
        "paid": Stage("approved", acts.pay, "publish"),
        "late": Stage("paid", partial(acts.load, late)),
        "corrected": Stage("late", acts.correct, "correct"),
        "started": Stage("posted", acts.start),
        "worked": Stage("started", acts.work, "workers alone"),
        "chopped": Stage("started", acts.chop),
        "undisturbed": Stage("chopped", acts.work),
    }


# ── databases: kept states, and one that is worked on ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SqliteFiles:
    """States as files."""

    folder: Path

    def copy(self, source: str, target: str) -> str:
        """Put a state in place of another; its URL."""
        from tests.servers.databases import copy_sqlite

        return copy_sqlite(self.folder / f"{source}.sqlite3", self.folder / f"{target}.sqlite3")

    def empty(self, name: str) -> str:
        """A state without tables; its URL."""
        return f"sqlite:///{self.folder / f'{name}.sqlite3'}"


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """States as databases of one server."""

    server: Any

    def copy(self, source: str, target: str) -> str:
        """Put a state in place of another; its URL."""
        url: str = self.server.clone(source, target)
        return url

    def empty(self, name: str) -> str:
        """A state without tables; its URL."""
        return self.copy("template0", name)


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[SqliteFiles | PostgresDatabases]:
    """Where the states of an engine are kept."""
    if engine == "sqlite":
        yield SqliteFiles(folder)
        return
    from tests.servers import postgres

    with postgres.server() as server:
        yield PostgresDatabases(server)


# ── children: whatever is killed, and whatever goes on after it, is a process of its own ─────────────────────────────


def in_child(work: Callable[[], object], said: Path) -> int:
    """Do something in a forked process; its exit status. What it returns, or how it failed, is in ``said``."""
    said.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            said.write_text(json.dumps(work()))
        except BaseException:  # noqa: BLE001  told by the parent
            said.write_text(traceback.format_exc())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def acted(url: str, act: Act, statements: Any) -> tuple[list[str], State]:
    """Act on a database; the statements that took, and what it says afterwards."""
    from tests.reliability.state import state
    from tests.reliability.workers import workers
    from tests.servers.databases import default_database

    with default_database(url), workers() as made:
        with statements.watched():
            act(made)
        return statements.seen, state()


def resumed(url: str, act: Act, known: Container[str]) -> tuple[str, State | None]:
    """Go on after a death: a fingerprint of what it left, and what the database says in the end.

    None where the same was left before, so that what becomes of it is known.
    """
    from grading.kernel.snapshot import fingerprint
    from tests.reliability.state import state
    from tests.reliability.workers import leases_expire, workers
    from tests.servers.databases import default_database

    with default_database(url), workers() as made:
        left = fingerprint(state())
        if left in known:
            return left, None
        leases_expire()
        act(made)
        return left, state()


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die."""

    stage: str
    at: int
    after: bool


@dataclass(slots=True)
class Engine:
    """The undisturbed life of the month on one engine, and the points at which it can be interrupted."""

    name: str
    kept: SqliteFiles | PostgresDatabases
    stages: dict[str, Stage]
    folder: Path
    statements: dict[str, list[str]] = field(default_factory=dict)
    expected: dict[str, State] = field(default_factory=dict)
    outcomes: dict[str, dict[str, str]] | None = None
    """What became of what each death left, by stage; None to go on after every one of them, whatever it left."""

    def prepare(self) -> None:
        """Every stage undisturbed, from a migrated database on, kept as it was left.

        In this process, so that those that are killed find rules read and classes made, as an old worker's are.
        """
        from tests.reliability.death import Statements

        for name, stage in self.stages.items():
            url = self.kept.copy(stage.start, name)
            self.statements[name], self.expected[name] = acted(url, stage.act, Statements())

    def points(self, only: str, sample: int, rng: random.Random) -> list[Point]:
        """All points, or some of each operation."""
        found = []
        for name, stage in self.stages.items():
            if stage.operation and only in ("", stage.operation):
                places = range(1, len(self.statements[name]) + 1)
                every = [Point(name, at, after) for at in places for after in (False, True)]
                found += rng.sample(every, sample) if sample else every
        return found

    def wrong(self, point: Point) -> str:
        """Die there, let the ordinary commands go on, compare. Empty when it ended as an undisturbed run does."""
        from tests.reliability.death import DEAD, Statements
        from tests.reliability.state import differences

        stage, mine = self.stages[point.stage], f"{self.name}-{os.getpid()}"
        said, last_words = self.folder / f"{mine}-said", self.folder / f"{mine}-died"
        url = self.kept.copy(stage.start, mine)
        status = in_child(partial(acted, url, stage.act, Statements(point.at, point.after, last_words)), said)
        if status != DEAD:
            return f"{self.name} {stage.operation} {point.at}: did not die there, but {said.read_text()[-2000:]}"
        where = f"{self.name} {stage.operation}, {last_words.read_text()}"
        known = {} if self.outcomes is None else self.outcomes.setdefault(point.stage, {})
        if in_child(partial(resumed, url, stage.act, known), said):
            return f"{where}\n    cannot go on: {said.read_text()[-2000:]}"
        left, end = json.loads(said.read_text())
        if end is not None:
            known[left] = "".join(f"\n    {each[:400]}" for each in differences(end, self.expected[point.stage])[:6])
        return where + known[left] if known[left] else ""


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description="die at every SQL statement")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="both if not named")
    parser.add_argument("--only", default="", help="one operation")
    parser.add_argument("--sample", type=int, default=0, help="points of each operation; all if not named")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--once", action="store_true", help="go on once from each different state that a death leaves")
    parser.add_argument("--workers", type=int, default=1, help="points killed at a time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        set_up(Path(scratch))
        from tests.reliability.company import write_folders
        from tests.servers.databases import migrate

        known, late = write_folders(Path(scratch))
        print(f"{'operation':<14} {'engine':<11} {'statements':>10} {'points':>7} {'wrong':>6} {'seconds':>8}")
        wrong: list[str] = []
        for name in asked.engine or ENGINES:
            with databases(name, Path(scratch)) as kept:
                engine = Engine(name, kept, stages(known, late), Path(scratch), outcomes={} if asked.once else None)
                migrate(kept.empty("migrated"))
                engine.prepare()
                for operation in dict.fromkeys(stage.operation for stage in engine.stages.values() if stage.operation):
                    if asked.only in ("", operation):
                        wrong += _killed(engine, operation, asked)
    print("\n".join(wrong))
    print(f"{len(wrong)} points ended otherwise than an undisturbed run.")
    sys.exit(bool(wrong))


def _killed(engine: Engine, operation: str, asked: argparse.Namespace) -> list[str]:
    """Every point of one operation, and its line of the table."""
    points = engine.points(operation, asked.sample, random.Random(f"{asked.seed}/{engine.name}/{operation}"))
    began = time.monotonic()
    with multiprocessing.get_context("fork").Pool(asked.workers) as pool:
        wrong = [told for told in pool.imap_unordered(engine.wrong, points) if told]
    seconds, statements = time.monotonic() - began, len(engine.statements[points[0].stage])
    print(
        f"{operation:<14} {engine.name:<11} {statements:>10} {len(points):>7} {len(wrong):>6} {seconds:>8.1f}",
        flush=True,
    )
    return wrong


def set_up(scratch: Path) -> None:
    """Django in this process, by the settings of tests, with everything imported that children would import."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings.test", "JIXIN_VAR": str(scratch)}
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from config.celery import app
    from tests.reliability import acts, death, state, workers  # noqa: F401  once here, and not in every child

    app.loader.import_default_modules()


if __name__ == "__main__":
    main()
