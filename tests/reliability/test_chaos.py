"""Real workers and a real broker under fire, once; ``make chaos`` does it a hundred times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.reliability.chaos import Arena, Lost, Site, kills, loss
from tests.reliability.kill import Engine
from tests.servers.valkey import Broker

pytestmark = [pytest.mark.slow, pytest.mark.processes]


def test_a_month_ends_by_itself_after_workers_were_killed_and_the_broker_was_lost(
    on_postgresql: Engine, broker: Broker, tmp_path: Path
) -> None:
    rng = random.Random(1)

    def both(site: Site, lost: Lost, url: str) -> float:
        kills(3, rng)(site, lost, url)
        return loss(rng)(site, lost, url)

    outcome = Arena(on_postgresql, broker, tmp_path).run(both)

    assert outcome.wrong == []
