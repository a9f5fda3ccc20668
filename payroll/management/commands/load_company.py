"""``manage.py load_company DIR``: validate and load a company folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.imports.folder import CompanyFolder
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll.management.closing import PREPARER, user_named
from payroll.services.loading import LoadReport, company_load


class Command(BaseCommand):
    """Prints the difference, or every problem; exit status 1 when the folder was refused."""

    help = "Validate and load a company folder; all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="a company folder, or a ZIP of one")
        parser.add_argument("--month", metavar="YYYY-MM", help="load this month's folder only, not every one")
        parser.add_argument("--dry-run", action="store_true", help="print the difference and change nothing")
        parser.add_argument("--as", dest="user", default=PREPARER, metavar="USER", help="who loads the folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = Path(options["folder"])
            month = Month.parse(options["month"]) if options["month"] else None
            if path.is_file():
                folder = CompanyFolder.from_zip(path.name, path.read_bytes())
            else:
                folder = CompanyFolder.from_directory(path)
            if month is not None and month not in folder.months():
                held = ", ".join(map(str, folder.months())) or "—"
                raise CommandError(f"{path} has no folder {month}. It has: {held}.")
            user = user_named(options["user"])
            difference = company_load(folder, loaded_by=user, month=month, dry_run=True)
            self.report(difference)
            if difference.is_refused:
                sys.exit(1)
            if not options["dry_run"]:
                company_load(folder, loaded_by=user, month=month)
                self.stdout.write(f"Loaded company '{difference.company.code if difference.company else ''}'.")
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error

    def report(self, report: LoadReport) -> None:
        """The difference, and what the loader noticed; or the problems, one line each."""
        for notice in report.notices:
            self.stdout.write(f"note: {notice}")
        for problem in report.problems:
            self.stderr.write(str(problem))
        if report.is_refused:
            self.stderr.write(f"{len(report.problems)} problems; nothing was changed.")
            return
        changed = [change for change in report.changes if not change.is_none]
        for change in changed:
            self.stdout.write(
                f"{change.file}: {change.added} added, {change.changed} changed, {change.removed} removed, "
                f"{change.unchanged} unchanged"
            )
        if not changed:
            self.stdout.write("No difference: everything is already as in the folder.")
