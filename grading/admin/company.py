"""Companies, shops, teams, agents and their dated facts; who manages a team; logins.

What is known of people comes from files, so it is looked at here and corrected there. Only who manages a team is said
here, because no file says it.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from grading import models
from grading.admin.shown import EMPTY, ShownAdmin, say
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from grading.services import accounts

LINK_PAGE = "one-time-link"
"""The name of the web page that a one-time link opens."""
MAX_RESETS = 200


@admin.register(models.Company)
class CompanyAdmin(ShownAdmin):
    """An employer."""

    list_display = ("code", "name_zh", "name_en", "city", "statutory", "pay_day")
    search_fields = ("code", "name_zh", "name_en")


@admin.register(models.Shop)
class ShopAdmin(ShownAdmin):
    """A shop that teams serve."""

    list_display = ("code", "platform", "company")
    list_filter = ("company", "platform")
    list_select_related = ("company",)
    search_fields = ("code",)


class TeamManagerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who manages a team, from a day until a day. Offers only people whose rights let them decide promotions."""

    class Meta:
        model = models.TeamManager
        fields: ClassVar = ["team", "user", "first_day", "last_day"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            right = Q(codename="decide_promotion", content_type__app_label="grading")
            by_group = User.objects.filter(groups__permissions__in=_permissions(right))
            by_name = User.objects.filter(user_permissions__in=_permissions(right))
            able = User.objects.filter(Q(pk__in=by_group) | Q(pk__in=by_name) | Q(pk=self.instance.user_id))
            self.fields["user"].queryset = able.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
            self.fields["user"].help_text = _("Logins with the right to decide promotions. HR makes them.")


def _permissions(condition: Q) -> QuerySet[Any]:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(condition)


class TeamManagerInline(admin.TabularInline):  # type: ignore[type-arg]
    """The managers of a team, on the team's page."""

    model = models.TeamManager
    form = TeamManagerForm
    extra = 0


@admin.register(models.Team)
class TeamAdmin(ShownAdmin):
    """A team. Its managers are said on its page."""

    list_display = ("code", "name", "department", "platform", "shop", "company")
    list_filter = ("company", "department", "platform")
    list_select_related = ("company", "shop")
    search_fields = ("code", "name")
    inlines = (TeamManagerInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001  Django's
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            _note(request, "add", row)
        for row, _fields in formset.changed_objects:
            _note(request, "change", row)
        for row in formset.deleted_objects:
            _note(request, "delete", row)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The team itself is read-only; the right to change its managers opens the page's form."""
        return request.user.has_perm("grading.change_teammanager")


@admin.register(models.TeamManager)
class TeamManagerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who manages which team, and when."""

    form = TeamManagerForm
    list_display = ("team", "user", "first_day", "last_day")
    list_filter = ("team__company", "team")
    list_select_related = ("team", "user")
    search_fields = ("team__name", "user__username", "user__first_name")
    date_hierarchy = "first_day"
    ordering = ("team", "-first_day")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  Django's
        super().save_model(request, obj, form, change)
        _note(request, "change" if change else "add", obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _note(request, "delete", obj)
        super().delete_model(request, obj)


def _note(request: HttpRequest, act: str, row: models.TeamManager) -> None:
    """Who manages a team decides promotions in it: giving and taking that right leaves a line in the audit log."""
    jobs.audit(
        actor=cast("User", request.user),
        action=f"team_manager.{act}",
        object_type="team",
        object_id=row.team_id,
        detail={"user": row.user_id, "from": str(row.first_day), "to": str(row.last_day or "")},
    )


class AgentFactInline(admin.TabularInline):  # type: ignore[type-arg]
    """The dated facts of an agent."""

    model = models.AgentFact
    extra = 0
    can_delete = False
    ordering = ("kind", "-effective_from")
    readonly_fields = ("recorded_at",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EmploymentFilter(admin.SimpleListFilter):
    """Employed today, or not."""

    title = _("employed")
    parameter_name = "employed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("employed today")), ("left", _("left")), ("later", _("not started yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.Agent]) -> QuerySet[models.Agent]:
        today = timezone.localdate()
        if self.value() == "left":
            return queryset.filter(leave_date__lt=today)
        if self.value() == "later":
            return queryset.filter(hire_date__gt=today)
        if self.value() == "yes":
            return queryset.filter(hire_date__lte=today).exclude(leave_date__lt=today)
        return queryset


class LoginFilter(admin.SimpleListFilter):
    """With a login, or without."""

    title = _("login")
    parameter_name = "login"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("no login")), ("unused", _("never logged in")), ("used", _("has logged in"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.Agent]) -> QuerySet[models.Agent]:
        if self.value() == "none":
            return queryset.filter(user=None)
        if self.value() in {"unused", "used"}:
            return queryset.filter(user__isnull=False, user__last_login__isnull=self.value() == "unused")
        return queryset


@admin.register(models.Agent)
class AgentAdmin(ShownAdmin):
    """Agents, their dated facts and their logins."""

    list_display = ("who", "role", "team", "tier", "hire_date", "leave_date", "login")
    list_filter = (EmploymentFilter, LoginFilter, "role", "company")
    list_select_related = ("user", "company")
    search_fields = ("agent_no", "name")
    date_hierarchy = "hire_date"
    inlines = (AgentFactInline,)
    actions = ("make_logins", "reset_logins")
    change_form_template = "admin/grading/agent/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Agent]:
        teams = models.Team.objects.filter(company=OuterRef("company"), code=OuterRef("team_code"))
        agents = super().get_queryset(request)
        agents = agents.annotate(tier_now=_fact_today("tier"), team_code=_fact_today("team"))
        return agents.annotate(team_now=Subquery(teams.values("name")[:1]))

    @admin.display(description=_("agent"), ordering="agent_no")
    def who(self, agent: models.Agent) -> str:
        return str(agent)

    @admin.display(description=_("tier"), ordering="tier_now")
    def tier(self, agent: Any) -> str:
        return agent.tier_now or EMPTY

    @admin.display(description=_("team"), ordering="team_now")
    def team(self, agent: Any) -> str:
        return agent.team_now or agent.team_code or EMPTY

    @admin.display(description=_("login"), ordering="user__username")
    def login(self, agent: models.Agent) -> str:
        if agent.user is None:
            return EMPTY
        if not agent.user.is_active:
            return _("%(user)s (closed)") % {"user": agent.user.get_username()}
        if agent.user.last_login is None:
            return _("%(user)s (never used)") % {"user": agent.user.get_username()}
        return agent.user.get_username()

    def has_manage_logins_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the actions below."""
        return request.user.has_perm("grading.manage_logins")

    @admin.action(description=_("Make logins and print one-time links"), permissions=["manage_logins"])
    def make_logins(self, request: HttpRequest, agents: QuerySet[models.Agent]) -> HttpResponse | None:
        chosen = list(agents)
        try:
            links = accounts.logins_make(agents=chosen, made_by=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            say(request, error)
            return None
        passed_over = len(chosen) - len(links)
        if passed_over:
            messages.warning(
                request,
                ngettext(
                    "%(count)d person was passed over: has a login already, or has left.",
                    "%(count)d people were passed over: they have a login already, or have left.",
                    passed_over,
                )
                % {"count": passed_over},
            )
        return self._links_page(request, links) if links else None

    @admin.action(description=_("Reset logins and print one-time links"), permissions=["manage_logins"])
    def reset_logins(self, request: HttpRequest, agents: QuerySet[models.Agent]) -> HttpResponse | None:
        links = []
        for agent in agents.exclude(user=None)[:MAX_RESETS]:
            try:
                links.append(accounts.login_reset(user_id=agent.user_id, reset_by=request.user))  # type: ignore[arg-type]
            except DomainError as error:
                say(request, error)
        if not links:
            messages.warning(request, _("Nobody of the chosen has a login that could be reset."))
            return None
        return self._links_page(request, links)

    def _links_page(self, request: HttpRequest, links: list[accounts.LoginLink]) -> HttpResponse:
        """The one-time links, shown once and kept nowhere: to be printed or handed over one by one."""
        if not self.has_manage_logins_permission(request):
            raise PermissionDenied
        return TemplateResponse(
            request,
            "admin/grading/agent/links.html",
            {
                **self.admin_site.each_context(request),
                "title": _("One-time login links"),
                "opts": self.opts,
                "links": [(link, link_address(request, link)) for link in links],
            },
        )


def link_address(request: HttpRequest, link: accounts.LoginLink) -> str:
    """The full address of a one-time link."""
    return request.build_absolute_uri(reverse(LINK_PAGE, args=[link.uid, link.token]))


def _fact_today(kind: str) -> Subquery:
    facts = models.AgentFact.objects.filter(agent=OuterRef("pk"), kind=kind, effective_from__lte=timezone.localdate())
    return Subquery(facts.order_by("-effective_from").values("value")[:1])


@admin.register(models.AgentFact)
class AgentFactAdmin(ShownAdmin):
    """Dated facts: tier, team, manager."""

    list_display = ("agent", "kind", "value", "effective_from", "source", "recorded_at")
    list_filter = ("kind", "source", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name", "value")
    date_hierarchy = "effective_from"
    ordering = ("agent__agent_no", "kind", "-effective_from")
