"""From which day on two versions of a document of the law differ: the day from which posted months may be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

FOR_PEOPLE = frozenset(
    {"source", "note", "note_zh", "published", "checked_on", "verified", "name_zh", "name_en", "aliases"}
)
"""Keys that say where a value comes from; they change no amount."""


def differs_from(before: Any, after: Any) -> date | None:
    """The first day on which the documents say something else, None when they never do.

    Rows are compared by what they hold; one that only ends earlier or later differs from the day after the earlier
    end. What has no dates differs from the beginning.
    """
    if _plain(before) == _plain(after):
        return None
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        days = [differs_from(before.get(key), after.get(key)) for key in {*before, *after} - FOR_PEOPLE]
        return min((day for day in days if day is not None), default=None)
    if _is_rows(before) and _is_rows(after):
        return _rows_differ_from(before or (), after or ())
    return date.min


def _rows_differ_from(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> date | None:
    then, now = ({row["from"]: _plain(row) for row in rows} for rows in (before, after))
    days = []
    for since in {*then, *now}:
        one, other = then.get(since), now.get(since)
        if one == other:
            continue
        ends = [row.get("to") for row in (one, other) if row is not None]
        if one is not None and other is not None and {**one, "to": None} == {**other, "to": None}:
            days.append(min(date.fromisoformat(end) for end in ends if end) + timedelta(days=1))
        else:
            days.append(date.fromisoformat(since))
    return min(days, default=None)


def _is_rows(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and all(isinstance(row, Mapping) and "from" in row for row in value)


def _plain(value: Any) -> Any:
    """A value without what is only for people."""
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items() if key not in FOR_PEOPLE}
    return [_plain(held) for held in value] if isinstance(value, list) else value
