"""A billing contract as the outsourcer writes it, turned into the terms that statements are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from grading.kernel.bands import Bands
from grading.kernel.document import (
    DAY,
    IDENTIFIER,
    MONEY,
    NAME,
    Form,
    Reader,
    bands_from,
    choice,
    number,
    text,
)
from grading.kernel.exact import exact_text
from payroll.domain.billing import Inquiries, Price, ShopSales, TempDays, Terms
from payroll.domain.rules import Basis

REVERSED = "the range is reversed"
OUTSIDE = "lies outside its range"
ENDS_EARLY = "lies before the first day"

_SHOP = text(50)
_RATE = number(least=0, most=1)
_UNIT_PRICE = number(least=0)
Amount = TypeVar("Amount", Decimal, Fraction)


class PriceModel(StrEnum):
    """The four price models of seed 004 L34."""

    FIXED = "fixed"
    BASE_COMMISSION = "base_commission"
    INQUIRY_TIERS = "inquiry_tiers"
    TEMP_DAYS = "temp_days"


_KEYS = {
    PriceModel.FIXED: ("fee", "fee_range"),
    PriceModel.BASE_COMMISSION: ("base", "base_range", "rate", "rate_range"),
    PriceModel.INQUIRY_TIERS: ("mode", "bands"),
    PriceModel.TEMP_DAYS: ("day_price", "day_price_range"),
}


@dataclass(frozen=True, slots=True)
class ContractDocument:
    """One version of a contract: the client's names, the shop, the first day it holds, and its terms.

    An English name that is left out is the Chinese one. ``source`` may stand in the document for people to read.
    """

    code: str
    name_zh: str
    name_en: str
    shop: str
    effective_from: date
    terms: Terms


def contract_from(data: object) -> ContractDocument:
    """The contract version that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("source")
    client_zh = reader.required("client_zh", NAME)
    client_en = reader.get("client_en", NAME, client_zh)
    since = reader.required("effective_from", DAY)
    last_day = reader.optional("to", DAY)
    if last_day is not None and reader.is_sound("effective_from", "to") and last_day < since:
        reader.note("to", ENDS_EARLY, f"{since.isoformat()} or later")
    document = ContractDocument(
        code=reader.required("contract", IDENTIFIER),
        name_zh=client_zh,
        name_en=client_en,
        shop=reader.required("shop", _SHOP),
        effective_from=since,
        terms=Terms(client_zh, client_en, _price(reader), last_day),
    )
    reader.finish("contract")
    return document


def _price(reader: Reader) -> Price:
    model = reader.required("model", choice(PriceModel))
    others = [key for keys in _KEYS.values() for key in keys if key not in _KEYS[model]]
    if not reader.is_sound("model"):
        reader.allow(*_KEYS[model], *others)
        return Price()
    reader.refuse(*others, expected=f"nothing: the model is {model.value}")
    if model is PriceModel.FIXED:
        return Price(per_agent=_within_range(reader, "fee", MONEY))
    if model is PriceModel.BASE_COMMISSION:
        return Price(_within_range(reader, "base", MONEY), ShopSales(_within_range(reader, "rate", _RATE)))
    if model is PriceModel.TEMP_DAYS:
        return Price(counted=TempDays(_within_range(reader, "day_price", MONEY)))
    return Price(counted=Inquiries(_prices(reader), reader.get("mode", choice(Basis), Basis.MARGINAL)))


def _prices(reader: Reader) -> Bands[Fraction]:
    rows = reader.rows("bands", required=True)
    return bands_from(rows, [row.required("price", _UNIT_PRICE) for row in rows], "inquiries")


def _within_range(reader: Reader, key: str, form: Form[Amount]) -> Amount:
    """The price under ``key``, held to the range that may stand beside it; a reversed range is refused (A-13)."""
    price = reader.required(key, form)
    part = reader.part(f"{key}_range")
    if part is None:
        return price
    least, most = part.required("min", form), part.required("max", form)
    if not part.is_sound("min", "max"):
        return price
    if least > most:
        part.note("min", REVERSED, f"at most the max, {exact_text(most)}")
    elif reader.is_sound(key) and not least <= price <= most:
        reader.note(key, OUTSIDE, f"{exact_text(least)} to {exact_text(most)}")
    return price
