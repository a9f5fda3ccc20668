"""Everything the database says, so that two databases that went different ways can be compared.

Primary keys differ after a transaction that was undone, so a row is told by what it says, and a reference by the row it
points to. Moments are kept as "there is one". Nothing else is left out but what is named here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from grading.jobs.chain import walk
from grading.jobs.models import AuditEntry
from grading.jobs.services import audit_log
from payroll.models import Payment, PayRun

NOT_OURS = ("admin", "contenttypes", "sessions")
NOT_TOLD = (  # the same everywhere; how often and how fast tasks were done; a copy of payslips by their primary keys
    "auth.Permission",
    "jobs.Pulse",
    "payroll.RunReview",
)
HOW_OFTEN = {
    "jobs.RunItem": {"attempt", "lease_token"},  # who worked an item, and at which try
    "jobs.AuditEntry": {"hash", "previous_hash"},  # made of moments; that the chain holds is asked by itself
    "payroll.PayRun": {"audit_head", "judged_from", "paid_from"},  # the same; checksums of rows with their keys
}
OBJECTS: dict[str, type[models.Model]] = {"pay_run": PayRun, "payment": Payment}
"""Kinds of objects that the audit log names by a primary key made by the operation itself."""

State = dict[str, list[str]]


def state() -> State:
    """Every table's rows as texts, sorted; those of the audit log in their order."""
    rows = _Rows()
    found = {}
    for model in rows.tables:
        texts = [rows.text(model, pk) for pk in rows.of(model) if not _is_repetition(rows, model, pk)]
        found[model._meta.label] = texts if model is AuditEntry else sorted(texts)
    heads = {row["audit_head"]: str(pk) for pk, row in rows.of(PayRun).items() if row["audit_head"]}
    found["the chain of the audit log"] = [str(problem) for problem in walk(audit_log(), heads).problems]
    return found


def differences(found: State, expected: State) -> list[str]:
    """What is there and should not be, and the other way round."""
    said = []
    for table in sorted(found.keys() | expected.keys()):
        mine, theirs = found.get(table, []), expected.get(table, [])
        if mine != theirs:
            more, less = _without(mine, theirs), _without(theirs, mine)
            said += [f"{table}: too much: {row}" for row in more] + [f"{table}: missing: {row}" for row in less]
            if not more and not less:
                said.append(f"{table}: the order differs")
    return said


def _without(rows: list[str], others: list[str]) -> list[str]:
    left = list(others)
    more = []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            more.append(row)
    return more


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is told, and how."""

    name: str
    attribute: str
    refers_to: Any
    is_moment: bool


class _Rows:
    """All rows, read once; what each says, worked out once."""

    def __init__(self) -> None:
        self.tables = [
            model
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_label not in NOT_OURS and model._meta.label not in NOT_TOLD
        ]
        self._rows: dict[type[models.Model], dict[Any, dict[str, Any]]] = {}
        self._told: dict[type[models.Model], list[_Column]] = {}
        self._digests: dict[tuple[type[models.Model], Any], str] = {}

    def of(self, model: type[models.Model]) -> dict[Any, dict[str, Any]]:
        """A table's rows by primary key, in its order."""
        if model not in self._rows:
            names = {field.column: field.attname for field in model._meta.concrete_fields}
            key = model._meta.pk
            with connection.cursor() as cursor:  # not by the ORM: making its queries would cost more than all the rest
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY "{key.column}"')  # noqa: S608
                found = [names[column[0]] for column in cursor.description]
                rows = (dict(zip(found, values, strict=True)) for values in cursor.fetchall())
                self._rows[model] = {row[key.attname]: row for row in rows}
        return self._rows[model]

    def text(self, model: type[models.Model], pk: Any) -> str:
        """What a row says."""
        row = self.of(model)[pk]
        return ", ".join(f"{column.name}={self._said(column, row)}" for column in self._columns(model))

    def _columns(self, model: type[models.Model]) -> list[_Column]:
        if model not in self._told:
            left_out = HOW_OFTEN.get(model._meta.label, ())
            self._told[model] = [
                _Column(field.name, field.attname, field.related_model, isinstance(field, models.DateTimeField))
                for field in model._meta.concrete_fields
                if field.name not in left_out and not isinstance(field, models.AutoField)
            ]
        return self._told[model]

    def _said(self, column: _Column, row: dict[str, Any]) -> str:
        value = row[column.attribute]
        if value is None:
            return "None"
        if column.refers_to is not None:
            return self._digest(column.refers_to, value)
        if column.is_moment:
            return "some time"
        if column.name == "object_id" and row["object_type"] in OBJECTS:
            return self._digest(OBJECTS[row["object_type"]], int(value))
        return repr(bytes(value) if isinstance(value, memoryview) else value)

    def _digest(self, model: Any, pk: Any) -> str:
        if model._meta.app_label in NOT_OURS or model._meta.label in NOT_TOLD:
            return str(pk)
        if (model, pk) not in self._digests:
            self._digests[model, pk] = hashlib.sha256(self.text(model, pk).encode()).hexdigest()[:16]
        return f"{model.__name__}:{self._digests[model, pk]}"


def _is_repetition(rows: _Rows, model: type[models.Model], pk: Any) -> bool:
    """Whether an audit entry only says that somebody pressed again: a second start of a run, a load of nothing new.

    The press is a fact and is rightly written down; whatever it did a second time would stand in another row.
    """
    if model is not AuditEntry:
        return False
    row = rows.of(model)[pk]
    if row["action"] == "company.load":
        detail = row["detail"]
        return not (json.loads(detail) if isinstance(detail, str) else detail)["files"]
    press = ("action", "object_type", "object_id", "actor_id")
    earlier = (each for number, each in rows.of(model).items() if number < pk)
    return row["action"] == "run.start" and any(all(each[name] == row[name] for name in press) for each in earlier)
