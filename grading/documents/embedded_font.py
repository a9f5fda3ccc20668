"""The house fonts as ReportLab draws with them: always embedded, and every character copies out as itself.

A font is read once per process. The fixed words of a kind of document are cut out of it and deflated once too; one
file then costs only the characters that are its own. These go into parts that belong to that file alone, so that no
person's characters can reach another person's file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from threading import Lock

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFDocument, PDFName, PDFStream, PDFTrueTypeFont
from reportlab.pdfbase.pdfmetrics import getFont, getRegisteredFontNames, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, TTFont, TTFontFace, makeToUnicodeCMap

_FONTS = Path(__file__).with_name("fonts")
_BEYOND_FFFF = re.compile("<([0-9A-F]{5,6})>")


@dataclass(frozen=True, slots=True)
class _Part:
    """Up to 256 characters of a font as they go into a file, the streams deflated."""

    name: str
    widths: str
    program: bytes
    program_length: int
    to_unicode: bytes


class HouseFont(TTFont):  # type: ignore[misc]
    """A font file. ReportLab gives the characters their codes and draws; this class keeps the parts of fixed words."""

    def __init__(self, name: str) -> None:
        super().__init__(name, str(_FONTS / f"{name}.ttf"), asciiReadable=1, shapable=False)
        start, length = self.face.get_table_pos("glyf")
        self._outlines = memoryview(self.face._ttf_data)[start : start + length]  # noqa: SLF001
        self.face.get_table = self._table
        self._advance = lru_cache(4096)(self._sum_of_advances)
        self.characters = frozenset(map(chr, self.face.charToGlyph))
        self._ready: dict[tuple[int, ...], _Part] = {}
        self._reading = Lock()  # ReportLab reads a font file from one place at a time

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: ARG002, N802
        """How wide the text is in points. ReportLab asks for every text that is drawn, after the layout did."""
        return self._advance(text) * size

    def _sum_of_advances(self, text: str) -> float:
        return float(sum(map(self.face.getCharWidth, map(ord, text)))) / 1000

    def _table(self, tag: str) -> bytes | memoryview:
        """A table of the file. ReportLab asks for all outlines to cut out any part: these nine megabytes are looked at
        where they lie, not copied."""
        return self._outlines if tag == "glyf" else bytes(TTFontFace.get_table(self.face, tag))

    def prepare(self, words: str) -> TTFont.State:
        """Cut the characters of the words out, once and for all. Every document that begins with the result has
        them."""
        document = PDFDocument()
        self.splitString("".join(sorted(set(words))), document)
        state = self.state.pop(document)
        for codes in state.subsets:
            self._ready[tuple(codes)] = self._part(codes)
        return state

    def begin(self, document: PDFDocument, prepared: TTFont.State) -> None:
        """Start a document with prepared characters. Any others will follow in parts of their own."""
        state = self._assignState(document)
        state.assignments = dict(prepared.assignments)
        state.subsets = list(prepared.subsets)
        state.nextCode = 256 * len(state.subsets)

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - ReportLab's name
        """Put what the document draws with into it, as ReportLab asks when it is finished."""
        subsets = self.state[doc].subsets
        for place, codes in enumerate(subsets):
            part = self._ready.get(tuple(codes)) or self._part(codes)
            resource = self.getSubsetInternalName(place, doc).removeprefix("/")
            font = PDFTrueTypeFont()
            font.BaseFont = part.name
            font.FirstChar, font.LastChar, font.Widths = 0, len(codes) - 1, part.widths
            font.ToUnicode = doc.Reference(_stream(part.to_unicode))
            font.FontDescriptor = doc.Reference(self._descriptor(part, doc))
            doc.Reference(font, resource)
            doc.idToObject["BasicFonts"][resource] = font
        del self.state[doc]

    def _part(self, codes: Sequence[int]) -> _Part:
        name = f"{_tag(codes)}+{self.fontName}"
        with self._reading:
            program = self.face.makeSubset(codes)
        return _Part(
            name=name,
            widths=f"[{' '.join(f'{self.face.getCharWidth(code):g}' for code in codes)}]",
            program=zlib.compress(program, 9),
            program_length=len(program),
            to_unicode=zlib.compress(_to_unicode(name, codes).encode("ascii"), 9),
        )

    def _descriptor(self, part: _Part, doc: PDFDocument) -> PDFDictionary:
        face = self.face
        return PDFDictionary({
            "Type": PDFName("FontDescriptor"),
            "FontName": PDFName(part.name),
            "Flags": face.flags & ~FF_NONSYMBOLIC | FF_SYMBOLIC,
            "FontBBox": PDFArray(face.bbox),
            "ItalicAngle": face.italicAngle,
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": face.capHeight,
            "StemV": face.stemV,
            "MissingWidth": face.defaultWidth,
            "FontFile2": doc.Reference(_stream(part.program, Length1=part.program_length)),
        })  # fmt: skip


def _stream(deflated: bytes, **entries: int) -> PDFStream:
    return PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode"), **entries}), deflated)


def _tag(codes: Sequence[int]) -> str:
    """Six letters that tell parts apart even where files are merged. They depend on the characters alone."""
    number = zlib.crc32("".join(map(chr, codes)).encode("utf-8")) % 26**6
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _to_unicode(name: str, codes: Sequence[int]) -> str:
    """The map from codes back to text. A character beyond U+FFFF takes a pair of UTF-16, which ReportLab leaves out:
    without it a rare Han character copies out as another one."""
    return _BEYOND_FFFF.sub(
        lambda found: f"<{chr(int(found[1], 16)).encode('utf-16-be').hex().upper()}>", makeToUnicodeCMap(name, codes)
    )


_registering = Lock()


def _registered(name: str) -> HouseFont:
    """The font that ReportLab knows under the name: one for all threads."""
    with _registering:
        if name not in getRegisteredFontNames():
            registerFont(HouseFont(name))
    font: HouseFont = getFont(name)
    return font


class Weight:
    """One weight of the house face: the everyday font, and behind it the font of rare Han characters."""

    def __init__(self, style: str) -> None:
        self.everyday, self.rare = _registered(f"PaySansSC-{style}"), _registered(f"PayRareSC-{style}")
        self._only_rare = self.rare.characters - self.everyday.characters

    def lacked(self, characters: set[str]) -> set[str]:
        """Those of the characters that no font of this weight has."""
        return characters - self.everyday.characters - self.rare.characters

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """The text as (font name, text) pairs, in order."""
        if self._only_rare.isdisjoint(text):  # nearly always
            yield self.everyday.fontName, text
            return
        for rare, run in groupby(text, self._only_rare.__contains__):
            yield (self.rare if rare else self.everyday).fontName, "".join(run)

    def width(self, text: str, size: float) -> float:
        """How wide the text is in points. Its characters must be known to the fonts."""
        return float(sum(stringWidth(run, font, size) for font, run in self.runs(text)))


@cache
def regular() -> Weight:
    """The weight of running text."""
    return Weight("Regular")


@cache
def bold() -> Weight:
    """The weight of titles and totals."""
    return Weight("Bold")
