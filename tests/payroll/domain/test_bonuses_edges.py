"""Shares of a pool with the figures they are explained by, whom a pool waits for, and a bonus without an amount."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payroll.domain.errors import PoolIncomplete
from payroll.domain.facts import Facts, PoolShare
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import BonusRule, PayPlan, PoolShareBy, Rules
from payroll.domain.team_pool import pool_shares

POOL = Decimal("1000.00")


def test_shares_by_score_say_their_part_of_the_whole() -> None:
    # 80 and 20 of 100 points
    shares = pool_shares(BonusRule("pool", pool=POOL), {"A2": Fraction(20), "A1": Fraction(80)})
    assert shares == {
        "A1": PoolShare(Decimal("800.00"), Fraction(80), Fraction(100), 2),
        "A2": PoolShare(Decimal("200.00"), Fraction(20), Fraction(100), 2),
    }


def test_equal_shares_count_one_for_each_member_scored_or_not() -> None:
    rule = BonusRule("pool", pool=POOL, share_by=PoolShareBy.EQUAL)
    shares = pool_shares(rule, {"A1": None, "A2": Fraction(20), "A3": Fraction(80)})
    assert [shares[member] for member in ("A1", "A2", "A3")] == [
        PoolShare(Decimal("333.34"), Fraction(1), Fraction(3), 3),
        PoolShare(Decimal("333.33"), Fraction(1), Fraction(3), 3),
        PoolShare(Decimal("333.33"), Fraction(1), Fraction(3), 3),
    ]


@pytest.mark.parametrize("share_by", list(PoolShareBy))
def test_without_a_pool_there_are_no_shares(share_by: PoolShareBy) -> None:
    assert pool_shares(BonusRule("pool", share_by=share_by), {"A1": Fraction(80)}) == {}


@pytest.mark.parametrize(
    ("unscored", "agents"),
    [({"pool": ("A2", "A3")}, "A2, A3"), ({"other": ("A2", "A3")}, "A001"), ({}, "A001")],
)
def test_a_pool_says_whom_it_waits_for(
    unscored: dict[str, tuple[str, ...]],
    agents: str,
    make_facts: Callable[..., Facts],
    make_plan: Callable[..., PayPlan],
    make_rules: Callable[..., Rules],
) -> None:
    plan: Any = {"guarantee": (), "bonuses": (BonusRule("pool", pool=POOL),)}
    facts = replace(make_facts(), pool_unscored=unscored)
    with pytest.raises(PoolIncomplete) as raised:
        compute_payslip(facts, make_rules(("2020-01-01", make_plan(**plan))))
    assert raised.value.values == {"line": "pool", "agents": agents}


def test_a_bonus_without_an_amount_pays_nothing(pay: Callable[..., Payslip]) -> None:
    assert pay({}, {"guarantee": (), "bonuses": (BonusRule("b"),)}).lines == ()
