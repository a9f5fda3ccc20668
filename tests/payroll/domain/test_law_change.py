"""From which day on two versions of a document of the law say something else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from payroll.domain.law_change import differs_from

OLD = {"from": "2025-01-01", "to": "2025-12-31", "monthly": "2000.00", "source": "notice 1"}
NEW = {"from": "2026-01-01", "monthly": "2100.00", "source": "notice 2"}


def city(*rows: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"city": "here", "parameters": {"minimum_wage": list(rows)}, **others}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(city(OLD, NEW), city(OLD, NEW), None, id="the same"),
        pytest.param(city(OLD, NEW), city(NEW, OLD), None, id="in another order"),
        pytest.param(city(OLD), city(OLD, NEW), "2026-01-01", id="a row more"),
        pytest.param(city(OLD, NEW), city(NEW), "2025-01-01", id="a row less"),
        pytest.param(city(OLD, NEW), city(OLD, NEW | {"monthly": "2150.00"}), "2026-01-01", id="another amount"),
        pytest.param(city(OLD, NEW), city(OLD | {"monthly": "1.00"}, NEW | {"monthly": "2.00"}), "2025-01-01",
                     id="two other amounts: the earlier day"),
        pytest.param(city(OLD), city(OLD | {"to": "2025-06-30"}), "2025-07-01", id="it ends earlier"),
        pytest.param(city(OLD | {"to": "2025-06-30"}), city(OLD), "2025-07-01", id="it ends later"),
        pytest.param(city(NEW), city(NEW | {"to": "2026-08-31"}), "2026-09-01", id="it ends at all"),
        pytest.param(city(NEW | {"to": "2026-08-31"}), city(NEW), "2026-09-01", id="it does not end any more"),
        pytest.param(city(OLD), city(OLD | {"to": "2025-06-30", "monthly": "1.00"}), "2025-01-01",
                     id="it ends earlier and says something else"),
        pytest.param(city(NEW), city(NEW | {"is_net": True}), "2026-01-01", id="a key more"),
        pytest.param(city(OLD), city(), "2025-01-01", id="no row any more"),
        pytest.param({"city": "here", "parameters": {}}, city(NEW), "2026-01-01", id="a parameter more"),
        pytest.param(city(NEW), {"city": "here", "parameters": {}}, "2026-01-01", id="a parameter less"),
        pytest.param(city(NEW, rounding="fen"), city(NEW, rounding="yuan"), "0001-01-01", id="what has no days"),
        pytest.param(city(NEW, rounding="fen"), city(NEW | {"monthly": "1.00"}, rounding="yuan"), "0001-01-01",
                     id="what has no days, and a row"),
        pytest.param({"days": ["2026-01-01"]}, {"days": ["2026-01-02"]}, "0001-01-01", id="a list without rows"),
        pytest.param(None, None, None, id="neither is there"),
        pytest.param({}, city(OLD), "0001-01-01", id="there was nothing"),
    ],
)  # fmt: skip
def test_the_first_day(before: Any, after: Any, expected: str | None) -> None:
    assert differs_from(before, after) == (None if expected is None else date.fromisoformat(expected))
    assert differs_from(after, before) == differs_from(before, after)


@pytest.mark.parametrize(
    "key",
    ["source", "note", "note_zh", "published", "checked_on", "verified", "name_zh", "name_en", "aliases"],
)
def test_what_is_only_for_people_changes_nothing(key: str) -> None:
    assert differs_from(city(OLD, NEW), city(OLD, NEW | {key: "other"})) is None
    assert differs_from(city(OLD, NEW), city(OLD, NEW, **{key: "other"})) is None
    assert differs_from({"rows": [[{key: "one", "value": 1}]]}, {"rows": [[{key: "two", "value": 1}]]}) is None
    after = city(OLD, NEW | {key: "other", "monthly": "2150.00"}, **{key: "other"})
    assert differs_from(city(OLD, NEW), after) == date(2026, 1, 1)
