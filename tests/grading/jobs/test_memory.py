"""The collector rests while a chunk is worked, because a chunk leaves it nothing to find."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from grading.jobs.memory import uncollected


@pytest.fixture
def _collector_as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


@pytest.mark.usefixtures("_collector_as_it_was")
@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_afterwards_what_it_was_before(was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is was_on


@pytest.mark.usefixtures("_collector_as_it_was")
def test_a_failure_does_not_leave_it_off() -> None:
    gc.enable()
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()
