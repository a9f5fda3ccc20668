"""Login, logout, passwords, one-time links, and HR's page of logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grading import models
from grading.kernel.errors import DomainError
from grading.services import accounts
from grading.services.login_mail import MailOutcome, login_links_mail
from grading.web import device
from grading.web.forms import ChangePasswordForm, ChoosePasswordForm, LoginForm, ManagerLoginForm
from grading.web.qr import QrCode, qr_code
from grading.wording import error_text

BACKEND = "grading.web.backends.OpenLoginBackend"
AFTER_LOGIN = "/"
PAGE_SIZE = 50


class Login(auth_views.LoginView):
    """The one login page, for agents, managers and HR alike."""

    http_method_names = ["get", "head", "post"]
    template_name = "grading/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        device.remember(self.request, response, form.get_user())
        return response


class Logout(auth_views.LogoutView):
    """Ends the session. Only by a form: a link or a picture on another page cannot do it."""

    http_method_names = ["post"]
    next_page = "login"


class OneTimeLink(auth_views.PasswordResetConfirmView):
    """Choose a password by a one-time link, and be logged in. The token leaves the address bar at once."""

    http_method_names = ["get", "head", "post"]
    template_name = "grading/one_time_link.html"
    form_class = ChoosePasswordForm
    token_generator = accounts.one_time_tokens
    post_reset_login = True
    post_reset_login_backend = BACKEND
    success_url = AFTER_LOGIN
    user: User | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Asking who is logged in ends a dead session. Asked later, that would take this page's token with it.
        _asked = request.user.is_authenticated
        return super().dispatch(request, *args, **kwargs)

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user is not None and accounts.login_is_open(user, timezone.localdate()) else None

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.password_chosen(user=form.user, by_link=True)
        device.remember(self.request, response, form.user)
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if not self.validlink:
            kwargs["status"] = 410
        return super().render_to_response(context, **kwargs)


class ChangePassword(auth_views.PasswordChangeView):
    """Change one's own password. All other sessions of the login end."""

    http_method_names = ["get", "head", "post"]
    template_name = "grading/change_password.html"
    form_class = ChangePasswordForm
    success_url = AFTER_LOGIN

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.password_chosen(user=form.user, by_link=False)
        messages.success(self.request, _("Your password has been changed."))
        return response


@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin's login address: leads to the one login page; somebody logged in who may not enter is told so."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("admin:index")
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{resolve_url('login')}?{urlencode({'next': target})}")
    if not request.user.is_staff:
        raise PermissionDenied
    return HttpResponseRedirect(target)


# --- HR's page of logins --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoginRow:
    """One person on the page of logins. ``state`` is one of none, waiting, open, closed, left."""

    agent: models.Agent | None
    user: User | None
    state: str
    is_reachable: bool


PRINTED_ACTS = frozenset({"make", "reset"})
MAILED_ACTS = frozenset({"make-mail", "reset-mail"})
OTHER_ACTS = frozenset({"close", "manager"})


@dataclass(frozen=True, slots=True)
class Mailed:
    """Somebody whose one-time link went by e-mail."""

    link: accounts.LoginLink
    address: str


@dataclass(frozen=True, slots=True)
class Slip:
    """One person's printed one-time link."""

    link: accounts.LoginLink
    address: str
    code: QrCode


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def logins(request: HttpRequest) -> HttpResponse:
    """Who has a login; make, reset, close. A link is mailed, or shown once, in the answer to the form, for printing."""
    actor = _hr(request)
    if request.method == "POST":
        return _logins_act(request, actor)
    wanted = request.GET.get("q", "").strip()[:50]
    agents = _agents(wanted)
    page = Paginator(agents, PAGE_SIZE).get_page(request.GET.get("page"))
    managers = User.objects.filter(groups__name=accounts.MANAGER_GROUP, agent=None).order_by("username")
    return render(
        request,
        "grading/logins.html",
        {
            "page": page,
            "rows": _rows([(agent, agent.user) for agent in page], actor),
            "managers": _rows([(None, user) for user in managers], actor),
            "q": wanted,
            "manager_form": ManagerLoginForm(),
            "mail_is_offered": settings.MAIL_IS_OFFERED,
        },
    )


@login_required
@require_http_methods(["POST"])
def logins_manager(request: HttpRequest) -> HttpResponse:
    """Make a login for a manager who is no agent."""
    actor = _hr(request)
    form = ManagerLoginForm(request.POST)
    if not form.is_valid():
        wrong_address = "email" in form.errors
        messages.error(
            request,
            _("That is not an e-mail address. Correct it, or leave it empty.")
            if wrong_address
            else _("Fill in both the name and the user name."),
        )
        return redirect("logins")
    try:
        link = accounts.login_make_manager(
            username=form.cleaned_data["username"],
            name=form.cleaned_data["name"],
            email=form.cleaned_data.get("email", ""),
            made_by=actor,
        )
    except DomainError as error:
        messages.error(request, _sentence(error))
        return redirect("logins")
    by_mail = settings.MAIL_IS_OFFERED and request.POST.get("act") == "make-mail"
    return _handed_out(request, actor, [link], by_mail=by_mail)


def _logins_act(request: HttpRequest, actor: User) -> HttpResponse:
    act = request.POST.get("act", "")
    agent_ids, user_ids = _ids(request, "agents"), _ids(request, "users")
    chosen = models.Agent.objects.filter(pk__in=agent_ids)
    if act not in _acts() or not (agent_ids or user_ids):
        messages.error(request, _("Choose people and what to do with their logins."))
        return redirect("logins")
    act, by_mail = act.removesuffix("-mail"), act in MAILED_ACTS
    if act == "make":
        return _handed_out(request, actor, accounts.logins_make(agents=chosen, made_by=actor), by_mail=by_mail)
    user_ids |= set(chosen.exclude(user=None).values_list("user_id", flat=True))
    links = []
    for user_id in sorted(user_ids):
        try:
            if act == "reset":
                links.append(accounts.login_reset(user_id=user_id, reset_by=actor))
            elif act == "close":
                accounts.login_disable(user_id=user_id, disabled_by=actor)
            else:
                accounts.login_let_manage(user_id=user_id, made_by=actor)
        except DomainError as error:
            messages.error(request, _sentence(error))
    if act == "reset":
        return _handed_out(request, actor, links, by_mail=by_mail)
    messages.success(request, _("The logins chosen are closed.") if act == "close" else _("They may now manage teams."))
    return redirect("logins")


def _acts() -> frozenset[str]:
    return PRINTED_ACTS | OTHER_ACTS | (MAILED_ACTS if settings.MAIL_IS_OFFERED else frozenset())


def _ids(request: HttpRequest, name: str) -> set[int]:
    """The numbers sent under a name; what is not a number was not sent by our page and is left out."""
    return {
        int(text) for text in request.POST.getlist(name)[:1000] if text.isascii() and text.isdigit() and len(text) < 19
    }


def _handed_out(request: HttpRequest, actor: User, links: list[accounts.LoginLink], *, by_mail: bool) -> HttpResponse:
    """The answer to making links: whom they were mailed to, and slips for everybody else."""
    if not links:
        messages.warning(request, _("No new link: nobody chosen can have one this way."))
        return redirect("logins")
    addressed = {
        request.build_absolute_uri(reverse("one-time-link", args=[link.uid, link.token])): link for link in links
    }
    outcome = MailOutcome({}, frozenset())
    if by_mail:
        outcome = login_links_mail(links=addressed, sent_by=actor)
    return render(
        request,
        "grading/login_slips.html",
        {
            "by_mail": by_mail,
            "mailed": [Mailed(link, outcome.mailed[link.user_id]) for link in links if link.user_id in outcome.mailed],
            "some_failed": bool(outcome.failed),
            "slips": [
                Slip(link, address, qr_code(address))
                for address, link in addressed.items()
                if link.user_id not in outcome.mailed
            ],
        },
    )


def _hr(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not user.has_perm("grading.manage_logins"):
        raise PermissionDenied
    return user


def _agents(wanted: str) -> QuerySet[models.Agent]:
    agents = models.Agent.objects.select_related("user", "company").order_by("company__code", "agent_no")
    if wanted:
        agents = agents.filter(Q(agent_no__icontains=wanted) | Q(name__icontains=wanted))
    return agents


def _rows(people: list[tuple[models.Agent | None, User | None]], actor: User) -> list[LoginRow]:
    today = timezone.localdate()
    users = [user.pk for _agent, user in people if user is not None]
    reachable = set(accounts.logins_within_reach(actor).filter(pk__in=users).values_list("pk", flat=True))
    return [
        LoginRow(agent, user, _state(agent, user, today), user is None or user.pk in reachable)
        for agent, user in people
    ]


def _state(agent: models.Agent | None, user: User | None, today: date) -> str:
    if agent is not None and agent.leave_date is not None and agent.leave_date < today:
        return "left"
    if user is None:
        return "none"
    if not user.is_active:
        return "closed"
    return "open" if user.has_usable_password() else "waiting"


def _sentence(error: DomainError) -> str:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return error_text(error.code, error.values, language, str(error))
