"""docs/adding-a-metric.md does what it says: its row and its function are run on its own log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from grading import rulebook
from grading.domain.metrics import engine, registry, replies
from grading.domain.metrics.definition import Readings
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By
from grading.kernel.period import Span

PAGE = Path("docs/adding-a-metric.md")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, language
    return found[1]


def log() -> tuple[list[dict[str, Any]], Fraction]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    names = [cell.strip() for cell in lines[0].strip("|").split("|")]
    rows = [
        dict(zip(names, (cell.strip() or None for cell in line.strip("|").split("|")), strict=True))
        for line in lines[2:]
    ]
    expected = next(Fraction(row["→ A"]) for row in rows if row["→ A"])
    return rows, expected


@pytest.fixture
def added() -> Iterator[str]:
    row = yaml.safe_load(block("yaml"))
    units = yaml.safe_load(Path("grading/rules/metrics/units.yaml").read_text(encoding="utf-8"))["units"]
    definition = rulebook._metric("replies", {**units[row["unit"]], **row})
    exec(compile(block("python"), str(PAGE), "exec"), vars(replies).copy())  # noqa: S102
    yield definition
    registry._CALCULATIONS.pop(definition.id)


def test_the_page_is_short() -> None:
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) < 40


def test_the_metric_of_the_page_is_worked_out(added: Any) -> None:
    rows, expected = log()
    messages = pl.DataFrame(
        {
            "message_id": [str(number) for number, _row in enumerate(rows)],
            "session_id": [row["session_id"] for row in rows],
            "sender_type": [row["sender_type"] for row in rows],
            "agent_id": [row["agent_id"] for row in rows],
            "sent_at": [datetime.fromisoformat(row["sent_at"]) for row in rows],
        },
        schema_overrides={"sent_at": pl.Datetime("us")},
    )
    events = Events({"chat_messages": messages}, Span(date(2026, 10, 1), date(2026, 11, 1)), None)
    (value,) = engine.compute(events, (By.AGENT,), (added,), Readings({added.id: added}))
    assert (value.subject, value.value) == ("A", expected)
