"""A small company, its month, and one login per role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from grading import models as grading_models
from grading.imports.folder import CompanyFolder
from grading.kernel.period import Month
from payroll import models
from payroll.services.loading import company_load
from tests.admin.small_company import MONTH, files, month_run


@pytest.fixture(autouse=True)
def _in_english(settings) -> None:
    settings.LANGUAGE_CODE = "en"


def _user(name: str, group: str | None, **columns: object) -> User:
    user = User.objects.create_user(name, password="a-long-password", **columns)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def hr(db) -> User:
    return _user("hr", "HR", is_staff=True)


@pytest.fixture
def boss(db) -> User:
    return _user("boss", "HR approver", is_staff=True)


@pytest.fixture
def manager(db) -> User:
    return _user("manager", "manager", is_staff=True)


@pytest.fixture
def agent_user(db) -> User:
    return _user("agent", "agent")


@pytest.fixture
def root(db) -> User:
    return _user("root", None, is_staff=True, is_superuser=True)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    def client(user: User) -> Client:
        logged_in = Client(headers={"accept-language": "en"})
        logged_in.force_login(user)
        return logged_in

    return client


@pytest.fixture
def load(hr: User) -> Callable[..., grading_models.Company]:
    def loaded(agents: int = 5, months: tuple[Month, ...] = (MONTH,)) -> grading_models.Company:
        folder = CompanyFolder.from_files("small", files(agents, months))
        report = company_load(folder, loaded_by=hr)
        assert not report.problems, [str(problem) for problem in report.problems]
        assert report.company is not None
        return report.company

    return loaded


@pytest.fixture
def company(load) -> grading_models.Company:
    return load()


@pytest.fixture
def run(company, hr) -> models.PayRun:
    return month_run(company, MONTH, hr)


@pytest.fixture
def managed(company, manager) -> set[int]:
    """Team one is the manager's; its agents' ids."""
    team = company.teams.get(code="one")
    grading_models.TeamManager.objects.create(team=team, user=manager, first_day=timezone.localdate())
    facts = grading_models.AgentFact.objects.filter(kind="team", value="one")
    return set(facts.values_list("agent_id", flat=True))


_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE)
_INLINE = re.compile(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=\s*[\"']", re.IGNORECASE)
_NOSCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL | re.IGNORECASE)


@pytest.fixture
def assert_no_inline() -> Callable[[str], None]:
    def check(html: str) -> None:
        """Nothing that the content security policy would block. Inside noscript there is no script to run."""
        kept = _NOSCRIPT.sub("", html)
        assert not _SCRIPT.search(kept)
        assert not _INLINE.search(kept)
        assert "<style" not in kept
        assert "javascript:" not in kept

    return check
