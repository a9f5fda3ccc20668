"""What grading tells of the past: evidence or facts of days that somebody may have been judged, or paid, for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.dispatch import Signal

from grading import models

facts_changed = Signal()
"""Sent in the transaction of the change, with ``company_id``, ``agent_ids``, ``since``, ``until`` (the last day it is
about; None: every day from then on) and ``cause``. Grading knows nobody who listens; a listener that raises stops the
change."""


def tell(agents: Iterable[models.Agent], *, since: date, until: date | None, cause: str) -> None:
    """Tell of changed facts of agents of one company. ``cause`` is a code for people to read about: qa_appeal."""
    held = list(agents)
    if held:
        who = {"company_id": held[0].company_id, "agent_ids": [agent.pk for agent in held]}
        facts_changed.send(models.Agent, **who, since=since, until=until, cause=cause)
