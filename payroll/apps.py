"""What each agent is paid, and why."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class PayrollConfig(AppConfig):
    """The ``payroll`` app."""

    name = "payroll"
    verbose_name = _("Payroll")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the admin our site, before it collects what the apps register (it comes after us in the settings)."""
        apps.get_app_config("admin").default_site = "payroll.admin.site.default_site"  # type: ignore[attr-defined]
