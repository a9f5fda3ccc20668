"""The API: one's own posted payslips and published appraisals; for HR and approvers everybody's, and the runs.

Denied by default. What may be seen is decided by the query, so somebody else's thing and no thing are the same 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grading import public as grading
from grading.documents.style import Language
from grading.jobs import services as jobs
from grading.jobs.keys import KEY_HEADER, is_key
from grading.jobs.tasks import publish
from grading.kernel.exact import shown
from grading.kernel.period import BadMonth, Month
from payroll import models, selectors, sheets
from payroll.api import serializers as shapes
from payroll.api.errors import BadParameter
from payroll.domain.guards import Owner, Severity
from payroll.domain.variance import Cause
from payroll.services.runs import run_approve, run_resume, run_stop
from payroll.services.variance import run_variance
from payroll.wording import cause_name, finding_text, parked_text

LANGUAGES = ("zh", "en", "both")
_SEVERITIES = tuple(each.value for each in Severity)
_OWNERS = tuple(each.value for each in Owner)
_UNSAFE = re.compile(r"[^\w.-]+")
_MONTH = OpenApiParameter("month", str, description="Only this month, as YYYY-MM", pattern=shapes.MONTH["pattern"])
_LANG = OpenApiParameter("lang", str, enum=LANGUAGES, description="Language of the PDF; both by default")
_PDF = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The PDF, to keep")}


def _answers(shape: Any, *also: int) -> dict[Any, Any]:
    """What a view may answer, for the schema: the shape, and the refusals."""
    refusals = dict.fromkeys((400, 401, *also), shapes.Problem)
    return (shape if isinstance(shape, dict) else {200: shape}) | refusals


# --- What every view has in common ------------------------------------------------------------------------------------


class JsonOnly(BaseContentNegotiation):
    """The one format, whatever ``Accept``, ``?format=`` or a suffix ask for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class SeesRuns(BasePermission):
    """HR and approvers."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.has_perm("payroll.view_payrun"))


class SeesPayOfRuns(SeesRuns):
    """HR and approvers, where amounts of people are told."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and bool(request.user.has_perm("payroll.view_payslip"))


class Door(APIView):
    """Read only, JSON only, logged in only. A parameter that a view does not know is refused, not ignored."""

    http_method_names = ["get", "head"]
    content_negotiation_class = JsonOnly
    permission_classes = [IsAuthenticated]
    parameters: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD"}:
            return
        unknown = sorted(set(request.query_params) - set(self.parameters))
        if unknown:
            raise BadParameter(
                "api.unknown_parameter", unknown=", ".join(unknown)[:200], known=", ".join(self.parameters) or "—"
            )
        for name, values in request.query_params.lists():
            if len(values) > 1:
                raise BadParameter("api.repeated_parameter", name=name)

    @property
    def user(self) -> User:
        """The login that asks; the permissions have let nobody else in."""
        return cast("User", self.request.user)

    def _month(self) -> Month | None:
        """The month asked for. Raises BadMonth, which answers 400."""
        text = self.request.query_params.get("month")
        return None if text is None else Month.parse(text)

    def _one_of(self, name: str, allowed: Iterable[str]) -> dict[str, str]:
        """A filter by one of a few values; empty where it is not asked for. Raises BadParameter."""
        value = self.request.query_params.get(name)
        if value is None:
            return {}
        if value not in allowed:
            raise BadParameter("api.bad_value", name=name, value=value[:20], allowed=", ".join(allowed))
        return {name: value}

    def _lang(self) -> Language:
        lang = self.request.query_params.get("lang", "both")
        if lang not in LANGUAGES:
            raise BadParameter("api.bad_value", name="lang", value=lang[:20], allowed=", ".join(LANGUAGES))
        return cast("Language", lang)

    def _pdf(self, name: str, kind: str, pk: int, draw: Callable[[Language], bytes]) -> HttpResponse:
        """A PDF to keep, noted in the audit log."""
        lang = self._lang()
        body = draw(lang)
        jobs.audit(
            actor=self.user,
            action=f"{kind}.pdf",
            object_type=kind,
            object_id=pk,
            detail={"lang": lang, "by": "api"},
        )
        file_name = f"{_UNSAFE.sub('_', name)}.pdf"
        return HttpResponse(
            body,
            content_type="application/pdf",
            headers={
                "Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name),
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


class ListDoor(Door, ListAPIView):  # type: ignore[type-arg]
    """A list in pages."""

    pagination_class = ListAPIView.pagination_class

    def filter_queryset(self, queryset: Any) -> Any:
        return queryset


# --- Payslips ---------------------------------------------------------------------------------------------------------


def payslips_seen_by(user: User) -> QuerySet[models.Payslip]:
    """One's own posted payslips; with the right to view payslips everybody's, drafts too."""
    slips = models.Payslip.objects.select_related("agent", "run__company")
    if user.has_perm("payroll.view_payslip"):
        return slips
    return slips.filter(agent__user=user, run__status__in=models.PayRun.POSTED)


def _payslip_row(slip: models.Payslip) -> dict[str, Any]:
    return {
        "number": slip.number,
        "month": str(slip.month),
        "kind": slip.kind,
        "status": slip.run.status,
        "agent_no": slip.agent.agent_no,
        "name": slip.agent.name,
        "gross": str(slip.gross),
        "deductions": str(slip.deductions),
        "net": str(slip.net),
        "employer_cost": str(slip.employer_cost),
    }


class Payslips(ListDoor):
    """Payslips, newest first."""

    queryset = models.Payslip.objects.none()
    serializer_class = shapes.PayslipRowShape
    parameters = ("month", "page")

    @extend_schema(
        operation_id="payslips_list", parameters=[_MONTH], responses=_answers(shapes.PayslipRowShape(many=True))
    )
    def get(self, request: Request) -> Response:
        slips = payslips_seen_by(self.user).order_by("-month", "agent__agent_no", "-pk")
        month = self._month()
        if month is not None:
            slips = slips.filter(month=month)
        page = self.paginate_queryset(slips)
        return self.get_paginated_response([_payslip_row(slip) for slip in page or ()])


class Payslip(Door):
    """One payslip with every line and every step, in both languages."""

    @extend_schema(operation_id="payslip", responses=_answers(shapes.PayslipShape, 404))
    def get(self, request: Request, number: str) -> Response:
        slip = payslips_seen_by(self.user).prefetch_related("lines").filter(number=number).first()
        if slip is None:
            raise Http404
        return Response(_payslip_row(slip) | sheets.payslip_json(slip))


class PayslipPdf(Door):
    """One posted payslip as PDF."""

    parameters = ("lang",)

    @extend_schema(operation_id="payslip_pdf", parameters=[_LANG], responses=_answers(_PDF, 404))
    def get(self, request: Request, number: str) -> HttpResponse:
        posted = payslips_seen_by(self.user).filter(run__status__in=models.PayRun.POSTED)
        slip = posted.prefetch_related("lines").filter(number=number).first()
        if slip is None:
            raise Http404
        return self._pdf(f"payslip-{slip.number}", "payslip", slip.pk, lambda lang: sheets.payslip_pdf(slip, lang))


# --- Appraisals -------------------------------------------------------------------------------------------------------


def _own_appraisal(user: User, month: str) -> grading.Appraisal:
    try:
        wanted = Month.parse(month)
    except BadMonth as error:
        raise Http404 from error
    row = selectors.own_appraisals(user).filter(cycle__month=wanted).first()
    if row is None:
        raise Http404
    return row


def _appraisal(row: grading.Appraisal) -> dict[str, Any]:
    return {"month": str(row.cycle.month), **sheets.appraisal_json(row, row.agent.agent_no)}


class Appraisals(ListDoor):
    """One's own published appraisals, newest first."""

    queryset = grading.Appraisal.objects.none()
    serializer_class = shapes.AppraisalShape
    parameters = ("month", "page")

    @extend_schema(
        operation_id="appraisals_list", parameters=[_MONTH], responses=_answers(shapes.AppraisalShape(many=True))
    )
    def get(self, request: Request) -> Response:
        rows = selectors.own_appraisals(self.user).order_by("-cycle__month")
        month = self._month()
        if month is not None:
            rows = rows.filter(cycle__month=month)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response([_appraisal(row) for row in page or ()])


class Appraisal(Door):
    """One's own published appraisal of a month."""

    @extend_schema(operation_id="appraisal", responses=_answers(shapes.AppraisalShape, 404))
    def get(self, request: Request, month: str) -> Response:
        return Response(_appraisal(_own_appraisal(self.user, month)))


class AppraisalPdf(Door):
    """One's own published appraisal as PDF."""

    parameters = ("lang",)

    @extend_schema(operation_id="appraisal_pdf", parameters=[_LANG], responses=_answers(_PDF, 404))
    def get(self, request: Request, month: str) -> HttpResponse:
        row = _own_appraisal(self.user, month)
        name = f"appraisal-{row.cycle.month}-{row.agent.agent_no}"
        return self._pdf(name, "appraisal", row.pk, lambda lang: sheets.appraisal_pdf(row, lang))


# --- Oneself, runs, the schema ----------------------------------------------------------------------------------------


class Me(Door):
    """Who is asking."""

    @extend_schema(operation_id="me", responses=_answers(shapes.MeShape))
    def get(self, request: Request) -> Response:
        user = request.user
        agent: grading.Agent | None = getattr(user, "agent", None)
        return Response(
            {
                "username": user.get_username(),
                "roles": sorted(user.groups.values_list("name", flat=True)),
                "agent": None
                if agent is None
                else {
                    "agent_no": agent.agent_no,
                    "name": agent.name,
                    "company": agent.company.name_zh,
                    "role": agent.role,
                    "hire_date": agent.hire_date.isoformat(),
                },
            }
        )


def _run_row(run: models.PayRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "company": run.company.code,
        "month": str(run.month),
        "kind": run.kind,
        "sequence": run.sequence,
        "status": run.status,
        "fingerprint": run.fingerprint,
        "pay_date": run.pay_date.isoformat() if run.pay_date else None,
        "prepared_by": run.prepared_by.get_username(),
        "approved_by": run.approved_by.get_username() if run.approved_by else None,
    }


def _runs() -> QuerySet[models.PayRun]:
    return models.PayRun.objects.select_related("company", "prepared_by", "approved_by")


class Runs(ListDoor):
    """Pay runs, newest first."""

    queryset = models.PayRun.objects.none()
    serializer_class = shapes.RunRowShape
    permission_classes = [IsAuthenticated, SeesRuns]
    parameters = ("month", "page")

    @extend_schema(
        operation_id="runs_list", parameters=[_MONTH], responses=_answers(shapes.RunRowShape(many=True), 403)
    )
    def get(self, request: Request) -> Response:
        runs = _runs().order_by("-month", "-sequence", "-pk")
        month = self._month()
        if month is not None:
            runs = runs.filter(month=month)
        page = self.paginate_queryset(runs)
        return self.get_paginated_response([_run_row(run) for run in page or ()])


class Run(Door):
    """One pay run: its status and fingerprint, how far each phase is, and who is parked for what reason."""

    permission_classes = [IsAuthenticated, SeesRuns]

    @extend_schema(operation_id="run", responses=_answers(shapes.RunShape, 403, 404))
    def get(self, request: Request, pk: int) -> Response:
        run = _run(pk)
        return Response(
            _run_row(run)
            | {
                "payslips": run.payslips.count(),
                "phases": [_phase(phase) for phase in selectors.progress_of(run).phases],
                "parked": [_parked(agent, item) for agent, item in selectors.parked_of_run(run)],
            }
        )


def _run(pk: int) -> models.PayRun:
    run = _runs().filter(pk=pk).first()
    if run is None:
        raise Http404
    return run


class RunProgress(Door):
    """How far a run is, phase by phase, counted from its rows now."""

    permission_classes = [IsAuthenticated, SeesRuns]

    @extend_schema(operation_id="run_progress", responses=_answers(shapes.ProgressShape, 403, 404))
    def get(self, request: Request, pk: int) -> Response:
        return Response(_progress(_run(pk)))


class Act(Door):
    """Something that is done to a run's work. The answer is where the run is then."""

    http_method_names = ["post"]
    permission_classes = [IsAuthenticated, SeesRuns]

    def acted(self, request: Request, act: Callable[[], models.PayRun]) -> Response:
        """Do it, for a request that names a key and nothing else."""
        if not is_key(request.headers.get(KEY_HEADER, "")):
            raise BadParameter("api.key_missing")
        return Response(_progress(act()))


_KEY = OpenApiParameter(KEY_HEADER, str, OpenApiParameter.HEADER, required=True)


class Stop(Act):
    """Stop the work on a run. Who is settled stays settled, and no worker takes another chunk."""

    @extend_schema(
        operation_id="run_stop",
        parameters=[_KEY],
        request=None,
        responses=_answers(shapes.ProgressShape, 403, 404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.acted(request, lambda: run_stop(run_id=_run(pk).pk, stopped_by=self.user))


class Resume(Act):
    """Let a stopped run go on where it was."""

    @extend_schema(
        operation_id="run_resume",
        parameters=[_KEY],
        request=None,
        responses=_answers(shapes.ProgressShape, 403, 404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        def act() -> models.PayRun:
            run = run_resume(run_id=_run(pk).pk, resumed_by=self.user)
            job_id = (*selectors.jobs_of(run), run.job_id)[0]
            transaction.on_commit(lambda: publish(job_id), robust=True)
            return run

        return self.acted(request, act)


class Approve(Door):
    """Approve a run exactly as it was reviewed. Where it is not, nothing happens, and the answer says what differs."""

    http_method_names = ["post"]
    permission_classes = [IsAuthenticated, SeesPayOfRuns]

    @extend_schema(
        operation_id="run_approve",
        parameters=[_KEY],
        request=shapes.ApprovalShape,
        responses=_answers(shapes.RunRowShape, 403, 404, 422) | {409: shapes.OutdatedShape},
    )
    def post(self, request: Request, pk: int) -> Response:
        if not is_key(request.headers.get(KEY_HEADER, "")):
            raise BadParameter("api.key_missing")
        sent = shapes.ApprovalShape(data=request.data)
        if not sent.is_valid() or set(request.data) != {"fingerprint"}:
            raise BadParameter("api.bad_value", name="fingerprint", value="", allowed="64 × 0-9 a-f")
        run = run_approve(run_id=_run(pk).pk, approved_by=self.user, reviewed=sent.validated_data["fingerprint"])
        return Response(_run_row(run))


class Findings(ListDoor):
    """What should be looked at before a run is approved, by code and agent number."""

    queryset = models.RunFinding.objects.none()
    serializer_class = shapes.FindingShape
    permission_classes = [IsAuthenticated, SeesPayOfRuns]
    parameters = ("severity", "owner", "page")

    @extend_schema(
        operation_id="run_findings",
        parameters=[OpenApiParameter("severity", str, enum=_SEVERITIES), OpenApiParameter("owner", str, enum=_OWNERS)],
        responses=_answers(shapes.FindingShape(many=True), 403, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        asked = self._one_of("severity", _SEVERITIES) | self._one_of("owner", _OWNERS)
        rows = _run(pk).findings.filter(**asked).select_related("agent").order_by("code", "agent__agent_no", "pk")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response([_finding(row) for row in page or ()])


def _finding(row: models.RunFinding) -> dict[str, Any]:
    return {
        "agent_no": row.agent.agent_no,
        "name": row.agent.name,
        "code": row.code,
        "severity": row.severity,
        "owner": row.owner,
        "article": row.article,
        "message_zh": finding_text(row.code, row.values, "zh"),
        "message_en": finding_text(row.code, row.values, "en"),
        "values": row.values,
    }


class Variance(Door):
    """Why a run pays more or less than the month before. Not found for a correction, and until it is worked out."""

    permission_classes = [IsAuthenticated, SeesPayOfRuns]

    @extend_schema(operation_id="run_variance", responses=_answers(shapes.VarianceShape, 403, 404))
    def get(self, request: Request, pk: int) -> Response:
        found = run_variance(_run(pk))
        if found is None:
            raise Http404
        return Response(
            {
                "before": str(found.before),
                "after": str(found.after),
                "difference": str(found.difference),
                "left": str(found.left),
                "causes": _causes(found.causes),
            }
        )


class VariancePeople(ListDoor):
    """Why everybody gets more or less than the month before; what attendance and commission explain least is first."""

    queryset = models.PayslipComparison.objects.none()
    serializer_class = shapes.PersonVarianceShape
    permission_classes = [IsAuthenticated, SeesPayOfRuns]
    parameters = ("page",)

    @extend_schema(
        operation_id="run_variance_people", responses=_answers(shapes.PersonVarianceShape(many=True), 403, 404)
    )
    def get(self, request: Request, pk: int) -> Response:
        run = _run(pk)
        if run_variance(run) is None:
            raise Http404
        page = self.paginate_queryset(selectors.comparisons_by_surprise(run))
        return self.get_paginated_response([_person(selectors.difference_of(each.payslip)) for each in page or ()])


def _person(found: selectors.Difference) -> dict[str, Any]:
    return {
        "agent_no": found.agent_no,
        "name": found.name,
        "before": str(found.before),
        "after": str(found.after),
        "difference": str(found.difference),
        "surprise": str(found.surprise),
        "causes": _causes(found.causes),
    }


def _causes(causes: Mapping[Cause, Decimal]) -> list[dict[str, str]]:
    return [
        {
            "cause": cause.value,
            "name_zh": cause_name(cause, "zh"),
            "name_en": cause_name(cause, "en"),
            "amount": str(amount),
        }
        for cause, amount in causes.items()
    ]


def _phase(held: selectors.PhaseProgress) -> dict[str, Any]:
    return {
        "phase": held.phase.value,
        "queued": held.queued,
        "in_work": held.in_work,
        "done": held.done,
        "parked": held.parked,
        "total": held.total,
        "percent": held.percent,
        "per_second": None if held.pace is None else shown(held.pace, 1),
        "seconds_left": held.seconds_left,
    }


def _progress(run: models.PayRun) -> dict[str, Any]:
    progress = selectors.progress_of(run)
    return {
        "id": run.pk,
        "status": run.status,
        "doing": None if progress.doing is None else progress.doing.value,
        "stopped": progress.is_stopped,
        "idle": progress.is_idle,
        "phases": [_phase(phase) for phase in progress.phases],
    }


def _parked(agent: grading.Agent, item: Any) -> dict[str, Any]:
    return {
        "agent_no": agent.agent_no,
        "name": agent.name,
        "code": item.error_code,
        "message_zh": parked_text(item, "zh"),
        "message_en": parked_text(item, "en"),
        "values": item.error_values,
    }


class Schema(SpectacularAPIView):
    """The OpenAPI description of what the asking login may call; an agent's does not mention the runs."""

    http_method_names = ["get", "head"]
    serve_public = False


@extend_schema(exclude=True)
class Unknown(Door):
    """Everything else below the API: refused in the API's own shape."""

    def get(self, request: Request, **kwargs: Any) -> Response:
        raise Http404
