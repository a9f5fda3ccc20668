"""``manage.py payroll_doctor``: look at everything stored, and say what is wrong or waits for somebody."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grading import public as grading
from grading.kernel.errors import DomainError
from payroll.management import closing
from payroll.services.doctor import Found, Severity, doctor
from payroll.wording import found_text

LANGUAGES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}


def found_json(found: Found) -> dict[str, Any]:
    """A finding as scripts read it."""
    return {
        "code": found.error.code,
        "severity": found.severity.value,
        "where": found.where,
        "message_zh": found_text(found.error, "zh"),
        "message_en": found_text(found.error, "en"),
        "values": dict(found.error.values),
    }


class Command(BaseCommand):
    """Exit status 0 when nothing is wrong and nothing waits, 1 on a finding; information alone is no finding."""

    help = "Check posted payslips, the law, waiting work, fonts and migrations; change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", metavar="CODE", help="look at this company only")
        parser.add_argument("--json", action="store_true", help="print JSON, always in both languages")
        parser.add_argument("--lang", choices=tuple(LANGUAGES), default="both", help="language of the sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        told = []
        try:
            for found in doctor(_companies(options["company"]), timezone.now()):
                told.append(found)
                if not options["json"]:
                    texts = dict.fromkeys(found_text(found.error, each) for each in LANGUAGES[options["lang"]])
                    self.stdout.write(f"{found.severity}: {found.error.code}: {found.where}: {' / '.join(texts)}")
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        is_sound = all(found.severity is Severity.INFO for found in told)
        if options["json"]:
            data = {"sound": is_sound, "findings": [found_json(found) for found in told]}
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
        elif not told:
            self.stdout.write("Nothing found.")
        if not is_sound:
            sys.exit(1)


def _companies(code: str | None) -> Iterator[grading.Company]:
    """Asked for one by one: a database that lacks migrations may have no table of companies."""
    if code is not None:
        yield closing.company_named(code)
    else:
        yield from grading.Company.objects.order_by("code")
