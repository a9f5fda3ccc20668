"""Who gets a row in which file, and who is held back, and why. One reason a person and file: the gravest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.facts import Employment
from payroll.exports import wording
from payroll.exports.csv_text import Cell, Record
from payroll.exports.layouts import ALIPAY, BANK_GENERIC, TAX_LABOUR, TAX_WAGES, Fill, Layout
from payroll.exports.person import ExportPerson
from payroll.exports.wording import Reason

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


@dataclass(frozen=True, slots=True)
class Payments:
    """Where net pay goes. Who has no account at all is held back from the bank file."""

    bank: Sheet
    alipay: Sheet
    nothing_to_pay: tuple[str, ...]
    """Agent numbers of people whose net pay is zero: no row anywhere, and nothing is wrong."""


@dataclass(frozen=True, slots=True)
class TaxSheets:
    """Where income is declared: wages, or labour remuneration for people employed as ``temp``."""

    wages: Sheet
    labour: Sheet


def payments(people: Sequence[ExportPerson], month: Month) -> Payments:
    """Net pay to the bank account, or to Alipay where there is none; an account of two people pays neither."""
    same_account = _others(people, lambda person: bank_account(person.bank_account))
    same_alipay = _others(people, lambda person: person.alipay.strip().casefold())
    found = Payments(Sheet(BANK_GENERIC), Sheet(ALIPAY), tuple(p.agent_no for p in people if not p.net))
    for person in people:
        if not person.net:
            continue
        account, alipay = bank_account(person.bank_account), person.alipay.strip()
        by_alipay = bool(alipay and not account)
        sheet = found.alipay if by_alipay else found.bank
        others = (same_alipay if by_alipay else same_account).get(person.agent_no, "")
        reason = _alipay_reason(person, others) if by_alipay else _bank_reason(person, others)
        if reason:
            sheet.withhold(person, person.net, reason, {"others": others})
            continue
        cells: dict[Fill, Cell] = {
            Fill.NAME: person.name.strip(),
            Fill.ACCOUNT: alipay if by_alipay else account,
            Fill.BANK: person.bank_name.strip(),
            Fill.AMOUNT: person.net,
            Fill.REMARK: wages_of(month),
        }
        sheet.add(person, person.net, cells)
    return found


def tax_sheets(people: Sequence[ExportPerson], wages: Layout = TAX_WAGES) -> TaxSheets:
    """This month's income and contributions; what the payslip does not have stays empty. Zero income is declared."""
    same_id = _others(people, lambda person: person.id_no.strip().upper())
    found = TaxSheets(Sheet(wages), Sheet(TAX_LABOUR))
    for person in people:
        sheet = found.labour if person.employment is Employment.TEMP else found.wages
        others = same_id.get(person.agent_no, "")
        reason = _tax_reason(person, others)
        if reason:
            sheet.withhold(person, person.gross, reason, {"others": others, "id_type": person.id_type})
            continue
        contributions = {fill: person.amount_of(fill.value) for fill in _CONTRIBUTIONS}
        cells: dict[Fill, Cell] = {
            Fill.AGENT_NO: person.agent_no,
            Fill.NAME: person.name.strip(),
            Fill.ID_TYPE: id_type_name(person) or "",
            Fill.ID_NO: person.id_no.strip(),
            Fill.INCOME: person.gross,
            Fill.INCOME_ITEM: LABOUR_ITEM,
            **{fill: amount for fill, amount in contributions.items() if amount is not None},
        }
        sheet.add(person, person.gross, cells)
    return found


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


def _bank_reason(person: ExportPerson, others: str) -> Reason | None:
    account = bank_account(person.bank_account)
    if not account:
        return wording.NO_ACCOUNT
    if others:
        return wording.ACCOUNT_SHARED
    if not _BANK_ACCOUNT.fullmatch(account):
        return wording.ACCOUNT_UNUSABLE
    if not person.name.strip():
        return wording.NAME_MISSING
    return None if person.bank_name.strip() else wording.BANK_NAME_MISSING


def _alipay_reason(person: ExportPerson, others: str) -> Reason | None:
    if others:
        return wording.ALIPAY_SHARED
    if not _ALIPAY.fullmatch(person.alipay.strip()):
        return wording.ALIPAY_UNUSABLE
    return None if person.name.strip() else wording.NAME_MISSING


def _tax_reason(person: ExportPerson, others: str) -> Reason | None:
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
    return wording.INCOME_NEGATIVE if person.gross < 0 else None


def _others(people: Iterable[ExportPerson], key: Callable[[ExportPerson], str]) -> dict[str, str]:
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
