"""Opens the plans that ship with payroll. Nobody else opens those files."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def seed_plan_document() -> dict[str, Any]:
    """The pay plan ``seed`` as plain data, in the shape of a company's plans/*.yaml. A copy, free to change."""
    return deepcopy(_document("plans/seed.yaml"))


@cache
def _document(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(files("payroll").joinpath("rules", path).read_text(encoding="utf-8"))
    return document
