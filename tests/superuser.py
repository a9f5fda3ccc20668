"""What somebody can do who owns the database: change what is frozen. Triggers hold off everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from grading.jobs import frozen


@contextmanager
def thawed() -> Iterator[None]:
    """Nothing is frozen inside; afterwards everything is again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
    frozen.thaw(connection)
    try:
        yield
    finally:
        frozen.freeze(connection)
