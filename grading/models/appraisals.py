"""Appraisal cycles and the appraisals in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.jobs.models import Job
from grading.models.company import Agent, Company
from grading.models.rules import ScorecardVersion
from grading.tables import ExactField, MonthField


class AppraisalCycle(models.Model):
    """The judging of one month of one company."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        GRADED = "graded", _("graded")
        PUBLISHED = "published", _("published")

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="cycles")
    month = MonthField(_("month"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    job = models.OneToOneField(Job, models.PROTECT, verbose_name=_("job"), related_name="cycle")

    class Meta:
        verbose_name = _("appraisal cycle")
        verbose_name_plural = _("appraisal cycles")
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month"], name="cycle_once")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.month}"


class Appraisal(models.Model):
    """One agent judged in one cycle. Published appraisals have been paid by and never change.

    ``grade`` and ``coefficient`` are those that count. Where calibration moved the grade, ``computed_grade`` and
    ``computed_coefficient`` keep what the scorecard came to; otherwise they are empty.
    """

    cycle = models.ForeignKey(
        AppraisalCycle, models.PROTECT, verbose_name=_("cycle"), related_name="appraisals", db_index=False
    )  # the unique constraint is an index by cycle
    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="appraisals")
    scorecard = models.ForeignKey(ScorecardVersion, models.PROTECT, verbose_name=_("scorecard"), related_name="+")
    total_score = ExactField(_("total"), null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=10, blank=True)
    coefficient = ExactField(_("coefficient"), null=True, blank=True)
    computed_grade = models.CharField(_("computed grade"), max_length=10, blank=True)
    computed_coefficient = ExactField(_("computed coefficient"), null=True, blank=True)
    kpis = models.JSONField(_("KPIs"))
    qa = models.JSONField(_("quality"), default=dict)
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    ranked_among = models.PositiveIntegerField(_("ranked among"), default=0)
    input_hash = models.CharField(_("input fingerprint"), max_length=64)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")
        constraints: ClassVar = [models.UniqueConstraint(fields=["cycle", "agent"], name="appraisal_once")]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agent_id} {self.grade}"
