"""docs/metrics.md is what the registry says, and the registry works out the whole catalogue."""

from __future__ import annotations

from pathlib import Path

from grading.domain.metrics.families import CALCULATIONS
from grading.management.catalogue_page import columns_needed, page
from grading.rulebook import metric_definitions


def test_the_page_is_generated() -> None:
    assert Path("docs/metrics.md").read_text(encoding="utf-8") == page()


def test_every_metric_of_the_catalogue_has_a_calculation() -> None:
    assert set(CALCULATIONS) == set(metric_definitions())


def test_needed_columns_are_found_by_taking_them_away() -> None:
    needed = columns_needed(metric_definitions()["call_completion_rate"])
    assert needed == ("calls.agent_id", "calls.connected", "calls.started_at")
