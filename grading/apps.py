"""Who the agents are and how well they did."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradingConfig(AppConfig):
    """The ``grading`` app. Knows nothing of pay."""

    name = "grading"
    verbose_name = _("Grading")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have what was published guarded by the database."""
        from grading.jobs import frozen  # no tables before the apps are ready
        from grading.models.frozen import FROZEN

        frozen.keep(self, FROZEN)
