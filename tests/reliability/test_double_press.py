"""Many press at once, fewer times than ``make double-press`` lets them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from grading import public as grading
from tests.reliability.double_press import Presses, buttons
from tests.reliability.kill import Engine

pytestmark = [pytest.mark.slow]


@pytest.mark.parametrize("callers", [2, 8])
@pytest.mark.parametrize("name", ["run", "approve", "publish", "import", "upload", "export"])
def test_one_gets_it_and_the_others_the_same_or_a_conflict(
    name: str, callers: int, on_postgresql: Engine, folders: tuple[Path, Path]
) -> None:
    _got, wrong = Presses(on_postgresql, buttons(*folders)[name]).trial(callers)
    assert wrong == []


def test_thirty_two_start_a_run(on_postgresql: Engine, folders: tuple[Path, Path]) -> None:
    got, wrong = Presses(on_postgresql, buttons(*folders)["run"]).trial(32)
    assert wrong == []
    assert got.total() == 32


def test_an_upload_that_does_not_wait_for_the_other_is_found(
    on_postgresql: Engine, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that may repeat have no key that the database could refuse: both would add them."""
    together = threading.Barrier(8)

    def unlocked(_document: object, company: grading.Company) -> tuple[grading.Company, grading.Change]:
        if threading.current_thread() is not threading.main_thread():
            together.wait(10)
        return company, grading.Change("company.yaml", 0, 0, 0, 1)

    presses = Presses(on_postgresql, buttons(*folders)["upload"])
    presses.once()
    monkeypatch.setattr(grading, "company_save", unlocked)
    monkeypatch.setattr(type(grading.Company.objects), "select_for_update", lambda rows, **_how: rows.all())

    _got, wrong = presses.trial(8)

    assert any("SalesEntry: too much" in each for each in wrong)
