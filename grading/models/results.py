"""What a month brought: KPI results, team metrics, attendance and QA findings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.models.company import Agent, Team
from grading.tables import ExactField, MonthField


class KpiResult(models.Model):
    """One agent's measure of one metric in one month, exactly as written."""

    agent = models.ForeignKey(Agent, models.CASCADE, verbose_name=_("agent"), related_name="kpi_results")
    month = MonthField(_("month"))
    metric = models.CharField(_("metric"), max_length=60)
    value = ExactField(_("value"))

    class Meta:
        verbose_name = _("monthly KPI result")
        verbose_name_plural = _("monthly KPI results")
        constraints: ClassVar = [models.UniqueConstraint(fields=["month", "agent", "metric"], name="kpi_result_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month} {self.metric}"


class TeamMetric(models.Model):
    """One team's measure of one metric in one month; what gates look at."""

    team = models.ForeignKey(Team, models.CASCADE, verbose_name=_("team"), related_name="metrics")
    month = MonthField(_("month"))
    metric = models.CharField(_("metric"), max_length=60)
    value = ExactField(_("value"))

    class Meta:
        verbose_name = _("team metric")
        verbose_name_plural = _("team metrics")
        constraints: ClassVar = [models.UniqueConstraint(fields=["month", "team", "metric"], name="team_metric_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.month} {self.metric}"


class MonthlyAttendance(models.Model):
    """One agent's attendance totals of one month. Days may be halves."""

    agent = models.ForeignKey(Agent, models.CASCADE, verbose_name=_("agent"), related_name="attendance")
    month = MonthField(_("month"))
    due_days = ExactField(_("due days"))
    present_days = ExactField(_("present days"))
    paid_leave_days = ExactField(_("paid leave days"))
    unpaid_leave_days = ExactField(_("unpaid leave days"))
    sick_days = ExactField(_("sick days"))
    absent_days = ExactField(_("absent days"))
    late_count = models.PositiveIntegerField(_("late"), default=0)
    early_leave_count = models.PositiveIntegerField(_("early leave"), default=0)
    overtime_workday_hours = ExactField(_("overtime hours, workdays"))
    overtime_restday_hours = ExactField(_("overtime hours, rest days"))
    overtime_holiday_hours = ExactField(_("overtime hours, holidays"))

    class Meta:
        verbose_name = _("monthly attendance")
        verbose_name_plural = _("monthly attendance")
        constraints: ClassVar = [models.UniqueConstraint(fields=["month", "agent"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month}"


class AttendanceDay(models.Model):
    """One agent's day. Where a month has days, its totals are made of them."""

    agent = models.ForeignKey(Agent, models.CASCADE, verbose_name=_("agent"), related_name="attendance_days")
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=14)
    hours = ExactField(_("hours"), null=True, blank=True)

    class Meta:
        verbose_name = _("attendance day")
        verbose_name_plural = _("attendance days")
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent", "day"], name="attendance_day_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.day} {self.status}"


class QaFinding(models.Model):
    """One error a QA evaluator found in one contact: loaded from a file, or made with its ``evaluation``.

    A void finding counts nowhere: its appeal was upheld, or the file that brought it no longer has it. It is never
    deleted once it was appealed.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, verbose_name=_("agent"), related_name="qa_findings")
    month = MonthField(_("month"))
    checked_on = models.DateField(_("checked on"))
    session = models.CharField(_("contact"), max_length=80)
    code = models.CharField(_("code"), max_length=10)
    source = models.CharField(_("source"), max_length=20, blank=True)
    reviewer = models.CharField(_("evaluator"), max_length=50, blank=True)
    evaluation = models.ForeignKey(
        "grading.QaEvaluation",
        models.PROTECT,
        verbose_name=_("QA evaluation"),
        null=True,
        blank=True,
        related_name="findings",
    )
    is_void = models.BooleanField(_("void"), default=False)

    class Meta:
        verbose_name = _("QA finding")
        verbose_name_plural = _("QA findings")
        indexes: ClassVar = [models.Index(fields=["month", "agent"], name="qa_finding_month")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.checked_on} {self.code}"
