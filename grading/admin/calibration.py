"""Calibration: choose a group, see its grades beside the quotas, move with reasons, publish. No pay on these pages.

Every act calls a service, which checks again who may do it. Somebody else's sessions are as good as not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from grading import models, selectors
from grading.admin.shown import ShownAdmin, say
from grading.domain.calibration import Drift, GradeCount, QuotaCheck, QuotaLine, Ties
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, shown
from grading.services import calibration
from grading.wording import trimmed

CYCLES_OFFERED = 24
Status = models.AppraisalCycle.Status
Session = models.CalibrationSession


@dataclass(frozen=True, slots=True)
class Bar:
    """One grade of the distribution, before and after, with its quota if there is one. Percents are for drawing."""

    grade: str
    before: int
    before_share: str
    before_percent: int
    after: int
    after_share: str
    after_percent: int
    places: int | None
    quota: str


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One evaluator beside the company, as text; ``shares`` are (grade, share, difference)."""

    evaluator: str
    people: int
    mean: str
    difference: str
    shares: tuple[tuple[str, str, str], ...]


def percent(share: Fraction | None) -> str:
    """A share as percent with at most one decimal; a dash for nobody."""
    return "–" if share is None else f"{trimmed(share * 100, 1)}%"


def signed(number: Fraction, places: int = 2) -> str:
    """A difference with its sign."""
    text = shown(number, places)
    return f"+{text}" if number > 0 else text


def _bars(desk: calibration.Desk) -> list[Bar]:
    lines = {line.grade: line for line in desk.check.lines}
    return [_bar(before, after, lines.get(before.grade)) for before, after in zip(desk.before, desk.after, strict=True)]


def _bar(before: GradeCount, after: GradeCount, line: QuotaLine | None) -> Bar:
    return Bar(
        grade=before.grade,
        before=before.people,
        before_share=percent(before.share),
        before_percent=int((before.share or 0) * 100),
        after=after.people,
        after_share=percent(after.share),
        after_percent=int((after.share or 0) * 100),
        places=line.places if line else None,
        quota=percent(line.share) if line else "",
    )


def _quota_sentences(check: QuotaCheck) -> list[tuple[str, bool]]:
    """Each quota in words, and whether it is exceeded."""
    found = []
    for line in check.lines:
        words = [
            ngettext(
                "Grade %(grade)s: %(places)d place (%(share)s), %(held)d hold it.",
                "Grade %(grade)s: %(places)d places (%(share)s), %(held)d hold it.",
                line.places,
            )
            % {"grade": line.grade, "places": line.places, "share": percent(line.share), "held": line.held}
        ]
        if line.brought_down:
            words.append(_("%(count)d more would come down into it.") % {"count": line.brought_down})
        if line.exceeding:
            words.append(_("Beyond the quota: %(agents)s.") % {"agents": ", ".join(line.exceeding)})
        if line.tied_over:
            words.append(
                _("Over the quota by %(count)d because of a tie: equal totals are never split.")
                % {"count": line.tied_over}
            )
        if line.stuck:
            words.append(_("There is no lower grade for %(agents)s.") % {"agents": ", ".join(line.stuck)})
        found.append((" ".join(words), bool(line.exceeding or line.tied_over)))
    return found


def _drift_rows(rows: tuple[Drift, ...]) -> list[DriftRow]:
    return [
        DriftRow(
            row.evaluator,
            row.people,
            shown(row.mean),
            signed(row.difference),
            tuple((share.grade, percent(share.share), signed(share.difference * 100, 1)) for share in row.shares),
        )
        for row in rows
    ]


@admin.register(Session)
class CalibrationSessionAdmin(ShownAdmin):
    """The calibrations the reader may look at, and the desk of each."""

    list_display = ("group", "month", "state", "opened_by", "opened_at", "published_by", "published_at")
    list_display_links = ("group",)
    list_filter = ("state", "cycle__month")
    ordering = ("-cycle__month", "team__code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.CalibrationSession]:
        return calibration.sessions_visible(_user(request))

    @admin.display(description=gettext_lazy("group"), ordering="team__code")
    def group(self, session: models.CalibrationSession) -> str:
        return group_name(session)

    @admin.display(description=gettext_lazy("month"), ordering="cycle__month")
    def month(self, session: models.CalibrationSession) -> str:
        return str(session.cycle.month)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("open/", view(self.open_view), name="grading_calibrationsession_open"),
            path("<int:session_id>/move/", view(self.move_view), name="grading_calibrationsession_move"),
            path("<int:session_id>/publish/", view(self.publish_view), name="grading_calibrationsession_publish"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "may_open": _may_open(request)})

    # --- opening ---

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a graded month and a group, then say the quotas. Open ones may be changed here too."""
        if not _may_open(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        cycles, teams = _cycles(request), _teams(request)
        cycle = next((each for each in cycles if str(each.pk) == asked.get("cycle")), None)
        team = next((each for each in teams if str(each.pk) == asked.get("team")), None)
        is_everybody = asked.get("team") == "all" and request.user.has_perm("grading.calibrate_any")
        is_chosen = cycle is not None and (is_everybody or (team is not None and team.company_id == cycle.company_id))
        written, ties = {}, asked.get("ties", Ties.KEEP.value)
        order: tuple[str, ...] = ()
        if cycle is not None and is_chosen:
            order = calibration.grades_in_group(cycle, team)
            stored = Session.objects.filter(cycle=cycle, team=team).first()
            written = {grade: asked.get(f"quota_{grade}", _percent_stored(stored, grade)) for grade in order}
            if stored is not None and request.method != "POST":
                ties = stored.ties
            if request.method == "POST":
                opened = self._opened(request, cycle, team, written, ties)
                if opened is not None:
                    return HttpResponseRedirect(_desk(opened.pk))
        elif asked.get("cycle"):
            messages.error(request, _("Choose a month and a group of the same company."))
        return TemplateResponse(
            request,
            "admin/grading/calibrationsession/open.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Open a calibration"),
                "opts": self.opts,
                "cycles": cycles,
                "teams": teams,
                "cycle": cycle,
                "team": team,
                "is_everybody": is_everybody,
                "may_everybody": request.user.has_perm("grading.calibrate_any"),
                "is_chosen": is_chosen,
                "quotas": [(grade, written[grade]) for grade in order],
                "ties": ties,
                "tie_rules": Session.TieRule.choices,
            },
        )

    def _opened(
        self,
        request: HttpRequest,
        cycle: models.AppraisalCycle,
        team: models.Team | None,
        written: Mapping[str, str],
        ties: str,
    ) -> models.CalibrationSession | None:
        """The opened session; None when it was refused and the form is to be shown again."""
        try:
            quotas = {grade: exact(text.strip().rstrip("%").strip()) / 100 for grade, text in written.items() if text}
            return calibration.calibration_open(
                cycle_id=cycle.pk,
                team=team,
                quotas=quotas,
                ties=Ties(ties) if ties in list(Ties) else Ties.KEEP,
                opened_by=_user(request),
            )
        except DomainError as error:
            say(request, error)
            return None

    # --- the desk ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The desk of one session."""
        session = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, session):
            raise PermissionDenied
        if session is None:
            raise Http404
        return self._desk_page(request, session, request.GET)

    def move_view(self, request: HttpRequest, session_id: int) -> HttpResponse:
        """Move or undo as the pressed button says. What was refused is shown again with what was written."""
        session = self._visible(request, session_id)
        if request.method != "POST":
            return HttpResponseRedirect(_desk(session.pk))
        agent_id, reason = request.POST.get("agent", ""), request.POST.get("reason", "")
        if not agent_id.isdecimal() or len(agent_id) > 18:
            raise Http404
        subject, user = int(agent_id), _user(request)
        try:
            if request.POST.get("act") == "undo":
                move = calibration.move_undo(session_id=session.pk, agent_id=subject, reason=reason, moved_by=user)
            else:
                to_grade = request.POST.get("to_grade", "")
                move = calibration.grade_move(
                    session_id=session.pk, agent_id=subject, to_grade=to_grade, reason=reason, moved_by=user
                )
        except DomainError as error:
            say(request, error)
            return self._desk_page(request, session, request.POST)
        told = {"agent": move.agent, "from": move.from_grade, "to": move.to_grade}
        if move.from_grade == move.to_grade:
            messages.success(request, _("%(agent)s holds the computed grade %(to)s.") % told)
        else:
            messages.success(request, _("%(agent)s: computed %(from)s, moved to %(to)s.") % told)
        return HttpResponseRedirect(f"{_desk(session.pk)}#people")

    def publish_view(self, request: HttpRequest, session_id: int) -> HttpResponse:
        """Publish, once it was confirmed."""
        session = self._visible(request, session_id)
        if request.method != "POST":
            return HttpResponseRedirect(_desk(session.pk))
        if request.POST.get("seen") != "yes":
            messages.error(request, _("Tick that you have looked at the distribution and the moves."))
            return HttpResponseRedirect(f"{_desk(session.pk)}#publish")
        try:
            calibration.calibration_publish(session_id=session.pk, published_by=_user(request))
        except DomainError as error:
            say(request, error)
        else:
            messages.success(request, _("Published: these grades never change any more."))
        return HttpResponseRedirect(f"{_desk(session.pk)}#publish")

    def _visible(self, request: HttpRequest, session_id: int) -> models.CalibrationSession:
        session = self.get_queryset(request).filter(pk=session_id).first()
        if session is None:
            raise Http404
        return session

    def _desk_page(
        self, request: HttpRequest, session: models.CalibrationSession, asked: Mapping[str, str]
    ) -> HttpResponse:
        session.refresh_from_db(fields=["state", "published_at", "published_by"])
        desk = calibration.calibration_desk(session)
        is_open = session.state == Session.State.OPEN
        may_move = is_open and calibration.may_calibrate(_user(request), session.team)
        chosen = next((row for row in desk.rows if str(row.agent_id) == asked.get("agent")), None)
        suggested = chosen.suggested_grade.grade if chosen and chosen.suggested_grade else ""
        return TemplateResponse(
            request,
            "admin/grading/calibrationsession/desk.html",
            {
                **self.admin_site.each_context(request),
                "title": f"{_('Calibration')} · {group_name(session)} · {session.cycle.month}",
                "opts": self.opts,
                "session": session,
                "desk": desk,
                "rows": [(row, shown(row.total), trimmed(row.held.coefficient)) for row in desk.rows],
                "bars": _bars(desk),
                "quotas": _quota_sentences(desk.check),
                "to_decide": [row for row in desk.rows if row.is_to_decide],
                "manager_drift": _drift_rows(desk.manager_drift),
                "qa_drift": _drift_rows(desk.qa_drift),
                "is_open": is_open,
                "may_move": may_move,
                "may_publish": is_open and request.user.has_perm("grading.calibrate_any"),
                "chosen": chosen,
                "hindrance": _hindrance(request, chosen) if chosen else "",
                "to_grade": asked.get("to_grade", suggested),
                "reason": asked.get("reason", ""),
            },
        )


@admin.register(models.CalibrationMove)
class CalibrationMoveAdmin(ShownAdmin):
    """Every move ever made, newest first."""

    list_display = ("agent", "month", "from_grade", "to_grade", "reason", "moved_by", "moved_at")
    list_filter = ("session__cycle__month", "session__cycle__company")
    list_select_related = ("agent", "session__cycle", "moved_by")
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("month"), ordering="session__cycle__month")
    def month(self, move: models.CalibrationMove) -> str:
        return str(move.session.cycle.month)


def group_name(session: models.CalibrationSession) -> str:
    """The team, or the company as a whole."""
    return str(session.team) if session.team else _("%(company)s, everybody") % {"company": session.cycle.company}


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _desk(session_id: int) -> str:
    return reverse("admin:grading_calibrationsession_change", args=[session_id])


def _may_open(request: HttpRequest) -> bool:
    return request.user.has_perm("grading.calibrate") or request.user.has_perm("grading.calibrate_any")


def _teams(request: HttpRequest) -> list[models.Team]:
    teams = models.Team.objects.select_related("company").order_by("company", "code")
    if request.user.has_perm("grading.calibrate_any"):
        return list(teams)
    wanted = Q(pk__in=())
    for company_id, code in selectors.teams_managed(_user(request), timezone.localdate()):
        wanted |= Q(company_id=company_id, code=code)
    return list(teams.filter(wanted))


def _cycles(request: HttpRequest) -> list[models.AppraisalCycle]:
    """Graded months, newest first; of the companies the reader may calibrate anything in."""
    cycles = (
        models.AppraisalCycle.objects.exclude(status=Status.OPEN).select_related("company").order_by("-month", "pk")
    )
    if not request.user.has_perm("grading.calibrate_any"):
        cycles = cycles.filter(company_id__in={team.company_id for team in _teams(request)})
    return list(cycles[:CYCLES_OFFERED])


def _percent_stored(session: models.CalibrationSession | None, grade: str) -> str:
    stored = session.quotas.get(grade) if session else None
    return "" if stored is None else trimmed(exact(stored) * 100, 4)


def _hindrance(request: HttpRequest, row: calibration.DeskRow) -> str:
    """Why the reader cannot move this person, known before they try."""
    if row.user_id == request.user.pk:
        return _("This is your own grade; somebody else must move it.")
    if row.is_published:
        return _("This appraisal is published: pay relies on it, and it never changes.")
    return ""
