"""How a company wants its export files: whose bank's, in which encoding, in which layouts of the tax client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payroll.exports.errors import PayerMissing
from payroll.exports.layouts import BANKS, TAX_BONUS, TAX_LABOUR, TAX_WAGES, TAX_WAGES_2023, Fill, Layout

GENERIC = "generic"
UTF8_BOM = "utf-8-sig"
ENCODINGS = (UTF8_BOM, "utf-8", "gb18030", "gbk")
"""UTF-8 with a byte order mark is what Excel recognises; GB18030 holds every character; GBK does not."""

TAX_LAYOUTS: Mapping[str, Layout] = {"29": TAX_WAGES, "24": TAX_WAGES_2023}
"""The wage templates of the tax client by how many columns they have; the first is the current one."""


@dataclass(frozen=True, slots=True)
class Payer:
    """The account that wages are paid from, as text. Empty means unknown."""

    account: str = ""
    name: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What an export looks like. ``bank`` is a key of ``BANKS``; the tax layouts may be templates of the user's."""

    bank: str = GENERIC
    encoding: str = UTF8_BOM
    wages: Layout = TAX_WAGES
    bonus: Layout = TAX_BONUS
    labour: Layout = TAX_LABOUR
    payer: Payer = Payer()

    @property
    def bank_layout(self) -> Layout:
        return BANKS[self.bank]

    def require_payer(self) -> None:
        """Raises PayerMissing when the bank file names the paying account and none is known."""
        if needs_payer(self.bank) and not self.payer.account:
            raise PayerMissing(bank=self.bank)


def needs_payer(bank: str) -> bool:
    """Whether the file of a bank names the account that pays."""
    return any(column.fill is Fill.PAYER_ACCOUNT for column in BANKS[bank].columns)
