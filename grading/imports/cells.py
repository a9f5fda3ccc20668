"""The kinds of cell: each turns the text of one cell into a typed value, or says what is wrong with it.

A kind is called with the stripped text, which is not empty, and the form the cell had in its file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction

from grading.imports import wording
from grading.imports.problem import INVISIBLE
from grading.imports.wording import Fault
from grading.kernel.errors import DomainError
from grading.kernel.period import Month

FIRST_DAY = date(1950, 1, 1)
LAST_DAY = date(2100, 1, 1)


class Form(Enum):
    """What a cell was in its file. Everything in a CSV file is TEXT."""

    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    BOOLEAN = auto()
    FORMULA = auto()
    ERROR = auto()


class BadCell(Exception):
    """The cell is not of its kind; carries the fault and its values. Never leaves the imports."""

    def __init__(self, fault: Fault, **values: object) -> None:
        self.fault, self.values = fault, values
        super().__init__(fault.code)


Kind = Callable[[str, Form], object]

_CODE = re.compile(r"[0-9A-Za-z\u3400-\u9fff][0-9A-Za-z\u3400-\u9fff_.\-]{0,39}")
_DOCUMENT_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z()\-]{0,29}")
_BANK_ACCOUNT = re.compile(r"[0-9]{6,32}")
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{4,24}")
_EMAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,60}\.[^\s@,;<>]{1,24}")
_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,40})?")
_WHOLE = re.compile(r"-?[0-9]{1,12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SAFE_DIGITS = 15
_TWO_PLACES = Decimal("0.01")


def refuse_invisible(text: str) -> None:
    """Raises BadCell when the text holds a control, zero-width, bidirectional or replacement character."""
    found = INVISIBLE.search(text)
    if found:
        raise BadCell(wording.INVISIBLE_CHARACTER, character=f"U+{ord(found[0]):04X}")


@dataclass(frozen=True, slots=True)
class Text:
    """Free text of at most ``limit`` characters; kept as typed, without surrounding spaces."""

    limit: int = 50

    def __call__(self, text: str, form: Form) -> str:
        if form in (Form.DATE, Form.BOOLEAN):
            raise BadCell(wording.NOT_TEXT)
        refuse_invisible(text)
        if len(text) > self.limit:
            raise BadCell(wording.TOO_LONG, length=len(text), limit=self.limit)
        return text


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text of one shape, leading zeros kept.

    A spreadsheet number is taken when it is whole and of at most 15 digits, which a spreadsheet keeps, unless
    ``numbers`` is false: identity and bank numbers lose digits or zeros without a trace.
    """

    shape: re.Pattern[str]
    fault: Fault
    numbers: bool = True

    def __call__(self, text: str, form: Form) -> str:
        if form in (Form.DATE, Form.BOOLEAN):
            raise BadCell(wording.NOT_TEXT)
        if form is Form.NUMBER and not (self.numbers and text.isdigit() and len(text) <= _SAFE_DIGITS):
            raise BadCell(wording.NUMBER_FOR_TEXT)
        refuse_invisible(text)
        if not self.shape.fullmatch(text):
            raise BadCell(self.fault)
        return text


code = Pattern(_CODE, wording.NOT_CODE)
document_no = Pattern(_DOCUMENT_NO, wording.NOT_DOCUMENT_NO, numbers=False)
bank_account = Pattern(_BANK_ACCOUNT, wording.NOT_BANK_ACCOUNT, numbers=False)
phone = Pattern(_PHONE, wording.NOT_PHONE)
email = Pattern(_EMAIL, wording.NOT_EMAIL)


def _by_name(names: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return {name.casefold(): chosen for chosen, others in names.items() for name in (chosen, *others)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of fixed codes, or one of their other names (Chinese, or an everyday English word)."""

    names: Mapping[str, tuple[str, ...]]
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", _by_name(self.names))

    def __call__(self, text: str, _form: Form) -> str:
        found = self._codes.get(text.casefold())
        if found is None:
            raise BadCell(wording.NOT_CHOICE, choices=", ".join(self.names))
        return found


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A code of the company's own choosing, with other names for the usual ones."""

    names: Mapping[str, tuple[str, ...]]
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", _by_name(self.names))

    def __call__(self, text: str, form: Form) -> str:
        found = self._codes.get(text.casefold())
        return code(text, form) if found is None else found


def money(text: str, _form: Form) -> Decimal:
    """Signed yuan with exactly two places; at most two digits after the point may be written. −0 is 0."""
    if not _MONEY.fullmatch(text):
        raise BadCell(wording.NOT_MONEY)
    return Decimal(text).quantize(_TWO_PLACES) + 0


def unsigned_money(text: str, _form: Form) -> Decimal:
    """Yuan of zero or more, with exactly two places."""
    if not _MONEY.fullmatch(text):
        raise BadCell(wording.NOT_UNSIGNED_MONEY)
    amount = Decimal(text).quantize(_TWO_PLACES) + 0
    if amount < 0:
        raise BadCell(wording.NOT_UNSIGNED_MONEY)
    return amount


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number as written, never rounded. No exponent, percent sign, separator or other digits."""

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    fault: Fault = wording.NOT_NUMBER

    def __call__(self, text: str, _form: Form) -> Fraction:
        if not _NUMBER.fullmatch(text):
            raise BadCell(self.fault)
        number = Fraction(text)
        if self.minimum is not None and number < self.minimum:
            raise BadCell(wording.TOO_SMALL, minimum=self.minimum)
        if self.maximum is not None and number > self.maximum:
            raise BadCell(wording.TOO_GREAT, maximum=self.maximum)
        return number


number = Number()
quantity = Number(minimum=Fraction(0))


def rate(text: str, _form: Form) -> Fraction:
    """A fraction from 0 to 1: five percent is ``0.05``; ``5`` and ``5%`` are refused, not guessed at."""
    if not _NUMBER.fullmatch(text) or not 0 <= (fraction := Fraction(text)) <= 1:
        raise BadCell(wording.NOT_RATE)
    return fraction


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; ``3.0`` is refused."""

    minimum: int | None = None
    maximum: int | None = None

    def __call__(self, text: str, _form: Form) -> int:
        if not _WHOLE.fullmatch(text):
            raise BadCell(wording.NOT_WHOLE)
        whole = int(text)
        if self.minimum is not None and whole < self.minimum:
            raise BadCell(wording.TOO_SMALL, minimum=self.minimum)
        if self.maximum is not None and whole > self.maximum:
            raise BadCell(wording.TOO_GREAT, maximum=self.maximum)
        return whole


count = Whole(minimum=0)


def day(text: str, _form: Form) -> date:
    """A calendar day, written YYYY-MM-DD or a spreadsheet date without a time."""
    if not _DATE.fullmatch(text):
        raise BadCell(wording.NOT_DATE)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadCell(wording.NOT_DATE) from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise BadCell(wording.DATE_OUT_OF_RANGE, first=FIRST_DAY, last=LAST_DAY)
    return found


BOOLEANS = {"true": True, "yes": True, "是": True, "1": True, "false": False, "no": False, "否": False, "0": False}


def boolean(text: str, _form: Form) -> bool:
    """Yes or no, in the usual spellings of both languages."""
    found = BOOLEANS.get(text.lower())
    if found is None:
        raise BadCell(wording.NOT_BOOLEAN)
    return found


def month(text: str, _form: Form) -> Month:
    """A calendar month, written YYYY-MM."""
    try:
        return Month.parse(text)
    except DomainError:
        raise BadCell(wording.NOT_MONTH) from None
