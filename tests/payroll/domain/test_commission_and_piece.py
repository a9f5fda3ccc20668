"""Commission and piece pay: flat, by bands (marginal, whole), capped, negative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from payroll.domain.payslip import Payslip
from payroll.domain.rules import CommissionRule, PieceRule

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
BARE: dict[str, Any] = {"guarantee": ()}
EDGES = (("0", "0.01"), ("50000", "0.02"), ("100000", "0.03"))


@pytest.mark.parametrize(
    ("mode", "cap", "sales", "amount"),
    [
        pytest.param("marginal", None, "49999.99", "500.00", id="marginal: 0.01 below the edge, 499.9999"),
        pytest.param("marginal", None, "50000.00", "500.00", id="marginal: on the edge"),
        pytest.param("marginal", None, "50000.01", "500.00", id="marginal: 0.01 above, 500.0002"),
        pytest.param("marginal", None, "50000.25", "500.01", id="marginal: 500.005, half up"),
        pytest.param("marginal", None, "100000.00", "1500.00", id="marginal: 500 + 1000"),
        pytest.param("marginal", None, "120000.00", "2100.00", id="marginal: 500 + 1000 + 600"),
        pytest.param("marginal", None, "-300.00", "-3.00", id="marginal: net refunds at the first rate"),
        pytest.param("whole", None, "49999.99", "500.00", id="whole: 0.01 below the jump"),
        pytest.param("whole", None, "50000.00", "1000.00", id="whole: the jump"),
        pytest.param("whole", None, "50000.01", "1000.00", id="whole: 0.01 above, 1000.0002"),
        pytest.param("whole", None, "99999.99", "2000.00", id="whole: 0.01 below the second jump, 1999.9998"),
        pytest.param("whole", None, "100000.00", "3000.00", id="whole: the second jump"),
        pytest.param("whole", None, "-300.00", "-3.00", id="whole: net refunds at the first rate"),
        pytest.param("marginal", "1500.00", "99999.50", "1499.99", id="cap: a fen below"),
        pytest.param("marginal", "1500.00", "100000.00", "1500.00", id="cap: exactly"),
        pytest.param("marginal", "1500.00", "100000.50", "1500.00", id="cap: 1500.015 above"),
        pytest.param("whole", "1500.00", "500000.00", "1500.00", id="cap: far above"),
        pytest.param("marginal", "1500.00", "-300.00", "-3.00", id="cap: no floor"),
    ],
)
def test_bands(
    mode: str,
    cap: str | None,
    sales: str,
    amount: str,
    pay: Pay,
    printed: Printed,
    make_commission: Callable[..., CommissionRule],
) -> None:
    rule = make_commission(*EDGES, code="sales_commission", basis="sales_amount", mode=mode, cap=cap)
    slip = pay({"sales": {"sales_amount": sales}, "entries": [("adjustment.x", "5.00")]},
               BARE | {"commission": None, "commissions": (rule,)})  # fmt: skip
    assert printed(slip) == [("sales_commission", amount), ("adjustment.x", "5.00")]


@pytest.mark.parametrize(
    ("sales", "lines"),
    [
        pytest.param({}, [], id="no sales: no line"),
        pytest.param("0.00", [], id="zero: no line"),
        pytest.param("1.66", [], id="0.00498: rounds to zero, no line"),
        pytest.param("1.67", [("commission", "0.01")], id="0.00501: one fen"),
        pytest.param({"other": "9999.00"}, [], id="another basis"),
    ],
)
def test_flat_rate(sales: Mapping[str, str] | str, lines: Lines, pay: Pay, printed: Printed) -> None:
    assert printed(pay({"sales": sales}, BARE)) == lines


def test_each_rule_has_its_own_line(pay: Pay, printed: Printed, make_commission: Callable[..., CommissionRule]) -> None:
    rule = make_commission(*EDGES, code="sales_commission", basis="sales_amount")
    slip = pay({"sales": {"returning_order_amount": "60000.00", "sales_amount": "60000.00"}},
               BARE | {"commissions": (rule,)})  # fmt: skip
    # 60 000 × 0.003; 500 + 10 000 × 0.02
    assert printed(slip) == [("commission", "180.00"), ("sales_commission", "700.00")]


def test_bands_in_any_order_pay_the_same(
    pay: Pay, printed: Printed, make_commission: Callable[..., CommissionRule]
) -> None:
    rule = make_commission(*reversed(EDGES), code="sales_commission", basis="sales_amount")
    slip = pay({"sales": {"sales_amount": "120000.00"}}, BARE | {"commission": None, "commissions": (rule,)})
    assert printed(slip) == [("sales_commission", "2100.00")]


@pytest.mark.parametrize(
    ("hire", "switch", "lines"),
    [
        pytest.param("2024-06-01", False, [("probation_pay", "1600.00")], id="every day probation: none"),
        pytest.param("2024-06-01", True, [("probation_pay", "1600.00"), ("commission", "180.00")], id="the switch"),
        # hired 05-30, regular on 06-30 alone: 29/30 × 1600; all rows given count
        pytest.param("2024-05-30", False, [("probation_pay", "1546.67"), ("commission", "180.00")],
                     id="one regular day: the whole total"),
    ],
)  # fmt: skip
def test_commission_in_probation(hire: str, switch: bool, lines: Lines, pay: Pay, printed: Printed) -> None:
    slip = pay({"hire": hire, "sales": "60000.00"}, BARE | {"probation_commission": switch})
    assert printed(slip) == lines


PRICES = (("0", "1.20"), ("2000", "1.00"), ("5000", "0.80"))


@pytest.mark.parametrize(
    ("mode", "quantity", "lines"),
    [
        # E-37: 2400 + 3000 + 1040
        pytest.param("marginal", "6300", [("piece_pay", "6440.00")], id="E-37 graduated"),
        pytest.param("whole", "6300", [("piece_pay", "5040.00")], id="E-37 slab"),
        pytest.param("marginal", "2000", [("piece_pay", "2400.00")], id="marginal: on the edge"),
        pytest.param("marginal", "2001", [("piece_pay", "2401.00")], id="marginal: one above"),
        pytest.param("whole", "1999", [("piece_pay", "2398.80")], id="whole: one below"),
        pytest.param("whole", "2000", [("piece_pay", "2000.00")], id="whole: an edge belongs to the band above"),
        pytest.param("marginal", "0.5", [("piece_pay", "0.60")], id="half a unit"),
        pytest.param("marginal", "0", [], id="none: no line"),
    ],
)
def test_piece_pay(
    mode: str, quantity: str, lines: Lines, pay: Pay, printed: Printed, make_piece: Callable[..., PieceRule]
) -> None:
    slip = pay({"units": {"inquiries": quantity}}, BARE | {"piece": (make_piece(*PRICES, mode=mode),)})
    assert printed(slip) == lines


def test_piece_pay_counts_towards_the_floor(pay: Pay, printed: Printed, make_piece: Callable[..., PieceRule]) -> None:
    # 1000 × 1.20 = 1200; year 2 guarantees 2200
    slip = pay({"units": {"inquiries": "1000"}}, {"piece": (make_piece(*PRICES),)})
    assert printed(slip) == [("piece_pay", "1200.00"), ("guarantee_top_up", "1000.00")]
