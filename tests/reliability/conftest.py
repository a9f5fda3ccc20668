"""The month's undisturbed life on either engine, made once for all that disturb it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.company import write_folders
from tests.reliability.kill import Engine, PostgresDatabases, SqliteFiles, stages
from tests.servers.databases import copy_sqlite
from tests.servers.postgres import Server
from tests.servers.process import memory


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The company's folder, and the one with what is told late."""
    return write_folders(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Where the states of SQLite are kept, in memory if there is enough."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def on_sqlite(folders: tuple[Path, Path], sqlite_template: Path, scratch: Path, django_db_blocker: Any) -> Engine:
    """The month on SQLite."""
    copy_sqlite(sqlite_template, scratch / "migrated.sqlite3")
    return _prepared(Engine("sqlite", SqliteFiles(scratch), stages(*folders), scratch), django_db_blocker)


@pytest.fixture(scope="session")
def on_postgresql(
    folders: tuple[Path, Path],
    postgres_server: Server,
    postgres_template: str,
    scratch: Path,
    django_db_blocker: Any,
) -> Engine:
    """The month on PostgreSQL, where the template is the state it begins with."""
    assert postgres_template == "migrated"
    kept = PostgresDatabases(postgres_server)
    return _prepared(Engine("postgresql", kept, stages(*folders), scratch), django_db_blocker)


def _prepared(engine: Engine, django_db_blocker: Any) -> Engine:
    with django_db_blocker.unblock():
        engine.prepare()
    return engine


@pytest.fixture(autouse=True)
def _may_use_databases(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield
