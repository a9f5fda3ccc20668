"""What the whole suite shares: real servers, and a readable list of the worked examples."""

from __future__ import annotations

import pytest

from tests.servers.fixtures import (  # noqa: F401  fixtures are found by name
    broker,
    engine,
    not_run_summary,
    postgres_server,
    postgres_template,
    postgres_url,
    postgresql,
    sqlite,
    sqlite_template,
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tests that no server could be had for; with ``-k examples`` every worked example, even under ``-q``."""
    not_run_summary(terminalreporter)
    if "examples" not in (config.option.keyword or ""):
        return
    rows = sorted(
        (report.nodeid.partition("[")[2].rstrip("]"), outcome)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if "[E-" in report.nodeid
    )
    for example, outcome in rows:
        terminalreporter.write_line(f"{outcome}  {example}")
