"""QA in the back office: forms, the day's sample, evaluating a contact, appeals, the daily report.

Every act calls a service, which checks again who may do it. Whoever may not see everybody's quality sees the people
they manage today, and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from grading import models, raw, selectors
from grading.admin.rules import VersionAdmin
from grading.admin.shown import EMPTY, ShownAdmin, language, say
from grading.documents.qa_report import draw_qa_report
from grading.domain.chat_signals import signals
from grading.domain.qa_report import QaCounts, QaDay
from grading.domain.quality import QaForm
from grading.jobs import services as jobs
from grading.jobs.tasks import publish
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_text, shown
from grading.kernel.period import Month
from grading.rulebook import QaCode, phrases, qa_codes
from grading.services import quality
from grading.services.qa_report import qa_report, qa_report_sheet
from grading.wording import error_text

State = models.QaAppeal.State
SurveyPushed = models.QaEvaluation.SurveyPushed


SENDERS = {
    "buyer": gettext_lazy("buyer"),
    "agent_human": gettext_lazy("agent"),
    "bot": gettext_lazy("bot"),
    "auto": gettext_lazy("auto reply"),
    "system": gettext_lazy("system"),
}


def agents_seen(request: HttpRequest) -> set[int] | None:
    """The agents whose quality the reader may see; None: everybody's."""
    if request.user.has_perm("grading.view_all_quality"):
        return None
    return selectors.agents_managed(cast("User", request.user), timezone.localdate())


def _seen_only(request: HttpRequest, rows: QuerySet[Any], path_to_agent: str) -> QuerySet[Any]:
    agents = agents_seen(request)
    return rows if agents is None else rows.filter(**{f"{path_to_agent}__in": agents})


def code_texts(code: QaCode) -> tuple[str, str]:
    """A QA code's name and text in the reader's language."""
    return (code.name_zh, code.text_zh) if language() == "zh" else (code.name_en, code.text_en)


def finding_name(code: str) -> str:
    """A code with its name."""
    known = qa_codes().get(code)
    return f"{code} {code_texts(known)[0]}" if known else code


# --- The form ---------------------------------------------------------------------------------------------------------


class QaFormForm(forms.Form):
    """A QA form as HR writes it: names, first day, and points for each non-fatal code."""

    company = forms.ModelChoiceField(label=gettext_lazy("company"), queryset=models.Company.objects.order_by("code"))
    form = forms.CharField(label=gettext_lazy("code"), max_length=40)
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=80, required=False)
    effective_from = forms.DateField(
        label=gettext_lazy("effective from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in quality.non_fatal_codes():
            self.fields[f"points_{code}"] = forms.CharField(
                label=finding_name(code), max_length=20, required=False, widget=forms.TextInput(attrs={"size": 6})
            )

    def points(self) -> list[forms.BoundField]:
        return [self[f"points_{code}"] for code in quality.non_fatal_codes()]

    def body(self) -> dict[str, Any]:
        """The document that the form describes, to be judged by its own reader."""
        held = self.cleaned_data
        rows = [
            {"code": code, "points": held[f"points_{code}"].strip()}
            for code in quality.non_fatal_codes()
            if held[f"points_{code}"].strip()
        ]
        names = {name: held[name] for name in ("name_zh", "name_en") if held[name]}
        return {"form": held["form"], "effective_from": held["effective_from"], **names, "points": rows}


@admin.register(models.QaFormVersion)
class QaFormVersionAdmin(VersionAdmin):
    """QA forms as versions: a draft may change, a published one never does."""

    def get_urls(self) -> list[URLPattern]:
        draft = path("draft/", self.admin_site.admin_view(self.draft_view), name="grading_qaformversion_draft")
        return [draft, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_write = request.user.has_perm("grading.publish_qa_form")
        return super().changelist_view(request, {**(extra_context or {}), "may_write": may_write})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft is a form to those who may publish; everything else is looked at only."""
        row = self.get_object(request, unquote(object_id))
        is_draft = row is not None and row.status == models.QaFormVersion.Status.DRAFT
        if is_draft and request.user.has_perm("grading.publish_qa_form"):
            return self.draft_view(request, row)
        return super().change_view(request, object_id, form_url, extra_context)

    def draft_view(self, request: HttpRequest, row: models.QaFormVersion | None = None) -> HttpResponse:
        """Write a draft, change it, publish it."""
        if not request.user.has_perm("grading.publish_qa_form"):
            raise PermissionDenied
        form = QaFormForm(request.POST) if request.method == "POST" else QaFormForm(initial=_form_initial(row))
        if request.method == "POST" and form.is_valid() and self._written(request, row, form):
            return HttpResponseRedirect(reverse("admin:grading_qaformversion_changelist"))
        return TemplateResponse(
            request,
            "admin/grading/qaformversion/draft.html",
            {
                **self.admin_site.each_context(request),
                "title": str(row) if row else _("New QA form"),
                "opts": self.opts,
                "form": form,
                "row": row,
                "fatal": [finding_name(code) for code, held in qa_codes().items() if held.is_fatal],
            },
        )

    def _written(self, request: HttpRequest, row: models.QaFormVersion | None, form: QaFormForm) -> bool:
        user = cast("User", request.user)
        try:
            with transaction.atomic():
                draft = quality.qa_form_draft(
                    company=form.cleaned_data["company"],
                    body=form.body(),
                    written_by=user,
                    draft_id=row.pk if row else None,
                )
                if "publish" in request.POST:
                    quality.qa_form_publish(form_id=draft.pk, published_by=user)
        except DomainError as error:
            say(request, error)
            return False
        messages.success(
            request,
            _("Published: contacts from %(day)s on are scored by it.") % {"day": draft.effective_from}
            if "publish" in request.POST
            else _("The draft is kept. Nothing is scored by it until it is published."),
        )
        return True


def _form_initial(row: models.QaFormVersion | None) -> dict[str, Any]:
    if row is None:
        return {"effective_from": timezone.localdate()}
    held: QaForm = selectors.qa_form_of(row.body)
    return {
        "company": row.company_id,
        "form": row.code,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "effective_from": row.effective_from,
        **{f"points_{code}": exact_text(points) for code, points in held.points.items()},
    }


# --- The sample of a day ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChosenDay:
    """The company and day that a page is about. ``company`` is None before the first one is loaded."""

    company: models.Company | None
    day: date

    def address(self, name: str = "changelist") -> str:
        asked = urlencode({"company": self.company.pk if self.company else "", "day": self.day.isoformat()})
        return f"{reverse(f'admin:grading_qasample_{name}')}?{asked}"


def chosen_day(request: HttpRequest) -> ChosenDay:
    """What the request names; the first company and yesterday where it names nothing usable."""
    asked = request.POST if request.method == "POST" else request.GET
    company_id, companies = asked.get("company", ""), models.Company.objects.order_by("pk")
    company = companies.filter(pk=int(company_id)).first() if company_id.isdecimal() and len(company_id) < 19 else None
    try:
        day = date.fromisoformat(asked.get("day", ""))
    except ValueError:
        day = timezone.localdate() - timedelta(days=1)
    return ChosenDay(company or companies.first(), day)


@dataclass(slots=True)
class AgentSample:
    """One agent's line of the day: their contacts and how many are evaluated."""

    agent_no: str
    name: str
    team: str
    samples: list[models.QaSample] = field(default_factory=list)

    @property
    def drawn(self) -> int:
        return sum(1 for sample in self.samples if sample.source == models.QaSample.Source.RANDOM)

    @property
    def submitted(self) -> int:
        return len(self.samples) - self.drawn

    @property
    def evaluated(self) -> int:
        return sum(1 for sample in self.samples if sample.is_evaluated)


class ComplaintForm(forms.Form):
    """A contact that the complaint team submits."""

    agent_no = forms.CharField(label=gettext_lazy("agent number"), max_length=40)
    session = forms.CharField(label=gettext_lazy("contact"), max_length=80)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=500)


class EvaluationForm(forms.Form):
    """The eleven codes, whether the survey was pushed, and a note."""

    survey_pushed = forms.ChoiceField(
        label=gettext_lazy("survey pushed"),
        choices=SurveyPushed.choices,
        widget=forms.RadioSelect,
        initial=SurveyPushed.UNKNOWN,
    )
    note = forms.CharField(
        label=gettext_lazy("note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, code in enumerate(qa_codes()):
            keys = {"autofocus": True} if place == 0 else {}
            self.fields[f"code_{code}"] = forms.BooleanField(
                required=False, widget=forms.CheckboxInput(attrs={**keys, "aria-describedby": f"text_{code}"})
            )

    def boxes(self) -> list[tuple[QaCode, str, str, forms.BoundField]]:
        return [(held, *code_texts(held), self[f"code_{code}"]) for code, held in qa_codes().items()]

    def codes(self) -> list[str]:
        return [code for code in qa_codes() if self.cleaned_data[f"code_{code}"]]


@admin.register(models.QaSample)
class QaSampleAdmin(ShownAdmin):
    """The sample of a day with its progress; one contact is evaluated on its own page."""

    def get_urls(self) -> list[URLPattern]:
        pages = (
            ("draw/", self.draw_view, "draw"),
            ("complaint/", self.complaint_view, "complaint"),
            ("report/", self.report_view, "report"),
            ("report.pdf", self.report_pdf_view, "report_pdf"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"grading_qasample_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.QaSample]:
        rows = models.QaSample.objects.select_related("agent__company", "evaluation", "submitted_by")
        return _seen_only(request, rows, "agent_id")

    # --- the day ---

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every agent with a sample on the day."""
        return self._day_page(request, ComplaintForm())

    def _day_page(self, request: HttpRequest, form: ComplaintForm) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = chosen_day(request)
        rows = self._agents_of(request, chosen)
        samples = [sample for row in rows for sample in row.samples]
        return TemplateResponse(
            request,
            "admin/grading/qasample/day.html",
            {
                **self.admin_site.each_context(request),
                "title": _("QA samples"),
                "opts": self.opts,
                "chosen": chosen,
                "companies": models.Company.objects.order_by("pk"),
                "rows": rows,
                "count": len(samples),
                "evaluated": sum(1 for sample in samples if sample.is_evaluated),
                "next": next((sample for sample in samples if not sample.is_evaluated), None),
                "complaint": form,
                "report": chosen.address("report"),
                "may_draw": request.user.has_perm("grading.draw_sample") and chosen.company is not None,
                "may_submit": request.user.has_perm("grading.submit_complaint") and chosen.company is not None,
                "may_evaluate": request.user.has_perm("grading.evaluate_contact"),
            },
        )

    def _agents_of(self, request: HttpRequest, chosen: ChosenDay) -> list[AgentSample]:
        samples = self.get_queryset(request).filter(agent__company=chosen.company, day=chosen.day)
        people = selectors.people({sample.agent_id for sample in samples}, Month.of(chosen.day))
        found = {pk: AgentSample(each.agent_no, each.name, each.team_name) for pk, each in people.items()}
        for sample in samples.order_by("source", "session"):  # complaints come before random ones
            found[sample.agent_id].samples.append(sample)
        return list(found.values())

    def draw_view(self, request: HttpRequest) -> HttpResponse:
        """Draw the day's sample."""
        chosen = self._posted(request, "grading.draw_sample")
        try:
            drawn = quality.sample_draw(
                company=cast("models.Company", chosen.company),
                day=chosen.day,
                today=timezone.localdate(),
                drawn_by=cast("User", request.user),
            )
        except DomainError as error:
            say(request, error)
        else:
            messages.success(
                request,
                ngettext("%(count)d contact drawn.", "%(count)d contacts drawn.", drawn) % {"count": drawn}
                if drawn
                else _("Nothing to draw: the day has no contacts yet, or its sample is complete."),
            )
        return HttpResponseRedirect(chosen.address())

    def complaint_view(self, request: HttpRequest) -> HttpResponse:
        """Submit a contact because of a complaint."""
        chosen = self._posted(request, "grading.submit_complaint")
        form = ComplaintForm(request.POST)
        if not form.is_valid():
            return self._day_page(request, form)
        agent = models.Agent.objects.filter(company=chosen.company, agent_no=form.cleaned_data["agent_no"]).first()
        seen = agents_seen(request)
        if agent is None or (seen is not None and agent.pk not in seen):
            form.add_error("agent_no", _("There is no such agent."))
            return self._day_page(request, form)
        try:
            quality.sample_submit_complaint(
                agent=agent,
                day=chosen.day,
                session=form.cleaned_data["session"],
                reason=form.cleaned_data["reason"],
                submitted_by=cast("User", request.user),
                today=timezone.localdate(),
            )
        except DomainError as error:
            say(request, error)
            return self._day_page(request, form)
        messages.success(request, _("Submitted: it comes first among the contacts of the day."))
        return HttpResponseRedirect(chosen.address())

    def _posted(self, request: HttpRequest, right: str) -> ChosenDay:
        if request.method != "POST" or not request.user.has_perm(right):
            raise PermissionDenied
        chosen = chosen_day(request)
        if chosen.company is None:
            raise Http404
        return chosen

    # --- one contact ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The transcript beside the codes. Somebody else's people are as good as not there."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        form = EvaluationForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._recorded(request, row, form):
            following = self._next(request, row)
            chosen = ChosenDay(row.agent.company, row.day)
            return HttpResponseRedirect(_page_of(following) if following else chosen.address())
        return TemplateResponse(
            request, "admin/grading/qasample/evaluate.html", {**self._contact_page(request, row), "form": form}
        )

    def _recorded(self, request: HttpRequest, row: models.QaSample, form: EvaluationForm) -> bool:
        try:
            recorded = quality.evaluation_record(
                sample_id=row.pk,
                evaluator=cast("User", request.user),
                codes=form.codes(),
                survey_pushed=form.cleaned_data["survey_pushed"],
                note=form.cleaned_data["note"],
                today=timezone.localdate(),
            )
        except DomainError as error:
            say(request, error)
            return False
        messages.success(request, _("Recorded: %(contact)s.") % {"contact": row.session})
        if recorded.is_by_manager:
            messages.warning(
                request, _("You manage %(agent)s. Evaluators should not be direct managers.") % {"agent": row.agent}
            )
        return True

    def _next(self, request: HttpRequest, row: models.QaSample) -> models.QaSample | None:
        """The next contact of the day that nobody has evaluated, complaints first; from the top after the last."""
        rows = self.get_queryset(request).filter(agent__company=row.agent.company, day=row.day, evaluation=None)
        ordered = list(rows.exclude(pk=row.pk).order_by("source", "agent__agent_no", "session"))
        here = (row.source, row.agent.agent_no, row.session)
        later = (each for each in ordered if (each.source, each.agent.agent_no, each.session) > here)
        return next(later, ordered[0] if ordered else None)

    def _contact_page(self, request: HttpRequest, row: models.QaSample) -> dict[str, Any]:
        following = self._next(request, row)
        lines = raw.transcript(row.agent.company_id, row.day, row.session)
        return {
            **self.admin_site.each_context(request),
            "title": _("Contact %(contact)s of %(agent)s") % {"contact": row.session, "agent": row.agent},
            "opts": self.opts,
            "row": row,
            "day_page": ChosenDay(row.agent.company, row.day).address(),
            "transcript": [(line, SENDERS.get(line.sender, line.sender)) for line in lines],
            "hints": list(_hints(row, lines)),
            "following": _page_of(following) if following else "",
            "evaluation": row.evaluation if row.is_evaluated else None,
            "findings": _findings_shown(row.evaluation) if row.is_evaluated else [],
            "score": _score(row.evaluation) if row.is_evaluated else EMPTY,
            "hindrance": "" if row.is_evaluated else _hindrance(request, row),
        }

    # --- the daily report ---

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """What the day's QA came to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = chosen_day(request)
        report = None
        if chosen.company is not None:
            report = qa_report(company=chosen.company, day=chosen.day, agent_ids=agents_seen(request))
        return TemplateResponse(
            request,
            "admin/grading/qasample/report.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Daily QA report"),
                "opts": self.opts,
                "chosen": chosen,
                "companies": models.Company.objects.order_by("pk"),
                "report": report,
                "errors": [(finding_name(code), count) for code, count in report.errors] if report else [],
                "lines": _report_lines(report) if report else [],
                "day_page": chosen.address(),
                "pdf": chosen.address("report_pdf"),
            },
        )

    def report_pdf_view(self, request: HttpRequest) -> HttpResponse:
        """The same report as PDF, in both languages; noted in the audit log."""
        chosen = chosen_day(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if chosen.company is None:
            raise Http404
        report = qa_report(company=chosen.company, day=chosen.day, agent_ids=agents_seen(request))
        try:
            body = draw_qa_report(qa_report_sheet(chosen.company, report))
        except DomainError as error:
            say(request, error)
            return HttpResponseRedirect(chosen.address("report"))
        return _handed_out(request, chosen.company, chosen.day, body)


def _handed_out(request: HttpRequest, company: models.Company, day: date, body: bytes) -> HttpResponse:
    """A day's report as a download that nobody stores on the way; noted in the audit log."""
    jobs.audit(
        actor=cast("User", request.user),
        action="qa_report.pdf",
        object_type="company",
        object_id=company.code,
        detail={"day": str(day)},
    )
    return HttpResponse(
        body,
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=f"qa-report-{day}.pdf"),
            "Cache-Control": "private, no-store",
        },
    )


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report's table: an agent, a team, or the day together."""

    kind: str
    name: str
    counts: QaCounts
    mean: str


def _report_lines(report: QaDay) -> Iterator[ReportLine]:
    for team in report.teams:
        for agent in team.agents:
            yield ReportLine("agent", f"{agent.agent_no} {agent.name}", agent.counts, _mean(agent.counts))
        yield ReportLine("team", team.team or EMPTY, team.counts, _mean(team.counts))
    yield ReportLine("total", _("All"), report.counts, _mean(report.counts))


def _mean(counts: QaCounts) -> str:
    return EMPTY if counts.mean is None else shown(counts.mean)


def _page_of(sample: models.QaSample) -> str:
    return reverse("admin:grading_qasample_change", args=[sample.pk])


def _score(evaluation: models.QaEvaluation) -> str:
    return EMPTY if evaluation.score is None else shown(evaluation.score)


def _findings_shown(evaluation: models.QaEvaluation) -> list[tuple[str, bool]]:
    return [(finding_name(row.code), row.is_void) for row in evaluation.findings.order_by("code")]


def _hints(row: models.QaSample, lines: Sequence[raw.TranscriptLine]) -> Iterator[tuple[str, str, str, str]]:
    """What the text suggests: code, its name, the phrase, and when it was said. The evaluator decides."""
    person = selectors.people([row.agent_id], Month.of(row.day))[row.agent_id]
    team = models.Team.objects.filter(company_id=row.agent.company_id, code=person.team).first()
    known = phrases(raw.platform_named(team.platform if team else ""))
    for signal in signals(lines, known):
        code = qa_codes()[signal.code]
        times = ", ".join(f"{lines[position].sent_at:%H:%M:%S}" for position in signal.positions)
        yield signal.code, code.name_zh if language() == "zh" else code.name_en, signal.phrase, times


def _hindrance(request: HttpRequest, row: models.QaSample) -> str:
    """Why the reader cannot evaluate this contact, known before they try."""
    try:
        quality.evaluator_check(row, cast("User", request.user), timezone.localdate())
    except DomainError as error:
        return error_text(error.code, error.values, language(), str(error))
    return ""


# --- The kept reports -------------------------------------------------------------------------------------------------


@admin.register(models.QaReport)
class QaReportAdmin(ShownAdmin):
    """The reports that were made in the evening: everybody's, so only for who may see everybody's quality."""

    list_display = ("day", "company", "contacts", "evaluated", "fatal", "made_at", "pdf")
    list_display_links = None
    list_filter = ("company",)
    list_select_related = ("company",)
    date_hierarchy = "day"
    fields = ("company", "day", "contacts", "evaluated", "fatal", "made_at", "fingerprint", "pdf")

    def get_urls(self) -> list[URLPattern]:
        pdf = path("<int:report_id>/pdf/", self.admin_site.admin_view(self.pdf_view), name="grading_qareport_pdf")
        return [pdf, *super().get_urls()]

    @admin.display(description=gettext_lazy("PDF"))
    def pdf(self, row: models.QaReport) -> SafeString:
        address = reverse("admin:grading_qareport_pdf", args=[row.pk])
        return format_html('<a href="{}" download>{}</a>', address, _("Download PDF"))

    def pdf_view(self, request: HttpRequest, report_id: int) -> HttpResponse:
        """The report as it was made, in both languages; noted in the audit log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).select_related("company").filter(pk=report_id).first()
        if row is None:
            raise Http404
        try:
            with row.file.open() as file:
                body = file.read()
        except FileNotFoundError:  # replaced since the row was read, or the files were not restored with the database
            raise Http404 from None
        return _handed_out(request, row.company, row.day, body)


# --- Evaluations ------------------------------------------------------------------------------------------------------


@admin.register(models.QaEvaluation)
class QaEvaluationAdmin(ShownAdmin):
    """Evaluated contacts: looked at only."""

    list_display = ("contact", "agent", "day", "source", "evaluator", "checked_on", "survey_pushed", "score", "found")
    list_filter = ("sample__source", "survey_pushed", "sample__agent__company")
    search_fields = ("sample__agent__agent_no", "sample__agent__name", "sample__session")
    date_hierarchy = "sample__day"
    fields = ("contact", "agent", "day", "source", "evaluator", "checked_on", "form", "survey_pushed", "score", "found",
              "note")  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.QaEvaluation]:
        rows = models.QaEvaluation.objects.select_related("sample__agent", "evaluator", "form")
        return _seen_only(request, rows.prefetch_related("findings"), "sample__agent_id")

    @admin.display(description=gettext_lazy("contact"), ordering="sample__session")
    def contact(self, row: models.QaEvaluation) -> str:
        return row.sample.session

    @admin.display(description=gettext_lazy("agent"), ordering="sample__agent__agent_no")
    def agent(self, row: models.QaEvaluation) -> str:
        return str(row.sample.agent)

    @admin.display(description=gettext_lazy("day of the contact"), ordering="sample__day")
    def day(self, row: models.QaEvaluation) -> str:
        return row.sample.day.isoformat()

    @admin.display(description=gettext_lazy("source"), ordering="sample__source")
    def source(self, row: models.QaEvaluation) -> str:
        return row.sample.get_source_display()

    @admin.display(description=gettext_lazy("findings"))
    def found(self, row: models.QaEvaluation) -> str:
        names = [
            _("%(code)s (void)") % {"code": finding.code} if finding.is_void else finding.code
            for finding in row.findings.all()
        ]
        return ", ".join(sorted(names)) or EMPTY


# --- Appeals ----------------------------------------------------------------------------------------------------------


class AppealFilter(admin.SimpleListFilter):
    """What waits for a decision comes first; everything else on demand."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        decided = [(state.value, state.label) for state in State if state is not State.FILED]
        return [("all", gettext_lazy("All")), *decided]

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

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.QaAppeal]) -> QuerySet[models.QaAppeal]:
        return queryset if self.value() == "all" else queryset.filter(state=self.value() or State.FILED)


class AppealDecisionForm(forms.Form):
    """The reason of the decision; the button says which it is."""

    reason = forms.CharField(
        label=gettext_lazy("reason of the decision"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@admin.register(models.QaAppeal)
class QaAppealAdmin(ShownAdmin):
    """Appeals of agents, decided by a second reviewer."""

    list_display = ("who", "month", "code", "filed_at", "state", "decided_by")
    list_display_links = ("who",)
    list_filter = (AppealFilter, "finding__agent__company")
    search_fields = ("finding__agent__agent_no", "finding__agent__name", "finding__session")
    ordering = ("filed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.QaAppeal]:
        rows = models.QaAppeal.objects.select_related(
            "finding__agent__company", "finding__evaluation__sample", "finding__evaluation__evaluator", "decided_by"
        )
        return _seen_only(request, rows, "finding__agent_id")

    @admin.display(description=gettext_lazy("agent"), ordering="finding__agent__agent_no")
    def who(self, row: models.QaAppeal) -> str:
        return str(row.finding.agent)

    @admin.display(description=gettext_lazy("month"), ordering="finding__month")
    def month(self, row: models.QaAppeal) -> str:
        return str(row.finding.month)

    @admin.display(description=gettext_lazy("finding"), ordering="finding__code")
    def code(self, row: models.QaAppeal) -> str:
        return finding_name(row.finding.code)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The finding, what the agent says, and the form that decides."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        form = AppealDecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._decided(request, row, form):
            return HttpResponseRedirect(reverse("admin:grading_qaappeal_changelist"))
        row.refresh_from_db()
        return TemplateResponse(
            request, "admin/grading/qaappeal/decide.html", {**self._page(request, row), "form": form}
        )

    def _decided(self, request: HttpRequest, row: models.QaAppeal, form: AppealDecisionForm) -> bool:
        decision = request.POST.get("decision")
        if decision not in {"uphold", "reject"}:
            return False
        try:
            with transaction.atomic():
                decided = quality.appeal_decide(
                    appeal_id=row.pk,
                    decided_by=cast("User", request.user),
                    is_upheld=decision == "uphold",
                    reason=form.cleaned_data["reason"],
                )
                if decided.grading_job_id is not None:
                    # Robust: a broker that is away only delays the work, the sweeper finds it.
                    transaction.on_commit(partial(publish, decided.grading_job_id), robust=True)
        except DomainError as error:
            say(request, error)
            return False
        _tell(request, decided)
        return True

    def _page(self, request: HttpRequest, row: models.QaAppeal) -> dict[str, Any]:
        finding = row.finding
        known = qa_codes().get(finding.code)
        sample = finding.evaluation.sample if finding.evaluation else None
        return {
            **self.admin_site.each_context(request),
            "title": _("Appeal of %(agent)s") % {"agent": finding.agent},
            "opts": self.opts,
            "row": row,
            "finding": finding,
            "name": finding_name(finding.code),
            "text": code_texts(known)[1] if known else "",
            "found_by": finding.evaluation.evaluator if finding.evaluation else finding.reviewer,
            "contact": _page_of(sample) if sample else "",
            "is_open": row.state == State.FILED,
            "published_until": quality.appeals_until(finding.agent, finding.month),
            "hindrance": _appeal_hindrance(request, row),
        }


def _appeal_hindrance(request: HttpRequest, row: models.QaAppeal) -> str:
    if not request.user.has_perm("grading.decide_appeal"):
        return _("Deciding appeals needs a right that you do not have.")
    try:
        quality.second_reviewer_check(row.finding, cast("User", request.user))
    except DomainError as error:
        return error_text(error.code, error.values, language(), str(error))
    return ""


def _tell(request: HttpRequest, decided: quality.Decided) -> None:
    appeal = decided.appeal
    if appeal.state == State.REJECTED:
        messages.success(request, _("Rejected: the finding stands."))
    elif appeal.is_after_publishing:
        messages.success(request, _("Upheld: the finding is void for later runs."))
        messages.warning(
            request,
            _("%(month)s is published already. Pay already approved follows as a correction: tell HR.")
            % {"month": appeal.finding.month},
        )
    elif decided.grading_job_id is not None:
        messages.success(request, _("Upheld: the finding is void, and the month is judged again."))
    else:
        messages.success(request, _("Upheld: the finding is void."))
