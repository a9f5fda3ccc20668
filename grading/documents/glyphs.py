"""Whether the house fonts can draw a text. A box or a gap in a name is never printed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from grading.documents import embedded_font
from grading.documents.typesetting import plain
from grading.kernel.errors import DomainError


class MissingGlyph(DomainError):
    """A text holds a character that no font of the house has. A box or a gap in a name is never printed."""

    code = "grading.missing_glyph"
    template = (
        "The document of {agent} cannot be drawn: its {where} contains {characters}, which the fonts do not have. "
        "Correct the text there, or add a font with the character."
    )


def missing_glyphs(text: str) -> tuple[str, ...]:
    """The characters of the text that the house fonts lack, each once, in order of appearance."""
    text = plain(text)
    characters = set(text)
    lacked = embedded_font.regular().lacked(characters) | embedded_font.bold().lacked(characters)
    return tuple(dict.fromkeys(character for character in text if character in lacked)) if lacked else ()


def require_glyphs(sheet: object, agent: str) -> None:
    """Raises MissingGlyph, naming the agent, the place and the characters, unless every text of the sheet can be
    drawn. To be called before the first mark is made."""
    texts = list(_texts(sheet, ""))
    if not missing_glyphs("".join([text for _, text in texts])):
        return
    for where, text in texts:
        if missing := missing_glyphs(text):
            named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing)
            raise MissingGlyph(agent=agent, where=where, characters=named)


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, tuple):
        for place, part in enumerate(value, start=1):
            yield from _texts(part, f"{where} {place}")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name), f"{where}.{field.name}".lstrip("."))
