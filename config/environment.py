"""Reading the environment: paths, the secret key, the database. Plain functions, so that each can be tested.

Imports no settings: the settings are made from these.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

# Applied to every new SQLite connection. WAL lets people read while a run writes; FULL means that a committed
# payslip survives a power cut; Django itself turns foreign keys on, and here it is said again so that it is seen.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"
SQLITE_BUSY_SECONDS = 20  # longer than any write transaction; shorter than a person's patience


def path_of(value: str, *, default: Path) -> Path:
    """A directory from the environment; a relative one starts at the project, so every process means the same."""
    return (BASE_DIR / value).resolve() if value else default


def private_directory(path: Path) -> Path:
    """Make the directory, readable by its owner only: pay data, keys and logs go there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(path: Path) -> str:
    """The key kept at `path`, made on first use.

    Many processes may start at once. Each writes a complete key to a file of its own and tries to link it to `path`,
    which only one can; nobody ever reads a half-written key, and everybody ends up with the same one.
    """
    if not path.exists():
        private_directory(path.parent)
        candidate = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        descriptor = os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
                file.flush()
                os.fsync(file.fileno())
            os.link(candidate, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            candidate.unlink()
    return path.read_text().strip()


def database(url: str) -> dict[str, Any]:
    """Django's database settings for a URL: `sqlite:////absolute/path`, `sqlite:///relative`, `postgresql://…`."""
    settings: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options: dict[str, Any] = settings.setdefault("OPTIONS", {})
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        if settings["NAME"] != ":memory:":
            settings["NAME"] = str(BASE_DIR / settings["NAME"])
        # A transaction takes the write lock when it begins. Deferred ones read first and fail with "database is
        # locked" when they come to write, without waiting, if anybody wrote in between.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", SQLITE_BUSY_SECONDS)
        options.setdefault("init_command", SQLITE_PRAGMAS)
    else:
        settings["HOST"] = unquote(settings["HOST"])  # a socket's folder: postgresql://%2Fvar%2Frun%2Fpostgresql/name
        settings["CONN_MAX_AGE"] = 60  # seconds; a new connection per request costs more than most requests
        settings["CONN_HEALTH_CHECKS"] = True  # the server may have been restarted in between
    return settings
