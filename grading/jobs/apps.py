"""Durable work: items with leases, a sweeper, and the audit log. Knows nothing of grades or pay."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """The ``jobs`` app."""

    name = "grading.jobs"
    label = "jobs"
    verbose_name = _("Work and audit")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the audit log and the keys of requests guarded by the database."""
        from grading.jobs import frozen

        frozen.keep(self, (frozen.Frozen("jobs_auditentry"), frozen.Frozen("jobs_idempotencykey")))
