"""What grading refuses, and why."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class SamePersonTwice(DomainError):
    """One person tried to do both halves of an act that needs two."""

    code = "grading.same_person_twice"
    template = "A {act} needs two people: the person who {first} it cannot decide it. Ask somebody else."


class PromotionAlreadyDecided(DomainError):
    """A decision on a request that was decided before."""

    code = "grading.promotion_already_decided"
    template = "The promotion request of {agent} is already {status}. Reload the page."


class PromotionAlreadyOpen(DomainError):
    """A second open request for the same agent."""

    code = "grading.promotion_already_open"
    template = "{agent} already has an open promotion request. Decide that one first."


class PromotionOutdated(DomainError):
    """The agent's tier changed after the request was made."""

    code = "grading.promotion_outdated"
    template = "{agent} is on tier '{tier}' by now, not on '{asked_from}' as asked. Reject the request and ask anew."


class TopOfLadder(DomainError):
    """A promotion asked for at the top."""

    code = "grading.top_of_ladder"
    template = "{agent} is on the top tier '{tier}'; there is nothing above it."


class NotEligible(DomainError):
    """A promotion before its time."""

    code = "grading.not_eligible"
    template = "{agent} is not eligible for '{tier}' yet: {lacks} (earliest day {eligible_on})."


class ChecklistIncomplete(DomainError):
    """An approval with unticked items."""

    code = "grading.checklist_incomplete"
    template = "{count} checklist items are not confirmed: {items}. Tick them, or reject the request."


class NotYourTeam(DomainError):
    """A manager acting on somebody outside the managed teams."""

    code = "grading.not_your_team"
    template = "{agent} is not in a team that you manage today."
