"""Eligibility for the next tier and its evidence (A-04, A-48, A-49; formats §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest

from grading.domain.ladder import Eligibility, Lack, Ladder, TenureFrom, Tier, UnknownTier, eligibility
from grading.kernel.dated import Dated
from grading.kernel.period import MonthEnd

JUNIOR = Tier("junior", "初级客服", "Junior")
INTERMEDIATE = Tier("intermediate", "中级客服", "Intermediate", 3, previous="junior")
SENIOR = Tier("senior", "高级客服", "Senior", 12, previous="intermediate")
EXPERT = Tier("expert", "资深客服", "Expert", 24, previous="senior")
SEED = Ladder("customer_service", (JUNIOR, INTERMEDIATE, SENIOR, EXPERT))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _tiers(held: Mapping[str, str]) -> Dated[str]:
    return Dated.of("tier", [(_day(since), tier) for since, tier in held.items()])


def _ask(ladder: Ladder, held: Mapping[str, str], hire: str, day: str, scores: tuple[str, ...] = ()) -> Eligibility:
    found = eligibility(ladder, _tiers(held), _day(hire), _day(day), [Fraction(each) for each in scores])
    assert found is not None
    return found


def _with(ladder: Ladder, senior: Tier) -> Ladder:
    return Ladder(ladder.code, (JUNIOR, INTERMEDIATE, senior, EXPERT))


@pytest.mark.parametrize(
    ("hire", "day", "rule", "eligible_on", "months", "lacks"),
    [
        pytest.param("2024-01-15", "2024-04-14", "clamp", "2024-04-15", 2, (Lack.TENURE,), id="a day early"),
        pytest.param("2024-01-15", "2024-04-15", "clamp", "2024-04-15", 3, (), id="on the anniversary (A-48)"),
        pytest.param("2024-01-15", "2024-04-15", "strict", "2024-04-16", 2, (Lack.TENURE,), id="strict: not yet"),
        pytest.param("2024-01-15", "2024-04-16", "strict", "2024-04-16", 3, (), id="strict: the next day"),
        pytest.param("2024-01-31", "2024-04-30", "clamp", "2024-04-30", 3, (), id="clamp to the month's end"),
        pytest.param("2024-01-31", "2024-04-30", "overflow", "2024-05-01", 2, (Lack.TENURE,), id="overflow: not yet"),
        pytest.param("2024-01-31", "2024-05-01", "overflow", "2024-05-01", 3, (), id="overflow: the next first"),
    ],
)
def test_junior_to_intermediate_after_three_months_from_hire(
    hire: str, day: str, rule: str, eligible_on: str, months: int, lacks: tuple[Lack, ...]
) -> None:
    """Probation counts (A-49): the tenure is reckoned from the hire date."""
    ladder = Ladder("customer_service", SEED.tiers, month_end=MonthEnd(rule))
    found = _ask(ladder, {hire: "junior"}, hire, day)
    assert found.tier is INTERMEDIATE
    assert (found.eligible_on, found.tenure_months, found.lacks) == (_day(eligible_on), months, lacks)
    assert found.is_eligible is (not lacks)


def test_senior_after_a_year_of_total_tenure_not_a_year_as_intermediate() -> None:
    """A-04: hired 2024-01-15, intermediate since 04-15, senior from 2025-01-15."""
    held = {"2024-01-15": "junior", "2024-04-15": "intermediate"}
    assert _ask(SEED, held, "2024-01-15", "2025-01-14").lacks == (Lack.TENURE,)
    found = _ask(SEED, held, "2024-01-15", "2025-01-15")
    assert (found.tier, found.tenure_months, found.is_eligible) == (SENIOR, 12, True)


@pytest.mark.parametrize(
    ("tenure_from", "tenure_tier", "eligible_on", "months"),
    [
        pytest.param(TenureFrom.TOTAL, None, "2025-01-15", 11, id="total: from the hire date"),
        pytest.param(TenureFrom.SINCE, "junior", "2025-02-15", 10, id="since:junior"),
        pytest.param(TenureFrom.SINCE, "intermediate", "2025-06-01", 7, id="since:intermediate"),
        pytest.param(TenureFrom.IN, "intermediate", "2025-06-01", 7, id="in:intermediate"),
    ],
)
def test_tenure_readings(tenure_from: TenureFrom, tenure_tier: str | None, eligible_on: str, months: int) -> None:
    """Hired 2024-01-15, junior from 02-15, intermediate from 06-01; asked on 2025-01-10."""
    senior = Tier("senior", "", "", 12, tenure_from, tenure_tier, "intermediate")
    held = {"2024-02-15": "junior", "2024-06-01": "intermediate"}
    found = _ask(_with(SEED, senior), held, "2024-01-15", "2025-01-10")
    assert (found.eligible_on, found.tenure_months, found.lacks) == (_day(eligible_on), months, (Lack.TENURE,))


BACK_AND_FORTH = {
    "2024-01-01": "junior",
    "2024-04-01": "intermediate",
    "2024-07-01": "junior",
    "2024-10-01": "intermediate",
}


@pytest.mark.parametrize(
    ("tenure_from", "eligible_on"),
    [
        pytest.param(TenureFrom.SINCE, "2025-04-01", id="since: the first day ever on the tier"),
        pytest.param(TenureFrom.IN, "2025-10-01", id="in: the present unbroken time"),
    ],
)
def test_since_and_in_differ_after_a_demotion(tenure_from: TenureFrom, eligible_on: str) -> None:
    senior = Tier("senior", "", "", 12, tenure_from, "intermediate", "intermediate")
    assert _ask(_with(SEED, senior), BACK_AND_FORTH, "2024-01-01", "2025-01-01").eligible_on == _day(eligible_on)


def test_in_a_tier_confirmed_again_is_unbroken() -> None:
    senior = Tier("senior", "", "", 12, TenureFrom.IN, "intermediate", "intermediate")
    held = {"2024-01-01": "junior", "2024-04-01": "intermediate", "2024-08-01": "intermediate"}
    assert _ask(_with(SEED, senior), held, "2024-01-01", "2025-04-01").eligible_on == date(2025, 4, 1)


@pytest.mark.parametrize("tenure_from", [TenureFrom.SINCE, TenureFrom.IN])
def test_a_tier_never_held_has_no_start(tenure_from: TenureFrom) -> None:
    senior = Tier("senior", "", "", 12, tenure_from, "junior", "intermediate")
    found = _ask(_with(SEED, senior), {"2020-01-01": "intermediate"}, "2020-01-01", "2025-01-01")
    assert (found.eligible_on, found.tenure_months, found.lacks) == (None, 0, (Lack.TIER_START,))


def test_a_later_tier_change_is_not_evidence_yet() -> None:
    held = {"2024-01-15": "junior", "2024-08-01": "intermediate"}
    found = _ask(SEED, held, "2024-01-15", "2024-07-31")
    assert found.tier is INTERMEDIATE
    assert found.is_eligible


def test_the_previous_tier_is_required() -> None:
    """From no tier at all the first rung is next; a rung that demands another one says so."""
    demanding = Ladder("cs", (Tier("junior", "", "", previous="trainee"), INTERMEDIATE))
    found = _ask(demanding, {}, "2024-01-15", "2024-06-01")
    assert found.lacks == (Lack.PREVIOUS_TIER,)


def test_without_a_tier_the_first_rung_is_next() -> None:
    found = _ask(SEED, {}, "2024-01-15", "2024-01-15")
    assert (found.tier, found.is_eligible) == (JUNIOR, True)


def test_several_lacks_are_all_named() -> None:
    ladder = Ladder("cs", SEED.tiers, min_average_score=Fraction(80), lookback_months=3)
    found = _ask(ladder, {"2024-01-15": "junior"}, "2024-01-15", "2024-02-01", ("70", "75", "80"))
    assert found.lacks == (Lack.TENURE, Lack.AVERAGE_SCORE)


@pytest.mark.parametrize(
    ("scores", "average", "eligible"),
    [
        pytest.param(("80", "80", "80"), "80", True, id="exactly the minimum"),
        pytest.param(("79.99", "80", "80"), "23999/300", False, id="a hair below, not rounded up"),
        pytest.param(("90", "80", "70", "0", "0"), "80", True, id="only the latest three count"),
        pytest.param(("0", "90", "90", "90"), "60", False, id="newest first"),
        pytest.param((), None, False, id="no score at all is not a pass"),
    ],
)
def test_min_average_score(scores: tuple[str, ...], average: str | None, eligible: bool) -> None:
    # (79.99 + 80 + 80) ÷ 3 = 239.99 ÷ 3; (0 + 90 + 90) ÷ 3 = 60
    ladder = Ladder("cs", SEED.tiers, min_average_score=Fraction(80), lookback_months=3)
    found = _ask(ladder, {"2024-01-15": "junior"}, "2024-01-15", "2024-06-01", scores)
    assert found.average_score == (None if average is None else Fraction(average))
    assert found.is_eligible is eligible
    assert found.lacks == (() if eligible else (Lack.AVERAGE_SCORE,))


def test_the_top_of_the_ladder_has_nothing_above() -> None:
    assert eligibility(SEED, _tiers({"2020-01-01": "expert"}), date(2020, 1, 1), date(2024, 1, 1)) is None
    assert SEED.above("expert") is None


def test_rungs_in_order() -> None:
    assert [SEED.above(tier) for tier in (None, "junior", "intermediate", "senior")] == list(SEED.tiers)


@pytest.mark.parametrize("code", ["trainee", "", "Junior"])
def test_unknown_tier(code: str) -> None:
    with pytest.raises(UnknownTier) as unknown:
        SEED.tier(code)
    assert unknown.value.code == "grading.unknown_tier"
    assert unknown.value.values == {
        "tier": code,
        "ladder": "customer_service",
        "known": "junior, intermediate, senior, expert",
    }


def test_eligibility_of_somebody_on_an_unknown_tier() -> None:
    with pytest.raises(UnknownTier):
        eligibility(SEED, _tiers({"2024-01-15": "trainee"}), date(2024, 1, 15), date(2024, 6, 1))
