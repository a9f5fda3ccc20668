"""The grading part of a company folder as typed values, with everything that is wrong in any of its files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Generic, TypeVar

from grading.domain.ladder_document import LadderDocument, ladder_from
from grading.domain.metrics.definition import flat_readings
from grading.domain.qa_readings import read_qa_readings
from grading.domain.scorecard_document import ScorecardDocument, scorecard_from
from grading.domain.training_document import read_training_readings
from grading.imports import files, wording
from grading.imports.documents import Document, read_document
from grading.imports.folder import CompanyFolder
from grading.imports.problem import Problem
from grading.imports.raw import ACCOUNTS, RawRead, read_raw
from grading.imports.table import Schema, Table
from grading.kernel.document import IDENTIFIER, NAME, BrokenDocument, Reader, canonical_data, number, one_of, whole
from grading.kernel.period import Month
from grading.rulebook import metric_definitions

T = TypeVar("T")
_COMPANY_KEYS = (
    "code",
    "name_zh",
    "name_en",
    "city",
    "timezone",
    "statutory",
    "pay_day",
    "languages",
    "readings",
    "exports",
)


@dataclass(frozen=True, slots=True)
class CompanyDocument:
    """company.yaml."""

    code: str
    name_zh: str
    name_en: str
    city: str
    timezone: str
    statutory: str
    pay_day: int | None
    languages: tuple[str, ...]
    readings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A rules document as read: its file, its value, and the body that is stored."""

    file: str
    value: T
    body: Mapping[str, Any]


@dataclass(slots=True)
class Findings:
    """What reading found: problems stop everything, notices nothing."""

    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    def take(self, table: Table) -> Table:
        """The table itself, its findings noted."""
        self.problems += table.problems
        self.notices += table.notices
        return table


@dataclass(slots=True)
class MonthFiles:
    """One month's grading tables; None where the folder has no such file."""

    kpi: Table | None = None
    team_metrics: Table | None = None
    attendance: Table | None = None
    attendance_daily: Table | None = None
    qa_findings: Table | None = None


@dataclass(frozen=True, slots=True)
class Exports:
    """A month's platform exports as typed tables; ``sha256`` tells of each table what its rows were read from."""

    read: RawRead
    sha256: Mapping[str, str]


@dataclass(slots=True)
class GradingFiles:
    """What a folder says about who the agents are and how they did; None and empty where it says nothing."""

    company: CompanyDocument | None = None
    scorecards: tuple[Versioned[ScorecardDocument], ...] = ()
    ladders: tuple[Versioned[LadderDocument], ...] = ()
    teams: Table | None = None
    agents: Table | None = None
    agent_changes: Table | None = None
    months: dict[Month, MonthFiles] = field(default_factory=dict)
    exports: dict[Month, Exports] = field(default_factory=dict)


def read_grading_files(
    folder: CompanyFolder, months: Collection[Month], also_metrics: Collection[str], findings: Findings
) -> GradingFiles:
    """Every grading file of the folder, of these months. ``also_metrics``: metric ids the company uses besides the
    catalogue's."""
    found = GradingFiles()
    if "company.yaml" in folder:
        found.company = _company(read_document("company.yaml", folder["company.yaml"]), findings)
    found.scorecards = read_versions(folder, "scorecards", scorecard_from, findings)
    found.ladders = read_versions(folder, "ladders", ladder_from, findings)
    _one_scorecard_a_role(found.scorecards, findings)
    found.teams = read_table_of(folder, "teams", files.TEAMS, findings)
    found.agents = read_table_of(folder, "agents", files.AGENTS, findings)
    found.agent_changes = read_table_of(folder, "agent_changes", files.AGENT_CHANGES, findings)
    own = {kpi.metric for version in found.scorecards for kpi in version.value.scorecard.kpis} | set(also_metrics)
    for month in months:
        found.months[month] = _month(folder, month, own, findings)
        found.exports[month] = _exports(folder, month, findings)
    return found


def _exports(folder: CompanyFolder, month: Month, findings: Findings) -> Exports:
    """The month's platform exports; accounts may stand beside them or beside agents.csv."""
    paths = dict(folder.raw(month))
    accounts = folder.table(ACCOUNTS)
    if paths and ACCOUNTS not in paths and accounts is not None:
        paths[ACCOUNTS] = accounts
    sources = {path: folder[path] for path in paths.values()}
    read = read_raw(sources)
    told = [each for each in findings.problems if each.file == accounts]
    findings.problems += [each for each in read.problems if each.file != accounts or each not in told]
    findings.notices += read.notices
    who = sources[paths[ACCOUNTS]] if ACCOUNTS in paths else b""
    return Exports(read, {table: sha256(sources[read.files[table]] + who).hexdigest() for table in read.tables})


def _month(folder: CompanyFolder, month: Month, own: Collection[str], findings: Findings) -> MonthFiles:
    def read(stem: str, reader: Callable[[str, bytes], Table]) -> Table | None:
        path = folder.table(stem, month)
        return None if path is None else findings.take(reader(path, folder[path]))

    return MonthFiles(
        kpi=read("kpi", lambda name, data: files.read_kpi(name, data, own)),
        team_metrics=read("team_metrics", lambda name, data: files.read_team_metrics(name, data, own)),
        attendance=read("attendance", files.ATTENDANCE.read),
        attendance_daily=read("attendance_daily", lambda name, data: files.read_attendance_daily(name, data, month)),
        qa_findings=read("qa_findings", lambda name, data: files.read_qa_findings(name, data, month)),
    )


def read_table_of(
    folder: CompanyFolder, stem: str, schema: Schema, findings: Findings, month: Month | None = None
) -> Table | None:
    """A table of the folder by its schema, or None when it is not there."""
    path = folder.table(stem, month)
    return None if path is None else findings.take(schema.read(path, folder[path]))


def read_versions(
    folder: CompanyFolder, kind: str, parse: Callable[[object], T], findings: Findings
) -> tuple[Versioned[T], ...]:
    """The documents of a kind. Two files of the same code and first day are a problem."""
    found: dict[tuple[str, date | None], Versioned[T]] = {}
    for path in folder.documents(kind):
        document = read_document(path, folder[path])
        value = parsed(document, parse, findings)
        if value is None:
            continue
        key = (getattr(value, "code"), getattr(value, "effective_from"))  # noqa: B009
        if key in found:
            findings.problems.append(
                document.problem("", wording.SAME_DOCUMENT, path, code=key[0], day=key[1], other=found[key].file)
            )
        found[key] = Versioned(path, value, canonical_data(document.data))
    return tuple(found.values())


def parsed(document: Document, parse: Callable[[object], T], findings: Findings) -> T | None:
    """The value of a document, or None with its problems noted at their lines."""
    findings.problems += document.problems
    if document.problems:
        return None
    try:
        return parse(document.data)
    except BrokenDocument as broken:
        findings.problems += [document.located(problem) for problem in broken.problems]
        return None


def _company(document: Document, findings: Findings) -> CompanyDocument | None:
    """company.yaml; a key that is not known is a notice, because nothing is paid by it."""
    for key in [key for key in document.data if key not in _COMPANY_KEYS]:
        findings.notices.append(document.problem(key, wording.UNKNOWN_KEY, key))
        del document.data[key]
    readings = document.data.get("readings")
    if isinstance(readings, Mapping):
        document.data["readings"] = readings = flat_readings(readings)
        reader = Reader(readings)
        _read_readings(reader)
        for key in reader.unknown_keys():
            findings.notices.append(document.problem(f"readings.{key}", wording.UNKNOWN_KEY, key))
    return parsed(document, _company_from, findings)


def _read_readings(reader: Reader) -> None:
    """Checks the readings of every part of grading; they are kept as written."""
    read_training_readings(reader)
    read_qa_readings(reader)
    for metric in metric_definitions().values():
        for name, reading in metric.readings.items():
            key = f"{metric.id}.{name}"
            if reading.is_number:
                reader.optional(key, number())
            else:
                reader.optional(key, one_of(reading.options))


def _company_from(data: object) -> CompanyDocument:
    reader = Reader(data)
    languages = reader.items("languages", one_of(("zh", "en", "zh-hans"))) or ("zh", "en")
    readings = data.get("readings") if isinstance(data, Mapping) else None
    part = reader.part("readings")
    if part is not None and isinstance(readings, Mapping):
        _read_readings(part)
        part.allow(*readings)
    document = CompanyDocument(
        code=reader.required("code", IDENTIFIER),
        name_zh=reader.required("name_zh", NAME),
        name_en=reader.get("name_en", NAME, ""),
        city=reader.get("city", NAME, ""),
        timezone=reader.get("timezone", one_of(("Asia/Shanghai",)), "Asia/Shanghai"),
        statutory=reader.get("statutory", one_of(("cn", "none")), "none"),
        pay_day=reader.optional("pay_day", whole(1, 31)),
        languages=languages,
        readings=canonical_data(readings) if isinstance(readings, Mapping) else {},
    )
    reader.allow("exports")  # read by whoever writes the export files
    reader.finish("company")
    return document


def _one_scorecard_a_role(versions: tuple[Versioned[ScorecardDocument], ...], findings: Findings) -> None:
    seen: dict[tuple[str, date], str] = {}
    for version in versions:
        for role in version.value.scorecard.roles:
            key = (role, version.value.effective_from)
            other = seen.setdefault(key, version.value.code)
            if other != version.value.code:
                findings.problems.append(
                    Problem.of(version.file, 1, "roles", wording.TWO_SCORECARDS, role, role=role, other=other)
                )
