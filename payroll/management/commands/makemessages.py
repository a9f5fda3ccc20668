"""``manage.py makemessages``: Django's own, which also collects the sentences of errors.

Errors belong to the pure core, which knows no catalogue: their ``template`` is plain text in a class. For the time of
the collection they stand in a file that marks them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from django.core.management.commands import makemessages

import grading
import payroll
from grading.wording import error_templates


class Command(makemessages.Command):
    """Collects messages into the catalogues. Needs GNU gettext."""

    def handle(self, *args: Any, **options: Any) -> None:
        for app in (grading, payroll):
            for module in walk_packages(app.__path__, f"{app.__name__}."):
                import_module(module.name)  # an error is known once its module is loaded
        marked = Path("payroll", "error_sentences.py")
        lines = [f"gettext_noop({template!r})" for template in sorted(set(error_templates().values()))]
        marked.write_text("\n".join(lines), encoding="utf-8")
        try:
            super().handle(*args, **options)
        finally:
            marked.unlink()
