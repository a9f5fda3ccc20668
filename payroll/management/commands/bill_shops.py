"""``manage.py bill_shops YYYY-MM``: what client shops owe for a month, and the margin of each shop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.wording import error_text
from payroll import month_folder
from payroll.management import closing
from payroll.services.billing import BillingMonth, billing_month, statement_issue
from payroll.sheets import statement_json


def billing_json(company: grading.Company, month: Month, found: BillingMonth) -> dict[str, Any]:
    """Statements, shops and what could not be billed, as scripts read them; an amount that is not known is null."""
    return {
        "company": company.code,
        "period": str(month),
        "statements": [
            {**statement_json(each.statement, each.lines), "outdated": each.is_outdated}
            for each in found.contracts
            if each.statement is not None
        ],
        "shops": [
            {
                "shop": each.shop,
                "billed": None if each.billed is None else str(each.billed),
                "cost": None if each.unpaid else str(each.cost),
                "margin": None if each.margin is None else str(each.margin),
                "people": each.people,
                "unpaid": list(each.unpaid),
            }
            for each in found.shops
        ],
        "problems": [
            {
                "contract": each.contract.code,
                "code": each.problem.code,
                "message_zh": _message(each.problem, "zh"),
                "message_en": _message(each.problem, "en"),
            }
            for each in found.contracts
            if each.problem is not None
        ],
    }


def _message(problem: DomainError, language: str) -> str:
    return error_text(problem.code, problem.values, language, str(problem))


class Command(BaseCommand):
    """Exit status 0 when every contract of the month can be billed, 3 when one cannot, 1 on an error."""

    help = "Bill client shops for a month: statements, and bill less employer cost for each shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--company", metavar="CODE", help="needed when several companies are loaded")
        parser.add_argument("--issue", action="store_true", help="issue every statement that can be issued")
        parser.add_argument("--as", dest="user", default=closing.PREPARER, metavar="USER", help="who issues")
        parser.add_argument("--out", metavar="DIR", type=Path, help="write the statements here as PDF")
        parser.add_argument("--json", metavar="FILE", type=Path, help="write statements and margins here")
        parser.add_argument("--lang", choices=("zh", "en", "both"), default="both", help="language of the PDFs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = Month.parse(options["month"])
            company = closing.company_named(options["company"])
            if options["issue"]:
                self.issue(company, month, options["user"])
            found = billing_month(company, month)
            undrawn = []
            if options["out"]:
                drawn = [(each.statement, each.lines) for each in found.contracts if each.statement is not None]
                undrawn = month_folder.write_statements(drawn, options["out"], options["lang"])
            if options["json"]:
                month_folder.write_data(options["json"], billing_json(company, month, found))
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(f"The files cannot be written: {error}. Name another place.") from error
        self.report(found)
        for missing in undrawn:
            self.stderr.write(f"not drawn: {missing}")
        if undrawn:
            sys.exit(1)
        if any(each.problem for each in found.contracts if not each.is_issued):
            sys.exit(3)

    def issue(self, company: grading.Company, month: Month, username: str) -> None:
        """Issue whatever is a sound draft."""
        user = closing.user_named(username)
        for each in billing_month(company, month).contracts:
            if not each.is_issued and each.problem is None:
                statement_issue(
                    company=company,
                    month=month,
                    contract=each.contract.code,
                    issued_by=user,
                    reviewed=each.fingerprint,
                )

    def report(self, found: BillingMonth) -> None:
        """A line for each contract and each shop."""
        if not found.contracts:
            self.stdout.write("No contract covers a day of this month.")
        for each in found.contracts:
            if each.statement is None:
                assert each.problem is not None  # noqa: S101  a contract without a statement says why
                self.stdout.write(f"not billed: {each.contract.code}: {each.problem.code}: {each.problem}")
                continue
            state = each.statement.number if each.is_issued else "draft"
            note = "; would come to something else now" if each.is_outdated else ""
            self.stdout.write(f"{each.contract.code} ({each.contract.shop}): {each.statement.total} [{state}{note}]")
        for shop in found.shops:
            lacks = f"; no posted payslip: {', '.join(shop.unpaid)}" if shop.unpaid else ""
            billed, margin = (amount if amount is not None else "unknown" for amount in (shop.billed, shop.margin))
            self.stdout.write(f"shop {shop.shop}: billed {billed}, cost {shop.cost}, margin {margin}{lacks}")
