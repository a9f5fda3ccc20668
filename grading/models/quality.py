"""QA: forms, the contacts drawn for a day, their evaluations, and appeals against findings."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.models.company import Agent, Company
from grading.models.results import QaFinding
from grading.tables import ExactField, VersionedDocument


class QaFormVersion(VersionedDocument):
    """A version of the company's QA form: what each non-fatal error takes off a contact's score."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("QA form")
        verbose_name_plural = _("QA forms")
        permissions: ClassVar = [("publish_qa_form", _("Can write and publish QA forms"))]


class QaSample(models.Model):
    """One contact of one agent's day that QA is to look at: drawn by lot, or submitted by the complaint team.

    It is evaluated once it has an ``evaluation``. A submitted contact is never one of those drawn.
    """

    class Source(models.TextChoices):
        RANDOM = "random", _("random")
        COMPLAINT = "complaint", _("complaint")

    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="qa_samples")
    day = models.DateField(_("day of the contact"))
    session = models.CharField(_("contact"), max_length=80)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("submitted by"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("QA sample")
        verbose_name_plural = _("QA samples")
        ordering: ClassVar = ["-day", "agent__agent_no", "source", "session"]
        permissions: ClassVar = [
            ("draw_sample", _("Can draw the QA sample of a day")),
            ("submit_complaint", _("Can submit contacts of complaints to QA")),
            ("view_all_quality", _("Can see the QA results of every agent")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "day", "session"], name="qa_sample_once"),
            models.CheckConstraint(
                condition=~models.Q(source="complaint") | models.Q(submitted_by__isnull=False),
                name="qa_complaint_has_submitter",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "agent"], name="qa_sample_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.day} {self.session}"

    @property
    def is_evaluated(self) -> bool:
        """Whether somebody has judged it. Costs a query unless ``evaluation`` was selected with the row."""
        return hasattr(self, "evaluation")


class QaEvaluation(models.Model):
    """One contact judged by one evaluator (质检评估单). Whose it is, and of which day, is said by its sample.

    ``score`` is exact, 0–100, as of now: it follows when a finding is voided or another one of the month makes it
    the third. None means counted, not scored. ``form`` None is the form that ships with the product.
    """

    class SurveyPushed(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        UNKNOWN = "unknown", _("not seen")

    sample = models.OneToOneField(QaSample, models.PROTECT, verbose_name=_("QA sample"), related_name="evaluation")
    evaluator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("evaluator"), related_name="+"
    )
    checked_on = models.DateField(_("checked on"))
    form = models.ForeignKey(
        QaFormVersion, models.PROTECT, verbose_name=_("QA form"), null=True, blank=True, related_name="+"
    )
    survey_pushed = models.CharField(
        _("survey pushed"), max_length=8, choices=SurveyPushed, default=SurveyPushed.UNKNOWN
    )
    score = ExactField(_("score"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("QA evaluation")
        verbose_name_plural = _("QA evaluations")
        ordering: ClassVar = ["-sample__day", "sample__agent__agent_no", "sample__session"]
        permissions: ClassVar = [("evaluate_contact", _("Can evaluate contacts of agents"))]
        indexes: ClassVar = [models.Index(fields=["checked_on"], name="qa_evaluation_day")]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.checked_on}"


class QaAppeal(models.Model):
    """An agent's appeal against one finding (申诉), decided by a second reviewer. One for each finding.

    ``is_after_publishing``: when it was upheld, the month's appraisal was published already; what was paid by it
    follows as a correction.
    """

    class State(models.TextChoices):
        FILED = "filed", _("filed")
        UPHELD = "upheld", _("upheld")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    finding = models.OneToOneField(QaFinding, models.PROTECT, verbose_name=_("QA finding"), related_name="appeal")
    reason = models.CharField(_("reason"), max_length=1000)
    filed_at = models.DateTimeField(_("filed at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.FILED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=1000, blank=True)
    is_after_publishing = models.BooleanField(_("decided after publishing"), default=False)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering: ClassVar = ["-filed_at"]
        permissions: ClassVar = [("decide_appeal", _("Can decide appeals against QA findings"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["upheld", "rejected"])
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="appeal_decided_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.state}"


class QaReport(models.Model):
    """The daily QA report of one day as it was last made, a PDF under the storage, named by what it says.

    ``fingerprint`` is that of what the report says, whatever its language; the counts are the whole day's.
    """

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="+")
    day = models.DateField(_("day"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    file = models.FileField(_("file"), max_length=200)
    contacts = models.PositiveIntegerField(_("contacts"))
    evaluated = models.PositiveIntegerField(_("evaluated"))
    fatal = models.PositiveIntegerField(_("fatal"))
    made_at = models.DateTimeField(_("made at"), auto_now=True)

    class Meta:
        verbose_name = _("daily QA report")
        verbose_name_plural = _("daily QA reports")
        ordering: ClassVar = ["-day", "company__code"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "day"], name="qa_report_once")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.day}"
