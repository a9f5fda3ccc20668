"""Calibration, worked by hand: places of quotas, ties at their edges, moves that hold and moves that fall, drift."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.calibration import (
    BrokenQuota,
    Graded,
    HeldGrade,
    Move,
    MoveWithoutReason,
    Suggestion,
    Ties,
    UnknownGrade,
    distribution,
    drift,
    grade_held,
    grade_on,
    grade_order,
    grades_of,
    quota_check,
    quota_places,
)
from grading.domain.scorecard import Grade
from grading.kernel.bands import Bands

CARD = Bands.of(
    "grades",
    [
        (Fraction(95), Grade("S", Fraction("1.5"))),
        (Fraction(85), Grade("A", Fraction("1.2"))),
        (Fraction(70), Grade("B", Fraction(1))),
        (Fraction(0), Grade("C", Fraction("0.8"))),
    ],
)
ORDER = ("S", "A", "B", "C")
TENTH, QUARTER = Fraction(1, 10), Fraction(1, 4)


def person(number: int, total: str, grade: str, grades: tuple[str, ...] = ORDER) -> Graded:
    return Graded(f"A{number}", Fraction(total), grade, grades)


@pytest.mark.parametrize(
    ("people", "quotas", "places"),
    [
        (20, {"S": TENTH, "A": QUARTER}, {"S": 2, "A": 5}),  # exactly 2, 5, 13
        (7, {"S": TENTH, "A": QUARTER}, {"S": 1, "A": 2}),  # 0.7, 1.75, 4.55: two places left, to .75 and .7
        (6, {"S": TENTH, "A": QUARTER}, {"S": 1, "A": 1}),  # 0.6, 1.5, 3.9: to the rest (.9) and S (.6)
        (2, {"S": QUARTER, "A": QUARTER}, {"S": 1, "A": 0}),  # 0.5, 0.5, 1: the one place left to the first named
        (
            3,
            {"S": Fraction(1, 3), "A": Fraction(1, 3), "B": Fraction(1, 3)},
            {"S": 1, "A": 1, "B": 1},
        ),  # thirds stay exact
        (0, {"S": TENTH}, {"S": 0}),
        (5, {"S": Fraction(0)}, {"S": 0}),
        (5, {"S": Fraction(1)}, {"S": 5}),
        (5, {}, {}),
    ],
)
def test_places_are_rounded_down_then_by_the_largest_remainder(
    people: int, quotas: dict[str, Fraction], places: dict[str, int]
) -> None:
    assert quota_places(quotas, people) == places


@pytest.mark.parametrize(
    "quotas", [{"S": Fraction("1.1")}, {"S": Fraction(-1, 10)}, {"S": Fraction("0.6"), "A": Fraction("0.5")}]
)
def test_quotas_that_are_no_shares_are_refused(quotas: dict[str, Fraction]) -> None:
    with pytest.raises(BrokenQuota):
        quota_places(quotas, 10)


def ten(first: list[tuple[str, str]]) -> list[Graded]:
    """The given people, filled up to ten with B of 70."""
    people = [person(place, total, grade) for place, (total, grade) in enumerate(first, start=1)]
    return people + [person(place, "70", "B") for place in range(len(people) + 1, 11)]


def test_whoever_is_beyond_the_places_goes_down_grade_by_grade() -> None:
    # S has 1 place of 10, A has 2 (2.5 − half a place: 1, 2.5, 6.5 → 1, 3, 6: the tie of remainders goes to A)
    people = ten([("99", "S"), ("98", "S"), ("97", "S"), ("90", "A"), ("89", "A")])
    check = quota_check(people, {"S": TENTH, "A": QUARTER}, ORDER)
    s, a = check.lines
    assert (s.places, s.held, s.exceeding, s.tied_over) == (1, 3, ("A2", "A3"), 0)
    # into A come A2 (98) and A3 (97); with A4 (90) the three places are full, A5 (89) is beyond
    assert (a.places, a.held, a.brought_down, a.exceeding) == (3, 2, 2, ("A5",))
    assert check.suggestions == (
        Suggestion("A2", "S", "A"),
        Suggestion("A3", "S", "A"),
        Suggestion("A5", "A", "B"),
    )


def test_a_tie_at_the_edge_keeps_the_better_grade_for_all() -> None:
    people = ten([("99", "S"), ("98", "S"), ("98", "S"), ("97", "S")])
    line = quota_check(people, {"S": Fraction(2, 10)}, ORDER).lines[0]
    assert (line.places, line.exceeding, line.tied_over) == (2, ("A4",), 1)


def test_a_tie_at_the_edge_moves_all_where_that_is_the_rule() -> None:
    people = ten([("99", "S"), ("98", "S"), ("98", "S"), ("97", "S")])
    check = quota_check(people, {"S": Fraction(2, 10)}, ORDER, Ties.MOVE)
    assert (check.lines[0].exceeding, check.lines[0].tied_over) == (("A2", "A3", "A4"), 0)


def test_a_difference_in_the_hundredth_place_is_no_tie() -> None:
    people = ten([("99", "S"), ("98.00000000000000001", "S"), ("98", "S")])
    assert quota_check(people, {"S": Fraction(2, 10)}, ORDER).lines[0].exceeding == ("A3",)


def test_everybody_equal_keeps_or_moves_together() -> None:
    people = [person(place, "96", "S") for place in range(1, 11)]
    keep = quota_check(people, {"S": TENTH}, ORDER)
    assert (keep.lines[0].tied_over, keep.suggestions) == (9, ())
    move = quota_check(people, {"S": TENTH}, ORDER, Ties.MOVE)
    assert len(move.suggestions) == 10


def test_no_place_at_all_is_no_tie() -> None:
    people = [person(1, "96", "S"), person(2, "96", "S")]
    assert quota_check(people, {"S": Fraction(0)}, ORDER).lines[0].exceeding == ("A1", "A2")


def test_free_places_raise_nobody() -> None:
    assert quota_check(ten([("90", "A")]), {"S": TENTH, "A": QUARTER}, ORDER).suggestions == ()


def test_below_the_lowest_grade_there_is_nothing() -> None:
    check = quota_check([person(1, "20", "C"), person(2, "10", "C")], {"C": Fraction(1, 2)}, ORDER)
    assert (check.lines[0].exceeding, check.lines[0].stuck, check.suggestions) == (("A2",), ("A2",), ())


def test_a_card_without_the_next_letter_goes_to_its_own_next() -> None:
    people = [person(1, "99", "S"), person(2, "97", "S", ("S", "B", "C"))]
    assert quota_check(people, {"S": Fraction(1, 2)}, ORDER).suggestions == (Suggestion("A2", "S", "B"),)


def test_nobody() -> None:
    check = quota_check([], {"S": TENTH}, ORDER)
    assert (check.lines[0].places, check.lines[0].held, check.suggestions) == (0, 0, ())
    assert [count.share for count in distribution([], ORDER)] == [None] * 4
    assert drift({}, {"m": []}, ORDER) == ()


def test_distribution_counts_grades_nobody_holds() -> None:
    found = distribution(["A", "B", "B"], ORDER)
    assert [(count.grade, count.people, count.share) for count in found] == [
        ("S", 0, Fraction(0)),
        ("A", 1, Fraction(1, 3)),
        ("B", 2, Fraction(2, 3)),
        ("C", 0, Fraction(0)),
    ]


# --- Moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "　"])
def test_a_move_needs_a_reason(reason: str) -> None:
    with pytest.raises(MoveWithoutReason):
        Move.checked("A1", "A", "B", reason, "hr")


def test_the_coefficient_follows_the_card() -> None:
    assert grade_on(CARD, "B") == Grade("B", Fraction(1))
    with pytest.raises(UnknownGrade):
        grade_on(CARD, "D")


COMPUTED_A = Grade("A", Fraction("1.2"))


@pytest.mark.parametrize(
    ("computed", "latest", "expected"),
    [
        (COMPUTED_A, None, HeldGrade(COMPUTED_A)),
        (COMPUTED_A, ("A", "B"), HeldGrade(Grade("B", Fraction(1)), is_moved=True)),
        (COMPUTED_A, ("A", "S"), HeldGrade(Grade("S", Fraction("1.5")), is_moved=True)),
        (COMPUTED_A, ("A", "A"), HeldGrade(COMPUTED_A)),  # undone
        (COMPUTED_A, ("B", "A"), HeldGrade(COMPUTED_A, is_dropped=True)),  # judged again: decided for B
        (COMPUTED_A, ("S", "B"), HeldGrade(COMPUTED_A, is_dropped=True)),
        (COMPUTED_A, ("B", "B"), HeldGrade(COMPUTED_A)),  # an undo that is out of date asks for nothing
        (COMPUTED_A, ("A", "D"), HeldGrade(COMPUTED_A, is_dropped=True)),  # the new card has no D
        (None, ("A", "B"), HeldGrade(None, is_dropped=True)),
        (None, None, HeldGrade(None)),
    ],
)
def test_a_move_holds_for_the_grade_it_was_decided_for(
    computed: Grade | None, latest: tuple[str, str] | None, expected: HeldGrade
) -> None:
    move = Move("A1", *latest, "why", "hr") if latest else None
    assert grade_held(computed, CARD, move) == expected


def test_grades_of_several_cards_are_ordered_by_their_highest_start() -> None:
    other = Bands.of("other", [(Fraction(0), Grade("D", Fraction(0))), (Fraction(90), Grade("A", Fraction("1.1")))])
    assert grades_of(CARD) == ORDER
    assert grade_order([other, CARD]) == ("S", "A", "B", "C", "D")
    assert grade_order([]) == ()


# --- Drift ------------------------------------------------------------------------------------------------------------


def test_an_evaluators_people_beside_the_company() -> None:
    judged = {
        "A1": (Fraction(90), "A"),
        "A2": (Fraction(80), "B"),
        "A3": (Fraction(70), "B"),
        "A4": (Fraction("61.175"), "C"),
    }
    strict, mild = drift(judged, {"strict": ["A3", "A4", "A4"], "mild": ["A1", "A2", "unknown"], "none": []}, ORDER)[
        ::-1
    ]
    # company: 301.175 ÷ 4 = 75.29375; strict: 131.175 ÷ 2 = 65.5875; mild: 85
    assert (mild.evaluator, mild.people, mild.mean, mild.difference) == ("mild", 2, Fraction(85), Fraction("9.70625"))
    assert (strict.evaluator, strict.people, strict.mean) == ("strict", 2, Fraction("65.5875"))
    assert strict.difference == Fraction("-9.70625")
    # mild: S 0, A ½, B ½, C 0 against 0, ¼, ½, ¼
    assert [(share.share, share.difference) for share in mild.shares] == [
        (Fraction(0), Fraction(0)),
        (Fraction(1, 2), Fraction(1, 4)),
        (Fraction(1, 2), Fraction(0)),
        (Fraction(0), Fraction(-1, 4)),
    ]
