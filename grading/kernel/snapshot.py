"""Plain, canonical copies of values, and their fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from typing import Any

import msgspec

from grading.kernel.exact import exact_store
from grading.kernel.period import Month


def plain(value: object) -> Any:
    """The value as JSON has it: dataclasses become objects, numbers exact text, days ISO text. Raises TypeError."""
    kind = type(value)
    return value if kind in _PLAIN else (_WRITERS.get(kind) or _writer_of(kind))(value)


def _plain_list(values: Iterable[object]) -> list[Any]:
    return [item if type(item) in _PLAIN else plain(item) for item in values]


def _plain_mapping(values: Mapping[Any, object]) -> dict[str, Any]:
    return {
        key if type(key) is str else str(key): item if type(item) in _PLAIN else plain(item)
        for key, item in values.items()
    }


def _plain_set(values: Iterable[object]) -> list[Any]:
    return sorted(_plain_list(values))


def _plain_member(value: Enum) -> Any:
    return value.value


def _writer_of(kind: type[Any]) -> Callable[[Any], Any]:
    """What writes values of a type that is met for the first time; asking each time costs more than writing them."""
    write: Callable[[Any], Any]
    if issubclass(kind, Enum):
        write = _plain_member
    elif is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))

        def write(value: Any) -> dict[str, Any]:
            return {name: held if type(held := getattr(value, name)) in _PLAIN else plain(held) for name in names}
    elif issubclass(kind, Mapping):
        write = _plain_mapping
    elif issubclass(kind, frozenset | set):
        write = _plain_set
    else:
        raise TypeError(f"{kind.__name__} has no plain form")
    _WRITERS[kind] = write
    return write


_PLAIN = frozenset({str, int, bool, type(None)})
_WRITERS: dict[type, Callable[[Any], Any]] = {
    Decimal: str,
    Fraction: exact_store,
    date: date.isoformat,
    Month: str,
    tuple: _plain_list,
    list: _plain_list,
}


class Canonical(str):
    """A plain value as its one canonical JSON text: what is hashed is also what is stored."""

    __slots__ = ()


def _hook(value: object) -> object:
    """What the encoder does not know by itself, one level plainer."""
    kind = type(value)
    return str(value) if kind is Month else (_WRITERS.get(kind) or _writer_of(kind))(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_hook, decimal_format="string", order="sorted")


def canonical(value: object) -> Canonical:
    """The canonical text of a value: equal values share it, whatever the order of their keys.

    It is the JSON of ``plain(value)`` with sorted keys and no spaces. Keys are texts. Raises TypeError.
    """
    return Canonical(_ENCODER.encode(value).decode())


def embedded(text: Canonical) -> object:
    """A value by its canonical text, for a larger value that it is a part of."""
    return msgspec.Raw(text.encode())


def fingerprint(value: object) -> str:
    """64 hexadecimal digits that equal values share, whatever the order of their keys."""
    return sha256(_ENCODER.encode(value)).hexdigest()


def text_fingerprint(text: str) -> str:
    """The fingerprint of the value with this canonical text."""
    return sha256(text.encode()).hexdigest()
