"""Raw platform exports as typed tables: CSV, XLSX and Parquet files with the columns of the metric engine's tables.

A missing column is no error: the metrics that need it say so. Unknown columns and files are told in the notices. With
any bad cell there are no tables at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

import polars as pl

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.tables import TABLES, Column, RawTable
from grading.imports import wording
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.raw_accounts import AGENT_ACCOUNTS, AGENT_COLUMNS, Account, accounts_of, with_agents
from grading.imports.raw_cells import fault_of, prepared, typed
from grading.imports.raw_findings import MOST_LINES, Findings
from grading.imports.raw_source import ENDINGS, ROW, Sheet, Source, open_source
from grading.imports.table import fold_heading
from grading.kernel.period import Span

ACCOUNTS = "agent_accounts"
AGENTS = "agents"

_ALSO_DATED: Mapping[str, tuple[str, ...]] = {"refunds": ("closed_at",)}
"""Further instants that a range of days looks at: closing a refund counts on its own day."""


@dataclass(slots=True)
class RawRead:
    """What the files say. ``tables`` are as ``TABLES`` describes them, and empty when there are ``problems``.

    ``files`` names the file of each table; ``rows`` holds the number in it of each of the table's rows.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    rows: dict[str, pl.Series] = field(default_factory=dict)


def read_raw(files: Mapping[str, Source], platform: Platform | None = None) -> RawRead:
    """The tables behind file names such as ``orders.csv``. Never raises for what is in a file.

    ``platform`` chooses among the accounts of agent_accounts; without one those of every platform count.
    """
    read = RawRead()
    accounts: tuple[Account, ...] = ()
    for name in sorted(files):
        table = _table_of(name)
        if table is None:
            tables = ", ".join((*TABLES, ACCOUNTS))
            read.notices.append(Problem.of(name, 1, WHOLE_FILE, wording.UNKNOWN_RAW_FILE, name, tables=tables))
        elif table in read.files:
            other = read.files[table]
            read.problems.append(Problem.of(name, 1, WHOLE_FILE, wording.TWO_FORMS, name, one=other, other=name))
        else:
            read.files[table] = name
            if table == ACCOUNTS:
                accounts = _read_accounts(name, files[name], read)
            else:
                _read_table(TABLES[table], name, files[name], read)
    if read.problems:
        read.tables.clear()
        read.rows.clear()
    read.tables = with_agents(read.tables, accounts, platform)
    return read


def outside(tables: Mapping[str, pl.DataFrame], span: Span) -> dict[str, int]:
    """How many rows of each table lie outside a range of days: dated, and on no day of it.

    Rows without a date, such as unpaid orders, are not among them. A presence is outside when all of it is.
    """
    found = {}
    for name, frame in tables.items():
        dated = [each for each in (TABLES[name].anchor, *_ALSO_DATED.get(name, ())) if each in frame.columns]
        if name == "agent_presence" and {"from", "to"} <= set(frame.columns):
            start, end = (datetime.combine(day, time()) for day in (span.start, span.end))
            away = (pl.col("from") >= end) | (pl.col("to") <= start)
        elif dated:
            within = pl.any_horizontal(_holds(frame, each, span) for each in dated)
            away = ~within & pl.any_horizontal(pl.col(dated).is_not_null())
        else:
            away = pl.lit(value=False)
        found[name] = frame.select(away.fill_null(value=False).sum()).item() if frame.height else 0
    return found


def unknown_agents(read: RawRead, known: Collection[str]) -> list[Problem]:
    """Every cell that names an agent whom ``known`` does not have; of a column at most so many as of bad cells.

    Senders other than humans are not asked about, nor are the agents of an agents file.
    """
    problems = []
    for name, frame in read.tables.items():
        columns = tuple(column for column in AGENT_COLUMNS if column in frame.columns and name != AGENTS)
        findings = Findings(read.files[name], columns)
        for column in columns:
            rows = frame.select(pl.col(column).alias("agent"), read.rows[name].alias(ROW), *_sender(frame))
            strange = rows.filter(pl.col("agent").is_not_null() & ~pl.col("agent").is_in(list(known))).filter(
                pl.col("sender_type") == "agent_human" if "sender_type" in rows.columns else pl.lit(value=True)
            )
            for agent, row in strange.select("agent", ROW).head(MOST_LINES).iter_rows():
                findings.bad(row, column, wording.UNKNOWN_RAW_AGENT, agent)
            findings.more(column, max(strange.height - MOST_LINES, 0))
        problems += findings.problems()
    return problems


def _sender(frame: pl.DataFrame) -> Sequence[str]:
    return ("sender_type",) if "sender_type" in frame.columns else ()


def _holds(frame: pl.DataFrame, column: str, span: Span) -> pl.Expr:
    day = pl.col(column) if frame.schema[column] == pl.Date else pl.col(column).dt.date()
    return ((day >= span.start) & (day < span.end)).fill_null(value=False)


def _table_of(name: str) -> str | None:
    stem, _, ending = name.lower().rpartition("/")[2].rpartition(".")
    return stem if ending in ENDINGS and (stem in TABLES or stem == ACCOUNTS) else None


def _read_accounts(name: str, source: Source, read: RawRead) -> tuple[Account, ...]:
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        unreadable = BadFile(wording.UNREADABLE_FILE, reason=error.strerror or error)
        read.problems.append(unreadable.problem(name))
        return ()
    table = AGENT_ACCOUNTS.read(name, data)
    accounts, overlaps = accounts_of(table)
    read.problems += [*table.problems, *overlaps]
    read.notices += table.notices
    return accounts


# ── one table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_table(table: RawTable, name: str, source: Source, read: RawRead) -> None:
    try:
        sheet = open_source(name, source)
        read.notices += sheet.notices
        columns = _matched(table, name, sheet, read)
        if not columns:
            return
        findings = Findings(name, tuple(column.name for column in table.columns))
        frame = _collected(sheet.read(columns, findings), tuple(columns.values()), findings)
    except BadFile as bad:
        read.problems.append(bad.problem(name))
        return
    _refuse_repeats(table, frame, findings)
    _refuse_negative_waits(table, frame, findings)
    read.problems += findings.problems()
    read.rows[table.name] = frame[ROW]
    read.tables[table.name] = frame.drop(ROW)


def _matched(table: RawTable, name: str, sheet: Sheet, read: RawRead) -> dict[int, Column]:
    """The known column at each position. Empty, with a problem, when none is known."""
    known = {fold_heading(heading): column for column in table.columns for heading in (column.name, *column.headings)}
    found: dict[int, Column] = {}
    first: dict[str, int] = {}
    headings = ", ".join(column.name for column in table.columns)
    for place, text in enumerate(sheet.heading):
        column = known.get(fold_heading(text))
        identity = column.name if column else fold_heading(text)
        if not identity:
            read.notices.append(Problem.of(name, 1, WHOLE_FILE, wording.UNHEADED_COLUMN, position=place + 1))
            continue
        if identity in first:
            ends = {"first": first[identity] + 1, "second": place + 1}
            read.problems.append(Problem.of(name, 1, identity, wording.REPEATED_COLUMN, text, **ends))
        elif column:
            found[place] = column
        elif table.name != AGENTS:
            read.notices.append(Problem.of(name, 1, text, wording.UNKNOWN_COLUMN, text, headings=headings))
        first.setdefault(identity, place)
    there = ", ".join(text for text in sheet.heading if text)
    if not found:
        read.problems.append(Problem.of(name, 1, WHOLE_FILE, wording.NO_KNOWN_COLUMN, there, headings=headings))
        return found
    for each in table.key:
        if each not in first:
            also = " / ".join((each, *table.column(each).headings))
            read.notices.append(Problem.of(name, 1, each, wording.KEY_NOT_THERE, there, headings=also))
    return found


def _collected(batches: Iterator[pl.DataFrame], columns: Sequence[Column], findings: Findings) -> pl.DataFrame:
    """All batches as typed columns with ``ROW``; rows without any cell are left out. Raises BadFile."""
    empty = pl.DataFrame(schema={**{column.name: column.kind.dtype for column in columns}, ROW: pl.UInt32()})
    frames = [empty]
    for batch in batches:
        read = tuple(column for column in columns if column.name in batch.columns)
        sources = prepared(batch, read).with_columns(batch[ROW])
        names = [column.name for column in read]
        if all(sources[each].null_count() for each in names):
            sources = sources.filter(~pl.all_horizontal(pl.col(names).is_null()))
        values = typed(sources, read).with_columns(sources[ROW])
        for column in read:
            _refuse_cells(column, sources, values, findings)
        frames.append(values)
    return pl.concat(frames, how="diagonal").select(empty.columns)


def _refuse_cells(column: Column, sources: pl.DataFrame, values: pl.DataFrame, findings: Findings) -> None:
    """A problem for each cell that has no value though it is not empty, or is empty though it must be filled."""
    name = column.name
    if values[name].null_count() == (0 if column.filled else sources[name].null_count()):
        return
    lacking = sources.filter(values[name].is_null())
    if not column.filled:
        lacking = lacking.filter(pl.col(name).is_not_null())
    told = lacking.select(ROW, pl.col(name).cast(pl.String)).head(findings.room(name))
    for row, found in told.iter_rows():
        if found is None:
            findings.bad(row, name, wording.MISSING_CELL)
        else:
            fault, said = fault_of(column, found)
            findings.bad(row, name, fault, found, **said)
    findings.more(name, lacking.height - told.height)


# ── between the cells of a table ─────────────────────────────────────────────────────────────────────────────────────


def _refuse_repeats(table: RawTable, frame: pl.DataFrame, findings: Findings) -> None:
    """A problem for each row whose key stands before. Rows with an empty cell in the key are not compared."""
    key = list(table.key)
    if not key or not set(key) <= set(frame.columns):
        return
    keyed = frame.select(*key, ROW).drop_nulls()
    if (keyed[key[0]].n_unique() if len(key) == 1 else keyed.select(key).n_unique()) == keyed.height:
        return
    later = keyed.filter(~pl.struct(key).is_first_distinct())
    firsts = (
        keyed.join(later.select(key).unique(), on=key, how="semi").group_by(key).agg(pl.col(ROW).min().alias("first"))
    )
    told = later.head(MOST_LINES).join(firsts, on=key, how="left", maintain_order="left")
    for row in told.iter_rows(named=True):
        found = ", ".join(str(row[column]) for column in key)
        findings.bad(row[ROW], key[0], wording.REPEATED_ROW, found, first=row["first"], key=" + ".join(key))
    findings.more(key[0], later.height - told.height)


def _refuse_negative_waits(table: RawTable, frame: pl.DataFrame, findings: Findings) -> None:
    for start, end in table.spans:
        if not {start, end} <= set(frame.columns):
            continue
        backwards = frame.filter(pl.col(end) < pl.col(start))
        for row, began, ended in backwards.head(MOST_LINES).select(ROW, start, end).iter_rows():
            findings.bad(row, end, wording.NEGATIVE_WAIT, ended, earlier=start, start=began)
        findings.more(end, max(backwards.height - MOST_LINES, 0))
