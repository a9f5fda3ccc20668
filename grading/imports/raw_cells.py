"""The cells of raw exports as typed columns: whole columns at once, and a fault for each cell that is none.

An instant without an offset is Asia/Shanghai wall time, one with an offset is turned into it. Money becomes whole fen,
a number whole millionths; nothing is rounded. What a Parquet file holds as a number goes through its shortest decimal
text, so that all forms of a file obey the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import polars as pl

from grading.domain.metrics.tables import Column, Kind
from grading.imports import wording
from grading.imports.cells import BOOLEANS, FIRST_DAY, LAST_DAY
from grading.imports.problem import INVISIBLE
from grading.imports.wording import Fault

FREE_TEXT = frozenset({"content", "reason", "handled_result"})
"""Columns that people wrote: line breaks, joined emoji and numbers are welcome there."""
KIND_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.TEXT: ("text", "文本"),
    Kind.INSTANT: ("a date with a time", "日期时间"),
    Kind.DAY: ("a date", "日期"),
    Kind.MONEY: ("an amount of money", "金额"),
    Kind.COUNT: ("a whole number", "整数"),
    Kind.NUMBER: ("a number", "数字"),
    Kind.FLAG: ("true or false", "是否"),
}
CHOICES_ZH: Mapping[str, tuple[str, ...]] = {
    "buyer": ("买家",),
    "agent_human": ("人工", "人工客服", "客服"),
    "bot": ("机器人",),
    "auto": ("自动回复", "自动"),
    "system": ("系统",),
    "text": ("文本", "文字"),
    "emoji": ("表情",),
    "image": ("图片",),
    "card": ("卡片",),
    "satisfied": ("满意",),
    "average": ("一般",),
    "disappointed": ("失望", "不满意"),
    "refund_only": ("仅退款",),
    "return_refund": ("退货退款",),
    "exchange": ("换货",),
    "success": ("成功", "退款成功"),
    "closed": ("关闭", "已关闭"),
    "merchant": ("商家", "商家责任"),
    "none": ("无",),
    "platform": ("平台",),
    "internal": ("店铺内部", "内部"),
    "good": ("好评",),
    "mid": ("中评",),
    "bad": ("差评",),
    "inbound": ("呼入",),
    "outbound": ("呼出",),
    "online": ("在线",),
    "away": ("离开",),
    "hang": ("挂起",),
    "offline": ("离线",),
    "random": ("随机",),
    "complaint": ("投诉",),
    "present": ("出勤", "正常"),
    "late": ("迟到",),
    "early_leave": ("早退",),
    "paid_leave": ("带薪假",),
    "unpaid_leave": ("事假",),
    "sick": ("病假",),
    "absent": ("旷工",),
    "holiday": ("法定节假日", "节假日"),
    "rest": ("休息",),
    "score": ("计分",),
    "deduct": ("扣罚",),
    "serious": ("严重违规",),
    "general": ("一般违规",),
}
"""Chinese names of the words that a column may hold."""

_NUMBERS = (pl.Decimal, pl.Float32, pl.Float64)
_NATIVE: Mapping[Kind, tuple[type[pl.DataType], ...]] = {
    Kind.TEXT: (pl.Float32, pl.Float64),
    Kind.INSTANT: (pl.Datetime, pl.Date),
    Kind.DAY: (pl.Date, pl.Datetime),
    Kind.MONEY: _NUMBERS,
    Kind.COUNT: _NUMBERS,
    Kind.NUMBER: _NUMBERS,
    Kind.FLAG: (pl.Boolean,),
}
_WHOLE_TOO = frozenset({Kind.TEXT, Kind.MONEY, Kind.COUNT, Kind.NUMBER, Kind.FLAG})
_FINAL: Mapping[Kind, type[pl.DataType]] = {Kind.INSTANT: pl.Datetime, Kind.DAY: pl.Date, Kind.FLAG: pl.Boolean}
_FAULTS: Mapping[Kind, Fault] = {
    Kind.INSTANT: wording.NOT_INSTANT,
    Kind.DAY: wording.NOT_DATE,
    Kind.MONEY: wording.NOT_MONEY,
    Kind.COUNT: wording.NOT_COUNT,
    Kind.NUMBER: wording.NOT_MILLIONTHS,
    Kind.FLAG: wording.NOT_BOOLEAN,
}

_INVISIBLE = INVISIBLE.pattern.replace("\ud800-\udfff", "")
"""The same signs for Polars, whose texts cannot hold surrogates."""
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONE = "Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9]"
_SHANGHAI_MINUTES = 480
_END = LAST_DAY + timedelta(days=1)
_PLAIN_LENGTH = len("2026-10-01 09:30:00")
_FORMAT = "%Y-%m-%d %H:%M:%S"


def accepts(kind: Kind, dtype: pl.DataType) -> bool:
    """Whether a column of this type, as a Parquet file has it, may hold cells of the kind."""
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null):
        return True
    return isinstance(dtype, _NATIVE[kind]) or (kind in _WHOLE_TOO and dtype.is_integer())


def prepared(batch: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """The cells as stripped text, or in their final type where the file has it; an empty cell is null."""
    sources = batch.select(_source(column, batch.schema[column.name]) for column in columns)
    blank = [each.name for each in sources if each.dtype == pl.String and (each == "").any()]
    return sources.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in blank)


def typed(sources: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """The values of prepared cells in the types of their kinds; null where a cell is empty or bad."""
    values = sources.select(_value(column, sources[column.name]) for column in columns)
    dated = (column for column in columns if column.kind in (Kind.INSTANT, Kind.DAY))
    return values.with_columns(_in_range(column) for column in dated)


def fault_of(column: Column, found: str) -> tuple[Fault, dict[str, object]]:
    """What is wrong with a cell that has no value, and the values of its sentence."""
    if column.kind in (Kind.INSTANT, Kind.DAY) and _is_far(found[:10]):
        return wording.DATE_OUT_OF_RANGE, {"first": FIRST_DAY, "last": LAST_DAY}
    if column.kind is not Kind.TEXT:
        return _FAULTS[column.kind], {}
    invisible = INVISIBLE.search(found)
    if invisible:
        return wording.INVISIBLE_CHARACTER, {"character": f"U+{ord(invisible[0]):04X}"}
    return wording.NOT_CHOICE, {"choices": ", ".join(column.choices)}


def _is_far(text: str) -> bool:
    """Whether the text is a day out of range."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and not FIRST_DAY <= day < _END


def _source(column: Column, dtype: pl.DataType) -> pl.Expr:
    cell = pl.col(column.name)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            cell = cell.dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None)
        cell = cell.cast(pl.Datetime("us"))
    if isinstance(dtype, _FINAL.get(column.kind, pl.Unknown)):
        return cell
    if isinstance(dtype, pl.Datetime):
        midnight = cell.dt.time() == time()
        return pl.when(midnight).then(cell.dt.to_string("%Y-%m-%d")).otherwise(cell.dt.to_string(_FORMAT))
    text = cell.cast(pl.String)
    if isinstance(dtype, _NUMBERS):
        return text.str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix(".")
    return text.str.strip_chars()


def _value(column: Column, source: pl.Series) -> pl.Expr:
    cell = pl.col(column.name)
    match column.kind:
        case Kind.TEXT:
            return _text(column, cell, source)
        case Kind.INSTANT:
            return cell if source.dtype == pl.Datetime("us") else _instant(cell, source)
        case Kind.DAY:
            return cell if source.dtype == pl.Date else _day(cell)
        case Kind.FLAG:
            return cell if source.dtype == pl.Boolean else _one_of(cell, BOOLEANS, pl.Boolean())
        case Kind.COUNT:
            return _shaped(cell, "[0-9]{1,12}").cast(pl.Int64, strict=False)
        case Kind.MONEY:
            return _scaled(cell, 2)
        case Kind.NUMBER:
            return _scaled(cell, 6)


def _text(column: Column, cell: pl.Expr, source: pl.Series) -> pl.Expr:
    if column.name in FREE_TEXT:
        return cell
    if not column.choices:
        return pl.when(~cell.str.contains(_INVISIBLE)).then(cell)
    if source.is_in(list(column.choices)).all():  # as exports usually are: nothing to look up
        return cell
    names = {name: choice for choice in column.choices for name in (choice, *CHOICES_ZH.get(choice, ()))}
    return _one_of(cell, names, pl.String())


def _one_of(cell: pl.Expr, names: Mapping[str, object], dtype: pl.DataType) -> pl.Expr:
    return cell.str.to_lowercase().replace_strict(names, default=None, return_dtype=dtype)


def _shaped(cell: pl.Expr, shape: str) -> pl.Expr:
    return pl.when(cell.str.contains(f"^(?:{shape})$")).then(cell)


def _scaled(cell: pl.Expr, places: int) -> pl.Expr:
    """A decimal as a whole number of its last place: the cast is exact because the shape allows no further place."""
    plain = _shaped(cell, rf"-?[0-9]{{1,12}}(?:\.[0-9]{{1,{places}}})?")
    return plain.cast(pl.Decimal(18, places), strict=False).to_physical().cast(pl.Int64)


def _day(cell: pl.Expr) -> pl.Expr:
    return _shaped(cell, _DAY).str.to_date("%Y-%m-%d", strict=False)


def _instant(cell: pl.Expr, source: pl.Series) -> pl.Expr:
    """Wall time in Shanghai. Where every cell is of plain length there is nothing but a day and a clock."""
    lengths = source.str.len_bytes()
    if lengths.min() == lengths.max() == _PLAIN_LENGTH:
        return pl.when(cell.str.contains(f"^{_DAY}[ T]{_CLOCK}$")).then(_wall(cell, source))
    whole = _shaped(cell, rf"{_DAY}[ T]{_CLOCK}(?:\.[0-9]{{1,9}})?(?: ?(?:{_ZONE}))?")
    tail = whole.str.slice(_PLAIN_LENGTH)
    micros = (tail.str.extract(r"^\.([0-9]+)") + "000000").str.slice(0, 6).cast(pl.Int64, strict=False).fill_null(0)
    return _wall(whole.str.slice(0, _PLAIN_LENGTH), source) + pl.duration(
        minutes=_minutes_to_shanghai(tail), microseconds=micros
    )


def _wall(text: pl.Expr, source: pl.Series) -> pl.Expr:
    if source.str.contains("T", literal=True).any():
        text = text.str.replace("T", " ", literal=True)
    return text.str.to_datetime(_FORMAT, time_unit="us", strict=False, cache=False)


def _minutes_to_shanghai(tail: pl.Expr) -> pl.Expr:
    """What an offset lacks of Shanghai's; 0 without one."""
    zone = tail.str.extract(f"({_ZONE})$").str.replace(":", "", literal=True).str.replace("Z", "+0000", literal=True)
    hours, minutes = zone.str.slice(1, 2).cast(pl.Int64), zone.str.slice(3, 2).cast(pl.Int64)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    return (_SHANGHAI_MINUTES - sign * (hours * 60 + minutes)).fill_null(0)


def _in_range(column: Column) -> pl.Expr:
    first, end = FIRST_DAY, _END
    if column.kind is Kind.INSTANT:
        first, end = datetime.combine(first, time()), datetime.combine(end, time())
    value = pl.col(column.name)
    return pl.when((value >= first) & (value < end)).then(value)
