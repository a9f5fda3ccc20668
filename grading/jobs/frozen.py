"""Rows that the database itself refuses to change, whoever asks: triggers on SQLite and PostgreSQL.

Each app says for each of its tables from when on a row is frozen, and what may still happen to it. The triggers are
made from that after every ``migrate`` and taken away before one that has something to do: SQLite rebuilds a table to
alter it, which loses its triggers, and a migration must be able to move what is frozen. So there is one place that says
what is frozen, and no migration to forget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate

PREFIX = "frozen_"


@dataclass(frozen=True, slots=True)
class Frozen:
    """The rows of one table that are refused to change.

    All are conditions in SQL: ``rows`` of a row ``{row}`` that is frozen; ``added`` of one that may not be added, or be
    changed into. Of a frozen row only the columns ``may_change`` change, and only where ``once`` holds of ``{old}`` and
    ``{new}``. ``never`` is a change that is refused of any row.
    """

    table: str
    rows: str = "1 = 1"
    may_change: tuple[str, ...] = ()
    once: str = ""
    added: str = ""
    never: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: its name, what is checked whether it is in force, and the statements that make it."""

    name: str
    source: str
    statements: tuple[str, ...]


def keep(app: AppConfig, tables: Iterable[Frozen]) -> None:
    """Have an app's frozen rows guarded, from the next ``migrate`` on."""
    _KEPT[app.label] = tuple(tables)
    uid = f"frozen.{app.label}"
    pre_migrate.connect(_before, sender=app, dispatch_uid=uid)
    post_migrate.connect(_after, sender=app, dispatch_uid=uid)


_KEPT: dict[str, tuple[Frozen, ...]] = {}


def thaw(connection: BaseDatabaseWrapper, app_label: str | None = None) -> None:
    """Take the triggers away: before migrations, and where a test plays somebody who may."""
    with connection.cursor() as cursor:
        for frozen in _frozen(connection, app_label):
            for event in EVENTS:
                name = _name(frozen.table, event)
                if connection.vendor == "postgresql":
                    cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
                else:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def freeze(connection: BaseDatabaseWrapper, app_label: str | None = None) -> None:
    """Make the triggers anew, of the columns that the tables have now."""
    thaw(connection, app_label)
    with connection.cursor() as cursor:
        for trigger in _triggers(connection, app_label):
            for statement in trigger.statements:
                cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that are not there, not as they should be, or switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = dict(cursor.fetchall())
    return [trigger.name for trigger in _triggers(connection, None) if found.get(trigger.name) != trigger.source]


def _before(using: str, plan: list[Any], sender: AppConfig, **_signal: Any) -> None:
    if plan:
        thaw(connections[using], sender.label)


def _after(using: str, sender: AppConfig, **_signal: Any) -> None:
    freeze(connections[using], sender.label)


# --- What the triggers say --------------------------------------------------------------------------------------------

EVENTS = ("insert", "update", "delete", "truncate")


def _frozen(connection: BaseDatabaseWrapper, app_label: str | None) -> list[Frozen]:
    """The tables of an app, or of all, that are there: migrating backwards may have taken some away."""
    there = set(connection.introspection.table_names())
    kept = _KEPT.values() if app_label is None else (_KEPT[app_label],)
    return [frozen for tables in kept for frozen in tables if frozen.table in there]


def _triggers(connection: BaseDatabaseWrapper, app_label: str | None) -> Iterator[Trigger]:
    make = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    for frozen in _frozen(connection, app_label):
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, frozen.table)
        yield from make(frozen, [column.name for column in described])


def _name(table: str, event: str) -> str:
    return f"{PREFIX}{table}_{event}"


def _message(frozen: Frozen) -> str:
    return f"rows of {frozen.table} are frozen"


def _update_refused(frozen: Frozen, columns: list[str], differs: str) -> str:
    """When an update of a row is refused, of OLD and NEW."""

    def changed(names: Iterable[str]) -> str:
        return " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in names)

    was = frozen.rows.format(row="OLD")
    if frozen.may_change:
        fixed = changed(name for name in columns if name not in frozen.may_change)
        once = frozen.once.format(old="OLD", new="NEW")
        refused = [f"(({was}) AND ({fixed} OR (({changed(frozen.may_change)}) AND NOT ({once}))))"]
    else:
        refused = [f"({was})"]
    if frozen.added:
        refused.append(f"({frozen.added.format(row='NEW')})")
    if frozen.never:
        refused.append(f"({frozen.never.format(old='OLD', new='NEW')})")
    return " OR ".join(refused)


def _on_sqlite(frozen: Frozen, columns: list[str]) -> Iterator[Trigger]:
    """Row by row. An insert may be a REPLACE, which deletes the row in its way without asking the other trigger."""
    key, was = columns[0], frozen.rows.format(row="old")
    replaced = f'EXISTS (SELECT 1 FROM "{frozen.table}" old WHERE old."{key}" = NEW."{key}" AND ({was}))'  # noqa: S608
    conditions = {
        "insert": f"{replaced} OR ({frozen.added.format(row='NEW')})" if frozen.added else replaced,
        "update": _update_refused(frozen, columns, "IS NOT"),
        "delete": frozen.rows.format(row="OLD"),
    }
    for event, condition in conditions.items():
        name = _name(frozen.table, event)
        source = (
            f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{frozen.table}" FOR EACH ROW WHEN {condition} '
            f"BEGIN SELECT RAISE(ABORT, '{_message(frozen)}'); END"
        )
        yield Trigger(name, source, (source,))


def _on_postgresql(frozen: Frozen, columns: list[str]) -> Iterator[Trigger]:
    """Updates row by row; rows that come or go are asked for once a statement, which costs a chunk of people little."""
    refuse = f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{_message(frozen)}';"
    update = _update_refused(frozen, columns, "IS DISTINCT FROM")
    bodies = {
        "update": ("BEFORE UPDATE", "FOR EACH ROW", f"BEGIN IF {update} THEN {refuse} END IF; RETURN NEW; END"),
        "delete": (
            "AFTER DELETE",
            "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT",
            _asked("gone", frozen.rows, refuse),
        ),
        "truncate": ("BEFORE TRUNCATE", "FOR EACH STATEMENT", f"BEGIN {refuse} END"),
    }
    if frozen.added:
        come = "REFERENCING NEW TABLE AS come FOR EACH STATEMENT"
        bodies["insert"] = ("AFTER INSERT", come, _asked("come", frozen.added, refuse))
    for event, (when, how, source) in bodies.items():
        name = _name(frozen.table, event)
        yield Trigger(
            name,
            source,
            (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $frozen${source}$frozen$",
                f'CREATE TRIGGER {name} {when} ON "{frozen.table}" {how} EXECUTE FUNCTION {name}()',
            ),
        )


def _asked(rows: str, condition: str, refuse: str) -> str:
    """A body that refuses when a condition holds of any row of a statement.

    It is planned anew each time: a plan kept from when the tables were empty would be slow for ever.
    """
    question = f"SELECT EXISTS (SELECT 1 FROM {rows} it WHERE {condition.format(row='it')})"  # noqa: S608  our own
    return (
        f"DECLARE refused boolean; BEGIN EXECUTE $ask${question}$ask$ INTO refused; "
        f"IF refused THEN {refuse} END IF; RETURN NULL; END"
    )
