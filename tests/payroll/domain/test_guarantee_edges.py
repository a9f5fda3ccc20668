"""What is compared with the floor when a plan lists it, and segments that adjoin with one amount."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payroll.domain.facts import Facts
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import PayPlan, Rules


def test_base_pay_that_is_not_listed_does_not_count(
    pay: Callable[..., Payslip], printed: Callable[[Payslip], list[tuple[str, str]]]
) -> None:
    # Second year: 2200 promised; of 1800 base and 60 commission only the commission counts
    slip = pay({"tier": "junior", "sales": "20000.00"}, {"base": {"junior": "1800.00"}, "counts": ["commission"]})
    assert printed(slip) == [("base_pay", "1800.00"), ("commission", "60.00"), ("guarantee_top_up", "2140.00")]


def test_a_new_plan_with_the_same_guarantee_starts_no_new_segment(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> None:
    bare: dict[str, Any] = {"commission": None}
    rules = make_rules(("2020-01-01", make_plan(**bare)), ("2024-06-16", make_plan(**bare, code="next")))
    (line,) = compute_payslip(make_facts(), rules).lines
    segments = [step for step in line.steps if step.code == "guarantee.segment"]
    assert [(step.amount, step.values["days"], step.values["first_day"]) for step in segments] == [
        ("2200", "30", "2024-06-01")
    ]
