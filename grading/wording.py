"""Texts of codes in 中文 and English: one place, through the gettext catalogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache

from django.apps import apps
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from grading.domain.metrics.definition import Unit
from grading.kernel.errors import DomainError
from grading.kernel.exact import shown
from grading.rulebook import metric_definitions, seed_ladder_document

LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""Our short language codes and Django's."""
UNITS: Mapping[Unit, str] = {
    Unit.SECONDS: _("{number} s"),
    Unit.HOURS: _("{number} h"),
    Unit.CHARACTERS_PER_MINUTE: _("{number} characters/min"),
    Unit.YUAN: _("{number} CNY"),
}
LACKS: Mapping[str, str] = {
    "tenure": _("too short a time"),
    "previous_tier": _("not on the tier below"),
    "tier_start": _("no first day on the tier is known"),
    "average_score": _("average score too low"),
}
ERROR_WORDS = frozenset({"act", "by", "first", "needed", "scope", "status"})
"""Places of errors whose value is one of a few English words or phrases; each is a message of the catalogue."""
WORDS = (
    *(_("score"), _("grade"), _("team"), _("department")),
    *(_("promotion"), _("requested"), _("would be promoted by")),
)
"""Those words, as far as grading has them."""
LIST_SEPARATOR = _(", ")
CODED = _("{name} ({code})")


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
    template = _error_template(code)
    if template is None:
        return message
    places = {name: _error_value(name, str(value), language) for name, value in values.items()}
    return filled(in_language(template, language), places)


def _error_value(name: str, value: str, language: str) -> str:
    """A value of an error as people read it, where it is a code that has a name."""
    if name in ERROR_WORDS:
        return word(value, language)
    if name == "metric":
        return metric_name(value, language)
    if name == "metrics":
        return in_language(LIST_SEPARATOR, language).join(metric_name(each, language) for each in value.split(", "))
    if name == "lacks":
        lacks = [in_language(LACKS.get(each, each), language) for each in value.split(", ")]
        return in_language(LIST_SEPARATOR, language).join(lacks)
    if name == "items":
        return in_language(LIST_SEPARATOR, language).join(_checklist_text(each, language) for each in value.split(", "))
    if name == "tables":
        return in_language(LIST_SEPARATOR, language).join(table_name(each, language) for each in value.split(", "))
    if name in {"tier", "asked_from"}:
        known = tier_name(value, language)
        return value if known == value else filled(in_language(CODED, language), {"name": known, "code": value})
    return value


def word(value: str, language: str) -> str:
    """A word of the program, such as a status, in a language; as it is when the catalogue does not have it."""
    return in_language(value.replace("_", " "), language) if value else ""


def metric_name(metric: str, language: str) -> str:
    """A metric's name; its own id when the catalogue does not have it."""
    known = metric_definitions().get(metric)
    if known is None:
        return metric
    return known.name_zh if language == "zh" else known.name_en


def tier_name(tier: str, language: str) -> str:
    """A tier's name on the ladder that ships with the product; its own code when that ladder does not have it."""
    return _tier_names().get(tier, {}).get(language, tier)


def table_name(label: str, language: str) -> str:
    """What the rows of a table are called, by its label; a label that is none is a word."""
    if "." not in label:
        return word(label, language)
    with override(LANGUAGES[language]):
        return str(apps.get_model(label)._meta.verbose_name_plural)


def _checklist_text(code: str, language: str) -> str:
    return _checklist_texts().get(code, {}).get(language, code)


@cache
def _checklist_texts() -> Mapping[str, Mapping[str, str]]:
    items = [item for row in seed_ladder_document()["tiers"] for item in row.get("checklist", ())]
    return {item["code"]: {"zh": item["text_zh"], "en": item["text_en"]} for item in items}


@cache
def _tier_names() -> Mapping[str, Mapping[str, str]]:
    return {row["tier"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in seed_ladder_document()["tiers"]}


def measure_words(metric: str, number: Fraction, language: str, places: int = 2) -> str:
    """A measure as people read it: percent and units, at most ``places`` decimals."""
    definition = metric_definitions().get(metric)
    if definition is not None and definition.unit is Unit.PERCENT:
        return f"{trimmed(number * 100, places)}%"
    if definition is not None and definition.unit in UNITS:
        return filled(in_language(UNITS[definition.unit], language), {"number": trimmed(number, places)})
    return trimmed(number, places)


def trimmed(number: Fraction, places: int = 2) -> str:
    """At most so many decimals, without idle zeros.

    >>> trimmed(Fraction("61.50")), trimmed(Fraction(100)), trimmed(Fraction(1, 3), 4)
    ('61.5', '100', '0.3333')
    """
    return shown(number, places).rstrip("0").rstrip(".")


def error_templates() -> Mapping[str, str]:
    """Error code → its English sentence, of every error loaded so far: never kept, a later import may bring more."""
    return {error.code: error.template for error in _descendants(DomainError)}


def _error_template(code: str) -> str | None:
    if code not in _met:
        _met.update(error_templates())
    return _met.get(code)


_met: dict[str, str] = {}
"""The templates of the errors that were loaded when one was last looked for in vain."""


def _descendants(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)
