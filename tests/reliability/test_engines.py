"""Whole months on SQLite and on PostgreSQL: what leaves the house is the same, byte for byte."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from payroll.management.demo_company import write_demo_company
from tests.reliability.company import MONTH, PAID
from tests.reliability.workers import Workers, command, workers
from tests.servers.databases import copy_sqlite, default_database

pytestmark = [pytest.mark.slow]

CONTRACT = (
    "contract: jia\nclient_zh: 甲方商贸\nclient_en: Jia Trading\nshop: 甲店\neffective_from: 2024-01-01\n"
    'model: base_commission\nbase: "1800.00"\nrate: "0.015"\n'
)
BILLED = {
    "billing/jia.yaml": CONTRACT,
    "assignments.csv": "agent_no,shop,from,to,billed\nK002,甲店,2026-09-16,,\nK003,甲店,2026-10-01,2026-10-20,true\n",
    f"{MONTH}/billing.csv": "shop,measure,value\n甲店,sales_amount,450000.00\n",
}
Life = Callable[[Workers, Path], None]


@pytest.fixture
def on_both(
    postgres_url: str, sqlite_template: Path, tmp_path: Path, django_db_blocker: Any, settings: Any
) -> Callable[[Life], list[dict[str, bytes]]]:
    """What a life of a company leaves in its folder, on each engine."""

    def lived(life: Life) -> list[dict[str, bytes]]:
        told = []
        for url in (copy_sqlite(sqlite_template, tmp_path / "of_one_test.sqlite3"), postgres_url):
            out = tmp_path / "out"
            settings.MEDIA_ROOT = tmp_path / f"media{len(told)}"
            with django_db_blocker.unblock(), default_database(url), workers() as made:
                life(made, out)
            told.append({str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()})
            shutil.rmtree(out)
        return told

    return lived


def test_a_company_under_the_law_with_corrections_billing_and_payments(
    on_both: Callable[[Life], list[dict[str, bytes]]], folders: tuple[Path, Path], tmp_path: Path
) -> None:
    known, late = (Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in folders)
    for folder in (known, late):
        for name, text in BILLED.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    def life(_workers: Workers, out: Path) -> None:
        command("load_company", str(known))
        for month in (PAID, MONTH):
            command("close_month", month, "--no-documents", "--out", str(out / month))
        command("load_company", str(late))
        command("close_month", MONTH, "--correction", "--no-documents", "--out", str(out / "corrected"))
        call_command("bill_shops", MONTH, "--issue", "--json", str(out / "billed.json"), stdout=io.StringIO())

    on_sqlite, on_postgresql = on_both(life)

    assert on_sqlite.keys() == on_postgresql.keys()
    assert {
        f"{MONTH}/payslips.json",
        f"{MONTH}/appraisals.json",
        "corrected/payslips.json",
        "billed.json",
    } <= on_sqlite.keys()
    assert [name for name in on_sqlite if on_sqlite[name] != on_postgresql[name]] == []


def test_a_company_with_platform_exports(on_both: Callable[[Life], list[dict[str, bytes]]], tmp_path: Path) -> None:
    write_demo_company(tmp_path / "demo", agents=24, months=1, newest=MONTH)

    def life(_workers: Workers, out: Path) -> None:
        command("load_company", str(tmp_path / "demo"))
        command("close_month", MONTH, "--no-documents", "--out", str(out))

    on_sqlite, on_postgresql = on_both(life)

    assert (tmp_path / "demo" / MONTH / "raw").exists()
    assert "payslips.json" in on_sqlite
    assert [name for name in on_sqlite if on_sqlite[name] != on_postgresql.get(name)] == []
    assert on_sqlite.keys() == on_postgresql.keys()
