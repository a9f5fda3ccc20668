"""Ratings, complaints, reviews, refunds, disputes and points."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import events_of, value
from tests.grading.domain.metrics.talks import counted, events, rows, talks

AGENTS = "agent_no | team\nA | after\nB | after"
ORDERS = """order_id | store_id | buyer_id | paid_at | grouped_at
o1 | s1 | x | 2024-06-01 11:00:00 | 2024-06-01 12:00:00
o2 | s1 | y | 2024-06-02 11:00:00 |
o3 | s2 | x | 2024-06-03 11:00:00 | 2024-06-03 12:00:00
o4 | s1 | z | 2024-05-20 11:00:00 | 2024-05-20 12:00:00"""
# A is credited with o1 and o2, B with o3 and with o4 of May
CHATS = talks(
    "c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A",
    "c2 s1 y | 06-02 10:00:00 ? | 06-02 10:00:20 A",
    "c3 s2 x | 06-03 10:00:00 ? | 06-03 10:00:20 B",
    "c4 s1 z | 05-20 10:00:00 ? | 05-20 10:00:20 B",
)
# closed in June with success: r1 (2 h), r2 (4 h), r3 (6 h), r6 (1 h, of May's order); r4 without success; r5 open
REFUNDS = """refund_id | order_id | type | applied_at | closed_at | final_status | handler_agent_id
r1 | o1 | refund_only | 2024-06-10 10:00:00 | 2024-06-10 12:00:00 | success | A
r2 | o1 | return_refund | 2024-06-11 10:00:00 | 2024-06-11 14:00:00 | success | B
r3 | o3 | refund_only | 2024-05-31 20:00:00 | 2024-06-01 02:00:00 | success | B
r4 | o2 | refund_only | 2024-06-12 10:00:00 | 2024-06-12 20:00:00 | closed | A
r5 | o2 | return_refund | 2024-06-30 23:59:59 | | | A
r6 | o4 | refund_only | 2024-06-05 10:00:00 | 2024-06-05 11:00:00 | success | A
r7 | o1 | refund_only | 2024-06-30 10:00:00 | 2024-07-01 00:00:00 | success | A"""
# in June: d1, d2, d4; d3 lies outside; of r3 nobody asked the platform
DISPUTES = """refund_id | applied_intervention_at | verdict | refund_success
r1 | 2024-06-10 11:00:00 | merchant | yes
r2 | 2024-06-11 12:00:00 | merchant | no
r4 | 2024-07-01 00:00:00 | merchant | yes
r5 | 2024-06-30 23:59:59 | buyer | yes
r3 | | none |"""


@pytest.mark.parametrize(
    ("metric", "by", "expected"),
    [
        # applied in June: A's r1, r4, r5, r6, r7, of which r5 is open; B's r2. By shop o3's r3 was applied in May
        ("dispute_completion_rate", By.AGENT, {"A": "4/5", "B": "1/1"}),
        ("dispute_completion_rate", By.TEAM, {"after": "5/6"}),
        ("dispute_completion_rate", By.SHOP, {"s1": "5/6", "s2": "not_applicable"}),
        # refunded in June: o1 (twice), o3, o4; A's credited orders are o1, o2; B's o3, and o4 of May above the line
        ("refund_rate", By.AGENT, {"A": "1/2", "B": "2/1"}),
        ("refund_rate", By.TEAM, {"after": "3/3"}),
        ("refund_rate", By.SHOP, {"s1": "2/2", "s2": "1/1"}),
        # A closed r1 and r6: (2 + 1) h ÷ 2; B r2 and r3: (4 + 6) h ÷ 2; s1 has r1, r2, r6: 7 h ÷ 3
        ("refund_duration_h", By.AGENT, {"A": "3/2", "B": "10/2"}),
        ("refund_duration_h", By.TEAM, {"after": "13/4"}),
        ("avg_refund_speed_30d", By.SHOP, {"s1": "7/3", "s2": "6/1"}),
        # disputes of June: A's r1 and r5, B's r2; orders paid in June: A's o1, o2; B's o3
        ("dispute_count", By.AGENT, {"A": "2/1", "B": "1/1"}),
        ("dispute_count", By.SHOP, {"s1": "3/1", "s2": "0/1"}),
        ("dispute_rate", By.AGENT, {"A": "2/2", "B": "1/1"}),
        ("dispute_rate", By.TEAM, {"after": "3/3"}),
        ("dispute_rate", By.SHOP, {"s1": "3/2", "s2": "0/1"}),
        # blamed and refunded: r1 alone; A's grouped order is o1 (o2 never grouped)
        ("dispute_refund_rate", By.AGENT, {"A": "1/1", "B": "0/1"}),
        ("dispute_refund_rate", By.SHOP, {"s1": "1/1", "s2": "0/1"}),
        # of A's five applied in June r1, r4 and r5 went to the platform, r4 in July; of B's one, r2
        ("platform_intervention_rate", By.AGENT, {"A": "3/5", "B": "1/1"}),
        ("platform_intervention_rate", By.SHOP, {"s1": "4/6", "s2": "not_applicable"}),
    ],
)
def test_refunds_and_disputes(metric: str, by: By, expected: Mapping[str, str]) -> None:
    happened = events(**CHATS, orders=ORDERS, refunds=REFUNDS, disputes=DISPUTES, agents=AGENTS)
    assert counted(happened, metric, by) == expected


def test_dispute_refund_rate_has_two_denominators_and_groups_on_pdd_only() -> None:
    tables = {**CHATS, "orders": ORDERS, "refunds": REFUNDS, "disputes": DISPUTES}
    of_refunds = {"dispute_refund_rate.denominator": "successful_refunds"}
    # A's successful refunds of June are r1 and r6, B's r2 and r3
    assert counted(events(**tables), "dispute_refund_rate", readings=of_refunds) == {"A": "1/2", "B": "0/2"}
    # off PDD A's o2 counts as well
    assert counted(events(Platform.TAOBAO, **tables), "dispute_refund_rate") == {"A": "1/2", "B": "0/1"}


@pytest.mark.parametrize(
    ("window", "expected"), [("calendar", "not_applicable"), ("72h", "1/1")], ids=["calendar", "72h"]
)
def test_the_window_reading_moves_credited_orders(window: str, expected: str) -> None:
    """M-20's chat and payment: 48 h 20 min, but on D+3."""
    happened = events(
        **talks("c1 s1 x | 06-01 23:50:00 ? | 06-01 23:50:40 A"),
        orders="order_id | store_id | buyer_id | paid_at\no1 | s1 | x | 2024-06-04 00:10:00",
        refunds=rows(
            "refund_id | order_id | closed_at | final_status | handler_agent_id",
            ["r1 | o1 | 2024-06-10 10:00:00 | success | A"],
        ),
    )
    assert counted(happened, "refund_rate", readings={"refund_rate.window": window}) == {"A": expected}


def rated(satisfied: int, average: int, disappointed: int, unanswered: int) -> str:
    given = ["satisfied"] * satisfied + ["average"] * average + ["disappointed"] * disappointed
    answered = [f"c{n} | A | {rating} | 2024-06-02 10:00:00 | 2024-06-02 11:00:00" for n, rating in enumerate(given)]
    asked = [f"u{n} | A | | 2024-06-02 10:00:00 |" for n in range(unanswered)]
    return rows("session_id | agent_id | rating | sent_at | rated_at", [*answered, *asked])


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param({}, "170/200", id="examples M_09 rated"),
        pytest.param({"ks_good_rating_rate": "all_cards"}, "170/260", id="examples M_09 all cards"),
    ],
)
def test_170_satisfied_of_260_cards(readings: Mapping[str, str], expected: str) -> None:
    """170 ÷ (170 + 20 + 10) = 85 %; 170 ÷ 260 = 65.38 %."""
    happened = events(Platform.KUAISHOU, service_ratings=rated(170, 20, 10, 60))
    assert counted(happened, "ks_good_rating_rate", readings=readings) == {"A": expected}


SESSIONS = """session_id | store_id | is_spam | is_risk
c1 | s1 | no | no
c2 | s1 | | yes
c3 | s2 | yes | no
c4 | s2 | no |"""
RATINGS = """session_id | agent_id | rating | sent_at | rated_at
c1 | A | satisfied | 2024-05-31 23:00:00 | 2024-06-01 00:00:00
c2 | A | disappointed | 2024-06-01 10:00:00 | 2024-06-01 10:10:00
c3 | B | satisfied | 2024-06-01 10:00:00 | 2024-06-01 10:10:00
c4 | B | average | 2024-06-30 10:00:00 | 2024-06-30 23:59:59
c4 | B | | 2024-06-30 23:59:59 |
c4 | B | satisfied | 2024-06-30 23:00:00 | 2024-07-01 00:00:00"""


@pytest.mark.parametrize(
    ("metric", "by", "readings", "expected"),
    [
        # the advertiser's c3 is left out; of c4 the first is B's only one in June
        ("satisfaction_rate", By.AGENT, {}, {"A": "1/2", "B": "0/1"}),
        ("satisfaction_rate", By.TEAM, {}, {"after": "1/3"}),
        ("satisfaction_rate", By.SHOP, {}, {"s1": "1/2", "s2": "0/1"}),
        # the risky c2 as well; all cards: the unanswered one by the instant it was sent
        ("ks_good_rating_rate", By.AGENT, {}, {"A": "1/1", "B": "0/1"}),
        ("ks_good_rating_rate", By.SHOP, {"ks_good_rating_rate": "all_cards"}, {"s1": "1/1", "s2": "0/2"}),
    ],
)
def test_ratings(metric: str, by: By, readings: Mapping[str, str], expected: Mapping[str, str]) -> None:
    happened = events(Platform.KUAISHOU, chat_sessions=SESSIONS, service_ratings=RATINGS, agents=AGENTS)
    assert counted(happened, metric, by, readings) == expected


COMPLAINTS = """complaint_id | store_id | buyer_id | agent_id | channel | filed_at | upheld
k1 | s1 | x | A | platform | 2024-06-02 10:00:00 | yes
k2 | s1 | x | A | internal | 2024-06-03 10:00:00 | yes
k3 | s1 | y | A | internal | 2024-06-03 10:00:00 | no
k4 | s2 | x | B | internal | 2024-05-31 23:59:59 | yes
k5 | s1 | | A | internal | 2024-06-03 10:00:00 | yes"""


@pytest.mark.parametrize(
    ("metric", "by", "expected"),
    [
        # x twice is one person; y's was not upheld; k5 names nobody; A was asked by x and y, B by x of s2
        ("complaint_rate", By.AGENT, {"A": "1/2", "B": "0/1"}),
        ("complaint_rate", By.TEAM, {"after": "1/3"}),
        ("complaint_rate", By.SHOP, {"s1": "1/2", "s2": "0/1"}),
        # whether upheld or not, and whoever complained
        ("internal_complaint_count", By.AGENT, {"A": "3/1", "B": "0/1"}),
        ("internal_complaint_count", By.SHOP, {"s1": "3/1", "s2": "0/1"}),
    ],
)
def test_complaints(metric: str, by: By, expected: Mapping[str, str]) -> None:
    happened = events(**CHATS, complaints=COMPLAINTS, agents=AGENTS)
    assert counted(happened, metric, by) == expected


@pytest.mark.parametrize(
    ("by", "subject"),
    [pytest.param(By.AGENT, "A", id="examples M_06"), pytest.param(By.SHOP, "s1", id="examples M_06 of the shop")],
)
def test_3_upheld_complainants_of_1250(by: By, subject: str) -> None:
    """3 ÷ 1250 = 0.24 %; b0 complains twice, b3's complaint is not upheld."""
    chats = talks(*(f"c{n} s1 b{n} | 06-05 10:00:00 ? | 06-05 10:00:20 A" for n in range(1250)))
    filed = [("b0", "yes"), ("b0", "yes"), ("b1", "yes"), ("b2", "yes"), ("b3", "no")]
    complaints = rows(
        "complaint_id | store_id | buyer_id | agent_id | filed_at | upheld",
        (f"k{n} | s1 | {buyer} | A | 2024-06-06 10:00:00 | {upheld}" for n, (buyer, upheld) in enumerate(filed)),
    )
    happened = events(**chats, complaints=complaints)
    assert counted(happened, "complaint_rate", by) == {subject: "3/1250"}
    assert value(happened, "complaint_rate", subject, by) == Fraction("0.0024")


REVIEWS = """review_id | order_id | rating | created_at | final_rating | changed_at | handler_agent_id | score
v1 | o1 | bad | 2024-06-02 10:00:00 | good | 2024-06-03 10:00:00 | A | 4.5
v2 | o2 | mid | 2024-06-02 10:00:00 | mid | | A | 3
v3 | o3 | good | 2024-06-02 10:00:00 | good | 2024-06-03 10:00:00 | B | 5
v4 | o1 | mid | 2024-05-02 10:00:00 | good | 2024-06-01 00:00:00 | B | 1
v5 | o3 | bad | 2024-06-02 10:00:00 | good | 2024-07-01 00:00:00 | B |"""


@pytest.mark.parametrize(
    ("metric", "by", "expected"),
    [
        # turned good in June: A's v1, B's v4 of May; v5 in July, v3 was good before
        ("review_recovery_count", By.AGENT, {"A": "1/1", "B": "1/1"}),
        ("review_recovery_count", By.SHOP, {"s1": "2/1", "s2": "0/1"}),
        # created in June, mid or bad: v1 and v2 of A, v5 of B, which is good by now
        ("review_recovery_rate", By.AGENT, {"A": "1/2", "B": "1/1"}),
        ("review_recovery_rate", By.TEAM, {"after": "2/3"}),
        ("review_recovery_rate", By.SHOP, {"s1": "1/2", "s2": "1/1"}),
        # scores of June: A 4.5 and 3; B 5, and v5 has none
        ("order_satisfaction", By.AGENT, {"A": "15/2/2", "B": "5/1"}),
        ("order_satisfaction", By.SHOP, {"s1": "15/2/2", "s2": "5/1"}),
    ],
)
def test_reviews(metric: str, by: By, expected: Mapping[str, str]) -> None:
    happened = events(orders=ORDERS, reviews=REVIEWS, agents=AGENTS)
    assert counted(happened, metric, by) == expected


DAYS = """store_id | date | score
s1 | 2024-05-31 | 1
s1 | 2024-06-01 | 4.7
s1 | 2024-06-30 | 4.9
s2 | 2024-06-10 |"""
POINTS = """store_id | date | kind | points
s1 | 2024-06-01 | general | 6
s1 | 2024-06-30 | general | 6.5
s1 | 2024-06-30 | serious | 12
s1 | 2024-07-01 | serious | 48
s2 | 2024-05-31 | general | 3"""


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # (4.7 + 4.9) ÷ 2
        ("dsr_score", {"s1": Fraction("4.8"), "s2": "not_applicable"}),
        ("tmall_general_points", {"s1": Fraction("12.5"), "s2": Fraction(0)}),
        ("tmall_serious_points", {"s1": Fraction(12), "s2": Fraction(0)}),
    ],
)
def test_a_shops_standing(metric: str, expected: Mapping[str, Fraction | str]) -> None:
    chats = talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A")
    happened = events(Platform.TAOBAO, **chats, dsr_snapshots=DAYS, platform_violations=POINTS, agents=AGENTS)
    assert {store: value(happened, metric, store, By.SHOP) for store in expected} == expected
    assert counted(happened, metric) == {"A": "not_applicable"}
    assert counted(happened, metric, By.TEAM) == {"after": "not_applicable"}


@pytest.mark.parametrize(
    ("metric", "table", "column", "by"),
    [
        ("satisfaction_rate", "service_ratings", "rated_at", By.AGENT),
        ("satisfaction_rate", "chat_sessions", "store_id", By.SHOP),
        ("ks_good_rating_rate", "service_ratings", "agent_id", By.AGENT),
        ("order_satisfaction", "reviews", "score", By.AGENT),
        ("complaint_rate", "complaints", "upheld", By.AGENT),
        ("internal_complaint_count", "complaints", "channel", By.AGENT),
        ("review_recovery_count", "reviews", "changed_at", By.AGENT),
        ("review_recovery_rate", "reviews", "final_rating", By.SHOP),
        ("dsr_score", "dsr_snapshots", "score", By.SHOP),
        ("tmall_general_points", "platform_violations", "kind", By.SHOP),
        ("dispute_completion_rate", "refunds", "handler_agent_id", By.AGENT),
        ("refund_rate", "refunds", "final_status", By.AGENT),
        ("refund_duration_h", "refunds", "applied_at", By.SHOP),
        ("dispute_refund_rate", "disputes", "refund_success", By.AGENT),
        ("dispute_count", "disputes", "applied_intervention_at", By.AGENT),
        ("dispute_rate", "orders", "store_id", By.SHOP),
        ("platform_intervention_rate", "disputes", "applied_intervention_at", By.SHOP),
    ],
)
def test_a_missing_column_is_named(metric: str, table: str, column: str, by: By) -> None:
    happened = events(
        chat_sessions=CHATS["chat_sessions"],
        chat_messages=CHATS["chat_messages"],
        orders=ORDERS,
        refunds=REFUNDS,
        disputes=DISPUTES,
        service_ratings=RATINGS,
        complaints=COMPLAINTS,
        reviews=REVIEWS,
        dsr_snapshots=DAYS,
        platform_violations=POINTS,
    )
    assert not any(found.startswith("missing") for found in counted(happened, metric, by).values())
    less = {**happened.tables, table: happened.tables[table].drop(column)}
    assert set(counted(events(**less), metric, by).values()) == {f"missing: {table}.{column}"}


def test_an_exchange_is_no_refund() -> None:
    """One of two orders is paid back after 4 h, the other exchanged: 1 of 2 and 4 h, not 2 of 2 and 50 h."""
    happened = events_of(
        ("2024-06-01", "2024-06-30"),
        orders="order_id | store_id | paid_at\no1 | S | 2024-06-01 10:00:00\no2 | S | 2024-06-01 11:00:00",
        refunds="""
refund_id | order_id | type | applied_at | closed_at | final_status
r1 | o1 | refund_only | 2024-06-02 10:00:00 | 2024-06-02 14:00:00 | success
r2 | o2 | exchange | 2024-06-02 10:00:00 | 2024-06-06 10:00:00 | success
""",
    )
    assert value(happened, "refund_rate", "S", By.SHOP) == Fraction(1, 2)
    assert value(happened, "refund_duration_h", "S", By.SHOP) == 4


def test_presence_without_a_store_belongs_to_the_only_one() -> None:
    """Online 08:00–15:30 on one day of one: 7.5 of 15 h; with a second store in the orders nobody can say whose."""
    presence = "agent_id | state | from | to\nA | online | 2024-06-01 08:00:00 | 2024-06-01 15:30:00"
    orders = "order_id | store_id | paid_at\no1 | S | 2024-06-01 10:00:00"
    day = ("2024-06-01", "2024-06-01")
    one = events_of(day, agent_presence=presence, orders=orders)
    assert value(one, "online_coverage", "S", By.SHOP) == Fraction(1, 2)
    two = events_of(day, agent_presence=presence, orders=orders + "\no2 | T | 2024-06-01 10:00:00")
    assert value(two, "online_coverage", "S", By.SHOP) == "missing: agent_presence.store_id"


def test_where_nobody_is_named_the_reason_is_still_told() -> None:
    alone = events_of(
        ("2024-06-01", "2024-06-01"), refunds="refund_id | order_id | applied_at\nr1 | o1 | 2024-06-01 10:00:00"
    )
    assert value(alone, "refund_rate", "", By.SHOP).startswith("missing: ")
