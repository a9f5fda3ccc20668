"""Promotion requests: asked by one person, decided by another."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.models.company import Agent
from grading.models.rules import LadderVersion


class PromotionRequest(models.Model):
    """A request to raise an agent's tier, with the evidence it was judged by.

    ``evidence`` is what the rule found when the request was made; ``checklist`` maps each item's code to whether the
    decider confirmed it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    agent = models.ForeignKey(Agent, models.PROTECT, verbose_name=_("agent"), related_name="promotion_requests")
    from_tier = models.CharField(_("from tier"), max_length=40, blank=True)
    to_tier = models.CharField(_("to tier"), max_length=40)
    ladder = models.ForeignKey(
        LadderVersion, models.PROTECT, verbose_name=_("tier ladder"), null=True, blank=True, related_name="+"
    )
    eligible_on = models.DateField(_("eligible on"), null=True, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict)
    checklist = models.JSONField(_("checklist"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("requested by"), related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    effective_from = models.DateField(_("effective from"), null=True, blank=True)

    class Meta:
        verbose_name = _("promotion request")
        verbose_name_plural = _("promotion requests")
        ordering: ClassVar = ["status", "-requested_at"]
        permissions: ClassVar = [
            ("decide_promotion", _("Can decide promotions of managed agents")),
            ("decide_any_promotion", _("Can decide every promotion")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent"], condition=models.Q(status="proposed"), name="promotion_one_open_request"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("requested_by")),
                name="promotion_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(status="proposed") | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="promotion_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="approved") | models.Q(effective_from__isnull=False),
                name="promotion_approved_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.from_tier}→{self.to_tier}"
