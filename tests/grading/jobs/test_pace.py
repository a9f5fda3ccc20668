"""People a second, time left and percent, from counts worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from grading.jobs.pace import per_second, percent, seconds_left

START = datetime(2026, 11, 1, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("settled", "now", "expected"),
    [
        ([], 10, None),
        ([(0, 1000)], 10, None),  # when the first chunk was begun is not known
        ([(0, 1000), (4, 1000)], 4, Fraction(250)),  # one chunk in 4 s
        ([(0, 1000), (4, 1000)], 8, Fraction(125)),  # nothing came for 4 s more
        ([(0, 1000), (1, 1000), (2, 500)], 2, Fraction(750)),  # 1,500 in 2 s; the short last chunk counts as it is
        ([(2, 500), (0, 1000), (1, 1000)], 2, Fraction(750)),  # in any order
        ([(0, 3), (0.3, 1)], 0.3, Fraction(10, 3)),
        ([(0, 3), (0, 3)], 0, None),
    ],
)
def test_people_a_second(settled: list[tuple[float, int]], now: float, expected: Fraction | None) -> None:
    assert per_second([(at(second), count) for second, count in settled], at(now)) == expected


@pytest.mark.parametrize(
    ("waiting", "pace", "expected"),
    [
        (0, None, 0),
        (0, Fraction(5), 0),
        (100, None, None),
        (100, Fraction(0), None),
        (100, Fraction(50), 2),
        (101, Fraction(50), 3),  # rounded up
        (1, Fraction(1000), 1),
    ],
)
def test_time_left(waiting: int, pace: Fraction | None, expected: int | None) -> None:
    assert seconds_left(waiting, pace) == expected


@pytest.mark.parametrize(
    ("settled", "total", "expected"), [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100), (99_999, 100_000, 99)]
)
def test_a_hundred_percent_is_everybody(settled: int, total: int, expected: int) -> None:
    assert percent(settled, total) == expected
