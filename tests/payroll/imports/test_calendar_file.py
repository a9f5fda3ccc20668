"""calendar.csv: whole years in either language, and every bad cell told."""

from __future__ import annotations

from datetime import date

import pytest

from grading.imports.company_files import Findings
from grading.imports.folder import CompanyFolder
from grading.imports.wording import Lang
from payroll.domain.law_document import calendar_from
from payroll.domain.work_calendar import DayKind, WorkCalendar
from payroll.imports.calendar_file import CalendarFile, read_calendar

STATUTORY = [
    "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01", "2027-05-02",
    "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02", "2027-10-03",
]  # fmt: skip


def read(rows: list[str], heading: str = "date,kind") -> tuple[CalendarFile | None, Findings]:
    findings = Findings()
    text = "\n".join([heading, *rows, ""])
    folder = CompanyFolder.from_files("a folder", {"calendar.csv": text.encode()})
    return read_calendar(folder, findings), findings


def year_of(file: CalendarFile | None) -> WorkCalendar:
    assert file is not None
    return WorkCalendar(dict(calendar_from(body) for body in file.years.values()))


def holidays(word: str = "holiday") -> list[str]:
    return [f"{day},{word}" for day in STATUTORY]


def test_a_whole_year_in_english() -> None:
    file, findings = read([*holidays(), "2027-02-09,day_off", "2027-02-20,workday"])
    assert findings.problems == []
    assert file is not None
    assert file.years[2027]["source"] == "calendar.csv"
    kinds = year_of(file).kind
    assert [
        kinds(day) for day in map(date.fromisoformat, ("2027-02-05", "2027-02-09", "2027-02-20", "2027-03-01"))
    ] == [
        DayKind.HOLIDAY,
        DayKind.RESTDAY,
        DayKind.WORKDAY,
        DayKind.WORKDAY,
    ]


def test_a_whole_year_in_chinese_with_its_source() -> None:
    rows = [f"{day},法定节假日,国办发明电〔2026〕1号" for day in STATUTORY]
    file, findings = read([*rows, "2027-02-09,调休放假,", "2027-02-20,调休上班,"], "日期,类型,来源")
    assert findings.problems == []
    assert file is not None
    assert file.years[2027]["source"] == "国办发明电〔2026〕1号"
    assert file.years[2027]["days_off"] == ["2027-02-09"]
    assert file.years[2027]["make_up_days"] == ["2027-02-20"]


def test_weekends_off_and_weekdays_worked_say_nothing_new() -> None:
    """A list of every day of the year is as good as one of the exceptions."""
    file, findings = read([*holidays(), "2027-02-13,day_off", "2027-03-01,workday"])
    assert findings.problems == []
    assert file is not None
    assert "days_off" not in file.years[2027]
    assert "make_up_days" not in file.years[2027]


def test_no_file_no_calendar() -> None:
    assert read_calendar(CompanyFolder.from_files("a folder", {}), Findings()) is None


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        pytest.param(["2027-01-01,holiday"], ["import.not_a_whole_year"], id="part of a year"),
        pytest.param(
            [*holidays(), *(f"2027-10-{day:02d},holiday" for day in (4, 5, 6))],
            ["import.not_a_whole_year"],
            id="the whole breaks",
        ),
        pytest.param([*holidays(), "2027-01-01,day_off"], ["import.repeated_row"], id="a day twice"),
        pytest.param([*holidays()[1:], "01.01.2027,holiday"], ["import.not_date"], id="not a date"),
        pytest.param([*holidays(), "2027-02-09,maybe"], ["import.not_choice"], id="no such kind"),
    ],
)
def test_what_is_wrong_is_told(rows: list[str], codes: list[str]) -> None:
    _file, findings = read(rows)
    assert [problem.code for problem in findings.problems] == codes


def test_part_of_a_year_is_told_in_both_languages() -> None:
    _file, findings = read(["2027-01-01,holiday"])
    problem = findings.problems[0]
    assert str(problem) == (
        "calendar.csv:2:kind: the calendar of 2027 has 1 statutory holidays, found '1', "
        "expected the whole year, with 10 to 15 statutory days (the 300 % days, not the whole breaks)"
    )
    assert "2027 年的日历有 1 个法定节假日" in problem.text(Lang.ZH)
