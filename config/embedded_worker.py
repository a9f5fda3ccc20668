"""One embedded worker: a Celery worker process that cannot outlive the process which started it.

Started by config/embedded.py as `python -m config.embedded_worker PARENT_PID NAME`, never by hand: an operator with a
broker of their own runs `celery -A config worker`.

Two ties, because each has a gap. The kernel kills us when the parent dies, even if we are stuck (Linux only). And our
standard input is a pipe that only the parent holds open: its end says "finish and go" on every system, whether the
parent closed it or is gone.
"""

import ctypes
import os
import signal
import sys
import threading
import time
import warnings

PR_SET_PDEATHSIG = 1
STARTED_WITHOUT_PARENT = 3


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when the parent dies, and check that it had not died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.name == "posix" and os.getppid() != parent:
        raise SystemExit(STARTED_WITHOUT_PARENT)


def finish_with(parent: int, pipe: int) -> None:
    """Wait for the end of the pipe; then let the running task finish, if the parent is there to wait for it.

    Leaves by `os._exit`: Celery's own warm shutdown looks up only every two seconds. What it would have put back is
    published again by the sweeper.
    """
    from celery.worker import state

    while os.read(pipe, 1024):
        pass
    while state.active_requests and (os.name != "posix" or os.getppid() == parent):
        time.sleep(0.02)
    os._exit(0)


def main(parent: int, name: str) -> None:
    die_with(parent)
    threading.Thread(target=finish_with, args=(parent, sys.stdin.fileno()), daemon=True).start()

    from celery.exceptions import SecurityWarning

    from config.celery import app

    # "Running as root": whoever started the parent has chosen that, and messages are JSON, never code.
    warnings.simplefilter("ignore", SecurityWarning)
    # solo: one task at a time in this very process, so there are no grandchildren to lose. No events, gossip, mingle
    # or heartbeat: they are talk among workers, which these have no use for.
    app.conf.worker_enable_remote_control = False
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=solo",
            "--concurrency=1",
            f"--hostname={name}-{os.getpid()}@%h",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel=INFO",
        ]
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
