"""One-time links by e-mail, for those who have an address. Whoever cannot be reached this way gets a printed slip.

Called after the links are made, never inside that transaction: a mail cannot be taken back. Nothing of a mail is kept
or logged: neither link nor address, only that a login's link was mailed, by whom and when.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from grading.jobs import services as jobs
from grading.services.accounts import LoginLink, MayNotManageLogins, agent_of
from grading.wording import in_language

logger = logging.getLogger(__name__)

_SUBJECT = _("Your login link")
_PARAGRAPHS = (
    _("Hello {name},"),
    _("HR has made or reset your login to Jixin."),
    _("User name: {username}"),
    _("Open this address and choose your password. It works once, until {until}:"),
    "{url}",
    _("Do not forward this mail: whoever opens the address chooses your password."),
    _("If you did not expect this mail, tell HR."),
)

_THIS_MAIL_REFUSED = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    ValueError,  # an address or header that cannot be written
)
"""The next mail may still go through. After any other error the server is taken to be away."""


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """Who was mailed: user id → masked address. ``failed``: those with an address whose mail was not taken."""

    mailed: Mapping[int, str]
    failed: frozenset[int]


def login_links_mail(*, links: Mapping[str, LoginLink], sent_by: User) -> MailOutcome:
    """Mail links, given by their address on the web, to their owners. Those without an e-mail address are passed over.

    Raises MayNotManageLogins. An error of the mail server is an outcome, not an exception.
    """
    if not sent_by.has_perm("grading.manage_logins"):
        raise MayNotManageLogins(user=sent_by.get_username())
    addresses = _addresses(link.user_id for link in links.values())
    mails = {
        link.user_id: _mail(link, url, addresses[link.user_id])
        for url, link in links.items()
        if link.user_id in addresses
    }
    mailed = {}
    for user_id in _handed_over(mails):
        jobs.audit(actor=sent_by, action="login.mail", object_type="user", object_id=user_id)
        mailed[user_id] = masked(addresses[user_id])
    return MailOutcome(mailed, frozenset(mails.keys() - mailed.keys()))


def masked(address: str) -> str:
    """An e-mail address that its owner recognises: ``a***@example.com``."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def _addresses(user_ids: Iterator[int]) -> dict[int, str]:
    """Usable addresses: an agent's is in the agent's data, a manager's with the login."""
    found = {}
    for user in User.objects.filter(pk__in=list(user_ids)).select_related("agent"):
        agent = agent_of(user)
        address = (user.email if agent is None else agent.email).strip()
        with suppress(ValidationError):
            validate_email(address)
            found[user.pk] = address
    return found


def _mail(link: LoginLink, url: str, address: str) -> EmailMessage:
    values = {
        "name": _one_line(link.name) or link.username,
        "username": link.username,
        "until": f"{timezone.localtime(link.valid_until):%Y-%m-%d %H:%M}",
        "url": url,
    }
    halves = [
        "\n\n".join(in_language(paragraph, language).format_map(values) for paragraph in _PARAGRAPHS)
        for language in ("zh", "en")
    ]
    return EmailMessage(
        subject=" · ".join(in_language(_SUBJECT, language) for language in ("zh", "en")),
        body="\n\n----\n\n".join(halves) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _handed_over(mails: Mapping[int, EmailMessage]) -> Iterator[int]:
    """Give mails to the mail server through one connection; yields the key of each that it took."""
    if not mails:
        return
    connection = get_connection()
    try:
        connection.open()
        for key, mail in mails.items():
            try:
                taken = connection.send_messages([mail])
            except _THIS_MAIL_REFUSED as error:
                _note(error, key)
                continue
            if taken:
                yield key
    except (OSError, ValueError) as error:  # also every other error of smtplib, and a password it cannot write
        _note(error, None)
    finally:
        with suppress(OSError):
            connection.close()


def _note(error: Exception, user_id: int | None) -> None:
    """By kind only: a server's answer may repeat the mail."""
    logger.warning("login mail not taken (%s, user %s)", type(error).__name__, "—" if user_id is None else user_id)
