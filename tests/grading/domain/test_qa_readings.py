"""What a company sets about QA in its company.yaml."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.qa_readings import ManagerAsEvaluator, QaReadings, qa_readings
from grading.kernel.document import BrokenDocument


def test_defaults() -> None:
    assert qa_readings({}) == QaReadings(ManagerAsEvaluator.BLOCK, 3, None, 7)


def test_others_are_not_looked_at() -> None:
    assert qa_readings({"pdd_3min_rate.level": "turn"}) == QaReadings()


def test_every_setting() -> None:
    assert qa_readings(
        {"qa.manager_as_evaluator": "warn", "qa.sample_least": "5", "qa.sample_ratio": "0.05", "qa.appeal_days": 14}
    ) == QaReadings(ManagerAsEvaluator.WARN, 5, Fraction(1, 20), 14)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("qa.manager_as_evaluator", "maybe"),
        ("qa.sample_least", "2"),  # the source says at least three
        ("qa.sample_ratio", "0"),
        ("qa.sample_ratio", "1.01"),
        ("qa.appeal_days", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_says_where(key: str, value: str) -> None:
    with pytest.raises(BrokenDocument) as broken:
        qa_readings({key: value})
    assert [problem.path for problem in broken.value.problems] == [key]
