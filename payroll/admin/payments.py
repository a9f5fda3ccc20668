"""What was handed to bank and Alipay: the files and payments of a run, what came back, and paying it again.

A door: it shows the rows, and each act calls one service. Whole accounts are in the files only, never on the page.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from grading.admin.shown import ShownAdmin, language, masked, money_text, say
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from payroll import models
from payroll.exports.files import Contents, render_exports
from payroll.exports.layouts import BANKS, UNFILLED
from payroll.exports.made import Made, payments_made_of
from payroll.exports.options import ENCODINGS, TAX_LAYOUTS, ExportOptions
from payroll.exports.people import export_options, export_people
from payroll.exports.templates import read_template, unfilled
from payroll.services import payments

View = Callable[..., HttpResponse]
ROWS_SHOWN = 200
NEEDED = ("payroll.view_payslip", "payroll.view_payprofile")
Status = models.Payment.Status


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of a run's payments, under the admin's own."""
    pages: tuple[tuple[str, View, str], ...] = (
        ("month/<int:run_id>/payments/", payments_page, "payments"),
        ("month/<int:run_id>/payments/again/", again, "payments_again"),
        ("month/<int:run_id>/payments/returned/", returned, "payments_returned"),
        ("month/<int:run_id>/payments/<int:sequence>/withdraw/", withdraw, "payments_withdraw"),
        ("month/<int:run_id>/payments/<int:sequence>/download/", download, "payments_download"),
    )
    return [path(route, site.admin_view(_door(view)), name=name) for route, view, name in pages]


def _door(view: View) -> View:
    """For those who prepare or approve runs and may see pay and accounts: the same as for export files."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not (user.has_perm("payroll.prepare_run") or user.has_perm("payroll.approve_run")):
            raise PermissionDenied
        if not user.has_perms(NEEDED):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


# --- What is shown --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SentFile:
    """One file of a run as the page lists it."""

    sequence: int
    file: str
    rows: int
    amount: str
    made_by: str
    made_at: Any
    returned: int
    sha256: str
    is_first: bool
    """The first file of its time: the acts on the whole time stand beside it."""
    may_withdraw: bool

    @property
    def is_returned(self) -> bool:
        return self.returned == self.rows


@dataclass(frozen=True, slots=True)
class SentPayment:
    """One payment as the page lists it; the account is shown in part."""

    pk: int
    agent_no: str
    name: str
    sequence: int
    file: str
    account: str
    amount: str
    is_sent: bool
    returned_at: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Owed:
    """Somebody whom no file pays, and why."""

    agent_no: str
    name: str
    amount: str
    why: str
    state: str
    """ready, unchanged or withheld."""


@dataclass(frozen=True, slots=True)
class PayOut:
    """How a run's pay-out stands, and what the export form offers."""

    files: int
    returned: int
    options: ExportOptions
    banks: list[tuple[str, str]]
    encodings: list[tuple[str, str]]
    tax_layouts: list[tuple[str, str]]
    tax_layout: str


def pay_out_of(run: models.PayRun) -> PayOut:
    """What the month-end page says about the payments of a run."""
    options = export_options(run.company_id)
    found = models.ExportSettings
    return PayOut(
        files=run.payment_files.count(),
        returned=models.Payment.objects.filter(file__run=run, status=Status.RETURNED).count(),
        options=options,
        banks=[(value, str(label)) for value, label in found.Bank.choices],
        encodings=[(value, str(label)) for value, label in found.Encoding.choices],
        tax_layouts=[(value, str(label)) for value, label in found.TaxLayout.choices],
        tax_layout=next((name for name, layout in TAX_LAYOUTS.items() if layout == options.wages), ""),
    )


@require_safe
def payments_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """The files of a run, every payment in them, and who is still owed money."""
    run = _run(run_id)
    asked = request.GET.get("q", "").strip()
    rows = models.Payment.objects.filter(file__run=run).order_by("-file__sequence", "file_id", "position")
    if asked:
        rows = rows.filter(Q(payslip__agent__agent_no__icontains=asked) | Q(name__icontains=asked))
    count = rows.count()
    shown = rows.select_related("payslip__agent", "file").defer("file__content", "payslip__facts", "payslip__rules")
    owed = _owed(run) if run.is_posted else []
    context = {
        **admin.site.each_context(request),
        "title": _("Payments"),
        "run": run,
        "month": run.month,
        "files": _files(run),
        "payments": [_payment(row) for row in shown[:ROWS_SHOWN]],
        "count": count,
        "hidden": max(count - ROWS_SHOWN, 0),
        "asked": asked,
        "owed": owed[:ROWS_SHOWN],
        "owed_hidden": max(len(owed) - ROWS_SHOWN, 0),
        "ready": sum(each.state == "ready" for each in owed),
        "unchanged": sum(each.state == "unchanged" for each in owed),
    }
    return TemplateResponse(request, "admin/payroll/month/payments.html", context)


def _files(run: models.PayRun) -> list[SentFile]:
    files = list(run.payment_files.select_related("created_by").defer("content"))
    came_back = Counter(
        models.Payment.objects.filter(file__run=run, status=Status.RETURNED).values_list("file_id", flat=True)
    )
    touched = {file.sequence for file in files if came_back[file.pk]}
    first = {file.sequence: file.pk for file in reversed(files)}
    return [
        SentFile(
            sequence=file.sequence,
            file=file.file,
            rows=file.rows,
            amount=money_text(file.amount),
            made_by=file.created_by.get_full_name() or file.created_by.get_username(),
            made_at=file.created_at,
            returned=came_back[file.pk],
            sha256=file.sha256,
            is_first=first[file.sequence] == file.pk,
            may_withdraw=file.sequence not in touched,
        )
        for file in files
    ]


def _payment(row: models.Payment) -> SentPayment:
    return SentPayment(
        pk=row.pk,
        agent_no=row.payslip.agent.agent_no,
        name=row.name,
        sequence=row.file.sequence,
        file=row.file.file,
        account=masked(row.account),
        amount=money_text(row.amount),
        is_sent=row.status == Status.SENT,
        returned_at=row.returned_at,
        reason=row.reason,
    )


def _owed(run: models.PayRun) -> list[Owed]:
    waiting = payments.payments_waiting(run)
    ready, same = _("Can be paid now."), _("The account is still the one that a payment came back from.")
    return [
        *(Owed(row.agent_no, row.name, money_text(row.amount), ready, "ready") for row in waiting.ready),
        *(Owed(row.agent_no, row.name, money_text(row.amount), same, "unchanged") for row in waiting.unchanged),
        *(
            Owed(row.agent_no, row.name, money_text(row.amount), row.text(language()), "withheld")
            for row in waiting.withheld
        ),
    ]


# --- Acts -----------------------------------------------------------------------------------------------------------


@require_POST
def again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Make a later file for whoever was returned or withheld."""
    also_unchanged = request.POST.get("also_unchanged") == "yes"
    act = partial(payments.payments_again, also_unchanged=also_unchanged, made_by=_user(request))
    return _acted(
        request,
        run_id,
        act,
        lambda count: (
            ngettext("A later file pays %(count)d person.", "A later file pays %(count)d people.", count)
            % {"count": count}
            if count
            else _("Nobody can be paid now, so no file was made.")
        ),
    )


@require_POST
def returned(request: HttpRequest, run_id: int) -> HttpResponse:
    """Record the ticked payments as sent back by the bank."""
    ids = [int(each) for each in request.POST.getlist("payment") if each.isdecimal() and len(each) < 19]
    if not ids:
        messages.error(request, _("Tick the payments that came back."))
        return _back(run_id)
    reason = request.POST.get("reason", "")
    act = partial(payments.payments_returned, payment_ids=ids, reason=reason, recorded_by=_user(request))
    return _acted(request, run_id, act, _recorded)


@require_POST
def withdraw(request: HttpRequest, run_id: int, sequence: int) -> HttpResponse:
    """Record that the files of one time were never handed in."""
    reason = request.POST.get("reason", "")
    act = partial(payments.payment_files_withdraw, sequence=sequence, reason=reason, recorded_by=_user(request))
    return _acted(request, run_id, act, _recorded)


@require_POST
def download(request: HttpRequest, run_id: int, sequence: int) -> HttpResponse:
    """The payment files of one time, as they were made, with their control totals. Every download is noted."""
    run = _run(run_id)
    made = next((each for each in payments_made_of([run.pk]) if each.sequence == sequence), None)
    if made is None:
        raise Http404
    try:
        files = _payment_files(run, made)
    except DomainError as error:
        say(request, error)
        return _back(run_id)
    jobs.audit(
        actor=_user(request),
        action="run.export",
        object_type="pay_run",
        object_id=run.pk,
        detail={"scope": "payments", "sequence": sequence, "people": len(made.agents), "files": sorted(files)},
    )
    return zip_response(files, f"{files_name(run)}-payments-{sequence}")


def _recorded(count: int) -> str:
    text = ngettext("Recorded: %(count)d payment came back.", "Recorded: %(count)d payments came back.", count)
    return text % {"count": count}


def _acted(request: HttpRequest, run_id: int, act: Callable[..., int], done: Callable[[int], str]) -> HttpResponse:
    run = _run(run_id)
    try:
        count = act(run_id=run.pk)
    except DomainError as error:
        say(request, error)
    else:
        messages.success(request, done(count))
    return _back(run.pk)


def _back(run_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payments", args=[run_id]))


def _run(run_id: int) -> models.PayRun:
    return get_object_or_404(models.PayRun.objects.select_related("company"), pk=run_id)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


# --- Export files ---------------------------------------------------------------------------------------------------


def export_files(request: HttpRequest, run: models.PayRun, *, is_month: bool) -> tuple[dict[str, bytes], int]:
    """The files of a run, or those of the whole month, and how many people they are of.

    Downloading the files of a run makes its first payment files, if nobody did before: what leaves the house is
    recorded. Payment files that were made later lie in folders of their own. Raises DomainError.
    """
    options, templates = _options(request, run)
    people = export_people(run.company_id, run.month, None if is_month else [run.pk])
    made: list[Made] = []
    if not is_month:
        payments.payments_open(run_id=run.pk, made_by=_user(request), options=options)
        made = [each for each in payments_made_of([run.pk]) if not each.is_returned]
    exports = render_exports(
        people,
        company=run.company.code,
        month=run.month,
        pay_date=run.pay_date,
        options=options,
        contents=Contents.BOOKS if is_month else Contents.ALL,
        made=[file for each in made[:1] for file in each.files],
    )
    files = dict(exports.files) | templates
    for each in made[1:]:
        files |= {f"payments-{each.sequence}/{name}": data for name, data in _payment_files(run, each).items()}
    return files, len(people)


def _payment_files(run: models.PayRun, made: Made) -> Mapping[str, bytes]:
    people = export_people(run.company_id, run.month, [run.pk])
    return render_exports(
        [person for person in people if person.agent_no in made.agents],
        company=run.company.code,
        month=run.month,
        pay_date=run.pay_date,
        options=export_options(run.company_id),
        contents=Contents.PAYMENTS,
        made=made.files,
    ).files


def _options(request: HttpRequest, run: models.PayRun) -> tuple[ExportOptions, dict[str, bytes]]:
    """The company's options with what the form asks for, and what the uploaded templates leave unfilled."""
    options, asked = export_options(run.company_id), request.POST
    options = replace(
        options,
        bank=asked["bank"] if asked.get("bank") in BANKS else options.bank,
        encoding=asked["encoding"] if asked.get("encoding") in ENCODINGS else options.encoding,
        wages=TAX_LAYOUTS.get(asked.get("tax_layout", ""), options.wages),
    )
    templates = [read_template(file.name or "", file.read()) for file in request.FILES.getlist("templates")]
    for template in templates:
        options = template.put_into(options)
    return options, {UNFILLED.file: unfilled(templates, options.encoding)} if templates else {}


def files_name(run: models.PayRun) -> str:
    """What the files of a run are called together; a run that is not regular says so."""
    kind = "" if run.kind == models.PayRun.Kind.REGULAR else f"{run.kind}-"
    return f"{run.company.code}-{run.month}-{kind}{run.sequence}"


def zip_response(files: Mapping[str, bytes], name: str) -> HttpResponse:
    """Files in one ZIP to download."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.zip") or ""
    return response


# --- The rows, to look at -------------------------------------------------------------------------------------------


@admin.register(models.ExportSettings)
class ExportSettingsAdmin(ShownAdmin):
    """How a company wants its export files. To change it, change company.yaml and load it."""

    masked_fields = ("payer_account",)
    list_display = ("company", "bank", "encoding", "tax_layout", "payer_name", "payer_account")
    list_select_related = ("company",)


@admin.register(models.PaymentFile)
class PaymentFileAdmin(ShownAdmin):
    """Payment files as they were made. The content is downloaded from the payments page of the run."""

    list_display = ("run", "sequence", "file", "rows", "amount", "created_by", "created_at")
    list_filter = ("layout", "run__company", "run__month")
    list_select_related = ("run", "created_by")
    fields = ("run", "sequence", "file", "layout", "encoding", "rows", "amount", "sha256", "created_by", "created_at")


@admin.register(models.Payment)
class PaymentAdmin(ShownAdmin):
    """Payments, with the account they went to in part. Not searched by account."""

    masked_fields = ("account",)
    list_display = ("payslip", "file", "name", "account", "amount", "status", "returned_at", "reason")
    list_filter = ("status", "file__run__month", "file__run__company")
    list_select_related = ("payslip", "file")
    search_fields = ("payslip__agent__agent_no", "payslip__agent__name")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters on the page: ``?account__startswith=`` would answer digit by digit."""
        field = lookup.partition("__")[0]
        return field not in self.masked_fields and super().lookup_allowed(lookup, value, request)
