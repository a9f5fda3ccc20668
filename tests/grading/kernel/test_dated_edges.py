"""Dated values that are written down in any order."""

from __future__ import annotations

from datetime import date

import pytest

from grading.kernel.dated import Dated
from grading.kernel.errors import NoRuleInForce

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 5, 1), date(2026, 9, 1)


def test_values_are_kept_oldest_first() -> None:
    dated = Dated.of("tier", [(THIRD, "c"), (FIRST, "a"), (SECOND, "b")])
    assert dated.name == "tier"
    assert dated.values == ((FIRST, "a"), (SECOND, "b"), (THIRD, "c"))
    assert [dated.on(day) for day in (FIRST, SECOND, date(2026, 8, 31), THIRD)] == ["a", "b", "b", "c"]


def test_of_two_values_of_one_day_the_later_written_holds() -> None:
    assert Dated.of("tier", [(FIRST, "a"), (FIRST, "b")]).values == ((FIRST, "b"),)


def test_without_any_value_there_is_no_first_day_to_name() -> None:
    with pytest.raises(NoRuleInForce) as refused:
        Dated.of("tier", []).on(FIRST)
    assert refused.value.values == {"name": "tier", "day": "2026-01-01", "first": "—"}
