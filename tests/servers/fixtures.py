"""Fixtures on real servers. One of each for a test session, or for each of its processes, started when first asked for.

A machine that has no such server and cannot be given one runs everything else, and says at the end how much it did not
run. With ``CI`` in the environment those tests fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.servers import postgres, valkey
from tests.servers.databases import copy_sqlite, default_database, migrate
from tests.servers.process import Unavailable

NOT_RUN = "NOT RUN: "
ENGINES = ("sqlite", "postgresql")


def started(stack: ExitStack, context: Any) -> Any:
    """Enter a server's context; where there is none the test fails in CI, and is counted as not run elsewhere."""
    try:
        return stack.enter_context(context)
    except Unavailable as missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing}", pytrace=False)
        pytest.skip(f"{NOT_RUN}{missing}")


def not_run_summary(reporter: pytest.TerminalReporter) -> None:
    """One line that nobody overlooks, for the tests that no server could be had for."""
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", ()) if NOT_RUN in str(report.longrepr)]
    if reasons:
        said = sorted({reason.partition(NOT_RUN)[2].rstrip("')") for reason in reasons})
        reporter.write_line(f"!!! {len(reasons)} tests were NOT RUN: {' '.join(said)}", red=True, bold=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server for this session."""
    with ExitStack() as stack:
        yield started(stack, postgres.server())


@pytest.fixture(scope="session")
def broker() -> Iterator[valkey.Broker]:
    """A Valkey server for this session: where it is and how to start it; it does not run yet."""
    with ExitStack() as stack:
        yield started(stack, valkey.broker())


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server, django_db_blocker: Any) -> str:
    """The name of a migrated PostgreSQL database that nobody is connected to."""
    postgres_server.execute("CREATE DATABASE migrated")
    with django_db_blocker.unblock():
        migrate(postgres_server.url("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """A migrated SQLite file that nobody is connected to."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    with django_db_blocker.unblock():
        migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database of one test's own, that Django does not know of."""
    yield postgres_server.clone(postgres_template, "of_one_test")
    postgres_server.drop("of_one_test")


@pytest.fixture
def postgresql(postgres_url: str, django_db_blocker: Any) -> Iterator[str]:
    """Django's default connection is to a fresh migrated PostgreSQL database; its URL. What is written is committed."""
    with django_db_blocker.unblock(), default_database(postgres_url):
        yield postgres_url


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    """The same with a SQLite file."""
    url = copy_sqlite(sqlite_template, tmp_path / "of_one_test.sqlite3")
    with django_db_blocker.unblock(), default_database(url):
        yield url


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The test runs on a fresh database of each engine in turn; the engine's name. What is written is committed."""
    request.getfixturevalue(request.param)
    return str(request.param)
