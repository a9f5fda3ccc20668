"""QA: readings on their limits, the day of a report, samples that are drawn twice over; phrases letter by letter."""

from __future__ import annotations

import re
from datetime import date

import pytest

from grading.domain.phrases import pattern
from grading.domain.qa_readings import qa_readings
from grading.domain.qa_report import QaCounts as Counts
from grading.domain.qa_report import QaDay, qa_day
from grading.domain.qa_sampling import random_sample
from grading.kernel.document import BrokenDocument

# --- Readings ---------------------------------------------------------------------------------------------------------


def test_a_limit_of_a_reading_is_allowed() -> None:
    least = qa_readings({"qa.sample_least": "3", "qa.sample_ratio": "1", "qa.appeal_days": "0"})
    assert (least.sample_least, least.sample_ratio, least.appeal_days) == (3, 1, 0)
    most = qa_readings({"qa.sample_least": "1000", "qa.appeal_days": "365"})
    assert (most.sample_least, most.appeal_days) == (1000, 365)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("qa.sample_least", "1001",
         "is not such a whole number, found 1001, expected a whole number from 3 to 1000"),
        ("qa.sample_ratio", "0",
         "is not such a number, found 0, expected plain digits such as 12.5, more than 0, at most 1"),
        ("qa.appeal_days", "366", "is not such a whole number, found 366, expected a whole number from 0 to 365"),
    ],
)  # fmt: skip
def test_a_broken_reading_is_told_in_one_sentence(key: str, value: str, problem: str) -> None:
    with pytest.raises(BrokenDocument) as raised:
        qa_readings({key: value})
    assert [str(each) for each in raised.value.problems] == [f"{key}: {problem}"]
    assert raised.value.values["document"] == "readings"


# --- Report and sample ------------------------------------------------------------------------------------------------


def test_an_empty_day_is_still_that_day() -> None:
    assert qa_day(date(2026, 10, 5), []) == QaDay(date(2026, 10, 5), (), Counts(), ())


def test_a_survey_is_known_whether_it_was_pushed_or_not() -> None:
    assert Counts(survey_pushed=3, survey_not_pushed=2).survey_known == 5


def test_what_was_drawn_twice_is_one_contact() -> None:
    sessions = [f"s{place:02}" for place in range(20)]
    first = random_sample(sessions, "A1 2026-10-05", 5)
    again = random_sample(sessions, "A1 2026-10-05", 5, [*first[:3], *first[:3]])
    assert set(first[:3]) <= set(again)
    assert len(again) == len(set(again)) == 5
    assert list(again) == sorted(again)


# --- Phrases ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "is_found"),
    [
        ("qq", "加QQ聊", True),
        ("QQ", "加ｑｑ聊", True),
        ("qq", "加ＱＱ聊", True),
        ("qq", "加q聊", False),
        ("a", "X", False),
        ("五星好评", "给个五星好评", True),
        # Signs stand for themselves, whatever they mean to a regular expression
        ("^_^", "好的^_^", True),
        ("^_^", "好的abc", False),
        ("a.b", "a.b", True),
        ("a.b", "axb", False),
        ("(hi)", "(HI)", True),
        ("a]", "a]", True),
        ("5+", "5+", True),
        ("5+", "55", False),
    ],
)
def test_a_phrase_finds_itself_and_nothing_else(phrase: str, text: str, is_found: bool) -> None:
    assert (re.search(pattern(phrase), text) is not None) is is_found
