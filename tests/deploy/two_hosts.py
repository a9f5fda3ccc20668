"""A host: a working copy of the product with a disk of its own, that shares a database and a broker with others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("config", "grading", "payroll", "manage.py")
STOP_SECONDS = 60


class Host:
    """Two hosts know the same database, broker and secret key, and nothing of each other's disk."""

    def __init__(self, home: Path, database_url: str, broker_url: str) -> None:
        self.home, self.away_at = home, home.with_name(f"{home.name}-is-away")
        home.mkdir(mode=0o700)
        for name in COPIED:
            source, target = ROOT / name, home / "product" / name
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = inherited | {
            "DATABASE_URL": database_url,
            "BROKER_URL": broker_url,
            "SECRET_KEY": "shared-by-both-hosts-" + "0123456789" * 4,
            "JIXIN_VAR": str(home / "var"),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ALLOWED_HOSTS": "localhost,testserver",
        }

    @contextmanager
    def away(self) -> Iterator[None]:
        """The host's disk is nowhere on this machine: nobody can read a file of it."""
        self.home.rename(self.away_at)
        try:
            yield
        finally:
            self.away_at.rename(self.home)

    def manage(self, *arguments: str) -> str:
        """A management command; what it said."""
        return self._run("manage.py", *arguments)

    def python(self, program: str) -> str:
        """A program with Django set up; what it printed."""
        return self._run("-c", f"import django; django.setup()\n{program}", DJANGO_SETTINGS_MODULE="config.settings")

    @contextmanager
    def worker(self) -> Iterator[Path]:
        """A real Celery worker of this host for as long as the block runs; where its log is."""
        log = self.home / "worker.log"
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=solo", "--concurrency=1"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.home / "product", env=self.environment, stdout=output, stderr=output
            )
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.home / "product",
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()


def wait_until(is_so: object, seconds: float, log: Path) -> None:
    """Wait for something that another process does. Fails with the end of its log."""
    assert callable(is_so)
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, log.read_text(errors="replace")[-3000:]
        time.sleep(0.2)
