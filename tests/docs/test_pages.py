"""The pages say what the code has: every code, command, environment variable and file they name, and no more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands

from grading.rulebook import metric_definitions

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
COMES_LATER = {"docs/images/payslip.png", "docs/images/month.png", "docs/images/phone.png"}
"""Pictures that are taken from the running product."""


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts)


def _written(page: Path) -> str:
    return page.read_text(encoding="utf-8")


ALL_DOCS = "\n".join(_written(page) for page in PAGES)


# --- Codes ------------------------------------------------------------------------------------------------------------


def error_codes() -> set[str]:
    """The code of every class that sets one: read from the source, so that no import can hide a module."""
    found = set()
    for path in _sources("grading", "payroll"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found |= {value for name, value in _constants(node) if name == "code" and "." in value}
    return found


def _constants(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        value = statement.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield target.id, value.value


def called_with_text(path: str, function: str) -> set[str]:
    """The first argument of every call of a function in a file, where it is a text."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == function
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_error_code_of_the_product_is_listed() -> None:
    codes = error_codes()
    assert len(codes) > 40
    assert codes <= _in_backticks(DOCS / "codes.md")


def test_every_import_code_is_listed() -> None:
    codes = called_with_text("grading/imports/wording.py", "fault") | called_with_text(
        "payroll/imports/wording.py", "fault"
    )
    assert len(codes) > 70
    assert {f"import.{code}" for code in codes} <= _in_backticks(DOCS / "codes.md")


def test_every_reason_to_withhold_a_row_is_listed() -> None:
    codes = called_with_text("payroll/exports/wording.py", "Reason")
    assert codes
    assert codes <= _in_backticks(DOCS / "codes.md")


def test_every_code_that_a_calculation_parks_with_is_explained_to_hr() -> None:
    """Those of payroll/domain and of a scorecard: HR meets them at every month's end."""
    path = ROOT / "payroll" / "domain" / "errors.py"
    classes = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef))
    codes = {value for node in classes for name, value in _constants(node) if name == "code"}
    codes |= {"payroll.plan_missing", "grading.measure_missing", "kernel.no_rule_in_force", "jobs.too_many_attempts"}
    assert codes <= _in_backticks(DOCS / "month-end.md")


def test_no_code_is_listed_that_the_product_does_not_have() -> None:
    known = error_codes() | {
        f"import.{code}"
        for path in ("grading/imports/wording.py", "payroll/imports/wording.py")
        for code in called_with_text(path, "fault")
    }
    listed = {
        code
        for code in _in_backticks(DOCS / "codes.md")
        if re.fullmatch(r"(grading|payroll|kernel|jobs|import)\.\w+", code)
    }
    assert listed <= known


def _in_backticks(page: Path) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", _written(page)))


# --- Commands, settings, places ---------------------------------------------------------------------------------------


def test_every_command_named_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", ALL_DOCS))
    assert named
    assert named <= set(get_commands())


def test_every_command_of_the_product_is_named() -> None:
    own = {path.stem for path in (ROOT / "payroll" / "management" / "commands").glob("[a-z]*.py")}
    named = set(re.findall(r"\b(?:manage\.py |make |`)([a-z_]+)", ALL_DOCS + _written(ROOT / "demo" / "README.md")))
    assert own <= named


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _written(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", ALL_DOCS, re.MULTILINE))
    assert named <= targets


def test_every_environment_variable_is_in_the_table() -> None:
    read = set()
    for path in _sources("config"):
        read |= set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", path.read_text(encoding="utf-8")))
    assert {"DATABASE_URL", "BROKER_URL", "JIXIN_VAR"} <= read
    assert read <= _in_backticks(DOCS / "operations.md")


def test_every_audit_action_is_named() -> None:
    actions = set()
    for path in _sources("grading", "payroll"):
        actions |= set(re.findall(r"action=\"([a-z_]+\.[a-z_]+)\"", path.read_text(encoding="utf-8")))
    assert actions <= _in_backticks(DOCS / "security.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _written(page)):
        path, _hash, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        place = (page.parent / unquote(path)).resolve() if path else page
        if place.relative_to(ROOT).as_posix() in COMES_LATER:
            continue
        assert place.exists(), target
        if anchor:
            assert unquote(anchor) in _anchors(place), target


def _anchors(page: Path) -> set[str]:
    """Heading anchors as code hosts make them: small letters, blanks to hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", _written(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_modules_named_exist(page: Path) -> None:
    """A path in backticks that starts at a room of the house is really there."""
    for path in re.findall(r"`((?:grading|payroll|config|tests|demo|docs)/[\w./-]+)`", _written(page)):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_name_no_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|root|home|Users|tmp)/", _written(page))


# --- Rules ------------------------------------------------------------------------------------------------------------


def test_every_switch_of_a_plan_is_explained() -> None:
    """The values of each choice in payroll/domain/rules.py stand on some algorithm page."""
    pages = "\n".join(_written(page) for page in (DOCS / "algorithms").glob("*.md"))
    words = set(re.findall(r"[a-z_]+", pages))
    tree = ast.parse((ROOT / "payroll" / "domain" / "rules.py").read_text(encoding="utf-8"))
    choices = [node for node in tree.body if isinstance(node, ast.ClassDef) and _is_choice(node)]
    assert len(choices) > 10
    values = {value for node in choices for _name, value in _constants(node)}
    assert {value for value in values if re.fullmatch(r"[a-z_]+", value)} <= words


def _is_choice(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases)


def test_decisions_are_numbered_without_gaps_and_titled() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert all(_written(page).startswith("# ") for page in pages)


def test_metrics_of_the_examples_are_in_the_catalogue() -> None:
    pages = "\n".join(_written(page) for page in (DOCS / "algorithms").glob("*.md"))
    named = set(re.findall(r"metric: (\w+)", pages))
    assert named
    assert named <= set(metric_definitions())
