"""Login, one-time links, the pause after failures, and HR's page of logins."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from grading import models as grading
from grading.jobs.models import AuditEntry
from grading.services import accounts
from grading.web.qr import qr_code
from tests.access.small_company import PASSWORD, SmallCompany, agent
from tests.superuser import thawed

NEW = "ten or more letters"


def log_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"username": username, "password": password, **more})


def told(response: Any) -> str:
    found = re.search(r'class="alert"[^>]*>([^<]*)<', response.content.decode())
    assert found is not None
    return found[1]


def unknown_agent(tiny: SmallCompany, agent_no: str = "A010", **more: Any) -> grading.Agent:
    return grading.Agent.objects.create(
        company=tiny.company, agent_no=agent_no, name="赵敏", role="pre_sales", hire_date="2026-01-01", **more
    )


# --- Logging in -----------------------------------------------------------------------------------------------------


def test_an_agent_logs_in_and_lands_on_the_payslips(client: Client, tiny: SmallCompany) -> None:
    assert log_in(client, "mine")["Location"] == "/"
    assert client.get("/", follow=True).redirect_chain == [("/me/", 302)]


def test_a_phone_writes_the_first_letter_large(client: Client, tiny: SmallCompany) -> None:
    assert log_in(client, " Mine ").status_code == 302


def test_an_exact_name_wins_over_one_in_another_case(client: Client, tiny: SmallCompany) -> None:
    User.objects.create_user("MINE", password=NEW)
    log_in(client, "mine")
    assert client.session["_auth_user_id"] == str(tiny.mine.pk)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_login_leads_nowhere_else(client: Client, tiny: SmallCompany, target: str) -> None:
    assert log_in(client, "mine", next=target)["Location"] == "/"


def test_every_refusal_reads_the_same(client: Client, tiny: SmallCompany) -> None:
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    User.objects.create_user("no-password").set_unusable_password()
    answers = [
        log_in(client, "nobody"),
        log_in(client, "mine", "wrong"),
        log_in(client, "leaver"),
        log_in(client, "closed"),
        log_in(client, "no-password"),
        log_in(client, "jixin-approver"),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({told(answer) for answer in answers}) == 1
    assert "_auth_user_id" not in client.session


def test_every_refusal_costs_one_hash(client: Client, tiny: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    counted = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *args, **kw: (counted.append(1), encode(self, *args, **kw))[1]
    )
    hashes = []
    for name in ("nobody", "mine", "leaver", "jixin-approver"):
        counted.clear()
        log_in(client, name, "wrong")
        hashes.append(len(counted))
    assert hashes == [1, 1, 1, 1]


@pytest.mark.parametrize("name", ["mine", "nobody"])
def test_the_eleventh_try_rests_and_nothing_shows_it(client: Client, tiny: SmallCompany, name: str) -> None:
    answers = [told(log_in(client, name, "wrong")) for _ in range(12)]
    assert len(set(answers)) == 1
    assert told(log_in(client, name, PASSWORD)) == answers[0]
    assert AuditEntry.objects.filter(action="login.failed").count() == accounts.MAX_FAILURES


def test_after_a_quarter_of_an_hour_the_password_works_again(client: Client, tiny: SmallCompany) -> None:
    for _ in range(11):
        log_in(client, "mine", "wrong")
    with thawed():
        AuditEntry.objects.update(at=timezone.now() - accounts.FAILURE_WINDOW - timedelta(seconds=1))
    assert log_in(client, "mine").status_code == 302


def test_strangers_cannot_lock_out_a_browser_that_has_been_in(tiny: SmallCompany) -> None:
    office, stranger = Client(), Client()
    assert log_in(office, "hr").status_code == 302
    office.post("/logout/")
    for _ in range(11):
        log_in(stranger, "hr", "wrong")
    assert told(log_in(stranger, "hr"))
    assert log_in(office, "hr").status_code == 302


def test_a_known_browser_rests_too(tiny: SmallCompany) -> None:
    office = Client()
    log_in(office, "hr")
    office.post("/logout/")
    for _ in range(11):
        log_in(office, "hr", "wrong")
    assert told(log_in(office, "hr"))


def test_a_made_up_device_cookie_is_worth_nothing(client: Client, tiny: SmallCompany) -> None:
    client.cookies["jixin_device"] = "eyJtYXJrIjoieCIsInVzZXJzIjpbMV19:forged"
    for _ in range(11):
        log_in(client, "mine", "wrong")
    client.cookies["jixin_device"] = "another"
    assert told(log_in(client, "mine"))


def test_the_pause_holds_at_the_admins_door_too(client: Client, tiny: SmallCompany) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/?next=")
    assert client.post("/admin/login/", {"username": "hr", "password": PASSWORD}).status_code == 405


def test_what_was_typed_is_not_kept(client: Client, tiny: SmallCompany) -> None:
    log_in(client, "my secret passphrase", "wrong")
    kept = AuditEntry.objects.get(action="login.failed")
    assert "secret" not in f"{kept.object_id}{kept.detail}{kept.object_type}"


def test_login_changes_the_session_key(client: Client, tiny: SmallCompany) -> None:
    client.get("/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = session.session_key
    log_in(client, "mine")
    assert client.session.session_key != session.session_key


def test_logging_out_takes_a_form_with_a_token(tiny: SmallCompany) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(tiny.mine)
    refused = client.post("/logout/")
    assert refused.status_code == 403
    assert "页面已过期" in refused.content.decode()
    assert client.get("/me/").status_code == 200


# --- One-time links -------------------------------------------------------------------------------------------------


def opened(client: Client, link: accounts.LoginLink) -> Any:
    return client.get(f"/welcome/{link.uid}/{link.token}/", follow=True)


def choose(client: Client, link: accounts.LoginLink, password: str = NEW) -> Any:
    opened(client, link)
    return client.post(f"/welcome/{link.uid}/set-password/", {"new_password1": password, "new_password2": password})


def made(tiny: SmallCompany) -> accounts.LoginLink:
    (link,) = accounts.logins_make(agents=[unknown_agent(tiny)], made_by=tiny.hr)
    return link


def test_a_link_lets_its_owner_choose_a_password_once(client: Client, tiny: SmallCompany) -> None:
    link = made(tiny)
    assert link.username in opened(client, link).content.decode()
    assert choose(client, link)["Location"] == "/"
    assert client.get("/me/").status_code == 200
    assert log_in(Client(), link.username, NEW).status_code == 302
    assert opened(Client(), link).status_code == 410
    assert AuditEntry.objects.get(action="login.open").actor_id == link.user_id


def test_the_token_leaves_the_address_bar(client: Client, tiny: SmallCompany) -> None:
    link = made(tiny)
    response = client.get(f"/welcome/{link.uid}/{link.token}/")
    assert response["Location"] == f"/welcome/{link.uid}/set-password/"
    assert link.token not in client.get(response["Location"]).content.decode()


def test_a_link_expires(client: Client, tiny: SmallCompany, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import datetime

    link = made(tiny)
    later = datetime.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 60)  # noqa: DTZ005  as Django does
    monkeypatch.setattr(accounts.OneTimeTokens, "_now", lambda _self: later)
    assert opened(client, link).status_code == 410


@pytest.mark.parametrize("password", ["short", "1234567890123", "password1234"])
def test_a_weak_password_is_refused_with_a_reason(client: Client, tiny: SmallCompany, password: str) -> None:
    link = made(tiny)
    response = choose(client, link, password)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_a_reset_ends_the_password_the_sessions_and_older_links(client: Client, tiny: SmallCompany) -> None:
    client.force_login(tiny.mine)
    first = accounts.login_reset(user_id=tiny.mine.pk, reset_by=tiny.hr)
    assert client.get("/me/").status_code == 302
    assert told(log_in(Client(), "mine"))
    second = accounts.login_reset(user_id=tiny.mine.pk, reset_by=tiny.hr)
    assert opened(Client(), first).status_code == 410
    assert opened(Client(), second).status_code == 200


def test_a_link_of_a_closed_login_or_a_leaver_opens_nothing(client: Client, tiny: SmallCompany) -> None:
    link = made(tiny)
    grading.Agent.objects.filter(user_id=link.user_id).update(leave_date=timezone.localdate() - timedelta(days=1))
    assert opened(client, link).status_code == 410


def test_changing_the_password_ends_the_other_sessions(tiny: SmallCompany) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, "mine")
    log_in(elsewhere, "mine")
    here.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert AuditEntry.objects.filter(action="login.change_password", actor=tiny.mine).exists()


# --- Who may hand out logins ----------------------------------------------------------------------------------------


def test_a_login_is_named_by_the_agent_number_else_with_the_company(tiny: SmallCompany) -> None:
    User.objects.create_user("a011")
    fresh = [unknown_agent(tiny, "A010"), unknown_agent(tiny, "A011")]
    links = accounts.logins_make(agents=fresh, made_by=tiny.hr)
    assert [link.username for link in links] == ["A010", "tiny-A011"]
    login = User.objects.get(username="A010")
    assert [group.name for group in login.groups.all()] == ["agent"]
    assert not login.has_usable_password()
    assert not login.is_staff
    assert accounts.logins_make(agents=fresh, made_by=tiny.hr) == []


def test_leavers_get_no_login(tiny: SmallCompany) -> None:
    gone = unknown_agent(tiny, leave_date=timezone.localdate() - timedelta(days=1))
    last_day = unknown_agent(tiny, "A011", leave_date=timezone.localdate())
    links = accounts.logins_make(agents=[gone, last_day], made_by=tiny.hr)
    assert [link.agent_no for link in links] == ["A011"]
    with pytest.raises(accounts.AgentHasLeft):
        accounts.login_reset(user_id=tiny.leaver.pk, reset_by=tiny.hr)


def test_only_those_with_the_right_hand_out_logins(tiny: SmallCompany) -> None:
    for actor in (tiny.mine, tiny.manager, tiny.approver):
        with pytest.raises(accounts.MayNotManageLogins):
            accounts.logins_make(agents=[unknown_agent(tiny, f"B{actor.pk}")], made_by=actor)
        with pytest.raises(accounts.MayNotManageLogins):
            accounts.login_reset(user_id=tiny.other.pk, reset_by=actor)
        with pytest.raises(accounts.MayNotManageLogins):
            accounts.login_make_manager(username="boss", name="Boss", made_by=actor)


def test_hr_cannot_take_over_an_approver_another_hr_or_an_administrator(tiny: SmallCompany) -> None:
    """Whoever could reset the approver's login could approve their own run."""
    root = User.objects.create_superuser("root", password=PASSWORD)
    special = User.objects.create_user("special")
    special.user_permissions.add(Permission.objects.get(codename="approve_run"))
    for login in (tiny.approver, tiny.hr, root, special):
        for act in (
            lambda pk: accounts.login_reset(user_id=pk, reset_by=tiny.hr),
            lambda pk: accounts.login_disable(user_id=pk, disabled_by=tiny.hr),
            lambda pk: accounts.login_let_manage(user_id=pk, made_by=tiny.hr),
        ):
            with pytest.raises(accounts.LoginBeyondReach):
                act(login.pk)
    assert accounts.login_reset(user_id=tiny.approver.pk, reset_by=root).username == "approver"


def test_an_agent_who_is_also_an_approver_is_beyond_reach(tiny: SmallCompany) -> None:
    tiny.mine.groups.add(tiny.approver.groups.get())
    with pytest.raises(accounts.LoginBeyondReach):
        accounts.login_reset(user_id=tiny.mine.pk, reset_by=tiny.hr)


def test_a_manager_who_is_no_agent(client: Client, tiny: SmallCompany) -> None:
    link = accounts.login_make_manager(username="wang.jing", name="王静", made_by=tiny.hr)
    choose(client, link)
    assert client.get("/")["Location"] == "/admin/"
    with pytest.raises(accounts.UsernameTaken):
        accounts.login_make_manager(username="Wang.Jing", name="王静", made_by=tiny.hr)
    for bad in ("", "a b", "x" * 61, "王\u202e静"):
        with pytest.raises(accounts.BadUsername):
            accounts.login_make_manager(username=bad, name="x", made_by=tiny.hr)


def test_closing_a_login_is_noted_and_a_reset_opens_it_again(client: Client, tiny: SmallCompany) -> None:
    client.force_login(tiny.mine)
    accounts.login_disable(user_id=tiny.mine.pk, disabled_by=tiny.hr)
    assert client.get("/me/").status_code == 302
    choose(client, accounts.login_reset(user_id=tiny.mine.pk, reset_by=tiny.hr))
    assert client.get("/me/").status_code == 200
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "login.disable",
        "login.reset",
        "login.open",
    ]


# --- HR's page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def hr(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.hr)
    client.cookies["django_language"] = "en"
    return client


def test_hr_makes_logins_and_gets_slips_to_print(hr: Client, tiny: SmallCompany) -> None:
    new = unknown_agent(tiny)
    page = hr.post("/logins/", {"act": "make", "agents": [new.pk, "x", "-1", "9" * 30]})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    found = re.search(r"http://testserver(/welcome/[^<]+)", page.content.decode())
    assert found is not None
    assert Client().get(found[1], follow=True).status_code == 200
    assert qr_code(f"http://testserver{found[1]}").path in page.content.decode()


def test_hr_sees_who_has_a_login(hr: Client, tiny: SmallCompany) -> None:
    unknown_agent(tiny)
    page = hr.get("/logins/", {"q": "A0"}).content.decode()
    for state in ("open", "has left", "none"):
        assert f">{state}</span>" in page
    assert "A010" not in hr.get("/logins/", {"q": "王"}).content.decode()


def test_the_page_takes_the_same_number_of_queries_for_many_people(
    hr: Client, tiny: SmallCompany, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        agent(tiny.company, f"C{number:03}", "某某", f"c{number}")
    with django_assert_max_num_queries(12):
        hr.get("/logins/")


def test_hr_closes_logins_and_is_told_what_was_refused(hr: Client, tiny: SmallCompany) -> None:
    page = hr.post(
        "/logins/", {"act": "close", "agents": [tiny.mine.agent.pk], "users": [tiny.approver.pk]}, follow=True
    )
    assert "approver is not an agent" in page.content.decode().replace("&#x27;", "'")
    assert not User.objects.get(pk=tiny.mine.pk).is_active
    assert User.objects.get(pk=tiny.approver.pk).is_active


@pytest.mark.parametrize(
    "form", [{}, {"act": "make"}, {"act": "erase", "agents": ["1"]}, {"act": "reset", "users": ["x"]}]
)
def test_a_form_that_says_nothing_does_nothing(hr: Client, tiny: SmallCompany, form: dict[str, Any]) -> None:
    assert hr.post("/logins/", form)["Location"] == "/logins/"
    assert not AuditEntry.objects.exists()


def test_hr_makes_a_managers_login(hr: Client, tiny: SmallCompany) -> None:
    assert "/welcome/" in hr.post("/logins/manager/", {"name": "王静", "username": "wj"}).content.decode()
    again = hr.post("/logins/manager/", {"name": "王静", "username": "WJ"}, follow=True)
    assert "There is a login" in again.content.decode()
