"""``manage.py describe_metrics``: the metric catalogue as a page."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from grading.management.catalogue_page import page


class Command(BaseCommand):
    """Writes docs/metrics.md to standard output."""

    help = "Print the metric catalogue as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
