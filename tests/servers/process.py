"""One server process: where its program comes from, whom it runs as, and how it ends, whatever ends us."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

START_SECONDS = 30
UNPRIVILEGED = "nobody"
"""Whom servers run as when we are root: PostgreSQL refuses to run as root, and a test needs no such power."""

MEMORY, ENOUGH = "/dev/shm", 4 * 2**30  # noqa: S108  a file system in memory, and bytes

# Reads until our end of its input is closed, which happens even when we are killed; then ends the server.
GUARD = 'read -r _; kill -s QUIT "$1" 2>/dev/null; sleep 1; kill -s KILL "$1" 2>/dev/null; rm -rf "$2"'


class Unavailable(Exception):
    """This machine has no such server, and none could be installed for it; says what to do."""


def wheel_folder(package: str) -> Path | None:
    """Where the wheel of an installed package was unpacked; the package itself is not imported."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]).parent if places else None


def program_on_path(*names: str) -> Path | None:
    """The first of these programs that the operating system has."""
    found = [path for name in names if (path := shutil.which(name))]
    return Path(found[0]) if found else None


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def memory() -> str | None:
    """A folder in memory, for databases that come and go; None where there is too little of it."""
    try:
        return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH else None
    except FileNotFoundError:
        return None


class Home:
    """A new folder for one server, and how to run programs in it as whoever the server runs as."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.as_user: dict[str, Any] = {}
        if os.getuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(path, user.pw_uid, user.pw_gid)

    def reachable(self, folder: Path, *parts: str) -> Path:
        """These parts of a folder where the server's user may run them: when that is another user, in a copy of it.

        Our own folders may be closed to others, and are not opened for a test.
        """
        if not self.as_user:
            return folder
        copy = self.path / "programs"
        for part in parts:
            shutil.copytree(folder / part, copy / part, symlinks=True)
        return copy

    def run(self, *command: str | Path) -> None:
        """A program that ends by itself. Raises RuntimeError with what it said when it fails."""
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.path, check=False, **self.as_user)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout)[-500:]}")

    @contextmanager
    def running(
        self, command: Sequence[str | Path], *, is_ready: Callable[[], bool], end: signal.Signals
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The server itself, from the moment it answers. Raises RuntimeError with the end of its log when it does not.

        It has a session of its own, so that Ctrl-C reaches us alone and we end it in order.
        """
        log = self.path / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=self.path, start_new_session=True, **self.as_user
            )
        try:
            with _guarded(process.pid, self.path):
                until = time.monotonic() + START_SECONDS
                while not is_ready():
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError(f"{Path(command[0]).name} did not start: {log.read_text()[-500:]}")
                    time.sleep(0.05)
                yield process
        finally:
            if process.poll() is None:
                process.send_signal(end)
            process.wait()


@contextmanager
def home(name: str, within: str | None = None) -> Iterator[Home]:
    """A folder for one server, among the temporary ones or within another, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix=f"jixin-{name}-", dir=within))
    try:
        yield Home(path)
    finally:
        shutil.rmtree(path)


@contextmanager
def _guarded(server: int, folder: Path) -> Iterator[None]:
    """If we are killed inside the block, the server is ended and its folder removed all the same."""
    command = ["sh", "-c", GUARD, "guard", str(server), str(folder)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert guard.stdin is not None
    try:
        yield
    finally:
        guard.kill()
        guard.wait()
        guard.stdin.close()
