"""A team's pool, shared so that the shares add up to the fen."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from grading.kernel.money import split
from payroll.domain.facts import PoolShare
from payroll.domain.rules import BonusRule, PoolShareBy


def pool_shares(rule: BonusRule, scores: Mapping[str, Fraction | None]) -> Mapping[str, PoolShare]:
    """Agent number → share, for every member with a bonus day. Equal remainders go to the lower agent number.

    Empty while ``unscored`` names somebody: sharing without that member now would have to be taken back from
    everybody later.
    """
    members = sorted(scores)
    if unscored(rule, scores):
        return {}
    if rule.share_by is PoolShareBy.SCORE:
        weights = [scores[member] or Fraction(0) for member in members]
    else:
        weights = [Fraction(1) for _ in members]
    if rule.pool is None:
        return {}
    shares = split(rule.pool, weights)
    whole = sum(weights, Fraction(0))
    return {
        member: PoolShare(share, weight, whole, len(members))
        for member, share, weight in zip(members, shares, weights, strict=True)
    }


def unscored(rule: BonusRule, scores: Mapping[str, Fraction | None]) -> tuple[str, ...]:
    """The members whose score a pool by score waits for."""
    if rule.share_by is not PoolShareBy.SCORE:
        return ()
    return tuple(member for member in sorted(scores) if scores[member] is None)
