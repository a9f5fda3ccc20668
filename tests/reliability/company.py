"""The company that is interrupted: twenty-two people under the law, one of whom nobody can pay."""

from __future__ import annotations

import random
from pathlib import Path

from tests.scenarios.companies import Company
from tests.scenarios.lawful_companies import LawfulDraw, told_late

CODE = "interrupted"
PAID, MONTH = "2026-09", "2026-10"
"""The month that is paid already, and the one that is being closed."""
AGENTS = 22
SEED = 7


def write_folders(home: Path, agents: int = AGENTS) -> tuple[Path, Path]:
    """The company's folder, and the same with what is told late about the month that is closed by then."""
    company = LawfulDraw(SEED, agents=agents, months=(PAID, MONTH)).company_of(CODE)
    _park_one(company)
    late = told_late(company, MONTH, random.Random(SEED))
    with_late = Company(company.documents, company.tables | late.tables)
    return company.write_plain(home / "known"), with_late.write_plain(home / "late")


def _park_one(company: Company) -> None:
    """Under the law nobody is paid without a contribution base."""
    company.rows("agents")[0]["contribution_base"] = ""
