"""What tables say, as short texts that differ when any row does: whether something changed, without looking at what."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django.db import connection, models

from grading.kernel.period import Month

_OWNERS = ("company", "agent", "team", "shop", "session", "sample", "cycle")
"""Fields by which a row belongs to a company, by itself or by what it points at."""


def checksums(tables: Iterable[type[models.Model]], company_id: int, month: Month | None) -> dict[str, str]:
    """Table → a text that stands for its rows of the company, whatever their order. One query for each table.

    Tables with a month, or a cycle that has one, count only that month's rows, unless it is None. Tables that belong
    to no company count whole. The text notices changes; it is no proof against somebody who wants to hide one.
    """
    return {table._meta.label_lower: _checksum(_rows(table, company_id, month)) for table in tables}


def _rows(table: type[models.Model], company_id: int, month: Month | None) -> models.QuerySet[Any, Any]:
    rows = table._default_manager.order_by()
    path = _path_to_company(table)
    if path == "pk":
        rows = rows.filter(pk=company_id)
    elif path:
        rows = rows.filter(**{path: company_id})
    names = [field.attname for field in table._meta.concrete_fields]
    if month is not None and "month" in names:
        rows = rows.filter(month=month)
    elif month is not None and "cycle_id" in names:
        rows = rows.filter(cycle__month=month)
    return rows.values_list(*names)


def _path_to_company(table: type[models.Model]) -> str:
    if table._meta.model_name == "company":
        return "pk"
    for name in _OWNERS:
        if name in {field.name for field in table._meta.concrete_fields}:
            owner = table._meta.get_field(name).related_model
            further = _path_to_company(owner) if name != "company" and isinstance(owner, type) else "pk"
            return f"{name}__{further}" if further else ""
    return ""


def _checksum(rows: models.QuerySet[Any, Any]) -> str:
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hash_record_extended(held, 0)), 0) FROM ({sql}) AS held",  # noqa: S608 - Django's own SQL
                params,
            )
            count, total = cursor.fetchone()
        else:
            count = total = 0
            for row in cursor.execute(sql, params):
                count += 1
                total += int.from_bytes(blake2b(repr(row).encode(), digest_size=8).digest())
    return f"{count}:{total}"
