"""A tier ladder as HR writes it, turned into the value that promotions are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from grading.domain.ladder import ChecklistItem, Ladder, PayEffective, TenureFrom, Tier
from grading.kernel.document import (
    CODE,
    DAY,
    IDENTIFIER,
    NAME,
    TEXT,
    Form,
    Reader,
    choice,
    note_repeats,
    number,
    whole,
)
from grading.kernel.period import MonthEnd

NOT_A_LOWER_TIER = "is not a lower tier of this ladder"

_MONTHS = whole(0, 600)
_POINTS = number(least=0)


def _tenure(value: object) -> tuple[TenureFrom, str | None] | None:
    if value == TenureFrom.TOTAL.value:
        return TenureFrom.TOTAL, None
    start, _, tier = value.partition(":") if isinstance(value, str) else ("", "", "")
    reckoned = {"since": TenureFrom.SINCE, "in": TenureFrom.IN}.get(start)
    return None if reckoned is None or IDENTIFIER.read(tier) is None else (reckoned, tier)


_TENURE: Form[tuple[TenureFrom, str | None]] = Form(
    "is not one of the choices", "total, since:TIER or in:TIER", (TenureFrom.TOTAL, None), _tenure
)


@dataclass(frozen=True, slots=True)
class LadderDocument:
    """One version of a ladder: its names, the first day it holds (None: always held), and the ladder itself.

    A name that is left out is the code. ``source`` and ``positions`` may stand in the document for people to read;
    nothing is made of them.
    """

    code: str
    name_zh: str
    name_en: str
    effective_from: date | None
    ladder: Ladder


def ladder_from(data: object) -> LadderDocument:
    """The ladder that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("source", "positions")
    code = reader.required("ladder", IDENTIFIER)
    document = LadderDocument(
        code=code,
        name_zh=reader.get("name_zh", NAME, code),
        name_en=reader.get("name_en", NAME, code),
        effective_from=reader.optional("effective_from", DAY),
        ladder=Ladder(
            code=code,
            tiers=_tiers(reader),
            month_end=reader.get("month_end", choice(MonthEnd), MonthEnd.CLAMP),
            pay_effective=reader.get("pay_effective", choice(PayEffective), PayEffective.FIRST_OF_MONTH),
            min_average_score=reader.optional("min_average_score", _POINTS),
            lookback_months=reader.get("lookback_months", _MONTHS, 0),
        ),
    )
    reader.finish("ladder")
    return document


def _tiers(reader: Reader) -> tuple[Tier, ...]:
    rows = reader.rows("tiers", required=True)
    tiers = tuple(_tier(row) for row in rows)
    note_repeats((row, "tier", tier.tier) for row, tier in zip(rows, tiers, strict=True))
    if all(row.is_sound("tier") for row in rows):
        for place, (row, tier) in enumerate(zip(rows, tiers, strict=True)):
            lower = [each.tier for each in tiers[:place]]
            _check_reference(row, "previous", tier.previous, lower)
            _check_reference(row, "tenure", tier.tenure_tier, lower)
    return tiers


def _tier(row: Reader) -> Tier:
    code = row.required("tier", IDENTIFIER)
    tenure_from, tenure_tier = row.get("tenure", _TENURE, (TenureFrom.TOTAL, None))
    return Tier(
        tier=code,
        name_zh=row.get("name_zh", NAME, code),
        name_en=row.get("name_en", NAME, code),
        tenure_months=row.get("tenure_months", _MONTHS, 0),
        tenure_from=tenure_from,
        tenure_tier=tenure_tier,
        previous=row.optional("previous", IDENTIFIER),
        checklist=_checklist(row),
    )


def _checklist(row: Reader) -> tuple[ChecklistItem, ...]:
    """Items with ``code``, ``zh`` and ``en`` (or ``text_zh``, ``text_en``), or bare texts.

    An item without a code is ``item_1``, ``item_2``, … by its place; without an English text it has the Chinese one.
    """
    entries = row.rows("checklist", text_as="zh")
    items = tuple(_item(entry, place) for place, entry in enumerate(entries, start=1))
    note_repeats((entry, "code", item.code) for entry, item in zip(entries, items, strict=True))
    return items


def _item(entry: Reader, place: int) -> ChecklistItem:
    code = entry.get("code", CODE, f"item_{place}")
    text_zh = entry.required("text_zh" if entry.has("text_zh") else "zh", TEXT)
    text_en = entry.get("text_en" if entry.has("text_en") else "en", TEXT, text_zh)
    return ChecklistItem(code, text_zh, text_en)


def _check_reference(row: Reader, key: str, tier: str | None, lower: Sequence[str]) -> None:
    if tier is not None and row.is_sound(key) and tier not in lower:
        row.note(key, NOT_A_LOWER_TIER, f"one of {', '.join(lower)}" if lower else "nothing: this is the lowest tier")
