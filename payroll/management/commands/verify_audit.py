"""``manage.py verify_audit``: is the audit log as it was written, and what is its head?"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payroll.services.audit_trail import audit_verify
from payroll.wording import found_text


class Command(BaseCommand):
    """Exit status 0 when the log is whole, 1 when anything is wrong with it."""

    help = "Look the audit log through for entries that were changed, removed, inserted or moved, and print its head."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="HASH",
            help="a head that was printed earlier, on a closing report or by this command; may be given several times",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit_verify(options["head"])
        if options["json"]:
            problems = [
                {
                    "code": error.code,
                    "message_zh": found_text(error, "zh"),
                    "message_en": found_text(error, "en"),
                    "values": dict(error.values),
                }
                for error in found.problems
            ]
            answer = {"entries": found.entries, "head": found.head, "whole": not problems, "problems": problems}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            for error in found.problems:
                self.stdout.write(f"{error.code}: {error}")
            self.stdout.write(f"{found.entries} entries, head {found.head}")
        if found.problems:
            sys.exit(1)
