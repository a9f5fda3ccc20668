"""Calibration sessions and the moves made in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.domain.calibration import Ties
from grading.kernel.errors import DomainError
from grading.models.appraisals import AppraisalCycle
from grading.models.company import Agent, Team


class MoveIsKept(DomainError):
    """A move that was about to be changed or deleted."""

    code = "grading.move_is_kept"
    template = "A move of {agent} is kept as it was made. Undo it by another move."


class CalibrationSession(models.Model):
    """The calibration of one cycle, for a team as it was in that month, or for the whole company (no team).

    ``quotas`` maps a grade to its share of the group, exact text. Published sessions never change.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PUBLISHED = "published", _("published")

    class TieRule(models.TextChoices):
        KEEP = Ties.KEEP.value, _("all keep the better grade")
        MOVE = Ties.MOVE.value, _("all move to the lower grade")

    cycle = models.ForeignKey(AppraisalCycle, models.PROTECT, verbose_name=_("cycle"), related_name="calibrations")
    team = models.ForeignKey(Team, models.PROTECT, verbose_name=_("team"), null=True, blank=True, related_name="+")
    quotas = models.JSONField(_("quotas"), default=dict, blank=True)
    ties = models.CharField(_("equal totals at the edge"), max_length=4, choices=TieRule, default=TieRule.KEEP)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("opened by"), related_name="+"
    )
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering: ClassVar = ["-cycle__month", "team__code"]
        permissions: ClassVar = [
            ("calibrate", _("Can calibrate and compare managed agents")),
            ("calibrate_any", _("Can calibrate and compare everybody, and publish grades")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cycle", "team"], condition=models.Q(team__isnull=False), name="calibration_once_a_team"
            ),
            models.UniqueConstraint(
                fields=["cycle"], condition=models.Q(team__isnull=True), name="calibration_once_a_company"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", published_by__isnull=True, published_at__isnull=True)
                | models.Q(state="published", published_by__isnull=False, published_at__isnull=False),
                name="calibration_published_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.team_id or '*'}"


class CalibrationMove(models.Model):
    """One move: the grade as computed, the grade it leads to, and why. Kept for ever; undoing is another move."""

    session = models.ForeignKey(CalibrationSession, models.PROTECT, verbose_name=_("calibration"), related_name="moves")
    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="calibration_moves")
    from_grade = models.CharField(_("computed grade"), max_length=10)
    to_grade = models.CharField(_("moved to"), max_length=10)
    reason = models.CharField(_("reason"), max_length=500)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("moved by"), related_name="+")
    moved_at = models.DateTimeField(_("moved at"), auto_now_add=True)

    class Meta:
        verbose_name = _("calibration move")
        verbose_name_plural = _("calibration moves")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="calibration_move_has_reason")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.from_grade}→{self.to_grade}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves a new move. Raises MoveIsKept for one that is there already."""
        if not self._state.adding:
            raise MoveIsKept(agent=self.agent.agent_no)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises MoveIsKept."""
        raise MoveIsKept(agent=self.agent.agent_no)
