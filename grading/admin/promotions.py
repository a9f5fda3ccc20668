"""Promotion requests, the managers' desk: asked for, judged with the evidence on one page, decided by another person.

Every act calls a service, which checks again who may do it. No pay is shown anywhere on these pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grading import models, selectors
from grading.admin.shown import EMPTY, ShownAdmin, language, say
from grading.admin.training import evidence_rows
from grading.domain.ladder import Lack, Ladder
from grading.errors import PromotionAlreadyDecided
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, shown
from grading.kernel.period import Month
from grading.services import promotions

MONTHS_SHOWN = 6
ROWS_SHOWN = 100
Status = models.PromotionRequest.Status

LACKS = {
    Lack.TENURE: gettext_lazy("too short a time"),
    Lack.PREVIOUS_TIER: gettext_lazy("not on the tier below"),
    Lack.TIER_START: gettext_lazy("no first day on the tier is known"),
    Lack.AVERAGE_SCORE: gettext_lazy("average score too low"),
}


def may_see_everybody(request: HttpRequest) -> bool:
    """Whether the reader may decide for everybody, or only for managed agents."""
    return request.user.has_perm("grading.decide_any_promotion")


def requests_visible(request: HttpRequest) -> QuerySet[models.PromotionRequest]:
    """The requests that the reader may decide, or could have decided: one's own people, today."""
    rows = models.PromotionRequest.objects.select_related("agent", "ladder", "requested_by", "decided_by")
    if may_see_everybody(request):
        return rows
    if request.user.has_perm("grading.decide_promotion"):
        return rows.filter(agent_id__in=selectors.agents_managed(request.user, timezone.localdate()))  # type: ignore[arg-type]
    return rows.none()


class LadderNames:
    """Names of tiers by ladder version, each ladder read once."""

    def __init__(self) -> None:
        self._ladders: dict[int | None, Ladder] = {}

    def __call__(self, request: models.PromotionRequest, tier: str) -> str:
        if request.ladder_id not in self._ladders:
            self._ladders[request.ladder_id] = selectors.ladder_of(request)
        return tier_name(self._ladders[request.ladder_id], tier)


def tier_name(ladder: Ladder, code: str | None) -> str:
    """A tier's name in the reader's language; its code when the ladder does not have it."""
    if not code:
        return EMPTY
    for tier in ladder.tiers:
        if tier.tier == code:
            return (tier.name_zh if language() == "zh" else tier.name_en) or code
    return code


class DecisionFilter(admin.SimpleListFilter):
    """What waits for a decision comes first; everything else on demand."""

    title = gettext_lazy("status")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("All")), ("approved", Status.APPROVED.label), ("rejected", Status.REJECTED.label)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("waiting for a decision"),
        }
        for code, name in self.lookup_choices:
            yield {
                "selected": self.value() == code,
                "query_string": changelist.get_query_string({self.parameter_name: code}),
                "display": name,
            }

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[models.PromotionRequest]
    ) -> QuerySet[models.PromotionRequest]:
        if self.value() == "all":
            return queryset
        return queryset.filter(status=self.value() or Status.PROPOSED)


class DecisionForm(forms.Form):
    """One box per checklist item, a comment, and a first day if it is not to be the ladder's own."""

    comment = forms.CharField(
        label=gettext_lazy("comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    effective_from = forms.DateField(
        label=gettext_lazy("first day on the new tier"),
        required=False,
        help_text=gettext_lazy("Empty: the first of the next month, never before the day of eligibility."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, items: dict[str, tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._items = items
        place = 0 if language() == "zh" else 1
        for code, texts in items.items():
            self.fields[f"item_{code}"] = forms.BooleanField(label=texts[place] or texts[0], required=False)

    def items(self) -> list[forms.BoundField]:
        return [self[f"item_{code}"] for code in self._items]

    def confirmed(self) -> dict[str, bool]:
        return {code: bool(self.cleaned_data.get(f"item_{code}")) for code in self._items}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the page that asks for promotions."""

    agent_id: int
    agent_no: str
    name: str
    team: str
    hire_date: date
    tier: str
    next_tier: str
    tenure_months: int
    eligible_on: date | None
    lacks: tuple[str, ...]
    is_asked: bool

    @property
    def may_ask(self) -> bool:
        return not self.lacks and not self.is_asked


@admin.register(models.PromotionRequest)
class PromotionRequestAdmin(ShownAdmin):
    """Requests of the people whose promotion the reader may decide."""

    list_display = ("who", "step", "tenure", "eligible_on", "status", "effective_from")
    list_display_links = ("who",)
    list_filter = (DecisionFilter, "agent__company")
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("eligible_on", "agent__agent_no")

    # --- who sees what ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.PromotionRequest]:
        return requests_visible(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asking is for those who manage people; who may ask for whom is checked with the person."""
        return request.user.has_perm("grading.decide_promotion") or may_see_everybody(request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return super().get_list_filter(request) if may_see_everybody(request) else (DecisionFilter,)

    # --- the list ---

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        names = LadderNames()
        for row in changelist.result_list:
            row.step_shown = (names(row, row.from_tier), names(row, row.to_tier))
        return changelist

    @admin.display(description=gettext_lazy("agent"), ordering="agent__agent_no")
    def who(self, row: models.PromotionRequest) -> str:
        return str(row.agent)

    @admin.display(description=gettext_lazy("from → to"), ordering="to_tier")
    def step(self, row: Any) -> str:
        return format_html("{} → <strong>{}</strong>", *row.step_shown)

    @admin.display(description=gettext_lazy("tenure (months)"))
    def tenure(self, row: models.PromotionRequest) -> str:
        return str(row.evidence.get("tenure_months", EMPTY))

    # --- one request ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The evidence and the form that decides. Somebody else's people are as good as not there."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        items = promotions.checklist_of(row)
        if request.method == "POST":
            form = DecisionForm(items, request.POST)
            if form.is_valid() and self._decided(request, row, form):
                return HttpResponseRedirect(reverse("admin:grading_promotionrequest_changelist"))
            row.refresh_from_db()
        else:
            ticked = {f"item_{code}": confirmed for code, confirmed in row.checklist.items()}
            form = DecisionForm(items, initial={**ticked, "comment": row.comment})
        return TemplateResponse(
            request, "admin/grading/promotionrequest/decide.html", self._page(request, row, form, items)
        )

    def _decided(self, request: HttpRequest, row: models.PromotionRequest, form: DecisionForm) -> bool:
        """Decide as the pressed button says. False when it was refused and the form is to be shown again."""
        decision, comment = request.POST.get("decision"), form.cleaned_data["comment"]
        if decision == "reject" and not comment.strip():
            form.add_error("comment", _("Say why it is rejected: the person who asked will read it."))
            return False
        try:
            if decision == "approve":
                promotions.promotion_approve(
                    request_id=row.pk,
                    decided_by=request.user,  # type: ignore[arg-type]
                    confirmed=form.confirmed(),
                    comment=comment,
                    today=timezone.localdate(),
                    effective_from=form.cleaned_data["effective_from"],
                )
            elif decision == "reject":
                promotions.promotion_reject(request_id=row.pk, decided_by=request.user, comment=comment)  # type: ignore[arg-type]
            else:
                return False
        except PromotionAlreadyDecided as error:
            say(request, error)
            return True
        except DomainError as error:
            say(request, error)
            return False
        row.refresh_from_db()
        _tell(request, row)
        return True

    def _page(
        self, request: HttpRequest, row: models.PromotionRequest, form: DecisionForm, items: dict[str, tuple[str, str]]
    ) -> dict[str, Any]:
        names = LadderNames()
        average = row.evidence.get("average_score")
        return {
            **self.admin_site.each_context(request),
            "title": _("Promotion of %(agent)s") % {"agent": row.agent},
            "opts": self.opts,
            "row": row,
            "form": form,
            "from_tier": names(row, row.from_tier),
            "to_tier": names(row, row.to_tier),
            "tier_today": _tier_today(row),
            "average_score": shown(exact(average)) if average else None,
            "appraisals": [
                (appraisal, None if appraisal.total_score is None else shown(appraisal.total_score))
                for appraisal in row.agent.appraisals.select_related("cycle").order_by("-cycle__month")[:MONTHS_SHOWN]
            ],
            "checked": [
                (texts[0 if language() == "zh" else 1] or texts[0], row.checklist.get(code, False))
                for code, texts in items.items()
            ],
            "training": evidence_rows(row.evidence.get("training")),
            "is_open": row.status == Status.PROPOSED,
            "hindrance": _hindrance(request, row),
        }

    # --- asking ---

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Everybody the reader may ask for, those who are due first."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        if request.method == "POST":
            return self._asked(request, today)
        query = request.GET.get("q", "").strip()
        rows = candidates(_agents_visible(request, query, today), today)
        return TemplateResponse(
            request,
            "admin/grading/promotionrequest/ask.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Ask for a promotion"),
                "opts": self.opts,
                "query": query,
                "rows": rows[:ROWS_SHOWN],
                "hidden": max(len(rows) - ROWS_SHOWN, 0),
            },
        )

    def _asked(self, request: HttpRequest, today: date) -> HttpResponse:
        agent_id = request.POST.get("agent", "")
        agent = _agents_visible(request, "", today).filter(pk=agent_id).first() if agent_id.isdecimal() else None
        if agent is None:
            raise Http404
        try:
            promotions.promotion_request(agent=agent, day=today, requested_by=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            say(request, error)
        else:
            messages.success(
                request, _("Asked for the promotion of %(agent)s. Somebody else decides it.") % {"agent": agent}
            )
        return HttpResponseRedirect(reverse("admin:grading_promotionrequest_add"))


def candidates(agents: QuerySet[models.Agent], day: date) -> list[Candidate]:
    """Where agents stand on their ladders: who is due comes first. Top tiers are left out."""
    by_company: dict[int, list[int]] = {}
    for pk, company_id in agents.values_list("pk", "company_id"):
        by_company.setdefault(company_id, []).append(pk)
    asked = set(models.PromotionRequest.objects.filter(status=Status.PROPOSED).values_list("agent_id", flat=True))
    rows = []
    for company_id, agent_ids in by_company.items():
        for agent_id, standing in selectors.standings(company_id, agent_ids, day).items():
            person, due = standing.person, standing.next
            if due is None:
                continue
            rows.append(
                Candidate(
                    agent_id=agent_id,
                    agent_no=person.agent_no,
                    name=person.name,
                    team=person.team_name,
                    hire_date=person.hire_date,
                    tier=tier_name(standing.ladder, standing.tier),
                    next_tier=tier_name(standing.ladder, due.tier.tier),
                    tenure_months=due.tenure_months,
                    eligible_on=due.eligible_on,
                    lacks=tuple(str(LACKS[lack]) for lack in due.lacks),
                    is_asked=agent_id in asked,
                )
            )
    return sorted(rows, key=lambda row: (not row.may_ask, row.eligible_on or date.max, row.agent_no))


def _agents_visible(request: HttpRequest, query: str, today: date) -> QuerySet[models.Agent]:
    agents = models.Agent.objects.filter(hire_date__lte=today).exclude(leave_date__lt=today)
    if not may_see_everybody(request):
        managed = selectors.agents_managed(request.user, today)  # type: ignore[arg-type]
        agents = agents.filter(pk__in=managed)
    agents = agents.exclude(user=cast("User", request.user))
    if query:
        agents = agents.filter(Q(agent_no__icontains=query) | Q(name__icontains=query))
    return agents.order_by("agent_no")


def _tier_today(row: models.PromotionRequest) -> tuple[str, bool]:
    """The tier the agent has now, and whether it is still the one the request starts from."""
    today = timezone.localdate()
    tier = selectors.people([row.agent_id], Month.of(today))[row.agent_id].tier_on(today)
    return LadderNames()(row, tier or ""), (tier or "") == row.from_tier


def _hindrance(request: HttpRequest, row: models.PromotionRequest) -> str:
    """Why the reader cannot decide this request, known before they try."""
    if row.requested_by_id == request.user.pk:
        return _("You asked for this promotion, so somebody else must decide it.")
    if row.agent.user_id == request.user.pk:
        return _("This is your own promotion; somebody else must decide it.")
    return ""


def _tell(request: HttpRequest, row: models.PromotionRequest) -> None:
    if row.status == Status.REJECTED:
        messages.success(request, _("Rejected: %(agent)s.") % {"agent": row.agent})
        return
    since = row.effective_from
    messages.success(
        request,
        _("Approved: %(agent)s is %(tier)s from %(day)s, and is paid by the new tier from that day.")
        % {"agent": row.agent, "tier": LadderNames()(row, row.to_tier), "day": since},
    )
    if (
        since is not None
        and row.agent.appraisals.filter(cycle__month=Month.of(since), published_at__isnull=False).exists()
    ):
        messages.warning(
            request,
            _("%(month)s is already paid; what was paid then does not change by itself. Tell HR.")
            % {"month": Month.of(since)},
        )
