"""The API: shapes, refusals and the schema. Who may see what is in tests/access."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from grading.errors import NotYourTeam, PromotionAlreadyDecided
from grading.errors import SamePersonTwice as SamePersonTwiceInGrading
from grading.jobs.models import AuditEntry
from grading.kernel.errors import DomainError
from payroll import sheets
from payroll.api import serializers as shapes
from payroll.api.errors import exception_handler
from payroll.errors import MayNot, NobodyEmployed, RunChanged, RunNotReady, SamePersonTwice
from tests.access.small_company import SmallCompany

SLIP = "/api/v1/payslips/TINY-2026-09-A001/"


@pytest.fixture
def me(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.mine)
    return client


@pytest.fixture
def hr(tiny: SmallCompany) -> Client:
    client = Client()
    client.force_login(tiny.hr)
    return client


def test_a_payslip_has_every_line_and_step_in_both_languages(me: Client) -> None:
    slip = me.get(SLIP).json()
    assert {name: slip[name] for name in ("number", "month", "status", "agent_no", "gross", "deductions", "net")} == {
        "number": "TINY-2026-09-A001",
        "month": "2026-09",
        "status": "paid",
        "agent_no": "A001",
        "gross": "4770.11",
        "deductions": "100.00",
        "net": "4670.11",
    }
    assert [line["code"] for line in slip["lines"]] == ["base_pay", "absence_deduction", "loss_recovery"]
    step = slip["lines"][1]["steps"][0]
    assert step["code"] == "absence_deduction"
    assert step["text_en"] == "5000.00 ÷ 21.75 × 1 unpaid days"
    assert step["text_zh"]
    assert step["amount"] == "-229.885057"


def test_answers_are_what_the_schema_says(me: Client, hr: Client, tiny: SmallCompany) -> None:
    """Every field that is described is there, and none that is not."""
    for client, path, shape in (
        (me, SLIP, shapes.PayslipShape),
        (me, "/api/v1/appraisals/2026-09/", shapes.AppraisalShape),
        (me, "/api/v1/me/", shapes.MeShape),
        (hr, "/api/v1/me/", shapes.MeShape),
        (hr, f"/api/v1/runs/{tiny.draft_run.pk}/", shapes.RunShape),
    ):
        assert_shape(client.get(path).json(), shape(), path)
    for client, path, shape in (
        (me, "/api/v1/payslips/", shapes.PayslipRowShape),
        (me, "/api/v1/appraisals/", shapes.AppraisalShape),
        (hr, "/api/v1/runs/", shapes.RunRowShape),
    ):
        for row in client.get(path).json()["results"]:
            assert_shape(row, shape(), path)


def assert_shape(found: Any, shape: Any, where: str) -> None:
    if found is None:
        assert shape.allow_null, where
    elif hasattr(shape, "child"):
        for each in found.values() if isinstance(found, dict) else found:
            assert_shape(each, shape.child, f"{where}[]")
    elif hasattr(shape, "fields"):
        assert set(found) == set(shape.fields), where
        for name, field in shape.fields.items():
            assert_shape(found[name], field, f"{where}.{name}")
    elif type(shape).__name__ == "IntegerField":
        assert isinstance(found, int), where
    else:
        assert isinstance(found, str), where


def test_hr_filters_by_month(hr: Client) -> None:
    assert hr.get("/api/v1/payslips/", {"month": "2026-10"}).json()["count"] == 1
    assert hr.get("/api/v1/payslips/", {"month": "2026-09"}).json()["count"] == 3


@pytest.mark.parametrize("path", ["/api/v1/payslips/", "/api/v1/runs/"])
def test_a_list_takes_the_same_number_of_queries_for_many_rows(
    hr: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        hr.get(path)


def test_a_run_shows_its_phases_and_who_is_parked(hr: Client, tiny: SmallCompany) -> None:
    run = hr.get(f"/api/v1/runs/{tiny.draft_run.pk}/").json()
    assert run["status"] == "calculated"
    assert {phase["phase"]: (phase["done"], phase["parked"], phase["total"]) for phase in run["phases"]} == {
        "grade": (0, 0, 0),
        "calculate": (1, 1, 2),
        "documents": (0, 0, 1),
        "publish": (0, 0, 1),
    }
    (parked,) = run["parked"]
    assert parked["agent_no"] == "A002"
    assert parked["code"] == "payroll.plan_missing"
    assert "pre_sales" in parked["message_en"]
    assert parked["values"] == {"plan": "pre_sales", "day": "2026-10-01"}


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_pdf_is_sent_to_be_kept_and_is_noted(me: Client, tiny: SmallCompany, lang: str) -> None:
    response = me.get(f"{SLIP}pdf/", {"lang": lang})
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == 'attachment; filename="payslip-TINY-2026-09-A001.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    noted = AuditEntry.objects.get(action="payslip.pdf")
    assert (noted.actor, noted.object_id, noted.detail) == (
        tiny.mine,
        str(tiny.my_slip.pk),
        {"lang": lang, "by": "api"},
    )


# --- Refusals -------------------------------------------------------------------------------------------------------


def problem(response: HttpResponse) -> dict[str, Any]:
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = json.loads(response.content)
    assert set(found) == {"code", "message_zh", "message_en", "values"}
    assert found["message_en"]
    assert found["message_zh"]
    return found


@pytest.mark.parametrize(
    "query",
    [
        "agent=77",
        "agent__in=1,2",
        "search=x",
        "ordering=net",
        "net__gte=9000",
        "expand=agent",
        "fields=bank_account",
        "format=api",
        "format=json",
        "page_size=9999",
        "_connector=OR",
        "month=2026-09&agent=1",
        "month=2026-09&month=2026-10",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/payslips/", SLIP, "/api/v1/appraisals/", "/api/v1/me/"])
def test_parameters_that_are_not_on_the_list_are_refused(me: Client, path: str, query: str) -> None:
    response = me.get(f"{path}?{query}")
    assert response.status_code == 400
    assert problem(response)["code"] in {"api.unknown_parameter", "api.repeated_parameter"}


@pytest.mark.parametrize("month", ["2026-13", "2026-9", "２０２６-０９", "2026-09-01", "", "x" * 5000, "2026-09\n"])
def test_a_month_that_is_none_is_refused(me: Client, month: str) -> None:
    response = me.get("/api/v1/payslips/", {"month": month})
    assert response.status_code == 400
    assert problem(response)["code"] == "kernel.bad_month"


def test_a_pdf_language_that_does_not_exist_is_refused(me: Client) -> None:
    response = me.get(f"{SLIP}pdf/", {"lang": "fr"})
    assert response.status_code == 400
    assert problem(response)["values"] == {"name": "lang", "value": "fr", "allowed": "zh, en, both"}


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "9" * 5000])
def test_a_page_that_does_not_exist_is_not_found(me: Client, page: str) -> None:
    response = me.get("/api/v1/payslips/", {"page": page})
    assert response.status_code == 404
    assert problem(response)["code"] == "api.not_found"


def test_refusals_have_one_shape(client: Client, me: Client) -> None:
    assert problem(me.get("/api/v1/payslips/NOPE/"))["code"] == "api.not_found"
    assert problem(me.get("/api/v1/nothing"))["code"] == "api.not_found"
    assert problem(me.get("/api/v1/runs/"))["code"] == "api.may_not"
    assert problem(me.get(f"/api/v1/runs/{'9' * 30}/"))["code"] == "api.may_not"
    assert problem(me.post("/api/v1/payslips/"))["code"] == "api.method_not_allowed"
    stranger = Client().get("/api/v1/me/")
    assert stranger.status_code == 401
    assert problem(stranger)["code"] == "api.not_authenticated"


def test_runs_that_cannot_be_are_not_found(hr: Client) -> None:
    for pk in ("0", "9" * 30, "9" * 5000, "１"):
        assert problem(hr.get(f"/api/v1/runs/{pk}/"))["code"] == "api.not_found"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_the_answer_is_json_whatever_is_asked_for(me: Client, accept: str) -> None:
    assert me.get(SLIP, headers={"accept": accept})["Content-Type"] == "application/json"


def test_writing_without_a_token_is_refused(tiny: SmallCompany) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(tiny.mine)
    assert (
        problem(client.post("/api/v1/payslips/", {"net": "1"}, content_type="application/json"))["code"]
        == "api.may_not"
    )


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"a":' * 5_000, "{", "\ud800".encode("utf-16", "surrogatepass"), "nul\0"]
)
def test_a_malformed_body_is_the_senders_fault(me: Client, body: str | bytes) -> None:
    assert me.post(SLIP, body, content_type="application/json").status_code == 405

    class Reads(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Any) -> None:
            return request.data

    response = Reads.as_view()(APIRequestFactory().post("/", body, content_type="application/json"))
    assert response.status_code == 400
    assert response.data["code"] == "api.malformed"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RunNotReady(run=1, status="open", act="approve", needed="calculated"), 409),
        (RunChanged(run=1, reviewed="a", now="b"), 409),
        (PromotionAlreadyDecided(agent="A001", status="approved"), 409),
        (MayNot(user="x", act="y"), 403),
        (SamePersonTwice(user="x", run=1), 403),
        (SamePersonTwiceInGrading(act="promotion", first="requested"), 403),
        (NotYourTeam(agent="A001"), 403),
        (NobodyEmployed(company="tiny", month="2026-10"), 422),
    ],
)
def test_a_domain_error_keeps_its_code_and_values(error: DomainError, status: int) -> None:
    response = exception_handler(error, {})
    assert response is not None
    assert response.status_code == status
    assert response.data["code"] == error.code
    assert response.data["values"] == error.values
    assert response.data["message_en"] == str(error)


def test_a_bug_tells_nothing(tiny: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> bytes:
        raise RuntimeError("net pay 4670.11")

    monkeypatch.setattr(sheets, "payslip_json", broken)
    client = Client(raise_request_exception=False)
    client.force_login(tiny.mine)
    response = client.get(SLIP)
    assert response.status_code == 500
    assert b"4670" not in response.content


# --- The schema -----------------------------------------------------------------------------------------------------


def test_an_agents_schema_does_not_mention_the_runs(me: Client, hr: Client) -> None:
    mine, theirs = (client.get("/api/v1/schema/").content.decode() for client in (me, hr))
    assert "/api/v1/runs/" not in mine
    assert "/api/v1/runs/" in theirs
    assert "/api/v1/payslips/{number}/pdf/" in mine


def test_the_schema_has_no_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn")
    described = capsys.readouterr().out
    for path in ("/api/v1/payslips/", "/api/v1/appraisals/{month}/", "/api/v1/runs/{id}/", "/api/v1/me/"):
        assert path in described
    assert "additionalProperties: {}" not in described  # nothing is left undescribed
