"""``exports:`` of company.yaml: kept, changed, and refused where it contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from payroll import models
from payroll.exports.people import export_options

COMPANY = "code: tiny\nname_zh: 小公司\nname_en: Tiny\npay_day: 31\n"
ICBC = (
    "exports: {bank: icbc, encoding: gb18030, tax_layout: 24, payer_account: 0200001009876543210, "
    "payer_name: 小公司, payer_bank: 工商银行}\n"
)


def told(report: Any) -> list[tuple[str, int, int]]:
    return [(change.file, change.added, change.changed) for change in report.changes if not change.is_none]


def test_a_company_that_says_nothing_has_no_row(tiny: Any) -> None:
    assert not models.ExportSettings.objects.exists()


def test_settings_are_kept_changed_and_taken_back(tiny: Any) -> None:
    assert told(tiny.load({"company.yaml": COMPANY + ICBC})) == [("company.yaml (exports)", 1, 0)]
    options = export_options(tiny.company.pk)
    assert (options.bank, options.encoding, len(options.wages.columns)) == ("icbc", "gb18030", 24)
    # the leading zero stays: an account is text
    assert (options.payer.account, options.payer.name, options.payer.bank) == (
        "0200001009876543210",
        "小公司",
        "工商银行",
    )
    assert told(tiny.load({"company.yaml": COMPANY + ICBC})) == []
    assert told(tiny.load({"company.yaml": COMPANY + "exports: {bank: cmb}\n"})) == [("company.yaml (exports)", 0, 1)]
    assert (export_options(tiny.company.pk).bank, export_options(tiny.company.pk).payer.account) == ("cmb", "")
    tiny.load({"company.yaml": COMPANY})
    assert export_options(tiny.company.pk).bank == "generic"


@pytest.mark.parametrize("written", ["6222020200012340123", "'6222020200012340123'", "00622202"])
def test_an_account_may_be_written_with_or_without_quotes(tiny: Any, written: str) -> None:
    assert tiny.load({"company.yaml": f"{COMPANY}exports: {{payer_account: {written}}}\n"}).problems == ()
    assert export_options(tiny.company.pk).payer.account == written.strip("'")


def test_a_dry_run_keeps_nothing(tiny: Any) -> None:
    report = tiny.load({"company.yaml": COMPANY + ICBC}, dry_run=True)
    assert told(report) == [("company.yaml (exports)", 1, 0)]
    assert not models.ExportSettings.objects.exists()


@pytest.mark.parametrize(
    ("exports", "column"),
    [
        ("exports: {bank: icbc}", "exports.payer_account"),
        ("exports: {bank: abc}", "exports.bank"),
        ("exports: {encoding: latin1}", "exports.encoding"),
        ("exports: {tax_layout: 30}", "exports.tax_layout"),
        ("exports: {payer_account: '62 22'}", "exports.payer_account"),
        ("exports: {colour: red}", "exports.colour"),
        ("exports: generic", "exports"),
    ],
)
def test_what_is_wrong_is_told_at_its_line_and_changes_nothing(tiny: Any, exports: str, column: str) -> None:
    report = tiny.load({"company.yaml": COMPANY + exports + "\n"})
    assert [(problem.file, problem.row, problem.column) for problem in report.problems] == [("company.yaml", 5, column)]
    assert not models.ExportSettings.objects.exists()


def test_a_company_file_that_cannot_be_read_is_told_once(tiny: Any) -> None:
    report = tiny.load({"company.yaml": "code: [\n"})
    assert len(report.problems) == 1
