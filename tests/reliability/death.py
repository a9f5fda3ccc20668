"""A process that dies at the k-th SQL statement: queries, savepoints, COPY, commits and rollbacks alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

DEAD = 9


@dataclass
class Statements:
    """Keeps the statements, and dies before or after the one it was told; never where ``at`` is 0."""

    at: int = 0
    after: bool = False
    last_words: Path = Path(os.devnull)
    seen: list[str] = field(default_factory=list)

    @contextmanager
    def one(self, statement: str) -> Iterator[None]:
        """Around a statement."""
        self.seen.append(statement)
        is_it = len(self.seen) == self.at
        if is_it:
            self.last_words.write_text(f"{'after' if self.after else 'before'} {self.at}: {statement[:90]}")
        if is_it and not self.after:
            os._exit(DEAD)
        yield
        if is_it:
            os._exit(DEAD)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Inside the block every statement of this thread's default connection is one of them.

        Django's wrappers see what goes through ``execute``, savepoints and SQLite's BEGIN included. COPY goes round
        them, and the ends of transactions are calls of the driver.
        """
        connection.ensure_connection()
        ends = {name: getattr(connection, name) for name in ("_commit", "_rollback")}
        copy = psycopg.Cursor.copy
        psycopg.Cursor.copy = self._copy(copy)  # type: ignore[method-assign]
        try:
            for name, act in ends.items():
                setattr(connection, name, self._around(name, act))
            with connection.execute_wrapper(self._wrapped):
                yield
        finally:
            psycopg.Cursor.copy = copy  # type: ignore[method-assign]
            for name, act in ends.items():
                setattr(connection, name, act)

    def _wrapped(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        with self.one(sql):
            return execute(sql, params, many, context)

    def _around(self, name: str, act: Callable[[], None]) -> Callable[[], None]:
        def counted() -> None:
            with self.one(name):
                act()

        return counted

    def _copy(self, copy: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def counted(cursor: Any, statement: str, **options: Any) -> Iterator[Any]:
            with self.one(statement), copy(cursor, statement, **options) as rows:
                yield rows

        return counted
