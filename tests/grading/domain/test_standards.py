"""Platform standards: every threshold at its edge and on both sides, both readings, points and fines.

Expected values are requirements §1.9, §1.15 and §3.1, or worked by hand.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue
from grading.domain.scoring import Direction, Linear
from grading.domain.standards import (
    NO_BENCHMARK,
    NO_DATA,
    TARGET,
    FakeTrade,
    Of,
    Operator,
    Override,
    PlatformRules,
    PointsMissing,
    Standard,
    State,
    UnknownStandard,
    UnknownStandardReading,
    Violation,
    Window,
    fake_trade,
    invoice_penalty,
    judge,
    late_shipping_penalty,
    penalties,
    tmall_points,
)
from grading.kernel.errors import NoRuleInForce
from grading.kernel.exact import shown
from grading.kernel.period import Span
from grading.rulebook import platform_rules

DAY = date(2026, 6, 30)


def rules(platform: str, day: date = DAY) -> PlatformRules:
    held = platform_rules(platform)
    assert held is not None
    return held.on(day)


def standard(metric: str, other_readings: tuple[str, ...] = (), platform: str = "kuaishou") -> Standard:
    found = next(each for each in rules(platform).standards if each.metric == metric)
    return found.read(other_readings, None)


def value(metric: str, numerator: str, denominator: str = "1") -> MetricValue:
    return MetricValue(metric, By.SHOP, "s1", Fraction(numerator), Fraction(denominator))


def judged(metric: str, numerator: str, denominator: str = "1", *other_readings: str) -> tuple[State, tuple[str, ...]]:
    found = judge(standard(metric, other_readings), value(metric, numerator, denominator))
    return found.state, tuple(breach.consequence for breach in found.breaches)


MET, BETWEEN, BREACHED = State.MET, State.BETWEEN, State.BREACHED


# --- The examples of requirements §3.1 and §4 ------------------------------------------------------------------------


def test_examples_m_10_three_minutes_at_85_percent_lie_between_and_score_75() -> None:
    assert judged("ks_reply_rate_3min", "85", "100") == (BETWEEN, ())
    held = standard("ks_reply_rate_3min")
    assert held.target is not None
    threshold = held.thresholds[0].when[0]
    assert (threshold.edge, held.target.edge) == (Fraction(70, 100), Fraction(90, 100))
    linear = Linear.checked("ks_reply_rate_3min", Direction.HIGHER, Fraction("0.70"), Fraction("0.90"))
    assert linear.score(Fraction(85, 100)) == 75


def test_examples_m_11_the_raw_ratio_is_compared_never_the_rounded_one() -> None:
    assert judged("ks_timely_ship_rate", "1700", "1900") == (BETWEEN, ())
    rounded = shown(Fraction(1700, 1900), 4)
    assert rounded == "0.8947"
    assert judged("ks_timely_ship_rate", rounded) == (BREACHED, ("experience_lowest",))


def test_examples_m_12_six_interventions_of_1180_orders_are_a_violation() -> None:
    found = judge(standard("ks_dispute_intervention_rate"), value("ks_dispute_intervention_rate", "6", "1180"))
    assert found.state is BREACHED
    (breach,) = found.breaches
    assert (breach.value, breach.count) == (Fraction(6, 1180), 6)
    assert breach.consequence == "violation"
    assert [each.operator.value for each in breach.threshold.when] == [">=", ">"]
    assert shown(breach.value * 100, 4) == "0.5085"


def test_examples_m_13_four_faults_of_1900_reach_the_threshold() -> None:
    assert judged("ks_merchant_fault_rate", "4", "1900") == (BREACHED, ("experience_gate", "star_gate"))
    assert shown(Fraction(4, 1900) * 100, 4) == "0.2105"


@pytest.mark.parametrize(("price", "owed"), [("1899.00", "500.00"), ("299.90", "89.97")])
def test_examples_e_39_late_shipping(price: str, owed: str) -> None:
    rule = rules("tmall").late_shipping
    assert rule is not None
    assert Fraction(price) * rule.rate in {Fraction("569.70"), Fraction("89.97")}
    assert late_shipping_penalty(Decimal(price), rule) == Decimal(owed)


def test_examples_e_39_an_invoice_has_no_cap() -> None:
    rule = rules("tmall").invoice
    assert rule is not None
    assert invoice_penalty(Decimal("1234.56"), rule) == Decimal("370.37")  # 370.368
    assert invoice_penalty(Decimal("5000.00"), rule) == Decimal("1500.00")


def test_examples_e_40_24_points_cost_20000_and_seven_days_of_supervision() -> None:
    ladders = rules("tmall").ladders
    assert ladders is not None
    found = tmall_points(24, ladders["general"])
    assert (found.times, found.fine) == (2, Decimal("20000.00"))
    assert found.band is not None
    assert found.band.consequence == "supervision_7d"


# --- Kuaishou: every edge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "at", "state", "consequences"),
    [
        # the two governance thresholds: at the edge is a violation
        ("ks_good_rating_rate", "0.80", BREACHED, ("violation",)),
        ("ks_good_rating_rate", "0.7999", BREACHED, ("violation",)),
        ("ks_good_rating_rate", "0.8001", BETWEEN, ()),
        ("ks_good_rating_rate", "0.8999", BETWEEN, ()),
        ("ks_good_rating_rate", "0.90", MET, ()),
        ("ks_reply_rate_3min", "0.70", BREACHED, ("violation",)),
        ("ks_reply_rate_3min", "0.6999", BREACHED, ("violation",)),
        ("ks_reply_rate_3min", "0.7001", BETWEEN, ()),
        ("ks_reply_rate_3min", "0.8999", BETWEEN, ()),
        ("ks_reply_rate_3min", "0.90", MET, ()),
        ("ks_timely_ship_rate", "0.8947", BREACHED, ("experience_lowest",)),
        ("ks_timely_ship_rate", "0.8946", BREACHED, ("experience_lowest",)),
        ("ks_timely_ship_rate", "0.89470001", BETWEEN, ()),
        ("ks_timely_ship_rate", "0.9999", BETWEEN, ()),
        ("ks_timely_ship_rate", "1", MET, ()),
        ("ks_pickup_anomaly_rate", "0", MET, ()),
        ("ks_pickup_anomaly_rate", "0.0001", BETWEEN, ()),
        ("ks_pickup_anomaly_rate", "0.0399", BETWEEN, ()),
        ("ks_pickup_anomaly_rate", "0.04", BREACHED, ("experience_gate",)),
        ("ks_pickup_anomaly_rate", "0.0401", BREACHED, ("experience_gate",)),
        ("ks_refund_only_close_h", "2", MET, ()),
        ("ks_refund_only_close_h", "2.01", BETWEEN, ()),
        ("ks_refund_only_close_h", "13.99", BETWEEN, ()),
        ("ks_refund_only_close_h", "14", BREACHED, ("experience_lowest",)),
        ("ks_return_refund_close_h", "55", MET, ()),
        ("ks_return_refund_close_h", "55.01", BETWEEN, ()),
        ("ks_return_refund_close_h", "149.99", BETWEEN, ()),
        ("ks_return_refund_close_h", "150", BREACHED, ("experience_lowest",)),
        ("ks_refund_only_handle_h", "2", MET, ()),
        ("ks_refund_only_handle_h", "2.01", BETWEEN, ()),
        ("ks_refund_only_handle_h", "11.99", BETWEEN, ()),
        ("ks_refund_only_handle_h", "12", BREACHED, ("violation",)),
        ("ks_return_refund_handle_h", "4", MET, ()),
        ("ks_return_refund_handle_h", "4.01", BETWEEN, ()),
        ("ks_return_refund_handle_h", "23.99", BETWEEN, ()),
        ("ks_return_refund_handle_h", "24", BREACHED, ("violation",)),
        ("ks_return_receipt_handle_h", "12", MET, ()),
        ("ks_return_receipt_handle_h", "12.01", BETWEEN, ()),
        ("ks_return_receipt_handle_h", "23.99", BETWEEN, ()),
        ("ks_return_receipt_handle_h", "24", BREACHED, ("violation",)),
    ],
)
def test_an_edge(metric: str, at: str, state: State, consequences: tuple[str, ...]) -> None:
    assert judged(metric, at) == (state, consequences)


@pytest.mark.parametrize(
    ("metric", "edge", "below"), [("ks_good_rating_rate", "0.80", "0.7999"), ("ks_reply_rate_3min", "0.70", "0.6999")]
)
def test_a_17_read_the_other_way_exactly_at_the_edge_is_allowed(metric: str, edge: str, below: str) -> None:
    assert judged(metric, edge, "1", "A-17") == (BETWEEN, ())
    assert judged(metric, below, "1", "A-17") == (BREACHED, ("violation",))


@pytest.mark.parametrize(
    ("disputes", "orders", "by_default", "otherwise"),
    [
        ("5", "1000", MET, BREACHED),  # exactly 0.5 %, exactly five: the reading decides
        ("5", "1001", MET, MET),  # five, just below 0.5 %
        ("5", "999", BREACHED, BREACHED),  # five, just above
        ("4", "799", BETWEEN, BETWEEN),  # above 0.5 %, four only: the target is missed, nothing follows
        ("4", "800", MET, MET),
        ("6", "1200", MET, BREACHED),
    ],
)
def test_a_16_both_readings_of_the_dispute_rate(
    disputes: str, orders: str, by_default: State, otherwise: State
) -> None:
    assert judged("ks_dispute_intervention_rate", disputes, orders)[0] is by_default
    assert judged("ks_dispute_intervention_rate", disputes, orders, "A-16")[0] is otherwise


@pytest.mark.parametrize(
    ("faults", "refunds", "expected"),
    [
        ("0", "2000", (MET, ())),
        ("1", "2000", (BETWEEN, ())),
        ("3", "1000", (BETWEEN, ())),  # 0.3 %, three only
        ("4", "2000", (BREACHED, ("experience_gate", "star_gate"))),  # exactly four, exactly 0.2 %
        ("4", "2001", (BREACHED, ("star_gate",))),  # four, just below 0.2 %: only the star gate
        ("4", "1999", (BREACHED, ("experience_gate", "star_gate"))),
    ],
)
def test_merchant_faults_need_count_and_rate(faults: str, refunds: str, expected: object) -> None:
    assert judged("ks_merchant_fault_rate", faults, refunds) == expected


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (None, NO_DATA),
        (MetricValue("ks_timely_ship_rate", By.SHOP, "s1", reason=NOT_APPLICABLE), NOT_APPLICABLE),
        (
            MetricValue("ks_timely_ship_rate", By.SHOP, "s1", reason="missing: orders.paid_at"),
            "missing: orders.paid_at",
        ),
    ],
)
def test_no_value_is_not_a_pass(measured: MetricValue | None, reason: str) -> None:
    found = judge(standard("ks_timely_ship_rate"), measured)
    assert (found.state, found.reason, found.breaches) == (State.NOT_MEASURED, reason, ())


def test_a_distance_is_positive_on_the_safe_side() -> None:
    threshold = standard("ks_reply_rate_3min").thresholds[0].when[0]
    assert threshold.distance(Fraction("0.85")) == Fraction("0.15")
    assert threshold.distance(Fraction("0.65")) == Fraction("-0.05")
    hours = standard("ks_refund_only_close_h").thresholds[0].when[0]
    assert hours.distance(Fraction(10)) == 4


def test_readings_are_one_of_two_operators() -> None:
    held = rules("kuaishou")
    assert held.other_readings({}) == frozenset()
    assert held.other_readings({"standards.A-16": ">"}) == frozenset()
    assert held.other_readings({"standards.A-16": ">=", "standards.A-17": "<"}) == {"A-16", "A-17"}
    with pytest.raises(UnknownStandardReading):
        held.other_readings({"standards.A-16": "<="})


def test_a_shop_has_its_own_number() -> None:
    own = Override("ks_reply_rate_3min", TARGET, Of.VALUE, Operator.ABOVE, Fraction("0.95"))
    changed = {each.metric: each for each in rules("kuaishou").overridden([own], DAY).standards}
    assert judge(changed["ks_reply_rate_3min"], value("ks_reply_rate_3min", "0.95")).state is BETWEEN
    assert judge(changed["ks_reply_rate_3min"], value("ks_reply_rate_3min", "0.951")).state is MET
    edge = Override("ks_dispute_intervention_rate", "violation", Of.COUNT, Operator.AT_LEAST, Fraction(7))
    changed = {each.metric: each for each in rules("kuaishou").overridden([edge], DAY).standards}
    assert judge(changed["ks_dispute_intervention_rate"], value("ks_dispute_intervention_rate", "6", "1180")).state is (
        BETWEEN
    )


@pytest.mark.parametrize(
    ("metric", "edge", "of"),
    [
        ("deal_rate", TARGET, Of.VALUE),
        ("ks_reply_rate_3min", "star_gate", Of.VALUE),
        ("ks_reply_rate_3min", "violation", Of.COUNT),
    ],
)
def test_a_number_for_what_the_platform_does_not_have_is_refused(metric: str, edge: str, of: Of) -> None:
    with pytest.raises(UnknownStandard):
        rules("kuaishou").overridden([Override(metric, edge, of, Operator.BELOW, Fraction(1))], DAY)


# --- Which rule, which days ------------------------------------------------------------------------------------------


def test_kuaishou_has_no_rule_before_2022_10_05() -> None:
    with pytest.raises(NoRuleInForce):
        rules("kuaishou", date(2022, 10, 4))
    assert len(rules("kuaishou", date(2022, 10, 5)).standards) == 11


def test_douyin_has_no_numbers() -> None:
    assert platform_rules("douyin") is None


@pytest.mark.parametrize(
    ("window", "first", "last", "periods"),
    [
        (Window.LAST_DAY, "2026-06-29", "2026-06-30", [("2026-06-29", "2026-06-29"), ("2026-06-30", "2026-06-30")]),
        # June 2026: the 1st is a Monday, Sundays are the 7th, 14th, 21st and 28th
        (
            Window.NATURAL_WEEK,
            "2026-06-07",
            "2026-06-20",
            [("2026-06-01", "2026-06-07"), ("2026-06-08", "2026-06-14")],
        ),
        (Window.NATURAL_WEEK, "2026-06-08", "2026-06-13", []),
        (Window.LAST_30_DAYS, "2026-06-15", "2026-06-30", [("2026-06-01", "2026-06-30")]),
        (Window.T33_T4, "2026-06-01", "2026-06-30", [("2026-05-28", "2026-06-26")]),
    ],
)
def test_periods_of_a_window(window: Window, first: str, last: str, periods: list[tuple[str, str]]) -> None:
    end = date.fromordinal(date.fromisoformat(last).toordinal() + 1)
    found = window.periods(Span(date.fromisoformat(first), end))
    assert [(each.start.isoformat(), each.last_day.isoformat()) for each in found] == periods


# --- PDD -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "state"), [("0.92", State.MET), ("0.9199", State.BREACHED), ("0.9201", State.MET), ("1", State.MET)]
)
def test_the_five_minute_rate_below_the_industry_brings_a_second_level_penalty(rate: str, state: State) -> None:
    (asked,) = rules("pdd").standards
    found = judge(asked.read((), Fraction("0.92")), value("pdd_reply_rate_5min", rate))
    assert found.state is state
    assert [each.consequence for each in found.breaches] == (["second_level_penalty"] if state is BREACHED else [])


def test_without_the_industrys_value_it_is_not_measured() -> None:
    (asked,) = rules("pdd").standards
    found = judge(asked.read((), None), value("pdd_reply_rate_5min", "0.10"))
    assert (found.state, found.reason) == (State.NOT_MEASURED, NO_BENCHMARK)


def test_fake_shipping_costs_5_to_100_for_each_order_and_diversion_has_four_consequences() -> None:
    held = platform_rules("pdd")
    assert held is not None
    fake, diverted = penalties([Violation(DAY, "fake_shipping", count=3), Violation(DAY, "diversion")], held)
    assert (fake.least, fake.most) == (Decimal("15.00"), Decimal("300.00"))
    assert diverted.consequences == ("risky_orders_closed", "withdrawal_limited", "goods_banned", "deposit_raised")
    assert diverted.least is None


# --- Tmall -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "before", "times", "band", "fine"),
    [
        (0, 0, 0, None, "0.00"),
        (11, 0, 0, None, "0.00"),
        (12, 0, 1, None, "10000.00"),
        (23, 0, 1, None, "10000.00"),
        (24, 0, 2, "supervision_7d", "20000.00"),
        (24, 12, 1, "supervision_7d", "10000.00"),
        (36, 24, 1, None, "10000.00"),
        (47, 0, 3, "supervision_7d", "30000.00"),
        (48, 0, 4, "supervision_28d", "40000.00"),
        (48, 47, 1, "supervision_28d", "10000.00"),
    ],
)
def test_general_points(points: int, before: int, times: int, band: str | None, fine: str) -> None:
    ladders = rules("tmall").ladders
    assert ladders is not None
    found = tmall_points(points, ladders["general"], before)
    assert (found.times, found.band and found.band.consequence, found.fine) == (times, band, Decimal(fine))


@pytest.mark.parametrize(
    ("points", "before", "band", "fine"),
    [
        (11, 0, None, "0.00"),
        (12, 0, "serious_12", "20000.00"),
        (23, 12, None, "0.00"),
        (24, 12, "serious_24", "30000.00"),
        (36, 24, "serious_36", "40000.00"),
        (48, 36, "expulsion", "0.00"),
        (48, 0, "expulsion", "0.00"),
    ],
)
def test_serious_points(points: int, before: int, band: str | None, fine: str) -> None:
    ladders = rules("tmall").ladders
    assert ladders is not None
    found = tmall_points(points, ladders["serious"], before)
    assert (found.times, found.band and found.band.consequence, found.fine) == (0, band, Decimal(fine))


@pytest.mark.parametrize(
    ("time", "orders", "points"),
    [
        (1, 95, 0),
        (1, 96, 12),
        (2, 95, 0),
        (2, 96, 12),
        (3, 95, 12),
        (3, 96, 48),
        (4, 1, 48),
        (4, 96, 48),
        (9, 1, 48),
    ],
)
def test_fake_trade(time: int, orders: int, points: int) -> None:
    table = rules("tmall").fake_trade
    assert isinstance(table, FakeTrade)
    assert fake_trade(time, orders, table) == points


@pytest.mark.parametrize(
    ("price", "owed"),
    [("1666.66", "500.00"), ("1666.67", "500.00"), ("1666.64", "499.99"), ("0.05", "0.02"), ("0.00", "0.00")],
)
def test_late_shipping_at_its_cap_and_at_half_a_fen(price: str, owed: str) -> None:
    rule = rules("tmall").late_shipping
    assert rule is not None
    assert late_shipping_penalty(Decimal(price), rule) == Decimal(owed)


def test_a_year_of_violations_adds_up_by_ladder_in_order_of_day() -> None:
    held = platform_rules("tmall")
    assert held is not None
    found = penalties(
        [
            Violation(date(2026, 5, 1), "fake_trade", count=10),  # the third time, below 96: 12
            Violation(date(2026, 1, 5), "fake_trade", count=95),  # 0
            Violation(date(2026, 2, 1), "fake_trade", count=96),  # 12 → 10 000
            Violation(date(2026, 3, 1), "serious", points=12),
            Violation(date(2026, 4, 1), "late_shipping", count=2, amount=Decimal("1899.00")),
            Violation(date(2026, 6, 1), "mass_fake_trade", count=1),  # 48: 24 → 72 points
        ],
        held,
    )
    assert [(each.violation.day.month, each.points, each.points_after, str(each.most)) for each in found] == [
        (1, 0, 0, "0.00"),
        (2, 12, 12, "10000.00"),
        (3, 12, 12, "20000.00"),
        (4, 0, 0, "1000.00"),
        (5, 12, 24, "10000.00"),
        (6, 48, 72, "40000.00"),
    ]
    assert found[4].consequences == ("marketing_restriction_7d", "supervision_7d")
    assert found[5].consequences == ("search_demotion_30d", *["marketing_restriction_7d"] * 4, "supervision_28d")


def test_points_that_no_table_gives_must_be_entered() -> None:
    held = platform_rules("tmall")
    assert held is not None
    with pytest.raises(PointsMissing):
        penalties([Violation(DAY, "general")], held)


def test_an_act_before_the_first_rule_is_not_judged() -> None:
    held = platform_rules("kuaishou")
    assert held is not None
    with pytest.raises(NoRuleInForce):
        penalties([Violation(date(2022, 10, 4), "violation")], held)
