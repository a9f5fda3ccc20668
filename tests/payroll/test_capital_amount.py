"""人民币大写, word for word: every expectation was written by hand from 支付结算办法 annex 1 and its examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grading.kernel.errors import InexactAmount
from payroll.domain.capital_amount import capital_amount


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "人民币壹拾万零柒仟元伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("0.00", "人民币零元整"),
        ("-0.00", "人民币零元整"),
        ("0.01", "人民币壹分"),
        ("0.10", "人民币壹角整"),
        ("0.56", "人民币伍角陆分"),
        ("1.00", "人民币壹元整"),
        ("10.00", "人民币壹拾元整"),
        ("10.10", "人民币壹拾元壹角整"),
        ("20.05", "人民币贰拾元零伍分"),
        ("110.00", "人民币壹佰壹拾元整"),
        ("1001.00", "人民币壹仟零壹元整"),
        ("1010.00", "人民币壹仟零壹拾元整"),
        ("10000.00", "人民币壹万元整"),
        ("15300.00", "人民币壹万伍仟叁佰元整"),
        ("100700.00", "人民币壹拾万零柒佰元整"),
        ("10003000.00", "人民币壹仟万零叁仟元整"),
        ("10000000.01", "人民币壹仟万元零壹分"),
        ("100000000.00", "人民币壹亿元整"),
        ("100000001.00", "人民币壹亿零壹元整"),
        ("100001000.00", "人民币壹亿零壹仟元整"),
        ("100010000.00", "人民币壹亿零壹万元整"),
        ("1000000000000.00", "人民币壹万亿元整"),
        ("1000100000000.00", "人民币壹万零壹亿元整"),
        (
            "999999999999.99",
            "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
        ),
        ("123456789.12", "人民币壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分"),
        ("-325.04", "人民币负叁佰贰拾伍元零肆分"),
        ("-0.01", "人民币负壹分"),
        ("8", "人民币捌元整"),
    ],
)
def test_the_words_of_an_amount(amount: str, words: str) -> None:
    assert capital_amount(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
def test_an_amount_that_is_no_whole_number_of_fen_is_refused(amount: str) -> None:
    with pytest.raises(InexactAmount):
        capital_amount(Decimal(amount))


def test_a_float_is_refused() -> None:
    with pytest.raises(InexactAmount):
        capital_amount(1.5)  # type: ignore[arg-type]


_DIGIT = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNIT = {"拾": 10, "佰": 100, "仟": 1000}


def _yuan_read_back(words: str) -> int:
    """The whole yuan that the words say, read by a reader who knows nothing of how they were written."""
    total = group = digit = 0
    for character in words:
        if character in _DIGIT:
            digit = _DIGIT[character]
        elif character in _UNIT:
            group += digit * _UNIT[character]
            digit = 0
        elif character == "万":
            total += (group + digit) * 10_000
            group = digit = 0
        elif character == "亿":
            total = (total + group + digit) * 10**8
            group = digit = 0
    return total + group + digit


def test_the_words_read_back_to_the_same_yuan() -> None:
    around_powers = (10**power + offset for power in range(4, 12) for offset in (-1, 0, 1, 10, 1010))
    for yuan in (*range(1, 12_000, 7), *around_powers):
        words = capital_amount(Decimal(yuan))
        assert words.startswith("人民币")
        assert words.endswith("元整")
        assert "零零" not in words
        assert _yuan_read_back(words[3:-2]) == yuan, words
