"""Logins for looking around the demo company. Their passwords are made from this installation's own secret key."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User

from grading import public as grading


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login as it is printed."""

    username: str
    password: str
    role: str


def demo_logins_make(company: grading.Company, agent_no: str, managed_team: str) -> list[DemoLogin]:
    """HR, an approver, a manager of one team, and one agent. Making them again changes nothing."""
    made = []
    for username, role in (
        ("demo-hr", "HR"),
        ("demo-approver", "HR approver"),
        ("demo-manager", "manager"),
        (agent_no, "agent"),
    ):
        user, _new = User.objects.get_or_create(username=username)
        password = _password(username)
        if not user.check_password(password):
            user.set_password(password)
        user.is_staff = role != "agent"
        user.save()
        user.groups.set([Group.objects.get(name=role)])
        made.append(DemoLogin(username, password, role))
    grading.Agent.objects.filter(company=company, agent_no=agent_no).update(user=User.objects.get(username=agent_no))
    team = grading.Team.objects.get(company=company, code=managed_team)
    manager = User.objects.get(username="demo-manager")
    grading.TeamManager.objects.get_or_create(
        team=team, user=manager, defaults={"first_day": min(company.agents.values_list("hire_date", flat=True))}
    )
    return made


def _password(username: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo:{username}".encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:12]
