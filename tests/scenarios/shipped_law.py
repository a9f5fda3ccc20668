"""Opens the law's data files for the reference calculator: they are data, and may be shared with the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.scenarios.reference.law import Law

FILES = Path(__file__).parents[2] / "payroll" / "rules" / "statutory" / "cn"


def law_files() -> dict[str, Any]:
    """The documents that ship, by path without the ending: ``wages/hours_per_day``, ``cities/beijing`` …."""
    return {
        path.relative_to(FILES).with_suffix("").as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(FILES.rglob("*.yaml"))
    }


@cache
def reference_law() -> Law:
    return Law(law_files())
