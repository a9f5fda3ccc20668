"""Logins: made, reset and closed by HR; opened by a one-time link; paused after too many failures.

A login never has a password that anybody but its owner knows: HR hands out links, and a reset takes the old password,
its sessions and its older links with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from grading import models
from grading.jobs import services as jobs
from grading.jobs.models import AuditEntry
from grading.kernel.errors import DomainError

AGENT_GROUP = "agent"
MANAGER_GROUP = "manager"
MANAGED_GROUPS = frozenset({AGENT_GROUP, MANAGER_GROUP})
"""The groups whose logins HR may hand out. Whoever could reset an approver's login could approve their own run."""

MAX_FAILURES = 10
FAILURE_WINDOW = timedelta(minutes=15)
_FAILED = "login.failed"
_ATTEMPT = "login_attempt"


class MayNotManageLogins(DomainError):
    """A user without the right to make and reset logins."""

    code = "grading.may_not_manage_logins"
    template = "{user} may not make or reset logins. An administrator can grant the right."


class LoginBeyondReach(DomainError):
    """A login with rights that HR may not take over: an approver, another HR user, an administrator."""

    code = "grading.login_beyond_reach"
    template = "{user} is not an agent's or manager's login. Only an administrator can make, reset or close it."


class UsernameTaken(DomainError):
    """A user name that exists already."""

    code = "grading.username_taken"
    template = "There is a login '{user}' already. Choose another user name, or reset that login."


class BadUsername(DomainError):
    """A user name with characters that cannot be typed reliably."""

    code = "grading.bad_username"
    template = "'{user}' cannot be a user name. Use 1 to 60 letters, digits and @ . + - _"


class AgentHasLeft(DomainError):
    """A login asked for somebody who has left."""

    code = "grading.agent_has_left"
    template = "{agent} left after {day} and cannot have a login. Correct the last paid day if that is wrong."


class OneTimeTokens(PasswordResetTokenGenerator):
    """Tokens of one-time links. Bound to the password and the last login, so each works once and a reset ends it."""

    key_salt = "grading.services.accounts.OneTimeTokens"


one_time_tokens = OneTimeTokens()


@dataclass(frozen=True, slots=True)
class LoginLink:
    """What is handed to a person: the user name, and the two parts of the one-time link. Kept nowhere."""

    user_id: int
    username: str
    name: str
    agent_no: str
    uid: str
    token: str
    valid_until: datetime


# --- Who may log in -------------------------------------------------------------------------------------------------


def login_is_open(user: User, today: date) -> bool:
    """Whether a login works on a day: it is active, and its agent, if it has one, has not left before that day."""
    if not user.is_active:
        return False
    agent = agent_of(user)
    return agent is None or agent.leave_date is None or agent.leave_date >= today


def agent_of(user: User) -> models.Agent | None:
    """The agent that a login belongs to, if any."""
    return getattr(user, "agent", None)


# --- Making, resetting, closing -------------------------------------------------------------------------------------


@transaction.atomic
def logins_make(*, agents: Iterable[models.Agent], made_by: User) -> list[LoginLink]:
    """Logins for agents, with their one-time links. Whoever has a login already, or has left, is passed over.

    Raises MayNotManageLogins.
    """
    _require_right(made_by)
    today = timezone.localdate()
    wanted = [agent.pk for agent in agents]
    found = models.Agent.objects.select_for_update(of=("self",)).filter(pk__in=wanted, user=None)
    group = Group.objects.get(name=AGENT_GROUP)
    links, made = [], []
    for agent in found.select_related("company").order_by("company__code", "agent_no"):
        if agent.leave_date is not None and agent.leave_date < today:
            continue
        user = _new_user(_free_username(agent), agent.name, group)
        agent.user = user
        agent.save(update_fields=["user"])
        detail = {"agent": agent.agent_no, "group": AGENT_GROUP}
        made.append(jobs.Act(action="login.make", object_type="user", object_id=user.pk, detail=detail))
        links.append(_link(user))
    jobs.audit_all(made_by, made)
    return links


@transaction.atomic
def login_make_manager(*, username: str, name: str, made_by: User, email: str = "") -> LoginLink:
    """A login for a manager who is no agent. Which teams, and from when, is said by TeamManager rows, not here.

    Raises MayNotManageLogins, BadUsername, UsernameTaken.
    """
    _require_right(made_by)
    username = User.normalize_username(username.strip())
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise BadUsername(user=username) from error
    if not 0 < len(username) <= 60:
        raise BadUsername(user=username[:60])
    if User.objects.filter(username__iexact=username).exists():
        raise UsernameTaken(user=username)
    group = Group.objects.get(name=MANAGER_GROUP)
    user = _new_user(username, name.strip(), group, is_staff=True, email=email.strip())
    jobs.audit(
        actor=made_by, action="login.make", object_type="user", object_id=user.pk, detail={"group": MANAGER_GROUP}
    )
    return _link(user)


@transaction.atomic
def login_let_manage(*, user_id: int, made_by: User) -> None:
    """Let an agent's login enter the managers' pages too. Raises MayNotManageLogins, LoginBeyondReach."""
    _require_right(made_by)
    user = _locked(user_id, made_by)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get(name=MANAGER_GROUP))
    jobs.audit(
        actor=made_by,
        action="login.let_manage",
        object_type="user",
        object_id=user.pk,
        detail={"group": MANAGER_GROUP},
    )


@transaction.atomic
def login_reset(*, user_id: int, reset_by: User) -> LoginLink:
    """A new one-time link. The old password, its sessions and older links end now; a closed login is open again.

    Raises MayNotManageLogins, LoginBeyondReach, AgentHasLeft.
    """
    _require_right(reset_by)
    user = _locked(user_id, reset_by)
    user.is_active = True
    agent = agent_of(user)
    if agent is not None and not login_is_open(user, timezone.localdate()):
        raise AgentHasLeft(agent=agent.agent_no, day=agent.leave_date)
    user.set_unusable_password()
    user.save(update_fields=["password", "is_active"])
    jobs.audit(actor=reset_by, action="login.reset", object_type="user", object_id=user.pk)
    return _link(user)


@transaction.atomic
def login_disable(*, user_id: int, disabled_by: User) -> None:
    """Close a login and its sessions until it is reset. Raises MayNotManageLogins, LoginBeyondReach."""
    _require_right(disabled_by)
    user = _locked(user_id, disabled_by)
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["password", "is_active"])
    jobs.audit(actor=disabled_by, action="login.disable", object_type="user", object_id=user.pk)


def password_chosen(*, user: User, by_link: bool) -> None:
    """Note that a user has chosen a password: by a one-time link, or by changing the old one."""
    action = "login.open" if by_link else "login.change_password"
    jobs.audit(actor=user, action=action, object_type="user", object_id=user.pk)


def logins_within_reach(actor: User) -> QuerySet[User]:
    """The logins that an actor with the right to manage logins may touch: nobody with rights of another kind."""
    users = User.objects.all()
    if actor.is_superuser:
        return users
    beyond = User.objects.filter(
        Q(is_superuser=True)
        | Q(user_permissions__isnull=False)
        | Q(groups__in=Group.objects.exclude(name__in=MANAGED_GROUPS))
    )
    return users.exclude(pk__in=beyond.values("pk"))


def _require_right(actor: User) -> None:
    if not actor.has_perm("grading.manage_logins"):
        raise MayNotManageLogins(user=actor.get_username())


def _locked(user_id: int, actor: User) -> User:
    user = User.objects.select_for_update().get(pk=user_id)
    if not logins_within_reach(actor).filter(pk=user_id).exists():
        raise LoginBeyondReach(user=user.get_username())
    return user


def _new_user(username: str, name: str, group: Group, *, is_staff: bool = False, email: str = "") -> User:
    user = User(username=username, first_name=name[:150], is_staff=is_staff, email=email)
    user.set_unusable_password()
    user.save()
    user.groups.add(group)
    return user


def _free_username(agent: models.Agent) -> str:
    """The agent number; with the company's code before it when somebody else has it; then counted on."""
    names = [agent.agent_no, f"{agent.company.code}-{agent.agent_no}"]
    for name in names:
        if not User.objects.filter(username__iexact=User.normalize_username(name)).exists():
            return User.normalize_username(name)
    taken = User.objects.filter(username__istartswith=names[1]).count()
    return User.normalize_username(f"{names[1]}-{taken + 1}")


def _link(user: User) -> LoginLink:
    agent = agent_of(user)
    return LoginLink(
        user_id=user.pk,
        username=user.get_username(),
        name=user.get_full_name(),
        agent_no="" if agent is None else agent.agent_no,
        uid=urlsafe_base64_encode(force_bytes(user.pk)),
        token=one_time_tokens.make_token(user),
        valid_until=timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


# --- Failed logins --------------------------------------------------------------------------------------------------
# Counted for the name as typed, whether it exists or not, so that a pause tells nobody which names exist. A browser
# that has logged in to an account before is counted apart: a stranger's failures do not lock its owner out.


def login_is_paused(username: str, device: str, user: User | None) -> bool:
    """Whether a name has failed too often lately. A login since then, by the password or a link, starts afresh."""
    since = timezone.now() - FAILURE_WINDOW
    if user is not None and user.last_login is not None:
        since = max(since, user.last_login)
    failures = AuditEntry.objects.filter(
        object_type=_ATTEMPT, object_id=_attempt_key(username, device), action=_FAILED, at__gt=since
    )
    return failures.count() >= MAX_FAILURES


def login_failed(username: str, device: str, user: User | None) -> None:
    """Note a failed login. What was typed is kept as a keyed hash: people type passwords into the wrong field."""
    jobs.audit(
        actor=None,
        action=_FAILED,
        object_type=_ATTEMPT,
        object_id=_attempt_key(username, device),
        detail={} if user is None else {"user": user.pk},
    )


def _attempt_key(username: str, device: str) -> str:
    return salted_hmac(_ATTEMPT, f"{username.casefold()}\0{device}", algorithm="sha256").hexdigest()[:40]
