"""The company, its shops and teams, and its agents with their dated facts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    """An employer. ``statutory`` names the law its pay follows; ``none`` runs no legal guard."""

    class Statutory(models.TextChoices):
        CN = "cn", _("mainland China")
        NONE = "none", _("none")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=40, blank=True)
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    statutory = models.CharField(_("statutory rules"), max_length=8, choices=Statutory, default=Statutory.NONE)
    pay_day = models.PositiveSmallIntegerField(_("pay day"), null=True, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    readings = models.JSONField(_("readings"), default=dict, blank=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(pay_day__isnull=True) | models.Q(pay_day__range=(1, 31)), name="company_pay_day"
            )
        ]

    def __str__(self) -> str:
        return self.name_zh


class Shop(models.Model):
    """A shop on a platform that teams serve."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="shops")
    code = models.CharField(_("code"), max_length=60)
    platform = models.CharField(_("platform"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="shop_once")]

    def __str__(self) -> str:
        return self.code


class Team(models.Model):
    """A team of a department, serving a shop."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="teams")
    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    department = models.CharField(_("department"), max_length=80, blank=True)
    platform = models.CharField(_("platform"), max_length=20, blank=True)
    shop = models.ForeignKey(Shop, models.PROTECT, verbose_name=_("shop"), null=True, blank=True, related_name="teams")

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="team_once")]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A customer-service agent (客服). What changes over time is an AgentFact, not a column here."""

    class Role(models.TextChoices):
        PRE_SALES = "pre_sales", _("pre-sales")
        AFTER_SALES = "after_sales", _("after-sales")
        COMPREHENSIVE = "comprehensive", _("comprehensive")
        CALL_CENTRE = "call_centre", _("call centre")

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="agents")
    agent_no = models.CharField(_("agent number"), max_length=40)
    name = models.CharField(_("name"), max_length=50)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    hire_date = models.DateField(_("hire date"))
    leave_date = models.DateField(_("last paid day"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("login"),
        null=True,
        blank=True,
        related_name="agent",
    )

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering: ClassVar = ["agent_no"]
        permissions: ClassVar = [("manage_logins", _("Can make and reset logins"))]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "agent_no"], name="agent_once"),
            models.CheckConstraint(
                condition=models.Q(leave_date__isnull=True) | models.Q(leave_date__gte=models.F("hire_date")),
                name="agent_leaves_after_hire",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_no} {self.name}"


class AgentFact(models.Model):
    """A dated fact: it holds from its first day until the next one of its kind, so no gap or overlap can exist."""

    class Kind(models.TextChoices):
        TIER = "tier", _("tier")
        TEAM = "team", _("team")
        MANAGER = "manager", _("manager")

    class Source(models.TextChoices):
        AGENTS = "agents", _("agents file")
        CHANGES = "changes", _("changes file")
        PROMOTION = "promotion", _("promotion")

    agent = models.ForeignKey(Agent, models.CASCADE, verbose_name=_("agent"), related_name="facts")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    value = models.CharField(_("value"), max_length=80)
    effective_from = models.DateField(_("effective from"))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.AGENTS)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("dated fact")
        verbose_name_plural = _("dated facts")
        ordering: ClassVar = ["agent", "kind", "effective_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "kind", "effective_from"], name="agent_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind}={self.value} {self.effective_from}"


class TeamManager(models.Model):
    """Who manages a team, from a day until a day. A manager need not be an agent; rights end with the last day."""

    team = models.ForeignKey(Team, models.CASCADE, verbose_name=_("team"), related_name="managers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("manager"), related_name="managed_teams"
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("team manager")
        verbose_name_plural = _("team managers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user", "first_day"], name="team_manager_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("first_day")),
                name="team_manager_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.user_id}"
