"""Money: Decimal yuan with exactly two places, rounded once, by name, at the payslip line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grading.kernel.errors import InexactAmount

ZERO = Decimal("0.00")
FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rounding:
    """A named way to round to a whole number of ``step_fen`` fen: half away from zero, or always towards zero."""

    name: str
    step_fen: int
    cuts: bool = False
    """Whether what lies beyond the step is cut off instead of rounded."""

    def __call__(self, amount: Fraction | Decimal) -> Decimal:
        """The amount on the step, in yuan with two places. Raises InexactAmount for floats."""
        if not isinstance(amount, Fraction | Decimal) or (isinstance(amount, Decimal) and not amount.is_finite()):
            raise InexactAmount(value=amount)
        above, below = amount.as_integer_ratio()  # whole numbers cost a fifth of what a Fraction does
        above, below = 100 * above, self.step_fen * below
        size = (2 * abs(above) + (0 if self.cuts else below)) // (2 * below)
        return from_fen((-size if above < 0 else size) * self.step_fen)


FEN_HALF_UP = Rounding("fen_half_up", 1)
"""To the fen, half away from zero: 156.405 → 156.41, −1.005 → −1.01 (seed A-63)."""
FEN_FLOOR = Rounding("fen_floor", 1, cuts=True)
"""Down to the fen: a legal upper limit is never rounded above itself."""
YUAN_HALF_UP = Rounding("yuan_half_up", 100)
"""To the yuan: how Shanghai and Kunming reckon the housing fund."""
YUAN_FLOOR = Rounding("yuan_floor", 100, cuts=True)
"""Down to the yuan: how some cities' housing fund tables are cut."""
ROUNDINGS = {rounding.name: rounding for rounding in (FEN_HALF_UP, YUAN_HALF_UP, YUAN_FLOOR)}


def from_fen(fen: int) -> Decimal:
    """Integer fen as yuan."""
    return Decimal(fen).scaleb(-2)


def to_fen(amount: Decimal) -> int:
    """Yuan as integer fen. Raises InexactAmount when the amount is finer than a fen, or not finite."""
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise InexactAmount(value=amount)
    fen = amount.scaleb(2)
    whole = int(fen)
    if whole != fen:
        raise InexactAmount(value=amount)
    return whole


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts that were already rounded, so that printed lines add up by eye."""
    return sum(amounts, ZERO)


def split(pool: Decimal, weights: Sequence[Fraction]) -> tuple[Decimal, ...]:
    """The pool shared by weight with the largest remainder, so that the shares add up to the fen.

    Equal remainders go to the earlier weight. Weights are not negative; if all are zero nobody gets a share.

    >>> [str(share) for share in split(Decimal("1000.00"), [Fraction(1)] * 3)]
    ['333.34', '333.33', '333.33']
    """
    whole = sum(weights, Fraction(0))
    if whole == 0:
        return tuple(ZERO for _ in weights)
    fen = to_fen(pool)
    exact_shares = [fen * weight / whole for weight in weights]
    shares = [share.numerator // share.denominator for share in exact_shares]
    by_remainder = sorted(range(len(weights)), key=lambda place: (shares[place] - exact_shares[place], place))
    for place in by_remainder[: fen - sum(shares)]:
        shares[place] += 1
    return tuple(from_fen(share) for share in shares)
