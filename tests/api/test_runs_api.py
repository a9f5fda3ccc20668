"""What the API tells of runs besides their progress: kinds, findings, and why net pay changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from payroll import models
from payroll.api import serializers as shapes
from tests.api.test_api import assert_shape
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> PostedCompany:
    """September and October posted; P1 sold half as much in October."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    company.post(OCTOBER)
    return company


@pytest.fixture
def hr(held: PostedCompany) -> Client:
    client = Client()
    client.force_login(held.hr)
    return client


def run_of(kind: str = "regular") -> models.PayRun:
    return models.PayRun.objects.get(month=OCTOBER, kind=kind)


def test_runs_and_payslips_tell_their_kind(held: PostedCompany, hr: Client) -> None:
    held.sell_late(OCTOBER, "P1", "20000.00")
    held.correct(OCTOBER)
    runs = hr.get("/api/v1/runs/", {"month": "2026-10"}).json()["results"]
    assert {(run["kind"], run["sequence"]) for run in runs} == {("regular", 1), ("correction", 1)}
    slips = hr.get("/api/v1/payslips/", {"month": "2026-10"}).json()["results"]
    assert {(slip["number"], slip["kind"]) for slip in slips if slip["agent_no"] == "P1"} == {
        ("LAWFUL-2026-10-P1", "regular"),
        ("LAWFUL-2026-10-P1-C1", "correction"),
    }
    assert hr.get("/api/v1/payslips/LAWFUL-2026-10-P1-C1/").json()["kind"] == "correction"


def test_findings_come_with_their_sentence_in_both_languages(held: PostedCompany, hr: Client) -> None:
    path = f"/api/v1/runs/{run_of().pk}/findings/"
    rows = hr.get(path).json()["results"]
    missing = next(row for row in rows if row["code"] == "guard.identity_missing" and row["agent_no"] == "P1")
    assert (missing["severity"], missing["owner"], missing["article"]) == ("warning", "hr", "个人所得税法 art. 9")
    assert missing["message_en"] == "There is no identity number: the row of the tax file waits until it is entered."
    for row in rows:
        assert_shape(row, shapes.FindingShape(), path)
    only = hr.get(path, {"severity": "info"}).json()["results"]
    assert {row["severity"] for row in only} == {"info"}
    assert hr.get(path, {"owner": "manager"}).json()["count"] == 0


@pytest.mark.parametrize("query", ["severity=grave", "owner=boss", "code=guard.fine", "severity=info&severity=info"])
def test_filters_that_do_not_exist_are_refused(held: PostedCompany, hr: Client, query: str) -> None:
    assert hr.get(f"/api/v1/runs/{run_of().pk}/findings/?{query}").status_code == 400


def test_the_variance_adds_up(held: PostedCompany, hr: Client) -> None:
    path = f"/api/v1/runs/{run_of().pk}/variance/"
    found = hr.get(path).json()
    assert_shape(found, shapes.VarianceShape(), path)
    causes = {each["cause"]: each["amount"] for each in found["causes"]}
    assert causes["commission"] == "-500.00"  # 1 % of 50,000 less
    parts = [_fen(amount) for amount in (*causes.values(), found["left"])]
    assert sum(parts) == _fen(found["after"]) - _fen(found["before"]) == _fen(found["difference"])


def test_the_people_of_the_variance_come_by_surprise(held: PostedCompany, hr: Client) -> None:
    path = f"/api/v1/runs/{run_of().pk}/variance/people/"
    rows = hr.get(path).json()["results"]
    assert [row["agent_no"] for row in rows] == ["P2", "P1"]  # P2's tax grows over the year
    assert {name: rows[1][name] for name in ("before", "after", "difference", "surprise")} == {
        "before": "7600.00",
        "after": "7100.00",
        "difference": "-500.00",
        "surprise": "0.00",
    }
    assert [(each["cause"], each["name_en"], each["amount"]) for each in rows[1]["causes"]] == [
        ("commission", "Commission", "-500.00")
    ]
    for row in rows:
        assert_shape(row, shapes.PersonVarianceShape(), path)


def test_a_correction_has_no_variance(held: PostedCompany, hr: Client) -> None:
    held.sell_late(OCTOBER, "P1", "20000.00")
    held.correct(OCTOBER)
    for tail in ("", "people/"):
        assert hr.get(f"/api/v1/runs/{run_of('correction').pk}/variance/{tail}").status_code == 404


@pytest.mark.parametrize("tail", ["findings/", "variance/", "variance/people/"])
def test_amounts_of_people_need_the_right_to_see_payslips(held: PostedCompany, tail: str) -> None:
    user = User.objects.create_user("clerk", password="a long enough passphrase")
    user.user_permissions.add(Permission.objects.get(codename="view_payrun"))
    client = Client()
    client.force_login(user)
    path = f"/api/v1/runs/{run_of().pk}/"
    assert client.get(path).status_code == 200
    assert client.get(f"{path}{tail}").status_code == 403


@pytest.mark.parametrize("tail", ["findings/", "variance/people/"])
def test_a_list_takes_the_same_number_of_queries_for_many_rows(
    held: PostedCompany, hr: Client, tail: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(15):
        assert hr.get(f"/api/v1/runs/{run_of().pk}/{tail}").status_code == 200


def test_the_schema_names_them_for_those_who_may_ask(hr: Client, client: Client) -> None:
    assert b"/runs/{id}/variance/people/" in hr.get("/api/v1/schema/").content
    client.force_login(User.objects.create_user("nobody", password="a long enough passphrase"))
    assert b"/variance/" not in client.get("/api/v1/schema/").content


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))
