"""The month-end page: one checklist from the files to the pay-out, showing exactly where the month stands.

A door and nothing more. Every change is a POST that calls one service; what a service refuses is shown as a message,
and the page is read again from the rows. It never computes pay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial, wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from grading import public as grading
from grading.admin.shown import language, say
from grading.documents.style import Language, MissingGlyph
from grading.imports.folder import CompanyFolder
from grading.imports.problem import Problem
from grading.imports.wording import Lang
from grading.jobs import services as jobs
from grading.jobs.models import AuditEntry
from grading.jobs.tasks import publish
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.admin import findings, payments, reading, uploads
from payroll.admin.other_runs import other_runs_of, run_name
from payroll.admin.review import outdated_page
from payroll.admin.variance import is_compared
from payroll.errors import ReviewOutdated
from payroll.services import runs
from payroll.services.loading import LoadReport, company_load
from payroll.sheets import closing_report_pdf

View = Callable[..., HttpResponse]
Status, Kind = models.PayRun.Status, models.PayRun.Kind
LOADS_SHOWN = 3
PROBLEMS_SHOWN = 500
_BETWEEN_NUMBERS = re.compile(r"[\s,;，、；]+")


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the page and of its acts, under the admin's own."""
    pages: tuple[tuple[str, View, str], ...] = (
        ("month/", month_page, "month"),
        ("month/upload/", upload, "month_upload"),
        ("month/upload/confirm/", upload_confirm, "month_upload_confirm"),
        ("month/upload/cancel/", upload_cancel, "month_upload_cancel"),
        ("month/start/", start, "month_start"),
        ("month/off-cycle/", off_cycle, "month_off_cycle"),
        ("month/correction/", correction, "month_correction"),
        ("month/<int:run_id>/progress/", progress, "month_progress"),
        ("month/<int:run_id>/parked/", parked_page, "month_parked"),
        ("month/<int:run_id>/stop/", stop, "month_stop"),
        ("month/<int:run_id>/resume/", resume, "month_resume"),
        ("month/<int:run_id>/review/", review, "month_review"),
        ("month/<int:run_id>/approve/", approve, "month_approve"),
        ("month/<int:run_id>/pay/", pay, "month_pay"),
        ("month/<int:run_id>/exports/", exports, "month_exports"),
        ("month/<int:run_id>/report/<str:lang>/", closing_report, "month_report"),
    )
    return [path(route, site.admin_view(_door(view)), name=name) for route, view, name in pages]


def _door(view: View) -> View:
    """Only for those who prepare or approve runs. What each may do is asked again by the services."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.has_perm("payroll.prepare_run") or request.user.has_perm("payroll.approve_run")):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


# --- What the page is about -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist on top. ``state`` is done, now, look or todo."""

    name: str
    anchor: str
    state: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The company and month that the page is about. ``company`` is None before the first one is loaded."""

    company: grading.Company | None
    month: Month
    months: tuple[Month, ...]

    @property
    def address(self) -> str:
        """The page itself."""
        return address_of(self.company.pk if self.company else None, self.month)


def address_of(company_id: int | None, month: Month) -> str:
    """The month-end page of a company and month."""
    return f"{reverse('admin:month')}?{urlencode({'company': company_id or '', 'month': month})}"


def address_of_run(run: models.PayRun) -> str:
    """The month-end page of a company and month, at one run."""
    return f"{address_of(run.company_id, run.month)}&run={run.pk}"


def _chosen(request: HttpRequest) -> Chosen:
    """What the request names; the first company and its newest month where it names nothing usable."""
    asked = request.POST if request.method == "POST" else request.GET
    company_id, companies = asked.get("company", ""), grading.Company.objects.order_by("pk")
    company = companies.filter(pk=int(company_id)).first() if company_id.isdecimal() and len(company_id) < 19 else None
    if company is None and company_id != "new":
        company = companies.first()
    newest = reading.newest_month(company) if company else Month.of(timezone.localdate()).plus(-1)
    month = newest
    if asked.get("month"):
        try:
            month = Month.parse(asked["month"])
        except DomainError as error:
            say(request, error)
    return Chosen(company, month, tuple(reading.months_offered(newest, month)))


@require_safe
def month_page(request: HttpRequest) -> HttpResponse:
    """The checklist."""
    chosen = _chosen(request)
    context = _frame(request, _("Month-end"), chosen)
    if chosen.company is not None:
        context |= _month(request, chosen.company, chosen.month)
    return TemplateResponse(request, "admin/payroll/month/page.html", context)


def _frame(request: HttpRequest, title: str, chosen: Chosen) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "chosen": chosen,
        "company": chosen.company,
        "month": chosen.month,
        "companies": list(grading.Company.objects.order_by("pk")),
        "may_prepare": request.user.has_perm("payroll.prepare_run"),
        "may_approve": request.user.has_perm("payroll.approve_run"),
    }


def _month(request: HttpRequest, company: grading.Company, month: Month) -> dict[str, Any]:
    month_runs = selectors.runs_of_month(company.pk, month)
    asked = request.GET.get("run", "")
    run = next((each for each in month_runs if str(each.pk) == asked), month_runs[-1] if month_runs else None)
    work = reading.work_of(run) if run is not None else None
    is_told = work is not None and not work.is_working and "readiness" not in request.GET
    ready = (reading.readiness_unasked(work.people) if work and is_told else None) or reading.readiness(company, month)
    sees_pay = request.user.has_perm("payroll.view_payslip")
    found: dict[str, Any] = {
        "run": run,
        "is_newest": run is None or run == [each for each in month_runs if each.kind == run.kind][-1],
        "other": other_runs_of(company, month, month_runs, run, shows_pay=sees_pay),
        "ready": ready,
        "loads": AuditEntry.objects.filter(action="company.load", object_id=company.code)
        .exclude(detail={"files": []})
        .select_related("actor")[:LOADS_SHOWN],
    }
    parked: selectors.ParkedPeople | None = None
    if run is not None and work is not None:
        found |= {"run": run, "work": work}
        if not work.is_working:
            parked = selectors.parked_of_run(run)
            shown = reading.parked_shown(parked[: selectors.shown_of(len(parked))])
            found |= {"parked": parked, "parked_shown": shown, "parked_hidden": len(parked) - len(shown)}
        found |= {"run_name": run_name(run), "only_for": _only_for(run)}
        if not work.is_working and sees_pay:
            found["review"] = reading.review_of(run)
            found["is_stale"] = reading.changed_since(run)
            found["is_regraded"] = reading.is_regraded(run)
            found["is_compared"] = is_compared(run)
        if not work.is_working and request.user.has_perms(findings.NEEDED):
            found["groups"] = findings.groups_of(run, found["review"].kinds)
            found["is_changed"] = run.replaced_lines.exists()
        found["hindrance"] = _hindrance(request, run)
        found["may_export"] = run.is_posted and request.user.has_perms(
            ("payroll.view_payslip", "payroll.view_payprofile")
        )
        if found["may_export"]:
            found["payments"] = payments.pay_out_of(run)
        found["posted_runs"] = sum(each.is_posted for each in month_runs)
    found["steps"] = _steps(ready, run, work, parked)
    found["next"] = _next(ready, run, work, parked)
    return found


@require_safe
def parked_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Everybody whom a run could not finish, page by page."""
    run = get_object_or_404(models.PayRun.objects.select_related("company", "job"), pk=run_id)
    page = Paginator(selectors.parked_of_run(run), reading.PARKED_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Parked people"),
        "run": run,
        "run_name": run_name(run),
        "page": page,
        "parked_shown": reading.parked_shown(page.object_list),
    }
    return TemplateResponse(request, "admin/payroll/month/parked.html", context)


def _steps(
    ready: reading.Readiness,
    run: models.PayRun | None,
    work: reading.Work | None,
    parked: selectors.ParkedPeople | None,
) -> list[Step]:
    is_calculated = run is not None and work is not None and not work.is_working
    is_posted = run is not None and run.is_posted
    is_handed_over = run is not None and run.status == Status.IN_REVIEW
    is_paid = run is not None and run.status == Status.PAID
    is_correction = run is not None and run.kind == Kind.CORRECTION  # the posted months are its files

    def state(*, done: bool, now: bool) -> str:
        return "done" if done else "now" if now else "todo"

    readiness = "todo" if ready.is_empty else "done" if ready.is_ready else "look"

    return [
        Step(_("Files"), "files", state(done=is_correction or not ready.is_empty, now=True)),
        Step(_("Readiness"), "ready", "done" if is_correction else readiness),
        Step(_("Calculation"), "work", state(done=is_calculated, now=run is not None or not ready.is_empty)),
        Step(_("Parked people"), "parked", "look" if parked else state(done=is_calculated, now=False)),
        Step(_("Review"), "review", state(done=is_posted or is_handed_over, now=is_calculated)),
        Step(_("Approval"), "approve", state(done=is_posted, now=is_handed_over)),
        Step(_("Pay-out"), "pay", state(done=is_paid, now=is_posted)),
    ]


def _next(
    ready: reading.Readiness,
    run: models.PayRun | None,
    work: reading.Work | None,
    parked: selectors.ParkedPeople | None,
) -> str:
    """Where the month stands and what comes next, in one sentence."""
    if run is None:
        if ready.is_empty:
            return _("Nothing of this month is loaded yet. Upload its files.")
        return _("The files are loaded, nothing is calculated yet. Look at the readiness, then start.")
    if work is not None and work.is_working and work.is_stopped:
        return _("The work was stopped. Let it go on, or run again to go over everybody.")
    if work is not None and work.is_working:
        return _("The month is being worked on. You may leave this page; the work goes on.")
    if run.status == Status.PAID and run.kind != Kind.REGULAR:
        return _("Paid out. This run is finished; the month's other runs stand by themselves.")
    if run.status == Status.PAID:
        return (
            ngettext(
                "Paid out. %(count)d parked person waits for another run.",
                "Paid out. %(count)d parked people wait for another run.",
                len(parked),
            )
            % {"count": len(parked)}
            if parked
            else _("Paid out. The month is finished.")
        )
    if run.status == Status.APPROVED:
        return _("Approved: nothing of this run can change any more. Pay it out.")
    if run.kind == Kind.CORRECTION and not parked:
        return _("The differences of posted months are calculated. Review them; then somebody else approves them.")
    if parked:
        return ngettext(
            "%(count)d person is parked. Mend what is wrong and run again, or approve the others without them.",
            "%(count)d people are parked. Mend what is wrong and run again, or approve the others without them.",
            len(parked),
        ) % {"count": len(parked)}
    return _("Everybody is calculated. Review it; then somebody else than the preparer approves it.")


def _only_for(run: models.PayRun) -> str:
    """The agent numbers that an off-cycle run is for."""
    if run.kind != Kind.OFF_CYCLE:
        return ""
    return ", ".join(run.agents.order_by("agent_no").values_list("agent_no", flat=True))


def _hindrance(request: HttpRequest, run: models.PayRun) -> str:
    """Why the reader cannot approve this run, known before they try."""
    if not request.user.has_perm("payroll.approve_run"):
        return _("Approving needs a person with the right to approve pay runs.")
    if request.user.pk in runs.preparers_of(run):
        return _("You prepared this run, so somebody else must approve it.")
    return ""


# --- Files ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem or notice as the table shows it."""

    file: str
    row: int
    column: str
    wrong: str
    found: str | None
    expected: str


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Try the uploaded files: show the difference or every problem. Nothing is changed."""
    user = _preparer(request)
    chosen = _chosen(request)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, _("Choose one or more files, or one ZIP of the company folder."))
        return HttpResponseRedirect(chosen.address)
    try:
        folder = uploads.folder_of(files, chosen.month)
        company = _company_of(folder, chosen.company)
        report = company_load(folder, loaded_by=user, company=company, month=None, dry_run=True)
    except DomainError as error:
        say(request, error)
        return HttpResponseRedirect(chosen.address)
    token = ""
    if report.problems:
        uploads.upload_forget(request)
    else:
        token = uploads.upload_keep(request, folder, company.pk if company else None, chosen.month)
    return _report_page(request, chosen, report, token, list(folder))


@require_POST
def upload_confirm(request: HttpRequest) -> HttpResponse:
    """Load exactly what was tried."""
    user = _preparer(request)
    chosen = _chosen(request)
    try:
        folder, company_id, month = uploads.upload_kept(request, request.POST.get("token", ""))
        company = grading.Company.objects.filter(pk=company_id).first() if company_id else None
        report = company_load(folder, loaded_by=user, company=company, month=None, dry_run=False)
    except DomainError as error:
        say(request, error)
        return HttpResponseRedirect(chosen.address)
    uploads.upload_forget(request)
    if report.problems:
        return _report_page(request, chosen, report, "", list(folder))
    changed = sum(change.added + change.changed + change.removed for change in report.changes)
    messages.success(
        request,
        ngettext("Loaded: %(count)d row changed.", "Loaded: %(count)d rows changed.", changed) % {"count": changed},
    )
    return HttpResponseRedirect(address_of(report.company.pk if report.company else company_id, month))


@require_POST
def upload_cancel(request: HttpRequest) -> HttpResponse:
    """Forget the tried files."""
    uploads.upload_forget(request)
    messages.info(request, _("Nothing was loaded, and the uploaded files are deleted."))
    return HttpResponseRedirect(_chosen(request).address)


def _preparer(request: HttpRequest) -> User:
    if not request.user.has_perm("payroll.prepare_run"):
        raise PermissionDenied
    return cast("User", request.user)


def _company_of(folder: CompanyFolder, company: grading.Company | None) -> grading.Company | None:
    """The company that the files are for: the one chosen, unless they name another in their company.yaml."""
    code = uploads.company_code(folder)
    return company if company is not None and code in (None, company.code) else None


def _report_page(
    request: HttpRequest, chosen: Chosen, report: LoadReport, token: str, files: list[str]
) -> HttpResponse:
    other = None
    if report.company is not None and chosen.company is not None and report.company.code != chosen.company.code:
        other = report.company
    context = {
        "token": token,
        "files": files,
        "report": report,
        "other": other,
        "changes": [change for change in report.changes if not change.is_none],
        "unchanged": [change.file for change in report.changes if change.is_none and change.file in files],
        "removed": sum(change.removed for change in report.changes),
        "problems": [_problem(problem) for problem in report.problems[:PROBLEMS_SHOWN]],
        "problems_hidden": max(len(report.problems) - PROBLEMS_SHOWN, 0),
        "notices": [_problem(notice) for notice in report.notices],
    }
    title = _("These files have problems") if report.problems else _("What these files would change")
    return TemplateResponse(request, "admin/payroll/month/upload.html", {**_frame(request, title, chosen), **context})


def _problem(problem: Problem) -> ProblemRow:
    lang = Lang(language())
    return ProblemRow(
        file=problem.file,
        row=problem.row,
        column=problem.column,
        wrong=problem.fault.wrong.text(problem.values, lang),
        found=problem.found,
        expected=problem.fault.expected.text(problem.values, lang),
    )


# --- The run --------------------------------------------------------------------------------------------------------


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start the month, or go over it again. The work is in the rows before anybody is woken up."""
    return _started(request, runs.run_start, _("Started: grading first, then the calculation."))


@require_POST
def off_cycle(request: HttpRequest) -> HttpResponse:
    """Pay the month of a few people by themselves, or go over such a run again."""
    numbers = [each for each in _BETWEEN_NUMBERS.split(request.POST.get("agents", "")) if each]
    begin = partial(runs.off_cycle_start, agent_nos=numbers)
    return _dated_start(request, begin, _("Started: grading first, then the calculation."))


@require_POST
def correction(request: HttpRequest) -> HttpResponse:
    """Pay, or take back, what posted months changed by, or go over such a run again."""
    return _dated_start(request, runs.correction_start, _("Started: the posted months are calculated again."))


def _dated_start(request: HttpRequest, begin: Callable[..., models.PayRun], done: str) -> HttpResponse:
    """Start a run that may have a pay date of its own; without one the run keeps the month's."""
    asked = request.POST.get("pay_date", "")
    try:
        day = date.fromisoformat(asked) if asked else None
    except ValueError:
        messages.error(request, _("“%(value)s” is not a day. Write it as YYYY-MM-DD.") % {"value": asked})
        return HttpResponseRedirect(f"{_chosen(request).address}#besides")
    return _started(request, partial(begin, pay_date=day), done)


def _started(request: HttpRequest, begin: Callable[..., models.PayRun], done: str) -> HttpResponse:
    chosen = _chosen(request)
    if chosen.company is None:
        messages.error(request, _("Load a company first."))
        return HttpResponseRedirect(chosen.address)
    try:
        with transaction.atomic():
            run = begin(company=chosen.company, month=chosen.month, prepared_by=cast("User", request.user))
            # Robust: a broker that is away only delays the work, the sweeper finds it.
            transaction.on_commit(partial(publish, _first_job(run)), robust=True)
    except DomainError as error:
        say(request, error)
        return HttpResponseRedirect(chosen.address)
    messages.success(request, done)
    return HttpResponseRedirect(f"{address_of_run(run)}#work")


def _first_job(run: models.PayRun) -> int:
    """Where the work of a started run begins: at its grading, unless it is graded already."""
    if run.status != Status.OPEN:
        return run.job_id
    return grading.AppraisalCycle.objects.get(company_id=run.company_id, month=run.month).job_id


@require_POST
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop the work on a run; who is settled stays settled."""
    act = partial(runs.run_stop, run_id=run_id, stopped_by=cast("User", request.user))
    return _acted(request, run_id, act, _("Stopped. Who is settled stays settled."))


@require_POST
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Let a stopped run go on."""

    def act() -> None:
        run = runs.run_resume(run_id=run_id, resumed_by=cast("User", request.user))
        transaction.on_commit(partial(publish, _first_job(run)), robust=True)

    return _acted(request, run_id, act, _("The work goes on."))


@require_safe
def progress(_request: HttpRequest, run_id: int) -> JsonResponse:
    """The progress of a run as JSON: counts of rows, no names and no amounts."""
    work = reading.work_of(get_object_or_404(models.PayRun, pk=run_id))
    return JsonResponse(
        {
            "status": work.status,
            "working": work.is_working,
            "stopped": work.is_stopped,
            "idle": work.is_idle,
            "phases": [asdict(phase) for phase in work.phases],
        }
    )


@require_POST
def review(request: HttpRequest, run_id: int) -> HttpResponse:
    """Hand a calculated run over to the approver."""
    act = partial(runs.run_review, run_id=run_id, reviewed_by=cast("User", request.user))
    return _acted(request, run_id, act, _("Handed over for approval."))


@require_POST
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approve exactly the run whose fingerprint was on the page."""
    run = get_object_or_404(models.PayRun, pk=run_id)
    if request.POST.get("seen") != "yes":
        messages.error(request, _("Tick that you have looked at the totals, the adjustments and the findings."))
        return HttpResponseRedirect(f"{address_of_run(run)}#approve")
    act = partial(
        runs.run_approve,
        run_id=run_id,
        approved_by=cast("User", request.user),
        reviewed=request.POST.get("fingerprint", ""),
    )
    return _acted(request, run_id, act, _("Approved. The payslips are posted and open to the agents."))


@require_POST
def pay(request: HttpRequest, run_id: int) -> HttpResponse:
    """Record that an approved run was paid out."""
    act = partial(runs.run_pay, run_id=run_id, paid_by=cast("User", request.user))
    return _acted(request, run_id, act, _("Recorded as paid out."))


@require_POST
def exports(request: HttpRequest, run_id: int) -> HttpResponse:
    """The files of a posted run for bank, Alipay, tax client and books, in one ZIP. They hold whole account numbers,
    so every download is noted. ``scope`` is the run, which is what is to be paid, or the whole month, which is for
    the tax office and the books and pays nobody.
    """
    if not request.user.has_perms(("payroll.view_payslip", "payroll.view_payprofile")):
        raise PermissionDenied
    run = get_object_or_404(models.PayRun.objects.select_related("company"), pk=run_id)
    is_month = request.POST.get("scope") == "month"
    if not run.is_posted:
        messages.error(request, _("Files come after the approval."))
        return HttpResponseRedirect(address_of_run(run))
    try:
        files, people = payments.export_files(request, run, is_month=is_month)
    except DomainError as error:
        say(request, error)
        return HttpResponseRedirect(address_of_run(run))
    jobs.audit(
        actor=cast("User", request.user),
        action="run.export",
        object_type="pay_run",
        object_id=run.pk,
        detail={"scope": "month" if is_month else "run", "people": people, "files": sorted(files)},
    )
    name = f"{run.company.code}-{run.month}" if is_month else payments.files_name(run)
    return payments.zip_response(files, name)


@require_safe
def closing_report(request: HttpRequest, run_id: int, lang: str) -> HttpResponse:
    """The closing report of a posted run; who opened it is noted."""
    if not request.user.has_perm("payroll.view_payslip"):
        raise PermissionDenied
    runs_posted = models.PayRun.objects.filter(status__in=models.PayRun.POSTED)
    run = get_object_or_404(runs_posted.select_related("company", "prepared_by", "approved_by"), pk=run_id)
    if lang not in ("zh", "en"):
        raise Http404
    try:
        data = closing_report_pdf(run, cast("Language", lang))
    except MissingGlyph as error:
        say(request, error)
        return HttpResponseRedirect(address_of_run(run))
    jobs.audit(
        actor=cast("User", request.user), action="run.report", object_type="pay_run", object_id=run.pk,
        detail={"lang": lang},
    )  # fmt: skip
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="closing-{run.company.code}-{run.month}-{run.pk}-{lang}.pdf"'
    return response


def _acted(request: HttpRequest, run_id: int, act: Callable[[], object], done: str) -> HttpResponse:
    run = get_object_or_404(models.PayRun, pk=run_id)
    try:
        act()
    except ReviewOutdated as error:
        if request.user.has_perm("payroll.view_payslip"):
            return outdated_page(request, run, error)
        say(request, error)
    except DomainError as error:
        say(request, error)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(address_of_run(run))
