"""Conversion: who asked, who paid and grouped closely enough, and who spoke last before the payment."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import value
from tests.grading.domain.metrics.talks import counted, events, rows, talks

ORDER = "order_id | store_id | buyer_id | paid_at | grouped_at"
A_THEN_B = (
    "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",
    "c2 s1 x | 06-03 09:00:00 ? | 06-03 09:00:30 B",
)
PAID_ON_THE_THIRD = "o1 | s1 | x | 2024-06-03 12:00:00 | 2024-06-03 18:00:00"
LATE_ON_THE_FIRST = ("c1 s1 x | 06-01 23:50:00 ? | 06-01 23:50:40 A",)
AT_TEN = ("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",)
GREETED = ("c1 s1 x | 06-01 09:59:00 A | 06-01 10:00:00 ? | 06-01 10:01:00 A",)


def order(paid_at: str, grouped_at: str = "") -> str:
    grouped = f"2024-{grouped_at}" if grouped_at else ""
    return f"o1 | s1 | x | 2024-{paid_at} | {grouped}"


@pytest.mark.parametrize(
    ("chats", "orders", "readings", "conversion", "deals"),
    [
        # A's only customer-day is 06-01, B's 06-03; B spoke last before the payment
        pytest.param(
            A_THEN_B, [PAID_ON_THE_THIRD], {}, {"A": "0/1", "B": "1/1"}, {"A": "0/1", "B": "1/1"}, id="examples M_19"
        ),
        # D is 06-01, D+2 ends with 06-03; from 23:50 to 00:10 three days later are 48 h 20 min
        pytest.param(
            LATE_ON_THE_FIRST,
            [order("06-04 00:10:00", "06-04 00:10:00")],
            {},
            {"A": "0/1"},
            {"A": "0/1"},
            id="examples M_20 calendar",
        ),
        pytest.param(
            LATE_ON_THE_FIRST,
            [order("06-04 00:10:00", "06-04 00:10:00")],
            {"window": "72h"},
            {"A": "1/1"},
            {"A": "1/1"},
            id="examples M_20 72h",
        ),
        pytest.param(
            GREETED,
            [order("06-01 10:00:00", "06-01 10:00:00")],
            {},
            {"A": "0/1"},
            {"A": "0/1"},
            id="paid at the instant of the inquiry is not after it",
        ),
        pytest.param(
            GREETED,
            [order("06-01 10:00:01", "06-01 10:00:01")],
            {},
            {"A": "1/1"},
            {"A": "1/1"},
            id="paid a second after the inquiry, the agent spoke before",
        ),
        pytest.param(
            AT_TEN,
            [order("06-01 10:00:20", "06-01 11:00:00")],
            {},
            {"A": "0/1"},
            {"A": "0/1"},
            id="paid at the instant of the reply: nobody spoke before",
        ),
        pytest.param(
            AT_TEN,
            [order("06-03 23:59:59", "06-03 23:59:59")],
            {},
            {"A": "1/1"},
            {"A": "1/1"},
            id="the last second of D+2",
        ),
        pytest.param(
            AT_TEN,
            [order("06-04 00:00:00", "06-04 00:00:00")],
            {},
            {"A": "0/1"},
            {"A": "0/1"},
            id="the first second of D+3",
        ),
        pytest.param(
            AT_TEN,
            [order("06-04 10:00:00", "06-04 10:00:00")],
            {"window": "72h"},
            {"A": "1/1"},
            {"A": "1/1"},
            id="72 hours exactly",
        ),
        pytest.param(
            AT_TEN,
            [order("06-04 10:00:00", "06-04 10:00:01")],
            {"window": "72h"},
            {"A": "0/1"},
            {"A": "1/1"},
            id="grouped a second after 72 hours",
        ),
        pytest.param(
            AT_TEN,
            [order("06-03 23:00:00", "06-04 00:00:00")],
            {},
            {"A": "0/1"},
            {"A": "1/1"},
            id="grouped on D+3: a deal, no conversion",
        ),
        pytest.param(AT_TEN, [order("06-01 11:00:00")], {}, {"A": "0/1"}, {"A": "1/1"}, id="never grouped"),
        pytest.param(AT_TEN, [], {}, {"A": "0/1"}, {"A": "0/1"}, id="never paid"),
        pytest.param(
            ("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A | 06-01 10:05:00 B",),
            [order("06-01 10:06:00", "06-01 10:07:00")],
            {},
            {"A": "0/1", "B": "1/1"},
            {"A": "0/1", "B": "1/1"},
            id="transferred, and the receiver wrote before the payment",
        ),
        pytest.param(
            ("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A | 06-01 10:05:00 B",),
            [order("06-01 10:04:00", "06-01 10:07:00")],
            {},
            {"A": "1/1", "B": "0/1"},
            {"A": "1/1", "B": "0/1"},
            id="a message after the payment moves nothing",
        ),
        # two customer-days, 06-01 and 06-02; the order of 06-04 is close to the second only; one customer
        pytest.param(
            (
                "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",
                "c2 s1 x | 06-02 10:00:00 ? | 06-02 10:00:20 A",
            ),
            [order("06-04 09:00:00", "06-04 09:00:00")],
            {},
            {"A": "1/2"},
            {"A": "1/1"},
            id="by customer-day",
        ),
        pytest.param(
            (
                "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",
                "c2 s1 x | 06-02 10:00:00 ? | 06-02 10:00:20 A",
            ),
            [order("06-04 09:00:00", "06-04 09:00:00")],
            {"unit": "buyer"},
            {"A": "1/1"},
            {"A": "1/1"},
            id="by buyer",
        ),
        # B's word in c2 counts as the later one, so that A is not the last; and B has no inquiry to be credited for
        pytest.param(
            ("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A", "c2 s1 x | 06-01 10:00:20 B"),
            [order("06-01 10:01:00", "06-01 10:01:00")],
            {},
            {"A": "0/1", "B": "not_applicable"},
            {"A": "0/1", "B": "not_applicable"},
            id="of two chats at one instant the later session id spoke last; who writes first has no inquiry",
        ),
        pytest.param(
            ("c1 s2 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",),
            [order("06-01 10:01:00", "06-01 10:01:00")],
            {},
            {"A": "0/1"},
            {"A": "0/1"},
            id="a buyer at another store is another customer",
        ),
    ],
)
def test_by_agent(
    chats: tuple[str, ...],
    orders: list[str],
    readings: Mapping[str, str],
    conversion: Mapping[str, str],
    deals: Mapping[str, str],
) -> None:
    happened = events(**talks(*chats), orders=rows(ORDER, orders))
    chosen = {f"inquiry_conversion_rate.{name}": option for name, option in readings.items()}
    assert counted(happened, "inquiry_conversion_rate", readings=chosen) == conversion
    chosen = {f"deal_rate.{name}": option for name, option in readings.items() if name == "window"}
    assert counted(happened, "deal_rate", readings=chosen) == deals


@pytest.mark.parametrize(
    ("by", "subject"),
    [pytest.param(By.AGENT, "A", id="examples M_03"), pytest.param(By.SHOP, "s1", id="examples M_03 of the shop")],
)
def test_36_of_150_inquirers_grouped_within_three_days(by: By, subject: str) -> None:
    """36 ÷ 150 = 24 %: ten more grouped a day too late, and four, whom the session gave to A, spoke with a bot only."""
    chats = [f"c{n} s1 b{n} | 06-05 10:00:00 ? | 06-05 10:00:20 A" for n in range(146)]
    chats += [f"c{n} s1 b{n} A | 06-05 10:00:00 ? | 06-05 10:00:20 bot" for n in range(146, 150)]
    orders = [f"o{n} | s1 | b{n} | 2024-06-06 12:00:00 | 2024-06-07 12:00:00" for n in range(36)]
    orders += [f"o{n} | s1 | b{n} | 2024-06-06 12:00:00 | 2024-06-08 00:00:00" for n in range(36, 46)]
    orders += [f"o{n} | s1 | b{n} | 2024-06-06 12:00:00 | 2024-06-07 12:00:00" for n in range(146, 150)]
    happened = events(**talks(*chats), orders=rows(ORDER, orders))
    assert counted(happened, "inquiry_conversion_rate", by) == {subject: "36/150"}
    assert value(happened, "inquiry_conversion_rate", subject, by) == Fraction("0.24")


@pytest.mark.parametrize(
    ("metric", "by", "readings", "expected"),
    [
        # by day the shop has two customer-days, and the payment of 06-03 is close to both
        ("inquiry_conversion_rate", By.SHOP, {}, {"s1": "2/2"}),
        ("inquiry_conversion_rate", By.SHOP, {"unit": "buyer"}, {"s1": "1/1"}),
        # A and B are of one team: 06-01 and 06-03 both lead to the order that a member is credited with
        ("inquiry_conversion_rate", By.TEAM, {}, {"pre": "2/2"}),
        ("deal_rate", By.TEAM, {}, {"pre": "1/1"}),
        ("deal_rate", By.SHOP, {}, {"s1": "1/1"}),
    ],
)
def test_the_two_chats_of_m_19_by_team_and_shop(
    metric: str, by: By, readings: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    agents = "agent_no | team\nA | pre\nB | pre"
    happened = events(**talks(*A_THEN_B), orders=rows(ORDER, [PAID_ON_THE_THIRD]), agents=agents)
    assert counted(happened, metric, by, {f"{metric}.{name}": option for name, option in readings.items()}) == expected


def test_off_pdd_a_payment_completes_the_deal() -> None:
    orders = "order_id | store_id | buyer_id | paid_at\no1 | s1 | x | 2024-06-01 11:00:00"
    happened = talks(*AT_TEN)
    on_pdd = events(Platform.PDD, **happened, orders=orders)
    assert counted(on_pdd, "inquiry_conversion_rate") == {"A": "missing: orders.grouped_at"}
    on_taobao = events(Platform.TAOBAO, **happened, orders=orders)
    assert counted(on_taobao, "inquiry_conversion_rate") == {"A": "1/1"}
    assert counted(on_taobao, "taobao_conversion_rate") == {"A": "1/1"}


def test_an_inquiry_outside_the_span_is_not_counted_an_order_after_it_is_looked_at() -> None:
    """Of 05-31 (outside), 06-29 and 06-30: the order of 07-02 is close to the last only, D+2 of 06-29 being 07-01."""
    chats = [f"c{day} s1 x | {day} 10:00:00 ? | {day} 10:00:20 A" for day in ("05-31", "06-29", "06-30")]
    happened = events(**talks(*chats), orders=rows(ORDER, [order("07-02 09:00:00", "07-02 09:00:00")]))
    assert counted(happened, "inquiry_conversion_rate") == {"A": "1/2"}


def test_a_human_without_a_number_counts_for_the_shop_alone() -> None:
    happened = events(
        **talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 -", "c2 s1 y | 06-01 10:00:00 ? | 06-01 10:00:20 A"),
        orders=rows(ORDER, [order("06-01 11:00:00", "06-01 11:00:00")]),
    )
    assert counted(happened, "inquiry_conversion_rate") == {"A": "0/1"}
    assert counted(happened, "inquiry_conversion_rate", By.SHOP) == {"s1": "1/2"}


def test_without_stores_a_customer_is_a_buyer() -> None:
    happened = events(**talks(*AT_TEN), orders="order_id | buyer_id | paid_at\no1 | x | 2024-06-01 11:00:00")
    assert counted(happened, "deal_rate") == {"A": "1/1"}


SILENT = """order_id | store_id | buyer_id | paid_at
o1 | s1 | x | 2024-06-03 12:00:00
o2 | s1 | y | 2024-06-03 12:00:00
o3 | s1 | z | 2024-06-03 12:00:00
o4 | s1 | z | 2024-06-03 13:00:00
o5 | s1 | w | 2024-06-03 12:00:00
o6 | s1 |   | 2024-06-03 12:00:00
o7 | s1 | v | 2024-07-01 12:00:00"""
TRAFFIC = """store_id | date | visitors | inquirers
s1 | 2024-06-03 | 60 | 20
s1 | 2024-06-04 | 11 | 1
s1 | 2024-07-01 | 500 | 0"""


def test_silent_conversion() -> None:
    """x asked two days before, w after paying on the same day; y asked three days before and z never: they are silent.

    z's two orders of a day are one customer-day: 2 ÷ (40 + 10). An order without a buyer and July are left out.
    """
    chats = talks(
        "c1 s1 x | 06-01 10:00:00 ?",
        "c2 s1 y | 05-31 23:59:59 ?",
        "c3 s1 w | 06-03 20:00:00 ?",
        "c4 s2 z | 06-03 10:00:00 ? | 06-03 10:01:00 A",
    )
    happened = events(**chats, orders=SILENT, traffic_daily=TRAFFIC)
    assert counted(happened, "silent_conversion_rate", By.SHOP) == {"s1": "2/50", "s2": "not_applicable"}
    assert counted(happened, "silent_conversion_rate") == {"A": "not_applicable"}


@pytest.mark.parametrize(
    ("metric", "without", "reason"),
    [
        ("deal_rate", "orders", "missing: orders.buyer_id"),
        ("deal_rate", "chat_messages", "missing: chat_messages.session_id"),
        ("silent_conversion_rate", "traffic_daily", "missing: traffic_daily.store_id"),
    ],
)
def test_a_missing_table_names_its_column(metric: str, without: str, reason: str) -> None:
    tables = {**talks(*AT_TEN), "orders": SILENT, "traffic_daily": TRAFFIC}
    del tables[without]
    assert counted(events(**tables), metric, By.SHOP) == {"s1": reason}
