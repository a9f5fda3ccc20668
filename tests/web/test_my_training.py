"""One's own on-boarding and exams: what the pages show, what they keep, what they keep to themselves."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grading import models
from tests.access.small_company import SmallCompany

# requirements §1.13, typed by hand
KEYS = ("B", "CD", "D", "A", "A", "A", "D", "ABCDE", "ABCDEH", "ABCE", "ABCD", "BC", "A", "ABCEFG", "C", "C")
RIGHT = {f"q{number}": list(keys) for number, keys in enumerate(KEYS, start=1)}


@pytest.fixture
def me(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.mine)
    client.cookies["django_language"] = "en"
    return client


def text(response: Any) -> str:
    """What a reader reads: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def begun(me: Client) -> str:
    """The address of an attempt at the shipped exam."""
    answer = me.post("/me/exams/pdd_onboarding/start/")
    assert answer.status_code == 302
    return str(answer["Location"])


def onboard(tiny: SmallCompany, track: str, day_number: int, **more: Any) -> models.Onboarding:
    first_day = timezone.localdate() - timedelta(days=day_number - 1)
    return models.Onboarding.objects.create(
        agent=tiny.mine.agent, track=track, first_day=first_day, started_by=tiny.hr, **more
    )


# --- Exams ------------------------------------------------------------------------------------------------------------


def test_the_exams_one_may_take_and_ones_results(me: Client) -> None:
    page = text(me.get("/me/exams/"))
    for expected in ("Pinduoduo on-boarding exam", "16 questions · no pass mark", "Shipping exam", "Go on"):
        assert expected in page
    assert "You have not handed in an exam yet." in page


def test_an_exam_is_one_page_of_radios_and_checkboxes(me: Client) -> None:
    html = me.get(begun(me)).content.decode()
    assert html.count("<fieldset") == 16
    assert html.count('type="radio"') == 8 * 4 + 2  # eight single questions of four, one right-or-wrong
    assert html.count('type="checkbox"') == 4 + 7 + 8 + 7 + 5 + 4 + 7
    assert html.count("Choose all that apply.") == 7
    assert "Which definition of fake shipping" in html
    assert "disputed" not in html  # notes are for whoever keeps the bank
    assert "checked" not in html


def test_the_page_tells_nothing_of_the_answers_before_handing_in(me: Client) -> None:
    address = begun(me)
    assert me.post(address, {"q1": "A", "act": "submit"}).status_code == 200
    html = me.get(address).content.decode()
    for word in ("tag good", "tag bad", "is_right", ">right<", ">wrong<"):
        assert word not in html


def test_handing_in_shows_right_and_wrong(me: Client) -> None:
    address = begun(me)
    answer = me.post(address, {**RIGHT, "q2": ["C"], "act": "submit"}, follow=True)
    page = text(answer)
    assert "15 of 16 right" in page
    assert "93.75 points" in page
    assert "This exam has no pass mark." in page
    html = answer.content.decode()
    assert (html.count(">right<"), html.count(">wrong<")) == (15, 1)
    assert "which is disputed" not in page  # a note would tell part of the answer
    assert "<form method=" not in html  # nothing to hand in again
    assert "93.75" in text(me.get("/me/exams/"))


def test_an_incomplete_exam_keeps_its_answers_and_names_what_is_missing(me: Client) -> None:
    address = begun(me)
    sent = {name: keys for name, keys in RIGHT.items() if name not in {"q3", "q16"}}
    answer = me.post(address, {**sent, "act": "submit"})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert 'href="#q3"' in html
    assert 'href="#q16"' in html
    assert "Your other answers are kept." in html
    kept = me.get(begun(me)).content.decode()
    assert kept.count(" checked") == sum(len(keys) for keys in sent.values())
    assert me.post(address, {**RIGHT, "act": "submit"}).status_code == 302
    assert models.ExamAttempt.objects.get(exam__code="pdd_onboarding").score == 100


def test_answers_are_kept_for_later(me: Client) -> None:
    address = begun(me)
    assert me.post(address, {"q1": "B", "q8": ["A", "Z"], "act": "keep"})["Location"] == "/me/exams/"
    assert models.ExamAttempt.objects.get(exam__code="pdd_onboarding").answers == {"1": ["B"], "8": ["A"]}


def test_handing_in_twice_changes_nothing(me: Client) -> None:
    address = begun(me)
    me.post(address, {**RIGHT, "act": "submit"})
    me.post(address, {**RIGHT, "q1": "A", "act": "submit"})
    attempt = models.ExamAttempt.objects.get(exam__code="pdd_onboarding")
    assert (attempt.score, attempt.answers["1"]) == (Fraction(100), ["B"])


def test_an_exam_reads_in_chinese(me: Client) -> None:
    me.cookies["django_language"] = "zh-hans"
    page = text(me.get(begun(me)))
    assert "拼多多默认发货时间是多长时间？" in page
    assert "How long" not in page


def test_a_limit_is_said_and_kept(me: Client, tiny: SmallCompany) -> None:
    tiny.company.readings = {"exams.attempts_a_day": "1"}
    tiny.company.save()
    me.post(begun(me), {**RIGHT, "act": "submit"})
    assert "once a day" in text(me.get("/me/exams/"))
    refused = me.post("/me/exams/pdd_onboarding/start/", follow=True)
    assert "may be started 1 time(s) a day" in text(refused)


def test_somebody_elses_attempt_is_not_there(me: Client, tiny: SmallCompany) -> None:
    address = begun(me)
    other = Client()
    other.force_login(tiny.other)
    assert other.get(address).status_code == 404
    assert other.post(address, {**RIGHT, "act": "submit"}).status_code == 404
    assert models.ExamAttempt.objects.get(exam__code="pdd_onboarding").answers == {}


# --- On-boarding ------------------------------------------------------------------------------------------------------


def test_without_a_plan_the_page_says_so(me: Client) -> None:
    assert "You have no on-boarding plan." in text(me.get("/me/onboarding/"))


def test_a_plan_shows_todays_stage_and_whom_one_may_serve(me: Client, tiny: SmallCompany) -> None:
    onboard(tiny, "class_1", 8, mentor=tiny.other.agent)
    page = text(me.get("/me/onboarding/"))
    for expected in (
        "Day 8 of 21: Scripts with a mentor",
        "You serve only buyers that colleagues hand over to you.",
        "mentor: 王薇",
        "days 15 to 21",
    ):
        assert expected in page
    assert "mystery" not in page.lower()  # its day is not the agent's to know


def test_the_reception_cap_of_the_day(me: Client, tiny: SmallCompany) -> None:
    onboard(tiny, "class_3", 15)
    page = text(me.get("/me/onboarding/"))
    assert "Day 15 of 17: First after-sales receptions" in page
    assert "You serve at most 10 buyers today." in page


def test_a_failed_mystery_shopping_is_said_to_its_owner(me: Client, tiny: SmallCompany) -> None:
    onboard(tiny, "class_1", 23)
    models.MysteryShopping.objects.create(
        agent=tiny.mine.agent,
        day=timezone.localdate(),
        assessor=tiny.hr,
        score=Fraction("41.5"),
        passed=False,
        note="内部备注",
    )
    page = text(me.get("/me/onboarding/"))
    assert "41.50 not suitable" in page
    assert "Your regularization is in question." in page
    assert "内部备注" not in page
    other = Client()
    other.force_login(tiny.other)
    assert "41.50" not in text(other.get("/me/onboarding/"))


@pytest.mark.parametrize("path", ["/me/onboarding/", "/me/exams/", "attempt"])
def test_pages_work_without_scripts_and_inline_styles(me: Client, tiny: SmallCompany, path: str) -> None:
    onboard(tiny, "class_1", 8)
    html = me.get(begun(me) if path == "attempt" else path).content.decode()
    assert "<script" not in html
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"(src|href)=\"(https?:)?//", html)


def test_the_list_of_exams_takes_the_same_number_of_queries_for_many_results(
    me: Client, tiny: SmallCompany, django_assert_num_queries: Any
) -> None:
    me.post(begun(me), {**RIGHT, "act": "submit"})
    with django_assert_num_queries(6):  # session, user with agent, agent with company, exams, readings, attempts
        me.get("/me/exams/")
    for _again in range(3):
        me.post(begun(me), {**RIGHT, "act": "submit"})
    with django_assert_num_queries(6):
        me.get("/me/exams/")
