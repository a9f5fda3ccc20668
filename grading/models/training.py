"""On-boarding, mystery shopping, training sessions, exams and the attempts at them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.kernel.errors import DomainError
from grading.models.company import Agent, Company
from grading.tables import ExactField, VersionedDocument


class AttemptIsFrozen(DomainError):
    """A submitted attempt was about to change."""

    code = "grading.attempt_is_frozen"
    template = "The attempt of {agent} at '{exam}' was submitted and never changes. Take the exam again instead."


class Onboarding(models.Model):
    """A new agent's way through a track that ships with the product.

    ``lengths`` is stage code → days, where they differ from the track's.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("under way")
        COMPLETED = "completed", _("completed")
        NOT_SUITABLE = "not_suitable", _("not suitable")
        STOPPED = "stopped", _("stopped")

    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="onboardings")
    track = models.CharField(_("track"), max_length=40)
    first_day = models.DateField(_("first day"))
    lengths = models.JSONField(_("changed stage lengths"), default=dict, blank=True)
    mentor = models.ForeignKey(
        Agent, models.PROTECT, verbose_name=_("mentor"), null=True, blank=True, related_name="mentored"
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.OPEN)
    note = models.CharField(_("note"), max_length=500, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("started by"), related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("on-boarding")
        verbose_name_plural = _("new hires")
        permissions: ClassVar = [("manage_training", _("Can run on-boarding, training and exams"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent"], condition=models.Q(outcome="open"), name="onboarding_one_open_per_agent"
            ),
            models.CheckConstraint(
                condition=models.Q(mentor__isnull=True) | ~models.Q(mentor=models.F("agent")),
                name="onboarding_mentor_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="open") | models.Q(closed_by__isnull=False, closed_at__isnull=False),
                name="onboarding_closed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.track} {self.first_day}"


class MysteryShopping(models.Model):
    """What a trainer found out as a mystery shopper on one day. Never edited; another one may follow."""

    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="mystery_shoppings")
    day = models.DateField(_("day"))
    assessor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("assessor"), related_name="+")
    score = ExactField(_("score"))
    passed = models.BooleanField(_("suitable"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("mystery shopping")
        verbose_name_plural = _("mystery shopping")
        ordering: ClassVar = ["-day", "agent"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent", "day"], name="mystery_shopping_once_a_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.day}"


class TrainingSession(models.Model):
    """One training of some agents on one day."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="training_sessions")
    day = models.DateField(_("day"))
    topic = models.CharField(_("topic"), max_length=120)

    class Meta:
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")
        ordering: ClassVar = ["-day", "topic"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "day", "topic"], name="training_session_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.topic}"


class TrainingAttendance(models.Model):
    """Whether somebody expected at a training was there, and the score. Who has no row was not expected."""

    session = models.ForeignKey(
        TrainingSession, models.CASCADE, verbose_name=_("training session"), related_name="attendances"
    )
    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="training_attendances")
    present = models.BooleanField(_("present"))
    score = ExactField(_("score"), null=True, blank=True)

    class Meta:
        verbose_name = _("training attendance")
        verbose_name_plural = _("training attendance")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "agent"], name="training_attendance_once"),
            models.CheckConstraint(
                condition=models.Q(present=True) | models.Q(score__isnull=True), name="training_score_of_present"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.agent_id}"


class ExamVersion(VersionedDocument):
    """A version of an exam: the shipped one as a company first used it, or the company's own."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("exam")
        verbose_name_plural = _("exams")


class ExamAttempt(models.Model):
    """One attempt at one version of an exam. ``answers`` is question number → letters, kept until it is submitted.

    ``right`` is how many of the ``questions`` were right, ``score`` right ÷ questions × 100, exact.
    """

    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="exam_attempts")
    exam = models.ForeignKey(ExamVersion, models.PROTECT, verbose_name=_("exam"), related_name="attempts")
    started_at = models.DateTimeField(_("started at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    right = models.PositiveSmallIntegerField(_("right answers"), null=True, blank=True)
    questions = models.PositiveSmallIntegerField(_("questions"))
    score = ExactField(_("score"), null=True, blank=True)

    class Meta:
        verbose_name = _("exam attempt")
        verbose_name_plural = _("exam attempts")
        ordering: ClassVar = ["-started_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "exam"], condition=models.Q(submitted_at__isnull=True), name="exam_one_open_attempt"
            ),
            models.CheckConstraint(
                condition=models.Q(submitted_at__isnull=True, right__isnull=True, score__isnull=True)
                | models.Q(submitted_at__isnull=False, right__isnull=False, score__isnull=False),
                name="exam_attempt_scored_when_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(right__isnull=True) | models.Q(right__lte=models.F("questions")),
                name="exam_attempt_right_at_most_all",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["agent", "submitted_at"], name="exam_attempt_submitted")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.exam_id} {self.started_at}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps or submits an attempt. Raises AttemptIsFrozen for one that was submitted before."""
        self._refuse_submitted()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes an attempt that was not submitted. Raises AttemptIsFrozen for one that was."""
        self._refuse_submitted()
        return super().delete(*args, **kwargs)

    def _refuse_submitted(self) -> None:
        if self.pk and ExamAttempt.objects.filter(pk=self.pk, submitted_at__isnull=False).exists():
            raise AttemptIsFrozen(agent=self.agent.agent_no, exam=self.exam.code)
