"""Posted payslips computed again from what was kept of them, and compared with what was kept: to the fen, every step.

A payslip's own facts and the documents of its rules are enough; nothing of today's company is looked at. What has
changed in the product since must come to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

from grading import public as grading
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.kernel.restore import restored
from grading.kernel.snapshot import fingerprint, plain
from payroll import models, selectors
from payroll.domain.facts import Facts
from payroll.domain.income_tax import tax_day
from payroll.domain.law import Law
from payroll.domain.payslip import Payslip, compute_correction, compute_payslip
from payroll.domain.plan_document import plan_from
from payroll.domain.rules import PayPlan, Rules
from payroll.selectors.kept import KeptDocument, documents_kept, payslip_chunks
from payroll.statutory import law_from

HASHES = ("rules_fingerprint", "input_hash", "output_hash")


@dataclass(frozen=True, slots=True)
class Verified:
    """What computing a run's payslips again came to: how many there are, and everything that is not the same."""

    run: models.PayRun
    payslips: int
    differences: tuple[DomainError, ...]


class NothingPosted(DomainError):
    """A month in which nothing is posted yet."""

    code = "payroll.nothing_posted"
    template = "No run of {month} is posted in '{company}'. Approve it first, or correct the month."


class PostedRunChanged(DomainError):
    """A posted run whose payslips are not those that were approved."""

    code = "payroll.posted_run_changed"
    template = (
        "Run {run} was approved as {approved} and its payslips come to {now}: one was changed, added or removed "
        "outside the product. Restore it from a backup."
    )


class HashDiffers(DomainError):
    """A fingerprint that is not that of what stands beside it."""

    code = "payroll.hash_differs"
    template = (
        "Payslip {payslip}: {column} is not the fingerprint of what is stored. Facts, rules or lines were changed "
        "outside the product: restore them from a backup."
    )


class LineDiffers(DomainError):
    """A stored line that is not what its facts and rules come to."""

    code = "payroll.line_differs"
    template = (
        "Payslip {payslip}, line {position}: stored is {stored}, computed again it is {computed}. "
        "If it was changed outside the product restore it from a backup; if the product changed, report it."
    )


class StepsDiffer(DomainError):
    """A line whose amount is the same and whose explanation is not."""

    code = "payroll.steps_differ"
    template = (
        "Payslip {payslip}, line {position} ({line}): the amount is the same, its steps are not those computed again. "
        "Restore them from a backup, or report it."
    )


class ValueDiffers(DomainError):
    """A stored figure of a payslip that is not what its facts and rules come to."""

    code = "payroll.value_differs"
    template = (
        "Payslip {payslip}: {column} is stored as {stored} and computed again as {computed}. "
        "If it was changed outside the product restore it from a backup; if the product changed, report it."
    )


class DocumentGone(DomainError):
    """A document of rules that payslips were computed with and that is kept no longer."""

    code = "payroll.document_gone"
    template = (
        "Document '{document}' ({fingerprint}) is no longer stored, and {people} payslips were computed with it: "
        "they cannot be computed again. Restore it from a backup."
    )


class DocumentChanged(DomainError):
    """A kept document of rules that no longer has its fingerprint."""

    code = "payroll.document_changed"
    template = (
        "Document '{document}' ({fingerprint}) was changed since {people} payslips were computed with it: "
        "they cannot be computed again. Restore it from a backup."
    )


class NotComputedAgain(DomainError):
    """A posted payslip that its own facts and rules no longer come to."""

    code = "payroll.not_computed_again"
    template = "Payslip {payslip} was posted and cannot be computed again: {reason} ({because}). Report it."


def month_verify(company: grading.Company, month: Month) -> list[Verified]:
    """Every posted run of a month computed again, oldest first. Raises NothingPosted."""
    posted = [run for run in selectors.runs_of_month(company.pk, month) if run.is_posted]
    if not posted:
        raise NothingPosted(month=month, company=company.code)
    return [run_verify(run) for run in posted]


def run_verify(run: models.PayRun) -> Verified:
    """Compute every payslip of a posted run again, and say what is not as it is stored. Changes nothing.

    A constant number of queries for each chunk of payslips; only one chunk is held at a time.
    """
    shelf = Shelf(run.company_id)
    found: list[DomainError] = []
    people = 0
    now = selectors.payslips_fingerprint(run.payslips.all())
    if now != run.fingerprint:
        found.append(PostedRunChanged(run=run, approved=run.fingerprint[:12] or "—", now=now[:12]))
    for chunk in payslip_chunks(run.payslips.all()):
        people += len(chunk)
        shelf.fetch(mark["fingerprint"] for slip in chunk for mark in slip.rules)
        for slip in chunk:
            found += payslip_differences(slip, shelf)
    return Verified(run, people, (*found, *shelf.broken()))


def hash_differences(slip: models.Payslip) -> Iterator[HashDiffers]:
    """The fingerprints of a payslip that are not those of what is stored beside them."""
    lines = [[line.code, line.kind, str(line.amount), str(line.period), line.steps] for line in slip.lines.all()]
    expected = (
        fingerprint(slip.rules),
        fingerprint({"facts": slip.facts, "rules": slip.rules_fingerprint}),
        fingerprint(lines),
    )
    for column, mark in zip(HASHES, expected, strict=True):
        if getattr(slip, column) != mark:
            yield HashDiffers(payslip=slip.number, column=column)


def payslip_differences(slip: models.Payslip, shelf: Shelf) -> Iterator[DomainError]:
    """What of one payslip is not what its kept facts and rules come to.

    Facts or rules that lost their fingerprint are said to have, and nothing is computed from them.
    """
    marks = list(hash_differences(slip))
    yield from marks
    if any(mark.values["column"] != "output_hash" for mark in marks):
        return
    try:
        rules = shelf.rules(slip.rules)
        if rules is None:
            return
        facts = restored(Facts, slip.facts)
        is_correction = slip.kind == models.PayRun.Kind.CORRECTION
        result = (compute_correction if is_correction else compute_payslip)(facts, rules)
    except DomainError as error:
        yield NotComputedAgain(payslip=slip.number, reason=str(error), because=error.code)
        return
    yield from _line_differences(slip, result)
    yield from _column_differences(slip, _columns(facts, rules, result))


def _line_differences(slip: models.Payslip, result: Payslip) -> Iterator[DomainError]:
    for position, (stored, line) in enumerate(zip_longest(slip.lines.all(), result.lines), start=1):
        before = "—" if stored is None else _described(stored.code, stored.kind, stored.amount, stored.period)
        after = "—" if line is None else _described(line.code, line.kind.value, line.amount, line.period)
        if before != after:
            yield LineDiffers(payslip=slip.number, position=position, stored=before, computed=after)
        elif plain(line.steps) != stored.steps:
            yield StepsDiffer(payslip=slip.number, position=position, line=line.code)


def _described(*parts: object) -> str:
    return " ".join(map(str, parts))


def _columns(facts: Facts, rules: Rules, result: Payslip) -> Mapping[str, object]:
    """The figures that stand on a payslip's row, besides its lines."""
    month = result.guarantee
    return {
        "month": facts.month,
        "pay_date": facts.pay_date,
        "tax_year": tax_day(facts).year if rules.law is not None else None,
        "gross": result.gross,
        "deductions": result.deductions,
        "net": result.net,
        "employer_cost": result.employer_cost,
        "carried_forward": result.carried_forward,
        "loss_balance": result.loss_balance,
        "taxable_income": result.taxed.income,
        "tax_contributions": result.taxed.contributions,
        "tax_withheld": result.taxed.withheld,
        "separate_bonus": result.taxed.separate_bonus,
        "guarantee_counted": month.counted if month else None,
        "guarantee_amount": month.guaranteed if month else None,
        "guarantee_topped_up": month.topped_up if month else None,
    }


def _column_differences(slip: models.Payslip, computed: Mapping[str, object]) -> Iterator[ValueDiffers]:
    for column, value in computed.items():
        if getattr(slip, column) != value:
            yield ValueDiffers(payslip=slip.number, column=column, stored=getattr(slip, column), computed=value)
    if slip.facts["past"] and not slip.late_changes_seen:
        yield ValueDiffers(payslip=slip.number, column="late_changes_seen", stored=0, computed=">0")


class Shelf:
    """The documents of a company's rules that payslips were computed with: read when first asked for, turned into
    rules once.
    """

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self._documents: dict[str, KeptDocument | None] = {}
        self._plans: dict[str, PayPlan] = {}
        self._laws: dict[tuple[str, ...], Law] = {}
        self._missed: Counter[tuple[str, str]] = Counter()

    def fetch(self, fingerprints: Iterable[str]) -> None:
        """Read the documents that are not here yet."""
        wanted = set(fingerprints) - self._documents.keys()
        if wanted:
            held = documents_kept(self.company_id, wanted)
            self._documents |= {mark: held.get(mark) for mark in wanted}

    def rules(self, used: Iterable[Mapping[str, str]]) -> Rules | None:
        """The rules that a payslip's fetched documents make; None, and noted, where one is gone or changed.

        Raises BrokenDocument for a document that this version cannot read.
        """
        used = list(used)
        lacking = [each for each in used if not self._is_sound(each["fingerprint"])]
        self._missed.update((each["code"], each["fingerprint"]) for each in lacking)
        if lacking:
            return None
        plans = [(date.fromisoformat(each["held_from"]), self._plan(each)) for each in used if each["held_from"]]
        law = self._law({each["code"]: each["fingerprint"] for each in used if not each["held_from"]})
        return Rules(Dated.of("plan", plans), law, law.calendar if law is not None else None)

    def broken(self) -> tuple[DomainError, ...]:
        """The documents that payslips were computed with and that are gone or changed, each once."""
        return tuple(
            (DocumentGone if self._documents[mark] is None else DocumentChanged)(
                document=code, fingerprint=mark[:12], people=people
            )
            for (code, mark), people in sorted(self._missed.items())
        )

    def _is_sound(self, mark: str) -> bool:
        held = self._documents[mark]
        return held is not None and held.is_intact

    def _body(self, mark: str) -> Any:
        held = self._documents[mark]
        return held.body if held is not None else None

    def _plan(self, used: Mapping[str, str]) -> PayPlan:
        mark = used["fingerprint"]
        if mark not in self._plans:
            self._plans[mark] = plan_from(self._body(mark)).plan
        return self._plans[mark]

    def _law(self, marks: Mapping[str, str]) -> Law | None:
        """The law of these documents: the country, and the calendars and cities the person needed."""
        if not marks:
            return None
        key = tuple(sorted(marks.values()))
        if key not in self._laws:
            self._laws[key] = law_from({code: self._body(mark) for code, mark in marks.items()})
        return self._laws[key]
