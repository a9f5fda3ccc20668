"""Pointing Django's default connection at another database, in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections

from config.environment import database


@contextmanager
def default_database(url: str) -> Iterator[None]:
    """The default connection of every thread is to the database of a URL, with the product's own settings of it.

    Connections that other threads open must be closed by them.
    """
    held, configured = connections["default"], connections.settings["default"]
    connections.settings |= connections.configure_settings({"default": database(url)})
    del connections["default"]
    ContentType.objects.clear_cache()  # its keys are those of one database
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = configured
        connections["default"] = held
        ContentType.objects.clear_cache()


def migrate(url: str) -> None:
    """Make the product's tables in an empty database."""
    with default_database(url):
        call_command("migrate", verbosity=0)


def copy_sqlite(source: Path, target: Path) -> str:
    """Put a copy of a database that nobody is connected to in place of another; its URL."""
    for leftover in (target, *(target.with_name(target.name + ending) for ending in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    shutil.copyfile(source, target)
    return f"sqlite:///{target}"
