"""The agents' pages of QA: one's own findings and appeals, nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grading import models
from tests.grading.services.qa_company import MONTH, QaCompany, qa_company

pytestmark = pytest.mark.django_db
HERE = f"/me/quality/{MONTH}/"


@pytest.fixture
def qa(db: None, monkeypatch: pytest.MonkeyPatch) -> QaCompany:
    return qa_company(monkeypatch)


def client_of(qa: QaCompany, name: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(qa.users[name])
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def finding(qa: QaCompany, agent_no: str = "A1", code: str = "N1", session: str = "c1") -> models.QaFinding:
    return qa.evaluate(agent_no, session, code).evaluation.findings.get()


def test_an_empty_month(qa: QaCompany) -> None:
    assert "Nothing was found in your contacts" in text(client_of(qa, "A1").get("/me/quality/"))


def test_own_findings_with_their_texts_and_nobody_elses(qa: QaCompany) -> None:
    finding(qa)
    finding(qa, "A2", "F5", "secret")
    shown = text(client_of(qa, "A1").get(HERE))
    for expected in ("N1 Forbidden phrases", "not my business", "non-fatal", "c1", "1 of your contacts"):
        assert expected in shown
    assert "secret" not in shown
    assert "F5" not in shown
    assert "evaluator" not in shown  # who found it is not the agent's business


def test_the_third_of_a_kind_says_why_it_is_fatal(qa: QaCompany) -> None:
    for session in ("c1", "c2", "c3"):
        finding(qa, session=session)
    assert text(client_of(qa, "A1").get(HERE)).count("fatal: third time this month") == 1


def test_filing_and_withdrawing(qa: QaCompany) -> None:
    row, me = finding(qa), client_of(qa, "A1")
    address = f"/me/quality/findings/{row.pk}/appeal/"
    assert "Why is this finding wrong?" in text(me.get(address))
    assert me.post(address, {"reason": ""}).status_code == 200
    answer = me.post(address, {"reason": "<b>没有</b>"}, follow=True)
    assert "A second reviewer decides it." in text(answer)
    assert "&lt;b&gt;没有&lt;/b&gt;" in answer.content.decode()
    appeal = models.QaAppeal.objects.get()
    assert "cannot be appealed any more" in text(me.get(address))
    assert "appealed before" in text(me.post(address, {"reason": "again"}, follow=True))
    withdrawn = me.post(f"/me/quality/appeals/{appeal.pk}/withdraw/", follow=True)
    assert "Your appeal is withdrawn." in text(withdrawn)
    assert "already" in text(me.post(f"/me/quality/appeals/{appeal.pk}/withdraw/", follow=True))


def test_a_decision_is_read_with_its_reason(qa: QaCompany) -> None:
    row = finding(qa)
    models.QaAppeal.objects.create(
        finding=row,
        reason="没有",
        state="upheld",
        decided_by=qa.users["second"],
        decided_at=timezone.now(),
        decision_reason="说得对",
        is_after_publishing=True,
    )
    models.QaFinding.objects.update(is_void=True)
    shown = text(client_of(qa, "A1").get(HERE))
    for expected in ("void", "upheld", "说得对", "follows as a correction"):
        assert expected in shown


def test_too_late(qa: QaCompany) -> None:
    row, me = finding(qa), client_of(qa, "A1")
    qa.publish_month("A1", timezone.now() - timedelta(days=20))
    assert "Appeals are possible until" in text(me.get(HERE))
    assert "cannot be appealed any more" in text(me.get(f"/me/quality/findings/{row.pk}/appeal/"))
    assert "an appeal was possible until" in text(
        me.post(f"/me/quality/findings/{row.pk}/appeal/", {"reason": "x"}, follow=True)
    )
    assert not models.QaAppeal.objects.exists()


@pytest.mark.parametrize("who", ["A2", "manager", "evaluator", "hr"])
def test_somebody_elses_are_as_good_as_not_there(qa: QaCompany, who: str) -> None:
    row = finding(qa)
    appeal = models.QaAppeal.objects.create(finding=row, reason="没有")
    client = client_of(qa, who)
    assert client.get(f"/me/quality/findings/{row.pk}/appeal/").status_code == 404
    assert client.post(f"/me/quality/findings/{row.pk}/appeal/", {"reason": "x"}).status_code == 404
    assert client.post(f"/me/quality/appeals/{appeal.pk}/withdraw/").status_code == 404
    appeal.refresh_from_db()
    assert appeal.state == "filed"


def test_months_that_are_none(qa: QaCompany) -> None:
    assert client_of(qa, "A1").get("/me/quality/2026-13/").status_code == 404


def test_in_chinese(qa: QaCompany) -> None:
    finding(qa)
    client = Client(headers={"accept-language": "zh-cn"})
    client.force_login(qa.users["A1"])
    assert "使用服务禁语" in text(client.get(HERE))
