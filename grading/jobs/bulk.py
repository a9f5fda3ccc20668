"""Many rows in one statement, and long lists of ids as one parameter: what a chunk of people is read and written by.

PostgreSQL and SQLite end up with the same values in the same columns. Nothing here sends signals, fills in defaults or
returns keys: callers name every column that the database does not fill by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

from grading.kernel.snapshot import Canonical

Row = Sequence[Any]
Write = Callable[[Any], Any]


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """All columns of a table but its key, as attributes are named."""
    return tuple(field.attname for field in model._meta.concrete_fields if not field.primary_key)


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of the named columns (``run_id``, not ``run``): COPY on PostgreSQL, one prepared statement on SQLite.

    Raises IntegrityError as a save would.
    """
    fields = _fields(model, columns)
    names = ", ".join(_quoted(field.column) for field in fields)
    table = _quoted(model._meta.db_table)
    given = list(rows)
    if not given:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            lines = map("\t".join, zip(*_by_column([_copied_by(field) for field in fields], given), strict=True))
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                copy.write("\n".join(lines) + "\n")
        else:
            marks = ", ".join(["%s"] * len(fields))
            written = list(zip(*_by_column([_write_of(field) for field in fields], given), strict=True))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", written)  # noqa: S608 - our own names


def insert_each(model: type[models.Model], column: str, ids: Sequence[int], same: Mapping[str, Any]) -> None:
    """Insert a row for each id, in their order; all other named columns are the same. One statement."""
    fields = _fields(model, [column, *same])
    names = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(same))
    given = [field.get_db_prep_save(value, connection) for field, value in zip(fields[1:], same.values(), strict=True)]
    each = (
        f"CAST(value AS bigint), {marks} FROM json_array_elements_text(%s) WITH ORDINALITY AS held(value, key)"
        if connection.vendor == "postgresql"
        else f"value, {marks} FROM json_each(%s)"
    )
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {each} ORDER BY key", [*given, json.dumps(list(ids))])


def rewrite(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Set the named columns of rows that are there; each row is its primary key and then the new values.

    Keys that are gone are passed over.
    """
    fields = [*_fields(model, columns), model._meta.pk]
    *names, key = (_quoted(field.column) for field in fields)
    table = _quoted(model._meta.db_table)
    turned = [(*values, pk) for pk, *values in rows]
    if not turned:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One JSON document is cheaper to send and to read than a parameter for each value.
            writes = [None if isinstance(field, models.JSONField) else _write_of(field) for field in fields]
            places = [f"v{place}" for place in range(len(fields))]
            written = zip(*_by_column(writes, turned), strict=True)
            document = [dict(zip(places, row, strict=True)) for row in written]
            shape = ", ".join(
                f"{place} {field.rel_db_type(connection)}" for place, field in zip(places, fields, strict=True)
            )
            settings = ", ".join(f"{name} = v.{place}" for name, place in zip(names, places, strict=False))
            cursor.execute(
                f"UPDATE {table} SET {settings} FROM json_to_recordset(%s) AS v({shape}) "  # noqa: S608 - our own names
                f"WHERE {table}.{key} = v.{places[-1]}",
                [json.dumps(document, default=datetime.isoformat)],
            )
        else:
            settings = ", ".join(f"{name} = %s" for name in names)
            written = zip(*_by_column([_write_of(field) for field in fields], turned), strict=True)
            cursor.executemany(f"UPDATE {table} SET {settings} WHERE {key} = %s", list(written))  # noqa: S608 - the same


def analyze(*columns: tuple[type[models.Model], str]) -> None:
    """Have PostgreSQL count how many rows share a value of a table's column, as in "all rows of a run". Needs a
    transaction, to whose end nobody else counts these tables: whoever names the same ones does it in the same order.

    For whoever has written many rows and goes on with all of them at once. Until autovacuum comes by, the planner
    takes a run it has not seen for one row, and compares each of its rows with each. 3,000 rows of a table are looked
    at, however many it has. SQLite goes by its unique indexes and needs nothing.
    """
    if connection.vendor != "postgresql":
        return
    named = [
        f"{_quoted(model._meta.db_table)} ({_quoted(_fields(model, [name])[0].column)})" for model, name in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute(f"ANALYZE {', '.join(named)}")


def _fields(model: type[models.Model], columns: Sequence[str]) -> list[Any]:
    return [model._meta.get_field(column) for column in columns]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _by_column(writes: Sequence[Write | None], rows: Sequence[Row]) -> list[Iterable[Any]]:
    """The values as the database takes them, column by column."""
    columns = zip(writes, zip(*rows, strict=True), strict=True)
    return [values if write is None else map(write, values) for write, values in columns]


def _copied_by(field: Any) -> Write:
    """What turns a value in code into COPY's text. The driver's own writing, row by row, takes five times as long."""
    write = _write_of(field)
    if isinstance(field, models.JSONField | models.CharField | models.TextField):
        return _escaped if write is None else lambda value: _escaped(write(value))
    if field.null:
        return lambda value: "\\N" if value is None else str(value if write is None else write(value))
    return str if write is None else lambda value: str(write(value))


def _escaped(text: str | None) -> str:
    if text is None:
        return "\\N"
    text = text.replace("\\", "\\\\")
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


_AS_IT_IS = frozenset(
    {
        models.BigAutoField,
        models.BooleanField,
        models.CharField,
        models.ForeignKey,
        models.PositiveBigIntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
    }
)


def _write_of(field: Any) -> Write | None:
    """What turns a value in code into the column's; None where it is that already."""
    if type(field) in _AS_IT_IS:
        return None
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, (models.CharField, models.IntegerField)):
        return field.get_prep_value
    return lambda value: field.get_db_prep_save(value, connection)


def _json(value: object) -> str | None:
    if value is None or isinstance(value, Canonical):
        return value
    return json.dumps(value)


class _Ids:
    """``in`` for whole numbers as one parameter, an array, however many there are.

    Django makes a parameter of each and psycopg quotes each: for a chunk of people that costs more than the reading.
    Other right-hand sides (querysets, instances, texts) are left to Django.
    """

    rhs: Any

    def get_prep_lookup(self) -> Any:
        return self.rhs if self._is_ids() else super().get_prep_lookup()  # type: ignore[misc]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs or not self._is_ids():
            sql, params = super().as_sql(compiler, connection)  # type: ignore[misc]
            return sql, params
        column, params = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]
        ids = ",".join(map(str, self.rhs))
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s::bigint[])", [*params, f"{{{ids}}}"]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, f"[{ids}]"]  # noqa: S608 - our own names

    def _is_ids(self) -> bool:
        kinds = (list, tuple, set, frozenset, dict)
        return isinstance(self.rhs, kinds) and all(type(each) is int for each in self.rhs)


@models.BigAutoField.register_lookup
@models.PositiveBigIntegerField.register_lookup
class IdsIn(_Ids, In):
    """``pk__in=ids``, ``subject_id__in=ids``."""


@models.ForeignKey.register_lookup
class RelatedIdsIn(_Ids, RelatedIn):
    """``agent_id__in=ids``."""
