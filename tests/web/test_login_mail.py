"""One-time links by e-mail: who gets a mail, who a slip, what a mail says, and what is kept of it."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
from email import message_from_bytes, policy
from typing import Any

import pytest
import segno
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from django.test import Client

from config.environment import BASE_DIR
from grading import models as grading
from grading.jobs.models import AuditEntry
from grading.services import accounts
from grading.services.login_mail import login_links_mail, masked
from grading.web.qr import QUIET_ZONE, qr_code
from tests.access.small_company import SmallCompany

LINK = re.compile(r"http://testserver(/welcome/[\w-]+/[\w-]+/)")


def new_agent(tiny: SmallCompany, agent_no: str = "A010", email: str = "zhao.min@example.com", **more: Any) -> Any:
    values = {"name": "赵敏", "role": "pre_sales", "hire_date": "2026-01-01"} | more
    return grading.Agent.objects.create(company=tiny.company, agent_no=agent_no, email=email, **values)


@pytest.fixture(autouse=True)
def _offered(settings: Any) -> None:
    settings.MAIL_IS_OFFERED = True
    settings.DEFAULT_FROM_EMAIL = "绩薪 <hr@example.com>"


@pytest.fixture
def hr(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.hr)
    client.cookies["django_language"] = "en"
    return client


def post(client: Client, act: str, *agents: grading.Agent, **more: Any) -> str:
    response = client.post("/logins/", {"act": act, "agents": [each.pk for each in agents], **more})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


class Failing(locmem.EmailBackend):
    """A mail server that answers some mails with an error. ``errors``: the error for each address."""

    errors: dict[str, Exception] = {}
    tried: list[str] = []

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            type(self).tried.append(message.to[0])
            if message.to[0] in self.errors:
                raise self.errors[message.to[0]]
        return super().send_messages(messages)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[Failing]:
    monkeypatch.setattr(Failing, "errors", {})
    monkeypatch.setattr(Failing, "tried", [])
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend", Failing)
    return Failing


# --- Mailed or printed ------------------------------------------------------------------------------------------------


def test_a_mailed_link_opens_and_is_not_on_the_page(hr: Client, tiny: SmallCompany) -> None:
    page = post(hr, "make-mail", new_agent(tiny))
    (sent,) = mail.outbox
    assert sent.to == ["zhao.min@example.com"]
    assert sent.cc == sent.bcc == []
    (address,) = set(LINK.findall(str(sent.body)))
    assert Client().get(address, follow=True).status_code == 200
    assert "/welcome/" not in page
    assert 'class="qr"' not in page
    assert "z***@example.com" in page
    assert "zhao.min" not in page


def test_print_sends_nothing(hr: Client, tiny: SmallCompany) -> None:
    assert LINK.search(post(hr, "make", new_agent(tiny)))
    assert LINK.search(post(hr, "reset", tiny.mine.agent))
    assert mail.outbox == []
    assert not AuditEntry.objects.filter(action="login.mail").exists()


def test_a_reset_is_mailed_too(hr: Client, tiny: SmallCompany) -> None:
    grading.Agent.objects.filter(user=tiny.mine).update(email="wang@example.com")
    User.objects.filter(pk=tiny.manager.pk).update(email="boss@example.com")
    page = post(hr, "reset-mail", tiny.mine.agent, users=[tiny.manager.pk])
    assert sorted(each.to[0] for each in mail.outbox) == ["boss@example.com", "wang@example.com"]
    assert "/welcome/" not in page
    assert not User.objects.get(pk=tiny.mine.pk).has_usable_password()


@pytest.mark.parametrize("unusable", ["", "nobody", "a@b.cn, c@d.cn", "a@b.cn\r\nBcc: c@d.cn"])
def test_whoever_has_no_usable_address_gets_a_slip(hr: Client, tiny: SmallCompany, unusable: str) -> None:
    page = post(hr, "make-mail", new_agent(tiny), new_agent(tiny, "A011", unusable))
    assert [each.to for each in mail.outbox] == [["zhao.min@example.com"]]
    assert len(LINK.findall(page)) == page.count('class="qr"') == 1
    assert "Some have no e-mail address" in page
    assert AuditEntry.objects.filter(action="login.mail").count() == 1


def test_an_agents_address_is_in_the_agents_data(hr: Client, tiny: SmallCompany) -> None:
    User.objects.filter(pk=tiny.mine.pk).update(email="someone.else@example.com")
    assert LINK.search(post(hr, "reset-mail", tiny.mine.agent))
    assert mail.outbox == []


def test_a_manager_is_mailed_at_the_address_of_the_form(hr: Client, tiny: SmallCompany) -> None:
    form = {"name": "王静", "username": "wj", "email": "wang.jing@example.com"}
    page = hr.post("/logins/manager/", form | {"act": "make-mail"}).content.decode()
    assert "w***@example.com" in page
    assert "/welcome/" not in page
    (sent,) = mail.outbox
    assert sent.to == ["wang.jing@example.com"]
    assert User.objects.get(username="wj").email == "wang.jing@example.com"
    printed = hr.post("/logins/manager/", {"name": "李", "username": "li", "email": "", "act": "make-mail"})
    assert LINK.search(printed.content.decode())
    assert len(mail.outbox) == 1


def test_an_address_that_is_none_makes_no_login(hr: Client, tiny: SmallCompany) -> None:
    form = {"name": "王静", "username": "wj", "email": "wang.jing", "act": "make-mail"}
    assert "not an e-mail address" in hr.post("/logins/manager/", form, follow=True).content.decode()
    assert not User.objects.filter(username="wj").exists()


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_a_refused_mail_becomes_a_slip_and_the_others_go_on(
    hr: Client, tiny: SmallCompany, failing: type[Failing], caplog: pytest.LogCaptureFixture
) -> None:
    failing.errors["no@example.com"] = smtplib.SMTPRecipientsRefused({"no@example.com": (550, b"http://link")})
    page = post(hr, "make-mail", new_agent(tiny, "A010", "no@example.com"), new_agent(tiny, "A011"))
    assert [each.to for each in mail.outbox] == [["zhao.min@example.com"]]
    assert len(LINK.findall(page)) == 1
    assert "The mail server did not take" in page
    assert AuditEntry.objects.filter(action="login.mail").count() == 1
    assert "SMTPRecipientsRefused" in caplog.text
    assert "welcome" not in caplog.text
    assert "@" not in caplog.text


@pytest.mark.parametrize(
    "error", [smtplib.SMTPServerDisconnected("gone"), TimeoutError(), smtplib.SMTPAuthenticationError(535, b"no")]
)
def test_a_server_that_is_away_is_asked_once(
    hr: Client, tiny: SmallCompany, failing: type[Failing], error: Exception
) -> None:
    failing.errors["a@example.com"] = error
    page = post(hr, "make-mail", new_agent(tiny, "A010", "a@example.com"), new_agent(tiny, "A011", "b@example.com"))
    assert failing.tried == ["a@example.com"]
    assert len(LINK.findall(page)) == 2
    assert mail.outbox == []


def test_a_server_that_cannot_be_reached_gives_slips(hr: Client, tiny: SmallCompany, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = post(hr, "make-mail", new_agent(tiny))
    assert len(LINK.findall(page)) == 1
    assert User.objects.filter(username="A010").exists()


# --- What a mail says, and what is kept -------------------------------------------------------------------------------


def test_a_mail_says_what_to_do_in_both_languages_and_nothing_else(hr: Client, tiny: SmallCompany) -> None:
    post(hr, "make-mail", new_agent(tiny))
    (sent,) = mail.outbox
    body = str(sent.body)
    chinese, english = body.split("----")
    address = LINK.findall(body)[0]
    for half in (chinese, english):
        assert "赵敏" in half
        assert "A010" in half
        assert f"\nhttp://testserver{address}\n" in half
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", half)
    assert "人力资源部" in chinese
    assert "If you did not expect this mail, tell HR." in english
    assert not re.search(r"[{}]|\d\.\d\d", body)
    assert sent.subject == "您的登录链接 · Your login link"
    assert sent.content_subtype == "plain"
    assert sent.from_email == "绩薪 <hr@example.com>"


def test_a_name_cannot_add_a_header_or_a_line(hr: Client, tiny: SmallCompany) -> None:
    post(hr, "make-mail", new_agent(tiny, name="赵敏\r\nBcc: thief@example.com\r\n\r\n\u202ehttp://evil"))
    (sent,) = mail.outbox
    assert sent.recipients() == ["zhao.min@example.com"]
    written = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    assert written["Bcc"] is None
    assert written["To"] == "zhao.min@example.com"
    assert "赵敏 Bcc: thief@example.com http://evil，您好：" in str(sent.body).splitlines()


def test_one_audit_row_a_mail_with_ids_only(hr: Client, tiny: SmallCompany) -> None:
    post(hr, "make-mail", new_agent(tiny))
    entry = AuditEntry.objects.get(action="login.mail")
    assert (entry.actor_id, entry.object_type) == (tiny.hr.pk, "user")
    assert entry.object_id == str(User.objects.get(username="A010").pk)
    assert entry.detail == {}


def test_mails_go_after_the_transaction(hr: Client, tiny: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, during = len(connection.savepoint_ids), []
    sending = locmem.EmailBackend.send_messages
    monkeypatch.setattr(
        locmem.EmailBackend,
        "send_messages",
        lambda self, messages: (during.append(len(connection.savepoint_ids)), sending(self, messages))[1],
    )
    post(hr, "make-mail", new_agent(tiny))
    assert during == [outside]


@pytest.mark.parametrize(
    ("address", "shown"), [("zhao.min@example.com", "z***@example.com"), ("z@example.com", "z***@example.com")]
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


# --- Offered, and to whom ---------------------------------------------------------------------------------------------


def test_the_page_offers_both_ways(hr: Client, tiny: SmallCompany) -> None:
    page = hr.get("/logins/").content.decode()
    assert page.count('value="make"') == page.count('value="make-mail"') == 2
    assert page.count('value="reset"') == page.count('value="reset-mail"') == 1
    assert 'name="email"' in page


def test_without_a_mail_server_nothing_is_offered_or_sent(hr: Client, tiny: SmallCompany, settings: Any) -> None:
    settings.MAIL_IS_OFFERED = False
    page = hr.get("/logins/").content.decode()
    assert "-mail" not in page
    assert 'name="email"' not in page
    refused = hr.post("/logins/", {"act": "make-mail", "agents": [new_agent(tiny).pk]})
    assert refused["Location"] == "/logins/"
    form = {"name": "王静", "username": "wj", "email": "wang@example.com", "act": "make-mail"}
    assert LINK.search(hr.post("/logins/manager/", form).content.decode())
    assert mail.outbox == []
    assert not User.objects.filter(username="A010").exists()


@pytest.mark.parametrize("who", ["mine", "manager", "approver"])
def test_only_those_with_the_right_mail_links(client: Client, tiny: SmallCompany, who: str) -> None:
    actor = getattr(tiny, who)
    client.force_login(actor)
    agent = new_agent(tiny)
    for path, form in (
        ("/logins/", {"act": "make-mail", "agents": [agent.pk]}),
        ("/logins/manager/", {"act": "make-mail", "name": "x", "username": "x", "email": "x@example.com"}),
    ):
        assert client.post(path, form).status_code == 403
    (link,) = accounts.logins_make(agents=[agent], made_by=tiny.hr)
    with pytest.raises(accounts.MayNotManageLogins):
        login_links_mail(links={"http://testserver/": link}, sent_by=actor)
    assert mail.outbox == []


def test_a_made_up_host_gets_no_mail_sent(hr: Client, tiny: SmallCompany) -> None:
    agent = new_agent(tiny)
    response = hr.post("/logins/", {"act": "make-mail", "agents": [agent.pk]}, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("url", "sender", "expected"),
    [
        ("", "", "False django.core.mail.backends.smtp.EmailBackend localhost 25 False"),
        (
            "smtp+tls://hr%40x.cn:p%2Fw@mail.example:587",
            "hr@x.cn",
            "True django.core.mail.backends.smtp.EmailBackend mail.example 587 True",
        ),
        ("consolemail://", "hr@x.cn", "True django.core.mail.backends.console.EmailBackend None None False"),
    ],
)
def test_the_settings_come_from_the_environment(url: str, sender: str, expected: str) -> None:
    names = "s.MAIL_IS_OFFERED, s.EMAIL_BACKEND, s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS"
    found = _python(f"from django.conf import settings as s; print({names})", EMAIL_URL=url, MAIL_FROM=sender)
    assert found.stdout.strip() == expected, found.stderr


def test_a_mail_server_needs_a_sender() -> None:
    found = _python("from django.conf import settings as s; s.DEBUG", EMAIL_URL="smtp://mail.example:25")
    assert found.returncode != 0
    assert "MAIL_FROM" in found.stderr


def _python(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"EMAIL_URL", "MAIL_FROM"}}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings.base", "SECRET_KEY": "x" * 50, **variables}
    environment |= {"DATABASE_URL": "sqlite:///:memory:"}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


# --- The drawn code ---------------------------------------------------------------------------------------------------


def test_the_drawing_is_the_code_that_segno_makes() -> None:
    text = "http://testserver/welcome/MTI/d1k2j3-0123456789abcdef0123456789abcdef/"
    expected, drawn = segno.make_qr(text, error="m"), qr_code(text)
    dark = set()
    for start, row, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1H(\d+)z", drawn.path):
        assert start == back
        dark |= {(int(row), int(start) + step) for step in range(int(length))}
    assert re.fullmatch(r"(M\d+ \d+h\d+v1H\d+z)+", drawn.path)
    assert drawn.size == len(expected.matrix) + 2 * QUIET_ZONE
    assert dark == {
        (y + QUIET_ZONE, x + QUIET_ZONE) for y, row in enumerate(expected.matrix) for x, bit in enumerate(row) if bit
    }
