"""Where two payslips differ, line by line, and what lines pay out."""

from __future__ import annotations

from decimal import Decimal

from grading.kernel.period import Month
from payroll.domain.lines import Kind
from payroll.domain.review import Amount, LineChange, line_changes, net_of

MAY, JUNE = Month(2026, 5), Month(2026, 6)


def line(code: str, amount: str, kind: Kind = Kind.EARNING, period: Month = JUNE) -> Amount:
    return Amount(code, kind, period, Decimal(amount))


def changes(before: list[Amount], after: list[Amount]) -> list[tuple[str, str, str, str]]:
    return [(each.code, str(each.period), str(each.before), str(each.after)) for each in line_changes(before, after)]


def test_what_lines_pay_out() -> None:
    lines = [
        line("base_pay", "3000.00"),
        line("absence_deduction", "-100.00"),
        line("pension", "240.00", Kind.DEDUCTION),
        line("pension", "480.00", Kind.EMPLOYER),
    ]
    assert net_of(lines) == Decimal("2660.00")
    assert str(net_of([])) == "0.00"


def test_only_what_differs_in_the_order_of_the_lines() -> None:
    before = [line("base_pay", "3000.00"), line("commission", "300.00"), line("income_tax", "5.00", Kind.DEDUCTION)]
    after = [line("base_pay", "3000.00"), line("commission", "280.00"), line("team_pool", "50.00")]
    assert changes(before, after) == [
        ("commission", "2026-06", "300.00", "280.00"),
        ("income_tax", "2026-06", "5.00", "0.00"),
        ("team_pool", "2026-06", "0.00", "50.00"),
    ]
    assert line_changes(before, before) == ()


def test_lines_of_one_code_and_period_are_one() -> None:
    before = [line("base_pay", "1000.00"), line("base_pay", "2000.00")]
    after = [line("base_pay", "1500.00"), line("base_pay", "1600.00")]
    assert line_changes(before, after) == (LineChange("base_pay", JUNE, Decimal("3000.00"), Decimal("3100.00")),)
    assert line_changes(before, [line("base_pay", "3000.00")]) == ()


def test_periods_are_told_apart() -> None:
    before = [line("base_pay", "3000.00"), line("base_pay", "10.00", period=MAY)]
    after = [line("base_pay", "3000.00"), line("base_pay", "25.00", period=MAY)]
    assert changes(before, after) == [("base_pay", "2026-05", "10.00", "25.00")]
