"""How values look in the back office: amounts, exact numbers, documents, and what is shown only in part.

Formats what is there; decides nothing about who may see it. Payroll's admin uses it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from grading.jobs.admin import ReadOnlyAdmin
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_text
from grading.tables import ExactField, MoneyField
from grading.wording import error_text

EMPTY = "–"
Shown = Callable[[Any], str | SafeString]


def language() -> str:
    """The reader's language in our short form, ``zh`` or ``en``."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def money_text(amount: Decimal | None) -> str:
    """Yuan for people: two places and thousands separators.

    >>> money_text(Decimal("-1234567.5"))
    '-1,234,567.50'
    """
    return EMPTY if amount is None else f"{amount:,.2f}"


def masked(value: str) -> str:
    """Enough of an account or identity number to recognise it, too little to use it.

    >>> masked("6222020200012340123"), masked("13812345678"), masked("abc"), masked("")
    ('6222 **** 0123', '13 **** 78', '****', '–')
    """
    if not value:
        return EMPTY
    kept = 4 if len(value) >= 12 else 2 if len(value) >= 7 else 0
    return f"{value[:kept]} **** {value[-kept:]}" if kept else "****"


def day_text(value: date | None) -> str:
    """A day, or an instant on our clock, as files and pages write it."""
    if value is None:
        return EMPTY
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value.isoformat()


def document_text(value: Any) -> SafeString | str:
    """Plain data as indented text."""
    if value in (None, "", {}, []):
        return EMPTY
    return format_html('<pre class="document">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2))


def say(request: HttpRequest, error: DomainError) -> None:
    """Show an expected error as a message in the reader's language."""
    messages.error(request, error_text(error.code, error.values, language(), str(error)))


class ShownAdmin(ReadOnlyAdmin):
    """A read-only admin that shows money, exact numbers, documents and ``masked_fields`` as people read them."""

    masked_fields: Sequence[str] = ()

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        self._shown = dict(_columns(model, self.masked_fields))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._as_shown(name) for name in super().get_list_display(request)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            (title, {**options, "fields": [self._as_shown(name) for name in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All columns, or those that the class names; never asks for a form."""
        if self.fields:
            return self.fields
        return [field.name for field in self.model._meta.fields if not field.auto_created]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def _as_shown(self, name: Any) -> Any:
        return self._shown.get(name, name) if isinstance(name, str) else name


def _columns(model: type[models.Model], masked_fields: Sequence[str]) -> Iterable[tuple[str, Shown]]:
    for field in model._meta.fields:
        if field.name in masked_fields:
            yield field.name, _column(field, masked)
        elif isinstance(field, MoneyField):
            yield field.name, _column(field, money_text)
        elif isinstance(field, ExactField):
            yield field.name, _column(field, lambda value: EMPTY if value is None else exact_text(value, 6))
        elif isinstance(field, models.DateField):  # instants are days too, to Django
            yield field.name, _column(field, day_text)
        elif isinstance(field, models.JSONField):
            yield field.name, _column(field, document_text)


def _column(field: models.Field, text: Shown) -> Shown:  # type: ignore[type-arg]
    def shown(row: Any) -> str | SafeString:
        return text(getattr(row, field.attname))

    shown.__name__ = field.name
    shown.short_description = field.verbose_name  # type: ignore[attr-defined]
    if isinstance(field, MoneyField | models.DateField):  # exact numbers are texts to the database, and sort as such
        shown.admin_order_field = field.name  # type: ignore[attr-defined]
    return shown
