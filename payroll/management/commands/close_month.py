"""``manage.py close_month YYYY-MM``: grade, calculate, approve and pay a month."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll import month_folder
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
            closing.close(
                company,
                month,
                until=options["until"],
                preparer=closing.user_named(options["preparer"]),
                approver=closing.user_named(options["approver"]),
                quiet=quiet,
            )
            undrawn = []
            if options["out"]:
                undrawn = closing.write_out(
                    company,
                    month,
                    options["out"],
                    options["lang"],
                    documents=not options["no_documents"],
                    quiet=quiet,
                ).undrawn
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error}. Name another folder.") from error
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
