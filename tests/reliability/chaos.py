"""Chaos: real Celery workers and a real broker, killed at random while a month is being worked, on PostgreSQL.

    python -m tests.reliability.chaos                       100 kills, and the broker lost ten times (`make chaos`)
    python -m tests.reliability.chaos --kills 3 --losses 1

Nobody presses anything: whoever runs the workers starts dead ones again, as systemd does, and that is all. Every run
has to end as an undisturbed one does, at the latest a minute after the last kill or after the broker came back. Prints
a table; exit status 1 when one does not.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.reliability.kill import Engine, PostgresDatabases, set_up, stages
from tests.servers.process import memory
from tests.servers.valkey import Broker

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS, KILLS_A_RUN, LOSSES = 100, 10, 10
WORKERS = 2
LIMIT = 60.0
"""Seconds after the last kill, or after the broker's return."""
GIVE_UP = 180.0
DISTURBED = (3.0, 10.0, 40.0)
"""Seconds over which the kills of a run are spread, one or another: while it is fresh, or while it recovers too."""


@dataclass
class Site:
    """The processes of an installation, workers and beat, started again when they die; one database, one broker."""

    environment: dict[str, str]
    log: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Start whoever is not running."""
        for name in [*(f"worker{number}" for number in range(1, WORKERS + 1)), "beat"]:
            if name not in self.running or self.running[name].poll() is not None:
                role = ["worker", "--concurrency", "2", "--hostname", f"{name}@%h"] if name != "beat" else ["beat"]
                schedule = ["--schedule", str(self.log.with_name("beat-schedule"))] if name == "beat" else []
                with self.log.open("ab") as output:
                    self.running[name] = subprocess.Popen(
                        [sys.executable, "-m", "celery", "-A", "config", *role, *schedule, "--loglevel", "WARNING"],
                        cwd=ROOT,
                        env=self.environment,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )

    def workers(self) -> list[int]:
        """The workers' processes and their children, which do the work."""
        found = []
        for name, process in self.running.items():
            if name != "beat" and process.poll() is None:
                found.append(process.pid)
                with suppress(FileNotFoundError):
                    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
                    found += [int(pid) for pid in children.split()]
        return found

    def end(self) -> None:
        """Kill everybody, children too."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one disturbed run ended: seconds after the last disturbance, and everything that is wrong."""

    seconds: float
    wrong: list[str]


Disturb = Callable[[Site, Any, str], float]
"""Does harm to a site, its broker and the run in a database; when the last harm was over."""


@dataclass(slots=True)
class Arena:
    """A month that is started and not worked yet, to be worked under fire again and again."""

    engine: Engine
    broker: Broker
    scratch: Path

    def run(self, disturb: Disturb) -> Outcome:
        """One run, disturbed."""
        from tests.reliability.state import differences, state
        from tests.servers.databases import default_database

        url = self.engine.kept.copy("chopped", "chaos")
        ours = {"DATABASE_URL": url, "BROKER_URL": self.broker.url, "JIXIN_VAR": str(self.scratch)}
        settings = {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "ignore"}
        site = Site(os.environ | ours | settings, self.scratch / "log")
        with ExitStack() as stack:
            stack.callback(site.end)
            broker = stack.enter_context(self.broker.running())
            site.start()
            over = disturb(site, Lost(self.broker, broker, stack), url)
            until = time.monotonic() + GIVE_UP
            while not is_done(url) and time.monotonic() < until:
                site.start()
                time.sleep(0.1)
            seconds = time.monotonic() - over
        with default_database(url):
            wrong = differences(state(), self.engine.expected["undisturbed"])
        return Outcome(seconds, [f"took {seconds:.0f} s"] * (seconds > LIMIT) + wrong)


@dataclass(slots=True)
class Lost:
    """A broker that can be lost with everything in it."""

    broker: Broker
    process: subprocess.Popen[bytes]
    stack: ExitStack

    def waiting(self) -> int:
        """Messages that nobody has taken."""
        client = self.broker.client()
        return int(client.llen("celery"))  # type: ignore[arg-type]

    def lose(self, seconds: float) -> None:
        """Killed, and back after a while, empty."""
        self.process.kill()
        self.process.wait()
        time.sleep(seconds)
        self.process = self.stack.enter_context(self.broker.running())


def is_done(url: str) -> bool:
    """Whether the run is calculated and no job waits."""
    import psycopg

    asked = (
        "SELECT NOT EXISTS (SELECT FROM jobs_job WHERE finished_at IS NULL) "
        "AND NOT EXISTS (SELECT FROM payroll_payrun WHERE status NOT IN ('calculated', 'approved', 'paid'))"
    )
    with psycopg.connect(url) as connection:
        row = connection.execute(asked).fetchone()
    return bool(row and row[0])


def has_begun(url: str) -> bool:
    """Whether somebody works, or has worked."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM jobs_runitem JOIN jobs_job ON jobs_job.id = job_id "
            "WHERE finished_at IS NULL AND state <> 'queued')"
        ).fetchone()
    return bool(row and row[0])


def _when_begun(url: str) -> None:
    until = time.monotonic() + GIVE_UP
    while not has_begun(url) and not is_done(url) and time.monotonic() < until:
        time.sleep(0.02)


def kills(count: int, rng: random.Random) -> Disturb:
    """Kill that many workers or children of theirs, whoever it hits, over some seconds; the dead are started again."""

    def disturb(site: Site, _broker: Lost, url: str) -> float:
        _when_begun(url)
        began, over = time.monotonic(), rng.choice(DISTURBED)
        for moment in sorted(rng.uniform(0, over) for _ in range(count)):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            site.start()
            with suppress(ProcessLookupError):
                os.kill(rng.choice(site.workers()), signal.SIGKILL)
        return time.monotonic()

    return disturb


def loss(rng: random.Random) -> Disturb:
    """Lose the broker with work queued in it."""

    def disturb(_site: Site, broker: Lost, url: str) -> float:
        _when_begun(url)
        until = time.monotonic() + GIVE_UP
        while not broker.waiting() and not is_done(url) and time.monotonic() < until:
            time.sleep(0.01)
        broker.lose(rng.uniform(0.5, 5))
        return time.monotonic()

    return disturb


@contextmanager
def arena() -> Iterator[Arena]:
    """Servers, and the month's undisturbed life. Raises Unavailable."""
    from tests.servers import postgres, valkey

    with (
        tempfile.TemporaryDirectory(dir=memory()) as scratch,
        postgres.server() as server,
        valkey.broker() as broker,
    ):
        home = Path(scratch)
        set_up(home)
        from tests.reliability.company import write_folders
        from tests.servers.databases import migrate

        engine = Engine("postgresql", PostgresDatabases(server), stages(*write_folders(home)), home)
        migrate(engine.kept.empty("migrated"))
        engine.prepare()
        yield Arena(engine, broker, home)


def main() -> None:
    """Disturb, and print the table."""
    parser = argparse.ArgumentParser(description="kill workers and the broker at random")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--losses", type=int, default=LOSSES)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    runs = [min(KILLS_A_RUN, asked.kills - before) for before in range(0, asked.kills, KILLS_A_RUN)]
    wrong: list[str] = []
    with arena() as made:
        print(f"{'harm':<18} {'runs':>5} {'harms':>6} {'median s':>9} {'longest s':>10} {'wrong runs':>11}")
        wrong += _disturbed("kill -9", [(count, kills(count, rng)) for count in runs], made)
        wrong += _disturbed("broker lost", [(1, loss(rng)) for _ in range(asked.losses)], made)
    print("\n".join(wrong))
    sys.exit(bool(wrong))


def _disturbed(harm: str, runs: list[tuple[int, Disturb]], made: Arena) -> list[str]:
    """All runs with one kind of harm, and their line of the table."""
    outcomes = [made.run(disturb) for _count, disturb in runs]
    took = [outcome.seconds for outcome in outcomes] or [0.0]
    wrong = [outcome.wrong for outcome in outcomes if outcome.wrong]
    harms = sum(count for count, _disturb in runs)
    print(
        f"{harm:<18} {len(runs):>5} {harms:>6} {statistics.median(took):>9.1f} {max(took):>10.1f} {len(wrong):>11}",
        flush=True,
    )
    return [f"{harm}: {each[:300]}" for told in wrong for each in told[:5]]


if __name__ == "__main__":
    main()
