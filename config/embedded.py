"""The supervisor of the embedded workers: starts them, restarts them, and leaves none behind.

    with embedded_workers(count=2):
        ...  # tasks published here, or by any process with the same JIXIN_VAR, are worked on

With a broker of the operator's own (BROKER_URL) it starts nothing, because workers and beat are theirs as well. It
holds no knowledge of what the tasks do, and no state of any run: that is in the database.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from celery.beat import Scheduler
from django.conf import settings

from config.celery import app
from config.environment import BASE_DIR, private_directory

LOOK_SECONDS = 0.2  # how often the supervisor looks after its children
STOP_SECONDS = 20.0  # for a running task to finish; then it is killed, and its lease runs out
STEADY_SECONDS = 30.0  # a worker that lived this long has recovered: its back-off starts anew
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.5, 30.0
LOG_BYTES = 5_000_000

Write = Callable[[str], None]


def is_embedded() -> bool:
    """Whether messages go through the embedded broker, so that workers are ours to run."""
    return str(settings.CELERY_BROKER_URL).startswith(settings.EMBEDDED_BROKER)


class Worker:
    """One worker process and its history: a new process each time the last one died."""

    def __init__(self, name: str, write: Write | None) -> None:
        self.name = name
        self.write = write
        self.process: subprocess.Popen[bytes] | None = None
        self.back_off = FIRST_BACK_OFF
        self.started_at = 0.0
        self.start_at = 0.0

    def start(self) -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
            "JIXIN_VAR": str(settings.JIXIN_VAR),
            "CELERY_SKIP_CHECKS": "1",  # the parent has run them; again would cost every worker its first second
            "PYTHONUNBUFFERED": "1",
        }
        output = None if self.write else self._log_file()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.embedded_worker", str(os.getpid()), self.name],
                cwd=BASE_DIR,
                env=environment,
                stdin=subprocess.PIPE,  # held open by us: its end tells the worker to finish
                stdout=output or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which then ends the workers in order
            )
        finally:
            if output:
                output.close()
        self.started_at = time.monotonic()
        if self.write:
            threading.Thread(target=self._forward, args=(self.process, self.write), daemon=True).start()

    def look(self) -> None:
        """Start it if it is not running and its back-off is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
        elif self.process.poll() is not None:
            if now - self.started_at > STEADY_SECONDS:
                self.back_off = FIRST_BACK_OFF
            self._report(f"ended with {self.process.returncode}; starting it again in {self.back_off:g} s")
            self.start_at = now + self.back_off
            self.back_off = min(2 * self.back_off, LONGEST_BACK_OFF)
            self._close()

    def finish(self) -> None:
        """Tell it to go when its current task is done."""
        if self.process and self.process.stdin:
            self.process.stdin.close()

    def end(self, deadline: float) -> None:
        """Wait until it is gone; after the deadline, make it so."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process and self.process.stdin:
            self.process.stdin.close()
        self.process = None

    def _report(self, what: str) -> None:
        if self.write:
            self.write(f"[{self.name}] {what}")
        else:
            with self._log_file() as log:
                log.write(f"{self.name} {what}\n".encode())

    def _forward(self, process: subprocess.Popen[bytes], write: Write) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                write(f"[{self.name}] {line.decode(errors='replace').rstrip()}")

    def _log_file(self) -> IO[bytes]:
        path: Path = private_directory(settings.JIXIN_VAR / "log") / f"{self.name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


class Supervisor(threading.Thread):
    """The thread that starts every worker and outlives them all.

    One thread for all of it, because on Linux "the parent died" means that the thread which forked the child ended.
    It also keeps the beat, so there is exactly one per supervisor, no further process, and no schedule file: all that
    is scheduled is a sweep, for which no past matters. Two supervisors sweep twice as often, which harms nothing.
    """

    def __init__(self, count: int, write: Write | None) -> None:
        super().__init__(name="embedded-workers", daemon=True)
        self.workers = [Worker(f"worker-{number}", write) for number in range(1, count + 1)]
        self.stopping = threading.Event()

    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [worker.process.pid for worker in self.workers if worker.process]

    def run(self) -> None:
        beat = Scheduler(app=app)
        next_beat = 0.0
        try:
            while not self.stopping.wait(LOOK_SECONDS if next_beat else 0):
                for worker in self.workers:
                    worker.look()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + max(beat.tick(), LOOK_SECONDS)
        finally:
            deadline = time.monotonic() + STOP_SECONDS
            for worker in self.workers:
                worker.finish()
            for worker in self.workers:
                worker.end(deadline)

    def stop(self) -> None:
        self.stopping.set()
        self.join()


@contextmanager
def embedded_workers(
    count: int = 2, *, write: Write | None = None, always: bool = False
) -> Iterator[Supervisor | None]:
    """Run `count` workers, and the beat, for as long as the block runs.

    Yields the supervisor, or None when the broker is the operator's own and so are the workers (`always` starts them
    all the same). What workers print goes line by line to `write`, or else to JIXIN_VAR/log. At the end of the block,
    on an error, Ctrl-C or SIGTERM, each finishes its current task; if this process is killed, they die with it.
    """
    if not (is_embedded() or always):
        yield None
        return
    supervisor = Supervisor(count, write)
    with _sigterm_unwinds():
        supervisor.start()
        try:
            yield supervisor
        finally:
            supervisor.stop()


@contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that `finally` blocks run; unless somebody else already handles it."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
