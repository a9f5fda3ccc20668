"""What an outsourcer bills a client shop for a month (外包结算), and what the people who served the shop cost.

Prices between two companies, never wages: the four price models of seed 004 L34 (RQ-190 … RQ-193).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from grading.kernel.bands import Bands
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.money import FEN_HALF_UP, split, total
from grading.kernel.period import Month, Span
from payroll.domain.lines import Step, step
from payroll.domain.rules import Basis

SALES, INQUIRIES, TEMP_DAYS = "sales", "inquiries", "temp_days"
"""What is counted for a shop: its sales in yuan (refunds taken off), inquiries, and days of temporary agents."""

NO_SHOP = ""
"""Stands for the days on which a person was assigned to no shop."""


class ContractNotInForce(DomainError):
    """A contract that covers no day of the month."""

    code = "payroll.contract_not_in_force"
    template = (
        "Contract '{contract}' covers no day of {month}. Choose another month, or load the contract's new version."
    )


class BillingMeasureMissing(DomainError):
    """A count that a contract bills by is not there; it is never taken for 0."""

    code = "payroll.billing_measure_missing"
    template = (
        "Contract '{contract}' bills by {by}, but {month} has none of shop '{shop}'. "
        "Enter it in billing.csv; write 0 if there was none."
    )


class PriceChangesInMonth(DomainError):
    """A price of counted things that changes inside a month, of which only the total is known."""

    code = "payroll.price_changes_in_month"
    template = (
        "Contract '{contract}' changes inside {month} what it bills by {by}, of which only the month's total is "
        "known. Let the new version start on the first day of a month."
    )


class BilledTwice(DomainError):
    """Two contracts that would bill a shop for the same thing."""

    code = "payroll.billed_twice"
    template = (
        "Contracts '{contract}' and '{other}' both bill shop '{shop}' by {by} in {month}. "
        "End one of them, or let it start in the next month."
    )


@dataclass(frozen=True, slots=True)
class ShopSales:
    """Commission on the shop's sales: ``rate`` is a fraction, 0.015 for 1.5 % (model 2, RQ-191)."""

    rate: Fraction
    measure: ClassVar[str] = SALES


@dataclass(frozen=True, slots=True)
class Inquiries:
    """A price for each inquiry by the month's volume (model 3, RQ-192)."""

    prices: Bands[Fraction]
    mode: Basis
    measure: ClassVar[str] = INQUIRIES


@dataclass(frozen=True, slots=True)
class TempDays:
    """A price for each day of each temporary agent (model 4, RQ-193)."""

    day_price: Decimal
    measure: ClassVar[str] = TEMP_DAYS


Counted = ShopSales | Inquiries | TempDays


@dataclass(frozen=True, slots=True)
class Price:
    """What a contract charges: for each agent and month, for something counted, or both (model 2)."""

    per_agent: Decimal | None = None
    """A full calendar month of one agent (models 1 and 2)."""
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a contract. ``last_day`` is the last day it covers; None while it is open."""

    client_zh: str
    client_en: str
    price: Price
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A client's contract for one shop. A version holds from its first day until the next one, or its last day."""

    code: str
    shop: str
    versions: Dated[Terms]

    def terms_on(self, day: date) -> Terms | None:
        """The terms of a day; None before the first version and after the last day of the one in force."""
        if not self.versions.values or day < self.versions.values[0][0]:
            return None
        terms = self.versions.on(day)
        return None if terms.last_day is not None and day > terms.last_day else terms

    def terms_in(self, month: Month) -> dict[date, Terms]:
        """The days of a month that the contract covers, in order, each with its terms."""
        found = {day: self.terms_on(day) for day in days_of(month.span)}
        return {day: terms for day, terms in found.items() if terms is not None}


@dataclass(frozen=True, slots=True)
class ShopMonth:
    """What happened in one shop in one month: who served it on which days, and what was counted.

    ``served`` holds, by agent number, the employed days that are to be charged for; ``counted`` the month's totals by
    measure. A measure that is not there is unknown, never 0.
    """

    month: Month
    served: Mapping[str, Collection[date]]
    counted: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One billed amount, in yuan; negative where refunds exceed sales. ``agent_no`` is empty for counted things."""

    code: str
    agent_no: str
    amount: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A contract's bill for a month. The client is the one of the last day that the contract covers."""

    contract: str
    shop: str
    month: Month
    client_zh: str
    client_en: str
    lines: tuple[StatementLine, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the printed lines."""
        return total(line.amount for line in self.lines)


def bill(contract: Contract, shop: ShopMonth) -> Statement:
    """The month's statement: a line for each agent and fee, then what is counted; each rounded once.

    An agent's fee × days served ÷ calendar days, over the days that the contract covers. Raises ContractNotInForce,
    BillingMeasureMissing, PriceChangesInMonth.
    """
    terms = contract.terms_in(shop.month)
    if not terms:
        raise ContractNotInForce(contract=contract.code, month=shop.month)
    last = list(terms.values())[-1]
    return Statement(
        contract=contract.code,
        shop=contract.shop,
        month=shop.month,
        client_zh=last.client_zh,
        client_en=last.client_en,
        lines=(*_agent_lines(terms, shop), *_counted_lines(contract, terms, shop)),
    )


def refuse_billed_twice(contract: Contract, others: Iterable[Contract], month: Month) -> None:
    """Raises BilledTwice if another contract of the shop bills the same in the month.

    The same are an agent's fee on the same day, and the month's total of one measure.
    """
    mine = contract.terms_in(month)
    for other in others:
        if other.code == contract.code or other.shop != contract.shop:
            continue
        theirs = other.terms_in(month)
        both = _measures(mine) & _measures(theirs)
        if any(_bills_agents(mine[day]) and _bills_agents(theirs[day]) for day in mine.keys() & theirs.keys()):
            both.add("agents")
        if both:
            raise BilledTwice(contract=contract.code, other=other.code, shop=contract.shop, by=min(both), month=month)


def cost_by_shop(cost: Decimal, employed: Span, assigned: Mapping[str, Collection[date]]) -> dict[str, Decimal]:
    """A person's employer cost of a month, shared among shops by days; ``NO_SHOP`` has the days without one.

    ``employed`` are the employed days of the month. A day on which the person serves several shops counts in equal
    parts for each. The shares add up to the cost (largest remainder), unless nobody was employed on any day.
    """
    weights = {shop: Fraction(0) for shop in (*sorted(assigned), NO_SHOP)}
    for day in days_of(employed):
        shops = [shop for shop in assigned if day in assigned[shop]] or [NO_SHOP]
        for shop in shops:
            weights[shop] += Fraction(1, len(shops))
    return dict(zip(weights, split(cost, list(weights.values())), strict=True))


def days_of(span: Span) -> Iterator[date]:
    """The days of a span, in order."""
    return (span.start + timedelta(days=offset) for offset in range(span.days))


def _bills_agents(terms: Terms) -> bool:
    return terms.price.per_agent is not None


def _measures(terms: Mapping[date, Terms]) -> set[str]:
    return {each.price.counted.measure for each in terms.values() if each.price.counted is not None}


def _agent_lines(terms: Mapping[date, Terms], shop: ShopMonth) -> Iterator[StatementLine]:
    """Days at the same fee make one line: a version that changes something else does not break it up."""
    for agent_no in sorted(shop.served):
        days: dict[Decimal, int] = {}
        for day, each in terms.items():
            fee = each.price.per_agent
            if fee is not None and day in shop.served[agent_no]:
                days[fee] = days.get(fee, 0) + 1
        for fee, served in days.items():
            amount = Fraction(fee) * served / shop.month.days
            code = "billing.agent_month" if served == shop.month.days else "billing.agent_days"
            how = step(code, amount, monthly=fee, days=served, of_days=shop.month.days)
            yield _line("agent_fee", amount, how, agent_no=agent_no)


def _counted_lines(contract: Contract, terms: Mapping[date, Terms], shop: ShopMonth) -> Iterator[StatementLine]:
    prices = {each.price.counted for each in terms.values()}
    if prices == {None}:
        return
    if len(prices) > 1:
        raise PriceChangesInMonth(contract=contract.code, month=shop.month, by=min(_measures(terms)))
    (price,) = prices
    assert price is not None  # noqa: S101  said above; the type does not know it
    if price.measure not in shop.counted:
        raise BillingMeasureMissing(contract=contract.code, by=price.measure, month=shop.month, shop=contract.shop)
    yield _counted(price, shop.counted[price.measure])


def _counted(price: Counted, quantity: Fraction) -> StatementLine:
    if isinstance(price, ShopSales):
        amount = quantity * price.rate
        return _line("shop_commission", amount, step("billing.sales", amount, sales=quantity, rate=price.rate))
    if isinstance(price, TempDays):
        amount = quantity * Fraction(price.day_price)
        how = step("billing.temp_days", amount, quantity=quantity, price=price.day_price)
        return _line("temp_days_fee", amount, how)
    bands = price.prices
    slices = bands.whole(quantity) if price.mode is Basis.WHOLE else bands.marginal(quantity)
    parts = (step("billing.band", part.part * part.value, part=part.part, rate=part.value) for part in slices)
    amount = sum((part.part * part.value for part in slices), Fraction(0))
    return _line("inquiry_fee", amount, step("billing.inquiries", quantity=quantity), *parts)


def _line(code: str, amount: Fraction, *steps: Step, agent_no: str = "") -> StatementLine:
    return StatementLine(code, agent_no, FEN_HALF_UP(amount), steps)
