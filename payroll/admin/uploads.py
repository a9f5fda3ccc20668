"""Uploaded files between the dry run and the confirmation: put in their place, kept privately, used once.

What is confirmed is byte for byte what was tried: the files wait in the database, in one ZIP with a random name that is
known to one session of one user, and go when they are used or a day old. Whichever server is asked finds them there.
"""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from grading.imports.folder import COMPANY_TABLES, MAX_UNPACKED, MONTH_TABLES, RAW_TABLES, CompanyFolder
from grading.jobs.models import StoredFile
from grading.kernel.errors import DomainError
from grading.kernel.period import Month

SESSION_KEY = "month_upload"
FOLDER = "imports/"
KEPT = timedelta(days=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_COPY = re.compile(r"\s*[(（]\d+[)）]$| - 副本$| - copy$", re.IGNORECASE)
_DOCUMENT = re.compile(rb"^(plan|scorecard|ladder|contract):", re.MULTILINE)
_FOLDERS = {b"plan": "plans", b"scorecard": "scorecards", b"ladder": "ladders", b"contract": "billing"}
_CODE = re.compile(rb"^code:[ \t]*['\"]?([^\s'\"#]+)", re.MULTILINE)
CHINESE_NAMES = {
    "员工": "agents",
    "客服": "agents",
    "人员": "agents",
    "团队": "teams",
    "考勤": "attendance",
    "绩效": "kpi",
    "指标": "kpi",
    "团队指标": "team_metrics",
    "销售": "sales",
    "计件": "units",
    "质检": "qa_findings",
    "调整": "adjustments",
    "派驻": "assignments",
    "结算": "billing",
}


class UploadTooLarge(DomainError):
    """More than a company's files can be."""

    code = "import.upload_too_large"
    template = _("The files are larger than {limit} MB together. Upload fewer files at a time.")


class UploadMixed(DomainError):
    """A ZIP together with other files."""

    code = "import.upload_mixed"
    template = _("Upload either one ZIP of the folder, or single files; not both at once.")


class UploadTwice(DomainError):
    """Two files for the same place."""

    code = "import.upload_twice"
    template = _("'{one}' and '{other}' would both be read as {path}. Leave one of them out.")


class UploadGone(DomainError):
    """A confirmation of files that are no longer there."""

    code = "import.upload_gone"
    template = _("These files were already loaded, or were kept for too long. Choose them again.")


def folder_of(uploads: Iterable[UploadedFile[Any]], month: Month) -> CompanyFolder:
    """The uploaded files as a company folder; loose monthly files go to ``month``.

    Raises UploadTooLarge, UploadMixed, UploadTwice, FolderRefused.
    """
    uploads = list(uploads)
    if sum(upload.size or 0 for upload in uploads) > MAX_UNPACKED:
        raise UploadTooLarge(limit=MAX_UNPACKED // 1024 // 1024)
    zips = [upload for upload in uploads if (upload.name or "").lower().endswith(".zip")]
    if zips and len(uploads) > 1:
        raise UploadMixed
    if zips:
        name = zips[0].name or "upload.zip"
        packed = CompanyFolder.from_zip(name, zips[0].read())
        contents = [(path, packed[path]) for path in packed]
    else:
        name = ", ".join(upload.name or "" for upload in uploads)
        contents = [(upload.name or "", upload.read()) for upload in uploads]
    placed: dict[str, bytes] = {}
    origin: dict[str, str] = {}
    for path, data in contents:
        place = place_of(path, data, month)
        if place in placed:
            raise UploadTwice(one=origin[place], other=path, path=place)
        placed[place], origin[place] = data, path
    return CompanyFolder.from_files(name, placed)


def place_of(path: str, data: bytes, month: Month) -> str:
    """Where a file stands in a company folder; a path that has a folder is left alone.

    >>> place_of("kpi (1).csv", b"", Month(2026, 10)), place_of("考勤.xlsx", b"", Month(2026, 10))
    ('2026-10/kpi.csv', '2026-10/attendance.xlsx')
    """
    if "/" in path or path.lower() == "company.yaml":
        return path
    name = PurePosixPath(path)
    ending = name.suffix.lower()
    if ending in {".yaml", ".yml"}:
        kind = _DOCUMENT.search(data)
        return f"{_FOLDERS[kind[1]]}/{path}" if kind else path
    stem = _COPY.sub("", name.stem).strip()
    stem = CHINESE_NAMES.get(stem, stem.lower())
    if stem in MONTH_TABLES:
        return f"{month}/{stem}{ending}"
    if stem in COMPANY_TABLES:
        return f"{stem}{ending}"
    if stem in RAW_TABLES:
        return f"{month}/raw/{stem}{ending}"
    return path


def company_code(folder: CompanyFolder) -> str | None:
    """The code that the folder's company.yaml names; None without one. A guess only: loading checks the file."""
    found = _CODE.search(folder["company.yaml"]) if "company.yaml" in folder else None
    return found[1].decode("utf-8", "replace") if found else None


def upload_keep(request: HttpRequest, folder: CompanyFolder, company_id: int | None, month: Month) -> str:
    """Keep the files for this session until they are confirmed; returns the token that the form carries."""
    _old_ones_delete()
    upload_forget(request)
    token = secrets.token_urlsafe(32)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder:
            archive.writestr(path, folder[path])
    default_storage.save(_name(token), ContentFile(packed.getvalue()))
    request.session[SESSION_KEY] = {
        "token": token,
        "user": request.user.pk,
        "company": company_id,
        "month": str(month),
        "name": folder.name,
    }
    return token


def upload_kept(request: HttpRequest, token: str) -> tuple[CompanyFolder, int | None, Month]:
    """The files that this session keeps under a token, with the company and month they were tried for.

    Raises UploadGone.
    """
    kept = request.session.get(SESSION_KEY)
    user = request.user
    if not kept or not isinstance(user, User) or kept["user"] != user.pk or not _TOKEN.fullmatch(token):
        raise UploadGone
    if not secrets.compare_digest(kept["token"], token) or not default_storage.exists(_name(token)):
        raise UploadGone
    with default_storage.open(_name(token)) as file:
        packed = file.read()
    return (
        CompanyFolder.from_zip(kept["name"], packed),
        kept["company"],
        Month.parse(kept["month"]),
    )


def upload_forget(request: HttpRequest) -> None:
    """Delete what this session keeps, if anything."""
    kept = request.session.pop(SESSION_KEY, None)
    if kept and _TOKEN.fullmatch(kept["token"]):
        default_storage.delete(_name(kept["token"]))


def _name(token: str) -> str:
    return f"{FOLDER}{token}.zip"


def _old_ones_delete() -> None:
    """Sessions end without a word; what they kept goes with the next upload."""
    StoredFile.objects.filter(name__startswith=FOLDER, created_at__lt=timezone.now() - KEPT).delete()
