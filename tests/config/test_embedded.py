"""The embedded workers against their supervisor's death, and against their own. Real processes, real signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.environment import BASE_DIR

# Without POSIX signals there is nothing to send; there the workers are tied to their parent by a pipe alone.
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL and SIGINT, which this system lacks")
pytestmark = [pytest.mark.processes, POSIX_ONLY]

# Runs the supervisor, and says which workers there are each time that changes.
PARENT = """
import signal, time, django
# A shell that runs the tests in the background has Ctrl-C ignored, and children inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)
django.setup()
from config.embedded import embedded_workers
with embedded_workers(count={count}) as supervisor:
    last = None
    while True:
        pids = supervisor.pids()
        if pids != last:
            print(*pids, flush=True)
            last = pids
        time.sleep(0.05)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a zombie that its new parent has not collected yet is dead enough
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


class Parent:
    """A process that supervises embedded workers, in a JIXIN_VAR of its own."""

    def __init__(self, var: Path, count: int) -> None:
        self.var = var
        self.count = count
        environment = {k: v for k, v in os.environ.items() if k not in {"BROKER_URL", "DATABASE_URL"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT.format(count=count)],
            cwd=BASE_DIR,
            env=environment | {"JIXIN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings", "BROKER_URL": ""},
            stdout=subprocess.PIPE,
            text=True,
        )

    def pids(self) -> list[int]:
        """The next full set of workers."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if len(pids := line.split()) == self.count:
                return [int(pid) for pid in pids]
        raise AssertionError("the supervising process ended")

    def wait_ready(self) -> None:
        logs = [self.var / "log" / f"worker-{number}.log" for number in range(1, self.count + 1)]
        wait_until(lambda: all(log.exists() and "ready." in log.read_text() for log in logs), 30, "workers ready")


@pytest.fixture
def start_parent(tmp_path: Path) -> Iterator[Callable[[int], Parent]]:
    started: list[Parent] = []

    def start(count: int) -> Parent:
        started.append(Parent(tmp_path, count))
        return started[-1]

    yield start
    for parent in started:
        parent.process.kill()
        parent.process.wait()
        assert parent.process.stdout is not None
        parent.process.stdout.close()


def test_no_worker_outlives_a_killed_parent(start_parent: Callable[[int], Parent]) -> None:
    parent = start_parent(2)
    pids = parent.pids()
    parent.wait_ready()

    parent.process.kill()

    wait_until(lambda: not any(map(is_alive, pids)), 5, "workers gone after kill -9 of the parent")


def test_no_worker_outlives_a_parent_killed_while_they_start(start_parent: Callable[[int], Parent]) -> None:
    parent = start_parent(1)
    pids = parent.pids()

    parent.process.kill()  # the worker has not tied itself to its parent yet

    wait_until(lambda: not any(map(is_alive, pids)), 15, "workers gone after kill -9 of the parent")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_parent_and_workers_in_order(
    start_parent: Callable[[int], Parent], number: signal.Signals
) -> None:
    parent = start_parent(1)
    pids = parent.pids()
    parent.wait_ready()

    parent.process.send_signal(number)

    assert parent.process.wait(timeout=10) != 0
    assert not any(map(is_alive, pids))


def test_a_killed_worker_is_started_again(start_parent: Callable[[int], Parent]) -> None:
    parent = start_parent(1)
    [first] = parent.pids()

    os.kill(first, signal.SIGKILL)

    [second] = parent.pids()
    assert second != first
    assert is_alive(second)
    parent.wait_ready()
