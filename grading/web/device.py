"""A signed cookie that remembers which logins a browser has used. It opens nothing.

It only keeps this browser's failed logins apart from strangers' (see accounts), so that nobody can lock somebody else
out by failing on their behalf.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

COOKIE = "jixin_device"
_SALT = "grading.web.device"
_DAYS = 180
_REMEMBERED = 8


def of(request: HttpRequest | None, user: User | None) -> str:
    """The browser's own mark if this user has logged in from it before, else nothing."""
    if request is None or user is None:
        return ""
    mark, users = _read(request)
    return mark if user.pk in users else ""


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Note in the browser that this user has logged in from it."""
    mark, users = _read(request)
    users = [user.pk, *(pk for pk in users if pk != user.pk)][:_REMEMBERED]
    response.set_cookie(
        COOKIE,
        signing.dumps({"mark": mark or get_random_string(22), "users": users}, salt=_SALT),
        max_age=_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[int]]:
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_DAYS * 24 * 3600)
        return str(held["mark"]), [int(pk) for pk in held["users"]]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return "", []
