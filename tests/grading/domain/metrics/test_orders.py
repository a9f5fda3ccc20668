"""What was sold, chased, sent back, and bought again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import value
from tests.grading.domain.metrics.talks import counted, events, rows, talks

SOLD = "order_id | store_id | buyer_id | paid_at | amount_paid | quantity"
AGENTS = "agent_no | team\nA | pre\nB | pre\nC | after"
CHATS = talks(
    "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",
    "c2 s1 y | 06-01 10:00:00 ? | 06-01 10:00:20 A",
    "c3 s2 x | 06-02 10:00:00 ? | 06-02 10:00:20 B",
    "c4 s1 w | 05-31 23:00:00 ? | 05-31 23:00:20 C",
)
# A is credited with o1 to o3 of two customers, B with o4; C with o7, whose chat lies before the span;
# o5 is late (D+3 of 06-01), z of o6 asked nobody, o8 lies outside the span
ORDERS = """order_id | store_id | buyer_id | paid_at | amount_paid | quantity
o1 | s1 | x | 2024-06-01 11:00:00 | 100.00 | 1
o2 | s1 | x | 2024-06-02 11:00:00 | 50.50 | 2
o3 | s1 | y | 2024-06-03 23:59:59 | 30.00 | 3
o4 | s2 | x | 2024-06-02 11:00:00 | 7.00 | 4
o5 | s1 | y | 2024-06-04 00:00:00 | 1000.00 | 5
o6 | s1 | z | 2024-06-05 11:00:00 | 2.25 | 6
o7 | s1 | w | 2024-06-01 00:30:00 | 20.00 | 1
o8 | s1 | x | 2024-07-01 00:00:00 | 9.00 | 9"""


@pytest.mark.parametrize(
    ("metric", "by", "expected"),
    [
        # A's three orders: 100 + 50.50 + 30 = 180.50
        ("agent_sales_amount", By.AGENT, {"A": "180.50", "B": "7", "C": "20"}),
        ("agent_sales_amount", By.TEAM, {"pre": "187.50", "after": "20"}),
        ("agent_sales_amount", By.SHOP, {"s1": "200.50", "s2": "7"}),
        # A: two customers, x and y: 180.50 ÷ 2; the team has three, x at s2 being another: 187.50 ÷ 3
        ("served_order_value", By.AGENT, {"A": "90.25", "B": "7", "C": "20"}),
        ("served_order_value", By.TEAM, {"pre": "62.50", "after": "20"}),
        # the shop's credited orders: 200.50 of x, y and w
        ("served_order_value", By.SHOP, {"s1": "200.50/3", "s2": "7"}),
        ("avg_order_value", By.AGENT, {"A": "90.25", "B": "7", "C": "20"}),
        # all orders of s1: 100 + 50.50 + 30 + 1000 + 2.25 + 20 = 1202.75 of x, y, z and w
        ("avg_order_value", By.SHOP, {"s1": "1202.75/4", "s2": "7"}),
        ("store_gmv", By.SHOP, {"s1": "1202.75", "s2": "7"}),
        ("store_gmv", By.AGENT, dict.fromkeys("AB", "not_applicable")),
        # A: 1 + 2 + 3 = 6 pieces ÷ 2; s1: 1 + 2 + 3 + 5 + 6 + 1 = 18 ÷ 4
        ("items_per_buyer", By.AGENT, {"A": "3", "B": "4", "C": "1"}),
        ("items_per_buyer", By.SHOP, {"s1": "18/4", "s2": "4"}),
    ],
)
def test_sales(metric: str, by: By, expected: Mapping[str, str]) -> None:
    happened = events(**CHATS, orders=ORDERS, agents=AGENTS)
    for subject, written in expected.items():
        assert value(happened, metric, subject, by) == amount(written)


def amount(written: str) -> Fraction | str:
    """A reason, or what a quotient of plain numbers comes to."""
    if not written[0].isdigit() and written[0] != "-":
        return written
    numerator, _, denominator = written.partition("/")
    return Fraction(numerator) / Fraction(denominator or "1")


@pytest.mark.parametrize(
    ("by", "subject"),
    [pytest.param(By.AGENT, "A", id="examples M_04"), pytest.param(By.SHOP, "s1", id="examples M_04 of the shop")],
)
def test_spend_and_items_of_160_buyers(by: By, subject: str) -> None:
    """159 orders of 146.00 and two pieces, and one of 242.00 and 34: 23 456.00 and 352 of 160 buyers."""
    chats = talks(*(f"c{n} s1 b{n} | 06-05 10:00:00 ? | 06-05 10:00:20 A" for n in range(160)))
    orders = [f"o{n} | s1 | b{n} | 2024-06-06 12:00:00 | 146.00 | 2" for n in range(159)]
    orders += ["o159 | s1 | b159 | 2024-06-06 12:00:00 | 242.00 | 34"]
    happened = events(**chats, orders=rows(SOLD, orders))
    assert value(happened, "avg_order_value", subject, by) == Fraction("146.60")
    assert value(happened, "items_per_buyer", subject, by) == Fraction("2.20")
    assert value(happened, "agent_sales_amount", subject, by) == Fraction("23456")


@pytest.mark.parametrize(
    ("paid_at", "window", "sold"),
    [
        pytest.param("06-04 00:10:00", "calendar", "0", id="examples M_20 calendar"),
        pytest.param("06-04 00:10:00", "72h", "8", id="examples M_20 72h"),
        pytest.param("06-03 23:59:59", "calendar", "8", id="the last second of D+2"),
        pytest.param("06-04 00:00:00", "calendar", "0", id="the first second of D+3"),
        pytest.param("06-04 23:50:00", "72h", "8", id="72 hours exactly"),
        pytest.param("06-04 23:50:01", "72h", "0", id="a second more"),
        pytest.param("06-01 23:50:40", "calendar", "0", id="at the instant of the reply nobody has spoken yet"),
        pytest.param("06-01 23:50:41", "calendar", "8", id="a second after the reply"),
    ],
)
def test_when_an_order_is_credited(paid_at: str, window: str, sold: str) -> None:
    happened = events(
        **talks("c1 s1 x | 06-01 23:50:00 ? | 06-01 23:50:40 A"),
        orders=rows(SOLD, [f"o1 | s1 | x | 2024-{paid_at} | 8.00 | 1"]),
    )
    chosen = {"agent_sales_amount.window": window}
    assert value(happened, "agent_sales_amount", "A", readings=chosen) == Fraction(sold)


def test_who_wrote_last_is_credited_by_the_inquiry_of_their_own() -> None:
    """B wrote on 06-05, but B's inquiry is of 06-01; A's would have been close enough, and A did not write last."""
    happened = events(
        **talks(
            "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 B | 06-05 12:00:00 B",
            "c2 s1 x | 06-05 10:00:00 ? | 06-05 10:00:20 A",
        ),
        orders=rows(SOLD, ["o1 | s1 | x | 2024-06-05 13:00:00 | 8.00 | 1"]),
    )
    assert counted(happened, "agent_sales_amount") == {"A": "0/1", "B": "0/1"}


@pytest.mark.parametrize(("paid_at", "sold"), [("10:00:00", "0"), ("10:00:01", "8")])
def test_an_inquiry_at_the_instant_of_the_payment_does_not_lead_to_it(paid_at: str, sold: str) -> None:
    """A greets first, so that somebody spoke before; the buyer asks at 10:00:00."""
    happened = events(
        **talks("c1 s1 x | 06-01 09:59:00 A | 06-01 10:00:00 ? | 06-01 10:01:00 A"),
        orders=rows(SOLD, [f"o1 | s1 | x | 2024-06-01 {paid_at} | 8.00 | 1"]),
    )
    assert value(happened, "agent_sales_amount", "A") == Fraction(sold)


def test_who_is_credited_is_named_though_they_wrote_before_the_span_only() -> None:
    happened = events(
        **talks("c1 s1 x | 05-31 23:00:00 ? | 05-31 23:00:20 C"),
        orders=rows(SOLD, ["o1 | s1 | x | 2024-06-01 00:30:00 | 8.00 | 1"]),
    )
    assert value(happened, "agent_sales_amount", "C") == 8


def test_an_agent_without_a_number_is_the_shops_alone() -> None:
    happened = events(
        **talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 -"),
        orders=rows(SOLD, ["o1 | s1 | x | 2024-06-01 13:00:00 | 8.00 | 1"]),
    )
    assert counted(happened, "agent_sales_amount") == {"": "not_applicable"}
    assert value(happened, "agent_sales_amount", "s1", By.SHOP) == 8


CHASES = """order_id | agent_id | sent_at
o1 | A | 2024-06-01 10:30:00
o1 | B | 2024-06-01 10:45:00
o1 | A | 2024-06-01 11:00:00
o2 | A | 2024-06-02 10:00:00
o3 | A | 2024-05-30 10:00:00
o4 | A | 2024-06-02 10:00:00
o4 | B | 2024-06-02 10:00:00
o8 | A | 2024-06-30 10:00:00"""


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # o1: B chased last before 11:00:00 (A at that instant, too late): 100; o4: of two at one instant B: 7
        # o2: 50.50 and o3, chased before the span and paid in it: 30; o8 was paid outside it
        (By.AGENT, {"A": "80.50", "B": "107"}),
        (By.TEAM, {"pre": "187.50"}),
        (By.SHOP, {"s1": "180.50", "s2": "7"}),
    ],
)
def test_chased_orders(by: By, expected: Mapping[str, str]) -> None:
    happened = events(orders=ORDERS, payment_chases=CHASES, agents=AGENTS)
    for subject, written in expected.items():
        assert value(happened, "chase_paid_amount", subject, by) == amount(written)


PLACED = """order_id | store_id | buyer_id | created_at | paid_at
p1 | s1 | x | 2024-06-01 11:00:00 |
p2 | s1 | x | 2024-06-01 11:00:00 | 2024-06-01 23:00:01
p3 | s1 | x | 2024-06-01 11:00:00 | 2024-06-01 23:00:00
p4 | s1 | y | 2024-06-01 11:00:00 |
p5 | s1 | y | 2024-06-01 11:00:00 |
p6 | s1 | z | 2024-06-01 11:00:00 |
p7 | s1 | x | 2024-05-31 23:59:59 |"""
PLACED_CHASES = """order_id | agent_id | sent_at
p1 | B | 2024-06-01 23:00:00
p2 | B | 2024-06-01 11:00:00
p3 | B | 2024-06-01 12:00:00
p4 | B | 2024-06-01 10:59:59
p5 | B | 2024-06-01 23:00:01
p6 | B | 2024-06-01 12:00:00
p7 | B | 2024-06-01 02:00:00"""


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # A spoke last to x and y before the orders: p1, p2 in time (both edges), p4 too early, p5 too late;
        # p3 was paid 12 hours after to the second, p7 placed outside the span: 2 ÷ 4
        (By.AGENT, {"A": "2/4", "B": "not_applicable"}),
        (By.TEAM, {"pre": "2/4"}),
        # and z, who spoke with nobody: 3 ÷ 5
        (By.SHOP, {"s1": "3/5"}),
    ],
)
def test_orders_chased_within_12_hours(by: By, expected: Mapping[str, str]) -> None:
    chats = talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A", "c2 s1 y | 06-01 10:00:00 ? | 06-01 10:00:20 A")
    happened = events(**chats, orders=PLACED, payment_chases=PLACED_CHASES, agents=AGENTS)
    found = counted(happened, "chase_coverage_12h", by)
    assert {subject: found[subject] for subject in expected} == expected


# o1 to o3 are A's, as above; o9 was never shipped
SENT = """order_id | store_id | buyer_id | paid_at | shipped_at
o1 | s1 | x | 2024-06-01 11:00:00 | 2024-06-02 11:00:00
o2 | s1 | x | 2024-06-02 11:00:00 | 2024-06-03 11:00:00
o3 | s1 | y | 2024-06-03 11:00:00 | 2024-06-04 11:00:00
o9 | s1 | y | 2024-06-03 12:00:00 |
o4 | s2 | x | 2024-06-02 11:00:00 | 2024-06-03 11:00:00
o6 | s1 | z | 2024-06-05 11:00:00 | 2024-06-06 11:00:00"""
SENT_BACK = """refund_id | order_id | type | final_status
r1 | o1 | return_refund | success
r2 | o1 | return_refund | closed
r3 | o2 | refund_only | success
r4 | o3 | return_refund | closed
r5 | o4 | exchange | success
r6 | o6 | return_refund | success
r7 | o9 | return_refund | success"""
COMPLAINED = """complaint_id | store_id | buyer_id | filed_at | upheld
k1 | s1 | x | 2024-06-02 11:00:00 | yes
k2 | s1 | y | 2024-06-20 11:00:00 | no
k3 | s2 | x | 2024-06-02 10:59:59 | yes"""


@pytest.mark.parametrize(
    ("metric", "by", "expected"),
    [
        # A's o1 came back, o2 was complained of at the instant of its payment, o3 and o9 came back: 4 ÷ 4
        # B's o4 was exchanged; the shop has z's too: 5 ÷ 5
        ("return_order_rate", By.AGENT, {"A": "4/4", "B": "1/1"}),
        ("return_order_rate", By.TEAM, {"pre": "5/5"}),
        ("return_order_rate", By.SHOP, {"s1": "5/5", "s2": "1/1"}),
        # shipped and returned with success: o1 of o1, o2, o3; the shop also o6 of four; an exchange is no return
        ("return_rate", By.AGENT, {"A": "1/3", "B": "0/1"}),
        ("return_rate", By.TEAM, {"pre": "1/4"}),
        ("return_rate", By.SHOP, {"s1": "2/4", "s2": "0/1"}),
    ],
)
def test_orders_that_came_back(metric: str, by: By, expected: Mapping[str, str]) -> None:
    happened = events(**CHATS, orders=SENT, refunds=SENT_BACK, complaints=COMPLAINED, agents=AGENTS)
    found = counted(happened, metric, by)
    assert {subject: found[subject] for subject in expected} == expected


@pytest.mark.parametrize(
    ("filed_at", "upheld", "expected"),
    [("06-01 11:00:00", "yes", "1/1"), ("06-01 10:59:59", "yes", "0/1"), ("06-09 11:00:00", "no", "0/1")],
)
def test_a_complaint_counts_from_the_payment_on_when_it_is_upheld(filed_at: str, upheld: str, expected: str) -> None:
    happened = events(
        **talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A"),
        orders=rows(SOLD, ["o1 | s1 | x | 2024-06-01 11:00:00 | 8.00 | 1"]),
        refunds="refund_id | order_id | type\nr1 | o2 | exchange",
        complaints=f"complaint_id | store_id | buyer_id | filed_at | upheld\nk1 | s1 | x | 2024-{filed_at} | {upheld}",
    )
    assert counted(happened, "return_order_rate") == {"A": expected}


@pytest.mark.parametrize(
    ("metric", "table", "column", "by"),
    [
        ("store_gmv", "orders", "amount_paid", By.SHOP),
        ("avg_order_value", "orders", "amount_paid", By.AGENT),
        ("items_per_buyer", "orders", "quantity", By.AGENT),
        ("served_order_value", "chat_messages", "agent_id", By.AGENT),
        ("agent_sales_amount", "chat_sessions", "buyer_id", By.AGENT),
        ("chase_paid_amount", "payment_chases", "sent_at", By.AGENT),
        ("chase_coverage_12h", "payment_chases", "sent_at", By.SHOP),
        ("return_order_rate", "complaints", "upheld", By.AGENT),
        ("return_rate", "orders", "shipped_at", By.AGENT),
        ("returning_order_amount", "buyer_history", "first_order_id", By.SHOP),
    ],
)
def test_a_missing_column_is_named(metric: str, table: str, column: str, by: By) -> None:
    happened = events(
        **CHATS,
        orders="order_id|store_id|buyer_id|created_at|paid_at|shipped_at|completed_at|amount_paid|quantity\n"
        "o1|s1|x|2024-06-01 11:00:00|||||",
        refunds="refund_id | order_id | type | final_status | closed_at | amount",
        complaints=COMPLAINED,
        payment_chases=CHASES,
        buyer_history="buyer_id | store_id | first_order_id\nx | s1 | o1",
    )
    assert not any(found.startswith("missing") for found in counted(happened, metric, by).values())
    less = {**happened.tables, table: happened.tables[table].drop(column)}
    assert set(counted(events(**less), metric, by).values()) == {f"missing: {table}.{column}"}


def test_a_shops_orders_need_no_chats() -> None:
    happened = events(orders=ORDERS)
    assert value(happened, "avg_order_value", "s2", By.SHOP) == 7
    assert value(happened, "store_gmv", "s2", By.SHOP) == 7


# E-19. b1: first order in May, A had the last word, and a second one; b2: a first order; b3: completed in July;
# b4: recorded as developed by A, refunded 200; b5: developed by B
REPEATED = """order_id | store_id | buyer_id | paid_at | completed_at | amount_paid
f1 | s1 | b1 | 2024-05-10 12:00:00 | 2024-05-20 12:00:00 | 300.00
r1 | s1 | b1 | 2024-06-10 12:00:00 | 2024-06-20 12:00:00 | 1280.00
f2 | s1 | b2 | 2024-06-10 12:00:00 | 2024-06-20 12:00:00 | 399.00
f3 | s1 | b3 | 2024-05-10 12:00:00 | 2024-05-20 12:00:00 | 50.00
r3 | s1 | b3 | 2024-06-25 12:00:00 | 2024-07-02 12:00:00 | 700.00
f4 | s1 | b4 | 2024-05-10 12:00:00 | 2024-05-20 12:00:00 | 10.00
r4 | s1 | b4 | 2024-06-10 12:00:00 | 2024-06-22 12:00:00 | 860.00
f5 | s1 | b5 | 2024-05-10 12:00:00 | 2024-05-20 12:00:00 | 10.00
r5 | s1 | b5 | 2024-06-10 12:00:00 | 2024-06-22 12:00:00 | 500.00"""
REPEATED_HISTORY = """buyer_id | store_id | first_order_id | developed_by
b1 | s1 | f1 |
b2 | s1 | f2 | A
b3 | s1 | f3 | A
b4 | s1 | f4 | A
b5 | s1 | f5 |"""
REPEATED_REFUNDS = """refund_id | order_id | final_status | closed_at | amount
q1 | r4 | success | 2024-06-25 12:00:00 | 200.00
q2 | r1 | closed | 2024-06-25 12:00:00 | 1280.00
q3 | f2 | success | 2024-06-25 12:00:00 | 399.00"""
# A spoke last before b1's first order; B before b5's, whose second order A served, and before b4's, recorded as A's
REPEATED_CHATS = talks(
    "c1 s1 b1 | 05-09 10:00:00 ? | 05-09 10:00:20 B | 05-09 10:01:00 A",
    "c2 s1 b5 | 05-09 10:00:00 ? | 05-09 10:00:20 B",
    "c3 s1 b5 | 06-09 10:00:00 ? | 06-09 10:00:20 A",
    "c4 s1 b4 | 05-09 10:00:00 ? | 05-09 10:00:20 B",
)


@pytest.mark.parametrize(
    ("days", "by", "readings", "expected"),
    [
        # 1280 + (860 − 200) = 1940
        pytest.param(("2024-06-01", "2024-06-30"), By.AGENT, {}, {"A": "1940", "B": "500"}, id="examples E_19"),
        pytest.param(("2024-06-01", "2024-06-30"), By.TEAM, {}, {"pre": "2440"}, id="examples E_19 of the team"),
        pytest.param(("2024-06-01", "2024-06-30"), By.SHOP, {}, {"s1": "2440"}, id="examples E_19 of the shop"),
        pytest.param(("2024-07-01", "2024-07-31"), By.AGENT, {}, {"A": "700"}, id="examples E_19 in July"),
        # paid in June: b3's 700 as well
        pytest.param(
            ("2024-06-01", "2024-06-30"), By.AGENT, {"basis": "paid"}, {"A": "2640", "B": "500"}, id="by payment"
        ),
    ],
)
def test_returning_customers(
    days: tuple[str, str], by: By, readings: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    happened = events(
        days=days,
        **REPEATED_CHATS,
        orders=REPEATED,
        buyer_history=REPEATED_HISTORY,
        refunds=REPEATED_REFUNDS,
        agents=AGENTS,
    )
    chosen = {f"returning_order_amount.{name}": option for name, option in readings.items()}
    for subject, written in expected.items():
        assert value(happened, "returning_order_amount", subject, by, chosen) == Fraction(written)


HISTORY = "buyer_id | store_id | first_order_id | developed_by\nx | s1 | f | A"
COMPLETED = "order_id | store_id | buyer_id | paid_at | completed_at | amount_paid"
FIRST = "f | s1 | x | 2024-05-01 12:00:00 | 2024-05-05 12:00:00 | 1.00"
REFUNDED = "refund_id | order_id | final_status | closed_at | amount"


@pytest.mark.parametrize(
    ("days", "orders", "refunds", "readings", "expected"),
    [
        # 8000 completed in July less 12 000 that were completed in June and refunded in July
        pytest.param(
            ("2024-07-01", "2024-07-31"),
            [
                "o1 | s1 | x | 2024-06-02 12:00:00 | 2024-06-10 12:00:00 | 50000.00",
                "o2 | s1 | x | 2024-07-02 12:00:00 | 2024-07-10 12:00:00 | 8000.00",
            ],
            ["q1 | o1 | success | 2024-07-05 12:00:00 | 12000.00"],
            {},
            "-4000",
            id="examples E_20",
        ),
        pytest.param(
            ("2024-06-01", "2024-06-30"),
            ["o1 | s1 | x | 2024-06-02 12:00:00 | 2024-06-10 12:00:00 | 50000.00"],
            ["q1 | o1 | success | 2024-07-05 12:00:00 | 12000.00"],
            {},
            "50000",
            id="examples E_20 in June",
        ),
        # refunded in June, completed in July: nothing in June, 100 − 40 in July
        pytest.param(
            ("2024-06-01", "2024-06-30"),
            ["o1 | s1 | x | 2024-06-02 12:00:00 | 2024-07-01 00:00:00 | 100.00"],
            ["q1 | o1 | success | 2024-06-20 12:00:00 | 40.00"],
            {},
            "0",
            id="refund before completion, in the month of the refund",
        ),
        pytest.param(
            ("2024-07-01", "2024-07-31"),
            ["o1 | s1 | x | 2024-06-02 12:00:00 | 2024-07-01 00:00:00 | 100.00"],
            ["q1 | o1 | success | 2024-06-20 12:00:00 | 40.00"],
            {},
            "60",
            id="refund before completion, in the month of the completion",
        ),
        pytest.param(
            ("2024-06-01", "2024-06-30"),
            ["o1 | s1 | x | 2024-06-02 12:00:00 | | 100.00"],
            ["q1 | o1 | success | 2024-06-20 12:00:00 | 40.00"],
            {},
            "0",
            id="never completed",
        ),
        # by payment the refund of 06-20 takes effect when it is closed
        pytest.param(
            ("2024-06-01", "2024-06-30"),
            ["o1 | s1 | x | 2024-06-02 12:00:00 | | 100.00"],
            ["q1 | o1 | success | 2024-06-20 12:00:00 | 40.00"],
            {"basis": "paid"},
            "60",
            id="by payment, never completed",
        ),
        pytest.param(
            ("2024-06-01", "2024-06-30"),
            [
                "o1 | s1 | x | 2024-06-02 12:00:00 | 2024-06-10 12:00:00 | 100.00",
                "o2 | s1 | x | 2024-06-03 12:00:00 | 2024-06-09 12:00:00 | 20.00",
            ],
            [],
            {"orders": "first_repeat_only"},
            "100",
            id="the first repeat is the one paid first",
        ),
        # 05-01 to 06-30 are 60 calendar days, to 07-01 one more
        pytest.param(
            ("2024-06-01", "2024-07-31"),
            [
                "o1 | s1 | x | 2024-06-30 23:59:59 | 2024-07-10 12:00:00 | 100.00",
                "o2 | s1 | x | 2024-07-01 00:00:00 | 2024-07-10 12:00:00 | 20.00",
            ],
            [],
            {"maintenance_window_days": "60"},
            "100",
            id="within 60 days of the first payment",
        ),
    ],
)
def test_what_a_returning_order_comes_to(
    days: tuple[str, str], orders: list[str], refunds: list[str], readings: Mapping[str, str], expected: str
) -> None:
    happened = events(
        days=days,
        orders=rows(COMPLETED, [FIRST, *orders]),
        buyer_history=HISTORY,
        refunds=rows(REFUNDED, refunds),
    )
    chosen = {f"returning_order_amount.{name}": option for name, option in readings.items()}
    assert value(happened, "returning_order_amount", "A", readings=chosen) == Fraction(expected)
