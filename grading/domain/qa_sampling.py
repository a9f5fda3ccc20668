"""Which contacts of a day QA looks at (抽检): at least three of each agent, drawn by lot that anybody can repeat."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from hashlib import sha256
from math import ceil


def sample_size(contacts: int, least: int, ratio: Fraction | None) -> int:
    """How many of an agent's contacts of a day are drawn: ``least``, or the ratio of them rounded up if that is more.

    All of them where there are fewer. 「每日抽檢每名客服3條以上聊天記錄」 (001 L33; 以上 includes the number, A-47).
    The ratio of 「比例隨機抽取」 (001 L29) is not in the source: it is a company's own setting.
    """
    wanted = least if ratio is None else max(least, ceil(ratio * contacts))
    return min(wanted, contacts)


def random_sample(sessions: Collection[str], seed: str, size: int, drawn: Collection[str] = ()) -> tuple[str, ...]:
    """``size`` contacts by lot, those in ``drawn`` first, then by the digest of seed and contact. Sorted.

    The seed names one agent's day. The same seed and contacts give the same sample in whatever order they come and
    whoever else is sampled; a contact that was drawn before stays drawn when later exports bring more contacts.
    """
    kept = sorted(set(drawn))
    others = sorted(set(sessions) - set(drawn), key=lambda session: _lot(seed, session))
    return tuple(sorted([*kept, *others[: max(size - len(kept), 0)]]))


def _lot(seed: str, session: str) -> str:
    return sha256(f"{seed}\n{session}".encode()).hexdigest()
