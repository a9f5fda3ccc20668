"""calendar.csv: the working calendar of whole years, as the State Council announces it each autumn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from grading.imports.cells import Choice, Text, day
from grading.imports.company_files import Findings, read_table_of
from grading.imports.folder import CompanyFolder
from grading.imports.table import Column, Row, Schema, Table
from grading.kernel.document import canonical_data
from payroll.domain.law_document import FEWEST_HOLIDAYS, MOST_HOLIDAYS
from payroll.domain.work_calendar import SATURDAY
from payroll.imports import wording

HOLIDAY, DAY_OFF, WORKDAY = "holiday", "day_off", "workday"
KINDS = Choice(
    {
        HOLIDAY: ("法定节假日", "法定休假日", "法定假日", "statutory_holiday"),
        DAY_OFF: ("休息日", "放假", "调休放假", "补假", "restday"),
        WORKDAY: ("工作日", "上班", "调休上班", "补班"),
    }
)

CALENDAR = Schema(
    columns=(
        Column("date", ("日期",), day, required=True),
        Column("kind", ("类型", "日期类型"), KINDS, required=True),
        Column("source", ("来源", "文件", "依据"), Text(200)),
    ),
    key=("date",),
    may_be_empty=True,
)
"""Only ``holiday`` is a statutory day paid at 300 %; the rest of a break is ``day_off``. Other days need no row."""


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """The file, and the document of each year in it in the shape of those that ship."""

    file: str
    years: Mapping[int, dict[str, Any]]


def read_calendar(folder: CompanyFolder, findings: Findings) -> CalendarFile | None:
    """The working calendars of the folder; None where it has no such file."""
    table = read_table_of(folder, "calendar", CALENDAR, findings)
    return None if table is None else calendar_of_table(table, findings)


def calendar_of_table(table: Table, findings: Findings) -> CalendarFile:
    """The years of a table. A year with too few or too many statutory holidays is a problem: it is not a whole year.

    A Saturday off or a Monday worked says nothing new and is left out of the document.
    """
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in table.rows:
        rows[row["date"].year].append(row)
    spoiled = {value.year for value in (row["date"] for row in table.spoiled) if value is not None}
    years = {}
    for year, held in sorted(rows.items()):
        days = {kind: [row["date"] for row in held if row["kind"] == kind] for kind in (HOLIDAY, DAY_OFF, WORKDAY)}
        count = len(days[HOLIDAY])
        if year not in spoiled and not FEWEST_HOLIDAYS <= count <= MOST_HOLIDAYS:
            limits = {"year": year, "count": count, "least": FEWEST_HOLIDAYS, "most": MOST_HOLIDAYS}
            findings.problems.append(table.problem(held[0], "kind", wording.NOT_A_WHOLE_YEAR, count, **limits))
        years[year] = _document(table.file, year, held, days)
    return CalendarFile(table.file, years)


def _document(file: str, year: int, rows: list[Row], days: Mapping[str, list[date]]) -> dict[str, Any]:
    named = dict.fromkeys(row["source"] for row in rows if row["source"])
    body: dict[str, Any] = canonical_data(
        {
            "year": year,
            "holidays": sorted(days[HOLIDAY]),
            "days_off": sorted(each for each in days[DAY_OFF] if each.weekday() < SATURDAY),
            "make_up_days": sorted(each for each in days[WORKDAY] if each.weekday() >= SATURDAY),
            "source": "; ".join([*named][:2]) or file,
            "verified": True,
        }
    )
    return {key: value for key, value in body.items() if value != []}
