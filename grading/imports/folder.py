"""A company folder as one reads it: from a directory, a ZIP or a set of uploaded files. Nothing is written anywhere."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from grading.imports import wording
from grading.imports.problem import WHOLE_FILE, Problem, visible
from grading.kernel.errors import DomainError
from grading.kernel.period import Month

MAX_UNPACKED = 200 * 1024 * 1024
MAX_ENTRIES = 10_000

COMPANY_TABLES = (
    "teams",
    "agents",
    "opening_balances",
    "agent_changes",
    "tax_deductions",
    "agent_accounts",
    "assignments",
    "calendar",
)
MONTH_TABLES = (
    "kpi",
    "team_metrics",
    "attendance",
    "attendance_daily",
    "sales",
    "units",
    "qa_findings",
    "adjustments",
    "billing",
)
RAW_TABLES = (
    "chat_messages",
    "chat_sessions",
    "session_transfers",
    "service_ratings",
    "orders",
    "order_items",
    "buyer_history",
    "refunds",
    "disputes",
    "complaints",
    "reviews",
    "payment_chases",
    "calls",
    "agent_presence",
    "traffic_daily",
    "dsr_snapshots",
    "agent_accounts",
)
_DOCUMENTS = ("plans", "scorecards", "ladders", "billing")
_TABLE_ENDINGS = ("csv", "xlsx")
_RAW_ENDINGS = (*_TABLE_ENDINGS, "parquet")
_MONTH = r"20[0-9]{2}-(?:0[1-9]|1[0-2])"
_KNOWN = re.compile(
    r"company\.yaml"
    rf"|(?:{'|'.join(_DOCUMENTS)})/[^/]+\.ya?ml"
    rf"|(?:{'|'.join(COMPANY_TABLES)})\.(?:csv|xlsx)"
    rf"|{_MONTH}/(?:{'|'.join(MONTH_TABLES)})\.(?:csv|xlsx)"
    rf"|{_MONTH}/raw/(?:{'|'.join(RAW_TABLES)})\.(?:csv|xlsx|parquet)"
)
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
"""Files that systems and spreadsheet programs leave behind; not worth a word."""


class FolderRefused(DomainError):
    """A ZIP, directory or upload that is not read at all, because it is damaged, too large or unsafe."""

    code = "import.folder_refused"
    template = "'{name}' is refused: {reason}. Hand over the plain folder, or a ZIP of it."


class CompanyFolder(Mapping[str, bytes]):
    """The files of a company by relative path with ``/``. Read-only; a file is read when it is asked for.

    A company folder inside one outer folder (as a ZIP usually holds it) is read as if it stood alone. ``problems``
    are tables that are there twice; ``notices`` are files that nobody will read.
    """

    def __init__(self, name: str, files: Mapping[str, Callable[[], bytes]]) -> None:
        self.name = name
        kept = {path: files[path] for path in sorted(files) if not _LITTER.search(path)}
        self._files = _without_outer_folder(kept)
        self.notices = tuple(
            Problem.of(path, 1, WHOLE_FILE, wording.UNKNOWN_FILE, path)
            for path in self._files
            if not _KNOWN.fullmatch(path)
        )
        self.problems = tuple(self._twice())

    @classmethod
    def from_directory(cls, directory: Path) -> CompanyFolder:
        """The files under a directory; links that lead out of it are refused. Raises FolderRefused."""
        root = directory.resolve()
        if not root.is_dir():
            raise FolderRefused(name=directory, reason="it is not a directory")
        files: dict[str, Callable[[], bytes]] = {}
        size = 0
        for path in sorted(root.rglob("*")):
            relative = path.relative_to(root).as_posix()
            if not path.resolve().is_relative_to(root):
                raise FolderRefused(name=directory, reason=f"{relative} is a link that leads out of it")
            if path.is_file():
                size += 0 if "/raw/" in relative else path.stat().st_size
                files[relative] = path.read_bytes
            if len(files) > MAX_ENTRIES or size > MAX_UNPACKED:
                raise FolderRefused(name=directory, reason=_limits())
        return cls(str(directory), files)

    @classmethod
    def from_zip(cls, name: str, data: bytes) -> CompanyFolder:
        """The files of a ZIP, which stay in memory and are never unpacked to disk. Raises FolderRefused."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
            entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise FolderRefused(name=name, reason=f"the ZIP is damaged ({error})") from error
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise FolderRefused(name=name, reason=_limits())
        files: dict[str, Callable[[], bytes]] = {}
        for entry in entries:
            if entry.is_dir():
                continue
            path = _safe_path(name, _entry_name(entry))
            if entry.flag_bits & 1:
                raise FolderRefused(name=name, reason=f"{path} is protected with a password")
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise FolderRefused(name=name, reason=f"{path} is a link")
            if path in files:
                raise FolderRefused(name=name, reason=f"{path} is there twice")
            files[path] = _reader(name, archive, entry)
        return cls(name, files)

    @classmethod
    def from_files(cls, name: str, files: Mapping[str, bytes]) -> CompanyFolder:
        """Uploaded files by relative path, for example ``2026-10/kpi.csv``. Raises FolderRefused."""
        if len(files) > MAX_ENTRIES or sum(len(data) for data in files.values()) > MAX_UNPACKED:
            raise FolderRefused(name=name, reason=_limits())
        return cls(name, {_safe_path(name, path): _constant(data) for path, data in files.items()})

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def months(self) -> tuple[Month, ...]:
        """The months that have a folder, oldest first."""
        heads = {PurePosixPath(path).parts[0] for path in self._files if "/" in path}
        return tuple(Month.parse(head) for head in sorted(heads) if re.fullmatch(_MONTH, head))

    def documents(self, kind: str) -> tuple[str, ...]:
        """The YAML paths of ``plans``, ``scorecards``, ``ladders`` or ``billing``."""
        return tuple(path for path in self._files if re.fullmatch(rf"{re.escape(kind)}/[^/]+\.ya?ml", path))

    def table(self, stem: str, month: Month | None = None) -> str | None:
        """The path of a table, CSV or XLSX: ``table("agents")``, ``table("kpi", month)``; None when it is not there."""
        return self._one(f"{month}/{stem}" if month else stem, _TABLE_ENDINGS)

    def raw(self, month: Month) -> Mapping[str, str]:
        """The platform exports of a month: paths by table name."""
        found = ((stem, self._one(f"{month}/raw/{stem}", _RAW_ENDINGS)) for stem in RAW_TABLES)
        return {stem: path for stem, path in found if path is not None}

    def missing(self) -> tuple[Problem, ...]:
        """What a whole company folder must have and this one has not."""
        wanted = (
            ("company.yaml", "company.yaml" in self, "company.yaml"),
            ("plans", bool(self.documents("plans")), "plans/*.yaml"),
            ("teams.csv", self.table("teams") is not None, "teams.csv / teams.xlsx"),
            ("agents.csv", self.table("agents") is not None, "agents.csv / agents.xlsx"),
        )
        return tuple(
            Problem.of(path, 1, WHOLE_FILE, wording.MISSING_FILE, files=files)
            for path, there, files in wanted
            if not there
        )

    def _one(self, stem: str, endings: tuple[str, ...]) -> str | None:
        return next((path for ending in endings if (path := f"{stem}.{ending}") in self._files), None)

    def _twice(self) -> Iterator[Problem]:
        first: dict[str, str] = {}
        for path in self._files:
            if not _KNOWN.fullmatch(path) or path.endswith((".yaml", ".yml")):
                continue
            stem = path.rpartition(".")[0]
            if stem in first:
                yield Problem.of(path, 1, WHOLE_FILE, wording.TWO_FORMS, path, one=first[stem], other=path)
            first.setdefault(stem, path)


def _limits() -> str:
    return f"it holds more than {MAX_ENTRIES} files or {MAX_UNPACKED} bytes"


def _safe_path(name: str, path: str) -> str:
    """The path with ``/``, when it stays inside the folder. Raises FolderRefused."""
    parts = path.split("/")
    if not path or "\\" in path or ":" in path or visible(path, 10_000) != path or {"", ".", ".."} & set(parts):
        raise FolderRefused(name=name, reason=f"'{visible(path)}' is not a path inside the folder")
    return path


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; names without the UTF-8 mark come from Chinese Windows, not from code page 437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        written = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _reader(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return archive.read(entry)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
            raise FolderRefused(name=name, reason=f"{entry.filename} is damaged ({error})") from error

    return read


def _constant(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _without_outer_folder(files: Mapping[str, Callable[[], bytes]]) -> dict[str, Callable[[], bytes]]:
    heads = {path.partition("/")[0] for path in files}
    outer = next(iter(heads)) if len(heads) == 1 else ""
    if outer and f"{outer}/company.yaml" in files:
        return {path.partition("/")[2]: read for path, read in files.items()}
    return dict(files)
