"""The product against the reference calculator, agent-month by agent-month: every line, net, and who waits and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from grading.kernel.errors import DomainError
from payroll.domain.payslip import Payslip
from payroll.statutory import shipped_law
from tests.scenarios.lives import Life, News, life
from tests.scenarios.product_pay import NOTHING_PAST, Past, Posted, Product
from tests.scenarios.reference import month as reference
from tests.scenarios.reference.figures import days_of, money
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import Again, Ledger, Line, Slip, Waits
from tests.scenarios.shipped_law import reference_law


@dataclass
class Told:
    """What some people came to."""

    months: int = 0
    corrections: int = 0
    lines: int = 0
    parked: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Told) -> None:
        self.months += other.months
        self.corrections += other.corrections
        self.lines += other.lines
        self.parked += other.parked
        self.differences += other.differences


def compare_people(seeds: Sequence[int], law: Law | None = None) -> Told:
    """Draw and pay people both ways. ``law`` is the reference's; left out, what ships."""
    told = Told()
    for seed in seeds:
        told.add(BothWays(life(seed), law or reference_law()).paid())
    return told


class BothWays:
    """One life, paid by both. Each keeps its own books, so that what one month leaves reaches the next."""

    def __init__(self, drawn: Life, law: Law) -> None:
        self.life, self.told = drawn, Told()
        self.person, self.rows = drawn.person, dict(drawn.rows)
        self.law = law if drawn.under_law else None
        self.product = Product(drawn.plans, shipped_law().law if drawn.under_law else None)
        self.ledger, self.posted = Ledger(), Posted()
        self.before: dict[date, tuple[Ledger, Posted]] = {}
        """Both books as they stood before a month: what it is computed again with."""

    def paid(self) -> Told:
        for month in self.life.months:
            here = [news for news in self.life.news if news.told_in == month]
            self._pay(month, self._told_late([news for news in here if not news.by_correction], month))
            to_correct = self._told_late([news for news in here if news.by_correction], month)
            if self.ledger.has_posted(month) and to_correct:
                self._correct(month, to_correct)
        return self.told

    # what is told late

    def _told_late(self, told: Sequence[News], month: date) -> list[date]:
        """Takes news in; the posted months that it may change, oldest first."""
        affected: set[date] = set()
        for news in told:
            if news.rows is not None:
                self.rows[news.since] = news.rows
                affected.add(news.since)
            if news.person is not None:
                self.person = news.person
                affected |= {each for each in self.rows if each >= news.since}
        return sorted(each for each in affected if each <= month and self.ledger.has_posted(each))

    def _reference_again(self, months: Sequence[date]) -> tuple[list[Line] | Waits, Again]:
        found: list[Line] = []
        promised = []
        for month in months:
            before, _posted = self.before[month]
            now = reference.payslip(self.person, self.life.plans, self.law, month, self.rows[month], before)
            if isinstance(now, Waits):
                return now, ()
            promised.append((month, now.guarantee))
            found += reference.differences(month, self.ledger.lines_for(month), now.lines)
        return found, promised

    def _product_again(self, months: Sequence[date]) -> Past:
        found = []
        for month in months:
            _ledger, before = self.before[month]
            found.append(self.product.again(self.person, month, self.rows[month], before, self.posted))
        lines = tuple(line for each in found for line in each.lines)
        return Past(lines, tuple(month for each in found for month in each.guarantees))

    # payslips

    def _pay(self, month: date, again: Sequence[date]) -> None:
        rows = self.rows[month]
        self.told.months += 1
        self.before[month] = (
            Ledger(list(self.ledger.slips)),
            Posted(list(self.posted.slips), dict(self.posted.corrected)),
        )
        past, promised = self._reference_again(again)
        expected = past
        if not isinstance(past, Waits):
            expected = reference.payslip(
                self.person, self.life.plans, self.law, month, rows, self.ledger, past, promised
            )
        if isinstance(expected, Slip) and expected.due_minimum is not None:
            due = self.product.due_minimum(self.person, month, rows, self.posted)
            if str(due) != money(expected.due_minimum):
                self._differ(month, f"minimum wage due: product {due}, reference {money(expected.due_minimum)}")
        self._compare(
            month,
            expected,
            again,
            lambda past: self.product.payslip(self.person, month, rows, self.posted, past),
        )

    def _correct(self, month: date, again: Sequence[date]) -> None:
        """A correction run of the month, for whom it has anything to correct."""
        past, promised = self._reference_again(again)
        if not past:
            if lines := self._product_again(again).lines:
                self._differ(month, f"product would correct {[line.code for line in lines]}, reference nothing")
            return
        self.told.corrections += 1
        expected = past
        if not isinstance(past, Waits):
            paid_on = self._paid_on(month)
            expected = reference.correction(self.person, self.law, month, paid_on, self.ledger, past, promised)
        self._compare(
            month,
            expected,
            again,
            lambda past: self.product.correction(self.person, month, self.rows[month], self.posted, past),
        )

    def _paid_on(self, month: date) -> date:
        return self.rows[month].pay_date or days_of(month)[-1]

    # comparing

    def _compare(
        self, month: date, expected: Slip | Waits, again: Sequence[date], pay: Callable[[Past], Payslip]
    ) -> None:
        """Compare what both come to; both post it when both pay."""
        past = NOTHING_PAST
        try:
            past = self._product_again(again)
            slip, code = pay(past), ""
        except DomainError as error:
            slip, code = None, error.code
        if slip is None or isinstance(expected, Waits):
            self.told.parked[code] += 1
            speaking_against = expected.codes if isinstance(expected, Waits) else frozenset()
            if code not in speaking_against:
                wanted = " or ".join(sorted(speaking_against))
                self._differ(month, f"product {code or 'pays'}, reference {wanted or 'pays'}")
            return
        got = [f"{line.code} {line.kind} {line.amount} {line.period}" for line in slip.lines]
        wanted = [f"{line.code} {line.kind} {money(line.amount)} {line.period:%Y-%m}" for line in expected.lines]
        self.told.lines += len(wanted)
        if got != wanted:
            only_got, only_wanted = Counter(got) - Counter(wanted), Counter(wanted) - Counter(got)
            if only_got or only_wanted:
                self._differ(month, f"product {[*only_got.elements()]}, reference {[*only_wanted.elements()]}")
            else:
                self._differ(month, f"in another order: product {got}, reference {wanted}")
        for name, one, two in (
            ("net", slip.net, expected.net),
            ("carried forward", slip.carried_forward, expected.carried),
            ("losses left", slip.loss_balance, expected.losses),
        ):
            if str(one) != money(two):
                self._differ(month, f"{name}: product {one}, reference {money(two)}")
        self.ledger.slips.append(expected)
        self.posted.slips.append((self._paid_on(month), slip))
        self.posted.corrected |= {each.month: each for each in past.guarantees}

    def _differ(self, month: date, what: str) -> None:
        self.told.differences.append(f"{self.person.agent_no} {month:%Y-%m}: {what}")
