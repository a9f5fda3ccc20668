"""Making a set of rows equal to a wanted set, with the difference known before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
Key = tuple[Any, ...]
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """What a file changes: counts of rows."""

    file: str
    added: int
    changed: int
    removed: int
    unchanged: int

    @property
    def is_none(self) -> bool:
        return not (self.added or self.changed or self.removed)


class TableSync(Generic[Row]):
    """Existing rows against wanted values, both by natural key; nothing is written before ``apply``.

    ``fields`` are what is compared and updated. ``make`` builds a new row from its key and values when it is applied,
    so that it may look up rows that other syncs made before it. ``removes`` says whether rows that are no longer
    wanted go.
    """

    def __init__(
        self,
        file: str,
        *,
        existing: Iterable[tuple[Key, Row]],
        wanted: Mapping[Key, Mapping[str, Any]],
        make: Callable[[Key, Mapping[str, Any]], Row],
        removes: bool = True,
    ) -> None:
        self._make = make
        held = dict(existing)
        self._added = [(key, values) for key, values in wanted.items() if key not in held]
        self._changed = []
        altered: list[tuple[Key, frozenset[str]]] = []
        for key, values in wanted.items():
            row = held.get(key)
            other = frozenset(field for field, value in values.items() if row and getattr(row, field) != value)
            if row is not None and other:
                self._changed.append((row, values))
                altered.append((key, other))
        gone = [(key, row) for key, row in held.items() if key not in wanted] if removes else []
        self._removed: list[Row] = [row for _key, row in gone]
        self._altered = tuple(altered)
        self._come_and_gone = (*(key for key, _values in self._added), *(key for key, _row in gone))
        same = len(wanted) - len(self._added) - len(self._changed)
        self.change = Change(file, len(self._added), len(self._changed), len(self._removed), same)

    def touched(self, *fields: str) -> list[Key]:
        """The keys of rows that come, go, or change; with ``fields`` only changes of one of these."""
        altered = [key for key, names in self._altered if not fields or names & set(fields)]
        return [*self._come_and_gone, *altered]

    def apply(self) -> None:
        """Write the difference: removals first, so that a natural key can move."""
        if self._removed:
            model = type(self._removed[0])
            for start in range(0, len(self._removed), BATCH):
                chunk = self._removed[start : start + BATCH]
                model._default_manager.filter(pk__in=[row.pk for row in chunk]).delete()
        if self._changed:
            fields = sorted({field for _row, values in self._changed for field in values})
            for row, values in self._changed:
                for field, value in values.items():
                    setattr(row, field, value)
            model = type(self._changed[0][0])
            model._default_manager.bulk_update([row for row, _values in self._changed], fields, batch_size=BATCH)
        if self._added:
            rows = [self._make(key, values) for key, values in self._added]
            type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def numbered(keys: Iterable[Key]) -> list[Key]:
    """Keys of rows that may repeat, made unique by counting: the second equal row gets the number 2."""
    seen: Counter[Key] = Counter()
    found = []
    for key in keys:
        seen[key] += 1
        found.append((*key, seen[key]))
    return found
