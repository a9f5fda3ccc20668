"""A process dies at some of the points that ``make kill`` goes through one by one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from payroll import tasks
from payroll.services import runs
from tests.reliability.death import Statements
from tests.reliability.kill import Engine, Point, acted
from tests.servers.fixtures import ENGINES

pytestmark = [pytest.mark.slow, pytest.mark.processes]

OPERATIONS = ("import", "grade", "calculate", "approve", "publish", "correct", "workers alone")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", ENGINES)
def test_whoever_dies_anywhere_leaves_nothing_wrong(name: str, operation: str, request: Any) -> None:
    engine: Engine = request.getfixturevalue(f"on_{name}")
    for point in engine.points(operation, 1, random.Random(f"{name}/{operation}")):
        assert engine.wrong(point) == ""


def test_commits_savepoints_and_copies_are_statements_too(on_postgresql: Engine, on_sqlite: Engine) -> None:
    kinds = {statement.split()[0].split('"')[0] for statement in on_postgresql.statements["calculated"]}
    assert {"SELECT", "INSERT", "UPDATE", "COPY", "SAVEPOINT", "RELEASE", "_commit"} <= kinds
    kinds = {statement.split()[0].split('"')[0] for statement in on_sqlite.statements["calculated"]}
    assert {"SELECT", "INSERT", "UPDATE", "BEGIN", "SAVEPOINT", "RELEASE", "_commit"} <= kinds


def test_a_product_that_commits_in_the_wrong_order_is_found(on_sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run marked graded in one transaction and enqueued in the next waits for ever, if it is cut between them."""

    def graded(cycle_job_id: int) -> None:
        for run in runs.runs_graded(cycle_job_id):
            tasks.publish(runs.run_calculate(run.pk).job_id)
            runs.promotions_propose(run)

    monkeypatch.setattr(tasks.graded, "run", graded)
    stage = on_sqlite.stages["worked"]
    said, _state = acted(on_sqlite.kept.copy(stage.start, "broken"), stage.act, Statements())
    marked = next(at for at, each in enumerate(said) if each.startswith('UPDATE "payroll_payrun"'))
    cut = said.index("_commit", marked) + 1

    assert "missing: " in on_sqlite.wrong(Point("worked", cut, after=True))
