"""The day's sample: at least three of each agent, repeatable, and nobody's business but the agent's own."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.domain.qa_sampling import random_sample, sample_size

SESSIONS = st.sets(st.text("abcdefgh0123456789", min_size=1, max_size=6), max_size=30)


@pytest.mark.parametrize(
    ("contacts", "least", "ratio", "expected"),
    [
        pytest.param(0, 3, None, 0, id="no contacts: nothing"),
        pytest.param(2, 3, None, 2, id="fewer than three: all of them"),
        pytest.param(3, 3, None, 3, id="exactly three"),
        pytest.param(200, 3, None, 3, id="三條以上 includes three"),
        pytest.param(200, 3, "0.05", 10, id="5 % of 200 is more than three"),
        pytest.param(201, 3, "0.05", 11, id="10.05 is rounded up"),
        pytest.param(40, 3, "0.05", 3, id="5 % of 40 is two: still three"),
        pytest.param(2, 3, "1", 2, id="never more than there are"),
        pytest.param(10, 3, "1", 10, id="all of them"),
        pytest.param(30, 3, "1/10", 3, id="a ratio that binary fractions miss stays exactly three"),
    ],
)
def test_sample_size(contacts: int, least: int, ratio: str | None, expected: int) -> None:
    assert sample_size(contacts, least, Fraction(ratio) if ratio else None) == expected


def test_the_same_seed_draws_the_same_contacts() -> None:
    sessions = [f"c{place}" for place in range(50)]
    assert random_sample(sessions, "acme/2026-10-01/A1", 3) == random_sample(sessions, "acme/2026-10-01/A1", 3)


def test_another_agent_or_day_draws_others() -> None:
    """Of 20 seeds not all draw the same three of fifty."""
    sessions = [f"c{place}" for place in range(50)]
    assert len({random_sample(sessions, f"acme/2026-10-01/A{place}", 3) for place in range(20)}) > 10


def test_every_contact_can_be_drawn() -> None:
    """Nobody is safe for ever: over many days each of ten contacts is drawn, none of them always."""
    sessions = [f"c{place}" for place in range(10)]
    drawn = [random_sample(sessions, f"acme/day {day}/A1", 3) for day in range(200)]
    times = {session: sum(session in sample for sample in drawn) for session in sessions}
    assert min(times.values()) > 20
    assert max(times.values()) < 120


@given(SESSIONS, st.randoms(use_true_random=False), st.integers(0, 40))
def test_the_order_of_the_contacts_does_not_matter(sessions: set[str], random, size: int) -> None:
    shuffled = sorted(sessions)
    random.shuffle(shuffled)
    assert random_sample(shuffled, "seed", size) == random_sample(sorted(sessions), "seed", size)


@given(SESSIONS, st.integers(0, 40))
def test_a_sample_has_its_size_and_holds_contacts_of_the_day_only(sessions: set[str], size: int) -> None:
    drawn = random_sample(sessions, "seed", size)
    assert len(drawn) == len(set(drawn)) == min(size, len(sessions))
    assert set(drawn) <= sessions


@given(SESSIONS, SESSIONS, st.integers(0, 10))
def test_what_was_drawn_stays_drawn_when_more_contacts_come(first: set[str], more: set[str], size: int) -> None:
    before = random_sample(first, "seed", size)
    after = random_sample(first | more, "seed", size, drawn=before)
    assert set(before) <= set(after)
    assert len(after) == min(size, len(first | more))


@given(st.dictionaries(st.sampled_from(["A1", "A2", "A3", "A4"]), SESSIONS), SESSIONS)
def test_the_sample_of_one_agent_does_not_depend_on_others(others: dict[str, set[str]], mine: set[str]) -> None:
    """Drawn beside any colleagues, in any order, an agent gets what the agent alone would get."""
    together = {**others, "A9": mine}
    for agents in (sorted(together), sorted(together, reverse=True)):
        drawn = {agent: random_sample(together[agent], f"acme/2026-10-01/{agent}", 3) for agent in agents}
        assert drawn["A9"] == random_sample(mine, "acme/2026-10-01/A9", 3)
