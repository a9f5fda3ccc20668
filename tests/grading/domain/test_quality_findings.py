"""QA findings: the third and every later same error of a calendar month is fatal (A-46)."""

from __future__ import annotations

from datetime import date

from grading.domain.quality import Finding, JudgedFinding, judged_findings

FATAL = frozenset({"F1", "F2"})


def _found(*rows: str) -> list[Finding]:
    """``"05 c1 N1"``: day of June, session, code."""
    return [Finding(date(2024, 6, int(day)), session, code) for day, session, code in (row.split() for row in rows)]


def _fatal(*rows: str) -> list[tuple[str, bool, bool]]:
    return [
        (each.finding.session, each.is_fatal, each.is_escalated)
        for each in judged_findings(_found(*rows), FATAL, escalate_on=3)
    ]


def test_two_same_errors_are_not_fatal() -> None:
    assert _fatal("01 c1 N1", "02 c2 N1") == [("c1", False, False), ("c2", False, False)]


def test_the_third_is_fatal_whatever_order_they_were_entered_in() -> None:
    assert _fatal("20 c3 N1", "01 c1 N1", "10 c2 N1") == [
        ("c1", False, False),
        ("c2", False, False),
        ("c3", True, True),
    ]


def test_different_errors_do_not_add_up() -> None:
    assert not any(fatal for _, fatal, _ in _fatal("01 c1 N1", "02 c2 N2", "03 c3 N3", "04 c4 N1"))


def test_three_on_one_day() -> None:
    assert [fatal for _, fatal, _ in _fatal("05 c1 N1", "05 c2 N1", "05 c3 N1")] == [False, False, True]


def test_a_fatal_code_is_fatal_from_the_first_and_never_escalated() -> None:
    assert _fatal("01 c1 F1", "02 c2 F1", "03 c3 F1") == [("c1", True, False), ("c2", True, False), ("c3", True, False)]


def test_fatal_findings_do_not_hasten_the_others() -> None:
    assert _fatal("01 c1 F1", "02 c2 F1", "03 c3 N1")[-1] == ("c3", False, False)


def test_no_findings() -> None:
    assert judged_findings([], FATAL, escalate_on=3) == ()


def test_a_judged_finding_keeps_its_finding() -> None:
    (only,) = _found("01 c1 N1")
    assert judged_findings([only], FATAL, escalate_on=3) == (JudgedFinding(only, is_fatal=False, is_escalated=False),)
