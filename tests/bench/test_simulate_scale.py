"""The simulation against months worked out by hand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import simulate_scale
from bench.simulate_scale import Costs, Machine, Phase, month, needs, phase, read_costs

COSTS = Costs(
    people=1000,
    start=1,
    grade_worker=1,
    grade_database=0,
    between=1,
    calculate_worker=3,
    calculate_database=1,
    finish=2,
    stored_bytes=10_000,
    worker_megabytes=180,
)


def worked(people: int, worker_ms: float, database_ms: float, machine: Machine) -> Phase:
    return phase(people, worker_ms, database_ms, machine, random.Random(1))


@pytest.mark.parametrize(
    ("people", "worker_ms", "database_ms", "machine", "seconds"),
    [
        (4000, 1, 0, Machine(1, 1), 4),  # four chunks of a second
        (4000, 1, 0, Machine(2, 1), 2),
        (4000, 1, 0, Machine(8, 1), 1),  # more workers than chunks
        (500, 1, 0, Machine(1, 1), 0.5),
        (4000, 3, 1, Machine(1, 1), 16),  # compute, then store
        (2000, 3, 1, Machine(2, 1), 5),  # both computed at 3; stored at 4 and at 5: one core
        (2000, 3, 1, Machine(2, 2), 4),
        (8000, 0, 1, Machine(8, 2), 4),  # two cores do it all
        (4000, 1, 0, Machine(1, 1, chunk=250), 4),
        (0, 1, 1, Machine(1, 1), 0),
    ],
)
def test_a_phase(people: int, worker_ms: float, database_ms: float, machine: Machine, seconds: float) -> None:
    found = worked(people, worker_ms, database_ms, machine)
    assert found.seconds == pytest.approx(seconds)
    assert found.worker_busy == pytest.approx(people * worker_ms / 1000)
    assert found.database_busy == pytest.approx(people * database_ms / 1000)
    assert found.lost_chunks == 0


def test_a_chunk_of_a_dead_worker_is_done_when_its_lease_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = iter([0.5])  # the first chunk half a second in, then never
    monkeypatch.setattr(simulate_scale, "_until_death", lambda *_: next(deaths, float("inf")))
    found = worked(2000, 1, 0, Machine(1, 1))
    # The worker is back at 5.5 and does the second chunk until 6.5; the first is free from 30, done at 31.
    assert (found.seconds, found.lost_chunks) == (pytest.approx(31), 1)
    assert found.worker_busy == pytest.approx(2.5)


def test_deaths_only_cost_time() -> None:
    calm, deadly = (month(100_000, COSTS, Machine(4, 2, deaths_per_hour=rate)) for rate in (0, 60))
    assert deadly.lost_chunks > 0
    assert deadly.seconds > calm.seconds


def test_a_month() -> None:
    found = month(10_000, COSTS, Machine(2, 4))
    assert found.alone_seconds == pytest.approx(40)  # 4 ms each
    assert found.seconds == pytest.approx(40 + 5 + 20)  # graded in 5 s, calculated and stored by two in 20 s
    assert found.worker_use == pytest.approx((10 + 30) / (25 * 2))
    assert found.database_use == pytest.approx(10 / (25 * 4))


def test_what_is_needed() -> None:
    said = needs(1_000_000, COSTS, [Machine(1, 8), Machine(64, 8)], within_minutes=100)
    assert said == [
        "Within 100 minutes: 64 workers.",
        "Memory of a worker: 180 MB.",
        "The database grows by 10.0 GB a month, 120 GB a year.",
    ]
    assert "not with these" in needs(1_000_000, COSTS, [Machine(1, 8)], within_minutes=1)[0]


def test_the_measured_costs_are_there(tmp_path: Path) -> None:
    costs = read_costs(simulate_scale.COSTS)
    assert costs.people >= 1000
    assert 0 < costs.calculate_worker < 100
    with pytest.raises(SystemExit, match="measure first"):
        read_costs(tmp_path / "none.json")


def test_the_page_for_operators_shows_what_the_measured_costs_come_to() -> None:
    page = (simulate_scale.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    machines = [Machine(workers, 8) for workers in (1, 2, 4, 8, 16, 32, 64)]
    costs = read_costs(simulate_scale.COSTS)
    said = [*simulate_scale.table(1_000_000, costs, machines), *needs(1_000_000, costs, machines, within_minutes=60)]
    assert "\n".join(said) in page
