"""Column classes and the abstract table that both apps build their tables from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, exact_store
from grading.kernel.money import from_fen, to_fen
from grading.kernel.period import Month


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]
    """Yuan as ``Decimal`` in code, integer fen in the column: SQLite keeps decimals as floats, integers exactly."""

    description = _("amount in yuan, kept as whole fen")

    if TYPE_CHECKING:
        _pyi_private_set_type: Decimal  # type: ignore[assignment]
        _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def from_db_value(self, value: int | None, *_context: object) -> Decimal | None:
        return None if value is None else from_fen(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError as error:
            raise ValidationError(_("“%(value)s” is not an amount."), params={"value": value}) from error

    def get_prep_value(self, value: Any) -> int | None:
        amount = value if type(value) is Decimal else self.to_python(value)
        return None if amount is None else to_fen(amount)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DecimalField, "max_digits": 15, "decimal_places": 2, **kwargs})


class ExactFormField(forms.CharField):
    """An exact number as people type it: plain digits, or a ratio."""

    def prepare_value(self, value: Any) -> Any:
        return exact_store(value) if isinstance(value, Fraction) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return exact(text) if text else None
        except DomainError as error:
            raise ValidationError(_("“%(value)s” is not a plain number."), params={"value": text}) from error


_read = lru_cache(maxsize=65_536)(exact)
"""Columns hold the same few thousand numbers again and again; a ratio never changes, so it may be shared."""


class ExactField(models.CharField):  # type: ignore[type-arg]
    """An exact number (``Fraction`` in code): decimal text in the column, or ``a/b`` where the decimals never end."""

    description = _("exact number")

    if TYPE_CHECKING:
        _pyi_private_set_type: Fraction  # type: ignore[assignment]
        _pyi_private_get_type: Fraction  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 90)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_context: object) -> Fraction | None:
        return None if value is None else _read(value)

    def to_python(self, value: Any) -> Fraction | None:
        if value is None or value == "":
            return None
        try:
            return exact(value)
        except DomainError as error:
            raise ValidationError(_("“%(value)s” is not a plain number."), params={"value": value}) from error

    def get_prep_value(self, value: Any) -> str | None:
        number = self.to_python(value)
        return None if number is None else exact_store(number)

    def run_validators(self, value: Any) -> None:
        """The column limits the length of the text, not the number."""
        super().run_validators(self.get_prep_value(value))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": ExactFormField, **kwargs})

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))


class MonthField(models.CharField):  # type: ignore[type-arg]
    """A calendar month: ``Month`` in code, ``2026-10`` in the column, so that texts sort as months do."""

    description = _("month")

    if TYPE_CHECKING:
        _pyi_private_set_type: Month  # type: ignore[assignment]
        _pyi_private_get_type: Month  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 7)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_context: object) -> Month | None:
        return None if value is None else Month.parse(value)

    def to_python(self, value: Any) -> Month | None:
        if value is None or value == "" or isinstance(value, Month):
            return value or None
        try:
            return Month.parse(value)
        except DomainError as error:
            raise ValidationError(_("“%(value)s” is not a month (YYYY-MM)."), params={"value": value}) from error

    def get_prep_value(self, value: Any) -> str | None:
        month = value if type(value) is Month else self.to_python(value)
        return None if month is None else str(month)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


FROZEN_VERSION = "{row}.status = 'published'"
"""When the database refuses to change a row of a ``VersionedDocument``'s table."""


class PublishedIsFrozen(DomainError):
    """A published version was about to change."""

    code = "grading.published_is_frozen"
    template = "Version {version} of '{document}' is published and never changes. Publish a new version instead."


class VersionedDocument(models.Model):
    """A version of a company's rules: a draft that may change, then published and frozen.

    ``body`` is the validated document in plain data; ``revision`` counts corrections of the same first day, the
    highest published one holds.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    company = models.ForeignKey("grading.Company", models.PROTECT, verbose_name=_("company"), related_name="+")
    code = models.CharField(_("code"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    effective_from = models.DateField(_("effective from"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    body = models.JSONField(_("document"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["code", "-effective_from", "-revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "code", "effective_from", "revision"], name="%(class)s_version_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(published_at__isnull=False),
                name="%(class)s_published_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.effective_from} r{self.revision}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves a draft or publishes it. Raises PublishedIsFrozen for a version that was published before."""
        if self.pk and type(self)._default_manager.filter(pk=self.pk, status=self.Status.PUBLISHED).exists():
            raise PublishedIsFrozen(version=self.revision, document=self.code)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes a draft. Raises PublishedIsFrozen for a published version."""
        if self.status == self.Status.PUBLISHED:
            raise PublishedIsFrozen(version=self.revision, document=self.code)
        return super().delete(*args, **kwargs)
