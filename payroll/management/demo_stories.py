"""The people of the made-up demo company who each have one story, and the month arithmetic the stories are told in.

A story is told from the newest month, so it happens whatever that month is. Months are counted as whole numbers:
year × 12 + month − 1. ``demo/README.md`` tells the stories of the default company in words.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from payroll.management.demo_rules import PILOT_PLAN, TEMP_PLAN

TIERS = (("junior", 0), ("intermediate", 3), ("senior", 12), ("expert", 24))
"""Each tier with its months of tenure (the seed ladder)."""


def month_number(text: str) -> int:
    """``2026-10`` as a number of months."""
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise ValueError(f"'{text}' is not a month. Write it as YYYY-MM, for example 2026-10.")
    return int(text[:4]) * 12 + int(text[5:]) - 1


def month_name(month: int) -> str:
    """The number of a month as ``2026-10``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The last day of a month."""
    return first_day(month + 1) - timedelta(days=1)


def month_of(day: date) -> int:
    """The month a day lies in."""
    return day.year * 12 + day.month - 1


def add_months(start: date, months: int) -> date:
    """The same day some months later, or the last day of that month when it has no such day."""
    target = month_of(start) + months
    return first_day(target).replace(day=min(start.day, monthrange(target // 12, target % 12 + 1)[1]))


def _first_of_month_from(day: date) -> date:
    return day if day.day == 1 else first_day(month_of(day) + 1)


def natural_tiers(hire: date) -> list[tuple[date, str]]:
    """When somebody promoted without delay holds each tier: the first of a month on or after the tenure."""
    return [(hire if not months else _first_of_month_from(add_months(hire, months)), tier) for tier, months in TIERS]


When: TypeAlias = Callable[[int], date]
"""A day, told from the newest month."""


def back(months: int, day: int) -> When:
    """A day some months before the newest month; 0 means the last day of that month."""
    return lambda newest: last_day(newest - months) if day == 0 else first_day(newest - months).replace(day=day)


def on_the_31st(months: int) -> When:
    """The 31st of the first month with 31 days, going back from that many months before the newest."""

    def day(newest: int) -> date:
        month = newest - months
        while last_day(month).day != 31:
            month -= 1
        return last_day(month)

    return day


def leap_day(newest: int) -> date:
    """The last 29 February at least a year before the newest month."""
    month = newest - 12
    while last_day(month).day != 29:
        month -= 1
    return last_day(month)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the newest month holds for somebody with a story; everything else about it is plain."""

    sales: tuple[str, ...] = ()
    no_kpi: bool = False
    without: tuple[str, ...] = ()
    unpaid_days: int = 0
    late: int = 0
    adjustments: tuple[tuple[str, str, str], ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A change over time. For kind ``team`` the value is the place of the team among its role's teams."""

    kind: str
    value: str
    when: When


@dataclass(frozen=True, slots=True)
class Story:
    """One agent with something to look at in the newest month."""

    key: str
    role: str
    hire: When
    side: int = 0
    """Which of the role's teams: of the after-sales teams, 0 passes its gate and 1 fails it."""
    leave: When | None = None
    tier: str = ""
    """The highest tier reached so far; empty means promoted without delay."""
    name: str = ""
    plan: str = ""
    employment: str = "regular"
    paid_by: str = "bank"
    same_person_as: str = ""
    moves: tuple[Move, ...] = ()
    facts: Facts = field(default_factory=Facts)


STORIES: tuple[Story, ...] = (
    Story("joined_on_31st_summer", "pre_sales", on_the_31st(2)),
    Story("joined_on_31st_year_end", "after_sales", on_the_31st(10)),
    Story("joined_on_leap_day", "after_sales", leap_day),
    Story("joined_on_last_day", "pre_sales", back(0, 0)),
    Story("left_mid_month", "after_sales", back(19, 10), leave=back(0, 15)),
    Story("left_on_last_day", "comprehensive", back(28, 18), leave=back(0, 0)),
    Story("left_earlier", "call_centre", back(20, 6), leave=back(2, 20)),
    Story("probation_whole_month", "after_sales", back(0, 1), side=1),
    Story("probation_ends_inside", "after_sales", back(1, 16), facts=Facts(sales=("36000.00",))),
    Story("probation_waived", "pre_sales", back(0, 12), employment="probation_waived"),
    Story(
        "gate_passed_twin", "after_sales", back(20, 10), tier="intermediate",
        facts=Facts(sales=("120400.00", "50000.00", "-2000.00")),
    ),
    Story(
        "gate_failed_twin", "after_sales", back(20, 10), side=1, tier="intermediate",
        facts=Facts(sales=("120400.00", "50000.00", "-2000.00")),
    ),
    Story("guarantee_lift", "after_sales", back(2, 3), side=1, facts=Facts(sales=("28000.00", "12000.00"))),
    Story(
        "anniversary_inside", "after_sales", back(12, 16), side=1, tier="intermediate",
        facts=Facts(sales=("20000.00",)),
    ),
    Story(
        "negative_commission", "after_sales", back(18, 1), tier="intermediate",
        facts=Facts(sales=("8000.00", "-7500.00", "-4500.00")),
    ),
    Story(
        "absence_and_guarantee", "after_sales", back(16, 10), side=1, tier="intermediate",
        facts=Facts(sales=("30000.00",), unpaid_days=3),
    ),
    Story(
        "penalty_after_floor", "after_sales", back(17, 20), side=1, tier="intermediate",
        facts=Facts(sales=("33333.33",), adjustments=(("penalty", "150.00", "虚假操作订单备注"),)),
    ),
    Story("missing_kpi", "pre_sales", back(14, 9), facts=Facts(without=("satisfaction_rate",))),
    Story("parked_no_kpi", "pre_sales", back(9, 6), side=1, facts=Facts(no_kpi=True)),
    Story("parked_blocked_kpi", "call_centre", back(11, 13), facts=Facts(without=("call_completion_rate",))),
    Story("promotion_due_intermediate", "comprehensive", back(3, 15)),
    Story("promotion_due_expert", "pre_sales", back(24, 8), side=1),
    Story(
        "carry_forward", "after_sales", back(0, 26),
        facts=Facts(adjustments=(("loss_recovery", "400.00", "丢失公司耳麦赔付"),)),
    ),
    Story("rare_character_yan", "pre_sales", back(26, 21), name="周䶮"),
    Story("rare_character_ji", "comprehensive", back(15, 5), side=1, name="陈𠮷"),
    Story("rare_character_jie", "call_centre", back(8, 17), side=1, name="林㛃"),
    Story("long_name", "call_centre", back(30, 2), name="阿卜杜拉·买买提"),
    Story("no_bank_account", "comprehensive", back(7, 22), paid_by=""),
    Story("alipay_only", "pre_sales", back(13, 1), paid_by="alipay"),
    Story("temp_first_stay", "pre_sales", back(4, 5), leave=back(3, 0), plan=TEMP_PLAN, employment="temp"),
    Story(
        "temp_returned", "pre_sales", back(0, 9), plan=TEMP_PLAN, employment="temp", same_person_as="temp_first_stay",
    ),
    Story("third_same_error", "after_sales", back(10, 19), facts=Facts(findings=("N4", "N4", "N4"))),
    Story("promoted_on_first", "comprehensive", back(3, 1)),
    Story(
        "promoted_mid_month", "after_sales", back(4, 6), tier="junior",
        moves=(Move("tier", "intermediate", back(0, 12)),),
    ),
    Story("moved_team", "after_sales", back(16, 3), side=1, moves=(Move("team", "0", back(0, 1)),)),
    Story("moved_plan", "pre_sales", back(22, 14), moves=(Move("plan", PILOT_PLAN, back(2, 1)),)),
    Story("late_no_full_attendance", "comprehensive", back(25, 11), side=1, facts=Facts(late=1)),
)  # fmt: skip
"""In the order of their agent numbers, which follow those of the team leaders."""
