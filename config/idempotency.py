"""A form or request that is sent twice has its effect once. What the effect is, is nothing of this file's business.

A rendered page carries a token against forgery, made anew each time, and every form on it sends it along; a button
that is pressed twice sends it twice. So with the address that token is a form's key. A script names its own key in the
header ``Idempotency-Key``.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from grading.jobs import keys
from grading.jobs.errors import KeyUsedForAnother, SameKeyRunning
from grading.wording import error_text

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  the name of a field
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
KEYLESS = frozenset({"set_language", "logout", "logins", "logins-manager"})
"""Addresses whose forms may be sent again with another content from one page, or that wait for a mail server, for
which nobody may be kept waiting in a transaction."""
PATIENCE = 10.0
"""Seconds that the second press of a button waits for the first one's answer; a script is told at once."""


class IdempotencyMiddleware:
    """Works on what changes something in one transaction with its key, and answers a second time as the first time.

    Kept is what had its effect: an answer that sends the browser on, without an error said, or a script's success. So
    what was refused may be tried again with the same key, and a page of problems or a download keeps nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = request.headers.get(keys.KEY_HEADER, "")
        if request.method in SAFE or not request.user.is_authenticated or _name(request) in KEYLESS:
            return self.get_response(request)
        key = named if keys.is_key(named) else _token(request)
        if not key:
            return self.get_response(request)
        sent = keys.sent(request.user, f"{request.method} {request.path}", key, _body(request))
        try:
            with transaction.atomic():
                before = keys.answered(sent, patience=0 if named else PATIENCE)
                return self._first(request, sent) if before is None else _again(before)
        except (KeyUsedForAnother, SameKeyRunning) as error:
            return _refused(request, error, is_script=bool(named))

    def _first(self, request: HttpRequest, sent: keys.Sent) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 500:
            transaction.set_rollback(True)
        elif response.has_header("Location") and not _said_an_error(request):
            keys.keep(sent, keys.Answer(response.status_code, location=response["Location"]))
        elif 200 <= response.status_code < 300 and response.get("Content-Type") == "application/json":
            keys.keep(sent, keys.Answer(response.status_code, text=response.content.decode()))
        return response


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _token(request: HttpRequest) -> str:
    """The form's token; empty where the content is no form."""
    return request.POST.get(TOKEN, "")


def _body(request: HttpRequest) -> bytes:
    """What makes two contents the same: every field but the token, and every file by name and bytes."""
    if request.content_type not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return request.body
    said = sha256()
    for name, values in sorted(request.POST.lists()):
        if name != TOKEN:
            said.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            said.update(repr((name, file.name)).encode())
            for chunk in file.chunks():
                said.update(chunk)
            file.seek(0)
    return said.digest()


def _said_an_error(request: HttpRequest) -> bool:
    storage: Any = messages.get_messages(request)
    return any(each.level >= messages.ERROR for each in storage._queued_messages)  # noqa: SLF001  those of this request


def _again(answer: keys.Answer) -> HttpResponse:
    response = HttpResponse(answer.text, status=answer.status, content_type="application/json")
    if answer.location:
        response["Location"] = answer.location
    response["Idempotency-Replayed"] = "true"
    return response


def _refused(request: HttpRequest, error: KeyUsedForAnother | SameKeyRunning, *, is_script: bool) -> HttpResponse:
    """409 while the first is being worked on, 422 for another content; to scripts in the API's shape."""
    status = 409 if isinstance(error, SameKeyRunning) else 422
    texts = {f"message_{lang}": error_text(error.code, error.values, lang, str(error)) for lang in ("zh", "en")}
    if is_script:
        return JsonResponse({"code": error.code, **texts, "values": dict(error.values)}, status=status)
    return render(request, "grading/sent_twice.html", {"code": status, **texts}, status=status)
