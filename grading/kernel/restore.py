"""Values back from their plain form: the exact inverse of ``snapshot.plain`` for values with annotated types."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, exact_store
from grading.kernel.period import Month

T = TypeVar("T")
_Reading = Callable[[Any], Any]


class SnapshotDoesNotFit(DomainError):
    """A stored snapshot that is no value of the type it was made of."""

    code = "kernel.snapshot_does_not_fit"
    template = (
        "The stored snapshot holds {value} at '{where}', where {expected} is expected. "
        "It was changed since it was stored, or another version of the product wrote it: restore it from a backup."
    )


def restored(kind: type[T], data: object) -> T:
    """The value of a type that ``plain`` wrote as ``data``; what is read is what was written, to the last digit.

    Types are annotated dataclasses of text, whole numbers, flags, Decimal, Fraction, dates, months, enumerations,
    mappings, tuples, frozensets and other such dataclasses, each possibly None. A key that is missing takes the
    field's default: a later version added it. Raises SnapshotDoesNotFit, also for a key that no field has; TypeError
    for a type that has no plain form.
    """
    try:
        value: T = _reading(cast("Hashable", kind))(data)
    except _Misfit as misfit:
        where = ".".join(reversed(misfit.path)) or kind.__name__
        raise SnapshotDoesNotFit(value=misfit.found, where=where, expected=misfit.expected) from None
    return value


class _Misfit(Exception):
    """Told as SnapshotDoesNotFit, once the place is known."""

    def __init__(self, found: object, expected: str) -> None:
        super().__init__(expected)
        self.found = repr(found) if isinstance(found, str | int | float | None) else f"a {type(found).__name__}"
        self.expected = expected
        self.path: list[str] = []


def _inside(place: object, read: _Reading, data: object) -> Any:
    try:
        return read(data)
    except _Misfit as misfit:
        misfit.path.append(str(place))
        raise


@cache
def _reading(kind: Any) -> _Reading:
    """What reads values of a type; made once per type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if origin in (Union, UnionType):
        return _optional(kind, arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is frozenset:
        return _frozenset(arguments[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*arguments)
    bare = origin or kind
    if isinstance(bare, type) and issubclass(bare, Enum):
        return _member(bare)
    if isinstance(bare, type) and is_dataclass(bare):
        return _dataclass(bare, arguments)
    raise TypeError(f"{kind!r} has no plain form")


def _dataclass(kind: type[Any], arguments: tuple[Any, ...]) -> _Reading:
    variables = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=True))
    hints = get_type_hints(kind)
    held = {field.name: _filled(hints[field.name], variables) for field in fields(kind)}
    needed = {
        field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING
    }  # read when first met: a type may hold itself

    def read(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise _Misfit(data, f"the fields of a {kind.__name__}")
        if strange := data.keys() - held.keys():
            raise _Misfit(", ".join(sorted(map(str, strange))), f"no other field than those of a {kind.__name__}")
        if missing := needed - data.keys():
            raise _Misfit("nothing", f"'{min(missing)}' of a {kind.__name__}")
        return kind(**{name: _inside(name, _reading(held[name]), value) for name, value in data.items()})

    return read


def _filled(hint: Any, variables: Mapping[Any, Any]) -> Any:
    """A field's type with the type variables of its generic dataclass filled in."""
    if hint in variables:
        return variables[hint]
    if not getattr(hint, "__parameters__", ()):
        return hint
    return hint[tuple(variables[each] for each in hint.__parameters__)]


def _optional(kind: Any, arguments: tuple[Any, ...]) -> _Reading:
    others = [each for each in arguments if each is not NoneType]
    if len(others) != 1 or len(arguments) == 1:
        raise TypeError(f"{kind!r} has no plain form that tells its members apart")
    read_other = _reading(others[0])
    return lambda data: None if data is None else read_other(data)


def _tuple(arguments: tuple[Any, ...]) -> _Reading:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        read_item = _reading(arguments[0])
        return lambda data: tuple(_inside(place, read_item, each) for place, each in enumerate(_list(data)))
    readings = [_reading(each) for each in arguments]

    def read(data: Any) -> tuple[Any, ...]:
        if len(_list(data)) != len(readings):
            raise _Misfit(data, f"a list of {len(readings)}")
        return tuple(_inside(place, each, data[place]) for place, each in enumerate(readings))

    return read


def _frozenset(item: Any) -> _Reading:
    read_item = _reading(item)

    def read(data: Any) -> frozenset[Any]:
        found = frozenset(_inside(place, read_item, each) for place, each in enumerate(_list(data)))
        if len(found) != len(data):
            raise _Misfit(data, "a list in which nothing stands twice")
        return found

    return read


def _mapping(key: Any, value: Any) -> _Reading:
    read_key, read_value = _KEYS.get(key) or _reading(key), _reading(value)

    def read(data: Any) -> dict[Any, Any]:
        if not isinstance(data, Mapping):
            raise _Misfit(data, "a mapping")
        return {_inside(name, read_key, name): _inside(name, read_value, each) for name, each in data.items()}

    return read


def _member(kind: type[Enum]) -> _Reading:
    members = {member.value: member for member in kind}
    known = f"one of {', '.join(map(str, members))}"

    def read(data: Any) -> Enum:
        if isinstance(data, list | dict) or data not in members:
            raise _Misfit(data, known)
        return members[data]

    return read


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise _Misfit(data, "a list")
    return data


def _exactly(kind: type[Any], name: str) -> _Reading:
    def read(data: Any) -> Any:
        if type(data) is not kind:
            raise _Misfit(data, name)
        return data

    return read


def _written(parse: Callable[[str], Any], write: Callable[[Any], str], name: str) -> _Reading:
    """Reads a text that is just what the value would be written as; another spelling was not written here."""

    def read(data: Any) -> Any:
        try:
            value = parse(data) if isinstance(data, str) else None
        except (DomainError, InvalidOperation, ValueError):
            value = None
        if value is None or write(value) != data:
            raise _Misfit(data, name)
        return value

    return read


def _amount(text: str) -> Decimal | None:
    value = Decimal(text)
    return value if value.is_finite() else None


def _nothing(data: Any) -> None:
    if data is not None:
        raise _Misfit(data, "nothing")


_SCALARS: Mapping[Any, _Reading] = {
    str: _exactly(str, "a text"),
    int: _exactly(int, "a whole number"),
    bool: _exactly(bool, "true or false"),
    NoneType: _nothing,
    Decimal: _written(_amount, str, "an amount"),
    Fraction: _written(exact, exact_store, "an exact number"),
    date: _written(date.fromisoformat, date.isoformat, "a day"),
    Month: _written(Month.parse, str, "a month"),
}
_KEYS: Mapping[Any, _Reading] = {int: _written(int, str, "a whole number")}
"""Keys are texts in JSON, whatever they were."""
