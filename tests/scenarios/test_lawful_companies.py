"""Random companies under ``statutory: cn`` through the product's own services, against the oracle, to the fen."""

from __future__ import annotations

import random

import pytest

from tests.scenarios import harness, oracle
from tests.scenarios.lawful_companies import LawfulDraw, told_late

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUARTERS = (("2026-05", "2026-06", "2026-07"), ("2026-08", "2026-09", "2026-10"), ("2026-10", "2026-11", "2026-12"))


@pytest.mark.parametrize("seed", range(10))
def test_three_months_of_a_company_under_the_law(tmp_path, seed):
    """What is recorded late about the first month is settled in the third."""
    months = QUARTERS[seed % len(QUARTERS)]
    drawn = LawfulDraw(seed, months=months).company_of(f"law{seed}")
    book = oracle.CompanyBook(drawn.write_plain(tmp_path / "known"))
    told_late(drawn, months[0], random.Random(seed)).write_plain(tmp_path / "late")
    company, ledgers, found = harness.load(book.folder), {}, []

    for month in months:
        again = []
        if month == months[-1]:
            assert not harness.load_files(tmp_path / "late", company).is_refused
            again = [oracle.MonthBook(book.with_months_of(tmp_path / "late"), months[0], ledgers)]
        expected = oracle.MonthBook(book, month, ledgers).close(again)
        found += [f"{month} {each}" for each in harness.differences(harness.close(company, month), expected)]
        ledgers = oracle.left_over(expected, ledgers)

    assert found == []
    lines = [line for ledger in ledgers.values() for line in ledger.lines()]
    assert any(line.code == "income_tax" and line.amount for line in lines)
    assert any(line.code.startswith("arrears.") and line.code != "arrears.base_pay" for line in lines)
