"""The daily QA report (质检日报): what one day's QA came to, per agent, per team and together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction

from grading.domain.quality import mean_score

TOP_ERRORS = 5


@dataclass(frozen=True, slots=True)
class QaCounts:
    """What was sampled, evaluated and found. ``non_fatal`` leaves out those that became fatal by repetition;
    ``escalated`` are part of ``fatal``. ``scores`` has one entry for each evaluated contact, None without a score."""

    contacts: int = 0
    drawn: int = 0
    submitted: int = 0
    evaluated: int = 0
    fatal: int = 0
    non_fatal: int = 0
    escalated: int = 0
    survey_pushed: int = 0
    survey_not_pushed: int = 0
    scores: tuple[Fraction | None, ...] = ()

    def __add__(self, other: QaCounts) -> QaCounts:
        return QaCounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def sampled(self) -> int:
        return self.drawn + self.submitted

    @property
    def survey_known(self) -> int:
        """Contacts of which it is known whether the survey was pushed."""
        return self.survey_pushed + self.survey_not_pushed

    @property
    def mean(self) -> Fraction | None:
        """The mean score, exact; None where a contact has no score."""
        return mean_score(self.scores)


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's day. ``codes`` are the codes found, repeated as often as they were found."""

    agent_no: str
    name: str
    team: str
    counts: QaCounts
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamDay:
    """One team's day: its agents and their counts together."""

    team: str
    counts: QaCounts
    agents: tuple[AgentDay, ...]


@dataclass(frozen=True, slots=True)
class QaDay:
    """The whole day. ``errors`` are the most frequent codes with their counts."""

    day: date
    teams: tuple[TeamDay, ...]
    counts: QaCounts
    errors: tuple[tuple[str, int], ...]


def qa_day(day: date, agents: Iterable[AgentDay]) -> QaDay:
    """The report of a day, teams and agents in order of name and number."""
    by_team: dict[str, list[AgentDay]] = defaultdict(list)
    for agent in sorted(agents, key=lambda each: (each.team, each.agent_no)):
        by_team[agent.team].append(agent)
    teams = tuple(
        TeamDay(team, sum((each.counts for each in mine), QaCounts()), tuple(mine)) for team, mine in by_team.items()
    )
    found = Counter(code for mine in by_team.values() for agent in mine for code in agent.codes)
    errors = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_ERRORS]
    return QaDay(day, teams, sum((team.counts for team in teams), QaCounts()), tuple(errors))
