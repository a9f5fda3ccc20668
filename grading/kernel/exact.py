"""Exact numbers: a Decimal as written, or a ratio of whole numbers. Floats are refused.

``Exact`` values are kept and compared unrounded (seeds A-19, A-63: 1700/1900 must not become 0.8947). They become
decimals only at a named rounding (``money``) or when shown (``exact_text``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from grading.kernel.errors import InexactAmount

_PLAIN = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_MOST_PLACES = 18
_TOO_LONG = 10**18
_RATIO = re.compile(r"-?[0-9]{1,40}/[1-9][0-9]{0,40}", re.ASCII)


def exact(value: Decimal | Fraction | int | str) -> Fraction:
    """The number as a ratio, without any loss.

    A text must be plain ASCII digits with an optional sign and point (``-12.5``) or a ratio (``20/22``).
    Raises InexactAmount for floats, exponents, NaN, infinity, other digits and separators.
    """
    if isinstance(value, str):
        if not (_PLAIN.fullmatch(value) or _RATIO.fullmatch(value)):
            raise InexactAmount(value=value)
        return Fraction(value)
    if isinstance(value, bool | float) or (isinstance(value, Decimal) and not value.is_finite()):
        raise InexactAmount(value=value)
    return Fraction(value)


def exact_text(value: Fraction | Decimal, places: int = 10) -> str:
    """The number as plain decimal text: all its digits when they end, else rounded half away from zero to ``places``.

    >>> exact_text(Fraction(2447, 40)), exact_text(Fraction(2, 3), 6), exact_text(Fraction(5000))
    ('61.175', '0.666667', '5000')
    """
    above, below = value.as_integer_ratio()
    ending = _ending_places(below)
    if ending is not None:
        return _decimal_text(above * 10**ending // below, ending)
    rounded = (2 * abs(above) * 10**places + below) // (2 * below)
    text = _decimal_text(-rounded if above < 0 else rounded, places)
    return text.rstrip("0").rstrip(".") if places else text


def exact_store(value: Fraction) -> str:
    """The number as text that ``exact`` reads back without loss: a decimal when it ends, else ``a/b``.

    >>> exact_store(Fraction(10, 11)), exact_store(Fraction(3, 20))
    ('10/11', '0.15')
    """
    above, below = value.as_integer_ratio()
    ending = _ending_places(below)
    if ending is None or ending > _MOST_PLACES or abs(above) >= _TOO_LONG * below:
        return f"{above}/{below}"
    return _decimal_text(above * 10**ending // below, ending)


@lru_cache(maxsize=10_000)
def _ending_places(denominator: int) -> int | None:
    """How many decimals a reduced ratio with this denominator has; None when they never end."""
    if denominator == 1:
        return 0
    twos = (denominator & -denominator).bit_length() - 1
    rest = denominator >> twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _decimal_text(scaled: int, places: int) -> str:
    if not places:
        return str(scaled)
    digits = f"{abs(scaled):0{places + 1}d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def shown(value: Fraction | Decimal, places: int = 2) -> str:
    """The number for people: rounded half away from zero to a fixed number of places.

    >>> shown(Fraction("61.175"))
    '61.18'
    """
    number = Fraction(value)
    scaled = _half_up(abs(number) * 10**places)
    whole, rest = divmod(scaled, 10**places)
    sign = "-" if number < 0 and scaled else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def _half_up(positive: Fraction) -> int:
    return (2 * positive.numerator + positive.denominator) // (2 * positive.denominator)
