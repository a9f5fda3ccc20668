"""Durable work as rows, and the audit log."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of work for many subjects.

    ``task`` names the Celery task that takes one chunk; ``follow_up`` the one that is called when every item is
    settled and that sets ``finished_at``. Both take the job's id and nothing else. ``after`` is a job that must be
    finished before this one is worked on; ``chunk`` is how many subjects one task takes. While ``stopped_at`` is set
    nobody works on it and no follow-up is called. ``done`` and ``parked`` are how its items ended, counted when it was
    finished and good while it is.
    """

    task = models.CharField(_("task"), max_length=60)
    key = models.CharField(_("key"), max_length=120)
    follow_up = models.CharField(_("follow-up task"), max_length=60, blank=True)
    after = models.ForeignKey(
        "self", models.SET_NULL, verbose_name=_("after"), null=True, blank=True, related_name="followers"
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), null=True, blank=True)
    parked = models.PositiveIntegerField(_("parked"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    chunk = models.PositiveSmallIntegerField(_("subjects per task"), default=250)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("requested by"), related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "key"], name="job_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.key}"


class RunItem(models.Model):
    """One subject of a job. The truth about progress: messages only wake workers up.

    ``lease_token`` fences: only the worker that holds it may finish the item.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        LEASED = "leased", _("in work")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")

    job = models.ForeignKey(
        Job, models.CASCADE, verbose_name=_("job"), related_name="items", db_index=False
    )  # the unique constraint is an index by job
    subject_id = models.PositiveBigIntegerField(_("subject"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    lease_token = models.CharField(_("lease"), max_length=36, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    input_hash = models.CharField(_("input fingerprint"), max_length=64, blank=True)
    output_hash = models.CharField(_("result fingerprint"), max_length=64, blank=True)
    error_code = models.CharField(_("reason code"), max_length=60, blank=True)
    error_values = models.JSONField(_("reason values"), default=dict, blank=True)
    error_message = models.TextField(_("reason"), blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("run item")
        verbose_name_plural = _("run items")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "subject_id"], name="run_item_once"),
            models.CheckConstraint(
                condition=~models.Q(state="parked") | ~models.Q(error_code=""), name="run_item_parked_has_reason"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["job", "state", "lease_until"], name="run_item_claim")]

    def __str__(self) -> str:
        return f"{self.job_id}:{self.subject_id} {self.state}"


class AuditEntry(models.Model):
    """Who did what to what, and when. Never updated or deleted; holds ids and codes, no amounts.

    ``hash`` covers everything here with ``previous_hash``, the one of the entry before (``grading/jobs/chain.py``). Two
    entries never follow the same one.
    """

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("actor"), null=True, blank=True, related_name="+"
    )
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60)
    object_id = models.CharField(_("object"), max_length=120)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    previous_hash = models.CharField(_("hash of the entry before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id"], name="audit_object")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["previous_hash"], name="audit_never_forks"),
            models.UniqueConstraint(fields=["hash"], name="audit_hash_once"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_id}"


class IdempotencyKey(models.Model):
    """A request that changed something, so that the same request sent again changes nothing and gets the same answer.

    ``key`` and ``body`` are fingerprints made with the secret key. Only what had its effect is kept; never updated or
    deleted, so a key lives as long as what it did.
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("actor"), related_name="+")
    route = models.CharField(_("address"), max_length=200)
    key = models.CharField(_("key"), max_length=64)
    body = models.CharField(_("content"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    location = models.CharField(_("sent on to"), max_length=500, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "route", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.route}"


class Pulse(models.Model):
    """What the machinery itself did so far: how often, for how long in all, and when last.

    One row for each name, and for a task for each way that it ended. Says nothing about anybody; nothing depends on it
    but what operators watch.
    """

    name = models.CharField(_("name"), max_length=80)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    times = models.PositiveBigIntegerField(_("times"), default=0)
    milliseconds = models.PositiveBigIntegerField(_("milliseconds in all"), default=0)
    last_at = models.DateTimeField(_("last at"))

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulse")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "outcome"], name="pulse_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}".strip()


class StoredFile(models.Model):
    """A file that was made or uploaded, kept where every machine finds it. Its content never changes."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class StoredPart(models.Model):
    """A piece of a stored file: a big one would not fit into one statement."""

    file = models.ForeignKey(StoredFile, models.CASCADE, verbose_name=_("file"), related_name="parts")
    position = models.PositiveIntegerField(_("position"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of a stored file")
        verbose_name_plural = _("parts of stored files")
        default_permissions = ()
        ordering: ClassVar = ["file", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "position"], name="stored_part_once")]

    def __str__(self) -> str:
        return f"{self.file_id} #{self.position}"
