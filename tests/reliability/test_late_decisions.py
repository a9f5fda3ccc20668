"""What is decided while a run is being approved comes before the approval's look, or is a change of a posted month."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from grading import public as grading
from grading.kernel.errors import DomainError
from payroll.models import LateChange, PayRun
from payroll.services import runs
from tests.reliability import acts
from tests.reliability.kill import Engine
from tests.reliability.workers import workers
from tests.servers.databases import default_database

pytestmark = [pytest.mark.slow]
WAITS = 1.0
"""Seconds that the approval stands still after its look; whoever does not wait for it is done by then."""


def while_approving(
    on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch, decide: Callable[[PayRun], object]
) -> tuple[list[str], Any]:
    """Approve, and decide something after the approval's look: what happened in which order, and what came of it."""
    url = on_postgresql.kept.copy("calculated", "decided")
    looked, order, came = threading.Event(), list[str](), list[Any]()
    look = runs.require_as_calculated

    def slowly(run: PayRun) -> None:
        look(run)
        looked.set()
        threading.Event().wait(WAITS)
        order.append("approved")

    monkeypatch.setattr(runs, "require_as_calculated", slowly)
    with default_database(url), workers():
        run = PayRun.objects.get(status=PayRun.Status.CALCULATED)

        def decided() -> None:
            looked.wait(30)
            try:
                with transaction.atomic():
                    came.append(decide(run))
                    order.append("decided")
            except DomainError as error:
                came.append(error.code)
            finally:
                connection.close()

        other = threading.Thread(target=decided)
        other.start()
        acts.press_approve()
        other.join(60)
        came.append(sorted(LateChange.objects.values_list("agent_id", "cause")))
        connections.close_all()
    return order, came


def test_an_appeal_that_is_upheld_meanwhile_is_a_late_change(
    on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def uphold(run: PayRun) -> int:
        agent_id: int = run.payslips.order_by("agent_id").values_list("agent_id", flat=True)[0]
        grading.facts_changed.send(
            None,
            company_id=run.company_id,
            agent_ids=[agent_id],
            since=run.month.first_day,
            until=run.month.last_day,
            cause="qa_appeal",
        )
        return agent_id

    order, (agent_id, marks) = while_approving(on_postgresql, monkeypatch, uphold)
    assert order == ["approved", "decided"]
    assert (agent_id, "qa_appeal") in marks


def test_a_calibration_waits_and_finds_the_month_published(
    on_postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def calibrate(run: PayRun) -> str:
        cycle = grading.AppraisalCycle.objects.select_for_update().get(company_id=run.company_id, month=run.month)
        return cycle.status

    order, (status, _marks) = while_approving(on_postgresql, monkeypatch, calibrate)
    assert order == ["approved", "decided"]
    assert status == "published"
