"""Files in the database: what one machine wrote, every other one can read, and a backup has it.

A Django storage, so that fields and forms use it like any other. A file's content never changes; something new gets a
new name.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import transaction
from django.utils.deconstruct import deconstructible

from grading.jobs.models import StoredFile, StoredPart

PART = 4 * 1024 * 1024
"""Bytes of one row. A statement with it, twice as long in hexadecimal, is far below what a server takes."""
COPY_DAYS = 7
"""A local copy that nobody asked for in so many days goes."""


@deconstructible
class DatabaseStorage(Storage):
    """Keeps files as rows. ``path`` makes a copy on this machine's disk, for readers that want a file."""

    def exists(self, name: str) -> bool:
        return StoredFile.objects.filter(name=name).exists()

    def size(self, name: str) -> int:
        return _row(name).size

    def get_created_time(self, name: str) -> datetime:
        return _row(name).created_at

    get_modified_time = get_created_time

    def delete(self, name: str) -> None:
        StoredFile.objects.filter(name=name).delete()

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The folders and files directly in a folder."""
        folder = f"{path.strip('/')}/" if path.strip("/") else ""
        names = StoredFile.objects.filter(name__startswith=folder).order_by("name").values_list("name", flat=True)
        inside = [name.removeprefix(folder) for name in names]
        folders = dict.fromkeys(name.partition("/")[0] for name in inside if "/" in name)
        return list(folders), [name for name in inside if "/" not in name]

    def path(self, name: str) -> str:
        """A file on this machine with the content, fetched once: it is named by its checksum."""
        row = _row(name)
        copies = Path(settings.JIXIN_VAR) / "copies"
        copy = copies / f"{row.sha256}{PurePosixPath(name).suffix}"
        if copy.exists():
            os.utime(copy)
            return str(copy)
        copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        _old_copies_delete(copies)
        aside = copy.with_name(f".{copy.name}-{os.getpid()}-{secrets.token_hex(4)}")
        with open(aside, "xb", opener=_private) as file:
            file.writelines(_contents(row))
        aside.replace(copy)
        return str(copy)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:  # noqa: ARG002  Django names it
        return ContentFile(b"".join(_contents(_row(name))), name=name)

    def _save(self, name: str, content: File[Any]) -> str:
        digest, size = hashlib.sha256(), 0
        with transaction.atomic():
            row = StoredFile.objects.create(name=name, size=0, sha256="")
            for position, part in enumerate(content.chunks(PART)):
                data = part.encode() if isinstance(part, str) else bytes(part)
                digest.update(data)
                size += len(data)
                StoredPart.objects.create(file=row, position=position, content=data)
            StoredFile.objects.filter(pk=row.pk).update(size=size, sha256=digest.hexdigest())
        return name


def _row(name: str) -> StoredFile:
    """Raises FileNotFoundError, as a disk would."""
    row = StoredFile.objects.filter(name=name).first()
    if row is None:
        raise FileNotFoundError(name)
    return row


def _contents(row: StoredFile) -> Iterator[bytes]:
    """A file piece by piece, so that a big one is never in memory as a whole but where it is asked for."""
    for pk in list(row.parts.values_list("pk", flat=True)):
        yield bytes(StoredPart.objects.values_list("content", flat=True).get(pk=pk))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _old_copies_delete(copies: Path) -> None:
    oldest = time.time() - COPY_DAYS * 24 * 3600
    for copy in copies.iterdir():
        try:
            if copy.stat().st_mtime < oldest:
                copy.unlink()
        except FileNotFoundError:
            continue  # another process was tidying up too
