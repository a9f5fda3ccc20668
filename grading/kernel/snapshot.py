"""Plain, canonical copies of values, and their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from typing import Any

from grading.kernel.exact import exact_store
from grading.kernel.period import Month


def plain(value: object) -> Any:
    """The value as JSON has it: dataclasses become objects, numbers exact text, days ISO text. Raises TypeError."""
    kind: type[Any] = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value)
    if isinstance(value, Enum):
        return value.value
    names = _FIELD_NAMES.get(kind)
    if names is None and is_dataclass(kind):
        names = _FIELD_NAMES[kind] = tuple(field.name for field in fields(kind))
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(item) for item in value)
    raise TypeError(f"{kind.__name__} has no plain form")


def _plain_list(values: Iterable[object]) -> list[Any]:
    return [plain(item) for item in values]


_WRITERS: Mapping[type, Callable[[Any], Any]] = {
    Decimal: str,
    Fraction: exact_store,
    date: date.isoformat,
    Month: str,
    tuple: _plain_list,
    list: _plain_list,
}


_FIELD_NAMES: dict[type, tuple[str, ...]] = {}
"""The fields of dataclasses seen so far; asking each time costs more than writing them."""


def fingerprint(value: object) -> str:
    """64 hexadecimal digits that equal values share, whatever the order of their keys."""
    return plain_fingerprint(plain(value))


def plain_fingerprint(data: object) -> str:
    """The fingerprint of a value that is plain already."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
