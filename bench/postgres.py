"""A PostgreSQL server for one measurement: a fresh directory, a free port of this machine, the server's own settings.

The binaries are those of the operating system (``initdb`` and ``postgres`` on the path). PostgreSQL refuses to run as
root; a benchmark that does runs the server as ``nobody``.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 30
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. ``pid`` is that of the postmaster, whose children do all the work."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What the server has used so far, background processes and ended connections included.

        Linux counts a process's ended children, once waited for, in the parent (``cutime``, ``cstime``): with the
        postmaster's own figures and those of the children that live, nothing is left out and nothing counted twice.
        Counted in hundredths of a second, as ``/proc`` has it.
        """
        user, system, ended_user, ended_system = _times(self.pid)
        living = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ticks = user + system + ended_user + ended_system + sum(sum(_times(int(child))[:2]) for child in living)
        return ticks / TICKS


def _times(pid: int) -> tuple[int, int, int, int]:
    """User and system time of a process and of its ended children; zeros when it ended meanwhile."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0, 0, 0, 0
    user, system, ended_user, ended_system = (int(field) for field in after_name[11:15])
    return user, system, ended_user, ended_system


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and end it and remove its data afterwards. Raises SystemExit when there is none to start."""
    for name in ("initdb", "postgres"):
        if shutil.which(name) is None:
            raise SystemExit(f"{name} is not on the path: install PostgreSQL, or run without --postgres")
    as_user: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    home = Path(tempfile.mkdtemp(prefix="jixin-bench-"))
    try:
        if as_user:
            shutil.chown(home, as_user["user"])
        data, log = home / "data", home / "log"
        initdb = ["initdb", "--pgdata", str(data), "--auth", "trust", "--username", "jixin", "--encoding", "UTF8"]
        subprocess.run([*initdb, "--locale", "C.UTF-8"], check=True, capture_output=True, cwd=home, **as_user)  # noqa: S603
        port = _free_port()
        command = ["postgres", "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(home)]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=home, **as_user)  # noqa: S603
        try:
            _wait_for(port, process, log)
            yield Server(f"postgresql://jixin@127.0.0.1:{port}/postgres", process.pid)
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: connections are cut
            process.wait()
    finally:
        shutil.rmtree(home)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="jixin", dbname="postgres", connect_timeout=1).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit(f"PostgreSQL did not start: {log.read_text()[-500:]}")
