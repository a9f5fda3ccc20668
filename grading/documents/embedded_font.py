"""Fonts inside a PDF: every character drawn is embedded, and copies out of the file as itself.

A ``Weight`` (regular or bold) is loaded once per process and never changes. The fixed words of a kind of document are
cut out of it, deflated and kept; one file then costs only the characters that are its own. A ``FontInUse`` belongs to
one file, so that no person's characters can reach another person's file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from reportlab.pdfbase.ttfonts import TTFontFace

from grading.documents.pdf_file import PdfFile

_FONTS = Path(__file__).with_name("fonts")
_SYMBOLIC, _NONSYMBOLIC = 1 << 2, 1 << 5  # flags of a PDF font descriptor
_RESOURCE, _CODE = itemgetter(0), itemgetter(1)
_ASCII = "".join(map(chr, range(32, 127)))


class _Outlines:
    """The glyph table as slices of the file: ``makeSubset`` would otherwise copy nine megabytes for every subset."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._start = start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


class _Face(TTFontFace):  # type: ignore[misc]
    """One font file."""

    def get_table(self, tag: str) -> Any:
        if tag == "glyf":
            return _Outlines(self._ttf_data, self.get_table_pos(tag)[0])
        return super().get_table(tag)


@cache
def _face(file_name: str) -> _Face:
    return _Face(str(_FONTS / file_name))


@dataclass(frozen=True, slots=True)
class _Subset:
    """Characters of one face as they go into a file, everything formatted and deflated. Character n has code n + 1."""

    name: str
    descriptor: str
    widths: str
    program: bytes
    program_length: int
    glyphs: bytes
    to_unicode: bytes


def _subset(face: _Face, characters: Sequence[str], level: int) -> _Subset:
    codes = list(map(ord, characters))
    name = _tag(characters) + "+" + face.name.decode("ascii")
    program = face.makeSubset(codes)
    glyph_of: dict[int, int] = {}  # makeSubset numbers glyphs as they come; two characters may share one
    glyphs = [glyph_of.setdefault(face.charToGlyph[code], len(glyph_of) + 1) for code in codes]
    widths = [f"{face.charWidths[code]:g}" for code in codes]
    while widths and widths[-1] == "1000":
        widths.pop()
    box = " ".join(f"{edge:g}" for edge in face.bbox)
    return _Subset(
        name=name,
        descriptor=(
            f"<</Type/FontDescriptor/FontName/{name}/Flags {face.flags & ~_NONSYMBOLIC | _SYMBOLIC}"
            f"/FontBBox[{box}]/ItalicAngle 0/Ascent {face.ascent:g}/Descent {face.descent:g}"
            f"/CapHeight {face.capHeight:g}/StemV {face.stemV:g}/FontFile2 "
        ),
        widths=f"[1[{' '.join(widths)}]]",
        program=zlib.compress(program, level),
        program_length=len(program),
        glyphs=zlib.compress(b"".join(glyph.to_bytes(2, "big") for glyph in (0, *glyphs)), level),
        to_unicode=zlib.compress(_to_unicode(characters).encode("ascii"), level),
    )


def _tag(characters: Sequence[str]) -> str:
    """Six letters that tell subsets apart, as the format asks for. They depend on the characters alone."""
    number = zlib.crc32("".join(characters).encode("utf-8")) % 26**6
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _to_unicode(characters: Sequence[str]) -> str:
    """The map from codes back to text, in UTF-16: a rare Han character takes a pair, or it copies out as another."""
    entries = [
        f"<{code:04X}><{character.encode('utf-16-be').hex().upper()}>"
        for code, character in enumerate(characters, start=1)
    ]
    blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
    return "\n".join(
        [
            "/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
            "/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
            "1 begincodespacerange<0000><FFFF>endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap CMapName currentdict/CMap defineresource pop end end",
        ]
    )


class Weight:
    """One weight of the house face: the everyday font, and behind it the font of rare Han characters."""

    def __init__(self, everyday: str, rare: str) -> None:
        self.faces = (_face(everyday), _face(rare))
        self.advances: dict[int, float] = {
            code: face.charWidths[code] / 1000 for face in reversed(self.faces) for code in face.charToGlyph
        }

    def lacked(self, characters: set[str]) -> set[str]:
        """Those of the characters that no font of this weight has."""
        return {character for character in characters if ord(character) not in self.advances}

    def width(self, text: str, size: float) -> float:
        """How wide the text is in points. Its characters must be known to the fonts."""
        return sum(map(self.advances.__getitem__, map(ord, text))) * size

    def place_of(self, character: str) -> int:
        """Which of ``faces`` draws the character."""
        return 0 if ord(character) in self.faces[0].charToGlyph else 1


@cache
def regular() -> Weight:
    """The weight of running text."""
    return Weight("PaySansSC-Regular.ttf", "PayRareSC-Regular.ttf")


@cache
def bold() -> Weight:
    """The weight of titles and totals."""
    return Weight("PaySansSC-Bold.ttf", "PayRareSC-Bold.ttf")


class PreparedFont:
    """A weight with the fixed words of a kind of document already cut out and deflated."""

    def __init__(self, prefix: str, weight: Weight, words: str) -> None:
        characters = sorted(set(words + _ASCII))
        self.prefix = prefix
        self.weight = weight
        self.subset = _subset(weight.faces[0], characters, 9)
        self.codes = {character: (f"{prefix}0", f"{code:04X}") for code, character in enumerate(characters, start=1)}
        self.fixed = lru_cache(4096)(self._fixed)

    def _fixed(self, text: str) -> str | None:
        """The codes of a text made of fixed words alone, which are most texts; None for any other."""
        if all(character in self.codes for character in text):
            return "".join(self.codes[character][1] for character in text)
        return None


class FontInUse:
    """A prepared font in one file: the fixed words, and the characters this file added."""

    def __init__(self, prepared: PreparedFont) -> None:
        self._prepared = prepared
        self._codes = dict(prepared.codes)
        self._added: tuple[list[str], ...] = tuple([] for _ in prepared.weight.faces)
        self._used = False

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """The text as (font resource, codes in hexadecimal) pairs, in order."""
        self._used = True
        fixed = self._prepared.fixed(text)
        if fixed is not None:
            yield f"{self._prepared.prefix}0", fixed
            return
        known = self._codes
        pairs = [known.get(character) or self._assign(character) for character in text]
        for resource, run in groupby(pairs, _RESOURCE):
            yield resource, "".join(map(_CODE, run))

    def _assign(self, character: str) -> tuple[str, str]:
        face = self._prepared.weight.place_of(character)
        self._added[face].append(character)
        pair = self._codes[character] = (f"{self._prepared.prefix}{face + 1}", f"{len(self._added[face]):04X}")
        return pair

    def embed(self, file: PdfFile) -> Iterator[tuple[str, str]]:
        """Put the fonts into the file, once all its text is drawn: (resource, reference) pairs. A font that drew
        nothing stays out."""
        if not self._used:
            return
        yield f"{self._prepared.prefix}0", _embedded(file, self._prepared.subset)
        for place, characters in enumerate(self._added):
            if characters:
                subset = _subset(self._prepared.weight.faces[place], characters, 6)
                yield f"{self._prepared.prefix}{place + 1}", _embedded(file, subset)


def _embedded(file: PdfFile, subset: _Subset) -> str:
    program = file.stream(subset.program, f"/Length1 {subset.program_length}")
    descriptor = file.add(f"{subset.descriptor}{program}>>".encode("ascii"))
    glyphs = file.stream(subset.glyphs)
    descendant = file.add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{subset.name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor}/DW 1000/W{subset.widths}/CIDToGIDMap {glyphs}>>".encode("ascii")
    )
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{subset.name}/Encoding/Identity-H/DescendantFonts[{descendant}]"
        f"/ToUnicode {file.stream(subset.to_unicode)}>>".encode("ascii")
    )
