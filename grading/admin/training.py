"""New hires, mystery shopping, trainings and exams: the trainers' desk. Managers look at their own new hires.

Every act calls a service, which checks again who may do it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import yaml
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grading import models, selectors
from grading.admin.rules import VersionAdmin
from grading.admin.shown import EMPTY, ShownAdmin, language, say
from grading.domain.exam import ExamKind
from grading.domain.training import MOST_STAGE_DAYS, Progress, Reception, Stage
from grading.imports.documents import read_document
from grading.imports.wording import Lang
from grading.kernel.document import BrokenDocument
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, exact_store, shown
from grading.rulebook import seed_exam_documents, training_track, training_tracks
from grading.services import training
from grading.tables import ExactField
from grading.wording import error_text

Outcome = models.Onboarding.Outcome
Standing = selectors.OnboardingStanding

PROGRESS = {
    Progress.NOT_BEGUN: gettext_lazy("not begun"),
    Progress.UNDER_WAY: gettext_lazy("under way"),
    Progress.MYSTERY_SHOPPER_DUE: gettext_lazy("mystery shopper today"),
    Progress.MYSTERY_SHOPPER_OVERDUE: gettext_lazy("mystery shopper due"),
    Progress.NOT_SUITABLE: gettext_lazy("not suitable: regularization is in question"),
    Progress.THROUGH: gettext_lazy("through: close it"),
}
OVERDUE = {
    "mystery_shopper": gettext_lazy("overdue: mystery shopper"),
    "product_exam": gettext_lazy("overdue: product exam"),
    "onboarding_exam": gettext_lazy("overdue: on-boarding exam"),
}
RECEPTIONS = {
    Reception.NONE: gettext_lazy("nobody"),
    Reception.TRANSFERRED: gettext_lazy("transferred buyers only"),
    Reception.ROUTED: gettext_lazy("no limit"),
}
EXAM_KINDS = {
    ExamKind.ONBOARDING: gettext_lazy("on-boarding"),
    ExamKind.PRODUCT: gettext_lazy("products"),
}
PRESENT, ABSENT, NOT_EXPECTED = "present", "absent", "none"
PRESENCES = {
    PRESENT: gettext_lazy("present"),
    ABSENT: gettext_lazy("absent"),
    NOT_EXPECTED: gettext_lazy("not expected"),
}


def may_train(request: HttpRequest) -> bool:
    """Whether the reader runs on-boarding, training and exams."""
    return request.user.has_perm("grading.manage_training")


def said(zh: str, en: str) -> str:
    """A text of the rules in the reader's language."""
    return zh if language() == "zh" else en


def track_name(code: str) -> str:
    """A track's name; its code when it does not ship any more."""
    track = training_tracks().get(code)
    return said(track.name_zh, track.name_en) if track else code


def reception_text(standing: Standing) -> str:
    """Whom the agent may serve today."""
    allowed = standing.allowance
    if allowed.reception is Reception.ROUTED and allowed.cap is not None:
        return _("at most %(count)s buyers") % {"count": allowed.cap}
    return str(RECEPTIONS[allowed.reception])


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ExactFormField(forms.CharField):
    """An exact number as people type it."""

    def clean(self, value: Any) -> Any:
        return ExactField().to_python(super().clean(value))


def agents_employed(today: date) -> QuerySet[models.Agent]:
    """Those who have not left, the latest hired first."""
    return models.Agent.objects.exclude(leave_date__lt=today).order_by("-hire_date", "agent_no")


# --- New hires --------------------------------------------------------------------------------------------------------


class OutcomeFilter(admin.SimpleListFilter):
    """Who is being on-boarded comes first; everything else on demand."""

    title = gettext_lazy("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        closed = (Outcome.COMPLETED, Outcome.NOT_SUITABLE, Outcome.STOPPED)
        return [("all", gettext_lazy("All")), *((each.value, each.label) for each in closed)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": Outcome.OPEN.label,
        }
        for code, name in self.lookup_choices:
            yield {
                "selected": self.value() == code,
                "query_string": changelist.get_query_string({self.parameter_name: code}),
                "display": name,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.Onboarding]) -> QuerySet[models.Onboarding]:
        if self.value() == "all":
            return queryset
        return queryset.filter(outcome=self.value() or Outcome.OPEN)


class StartForm(forms.Form):
    """Who is put on which track from when. Stage lengths are changed on the person's own page."""

    agent = forms.ModelChoiceField(models.Agent.objects.none(), label=gettext_lazy("agent"))
    track = forms.ChoiceField(label=gettext_lazy("track"))
    first_day = forms.DateField(label=gettext_lazy("first day"), widget=day_input())
    mentor = forms.ModelChoiceField(models.Agent.objects.none(), label=gettext_lazy("mentor"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = agents_employed(timezone.localdate())
        self.fields["agent"].queryset = agents.exclude(onboardings__outcome=Outcome.OPEN)  # type: ignore[attr-defined]
        self.fields["mentor"].queryset = agents  # type: ignore[attr-defined]
        self.fields["track"].choices = [(code, track_name(code)) for code in training_tracks()]  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """The length of each stage of one person, and the mentor."""

    mentor = forms.ModelChoiceField(models.Agent.objects.none(), label=gettext_lazy("mentor"), required=False)

    def __init__(self, row: models.Onboarding, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = agents_employed(timezone.localdate()).filter(company=row.agent.company_id).exclude(pk=row.agent_id)
        self.fields["mentor"].queryset = agents  # type: ignore[attr-defined]
        self.fields["mentor"].initial = row.mentor_id
        self.stages = training_track(row.track).stages
        for stage in self.stages:
            self.fields[self.name(stage)] = forms.IntegerField(
                label=said(stage.name_zh, stage.name_en),
                min_value=1,
                max_value=MOST_STAGE_DAYS,
                initial=row.lengths.get(stage.code, stage.days),
            )

    @staticmethod
    def name(stage: Stage) -> str:
        return f"stage_{stage.code}"

    def stage_fields(self) -> list[forms.BoundField]:
        return [self[self.name(stage)] for stage in self.stages]

    def lengths(self) -> dict[str, int]:
        return {stage.code: self.cleaned_data[self.name(stage)] for stage in self.stages}


class ShoppingForm(forms.Form):
    """What the mystery shopper found out."""

    day = forms.DateField(label=gettext_lazy("day"), widget=day_input())
    score = ExactFormField(label=gettext_lazy("score"), max_length=20, help_text=gettext_lazy("0 to 100 points"))
    passed = forms.TypedChoiceField(
        label=gettext_lazy("suitable for the position"),
        choices=[("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ShoppingOfForm(ShoppingForm):
    """The same, for anybody."""

    agent = forms.ModelChoiceField(models.Agent.objects.none(), label=gettext_lazy("agent"))
    field_order = ("agent",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents_employed(timezone.localdate())  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """How an on-boarding ends."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("outcome"), choices=[each for each in Outcome.choices if each[0] != Outcome.OPEN]
    )
    note = forms.CharField(label=gettext_lazy("note"), max_length=500, required=False)


@admin.register(models.Onboarding)
class OnboardingAdmin(ShownAdmin):
    """The board of new hires: where each of them is today, and what is overdue."""

    list_display = ("who", "state", "stage", "day", "reception", "exams", "shopper", "track_shown")
    list_display_links = ("who",)
    list_filter = (OutcomeFilter,)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-first_day", "agent__agent_no")

    # --- who sees what ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Onboarding]:
        rows = models.Onboarding.objects.select_related("agent", "mentor", "started_by", "closed_by")
        if may_train(request) or request.user.has_perm("grading.view_mysteryshopping"):
            return rows
        if request.user.has_perm("grading.view_onboarding"):
            return rows.filter(agent_id__in=selectors.agents_managed(request.user, timezone.localdate()))  # type: ignore[arg-type]
        return rows.none()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_train(request)

    # --- the board ---

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        rows = changelist.result_list
        standings = selectors.onboarding_standings(rows, timezone.localdate())
        for row in rows:
            row.standing = standings[row.pk]
        return changelist

    @admin.display(description=gettext_lazy("agent"), ordering="agent__agent_no")
    def who(self, row: Any) -> str:
        return str(row.agent)

    @admin.display(description=gettext_lazy("track"), ordering="track")
    def track_shown(self, row: Any) -> str:
        return track_name(row.track)

    @admin.display(description=gettext_lazy("stage today"))
    def stage(self, row: Any) -> str:
        held = row.standing.stage
        return EMPTY if held is None or row.outcome != Outcome.OPEN else said(held.stage.name_zh, held.stage.name_en)

    @admin.display(description=gettext_lazy("day of the plan"), ordering="first_day")
    def day(self, row: Any) -> str:
        if row.outcome != Outcome.OPEN:
            return EMPTY
        return _("%(day)s of %(days)s") % {"day": row.standing.day_number, "days": row.standing.plan.days}

    @admin.display(description=gettext_lazy("may serve"))
    def reception(self, row: Any) -> str:
        return EMPTY if row.outcome != Outcome.OPEN else reception_text(row.standing)

    @admin.display(description=gettext_lazy("exams"))
    def exams(self, row: Any) -> str:
        return exams_text(row.standing)

    @admin.display(description=gettext_lazy("mystery shopper"))
    def shopper(self, row: Any) -> str:
        return shopper_text(row.standing)

    @admin.display(description=gettext_lazy("state"), ordering="outcome")
    def state(self, row: Any) -> str:
        if row.outcome != Outcome.OPEN:
            return str(row.get_outcome_display())
        return state_shown(row.standing)

    # --- one on-boarding ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The plan, what happened, and the forms of a trainer. Somebody else's people are as good as not there."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        here = HttpResponseRedirect(reverse("admin:grading_onboarding_change", args=[row.pk]))
        act = request.POST.get("act", "") if request.method == "POST" else ""
        if act and not may_train(request):
            raise PermissionDenied
        change = ChangeForm(row, request.POST if act == "change" else None)
        today = timezone.localdate()
        shopping = ShoppingForm(request.POST if act == "shopping" else None, initial={"day": today}, prefix="shopping")
        closing = CloseForm(request.POST if act == "close" else None, prefix="close")
        if act == "change" and change.is_valid() and self._changed(request, row, change):
            return here
        if act == "shopping" and shopping.is_valid() and record_shopping(request, row.agent, shopping):
            return here
        if act == "close" and closing.is_valid() and self._closed(request, row, closing):
            return HttpResponseRedirect(reverse("admin:grading_onboarding_changelist"))
        row.refresh_from_db()
        standing = selectors.onboarding_standings([row], today)[row.pk]
        is_open = row.outcome == Outcome.OPEN
        return TemplateResponse(
            request,
            "admin/grading/onboarding/plan.html",
            {
                **self.admin_site.each_context(request),
                "title": _("On-boarding of %(agent)s") % {"agent": row.agent},
                "opts": self.opts,
                "row": row,
                "standing": standing,
                "track": track_name(row.track),
                "state": state_shown(standing) if is_open else row.get_outcome_display(),
                "reception": reception_text(standing) if is_open else "",
                "exams": exams_text(standing),
                "shopper": shopper_text(standing),
                "stages": [
                    (held, said(held.stage.name_zh, held.stage.name_en), said(held.stage.text_zh, held.stage.text_en))
                    for held in standing.plan.stages
                ],
                "stage_today": standing.stage if is_open else None,
                "may_act": is_open and may_train(request),
                "change": change,
                "shopping": shopping,
                "closing": closing,
            },
        )

    def _changed(self, request: HttpRequest, row: models.Onboarding, form: ChangeForm) -> bool:
        try:
            training.onboarding_override(
                onboarding_id=row.pk,
                lengths=form.lengths(),
                mentor=form.cleaned_data["mentor"],
                changed_by=request.user,  # type: ignore[arg-type]
            )
        except DomainError as error:
            say(request, error)
            return False
        messages.success(request, _("The plan is changed."))
        return True

    def _closed(self, request: HttpRequest, row: models.Onboarding, form: CloseForm) -> bool:
        try:
            training.onboarding_close(
                onboarding_id=row.pk,
                outcome=form.cleaned_data["outcome"],
                note=form.cleaned_data["note"],
                closed_by=request.user,  # type: ignore[arg-type]
            )
        except DomainError as error:
            say(request, error)
            return False
        messages.success(request, _("The on-boarding of %(agent)s is closed.") % {"agent": row.agent})
        standing = selectors.onboarding_standings([row], timezone.localdate())[row.pk]
        if form.cleaned_data["outcome"] == Outcome.COMPLETED and standing.progress is Progress.NOT_SUITABLE:
            _warn_of_regularization(request, row.agent)
        return True

    # --- starting one ---

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Put an agent on a track."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST or None, initial={"first_day": timezone.localdate()})
        if request.method == "POST" and form.is_valid():
            try:
                row = training.onboarding_start(started_by=cast("User", request.user), **form.cleaned_data)
            except DomainError as error:
                say(request, error)
            else:
                return HttpResponseRedirect(reverse("admin:grading_onboarding_change", args=[row.pk]))
        return form_page(self, request, form, _("Start an on-boarding"), _("Start"))


def state_shown(standing: Standing) -> str:
    """How far it is, in words; what is overdue in red."""
    if not standing.overdue:
        is_bad = standing.progress is Progress.NOT_SUITABLE
        return format_html(
            '<span class="{}">{}</span>', "state state-late" if is_bad else "", PROGRESS[standing.progress]
        )
    return format_html_join(
        " ", '<span class="state state-late">{}</span>', ((OVERDUE[each],) for each in standing.overdue)
    )


def exams_text(standing: Standing) -> str:
    """The exams taken since the first day, with their scores."""
    taken = [f"{EXAM_KINDS[kind]} {shown(score)}" for kind, score in standing.exams.items()]
    return ", ".join(taken) or _("none taken")


def shopper_text(standing: Standing) -> str:
    """What the mystery shopper found, or when one comes."""
    if standing.shopping is not None:
        verdict = _("suitable") if standing.shopping.passed else _("not suitable")
        return f"{standing.shopping.day} {shown(standing.shopping.score)} {verdict}"
    return EMPTY if standing.plan.mystery_shopper_on is None else standing.plan.mystery_shopper_on.isoformat()


def evidence_rows(evidence: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What a promotion was told of exams, trainings and the mystery shopper, as (name, value) lines."""
    if not evidence:
        return []
    verdicts = {"passed": _("passed"), "failed": _("not passed")}
    rows = [
        (
            said(held["name_zh"], held["name_en"]),
            " ".join((held["day"], shown(exact(held["score"])), verdicts.get(held["verdict"], ""))).strip(),
        )
        for held in evidence.get("exams", ())
    ]
    if sessions := evidence.get("sessions"):
        score = "" if sessions["score"] is None else f", {shown(exact(sessions['score']))}"
        attended = _("%(attended)s of %(expected)s attended") % sessions
        rows.append((_("Trainings"), f"{attended}{score}"))
    if shopping := evidence.get("mystery_shopping"):
        verdict = _("suitable") if shopping["passed"] else _("not suitable")
        rows.append((_("Mystery shopper"), f"{shopping['day']} {shown(exact(shopping['score']))} {verdict}"))
    return rows


def record_shopping(request: HttpRequest, agent: models.Agent, form: ShoppingForm) -> bool:
    """Record it by the service; False when it was refused and the form is to be shown again."""
    try:
        row = training.mystery_shopping_record(
            agent=agent,
            day=form.cleaned_data["day"],
            assessor=cast("User", request.user),
            score=form.cleaned_data["score"],
            passed=form.cleaned_data["passed"],
            note=form.cleaned_data["note"],
        )
    except DomainError as error:
        say(request, error)
        return False
    messages.success(request, _("The mystery shopping is recorded."))
    if not row.passed:
        _warn_of_regularization(request, agent)
    return True


def _warn_of_regularization(request: HttpRequest, agent: models.Agent) -> None:
    messages.warning(
        request,
        _("The mystery shopper found %(agent)s not suitable: regularization is in question. HR decides.")
        % {"agent": agent},
    )


def form_page(owner: ShownAdmin, request: HttpRequest, form: forms.Form, title: str, button: str) -> HttpResponse:
    """A page that is one form."""
    return TemplateResponse(
        request,
        "admin/grading/onboarding/form.html",
        {
            **owner.admin_site.each_context(request),
            "title": title,
            "opts": owner.opts,
            "form": form,
            "button": button,
            "list": reverse(f"admin:grading_{owner.opts.model_name}_changelist"),
        },
    )


@admin.register(models.MysteryShopping)
class MysteryShoppingAdmin(ShownAdmin):
    """What mystery shoppers found out, of new hires and others."""

    list_display = ("agent", "day", "score", "passed", "assessor")
    list_filter = ("passed", "agent__company")
    list_select_related = ("agent", "assessor")
    search_fields = ("agent__agent_no", "agent__name")
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_train(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Record one for anybody."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ShoppingOfForm(request.POST or None, initial={"day": timezone.localdate()})
        if request.method == "POST" and form.is_valid() and record_shopping(request, form.cleaned_data["agent"], form):
            return HttpResponseRedirect(reverse("admin:grading_mysteryshopping_changelist"))
        return form_page(self, request, form, _("Record a mystery shopping"), _("Record"))


# --- Trainings --------------------------------------------------------------------------------------------------------


class SessionForm(forms.Form):
    """A training: when, and about what."""

    company = forms.ModelChoiceField(models.Company.objects.all(), label=gettext_lazy("company"), empty_label=None)
    day = forms.DateField(label=gettext_lazy("day"), widget=day_input())
    topic = forms.CharField(label=gettext_lazy("topic"), max_length=120)


@dataclass(frozen=True, slots=True)
class Attendee:
    """One line of the attendance page, as it stands or as it was just typed."""

    agent: models.Agent
    presence: str
    score: str


@admin.register(models.TrainingSession)
class TrainingSessionAdmin(ShownAdmin):
    """Trainings, who was there, and their scores."""

    list_display = ("day", "topic", "company", "expected", "attended")
    list_display_links = ("day", "topic")
    list_filter = ("company",)
    search_fields = ("topic",)
    date_hierarchy = "day"
    ordering = ("-day", "topic")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.TrainingSession]:
        return models.TrainingSession.objects.select_related("company").annotate(
            expected=Count("attendances"), attended=Count("attendances", filter=Q(attendances__present=True))
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_train(request)

    @admin.display(description=gettext_lazy("expected"))
    def expected(self, row: Any) -> int:
        return int(row.expected)

    @admin.display(description=gettext_lazy("attended"))
    def attended(self, row: Any) -> int:
        return int(row.attended)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Open a training; who was there follows on its own page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SessionForm(request.POST or None, initial={"day": timezone.localdate()})
        if request.method == "POST" and form.is_valid():
            try:
                row = training.training_session_open(opened_by=cast("User", request.user), **form.cleaned_data)
            except DomainError as error:
                say(request, error)
            else:
                return HttpResponseRedirect(reverse("admin:grading_trainingsession_change", args=[row.pk]))
        return form_page(self, request, form, _("Open a training"), _("Open"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Who was there: those recorded so far, and everybody of a team that is asked for."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        team = request.GET.get("team", "")
        attendees = self._attendees(row, team)
        if request.method == "POST":
            if not may_train(request):
                raise PermissionDenied
            attendees = [self._typed(request, each) for each in attendees]
            if self._recorded(request, row, attendees):
                return HttpResponseRedirect(reverse("admin:grading_trainingsession_change", args=[row.pk]))
        return TemplateResponse(
            request,
            "admin/grading/trainingsession/attendance.html",
            {
                **self.admin_site.each_context(request),
                "title": str(row),
                "opts": self.opts,
                "row": row,
                "team": team,
                "teams": models.Team.objects.filter(company=row.company_id).order_by("code"),
                "attendees": attendees,
                "presences": PRESENCES.items(),
                "may_act": may_train(request),
            },
        )

    def _attendees(self, row: models.TrainingSession, team: str) -> list[Attendee]:
        held = {each.agent_id: each for each in row.attendances.select_related("agent")}
        agents = {each.agent_id: each.agent for each in held.values()}
        if team:
            in_team = selectors.agents_ever_in_teams(row.company_id, [team])
            employed = models.Agent.objects.filter(company=row.company_id, pk__in=in_team, hire_date__lte=row.day)
            agents |= {agent.pk: agent for agent in employed.exclude(leave_date__lt=row.day)}
        return [
            Attendee(
                agent,
                NOT_EXPECTED if pk not in held else PRESENT if held[pk].present else ABSENT,
                "" if pk not in held or (score := held[pk].score) is None else exact_store(score),
            )
            for pk, agent in sorted(agents.items(), key=lambda each: each[1].agent_no)
        ]

    def _typed(self, request: HttpRequest, before: Attendee) -> Attendee:
        pk = before.agent.pk
        presence = request.POST.get(f"presence_{pk}", before.presence)
        return Attendee(
            before.agent,
            presence if presence in PRESENCES else before.presence,
            request.POST.get(f"score_{pk}", before.score).strip(),
        )

    def _recorded(self, request: HttpRequest, row: models.TrainingSession, attendees: list[Attendee]) -> bool:
        try:
            training.training_attendance_record(
                session_id=row.pk,
                attended={
                    each.agent.pk: None
                    if each.presence == NOT_EXPECTED
                    else training.Attended(each.presence == PRESENT, exact(each.score) if each.score else None)
                    for each in attendees
                },
                recorded_by=cast("User", request.user),
            )
        except DomainError as error:
            say(request, error)
            return False
        messages.success(request, _("The attendance is recorded."))
        return True


# --- Exams ------------------------------------------------------------------------------------------------------------


class ExamForm(forms.Form):
    """An exam as a document."""

    company = forms.ModelChoiceField(models.Company.objects.all(), label=gettext_lazy("company"), empty_label=None)
    document = forms.CharField(
        label=gettext_lazy("document"),
        help_text=gettext_lazy("YAML. A new first day or a new code makes a new version; published ones never change."),
        widget=forms.Textarea(attrs={"rows": 40, "cols": 100, "spellcheck": "false"}),
    )


@admin.register(models.ExamVersion)
class ExamVersionAdmin(VersionAdmin):
    """Exams as versions: a copy of the shipped one or of an earlier version is edited, then published."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_train(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new draft, as a copy of the version asked for, else of the exam that ships."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        copied = request.GET.get("copy", "")
        source = models.ExamVersion.objects.filter(pk=copied).first() if copied.isdecimal() else None
        body = source.body if source else next(iter(seed_exam_documents().values()))
        return self._editor(request, None, {"company": source.company_id if source else None, "document": _text(body)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft is a form to those who may publish; everything else is looked at only."""
        row = self.get_object(request, unquote(object_id))
        if row is not None and row.status == row.Status.DRAFT and may_train(request):
            return self._editor(request, row, {"company": row.company_id, "document": _text(row.body)})
        return super().change_view(request, object_id, form_url, extra_context)

    def _editor(self, request: HttpRequest, row: models.ExamVersion | None, initial: dict[str, Any]) -> HttpResponse:
        form = ExamForm(request.POST) if request.method == "POST" else ExamForm(initial=initial)
        problems: list[str] = []
        if request.method == "POST" and form.is_valid():
            problems = self._kept(request, row, form)
            if not problems:
                return HttpResponseRedirect(reverse("admin:grading_examversion_changelist"))
        return TemplateResponse(
            request,
            "admin/grading/examversion/draft.html",
            {
                **self.admin_site.each_context(request),
                "title": str(row) if row else _("New exam version"),
                "opts": self.opts,
                "form": form,
                "problems": problems,
            },
        )

    def _kept(self, request: HttpRequest, row: models.ExamVersion | None, form: ExamForm) -> list[str]:
        """Keep and, if asked, publish; the problems of a document that cannot be used."""
        lang = Lang.ZH if language() == "zh" else Lang.EN
        document = read_document("exam.yaml", form.cleaned_data["document"].encode())
        if document.problems:
            return [problem.text(lang) for problem in document.problems]
        user = cast("User", request.user)
        try:
            kept = training.exam_draft(
                company=form.cleaned_data["company"],
                body=document.data,
                drafted_by=user,
                version_id=row.pk if row else None,
            )
            if "publish" in request.POST:
                training.exam_publish(version_id=kept.pk, published_by=user)
        except BrokenDocument as broken:
            return [document.located(problem).text(lang) for problem in broken.problems]
        except DomainError as error:
            return [error_text(error.code, error.values, language(), str(error))]
        messages.success(
            request,
            _("Published: attempts from %(day)s on take this version.") % {"day": kept.effective_from}
            if "publish" in request.POST
            else _("The draft is kept. Nobody takes it until it is published."),
        )
        return []


def _text(body: Any) -> str:
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=200)


@admin.register(models.ExamAttempt)
class ExamAttemptAdmin(ShownAdmin):
    """Attempts and their scores. Answers are shown to their owner only."""

    list_display = ("agent", "exam", "started_at", "submitted_at", "right", "questions", "score")
    list_filter = ("exam__code", "agent__company")
    list_select_related = ("agent", "exam")
    search_fields = ("agent__agent_no", "agent__name")
    date_hierarchy = "submitted_at"
    fields = ("agent", "exam", "started_at", "submitted_at", "right", "questions", "score")


@admin.register(models.TrainingAttendance)
class TrainingAttendanceAdmin(ShownAdmin):
    """Who was at a training, and the score; recorded on the page of the training session."""

    list_display = ("session", "agent", "present", "score")
    list_filter = ("session__company", "present")
    list_select_related = ("session", "agent")
    search_fields = ("agent__agent_no", "agent__name", "session__topic")
    ordering = ("-session__day", "agent__agent_no")
