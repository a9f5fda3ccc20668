"""QA (质检): fatal and non-fatal errors, the third same error of a month that is fatal, and what a contact scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

FULL_SCORE = Fraction(100)
"""What a contact without any error scores."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One error found in one contact."""

    checked_on: date
    session: str
    code: str


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """A finding with its severity after escalation."""

    finding: Finding
    is_fatal: bool
    is_escalated: bool


def judged_findings(
    findings: Iterable[Finding], fatal_codes: Collection[str], escalate_on: int
) -> tuple[JudgedFinding, ...]:
    """One agent's findings of one calendar month in order of day, each with its severity.

    The ``escalate_on``-th and every later same error is fatal: 「第三次犯同样的错误升级为致命错误」 (001 L65, A-46).
    """
    seen: Counter[str] = Counter()
    judged = []
    for finding in sorted(findings):
        seen[finding.code] += 1
        born_fatal = finding.code in fatal_codes
        escalated = not born_fatal and seen[finding.code] >= escalate_on
        judged.append(JudgedFinding(finding, born_fatal or escalated, escalated))
    return tuple(judged)


@dataclass(frozen=True, slots=True)
class QaForm:
    """What a contact is scored by (质检评估单).

    ``points``: non-fatal code → what each finding of it takes off, on the scale 0–100. A code without points is
    counted and not scored: the seeds give no points (001 L53–63), so the form that ships has none.
    """

    code: str
    points: Mapping[str, Fraction]


def evaluation_score(findings: Collection[JudgedFinding], form: QaForm) -> Fraction | None:
    """The score of one contact, exact, 0–100: 0 with any fatal finding, else 100 less the points, never below 0.

    None, not 0, when a finding has no points on the form: such a contact has findings, but no score.
    """
    if any(finding.is_fatal for finding in findings):
        return Fraction(0)
    left = FULL_SCORE
    for finding in findings:
        points = form.points.get(finding.finding.code)
        if points is None:
            return None
        left -= points
    return max(left, Fraction(0))


def mean_score(scores: Collection[Fraction | None]) -> Fraction | None:
    """The mean of evaluation scores, exact. None when there are none, or one of them has no score: the mean of the
    others would leave out the very contacts in which something was found."""
    held = [score for score in scores if score is not None]
    return sum(held, Fraction(0)) / len(held) if held and len(held) == len(scores) else None
