"""Forms of the login pages. Passwords are checked by Django's validators; nothing here decides who may do what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from grading.services import accounts


class LoginForm(AuthenticationForm):
    """User name and password. One sentence for every refusal, so that it gives nothing away."""

    error_messages = {
        "invalid_login": _(
            "User name and password do not match. After {failures} failures a login rests for {minutes} minutes."
        ),
        "inactive": "",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}

    def get_invalid_login_error(self) -> forms.ValidationError:
        sentence = str(self.error_messages["invalid_login"])
        minutes = int(accounts.FAILURE_WINDOW.total_seconds() // 60)
        return forms.ValidationError(
            sentence.format(failures=accounts.MAX_FAILURES, minutes=minutes), code="invalid_login"
        )


class ChoosePasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A first or new password, for whoever holds a one-time link."""


class ChangePasswordForm(PasswordChangeForm):
    """A new password, for somebody who knows the old one."""


class ManagerLoginForm(forms.Form):
    """A login for a manager who is no agent."""

    name = forms.CharField(label=_("Name"), max_length=50)
    username = forms.CharField(label=_("User name"), max_length=60)
    email = forms.EmailField(label=_("E-mail (optional)"), max_length=254, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"  # not the address of whoever fills the form in
        if not settings.MAIL_IS_OFFERED:
            del self.fields["email"]
