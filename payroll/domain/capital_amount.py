"""An amount in capital numerals (人民币大写), as 支付结算办法 annex 1 writes it on vouchers.

The annex leaves some 零 and 整 to the writer. One canonical form is used here: 零 wherever a place inside the
whole yuan is skipped, also across 万 and 亿; no 零 for an empty yuan place before 角; 整 after 元 and after 角,
never after 分.
"""

from __future__ import annotations

from decimal import Decimal

from grading.kernel.money import to_fen

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")


def capital_amount(amount: Decimal) -> str:
    """The amount in words. Raises InexactAmount when it is finer than a fen, or not a finite Decimal.

    >>> capital_amount(Decimal("1409.50")), capital_amount(Decimal("-0.01"))
    ('人民币壹仟肆佰零玖元伍角整', '人民币负壹分')
    """
    fen = to_fen(amount)
    yuan, below_yuan = divmod(abs(fen), 100)
    words = "人民币负" if fen < 0 else "人民币"
    if yuan or not below_yuan:
        words += (_whole(yuan) or "零") + "元"
    jiao, last = divmod(below_yuan, 10)
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif last and yuan:
        words += "零"
    return words + (_DIGITS[last] + "分" if last else "整")


def _whole(number: int) -> str:
    """A whole number in capital numerals; nothing for zero."""
    words = ""
    skipped = False
    for place in reversed(range(len(str(number)))):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if skipped and words else "") + _DIGITS[digit] + _UNITS[place % 4]
        skipped = not digit
        if place % 8 == 4 and number // 10**place % 10_000:
            words += "万"
        elif place and place % 8 == 0:
            words += "亿"
    return words
