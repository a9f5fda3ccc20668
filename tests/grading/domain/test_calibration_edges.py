"""Calibration where the order in which people come, or their own cards, could matter."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.calibration import (
    BrokenQuota,
    Graded,
    Move,
    Suggestion,
    UnknownGrade,
    grade_on,
    grade_order,
    quota_check,
    quota_places,
)
from grading.domain.scorecard import Grade
from grading.kernel.bands import Bands

ORDER = ("S", "A", "B")


def card(*edges: tuple[str, int]) -> Bands[Grade]:
    return Bands.of("grades", [(Fraction(start), Grade(grade, Fraction(1))) for grade, start in edges])


def test_a_move_keeps_who_what_and_why() -> None:
    assert Move.checked("A1", "A", "B", "  three appeals upheld\n", "hr") == Move(
        "A1", "A", "B", "three appeals upheld", "hr"
    )


def test_an_unknown_grade_is_told_the_known_ones_best_first() -> None:
    with pytest.raises(UnknownGrade) as raised:
        grade_on(card(("S", 90), ("A", 80), ("B", 0)), "D")
    assert raised.value.values == {"grade": "D", "known": "S, A, B"}


def test_quotas_are_told_as_percentages() -> None:
    with pytest.raises(BrokenQuota) as raised:
        quota_places({"S": Fraction("0.6"), "A": Fraction("0.5")}, 10)
    assert raised.value.values == {"quotas": "S 60%, A 50%"}


def test_a_grade_is_as_high_as_the_highest_total_that_gives_it() -> None:
    # X from 90 and from 10, Y from 50 and from 80
    one, other = card(("X", 90), ("Y", 50), ("Z", 0)), card(("Y", 80), ("X", 10), ("Z", 0))
    assert grade_order([one, other]) == grade_order([other, one]) == ("X", "Y", "Z")


def test_quotas_go_by_totals_and_not_by_who_comes_first() -> None:
    people = [
        Graded("A3", Fraction(90), "S", ORDER),
        Graded("A1", Fraction(99), "S", ORDER),
        Graded("A2", Fraction(95), "S", ORDER),
        Graded("A4", Fraction(80), "A", ORDER),
    ]
    check = quota_check(people, {"S": Fraction(1, 4), "A": Fraction(1, 2)}, ORDER)
    s, a = check.lines
    assert (s.share, s.places, s.exceeding) == (Fraction(1, 4), 1, ("A2", "A3"))
    # The two of S and the one of A for two places: two were brought down, one is beyond
    assert (a.held, a.brought_down, a.exceeding) == (1, 2, ("A4",))
    assert check.suggestions == (
        Suggestion("A2", "S", "A"),
        Suggestion("A3", "S", "A"),
        Suggestion("A4", "A", "B"),
    )


def test_one_brought_down_among_two_of_the_grade() -> None:
    people = [
        Graded("A1", Fraction(99), "S", ORDER),
        Graded("A2", Fraction(95), "S", ORDER),
        Graded("A3", Fraction(88), "A", ORDER),
        Graded("A4", Fraction(87), "A", ORDER),
    ]
    a = quota_check(people, {"S": Fraction(1, 4), "A": Fraction(3, 4)}, ORDER).lines[1]
    assert (a.places, a.held, a.brought_down, a.exceeding) == (3, 2, 1, ())


def test_a_grade_that_is_not_on_the_own_card_has_nothing_below_it() -> None:
    people = [Graded("A1", Fraction(99), "S", ORDER), Graded("A2", Fraction(98), "S", ("A", "B"))]
    check = quota_check(people, {"S": Fraction(1, 2)}, ORDER)
    assert (check.lines[0].exceeding, check.lines[0].stuck, check.suggestions) == (("A2",), ("A2",), ())
