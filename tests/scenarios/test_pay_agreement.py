"""A part of ``make oracle`` in every run of the tests, and that it sees a mistake."""

from __future__ import annotations

import ast
import copy
import sys
from pathlib import Path

import pytest

from tests.scenarios.pay_agreement import Told, compare_people
from tests.scenarios.reference.law import Law
from tests.scenarios.shipped_law import law_files

PEOPLE, AT_A_TIME = 64, 16
REFERENCE = Path(__file__).parent / "reference"


@pytest.mark.parametrize("first", range(1, 1 + PEOPLE, AT_A_TIME))
def test_the_product_pays_what_the_reference_calculator_pays(first: int) -> None:
    told = compare_people(range(first, first + AT_A_TIME))

    assert told.differences == []
    assert told.months > 100
    assert told.lines > 1000


def otherwise(path: str, *keys: str | int, value: str) -> Told:
    """Some people against a law with one value changed."""
    files = copy.deepcopy(law_files())
    held = files[path]
    for key in keys[:-1]:
        held = held[key]
    assert held[keys[-1]] != value
    held[keys[-1]] = value
    return compare_people(range(1, 13), Law(files))


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (("cities/guangzhou", "parameters", "pension", 1, "employee", "0.081"), "pension deduction"),
        (("income_tax/year_table", "values", 0, "bands", 0, "rate", "0.031"), "income_tax deduction"),
        (("wages/overtime_restday", "values", 0, "value", "2.5"), "overtime_restday earning"),
    ],
)
def test_a_rate_that_differs_is_seen(changed: tuple[str, ...], line: str) -> None:
    *place, value = changed
    found = otherwise(*place, value=value).differences

    assert any(line in difference for difference in found)
    assert any("net: product" in difference for difference in found)


def test_the_reference_calculator_is_plain_python() -> None:
    """It shares nothing with the product, nor any library with it."""
    imported = set()
    for path in REFERENCE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    others = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}

    assert others
    assert all(name.startswith("tests.scenarios.reference") for name in others)
