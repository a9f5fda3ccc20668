"""Ladders on the very days on which something starts, and with tiers that are decided but not yet held."""

from __future__ import annotations

from datetime import date

import pytest

from grading.domain.ladder import Ladder, TenureFrom, Tier, eligibility
from grading.domain.ladder_document import ladder_from
from grading.kernel.dated import Dated
from grading.kernel.document import BrokenDocument

HIRED = date(2024, 1, 15)


def ladder(middle: Tier) -> Ladder:
    return Ladder("short", (Tier("low", "初级", "Low"), middle, Tier("high", "高级", "High")))


def test_a_tier_is_held_from_its_very_first_day() -> None:
    found = eligibility(ladder(Tier("middle", "中级", "Middle")), Dated.of("tier", [(HIRED, "low")]), HIRED, HIRED)
    assert found is not None
    assert found.tier.tier == "middle"


@pytest.mark.parametrize("reckoned", [TenureFrom.IN, TenureFrom.SINCE])
def test_a_tier_that_starts_later_does_not_count_yet(reckoned: TenureFrom) -> None:
    middle = Tier("middle", "中级", "Middle", 3, reckoned, "low", "low")
    tiers = Dated.of("tier", [(HIRED, "low"), (date(2024, 9, 1), "middle")])
    found = eligibility(ladder(middle), tiers, HIRED, date(2024, 4, 15))
    assert found is not None
    assert (found.tier.tier, found.eligible_on, found.tenure_months, found.lacks) == (
        "middle",
        date(2024, 4, 15),
        3,
        (),
    )


def test_a_tier_decided_for_later_gives_no_start() -> None:
    middle = Tier("middle", "中级", "Middle", 0, TenureFrom.SINCE, "high", None)
    tiers = Dated.of("tier", [(HIRED, "low"), (date(2024, 9, 1), "high")])
    found = eligibility(ladder(middle), tiers, HIRED, date(2024, 4, 15))
    assert found is not None
    assert (found.eligible_on, found.tenure_months) == (None, 0)


@pytest.mark.parametrize(
    ("tiers", "problem"),
    [
        (
            [{"tier": "P4", "previous": "P5"}, {"tier": "P5"}],
            "tiers.0.previous: is not a lower tier of this ladder, found P5, expected nothing: this is the lowest tier",
        ),
        (
            [{"tier": "P4"}, {"tier": "P5"}, {"tier": "P6", "tenure": "in:P7"}],
            "tiers.2.tenure: is not a lower tier of this ladder, found in:P7, expected one of P4, P5",
        ),
    ],
)
def test_a_tier_that_refers_upwards_is_told_in_one_sentence(tiers: list[dict[str, str]], problem: str) -> None:
    with pytest.raises(BrokenDocument) as raised:
        ladder_from({"ladder": "short", "tiers": tiers})
    assert [str(each) for each in raised.value.problems] == [problem]
    assert raised.value.values["document"] == "ladder"


def test_references_are_not_judged_while_a_tier_cannot_be_read() -> None:
    tiers = [{"tier": "P 4"}, {"tier": "P5", "previous": "P4"}]
    with pytest.raises(BrokenDocument) as raised:
        ladder_from({"ladder": "short", "tiers": tiers})
    assert [problem.path for problem in raised.value.problems] == ["tiers.0.tier"]
