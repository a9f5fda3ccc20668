"""Calibration (绩效校准): quotas per grade, who is beyond them, moves with reasons, and how evaluators differ.

Totals never change here: a move changes the grade, and the coefficient follows the scorecard's own bands. The sources
have no forced distribution; quotas are a company's own rule and none ships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading.domain.scorecard import Grade
from grading.kernel.bands import Bands
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_text

WHOLE = Fraction(1)


class Ties(StrEnum):
    """What happens to people with equal totals at the edge of a quota. They are never split."""

    KEEP = "keep"
    """All of them keep the better grade; the grade is over its quota by the rest."""
    MOVE = "move"
    """All of them move; places of the quota stay free."""


class BrokenQuota(DomainError):
    """Quotas that are no shares of one group."""

    code = "grading.broken_quota"
    template = (
        "The quotas {quotas} are no shares of one group. Each must be from 0% to 100%, and all together at most 100%."
    )


class UnknownGrade(DomainError):
    """A grade that the scorecard does not have."""

    code = "grading.unknown_grade"
    template = "Grade '{grade}' is not on the scorecard; it has {known}. Choose one of these."


class MoveWithoutReason(DomainError):
    """A move without a reason."""

    code = "grading.move_without_reason"
    template = "The move of {agent} has no reason. Say why: it is kept with the grade."


@dataclass(frozen=True, slots=True)
class Graded:
    """One person of the group. ``grade`` is the one held now; ``grades`` are those of the person's card, best first."""

    agent_no: str
    total: Fraction
    grade: str
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many of a group hold a grade. ``share`` is a fraction of the group; None for a group of nobody."""

    grade: str
    people: int
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """One quota against the group.

    ``held`` counts who holds the grade now, ``brought_down`` whom the suggestions bring into it from above.
    ``exceeding`` are beyond the places, best total first; ``tied_over`` people keep the grade beyond its places only
    because of a tie; ``stuck`` are beyond them on a card that has no lower grade.
    """

    grade: str
    share: Fraction
    places: int
    held: int
    brought_down: int
    exceeding: tuple[str, ...]
    tied_over: int
    stuck: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move that the quotas ask for. Nothing is moved by it: people decide, with a reason."""

    agent_no: str
    from_grade: str
    to_grade: str


@dataclass(frozen=True, slots=True)
class QuotaCheck:
    """Every quota against the group, best grade first, and the moves that would keep them."""

    lines: tuple[QuotaLine, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A grade changed by people. ``from_grade`` is the computed grade; equal grades say "as computed" (an undo)."""

    agent_no: str
    from_grade: str
    to_grade: str
    reason: str
    evaluator: str

    @classmethod
    def checked(cls, agent_no: str, from_grade: str, to_grade: str, reason: str, evaluator: str) -> Move:
        """A move with its reason, trimmed. Raises MoveWithoutReason for a blank one."""
        if not reason.strip():
            raise MoveWithoutReason(agent=agent_no)
        return cls(agent_no, from_grade, to_grade, reason.strip(), evaluator)


@dataclass(frozen=True, slots=True)
class HeldGrade:
    """The grade that counts. ``is_dropped``: a move was decided for another computed grade, and is to be decided anew.

    ``grade`` is None for somebody whose card or month gives no grade.
    """

    grade: Grade | None
    is_moved: bool = False
    is_dropped: bool = False


def grades_of(card: Bands[Grade]) -> tuple[str, ...]:
    """The grades of a card, best first."""
    return tuple(grade.grade for _edge, grade in reversed(card.edges))


def grade_on(card: Bands[Grade], grade: str) -> Grade:
    """The grade of a card with its coefficient. Raises UnknownGrade."""
    for _edge, held in card.edges:
        if held.grade == grade:
            return held
    raise UnknownGrade(grade=grade, known=", ".join(grades_of(card)))


def grade_order(cards: Iterable[Bands[Grade]]) -> tuple[str, ...]:
    """The grades of several cards, best first: by the highest total at which any card gives them."""
    starts: dict[str, Fraction] = {}
    for card in cards:
        for edge, grade in card.edges:
            starts[grade.grade] = max(edge, starts.get(grade.grade, edge))
    return tuple(sorted(starts, key=lambda grade: (-starts[grade], grade)))


def distribution(grades: Collection[str], order: Sequence[str]) -> tuple[GradeCount, ...]:
    """How many hold each grade, in the order given; grades that nobody holds are there with 0."""
    held = list(grades)
    return tuple(
        GradeCount(grade, held.count(grade), Fraction(held.count(grade), len(held)) if held else None)
        for grade in order
    )


def quota_places(quotas: Mapping[str, Fraction], people: int) -> dict[str, int]:
    """The places of each quota in a group: rounded down, then by the largest remainder; whole people only.

    Whoever is under no quota takes part as one more share, so that the places of all add up to the group. Equal
    remainders go to the quota named first, and to the rest last. Raises BrokenQuota.
    """
    together = sum(quotas.values(), Fraction(0))
    if together > WHOLE or any(share < 0 for share in quotas.values()):
        raise BrokenQuota(quotas=", ".join(f"{grade} {exact_text(share * 100)}%" for grade, share in quotas.items()))
    exactly = [share * people for share in (*quotas.values(), WHOLE - together)]
    places = [int(part) for part in exactly]
    by_remainder = sorted(range(len(exactly)), key=lambda place: (places[place] - exactly[place], place))
    for place in by_remainder[: people - sum(places)]:
        places[place] += 1
    return dict(zip(quotas, places, strict=False))


def quota_check(
    people: Collection[Graded], quotas: Mapping[str, Fraction], order: Sequence[str], ties: Ties = Ties.KEEP
) -> QuotaCheck:
    """Who is beyond the quotas when ordered by exact total, and the moves that would keep them.

    Only ever downwards, grade by grade from the best: whoever is beyond the places of a grade is suggested for the
    next lower one of the own card, and competes for its places there. A free place raises nobody. Raises BrokenQuota.
    """
    places = quota_places(quotas, len(people))
    now = {person.agent_no: person.grade for person in people}
    lines = []
    for grade in (each for each in order if each in quotas):
        holders = sorted(
            (person for person in people if now[person.agent_no] == grade),
            key=lambda person: (-person.total, person.agent_no),
        )
        kept = _kept([person.total for person in holders], places[grade], ties)
        held = sum(person.grade == grade for person in people)
        stuck = []
        for person in holders[kept:]:
            lower = _next_lower(person.grades, grade)
            if lower is None:
                stuck.append(person.agent_no)
            else:
                now[person.agent_no] = lower
        lines.append(
            QuotaLine(
                grade=grade,
                share=quotas[grade],
                places=places[grade],
                held=held,
                brought_down=sum(person.grade != grade for person in holders),
                exceeding=tuple(person.agent_no for person in holders[kept:]),
                tied_over=max(kept - places[grade], 0),
                stuck=tuple(stuck),
            )
        )
    return QuotaCheck(
        tuple(lines),
        tuple(
            Suggestion(person.agent_no, person.grade, now[person.agent_no])
            for person in sorted(people, key=lambda person: (-person.total, person.agent_no))
            if now[person.agent_no] != person.grade
        ),
    )


def _kept(totals: Sequence[Fraction], places: int, ties: Ties) -> int:
    """How many of the totals, best first, keep the grade: as many as there are places, ties never split."""
    if not 0 < places < len(totals) or totals[places - 1] != totals[places]:
        return min(places, len(totals))
    edge = totals[places]
    return sum(total >= edge for total in totals) if ties is Ties.KEEP else sum(total > edge for total in totals)


def _next_lower(grades: Sequence[str], grade: str) -> str | None:
    lower = grades[grades.index(grade) + 1 :] if grade in grades else ()
    return lower[0] if lower else None


def grade_held(computed: Grade | None, card: Bands[Grade] | None, latest: Move | None) -> HeldGrade:
    """The grade that counts after the latest move.

    A move holds as long as the computed grade is the one it was decided for and the card has the grade it leads to;
    otherwise the computed grade counts.
    """
    if latest is None:
        return HeldGrade(computed)
    is_real = latest.to_grade != latest.from_grade
    if computed is None or card is None or latest.from_grade != computed.grade:
        return HeldGrade(computed, is_dropped=is_real)
    if latest.to_grade not in grades_of(card):
        return HeldGrade(computed, is_dropped=True)
    return HeldGrade(grade_on(card, latest.to_grade), is_moved=is_real)


# --- Drift ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GradeShare:
    """The share of an evaluator's people that have a grade, and how far it lies above the company's (a fraction)."""

    grade: str
    share: Fraction
    difference: Fraction


@dataclass(frozen=True, slots=True)
class Drift:
    """How one evaluator's people were judged. ``difference`` is the mean less the company's mean, in points.

    A description of these people, not a proof about the evaluator: small groups differ by chance.
    """

    evaluator: str
    people: int
    mean: Fraction
    difference: Fraction
    shares: tuple[GradeShare, ...]


def drift(
    judged: Mapping[str, tuple[Fraction, str]], evaluators: Mapping[str, Collection[str]], order: Sequence[str]
) -> tuple[Drift, ...]:
    """Evaluators beside the company, by name. ``judged`` is everybody: person → total and computed grade.

    ``evaluators`` maps an evaluator to persons; a person may have several. Evaluators of nobody judged are left out.
    """
    company = distribution([grade for _total, grade in judged.values()], order)
    found = []
    for evaluator in sorted(evaluators):
        mine = [judged[person] for person in dict.fromkeys(evaluators[evaluator]) if person in judged]
        if not mine:
            continue
        mean = _mean([total for total, _grade in mine])
        counts = distribution([grade for _total, grade in mine], order)
        found.append(
            Drift(
                evaluator,
                len(mine),
                mean,
                mean - _mean([total for total, _grade in judged.values()]),
                tuple(
                    GradeShare(own.grade, Fraction(own.people, len(mine)), own.share - all_.share)
                    for own, all_ in zip(counts, company, strict=True)
                    if own.share is not None and all_.share is not None
                ),
            )
        )
    return tuple(found)


def _mean(totals: Sequence[Fraction]) -> Fraction:
    return sum(totals, Fraction(0)) / len(totals)
