"""Files in the database: the same bytes on every machine, and a copy on disk for those who want a file."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from grading.jobs import files
from grading.jobs.models import StoredFile, StoredPart

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.JIXIN_VAR = tmp_path
    return tmp_path


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 25])
def test_what_was_written_is_read(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(files, "PART", 10)
    content = bytes(range(size))
    name = default_storage.save("raw/some.parquet", ContentFile(content))

    assert name == "raw/some.parquet"
    assert default_storage.open(name).read() == content
    assert default_storage.size(name) == size
    assert StoredPart.objects.count() == -(-size // 10)
    assert Path(default_storage.path(name)).read_bytes() == content


def test_a_copy_is_fetched_once_and_for_its_owner_only(var: Path) -> None:
    name = default_storage.save("raw/some.parquet", ContentFile(b"content"))
    copy = Path(default_storage.path(name))
    assert copy.parent == var / "copies"
    assert copy.suffix == ".parquet"
    assert copy.stat().st_mode & 0o777 == 0o600
    StoredPart.objects.all().delete()  # whoever asks again asks the disk
    assert Path(default_storage.path(name)).read_bytes() == b"content"


def test_a_name_is_taken_once_and_a_copy_follows_the_content(var: Path) -> None:
    first = default_storage.save("a.bin", ContentFile(b"one"))
    second = default_storage.save("a.bin", ContentFile(b"two"))
    assert first != second
    assert Path(default_storage.path(first)).read_bytes() == b"one"
    assert Path(default_storage.path(second)).read_bytes() == b"two"


def test_copies_that_nobody_asks_for_go(var: Path) -> None:
    old = Path(default_storage.path(default_storage.save("old.bin", ContentFile(b"old"))))
    used = Path(default_storage.path(default_storage.save("used.bin", ContentFile(b"used"))))
    long_ago = time.time() - (files.COPY_DAYS + 1) * 24 * 3600
    for copy in (old, used):
        os.utime(copy, (long_ago, long_ago))
    assert default_storage.path("used.bin") == str(used)
    default_storage.path(default_storage.save("new.bin", ContentFile(b"new")))
    assert (old.exists(), used.exists()) == (False, True)
    assert Path(default_storage.path("old.bin")).read_bytes() == b"old"


def test_a_deleted_file_is_gone_with_its_parts() -> None:
    name = default_storage.save("a.bin", ContentFile(b"content"))
    default_storage.delete(name)
    assert not default_storage.exists(name)
    assert not StoredPart.objects.exists()
    with pytest.raises(FileNotFoundError):
        default_storage.open(name)
    with pytest.raises(FileNotFoundError):
        default_storage.path(name)


def test_a_folder_is_listed() -> None:
    for name in ("raw/1/a", "raw/1/b", "raw/c", "d"):
        default_storage.save(name, ContentFile(b""))
    assert default_storage.listdir("raw") == (["1"], ["c"])
    assert default_storage.listdir("") == (["raw"], ["d"])


def test_half_a_file_is_never_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(StoredPart.objects, "create", broken)
    with pytest.raises(OSError, match="disk full"):
        default_storage.save("a.bin", ContentFile(b"content"))
    assert not StoredFile.objects.exists()
