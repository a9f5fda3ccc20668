"""QA findings (质检): fatal and non-fatal errors, and the third same error of a month that becomes fatal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date


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
