"""Segments of base pay: probation, tier and plan changes inside a month; the guarantee of the same days.

[FIXTURE] junior 1800, intermediate 2000, senior 2300; probation 1600; guarantee 2000/2200/2500. June has 30 days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from payroll.domain.employment import regular_days, segments
from payroll.domain.facts import Facts
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import PayPlan, Rules

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
Plans = Mapping[str, Mapping[str, Any]]
PayUnder = Callable[[Mapping[str, Any], Plans], Payslip]

FIXTURE = {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00"}
BASE = {"base": FIXTURE, "guarantee": ()}
FIXED = {"base": "3000.00", "guarantee": (), "probation": False}


@pytest.fixture(scope="session")
def pay_under(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> PayUnder:
    """The payslip under several versions of a plan, each from its day on."""

    def pay_under(facts: Mapping[str, Any], plans: Plans) -> Payslip:
        rules = make_rules(*((since, make_plan(**plan)) for since, plan in plans.items()))
        return compute_payslip(make_facts(**facts), rules)

    return pay_under


HIRED_MID_MAY = {"hire": "2024-05-20", "tier": "junior"}
"""Regular from 2024-06-20: 19 days of probation and 11 regular ones in June."""


@pytest.mark.parametrize(
    ("facts", "plan", "lines", "net"),
    [
        # 19/30 × 1600 = 1013.33; 11/30 × 1800 = 660.00; G 11/30 × 2000 = 733.33
        pytest.param(HIRED_MID_MAY, {"base": FIXTURE},
                     [("probation_pay", "1013.33"), ("base_pay", "660.00"), ("guarantee_top_up", "73.33")],
                     "1746.66", id="probation ends inside the month"),
        # regular 06-20 … 06-25: 6/30 × 1800 = 360.00; G 6/30 × 2000 = 400.00
        pytest.param(HIRED_MID_MAY | {"leave": "2024-06-25"}, {"base": FIXTURE},
                     [("probation_pay", "1013.33"), ("base_pay", "360.00"), ("guarantee_top_up", "40.00")],
                     "1413.33", id="and the agent leaves five days later"),
        # 10/30 × 1600
        pytest.param(HIRED_MID_MAY | {"leave": "2024-06-10"}, {"base": FIXTURE},
                     [("probation_pay", "533.33")], "533.33", id="leaves in probation: no guarantee"),
        # 19/30 × 1600; only the last day, 06-20, is regular: 1/30 × 1800 and 1/30 × 2000 = 66.67
        pytest.param(HIRED_MID_MAY | {"leave": "2024-06-20"}, {"base": FIXTURE},
                     [("probation_pay", "1013.33"), ("base_pay", "60.00"), ("guarantee_top_up", "6.67")],
                     "1080.00", id="leaves on the first regular day"),
        # 30 days after 05-20 is 06-19: 18/30 × 1600 = 960.00; 12/30 × 1800 = 720.00; G 12/30 × 2000 = 800.00
        pytest.param(HIRED_MID_MAY, {"base": FIXTURE, "probation_end": "days_30"},
                     [("probation_pay", "960.00"), ("base_pay", "720.00"), ("guarantee_top_up", "80.00")],
                     "1760.00", id="30 days instead of a calendar month (A-08)"),
        # two months: regular from 07-20
        pytest.param(HIRED_MID_MAY, {"base": FIXTURE, "probation_months": 2},
                     [("probation_pay", "1600.00")], "1600.00", id="two months of probation"),
        # 20/30 × 1800 = 1200.00; G 20/30 × 2000 = 1333.33
        pytest.param({"hire": "2024-06-11", "tier": "junior", "employment": "probation_waived"}, {"base": FIXTURE},
                     [("base_pay", "1200.00"), ("guarantee_top_up", "133.33")], "1333.33", id="probation waived"),
        pytest.param({"hire": "2024-06-11", "tier": "junior"}, {"base": FIXTURE, "probation": False},
                     [("base_pay", "1200.00"), ("guarantee_top_up", "133.33")], "1333.33",
                     id="a plan without probation"),
        # no probation amount: the base pay of the plan, 19/30 × 1800 = 1140.00
        pytest.param(HIRED_MID_MAY, BASE | {"probation_pay": None},
                     [("probation_pay", "1140.00"), ("base_pay", "660.00")], "1800.00",
                     id="probation at the full base pay"),
        # 10/30 × 1600
        pytest.param({"hire": "2024-06-10", "leave": "2024-06-19", "tier": "junior"}, {"base": FIXTURE},
                     [("probation_pay", "533.33")], "533.33", id="hired and left in one month"),
        pytest.param({"hire": "2024-06-30", "tier": "junior"}, {"base": FIXTURE},
                     [("probation_pay", "53.33")], "53.33", id="hired on the last day: 1/30 x 1600"),
        pytest.param({"hire": "2023-02-10", "leave": "2024-06-30", "tier": "intermediate"}, BASE,
                     [("base_pay", "2000.00")], "2000.00", id="leaves on the month's last day: the whole month"),
        pytest.param({"hire": "2023-02-10", "leave": "2024-06-01", "tier": "intermediate"}, BASE,
                     [("base_pay", "66.67")], "66.67", id="leaves on the first: 1/30 x 2000"),
    ],
)  # fmt: skip
def test_probation_and_regular_days(
    facts: Mapping[str, Any], plan: Mapping[str, Any], lines: Lines, net: str, pay: Pay, printed: Printed
) -> None:
    slip = pay(facts, plan)
    assert printed(slip) == lines
    assert str(slip.net) == net


@pytest.mark.parametrize(
    ("tiers", "lines", "net"),
    [
        # 20/30 × 1800 = 1200.00; 10/30 × 2000 = 666.67
        pytest.param({"2023-02-10": "junior", "2024-06-21": "intermediate"},
                     [("base_pay", "1200.00"), ("base_pay", "666.67")], "1866.67", id="one change"),
        # 10/30 × 1800 = 600.00; 10/30 × 2000 = 666.67; 10/30 × 2300 = 766.67 (together 2033.33 when not by line)
        pytest.param({"2023-02-10": "junior", "2024-06-11": "intermediate", "2024-06-21": "senior"},
                     [("base_pay", "600.00"), ("base_pay", "666.67"), ("base_pay", "766.67")], "2033.34",
                     id="two changes, each line rounded by itself"),
        pytest.param({"2023-02-10": "junior", "2024-06-01": "intermediate"}, [("base_pay", "2000.00")], "2000.00",
                     id="on the first: the full month at the new tier"),
        pytest.param({"2023-02-10": "junior", "2024-07-01": "intermediate"}, [("base_pay", "1800.00")], "1800.00",
                     id="on the day after the last: none"),
        # 29/30 × 1800 = 1740.00; 1/30 × 2000 = 66.67
        pytest.param({"2023-02-10": "junior", "2024-06-30": "intermediate"},
                     [("base_pay", "1740.00"), ("base_pay", "66.67")], "1806.67", id="on the last day"),
        pytest.param({"2023-02-10": "junior", "2024-06-11": "junior"}, [("base_pay", "1800.00")], "1800.00",
                     id="the same tier again: nothing changes, one line"),
        # 10/30 × 2000 = 666.67; 20/30 × 1800 = 1200.00
        pytest.param({"2023-02-10": "intermediate", "2024-06-11": "junior"},
                     [("base_pay", "666.67"), ("base_pay", "1200.00")], "1866.67", id="a demotion"),
    ],
)  # fmt: skip
def test_tier_change(tiers: Mapping[str, str], lines: Lines, net: str, pay: Pay, printed: Printed) -> None:
    slip = pay({"tiers": tiers}, BASE)
    assert printed(slip) == lines
    assert str(slip.net) == net


def test_a_tier_change_in_probation_changes_nothing(pay: Pay, printed: Printed) -> None:
    slip = pay({"hire": "2024-06-01", "tiers": {"2024-06-01": "junior", "2024-06-11": "senior"}}, BASE)
    assert printed(slip) == [("probation_pay", "1600.00")]


def test_a_tier_change_on_the_day_probation_ends(pay: Pay, printed: Printed) -> None:
    # 19/30 × 1600 = 1013.33; 11/30 × 2000 = 733.33
    tiers = {"2024-05-20": "junior", "2024-06-20": "intermediate"}
    slip = pay({"hire": "2024-05-20", "tiers": tiers}, BASE)
    assert printed(slip) == [("probation_pay", "1013.33"), ("base_pay", "733.33")]


@pytest.mark.parametrize(
    ("month", "lines"),
    [
        pytest.param("2024-05", [("probation_pay", "1600.00")], id="a month of probation"),
        # 1/30 × 1600 = 53.33; 29/30 × 1800 = 1740.00
        pytest.param("2024-06", [("probation_pay", "53.33"), ("base_pay", "1740.00")], id="the month it ends"),
    ],
)
def test_probation_at_its_own_amount_asks_for_no_tier(month: str, lines: Lines, pay: Pay, printed: Printed) -> None:
    """``tier_from`` may be the first regular day: until then the plan pays 1600 whatever the tier."""
    hire = {"2024-05": "2024-05-01", "2024-06": "2024-05-02"}[month]
    slip = pay({"hire": hire, "month": month, "tiers": {"2024-06-02": "junior"}}, BASE)
    assert printed(slip) == lines


def test_plan_change_splits_base_pay(pay_under: PayUnder, printed: Printed) -> None:
    # 15/30 × 3000 = 1500.00; 15/30 × 3600 = 1800.00
    slip = pay_under({}, {"2020-01-01": FIXED, "2024-06-16": FIXED | {"base": "3600.00"}})
    assert printed(slip) == [("base_pay", "1500.00"), ("base_pay", "1800.00")]


@pytest.mark.parametrize("since", ["2024-06-01", "2024-07-01"])
def test_plan_change_at_the_edge_of_the_month_does_not_split(since: str, pay_under: PayUnder, printed: Printed) -> None:
    slip = pay_under({}, {"2020-01-01": FIXED, since: FIXED | {"base": "3600.00"}})
    assert printed(slip) == [("base_pay", {"2024-06-01": "3600.00", "2024-07-01": "3000.00"}[since])]


def test_plan_change_with_the_same_amount_is_one_line(pay_under: PayUnder, printed: Printed) -> None:
    slip = pay_under({}, {"2020-01-01": FIXED, "2024-06-16": FIXED | {"commission": "0.02"}})
    assert printed(slip) == [("base_pay", "3000.00")]


def test_the_plan_of_the_last_day_decides_commission_for_the_whole_month(pay_under: PayUnder, printed: Printed) -> None:
    # 10 000 × 0.02
    slip = pay_under(
        {"sales": "10000.00"},
        {"2020-01-01": FIXED | {"commission": "0.01"}, "2024-06-16": FIXED | {"commission": "0.02"}},
    )
    assert printed(slip) == [("base_pay", "3000.00"), ("commission", "200.00")]


def test_the_plan_of_a_leavers_last_day_decides(pay_under: PayUnder, printed: Printed) -> None:
    # 15/30 × 3000; the plan of 06-16 is never reached
    slip = pay_under(
        {"sales": "10000.00", "leave": "2024-06-15"},
        {"2020-01-01": FIXED | {"commission": "0.01"}, "2024-06-16": FIXED | {"commission": "0.02"}},
    )
    assert printed(slip) == [("base_pay", "1500.00"), ("commission", "100.00")]


def test_the_guarantee_adds_up_over_both_plans(pay_under: PayUnder, printed: Printed) -> None:
    # no base pay; 15/30 × 4000 = 2000.00 and 15/30 × 5000 = 2500.00
    old = {"guarantee": ("4000.00",), "guarantee_by": "fixed"}
    slip = pay_under({}, {"2020-01-01": old, "2024-06-16": old | {"guarantee": ("5000.00",)}})
    assert printed(slip) == [("guarantee_top_up", "4500.00")]


def test_days_under_a_plan_without_guarantee_promise_nothing(pay_under: PayUnder, printed: Printed) -> None:
    # 15/30 × 5000
    new = {"guarantee": ("5000.00",), "guarantee_by": "fixed"}
    slip = pay_under({}, {"2020-01-01": {"guarantee": ()}, "2024-06-16": new})
    assert printed(slip) == [("guarantee_top_up", "2500.00")]


def test_a_new_plan_may_end_probation(pay_under: PayUnder, printed: Printed) -> None:
    # hired 06-01: 15/30 × 1600 = 800.00 under the old plan; 15/30 × 3000 = 1500.00 under one without probation
    slip = pay_under({"hire": "2024-06-01"}, {"2020-01-01": {"guarantee": ()}, "2024-06-16": FIXED})
    assert printed(slip) == [("probation_pay", "800.00"), ("base_pay", "1500.00")]


def test_daily_pay_of_the_old_plan_is_not_lost_when_the_plan_changes(pay_under: PayUnder, printed: Printed) -> None:
    # ten temp days at 200.00 under the old plan; 15/30 × 3000 under the new one
    slip = pay_under(
        {"units": {"days": "10"}, "employment": "temp"},
        {"2020-01-01": {"daily": "200.00", "guarantee": ()}, "2024-06-16": FIXED},
    )
    assert sorted(printed(slip)) == [("base_pay", "1500.00"), ("daily_pay", "2000.00")]


@pytest.mark.parametrize(
    ("facts", "plan", "amount"),
    [
        # 06-20 is the anniversary of 2023-06-20, the first regular day: 19/30 × 2000 = 1266.67, 11/30 × 2200 = 806.67
        pytest.param({"hire": "2023-05-20"}, {"service_year_from": "regularization"}, "2073.34",
                     id="service years from regularization"),
        pytest.param({"hire": "2023-05-20"}, {"service_year_from": "hire_date"}, "2200.00",
                     id="service years from the hire date"),
        # 15/30 × 2000 = 1000.00; 5/30 × 2200 = 366.67
        pytest.param({"hire": "2023-06-16", "leave": "2024-06-20"}, {}, "1366.67",
                     id="leaves after the anniversary"),
        # 10/30 × 2000
        pytest.param({"hire": "2023-06-16", "leave": "2024-06-10"}, {}, "666.67", id="leaves before it"),
        pytest.param({"hire": "2023-06-01"}, {}, "2200.00", id="anniversary on the first: the whole month"),
        # 29/30 × 2000 = 1933.33; 1/30 × 2200 = 73.33
        pytest.param({"hire": "2023-06-30"}, {}, "2006.66", id="anniversary on the last day"),
        # 15/30 × 2200 = 1100.00; 15/30 × 2500 = 1250.00
        pytest.param({"hire": "2022-06-16"}, {}, "2350.00", id="from year 2 to year 3"),
        pytest.param({"hire": "2021-06-16"}, {}, "2500.00", id="from year 3 to year 4: the last step carries on"),
        pytest.param({"hire": "2014-06-16"}, {}, "2500.00", id="ten years on"),
        pytest.param({"hire": "2023-06-16"}, {"guarantee_by": "fixed"}, "2000.00", id="a fixed guarantee"),
        pytest.param({"hire": "2023-12-31", "month": "2024-12"}, {}, "2006.45",
                     id="31 December: 30/31 x 2000 = 1935.48 and 1/31 x 2200 = 70.97"),
    ],
)  # fmt: skip
def test_guarantee_of_the_month(
    facts: Mapping[str, Any], plan: Mapping[str, Any], amount: str, pay: Pay, printed: Printed
) -> None:
    assert printed(pay(facts, plan)) == [("guarantee_top_up", amount)]


@pytest.mark.parametrize(
    ("facts", "plan", "lines"),
    [
        pytest.param({"units": {"days": "15"}}, {"daily": "200.00", "guarantee": ()}, [("daily_pay", "3000.00")],
                     id="15 days at 200"),
        pytest.param({"units": {"days": "0.5"}}, {"daily": "200.00", "guarantee": ()}, [("daily_pay", "100.00")],
                     id="half a day"),
        pytest.param({"units": {"days": "0"}}, {"daily": "200.00", "guarantee": ()}, [], id="no day: no line"),
        # 15 × 120 = 1800 counts as base pay; year 2 guarantees 2200
        pytest.param({"units": {"days": "15"}}, {"daily": "120.00"},
                     [("daily_pay", "1800.00"), ("guarantee_top_up", "400.00")], id="counts towards the floor"),
        # in probation, too, a day is a day: 3 × 200, and no 1600
        pytest.param({"hire": "2024-06-10", "units": {"days": "3"}}, {"daily": "200.00"},
                     [("daily_pay", "600.00")], id="in probation"),
        # 3 × 33.335 = 100.005
        pytest.param({"units": {"days": "1.5"}}, {"daily": "66.67", "guarantee": ()}, [("daily_pay", "100.01")],
                     id="1.5 x 66.67 = 100.005, half up"),
    ],
)  # fmt: skip
def test_daily_pay(facts: Mapping[str, Any], plan: Mapping[str, Any], lines: Lines, pay: Pay, printed: Printed) -> None:
    assert printed(pay(facts, plan)) == lines


@pytest.mark.parametrize(
    ("hire", "method", "lines"),
    [
        # Saturday 2024-03-30 and Sunday 03-31 hold no weekday
        pytest.param("2024-03-30", "workdays", [], id="hired on the last weekend, by workdays"),
        pytest.param("2024-03-30", "paid_days", [], id="hired on the last weekend, by paid days"),
        # 2/31 × 1600 = 103.23
        pytest.param("2024-03-30", "calendar_days", [("probation_pay", "103.23")], id="by calendar days"),
    ],
)
def test_a_segment_that_pays_nothing_prints_no_line(
    hire: str, method: str, lines: Lines, pay: Pay, printed: Printed
) -> None:
    """formats §7: a zero line is left out."""
    assert printed(pay({"hire": hire, "month": "2024-03"}, {"proration": method})) == lines


@pytest.mark.parametrize("method", ["calendar_days", "workdays", "paid_days"])
@pytest.mark.parametrize(
    "month", [pytest.param("2024-07", id="23 weekdays"), pytest.param("2025-02", id="20 weekdays")]
)
def test_a_change_inside_a_full_month_pays_between_the_old_and_the_new_amount(
    method: str, month: str, pay: Pay
) -> None:
    """E-33: “full month always pays the monthly amount”; 23 or 20 weekdays ÷ 21.75 are not one month."""
    tiers = {"2023-02-10": "junior", f"{month}-11": "intermediate"}
    net = pay({"month": month, "tiers": tiers}, BASE | {"proration": method}).net
    assert 1800 <= net <= 2000


def test_a_part_month_of_22_weekdays_in_two_segments_never_pays_more_than_the_month(pay: Pay) -> None:
    """07-01 to 07-30 holds 22 weekdays, probation ends on 07-11: 8/21.75 + 14/21.75 of 2000 would be 2022.99."""
    facts = {"hire": "2024-06-11", "leave": "2024-07-30", "month": "2024-07"}
    plan = {"base": "2000.00", "probation_pay": "2000.00", "guarantee": (), "proration": "paid_days"}
    assert pay(facts, plan).net <= 2000


def test_the_days_are_those_of_the_facts_and_rules_asked_about(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> None:
    """Whatever was asked before: of other facts under the same rules, of the same facts under other rules."""
    hired_mid_may, long_here = make_facts(**HIRED_MID_MAY), make_facts(hire="2020-01-01", tier="junior")
    with_probation = make_rules(("2020-01-01", make_plan(**BASE)))
    without = make_rules(("2020-01-01", make_plan(**FIXED)))
    asked = [(hired_mid_may, with_probation), (long_here, with_probation), (hired_mid_may, with_probation),
             (hired_mid_may, without), (long_here, without)]  # fmt: skip
    assert [regular_days(*each) for each in asked] == [11, 30, 11, 30, 30]
    assert [len(segments(*each)) for each in asked] == [2, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("plans", "lines"),
    [
        # half of June under 2000: 1000
        ({"2020-01-01": {}, "2024-06-16": {"guarantee": ("2000.00",)}},
         [("base_pay", "600.00"), ("guarantee_top_up", "400.00")]),
        ({"2020-01-01": {"guarantee": ("2000.00",)}, "2024-06-16": {}}, [("base_pay", "600.00")]),
    ],
    ids=["ends on a plan with a guarantee", "ends on a plan without one"],
)  # fmt: skip
def test_the_plan_of_the_last_day_says_whether_a_month_is_topped_up(
    plans: Plans, lines: Lines, pay_under: PayUnder, printed: Printed
) -> None:
    plain = {"base": "600.00", "guarantee": (), "probation": False}
    slip = pay_under({"hire": "2020-01-10"}, {since: {**plain, **plan} for since, plan in plans.items()})
    assert printed(slip) == lines
