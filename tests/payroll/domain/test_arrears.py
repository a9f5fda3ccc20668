"""Arrears: the difference between what was posted for a month and what it comes to now."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grading.kernel.period import Month
from payroll.domain.arrears import PostedLine, differences
from payroll.domain.lines import Kind, Line, step
from tests.payroll.domain.law import Pay, Person, amount, national_law

MARCH, APRIL = Month(2026, 3), Month(2026, 4)
Rows = list[tuple[str, str]]


def posted(code: str, amount: str, *, kind: Kind = Kind.EARNING, period: Month = MARCH) -> PostedLine:
    return PostedLine(code, kind, Decimal(amount), period, (step("entered", reason=f"then {code}"),))


def now(code: str, amount: str, *, kind: Kind = Kind.EARNING, period: Month = MARCH) -> Line:
    return Line(code, kind, Decimal(amount), (step("entered", reason=f"now {code}"),), period)


def told(before: list[PostedLine], after: list[Line]) -> list[tuple[str, str, str]]:
    return [(each.code, each.kind.value, str(each.amount)) for each in differences(MARCH, before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([("commission", "300.00")], [("commission", "312.34")],
                     [("arrears.commission", "earning", "12.34")], id="more is owed"),
        pytest.param([("commission", "300.00")], [("commission", "287.66")],
                     [("arrears.commission", "earning", "-12.34")], id="too much was paid"),
        pytest.param([("commission", "300.00")], [("commission", "300.00")], [], id="the same"),
        pytest.param([], [("metric_bonus", "500.00")], [("arrears.metric_bonus", "earning", "500.00")],
                     id="a line that was missing"),
        pytest.param([("metric_bonus", "500.00")], [], [("arrears.metric_bonus", "earning", "-500.00")],
                     id="a line that falls away"),
        pytest.param([("base_pay", "1000.00"), ("base_pay", "900.00")], [("base_pay", "1900.00")], [],
                     id="lines of one code are one amount"),
        pytest.param([("base_pay", "1000.00"), ("arrears.base_pay", "50.00")], [("base_pay", "1080.00")],
                     [("arrears.base_pay", "earning", "30.00")], id="a correction of a correction"),
        pytest.param([("base_pay", "1000.00"), ("arrears.base_pay", "50.00"), ("arrears.base_pay", "30.00")],
                     [("base_pay", "1000.00")], [("arrears.base_pay", "earning", "-80.00")], id="and back again"),
        pytest.param([("base_pay", "1000.00"), ("absence_deduction", "-100.00")],
                     [("base_pay", "1000.00"), ("absence_deduction", "-50.00")],
                     [("arrears.absence_deduction", "earning", "50.00")], id="negative earnings"),
        pytest.param([("metric_bonus", "0.00")], [], [], id="a printed zero is nothing"),
    ],
)  # fmt: skip
def test_earnings(before: Rows, after: Rows, expected: list[tuple[str, str, str]]) -> None:
    assert told([posted(*row) for row in before], [now(*row) for row in after]) == expected


def test_the_kinds_stand_in_order_and_keep_apart() -> None:
    before = [
        posted("employer_pension", "160.00", kind=Kind.EMPLOYER),
        posted("pension", "80.00", kind=Kind.DEDUCTION),
        posted("commission", "10.00"),
        posted("base_pay", "10.00"),
    ]
    after = [
        now("employer_pension", "170.00", kind=Kind.EMPLOYER),
        now("pension", "75.00", kind=Kind.DEDUCTION),
        now("commission", "11.00"),
        now("base_pay", "12.00"),
    ]
    assert told(before, after) == [
        ("arrears.base_pay", "earning", "2.00"),
        ("arrears.commission", "earning", "1.00"),
        ("arrears.pension", "deduction", "-5.00"),
        ("arrears.employer_pension", "employer", "10.00"),
    ]


@pytest.mark.parametrize("code", ["income_tax", "carry_forward", "loss_recovery", "court_support", "annual_settlement"])
def test_what_belongs_to_the_month_of_payment_is_never_computed_again(code: str) -> None:
    assert told([posted(code, "100.00", kind=Kind.DEDUCTION)], [now(code, "50.00", kind=Kind.DEDUCTION)]) == []
    assert told([], [now(code, "50.00")]) == []


def test_lines_for_other_months_are_left_out() -> None:
    before = [posted("commission", "300.00"), posted("arrears.commission", "5.00", period=Month(2026, 2))]
    after = [now("commission", "300.00"), now("arrears.commission", "7.00", period=APRIL)]
    assert told(before, after) == []


def test_the_steps_tell_both_computations() -> None:
    before = [posted("commission", "300.00"), posted("arrears.commission", "5.00")]
    (line,) = differences(MARCH, before, [now("commission", "312.00")])
    assert line.period == MARCH
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("arrears.then", None, {"month": "2026-03", "total": "305.00"}),
        ("entered", None, {"reason": "then commission"}),
        ("entered", None, {"reason": "then arrears.commission"}),
        ("arrears.now", None, {"month": "2026-03", "total": "312.00"}),
        ("entered", None, {"reason": "now commission"}),
    ]


def _lines(lines: tuple[Line, ...]) -> list[PostedLine]:
    return [PostedLine(line.code, line.kind, line.amount, line.period, line.steps) for line in lines]


def test_a_month_corrected_twice_and_taken_back_comes_to_nothing(pay: Pay) -> None:
    """March 2026 was paid at 20,000, should have been 20,500, then after all 20,000: April +500, May −500."""
    person = Person(national_law(), "shanghai")
    march = person.month(pay, "2026-03", "20000.00")
    known, found = _lines(march.lines), []
    for month, wage in (("2026-04", "20500.00"), ("2026-05", "20000.00")):
        past = differences(MARCH, known, person.month(pay, "2026-03", wage).lines)
        slip = person.month(pay, month, "20000.00", past=past)
        found.append((amount(slip, "arrears.base_pay"), str(slip.gross)))
        known += _lines(slip.lines)
    assert found == [("500.00", "20500.00"), ("-500.00", "19500.00")]
    assert differences(MARCH, known, march.lines) == ()


def test_a_late_notice_of_the_city_becomes_both_sides_shares(pay: Pay) -> None:
    """July was paid on a base of 7,460 and should have been 7,546: 8 % and 16 % of 86, and so on for each scheme."""
    person = Person(national_law(), "shanghai", "7460.00")
    july = person.month(pay, "2026-07", "9000.00")
    after = Person(national_law(), "shanghai", "7546.00").month(pay, "2026-07", "9000.00")
    past = differences(Month(2026, 7), _lines(july.lines), after.lines)
    assert [(each.code, str(each.amount)) for each in past] == [
        ("arrears.housing_fund", "6.00"),  # 528.22 → 528 against 522.20 → 522
        ("arrears.medical", "1.72"),
        ("arrears.pension", "6.88"),
        ("arrears.unemployment", "0.43"),
        ("arrears.employer_housing_fund", "6.00"),
        ("arrears.employer_medical", "7.74"),
        ("arrears.employer_pension", "13.76"),
        ("arrears.employer_unemployment", "0.43"),
        ("arrears.employer_work_injury", "0.17"),
    ]
    august = person.month(pay, "2026-08", "9000.00", past=past)
    assert august.taxed.contributions == july.taxed.contributions + Decimal("15.03")
