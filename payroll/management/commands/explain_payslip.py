"""``manage.py explain_payslip AGENT_NO YYYY-MM``: every line of a person's payslips with how it came about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext_noop as _

from grading import public as grading
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.wording import in_language
from payroll import models
from payroll.domain.law_rows import LawRow
from payroll.management import closing
from payroll.services.explanation import Explained, RuleTold, payslips_explain
from payroll.sheets import payslip_json
from payroll.wording import TOTAL_NAMES, found_text, line_name, step_text

LANGUAGES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
TOTALS = ("gross", "deductions", "net", "employer_cost")
DRAFT, PAY_DATE, RULES = _("draft"), _("Pay date"), _("Rules used")
PLAN, CHECKED, VERIFIED = _("from {since}, published on {day}"), _("checked on {day}"), _("verified")
UNVERIFIED, FOR_MONTH = _("not verified yet"), _("for {month}")
Say = Callable[..., str]


def explained_json(company: grading.Company, month: Month, explained: tuple[Explained, ...]) -> dict[str, Any]:
    """The payslips as in payslips.json, each with its run, whether it is still a draft, and its rules."""
    return {
        "company": company.code,
        "period": str(month),
        "payslips": [
            {
                **payslip_json(each.payslip),
                "kind": each.payslip.kind,
                "sequence": each.payslip.run.sequence,
                "status": each.payslip.run.status,
                "draft": not each.payslip.run.is_posted,
                "pay_date": each.payslip.pay_date.isoformat() if each.payslip.pay_date else None,
                "rules": [_rule_json(rule) for rule in each.rules],
            }
            for each in explained
        ],
    }


def _rule_json(rule: RuleTold) -> dict[str, Any]:
    if rule.held_from:
        plan = rule.plan
        return {
            "code": rule.code,
            "fingerprint": rule.fingerprint,
            "held_from": rule.held_from,
            "effective_from": plan.effective_from.isoformat() if plan else None,
            "revision": plan.revision if plan else None,
            "published_by": plan.published_by.get_username() if plan and plan.published_by else None,
            "published_on": plan.published_at.date().isoformat() if plan and plan.published_at else None,
        }
    return {
        "code": rule.code,
        "fingerprint": rule.fingerprint,
        "rows": [
            {
                "parameter": row.parameter,
                "from": row.first_day.isoformat(),
                "to": row.last_day.isoformat() if row.last_day else None,
                "source": row.source,
                "checked_on": row.checked_on.isoformat() if row.checked_on else None,
                "verified": row.verified,
            }
            for row in rule.rows
        ],
    }


class Command(BaseCommand):
    """Exit status 0 when there is a payslip, 1 with a coded sentence when there is none."""

    help = "Explain a person's payslips of a month: every line with its steps, and the rules behind it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent_no", metavar="AGENT_NO")
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--company", metavar="CODE", help="needed when several companies are loaded")
        parser.add_argument("--json", action="store_true", help="print JSON, always in both languages")
        parser.add_argument("--lang", choices=tuple(LANGUAGES), default="both", help="language of the sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        languages = LANGUAGES[options["lang"]]
        try:
            month = Month.parse(options["month"])
            company = closing.company_named(options["company"])
            explained = payslips_explain(company, options["agent_no"], month)
        except DomainError as error:
            told = " / ".join(found_text(error, language) for language in languages)
            raise CommandError(f"{error.code}: {told}") from error
        if options["json"]:
            self.stdout.write(json.dumps(explained_json(company, month, explained), ensure_ascii=False, indent=2))
            return
        for each in explained:
            for row in _written(each, languages):
                self.stdout.write(row)


def _written(explained: Explained, languages: tuple[str, ...]) -> Iterator[str]:
    slip = explained.payslip

    def say(text: Callable[[str], str]) -> str:
        return " / ".join(dict.fromkeys(text(language) for language in languages))

    def word(message: str, **values: object) -> str:
        return say(lambda language: in_language(message, language).format_map(values))

    yield f"{slip.number}  {slip.agent.agent_no} {slip.agent.name}  {_run_told(slip, word)}"
    for line in slip.lines.all():
        period = "" if line.period == slip.month else f"  ({word(FOR_MONTH, month=line.period)})"
        name = say(partial(line_name, line.code))
        yield f"  {line.amount:>12}  {line.code}  {name}{period}"
        for step in line.steps:
            yield f"{'':16}{say(partial(step_text, step))}"
    for column in TOTALS:
        yield f"  {getattr(slip, column):>12}  {word(TOTAL_NAMES[column])}"
    yield f"  {word(RULES)}:"
    for rule in explained.rules:
        yield from (f"    {told}" for told in _rule_told(rule, word))
    yield ""


def _run_told(slip: models.Payslip, word: Say) -> str:
    parts = [str(slip.month), f"{slip.kind}-{slip.run.sequence}"]
    if slip.pay_date:
        parts.append(f"{word(PAY_DATE)} {slip.pay_date}")
    if not slip.run.is_posted:
        parts.append(f"[{word(DRAFT)}]")
    return "  ".join(parts)


def _rule_told(rule: RuleTold, word: Say) -> Iterator[str]:
    if rule.plan is not None:
        published = rule.plan.published_at
        day = published.date() if published else "—"
        yield f"{rule.code} ({rule.held_from}): {word(PLAN, since=rule.plan.effective_from, day=day)}"
    elif not rule.rows:
        yield f"{rule.code}: {rule.fingerprint[:12]}"
    for row in rule.rows:
        days = f"{row.first_day} – {row.last_day or ''}".rstrip()
        yield f"{rule.code} {row.parameter} {days}: {row.source} ({_checked(row, word)})"


def _checked(row: LawRow, word: Say) -> str:
    checked = [word(CHECKED, day=row.checked_on)] if row.checked_on else []
    return ", ".join([*checked, word(VERIFIED if row.verified else UNVERIFIED)])
