"""Bills of client shops and the cost of those who served them: seed 004 L34, examples E-35 … E-38, A-13.

Every expected amount is worked by hand beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.kernel.bands import Bands
from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span
from payroll.domain.billing import (
    INQUIRIES,
    NO_SHOP,
    SALES,
    TEMP_DAYS,
    BilledTwice,
    BillingMeasureMissing,
    Contract,
    ContractNotInForce,
    Inquiries,
    Price,
    PriceChangesInMonth,
    ShopMonth,
    ShopSales,
    Statement,
    TempDays,
    Terms,
    bill,
    cost_by_shop,
    days_of,
    refuse_billed_twice,
)
from payroll.domain.rules import Basis

D, F = Decimal, Fraction
JUNE = Month(2024, 6)  # 30 days
JULY = Month(2024, 7)  # 31 days
EVERY_DAY = frozenset(days_of(JUNE.span))
TIERS = Bands("inquiries", ((F(0), F("1.20")), (F(2000), F("1.00")), (F(5000), F("0.80"))))


def contract(*versions: tuple[str, Price], code: str = "c1", shop: str = "甲店", last_day: str = "") -> Contract:
    """Versions by first day; ``last_day`` ends the last of them."""
    end = date.fromisoformat(last_day) if last_day else None
    held = [
        (date.fromisoformat(since), Terms("甲方", "Client", price, end if since == versions[-1][0] else None))
        for since, price in versions
    ]
    return Contract(code, shop, Dated.of("contract", held))


def fee(amount: str) -> Price:
    return Price(per_agent=D(amount))


def june(first: int, last: int) -> frozenset[date]:
    return frozenset(date(2024, 6, day) for day in range(first, last + 1))


def amounts(statement: Statement) -> list[tuple[str, str, str]]:
    return [(line.code, line.agent_no, str(line.amount)) for line in statement.lines]


def served(*agents: str) -> dict[str, frozenset[date]]:
    return dict.fromkeys(agents, EVERY_DAY)


@pytest.mark.parametrize(
    ("price", "expected"), [("3500.00", "10500.00"), ("3000.00", "9000.00"), ("4500.00", "13500.00")]
)
def test_e_35_three_agents_at_a_fixed_fee(price: str, expected: str) -> None:
    statement = bill(contract(("2024-01-01", fee(price))), ShopMonth(JUNE, served("A1", "A2", "A3"), {}))
    assert amounts(statement) == [("agent_fee", agent, price) for agent in ("A1", "A2", "A3")]
    assert statement.total == D(expected)


@pytest.mark.parametrize(
    ("base", "rate", "expected"),
    [("1800.00", "0.015", "9900.00"), ("1500.00", "0.01", "7200.00"), ("2000.00", "0.03", "16600.00")],
)
def test_e_36_a_base_for_each_agent_and_commission_on_the_shops_sales(base: str, rate: str, expected: str) -> None:
    price = Price(D(base), ShopSales(F(rate)))
    statement = bill(contract(("2024-01-01", price)), ShopMonth(JUNE, served("A1", "A2"), {SALES: F(420_000)}))
    assert [code for code, _agent, _amount in amounts(statement)] == ["agent_fee", "agent_fee", "shop_commission"]
    assert statement.total == D(expected)


@pytest.mark.parametrize(("mode", "expected"), [(Basis.MARGINAL, "6440.00"), (Basis.WHOLE, "5040.00")])
def test_e_37_inquiries_by_tier(mode: Basis, expected: str) -> None:
    # marginal: 2000 × 1.20 + 3000 × 1.00 + 1300 × 0.80 = 2400 + 3000 + 1040; whole: 6300 × 0.80
    price = Price(counted=Inquiries(TIERS, mode))
    statement = bill(contract(("2024-01-01", price)), ShopMonth(JUNE, served("A1"), {INQUIRIES: F(6300)}))
    assert amounts(statement) == [("inquiry_fee", "", expected)]


@pytest.mark.parametrize(
    ("mode", "quantity", "expected"),
    [
        (Basis.MARGINAL, 2000, "2400.00"),  # 2000 × 1.20: the edge adds nothing of the next band
        (Basis.MARGINAL, 2001, "2401.00"),
        (Basis.WHOLE, 1999, "2398.80"),
        (Basis.WHOLE, 2000, "2000.00"),  # the edge belongs to the band above it: a declared cliff
        (Basis.WHOLE, 0, "0.00"),
    ],
)
def test_tiers_at_their_edges(mode: Basis, quantity: int, expected: str) -> None:
    price = Price(counted=Inquiries(TIERS, mode))
    statement = bill(contract(("2024-01-01", price)), ShopMonth(JUNE, {}, {INQUIRIES: F(quantity)}))
    assert amounts(statement) == [("inquiry_fee", "", expected)]


def test_e_38_days_of_temporary_agents() -> None:
    statement = bill(
        contract(("2024-01-01", Price(counted=TempDays(D("200.00"))))),
        ShopMonth(JUNE, served("A1"), {TEMP_DAYS: F(15)}),
    )
    assert amounts(statement) == [("temp_days_fee", "", "3000.00")]


@pytest.mark.parametrize(
    ("month", "days", "expected"),
    [
        (JUNE, june(1, 30), "3500.00"),
        (JUNE, june(16, 30), "1750.00"),  # 15 of 30
        (JUNE, june(1, 10), "1166.67"),  # 3500 ÷ 3 = 1166.666…
        (JUNE, june(1, 5) | june(26, 30), "1166.67"),  # a gap changes nothing
        (JUNE, june(30, 30), "116.67"),
        (JULY, frozenset({date(2024, 7, 1)}), "112.90"),  # 3500 ÷ 31 = 112.903…
    ],
)
def test_a_part_of_a_month_is_days_of_calendar_days(month: Month, days: frozenset[date], expected: str) -> None:
    statement = bill(contract(("2024-01-01", fee("3500.00"))), ShopMonth(month, {"A1": days}, {}))
    assert amounts(statement) == [("agent_fee", "A1", expected)]


def test_somebody_without_a_day_is_not_billed() -> None:
    statement = bill(contract(("2024-01-01", fee("3500.00"))), ShopMonth(JUNE, {"A1": frozenset()}, {}))
    assert statement.lines == ()
    assert statement.total == D("0.00")


def test_a_contract_that_starts_or_ends_inside_the_month_bills_its_own_days_only() -> None:
    starts = contract(("2024-06-21", fee("3000.00")))
    ends = contract(("2024-01-01", fee("3000.00")), last_day="2024-06-10")
    assert amounts(bill(starts, ShopMonth(JUNE, served("A1"), {}))) == [("agent_fee", "A1", "1000.00")]
    assert amounts(bill(ends, ShopMonth(JUNE, served("A1"), {}))) == [("agent_fee", "A1", "1000.00")]


def test_a_new_fee_inside_the_month_makes_a_second_line() -> None:
    changed = contract(("2024-01-01", fee("3000.00")), ("2024-06-16", fee("3500.00")))
    # 3000 × 15 ÷ 30 and 3500 × 15 ÷ 30
    assert amounts(bill(changed, ShopMonth(JUNE, served("A1"), {}))) == [
        ("agent_fee", "A1", "1500.00"),
        ("agent_fee", "A1", "1750.00"),
    ]


def test_a_version_that_changes_no_price_breaks_no_line_up() -> None:
    renamed = contract(("2024-01-01", fee("3500.00")), ("2024-06-11", fee("3500.00")))
    assert amounts(bill(renamed, ShopMonth(JUNE, served("A1"), {}))) == [("agent_fee", "A1", "3500.00")]


def test_the_client_is_the_one_of_the_last_day_covered() -> None:
    held = [
        (date(2024, 1, 1), Terms("旧名", "Old", fee("1.00"))),
        (date(2024, 6, 16), Terms("新名", "New", fee("1.00"), date(2024, 6, 20))),
        (date(2024, 7, 1), Terms("后来", "Later", fee("1.00"))),
    ]
    statement = bill(Contract("c", "甲店", Dated.of("contract", held)), ShopMonth(JUNE, {}, {}))
    assert (statement.client_zh, statement.client_en) == ("新名", "New")


def test_a_month_of_net_refunds_gives_a_negative_line_as_commission_does() -> None:
    price = Price(D("1000.00"), ShopSales(F("0.02")))
    statement = bill(contract(("2024-01-01", price)), ShopMonth(JUNE, {}, {SALES: F(-4000)}))
    assert amounts(statement) == [("shop_commission", "", "-80.00")]


def test_a_fen_is_rounded_half_away_from_zero_once_for_each_line() -> None:
    # 0.3 % of 52,135.00 = 156.405; two agents at 0.05 for 15 of 30 days: 0.025 each, never 0.05 together
    price = Price(D("0.05"), ShopSales(F("0.003")))
    statement = bill(
        contract(("2024-01-01", price)),
        ShopMonth(JUNE, {"A1": june(1, 15), "A2": june(1, 15)}, {SALES: F(52_135)}),
    )
    assert [str(line.amount) for line in statement.lines] == ["0.03", "0.03", "156.41"]
    assert statement.total == D("156.47")


def test_what_is_not_counted_is_never_taken_for_zero() -> None:
    with pytest.raises(BillingMeasureMissing) as raised:
        bill(contract(("2024-01-01", Price(counted=TempDays(D("200.00"))))), ShopMonth(JUNE, {}, {SALES: F(1)}))
    assert raised.value.values == {"contract": "c1", "by": "temp_days", "month": "2024-06", "shop": "甲店"}


@pytest.mark.parametrize(
    "other",
    [Price(D("1.00"), ShopSales(F("0.02"))), Price(D("1.00")), Price(counted=TempDays(D("1.00")))],
    ids=["another rate", "no commission any more", "another measure"],
)
def test_a_counted_price_cannot_change_inside_a_month(other: Price) -> None:
    changed = contract(("2024-01-01", Price(D("1.00"), ShopSales(F("0.01")))), ("2024-06-16", other))
    with pytest.raises(PriceChangesInMonth):
        bill(changed, ShopMonth(JUNE, {}, {SALES: F(100), TEMP_DAYS: F(1)}))
    assert bill(changed, ShopMonth(Month(2024, 5), {}, {SALES: F(100)})).total == D("1.00")


def test_a_base_may_change_inside_a_month_beside_the_same_rate() -> None:
    changed = contract(
        ("2024-01-01", Price(D("1500.00"), ShopSales(F("0.01")))),
        ("2024-06-16", Price(D("1800.00"), ShopSales(F("0.01")))),
    )
    statement = bill(changed, ShopMonth(JUNE, served("A1"), {SALES: F(10_000)}))
    assert [str(line.amount) for line in statement.lines] == ["750.00", "900.00", "100.00"]


@pytest.mark.parametrize("month", [Month(2023, 12), Month(2024, 8)])
def test_a_month_without_a_covered_day_is_refused(month: Month) -> None:
    with pytest.raises(ContractNotInForce):
        bill(contract(("2024-01-01", fee("1.00")), last_day="2024-07-31"), ShopMonth(month, {}, {}))


def test_two_contracts_may_not_bill_the_same_agents_on_the_same_day() -> None:
    one = contract(("2024-01-01", fee("1.00")), code="one", last_day="2024-06-15")
    other = contract(("2024-06-15", fee("2.00")), code="two")
    with pytest.raises(BilledTwice) as raised:
        refuse_billed_twice(one, [one, other], JUNE)
    assert raised.value.values["by"] == "agents"
    refuse_billed_twice(one, [one, contract(("2024-06-16", fee("2.00")), code="two")], JUNE)
    refuse_billed_twice(one, [contract(("2024-01-01", fee("2.00")), code="two", shop="乙店")], JUNE)


def test_two_contracts_may_not_bill_the_same_count_of_a_month() -> None:
    def by_days(code: str, since: str, last_day: str = "") -> Contract:
        return contract((since, Price(counted=TempDays(D("1.00")))), code=code, last_day=last_day)

    with pytest.raises(BilledTwice) as raised:
        refuse_billed_twice(by_days("one", "2024-01-01", "2024-06-15"), [by_days("two", "2024-06-16")], JUNE)
    assert raised.value.values["by"] == "temp_days"
    refuse_billed_twice(by_days("one", "2024-01-01", "2024-06-30"), [by_days("two", "2024-07-01")], JUNE)
    refuse_billed_twice(by_days("one", "2024-01-01"), [contract(("2024-01-01", fee("1.00")), code="two")], JUNE)


def test_every_line_is_explained_by_steps() -> None:
    price = Price(D("1800.00"), ShopSales(F("0.015")))
    lines = bill(
        contract(("2024-01-01", price)), ShopMonth(JUNE, {"A1": EVERY_DAY, "A2": june(1, 10)}, {SALES: F(1)})
    ).lines
    assert [[step.code for step in line.steps] for line in lines] == [
        ["billing.agent_month"],
        ["billing.agent_days"],
        ["billing.sales"],
    ]
    assert dict(lines[1].steps[0].values) == {"monthly": "1800.00", "days": "10", "of_days": "30"}
    assert [line.steps[0].amount for line in lines] == ["1800", "600", "0.015"]


# --- Cost -------------------------------------------------------------------------------------------------------------


def test_cost_follows_the_days_at_each_shop() -> None:
    # 30 employed days: 20 at one shop, 5 at another, 5 at none
    shares = cost_by_shop(D("6000.00"), JUNE.span, {"甲店": june(1, 20), "乙店": june(21, 25)})
    assert shares == {"甲店": D("4000.00"), "乙店": D("1000.00"), NO_SHOP: D("1000.00")}


def test_a_day_at_two_shops_counts_half_for_each() -> None:
    # 甲店 20 whole and 10 half days: 25 of 30; 乙店 10 half days: 5 of 30
    shares = cost_by_shop(D("3000.00"), JUNE.span, {"甲店": EVERY_DAY, "乙店": june(21, 30)})
    assert shares == {"甲店": D("2500.00"), "乙店": D("500.00"), NO_SHOP: D("0.00")}


def test_a_day_at_three_shops_is_shared_and_no_fen_is_lost() -> None:
    # 10.00 ÷ 3: the remainder goes to the first by name
    shares = cost_by_shop(D("10.00"), JUNE.span, dict.fromkeys(("a", "b", "c"), EVERY_DAY))
    assert shares == {"a": D("3.34"), "b": D("3.33"), "c": D("3.33"), NO_SHOP: D("0.00")}


def test_days_outside_employment_cost_nothing() -> None:
    # employed from the 21st, assigned all month: the whole cost is that shop's
    employed = Span(date(2024, 6, 21), date(2024, 7, 1))
    assert cost_by_shop(D("1000.00"), employed, {"甲店": EVERY_DAY}) == {"甲店": D("1000.00"), NO_SHOP: D("0.00")}


def test_whoever_is_not_employed_at_all_costs_no_shop() -> None:
    nobody = Span(date(2024, 6, 1), date(2024, 6, 1))
    assert cost_by_shop(D("50.00"), nobody, {"甲店": EVERY_DAY}) == {"甲店": D("0.00"), NO_SHOP: D("0.00")}


DAYS = st.frozensets(st.sampled_from(sorted(EVERY_DAY)))


@given(
    fen=st.integers(min_value=-100_000, max_value=10_000_000),
    assigned=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), DAYS, max_size=4),
    first=st.integers(min_value=1, max_value=30),
)
def test_shares_of_a_cost_add_up_to_the_fen(fen: int, assigned: dict[str, frozenset[date]], first: int) -> None:
    cost = D(fen).scaleb(-2)
    shares = cost_by_shop(cost, Span(date(2024, 6, first), date(2024, 7, 1)), assigned)
    assert sum(shares.values()) == cost
    assert set(shares) == {*assigned, NO_SHOP}


@given(st.dictionaries(st.sampled_from(["A1", "A2", "A3"]), DAYS, max_size=3), st.integers(1, 1_000_000))
def test_fees_follow_the_days_and_nobody_changes_anothers(days: dict[str, frozenset[date]], fen: int) -> None:
    price = fee(str(D(fen).scaleb(-2)))
    together = bill(contract(("2024-01-01", price)), ShopMonth(JUNE, days, {}))
    alone = [
        line
        for agent in sorted(days)
        for line in bill(contract(("2024-01-01", price)), ShopMonth(JUNE, {agent: days[agent]}, {})).lines
    ]
    assert list(together.lines) == alone
    for line in together.lines:
        exact = F(fen, 100) * len(days[line.agent_no]) / 30
        assert abs(F(line.amount) - exact) <= F(1, 200)


def test_the_days_of_a_span_are_its_days() -> None:
    assert list(days_of(Span(date(2024, 2, 28), date(2024, 3, 1)))) == [date(2024, 2, 28), date(2024, 2, 29)]
    assert list(days_of(Span(date(2024, 2, 28), date(2024, 2, 28)))) == []
    assert date(2024, 6, 30) + timedelta(days=1) not in EVERY_DAY


def steps_of(statement: Statement) -> list[list[tuple[str, str | None, dict[str, str]]]]:
    return [[(each.code, each.amount, dict(each.values)) for each in line.steps] for line in statement.lines]


@pytest.mark.parametrize(
    ("counted", "measure", "quantity", "steps"),
    [
        (ShopSales(F("0.015")), SALES, 420_000, [("billing.sales", "6300", {"sales": "420000", "rate": "0.015"})]),
        (TempDays(D("200.00")), TEMP_DAYS, 15, [("billing.temp_days", "3000", {"quantity": "15", "price": "200.00"})]),
        (
            Inquiries(TIERS, Basis.MARGINAL),
            INQUIRIES,
            6300,
            [
                ("billing.inquiries", None, {"quantity": "6300"}),
                ("billing.band", "2400", {"part": "2000", "rate": "1.2"}),
                ("billing.band", "3000", {"part": "3000", "rate": "1"}),
                ("billing.band", "1040", {"part": "1300", "rate": "0.8"}),
            ],
        ),
    ],
    ids=["sales", "days", "inquiries"],
)
def test_a_line_says_how_it_came_about(
    counted: ShopSales | TempDays | Inquiries, measure: str, quantity: int, steps: list[object]
) -> None:
    statement = bill(contract(("2024-01-01", Price(counted=counted))), ShopMonth(JUNE, {}, {measure: F(quantity)}))
    assert steps_of(statement) == [steps]
