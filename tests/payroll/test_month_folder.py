"""The files of a month with several runs: no file of one person overwrites another, and each run has its own folder."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from payroll import models, month_folder
from payroll.services import payments, runs
from tests.payroll.services.posted_company import SEPTEMBER, PostedCompany

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> PostedCompany:
    """September posted; sales of P1 came late and were corrected; P2's pay was wrong before, too."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    company.sell_late(SEPTEMBER, "P1", "20000.00")
    company.correct(SEPTEMBER)
    return company


def test_the_payslip_of_a_correction_is_a_file_of_its_own(held: PostedCompany, tmp_path: Path) -> None:
    month_folder.write_documents(held.company, SEPTEMBER, tmp_path, "zh", lambda _count: None)
    assert {path.name for path in (tmp_path / "payslips").iterdir()} == {"P1.pdf", "P1-C1.pdf", "P2.pdf"}
    regular, correction = ((tmp_path / "payslips" / name).read_bytes() for name in ("P1.pdf", "P1-C1.pdf"))
    assert regular != correction


def test_the_json_holds_every_payslip_with_its_kind(held: PostedCompany, tmp_path: Path) -> None:
    month_folder.write_json(held.company, SEPTEMBER, tmp_path, "zh")
    slips = json.loads((tmp_path / "payslips.json").read_text(encoding="utf-8"))["payslips"]
    # 8,000 and 1 % of 100,000, less 1,400 of contributions; then 1 % of 20,000 more
    assert [(slip["number"], slip["kind"], slip["net"]) for slip in slips if slip["agent_no"] == "P1"] == [
        ("LAWFUL-2026-09-P1", "regular", "7600.00"),
        ("LAWFUL-2026-09-P1-C1", "correction", "200.00"),
    ]


def test_each_run_has_a_folder_of_export_files(held: PostedCompany, tmp_path: Path) -> None:
    for run in models.PayRun.objects.all():
        payments.payments_open(run_id=run.pk, made_by=held.hr)
    month_folder.write_export_files(held.company, SEPTEMBER, tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"run-1", "correction-1"}
    totals = {name: _gross(tmp_path / name) for name in ("run-1", "correction-1", "")}
    # P1 9,000 and P2 70,000; the correction 200; the books of the month hold both
    assert totals == {"run-1": Decimal("79000.00"), "correction-1": Decimal("200.00"), "": Decimal("79200.00")}


def _gross(folder: Path) -> Decimal:
    return Decimal(json.loads((folder / "control_totals.json").read_text(encoding="utf-8"))["gross"])


def test_the_parked_of_the_regular_run_are_told_although_a_correction_came_later(held: PostedCompany) -> None:
    found = month_folder.parked(held.company, SEPTEMBER)
    assert [(agent.agent_no, item.error_code) for agent, item in found] == [("P3", "payroll.contribution_fact_missing")]


def test_an_off_cycle_payslip_keeps_the_name_of_the_months_payslip(tmp_path: Path) -> None:
    held = PostedCompany()
    run = runs.off_cycle_start(company=held.company, month=SEPTEMBER, agent_nos=["P2"], prepared_by=held.hr)
    models.PayRun.objects.filter(pk=run.pk).update(status="graded")
    runs.run_calculate(run.pk)
    held.approve(held.calculated(models.PayRun.objects.get(pk=run.pk)))
    month_folder.write_documents(held.company, SEPTEMBER, tmp_path, "en", lambda _count: None)
    assert {path.name for path in (tmp_path / "payslips").iterdir()} == {"P2.pdf"}
    assert month_folder.run_folder(run) == "off_cycle-1"
