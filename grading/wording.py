"""Texts of codes in 中文 and English: one place, through the gettext catalogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from django.utils.translation import gettext, override

from grading.kernel.errors import DomainError
from grading.rulebook import metric_definitions

LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""Our short language codes and Django's."""


def in_language(message: str, language: str) -> str:
    """A message of the catalogue in ``zh`` or ``en``."""
    with override(LANGUAGES[language]):
        return gettext(message)


class _Places(dict[str, str]):
    """A place without a value stays visible instead of breaking the sentence."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def filled(message: str, values: Mapping[str, object]) -> str:
    """A sentence with its named places filled."""
    return message.format_map(_Places({name: str(value) for name, value in values.items()}))


def error_text(code: str, values: Mapping[str, object], language: str, message: str = "") -> str:
    """The sentence of an error code; ``message`` is what was recorded, for codes this version does not know."""
    template = error_templates().get(code)
    return filled(in_language(template, language), values) if template else message


def metric_name(metric: str, language: str) -> str:
    """A metric's name; its own id when the catalogue does not have it."""
    known = metric_definitions().get(metric)
    if known is None:
        return metric
    return known.name_zh if language == "zh" else known.name_en


@cache
def error_templates() -> Mapping[str, str]:
    """Error code → its English sentence, of every error the product knows."""
    return {error.code: error.template for error in _descendants(DomainError)}


def _descendants(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)
