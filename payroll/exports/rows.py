"""Who gets a row in which file, and who is held back, and why. One reason a person and file: the gravest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.facts import Employment
from payroll.exports import wording
from payroll.exports.csv_text import Cell, Record
from payroll.exports.layouts import ALIPAY, Fill, Layout
from payroll.exports.options import ExportOptions
from payroll.exports.person import ExportPerson, Payee
from payroll.exports.wording import Reason

P = TypeVar("P", bound=Payee)
ID_TYPES: Mapping[str, str] = {
    "resident_id": "居民身份证",
    "passport": "外国护照",
    "hk_macao_permit": "港澳居民来往内地通行证",
    "hk_macao_residence_permit": "港澳居民居住证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "taiwan_residence_permit": "台湾居民居住证",
    "foreigner_residence_permit": "外国人永久居留身份证",
}
"""Our codes and the tax client's names. Only 居民身份证 has been seen in a template; the others are to be verified."""

LABOUR_ITEM = "一般劳务报酬所得"
"""The tax client's item for labour remuneration; to be verified against the downloaded template."""

_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9Xx]", re.ASCII)
_ID_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z()\-]*", re.ASCII)
_BANK_ACCOUNT = re.compile(r"[0-9]{6,32}", re.ASCII)
_ALIPAY = re.compile(r"[0-9A-Za-z][0-9A-Za-z._%+@\-]*", re.ASCII)
_GAPS = re.compile(r"[\s\-]")
_CONTRIBUTIONS = (Fill.PENSION, Fill.MEDICAL, Fill.UNEMPLOYMENT, Fill.HOUSING_FUND)
DECLARED = (
    Fill.CHILD_EDUCATION,
    Fill.CONTINUING_EDUCATION,
    Fill.HOUSING_LOAN_INTEREST,
    Fill.RENT,
    Fill.ELDERLY_SUPPORT,
    Fill.INFANT_CARE,
    Fill.PERSONAL_PENSION,
    Fill.ENTERPRISE_ANNUITY,
    Fill.COMMERCIAL_HEALTH,
)
"""The columns of declared deductions; their names are the kinds of ``tax_deductions.csv``."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A row that was not written. ``amount`` is what it would have said: net pay, or income."""

    agent_no: str
    name: str
    file: str
    amount: Decimal
    reason: Reason
    values: Mapping[str, str]

    def text(self, language: str) -> str:
        """Why, in ``zh`` or ``en``."""
        return self.reason.text(language, self.values)


@dataclass(slots=True)
class Sheet:
    """The rows of one file and its people held back. ``amount`` is the sum that the rows must show."""

    layout: Layout
    records: list[Record] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    amount: Decimal = field(default_factory=lambda: total(()))

    @property
    def withheld_amount(self) -> Decimal:
        return total(row.amount for row in self.withheld)

    @property
    def people(self) -> int:
        return len(self.records) + len(self.withheld)

    def add(self, person: ExportPerson, amount: Decimal, cells: Mapping[Fill, Cell]) -> None:
        self.records.append(Record(person.agent_no, {Fill.SERIAL: len(self.records) + 1, **cells}))
        self.amount += amount

    def withhold(self, person: ExportPerson, amount: Decimal, reason: Reason, values: Mapping[str, str]) -> None:
        self.withheld.append(Withheld(person.agent_no, person.name, self.layout.file, amount, reason, values))


class Channel(StrEnum):
    """Where net pay goes: the bank, or Alipay for whoever has no bank account."""

    BANK = "bank"
    ALIPAY = "alipay"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One person's net pay and the account it goes to, as text. An Alipay account has no bank."""

    agent_no: str
    channel: Channel
    name: str
    account: str
    bank: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payable:
    """Who can be paid today, who cannot and why, and who is owed nothing; each by agent number."""

    rows: tuple[PaymentRow, ...]
    withheld: tuple[Withheld, ...]
    nothing_to_pay: tuple[str, ...]
    """Agent numbers of people whose net pay is zero: no row anywhere, and nothing is wrong."""


@dataclass(frozen=True, slots=True)
class TaxSheets:
    """Where income is declared: wages, the bonus taxed apart, or labour remuneration of people employed as ``temp``."""

    wages: Sheet
    bonus: Sheet
    labour: Sheet


def payable(people: Sequence[Payee], bank: Layout) -> Payable:
    """Net pay to the bank account, or to Alipay where there is none; an account of two people pays neither.

    ``bank`` is the company's bank file; what its layout has no column for is not asked of anybody.
    """
    same_account = _others(people, lambda person: bank_account(person.bank_account))
    same_alipay = _others(people, lambda person: person.alipay.strip().casefold())
    rows: list[PaymentRow] = []
    withheld: list[Withheld] = []
    for person in people:
        if not person.net:
            continue
        row = _payment_row(person)
        by_alipay = row.channel is Channel.ALIPAY
        others = (same_alipay if by_alipay else same_account).get(person.agent_no, "")
        reason = _alipay_reason(person, others) if by_alipay else _bank_reason(person, others, bank)
        if reason is None:
            rows.append(row)
        else:
            file = ALIPAY.file if by_alipay else bank.file
            withheld.append(Withheld(person.agent_no, person.name, file, person.net, reason, {"others": others}))
    return Payable(tuple(rows), tuple(withheld), tuple(p.agent_no for p in people if not p.net))


def _payment_row(person: Payee) -> PaymentRow:
    account, alipay = bank_account(person.bank_account), person.alipay.strip()
    name = person.name.strip()
    if alipay and not account:
        return PaymentRow(person.agent_no, Channel.ALIPAY, name, alipay, "", person.net)
    return PaymentRow(person.agent_no, Channel.BANK, name, account, person.bank_name.strip(), person.net)


def tax_sheets(people: Sequence[ExportPerson], options: ExportOptions) -> TaxSheets:
    """This month's income and contributions, and the year's declared deductions; what is not known stays empty.

    Zero income is declared. A bonus that is taxed apart is a row of its own, beside the person's wages.
    """
    same_id = _others(people, lambda person: person.id_no.strip().upper())
    found = TaxSheets(Sheet(options.wages), Sheet(options.bonus), Sheet(options.labour))
    for person in people:
        others = same_id.get(person.agent_no, "")
        is_temp = person.employment is Employment.TEMP
        _declare(found.labour if is_temp else found.wages, person, person.income, others)
        if person.annual_bonus:
            _declare(found.bonus, person, person.annual_bonus, others)
    return found


def _declare(sheet: Sheet, person: ExportPerson, income: Decimal, others: str) -> None:
    reason = _tax_reason(person, income, others)
    if reason:
        sheet.withhold(person, income, reason, {"others": others, "id_type": person.id_type})
        return
    contributions = {fill: person.amount_of(fill.value) for fill in _CONTRIBUTIONS}
    cells: dict[Fill, Cell] = {
        Fill.AGENT_NO: person.agent_no,
        Fill.NAME: person.name.strip(),
        Fill.ID_TYPE: id_type_name(person) or "",
        Fill.ID_NO: person.id_no.strip(),
        Fill.INCOME: income,
        Fill.BONUS: income,
        Fill.INCOME_ITEM: LABOUR_ITEM,
        **{fill: amount for fill, amount in contributions.items() if amount is not None},
        **{fill: person.declared[fill.value] for fill in DECLARED if fill.value in person.declared},
    }
    sheet.add(person, income, cells)


def wages_of(month: Month) -> str:
    """What a payment or a voucher says it is for."""
    return f"{month.year}年{month.month}月工资"


def bank_account(text: str) -> str:
    """The account as a bank compares it: without the blanks and hyphens that people write between the digits."""
    return _GAPS.sub("", text)


def id_type_name(person: ExportPerson) -> str | None:
    """The document's name in the tax client; None when it has none. Left out, 18 digits are a resident's card."""
    if not person.id_type:
        return ID_TYPES["resident_id"] if _RESIDENT_ID.fullmatch(person.id_no.strip()) else None
    return person.id_type if person.id_type in ID_TYPES.values() else ID_TYPES.get(person.id_type)


def _bank_reason(person: Payee, others: str, bank: Layout) -> Reason | None:
    account = bank_account(person.bank_account)
    if not account:
        return wording.NO_ACCOUNT
    if others:
        return wording.ACCOUNT_SHARED
    if not _BANK_ACCOUNT.fullmatch(account):
        return wording.ACCOUNT_UNUSABLE
    if not person.name.strip():
        return wording.NAME_MISSING
    asks_bank = any(column.fill is Fill.BANK for column in bank.columns)
    return wording.BANK_NAME_MISSING if asks_bank and not person.bank_name.strip() else None


def _alipay_reason(person: Payee, others: str) -> Reason | None:
    if others:
        return wording.ALIPAY_SHARED
    if not _ALIPAY.fullmatch(person.alipay.strip()):
        return wording.ALIPAY_UNUSABLE
    return None if person.name.strip() else wording.NAME_MISSING


def _tax_reason(person: ExportPerson, income: Decimal, others: str) -> Reason | None:
    if not person.id_no.strip():
        return wording.ID_MISSING
    if others:
        return wording.ID_SHARED
    if not _ID_NO.fullmatch(person.id_no.strip()):
        return wording.ID_UNUSABLE
    if id_type_name(person) is None:
        return wording.ID_TYPE_UNKNOWN if person.id_type else wording.ID_TYPE_MISSING
    if not person.name.strip():
        return wording.NAME_MISSING
    if not person.is_resident:
        return wording.NOT_RESIDENT
    return wording.INCOME_NEGATIVE if income < 0 else None


def _others(people: Iterable[P], key: Callable[[P], str]) -> dict[str, str]:
    """Agent number → the other agent numbers with the same key, for those who share one. Empty keys share nothing."""
    held: dict[str, list[str]] = defaultdict(list)
    for person in people:
        if key(person):
            held[key(person)].append(person.agent_no)
    return {
        agent_no: ", ".join(other for other in agents if other != agent_no)
        for agents in held.values()
        if len(agents) > 1
        for agent_no in agents
    }
