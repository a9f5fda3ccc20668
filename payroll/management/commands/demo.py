"""``manage.py demo``: load the demo company, close its newest month, and say how to look at it."""

from __future__ import annotations

import shlex
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.imports.folder import CompanyFolder
from grading.kernel.errors import DomainError
from payroll import month_folder, selectors
from payroll.management import closing
from payroll.management.demo_logins import demo_logins_make
from payroll.services.loading import company_load
from payroll.sheets import totals
from payroll.wording import parked_text

AGENT, TEAM = "CS0019", "after-2"
"""The agent and the manager's team that the printed logins show."""


class Command(BaseCommand):
    """May be run again at any time: what is closed stays as it is, and only the parked are tried again."""

    help = "Load the demo company from demo/company and close its newest month into out/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "demo" / "company")
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "out")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        preparer, approver = closing.user_named(closing.PREPARER), closing.user_named(closing.APPROVER)
        try:
            folder = CompanyFolder.from_directory(options["folder"])
            report = company_load(folder, loaded_by=preparer)
            if report.company is None:
                raise CommandError("\n".join(map(str, report.problems)))
            company, month = report.company, folder.months()[-1]
            self.stdout.write(f"{company.name_zh} · {company.name_en}: {month}")
            closing.close(company, month, until="paid", preparer=preparer, approver=approver)
            written = closing.write_out(company, month, options["out"], "both", made_by=preparer, documents=True)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        slips = list(selectors.payslips_of_month(company.pk, month))
        sums = totals(slips)
        parked = month_folder.parked(company, month)
        self.stdout.write("")
        self.stdout.write(f"  paid      {len(slips)} people")
        self.stdout.write(f"  parked    {len(parked)} people")
        for agent, item in parked:
            self.stdout.write(f"            {agent.agent_no} {agent.name} [{item.error_code}]")
            for lang in ("zh", "en"):
                self.stdout.write(f"              {parked_text(item, lang)}")
        self.stdout.write(f"  gross     {_money(sums['gross'])}")
        self.stdout.write(f"  net       {_money(sums['net'])}")
        self.stdout.write(f"  written   {written.payslips} payslips, {written.appraisals} appraisal sheets,")
        self.stdout.write(f"            JSON and export files in {shlex.quote(str(options['out']))}")
        self.stdout.write(f"  seconds   {time.monotonic() - started:.1f}")
        self.stdout.write("")
        self.stdout.write("Look around: make serve, then open http://127.0.0.1:8000/ and log in as")
        for login in demo_logins_make(company, AGENT, TEAM):
            self.stdout.write(f"  {login.username:<14} {login.password}   {login.role}")


def _money(amount: Decimal) -> str:
    return f"{amount:>14,.2f} CNY"
