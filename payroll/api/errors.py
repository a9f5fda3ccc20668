"""Every refusal of the API in one shape: ``{code, message_zh, message_en, values}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_noop as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from grading.kernel.errors import DomainError
from grading.wording import error_text, filled, in_language
from payroll.domain.review import PersonChange
from payroll.errors import ReviewOutdated

CONFLICT = frozenset({
    "grading.promotion_already_decided",
    "grading.promotion_already_open",
    "grading.published_is_frozen",
    "jobs.lease_lost",
    "jobs.same_key_running",
    "payroll.month_is_closed",
    "payroll.not_stopped",
    "payroll.nothing_to_stop",
    "payroll.grades_changed",
    "payroll.history_changed",
    "payroll.inputs_changed",
    "payroll.recorded_since",
    "payroll.run_changed",
    "payroll.run_not_ready",
})  # fmt: skip
FORBIDDEN = frozenset({
    "grading.login_beyond_reach",
    "grading.may_not_manage_logins",
    "grading.not_your_team",
    "grading.same_person_twice",
    "payroll.may_not",
    "payroll.same_person_twice",
})  # fmt: skip
CHANGES_SHOWN = 200
"""People whose differences an answer names; ``people`` counts them all."""
MALFORMED = frozenset({"kernel.bad_month", "kernel.inexact_amount"})

TEXTS: Mapping[str, str] = {
    "api.malformed": _("The request cannot be read: its body or a header is malformed, too large or nested too deep."),
    "api.unknown_parameter": _("This address does not know the parameters {unknown}; it knows {known}."),
    "api.repeated_parameter": _("The parameter {name} may be given once only."),
    "api.bad_value": _("'{value}' is not a value of {name}; it may be {allowed}."),
    "api.not_authenticated": _("Log in first."),
    "api.may_not": _("Your login does not have this right. Ask Human Resources if you need it."),
    "api.not_found": _("There is no such thing, or it is not yours."),
    "api.method_not_allowed": _("{method} is not possible here."),
    "api.unsupported_media_type": _("This kind of content is not understood. Send application/json."),
    "api.key_missing": _("Send a new key of your own in the header Idempotency-Key: 8 to 255 printable characters."),
    "api.refused": _("The request was refused."),
}


class BadParameter(exceptions.APIException):
    """A query parameter that is unknown, repeated or has an impossible value."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, code: str, **values: str) -> None:
        super().__init__()
        self.problem = code
        self.values = values


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an error, or None for a bug, which Django reports and answers without a detail."""
    found = _answer(error, context)
    if found is not None:
        set_rollback()
    return found


def _answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        message_zh, message_en = (error_text(error.code, error.values, lang, str(error)) for lang in ("zh", "en"))
        answer = _problem(_status(error.code), error.code, message_zh, message_en, error.values)
        if isinstance(error, ReviewOutdated):
            answer.data |= {"people": len(error.changes), "changes": list(map(_change, error.changes[:CHANGES_SHOWN]))}
        return answer
    if isinstance(error, BadParameter):
        return _own(error.status_code, error.problem, error.values)
    if isinstance(error, Http404 | exceptions.NotFound):
        return _own(status.HTTP_404_NOT_FOUND, "api.not_found")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response = _own(status.HTTP_401_UNAUTHORIZED, "api.not_authenticated")
        response["WWW-Authenticate"] = 'Session realm="login"'
        return response
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return _own(status.HTTP_403_FORBIDDEN, "api.may_not")
    if isinstance(error, RecursionError | UnicodeDecodeError | exceptions.ParseError):
        # Brackets nested a thousand deep exhaust the parser's stack; that is the sender's fault, not ours.
        return _own(status.HTTP_400_BAD_REQUEST, "api.malformed")
    if isinstance(error, exceptions.MethodNotAllowed):
        return _own(error.status_code, "api.method_not_allowed", {"method": context["request"].method})
    if isinstance(error, exceptions.APIException):
        return _other(error)
    return None


def _change(change: PersonChange) -> dict[str, Any]:
    return {
        "agent_no": change.agent_no,
        "name": change.name,
        "net_before": None if change.net_before is None else str(change.net_before),
        "net_after": None if change.net_after is None else str(change.net_after),
        "because": change.because,
        "lines": [
            {"code": line.code, "period": str(line.period), "before": str(line.before), "after": str(line.after)}
            for line in change.lines
        ],
    }


def _other(error: exceptions.APIException) -> Response:
    code = f"api.{error.default_code}"
    return _own(error.status_code, code if code in TEXTS else "api.refused")


def _status(code: str) -> int:
    if code in CONFLICT:
        return status.HTTP_409_CONFLICT
    if code in FORBIDDEN:
        return status.HTTP_403_FORBIDDEN
    return status.HTTP_400_BAD_REQUEST if code in MALFORMED else status.HTTP_422_UNPROCESSABLE_ENTITY


def _own(status_code: int, code: str, values: Mapping[str, Any] | None = None) -> Response:
    message_zh, message_en = (filled(in_language(TEXTS[code], lang), values or {}) for lang in ("zh", "en"))
    return _problem(status_code, code, message_zh, message_en, values or {})


def _problem(status_code: int, code: str, message_zh: str, message_en: str, values: Mapping[str, Any]) -> Response:
    body = {"code": code, "message_zh": message_zh, "message_en": message_en, "values": dict(values)}
    return Response(body, status=status_code)
