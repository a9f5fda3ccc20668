"""The files of a company folder together: what several months share is told once."""

from __future__ import annotations

from grading.imports.company_files import Findings, read_grading_files
from grading.imports.folder import CompanyFolder
from grading.kernel.period import Month

CALLS = b"call_id,agent_id,started_at\nk1,A1,%s-01 10:00:00\n"


def test_a_bad_account_is_told_once_and_a_bad_export_in_its_month() -> None:
    folder = CompanyFolder.from_files(
        "upload",
        {
            "agent_accounts.csv": b"account,agent_no,from,to\nx,A1,2026-02-01,2026-01-01\n",
            "2026-09/raw/calls.csv": CALLS % b"2026-09",
            "2026-10/raw/calls.csv": CALLS % b"2026-99",
        },
    )
    findings = Findings()
    read_grading_files(folder, [Month(2026, 9), Month(2026, 10)], (), findings)
    assert [(each.file, each.row, each.column) for each in findings.problems] == [
        ("agent_accounts.csv", 2, "to"),
        ("2026-10/raw/calls.csv", 2, "started_at"),
    ]
