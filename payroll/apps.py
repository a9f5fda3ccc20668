"""What each agent is paid, and why."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class PayrollConfig(AppConfig):
    """The ``payroll`` app."""

    name = "payroll"
    verbose_name = _("Payroll")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to grading, have what was posted guarded by the database, and give the admin our site before it
        collects what the apps register (it comes after us in the settings).
        """
        from grading.jobs import frozen
        from grading.public import facts_changed  # no tables before the apps are ready
        from payroll.models.frozen import FROZEN
        from payroll.services.late_changes import facts_changed_mark

        frozen.keep(self, FROZEN)
        facts_changed.connect(facts_changed_mark, dispatch_uid="payroll.late_changes")
        apps.get_app_config("admin").default_site = "payroll.admin.site.default_site"  # type: ignore[attr-defined]
