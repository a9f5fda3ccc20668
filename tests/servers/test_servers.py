"""The servers that other tests stand on: they answer, they are nobody, and nothing of them outlives us."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.servers import postgres, valkey

# Starts both servers, says where they are, and waits to be killed.
HOLDER = """
import os, time
from tests.servers import postgres, valkey
with postgres.server() as database, valkey.broker() as broker, broker.running() as running:
    folders = [os.readlink(f"/proc/{pid}/cwd") for pid in (database.pid, running.pid)]
    print(database.pid, running.pid, *folders, flush=True)
    time.sleep(60)
"""


def test_django_works_on_either_engine(engine: str) -> None:
    assert connection.vendor == engine
    assert User.objects.filter(username="jixin-preparer").exists()
    User.objects.create(username="written")


def test_each_test_has_a_database_of_its_own(engine: str) -> None:
    assert not User.objects.filter(username="written").exists()


def test_a_database_is_cloned_over_another_even_while_somebody_is_connected(
    postgres_server: postgres.Server, postgres_template: str
) -> None:
    with psycopg.connect(postgres_server.clone(postgres_template, "twice")):
        postgres_server.clone(postgres_template, "twice")
    postgres_server.drop("twice")


def test_the_broker_comes_back_empty_after_it_was_killed(broker: valkey.Broker) -> None:
    assert not broker.answers()
    with broker.running() as running:
        broker.client().set("key", "value")
        running.kill()
        running.wait()
    with broker.running():
        assert broker.client().get("key") is None


def test_servers_never_run_as_root(postgres_server: postgres.Server) -> None:
    assert Path(f"/proc/{postgres_server.pid}").stat().st_uid != 0


@pytest.mark.processes
def test_nothing_is_left_when_whoever_started_them_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        *pids, one, other = holder.stdout.readline().split()
        holder.kill()
    left = [Path("/proc", pid) for pid in pids] + [Path(one), Path(other)]
    until = time.monotonic() + 10
    while any(path.exists() for path in left):
        assert time.monotonic() < until, f"still there: {left}"
        time.sleep(0.1)
