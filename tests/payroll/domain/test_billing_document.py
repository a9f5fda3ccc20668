"""A contract document becomes exactly the terms it describes, or names every problem in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.bands import Bands
from grading.kernel.document import BrokenDocument, canonical_data
from payroll.domain.billing import Inquiries, Price, ShopSales, TempDays, Terms
from payroll.domain.billing_document import ContractDocument, contract_from
from payroll.domain.rules import Basis

D, F = Decimal, Fraction
HEAD: dict[str, Any] = {
    "contract": "jia_2024",
    "client_zh": "甲方商贸有限公司",
    "client_en": "Jia Trading",
    "shop": "甲店 旗舰店",
    "effective_from": date(2024, 1, 1),
}
BANDS = [{"from": "0", "price": "1.20"}, {"from": "2000", "price": "1.00"}]


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ({"model": "fixed", "fee": "3500.00"}, Price(D("3500.00"))),
        (
            {"model": "base_commission", "base": "1800.00", "rate": "0.015"},
            Price(D("1800.00"), ShopSales(F("0.015"))),
        ),
        (
            {"model": "inquiry_tiers", "bands": BANDS},
            Price(counted=Inquiries(Bands("inquiries", ((F(0), F("1.2")), (F(2000), F(1)))), Basis.MARGINAL)),
        ),
        (
            {"model": "inquiry_tiers", "mode": "whole", "bands": BANDS},
            Price(counted=Inquiries(Bands("inquiries", ((F(0), F("1.2")), (F(2000), F(1)))), Basis.WHOLE)),
        ),
        (
            {"model": "temp_days", "day_price": "200.00", "day_price_range": {"min": "150.00", "max": "300.00"}},
            Price(counted=TempDays(D("200.00"))),
        ),
    ],
    ids=["fixed", "base and commission", "tiers", "whole tiers", "days"],
)
def test_each_model_is_read(written: dict[str, Any], price: Price) -> None:
    data = {**HEAD, **written, "to": date(2024, 12, 31)}
    terms = Terms("甲方商贸有限公司", "Jia Trading", price, date(2024, 12, 31))
    expected = ContractDocument("jia_2024", "甲方商贸有限公司", "Jia Trading", "甲店 旗舰店", date(2024, 1, 1), terms)
    assert contract_from(data) == expected
    assert contract_from(canonical_data(data)) == expected  # as it is stored


def test_an_english_name_that_is_left_out_is_the_chinese_one_and_the_end_is_open() -> None:
    data = {key: value for key, value in HEAD.items() if key != "client_en"}
    found = contract_from({**data, "model": "fixed", "fee": "1"})
    assert (found.name_en, found.terms.client_en, found.terms.last_day) == (HEAD["client_zh"], HEAD["client_zh"], None)


def broken(written: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as raised:
        contract_from({**HEAD, **written})
    return [(problem.path, problem.wrong) for problem in raised.value.problems]


FIXED = {"model": "fixed", "fee": "3500.00"}
BASE = {"model": "base_commission", "base": "1800.00", "rate": "0.015"}
DAYS = {"model": "temp_days", "day_price": "200.00"}


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        # 「150-30元」 as it stands in the seed
        ({**DAYS, "day_price_range": {"min": "150.00", "max": "30.00"}},
         [("day_price_range.min", "the range is reversed")]),
        ({**DAYS, "day_price_range": {"min": "150", "max": "199.99"}}, [("day_price", "lies outside its range")]),
        ({**FIXED, "fee_range": {"min": "3500.01", "max": "4500"}}, [("fee", "lies outside its range")]),
        ({**BASE, "base_range": {"min": "2000", "max": "1500"}, "rate_range": {"min": "0.03", "max": "0.01"}},
         [("base_range.min", "the range is reversed"), ("rate_range.min", "the range is reversed")]),
        ({**FIXED, "fee_range": {"min": "3000"}}, [("fee_range.max", "is missing")]),
        ({**FIXED, "rate": "0.01"}, [("rate", "does not belong here")]),
        ({**BASE, "rate": "1.5"}, [("rate", "is not such a number")]),
        ({**BASE, "base": "-1"}, [("base", "is not an amount")]),
        ({"model": "monthly", "fee": "1"}, [("model", "is not one of the choices")]),
        ({"model": "monthly", "fee": "1", "bands": [], "day_price": "x"}, [("model", "is not one of the choices")]),
        ({"fee": "1"}, [("model", "is missing")]),
        ({**FIXED, "fee_range": {"min": "x", "max": "3000.00"}}, [("fee_range.min", "is not an amount")]),
        ({"model": "fixed"}, [("fee", "is missing")]),
        ({"model": "inquiry_tiers"}, [("bands", "is missing")]),
        ({"model": "inquiry_tiers", "bands": [{"from": "1", "price": "1"}]},
         [("bands.0.from", "the lowest band does not start at the bottom")]),
        ({**FIXED, "to": date(2023, 12, 31)}, [("to", "lies before the first day")]),
        ({**FIXED, "shop": ""}, [("shop", "is not a text")]),
        ({**FIXED, "discount": "0.1"}, [("discount", "is not a known key")]),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(written: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    assert broken(written) == problems


def test_the_edges_of_a_range_are_inside_it() -> None:
    for price in ("150.00", "300.00"):
        contract_from(
            {**HEAD, "model": "temp_days", "day_price": price, "day_price_range": {"min": "150", "max": "300"}}
        )


def test_a_contract_may_be_for_a_single_day() -> None:
    found = contract_from({**HEAD, **FIXED, "to": HEAD["effective_from"]})
    assert found.terms.last_day == found.effective_from


def test_a_contract_may_say_where_it_comes_from() -> None:
    assert contract_from({**HEAD, **FIXED, "source": "signed in January"}) == contract_from({**HEAD, **FIXED})
