"""A PostgreSQL server for one measurement, with the settings of ``deploy/``, and what it has used of the CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.servers import postgres
from tests.servers.process import Unavailable

COMPOSE = Path(__file__).resolve().parent.parent / "deploy" / "compose.yaml"
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


def deployed() -> dict[str, str]:
    """The settings that ``deploy/compose.yaml`` starts its server with."""
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    words = compose["services"]["database"]["command"][1:]
    return dict(word.split("=") for word in words if word != "-c")


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and end it and remove its data afterwards. Raises SystemExit when there is none to start."""
    try:
        with postgres.server(settings=deployed()) as started:
            yield Server(started.url(), started.pid)
    except Unavailable as missing:
        raise SystemExit(f"{missing} Or run without --postgres.") from missing
