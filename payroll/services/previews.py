"""What a month would come to with other grades: computed as a run computes it, and never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.domain.facts import Rating
from payroll.domain.payslip import Payslip, compute_payslip


@dataclass(frozen=True, slots=True)
class Given:
    """A grade and coefficient to try; the score stays the appraisal's."""

    grade: str
    coefficient: Fraction


def payslip_previews(
    *, company: grading.Company, month: Month, tried: Mapping[int, Sequence[Given]]
) -> dict[int, tuple[Payslip, ...] | DomainError]:
    """Agent id → the payslip with each grade tried, in their order; or why there is none. Writes nothing.

    Everything but the grade is read as a run of the month would read it now.
    """
    inputs = selectors.inputs_of(models.PayRun(company=company, month=month), list(tried))
    found: dict[int, tuple[Payslip, ...] | DomainError] = {}
    for agent_id, grades in tried.items():
        held = inputs[agent_id]
        if isinstance(held, DomainError):
            found[agent_id] = held
            continue
        score = held.facts.rating.score if held.facts.rating else None
        ratings = [Rating(score, given.grade, given.coefficient) for given in grades]
        try:
            found[agent_id] = tuple(
                compute_payslip(replace(held.facts, rating=rating), held.rules) for rating in ratings
            )
        except DomainError as error:
            found[agent_id] = error
    return found
