"""Who may call what: every address the product has, for every role, by every method.

The addresses are read from the URL resolver, so a new one without a row here fails. A row is the verdict for
anonymous, the agent whose things are asked for, another agent, a manager of their team, HR, an HR approver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.small_company import SmallCompany

ROLES = ("anonymous", "agent", "other", "manager", "hr", "approver")
READ = ("GET", "HEAD")
WRITE = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

WEB_ONLY_READ = "login 405 405 405 405 405"
API_ONLY_READ = "401 405 405 405 405 405"


@dataclass(frozen=True)
class Row:
    """Verdicts in the order of ROLES. ``login``: sent to the login page; ``/path``: sent there; else the status.

    Somebody who has left is nobody: the verdict for anonymous.
    """

    path: str
    read: str
    post: str = WEB_ONLY_READ
    write: str = WEB_ONLY_READ

    def verdict(self, method: str, role: str) -> str:
        row = self.read if method in READ else self.post if method == "POST" else self.write
        return row.split()[ROLES.index("anonymous" if role == "leaver" else role)]


def api(path: str, read: str, write: str = API_ONLY_READ) -> Row:
    return Row(path, read, write, write)


EVERYBODY = "login 200 200 200 200 200"
API_EVERYBODY = "401 200 200 200 200 200"
SLIP = "/me/payslips/TINY-2026-09-A001"
API_SLIP = "/api/v1/payslips/TINY-2026-09-A001"

TABLE: dict[str, Row] = {
    "healthz": Row("/healthz", "200 200 200 200 200 200", "405 405 405 405 405 405", "405 405 405 405 405 405"),
    "readyz": Row("/readyz", "503 503 503 503 503 503", "405 405 405 405 405 405", "405 405 405 405 405 405"),
    # no login opens it: it needs a token, or an address that was named
    "metrics": Row("/metrics", "403 403 403 403 403 403", "405 405 405 405 405 405", "405 405 405 405 405 405"),
    "i18n/setlang/": Row("/i18n/setlang/", "/ / / / / /", "/ / / / / /", "/ / / / / /"),
    # the login pages
    "login/": Row("/login/", "200 / / / / /", "200 / / / / /", "405 / / / / /"),
    "logout/": Row(
        "/logout/", "405 405 405 405 405 405", "login login login login login login", "405 405 405 405 405 405"
    ),
    "password/": Row("/password/", EVERYBODY, EVERYBODY),
    "welcome/<uidb64>/<token>/": Row(
        "/welcome/MQ/abc-def/", "410 410 410 410 410 410", "410 410 410 410 410 410", "410 410 410 410 410 410"
    ),
    "logins/": Row("/logins/", "login 403 403 403 200 403", "login 403 403 403 /logins/ 403"),
    "logins/manager/": Row("/logins/manager/", WEB_ONLY_READ, "login 403 403 403 /logins/ 403"),
    "admin/login/": Row(
        "/admin/login/", "login 403 403 /admin/ /admin/ /admin/", "405 405 405 405 405 405", "405 405 405 405 405 405"
    ),
    # one's own pages
    "": Row("/", "login /me/ /me/ /admin/ /admin/ /admin/"),
    "me/": Row("/me/", EVERYBODY),
    "me/payslips/<str:number>/": Row(f"{SLIP}/", "login 200 404 404 404 404"),
    "me/payslips/<str:number>.pdf": Row(f"{SLIP}.pdf", "login 200 404 404 404 404"),
    # the address names a month only: everybody gets their own, or nothing
    "me/appraisals/<str:month>/": Row("/me/appraisals/2026-09/", "login 200 200 404 404 404"),
    "me/appraisals/<str:month>.pdf": Row("/me/appraisals/2026-09.pdf", "login 200 200 404 404 404"),
    "me/quality/": Row("/me/quality/", EVERYBODY),
    "me/quality/<str:month>/": Row("/me/quality/2026-09/", EVERYBODY),
    "me/quality/findings/<int:finding>/appeal/": Row(
        "/me/quality/findings/{my_finding}/appeal/", "login 200 404 404 404 404", "login 200 404 404 404 404"
    ),
    "me/quality/appeals/<int:appeal>/withdraw/": Row(
        "/me/quality/appeals/{my_appeal}/withdraw/",
        WEB_ONLY_READ,
        "login /me/quality/2026-09/ 404 404 404 404",
    ),
    # training: one's own plan and exams; a login that is no agent's has none
    "me/onboarding/": Row("/me/onboarding/", "login 200 200 404 404 404"),
    "me/exams/": Row("/me/exams/", "login 200 200 404 404 404"),
    "me/exams/<str:code>/start/": Row(
        "/me/exams/no-such-exam/start/", WEB_ONLY_READ, "login /me/exams/ /me/exams/ 404 404 404"
    ),
    "me/exams/attempts/<int:pk>/": Row(
        "/me/exams/attempts/{my_attempt}/", "login 200 404 404 404 404", "login 200 404 404 404 404"
    ),
    # the API
    "api/v1/me/": api("/api/v1/me/", API_EVERYBODY),
    "api/v1/payslips/": api("/api/v1/payslips/", API_EVERYBODY),
    "api/v1/payslips/<str:number>/": api(f"{API_SLIP}/", "401 200 404 404 200 200"),
    "api/v1/payslips/<str:number>/pdf/": api(f"{API_SLIP}/pdf/", "401 200 404 404 200 200"),
    "api/v1/appraisals/": api("/api/v1/appraisals/", API_EVERYBODY),
    "api/v1/appraisals/<str:month>/": api("/api/v1/appraisals/2026-09/", "401 200 200 404 404 404"),
    "api/v1/appraisals/<str:month>/pdf/": api("/api/v1/appraisals/2026-09/pdf/", "401 200 200 404 404 404"),
    "api/v1/runs/": api("/api/v1/runs/", "401 403 403 403 200 200", "401 403 403 403 405 405"),
    "api/v1/runs/<int:pk>/": api("/api/v1/runs/{posted_run}/", "401 403 403 403 200 200", "401 403 403 403 405 405"),
    "api/v1/runs/<int:pk>/progress/": api(
        "/api/v1/runs/{posted_run}/progress/", "401 403 403 403 200 200", "401 403 403 403 405 405"
    ),
    # a script must name a key; the matrix names none
    "api/v1/runs/<int:pk>/stop/": Row(
        "/api/v1/runs/{posted_run}/stop/",
        "401 403 403 403 405 405",
        "401 403 403 403 400 400",
        "401 403 403 403 405 405",
    ),
    "api/v1/runs/<int:pk>/resume/": Row(
        "/api/v1/runs/{posted_run}/resume/",
        "401 403 403 403 405 405",
        "401 403 403 403 400 400",
        "401 403 403 403 405 405",
    ),
    "api/v1/runs/<int:pk>/approve/": Row(
        "/api/v1/runs/{posted_run}/approve/",
        "401 403 403 403 405 405",
        "401 403 403 403 400 400",
        "401 403 403 403 405 405",
    ),
    "api/v1/runs/<int:pk>/findings/": api(
        "/api/v1/runs/{posted_run}/findings/", "401 403 403 403 200 200", "401 403 403 403 405 405"
    ),
    # nothing was worked out for the rows of the tiny company: those who may look find nothing
    "api/v1/runs/<int:pk>/variance/": api(
        "/api/v1/runs/{posted_run}/variance/", "401 403 403 403 404 404", "401 403 403 403 405 405"
    ),
    "api/v1/runs/<int:pk>/variance/people/": api(
        "/api/v1/runs/{posted_run}/variance/people/", "401 403 403 403 404 404", "401 403 403 403 405 405"
    ),
    "api/v1/schema/": api("/api/v1/schema/", API_EVERYBODY),
    "api/v1/^": api("/api/v1/no/such/address", "401 404 404 404 404 404"),
}


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every route of the product, as it is written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def in_admin(route: str) -> bool:
    return route.startswith("admin/") and route not in TABLE


OWN = sorted(route for route in set(routes()) if not in_admin(route))
ADMIN = sorted(route for route in set(routes()) if in_admin(route))


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(OWN) == set(TABLE)


def test_the_admin_is_there() -> None:
    assert "admin/" in ADMIN


def asked(role: str, tiny: SmallCompany) -> Client:
    client = Client(raise_request_exception=True)
    login = {
        "agent": tiny.mine,
        "other": tiny.other,
        "manager": tiny.manager,
        "hr": tiny.hr,
        "approver": tiny.approver,
        "leaver": tiny.leaver,
    }.get(role)
    if login is not None:
        client.force_login(login)
    return client


def verdict_of(response: HttpResponse) -> str:
    if response.status_code not in {301, 302}:
        return str(response.status_code)
    target = response["Location"]
    return "login" if target.partition("?")[0] == "/login/" else target


@pytest.mark.parametrize("role", [*ROLES, "leaver"])
@pytest.mark.parametrize("route", OWN)
def test_verdict(route: str, role: str, tiny: SmallCompany) -> None:
    row = TABLE[route]
    path = row.path.format(
        posted_run=tiny.posted_run.pk,
        my_finding=tiny.my_finding.pk,
        my_appeal=tiny.my_appeal.pk,
        my_attempt=tiny.my_attempt.pk,
    )
    client = asked(role, tiny)
    found = {}
    for method in (*READ, "POST", *WRITE):
        if route == "logout/":
            client = asked(role, tiny)
        found[method] = verdict_of(client.generic(method, path))
    assert found == {method: row.verdict(method, role) for method in found}


def filled(route: str) -> str:
    """An admin address with something in every place."""
    path = route.replace("(?P<url>.*)$", "no-such-page")
    while "<" in path:
        start, end = path.index("<"), path.index(">")
        path = path[:start] + "1" + path[end + 1 :]
    return "/" + path


@pytest.mark.parametrize("role", ["anonymous", "agent", "other", "leaver"])
def test_the_admin_is_closed_to_agents_and_strangers(role: str, tiny: SmallCompany) -> None:
    client = asked(role, tiny)
    wrong = {}
    for route in ADMIN:
        for method in ("GET", "POST"):
            response = client.generic(method, filled(route))
            is_shut = response.status_code in {403, 404, 405} or (
                response.status_code in {301, 302}
                and response["Location"].partition("?")[0] in {"/admin/login/", "/login/", "/admin/"}
            )
            if not is_shut:
                wrong[f"{method} {route}"] = verdict_of(response)
    assert wrong == {}


def test_an_agent_who_tries_the_admin_is_told_so(tiny: SmallCompany) -> None:
    assert asked("agent", tiny).get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("page", ["payslip", "payslipline", "payrun", "payprofile", "salesentry"])
def test_a_manager_sees_no_pay_in_the_admin(page: str, tiny: SmallCompany) -> None:
    assert asked("manager", tiny).get(f"/admin/payroll/{page}/").status_code in {403, 404}
