"""What the whole suite shares: a readable list of the worked examples."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With ``-k examples`` list every worked example by its number, passed or failed, even under ``-q``."""
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
