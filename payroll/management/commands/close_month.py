"""``manage.py close_month YYYY-MM``: grade, calculate, approve and pay a month."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll import month_folder, selectors
from payroll.management import closing
from payroll.wording import parked_text


class Command(BaseCommand):
    """Exit status 0 when everybody reached the stage, 3 when somebody is parked, 1 on an error."""

    help = "Run a month through the same services as the web pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--company", metavar="CODE", help="needed when several companies are loaded")
        stages = "|".join(closing.STAGES)
        parser.add_argument("--until", metavar=stages, default="paid", help="stop at this stage; paid if not named")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--agents", metavar="NO,NO", default="", help="an off-cycle run that pays these people alone")
        only.add_argument("--correction", action="store_true", help="a run of late changes to posted months alone")
        parser.add_argument("--pay-date", metavar="YYYY-MM-DD", help="of an off-cycle or correction run")
        parser.add_argument("--out", metavar="DIR", type=Path, help="write JSON, documents and export files here")
        parser.add_argument("--as", dest="preparer", default=closing.PREPARER, metavar="USER")
        parser.add_argument("--approver", default=closing.APPROVER, metavar="USER")
        parser.add_argument("--lang", choices=("zh", "en", "both"), default="both", help="language of the documents")
        parser.add_argument("--no-documents", action="store_true", help="write no PDFs")

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["verbosity"] == 0
        if options["until"] not in closing.STAGES:
            raise CommandError(f"'{options['until']}' is not a stage. Stages: {', '.join(closing.STAGES)}.")
        try:
            if options["out"]:
                options["out"].mkdir(parents=True, exist_ok=True)
            month = Month.parse(options["month"])
            company = closing.company_named(options["company"])
            preparer = closing.user_named(options["preparer"])
            closing.close(
                company,
                month,
                until=options["until"],
                preparer=preparer,
                approver=closing.user_named(options["approver"]),
                what=_what(options),
                quiet=quiet,
            )
            undrawn = []
            if options["out"]:
                undrawn = closing.write_out(
                    company,
                    month,
                    options["out"],
                    options["lang"],
                    made_by=preparer,
                    documents=not options["no_documents"],
                    quiet=quiet,
                ).undrawn
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error}. Name another folder.") from error
        self.report(company, month)
        parked = month_folder.parked(company, month)
        for agent, item in parked:
            text = parked_text(item, "en" if options["lang"] == "en" else "zh")
            self.stdout.write(f"parked: {agent.agent_no} {agent.name}: {item.error_code}: {text}")
        for missing in undrawn:
            self.stderr.write(f"not drawn: {missing}")
        if undrawn:
            sys.exit(1)
        if parked:
            sys.exit(3)
        self.stdout.write(f"{company.code} {month}: everybody is {options['until']}.")

    def report(self, company: grading.Company, month: Month) -> None:
        """The marks of what is posted, to be kept outside the system."""
        for run in selectors.runs_of_month(company.pk, month):
            if run.is_posted:
                head = run.audit_head or "—"
                self.stdout.write(f"{run.kind} run {run.sequence}: fingerprint {run.fingerprint}, audit head {head}")


def _what(options: dict[str, Any]) -> closing.What:
    """The run that the options mean. Raises CommandError for a pay date that is none."""
    try:
        pay_date = date.fromisoformat(options["pay_date"]) if options["pay_date"] else None
    except ValueError as error:
        raise CommandError(f"'{options['pay_date']}' is not a day. Write it as YYYY-MM-DD.") from error
    agents = tuple(part.strip() for part in options["agents"].split(",") if part.strip())
    if pay_date is not None and not agents and not options["correction"]:
        raise CommandError(
            "--pay-date goes with --agents or --correction; a regular run follows the company's pay day."
        )
    return closing.What(agents, options["correction"], pay_date)
