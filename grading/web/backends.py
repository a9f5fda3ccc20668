"""Who gets in: the password, not too many failures, and not after the last paid day. Sessions are asked each time."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from grading.services import accounts
from grading.web import device


class OpenLoginBackend(ModelBackend):
    """Django's backend, closed to leavers and inactive users at login, in a running session, and for every right.

    Every refusal looks the same and takes one password hash, whether the name exists, is paused, or is closed.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = self._user_named(username)
        known = device.of(request, user)
        name = User.normalize_username(username.strip()) if user is None else user.get_username()
        paused = accounts.login_is_paused(name, known, user)
        # A paused, closed or unknown login costs a hash too: time must not tell them apart.
        matches = _hashed(password) if user is None else user.check_password(password)
        if paused:
            return None
        if user is not None and matches and self.user_can_authenticate(user):
            return user
        accounts.login_failed(name, known, user)
        return None

    def user_can_authenticate(self, user: User | None) -> bool:  # type: ignore[override]
        return user is not None and accounts.login_is_open(user, timezone.localdate())

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("agent").filter(pk=user_id).first()
        return user if self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Rights end with the login, also for work done on somebody's behalf."""
        if not getattr(user_obj, "is_authenticated", False) or not self.user_can_authenticate(user_obj):
            return False
        return super().has_perm(user_obj, perm, obj)

    def _user_named(self, username: str) -> User | None:
        """The user of a name, in any case: phones write the first letter large. An exact name wins."""
        name = User.normalize_username(username.strip())
        found = list(User.objects.select_related("agent").filter(username__iexact=name)[:5])
        exact = [user for user in found if user.get_username() == name]
        if exact:
            return exact[0]
        return found[0] if len(found) == 1 else None


def _hashed(password: str) -> bool:
    """As much work as checking a password, for nobody."""
    User().set_password(password)
    return False
