"""``manage.py verify_run YYYY-MM``: compute a month's posted runs again, and compare to the fen."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll.management import closing
from payroll.services.verification import Verified, month_verify
from payroll.wording import found_text


def verified_json(company: grading.Company, month: Month, found: list[Verified]) -> dict[str, Any]:
    """The runs of a month and what differs in each, as scripts read them."""
    return {
        "company": company.code,
        "period": str(month),
        "equal": not any(each.differences for each in found),
        "runs": [
            {
                "kind": each.run.kind,
                "sequence": each.run.sequence,
                "fingerprint": each.run.fingerprint,
                "payslips": each.payslips,
                "differences": [
                    {
                        "code": error.code,
                        "message_zh": found_text(error, "zh"),
                        "message_en": found_text(error, "en"),
                        "values": dict(error.values),
                    }
                    for error in each.differences
                ],
            }
            for each in found
        ],
    }


class Command(BaseCommand):
    """Exit status 0 when everything comes to what is stored, 1 when anything differs or on an error."""

    help = "Compute a month's posted runs again from their stored inputs and rules, and compare to the fen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--company", metavar="CODE", help="needed when several companies are loaded")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = Month.parse(options["month"])
            company = closing.company_named(options["company"])
            found = month_verify(company, month)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(verified_json(company, month, found), ensure_ascii=False, indent=2))
        else:
            self.report(found)
        if any(each.differences for each in found):
            sys.exit(1)

    def report(self, found: list[Verified]) -> None:
        """A line for each difference, and one for each run."""
        for each in found:
            for error in each.differences:
                self.stdout.write(f"{error.code}: {error}")
            run, count = each.run, len(each.differences)
            told = f"{count} differences" if count else "all equal"
            self.stdout.write(f"{run.month} {run.kind} run {run.sequence}: {each.payslips} payslips, {told}.")
