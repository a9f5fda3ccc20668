"""A4 paper to draw on: its measures and colours, and a document of pages drawn by ReportLab.

Everything measured in points from the lower left corner. Data is drawn literally, never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Literal

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from grading.documents import embedded_font
from grading.documents.glyphs import MissingGlyph, missing_glyphs
from grading.documents.typesetting import (
    Bilingual,
    Colour,
    Language,
    Line,
    Span,
    Text,
    Type,
    leading,
    one_line,
    plain,
    set_text,
    width,
)

rl_config.useA85 = 0  # page content as bytes, not as text a quarter longer

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
LEFT, RIGHT, TOP, BOTTOM = 48.0, PAGE_WIDTH - 48.0, PAGE_HEIGHT - 34.0, 54.0
WIDTH = RIGHT - LEFT

INK: Colour = (0.11, 0.13, 0.17)
GREY: Colour = (0.42, 0.45, 0.50)
NAVY: Colour = (0.10, 0.21, 0.38)
ACCENT: Colour = (0.18, 0.42, 0.68)
HAIR: Colour = (0.85, 0.87, 0.90)
TINT: Colour = (0.957, 0.965, 0.976)
SOFT: Colour = (0.87, 0.91, 0.96)
WHITE: Colour = (1.0, 1.0, 1.0)
AMBER: Colour = (0.55, 0.36, 0.02)
AMBER_TINT: Colour = (0.995, 0.965, 0.895)

BODY = Type(8.8, INK)
EMPHASIS = Type(8.8, INK, bold=True)
QUIET = Type(7.8, GREY)
SMALL = Type(7.0, GREY)
LABEL = Type(6.8, GREY)

Align = Literal["left", "right", "center"]

PAGE_OF = Bilingual("第 {page} / {pages} 页", "Page {page} / {pages}")
CONTINUED = Bilingual("续", "continued")


class Stationery:
    """The fixed words of one kind of document, ready to embed. Made once and kept: it takes longer than many a
    page."""

    def __init__(self, regular_words: str, bold_words: str) -> None:
        if missing := missing_glyphs(regular_words + bold_words):
            raise MissingGlyph(agent="everyone", where="fixed words", characters=" ".join(missing))
        fonts = ((embedded_font.regular().everyday, regular_words), (embedded_font.bold().everyday, bold_words))
        self.prepared = [(font, font.prepare(words)) for font, words in fonts]


class _Canvas(Canvas):  # type: ignore[misc]
    """ReportLab's canvas, begun with the fonts of a stationery. Equal drawings give equal bytes."""

    def __init__(self, stationery: Stationery, language: Language) -> None:
        super().__init__(
            BytesIO(),
            pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 4),
            initialFontName=embedded_font.regular().everyday.fontName,
            lang="en" if language == "en" else "zh-CN",
        )
        for font, prepared in stationery.prepared:
            font.begin(self._doc, prepared)


class Paper:
    """A document being drawn: pages of marks, and how far down the current page is filled (``y``)."""

    def __init__(self, stationery: Stationery, language: Language) -> None:
        self.language: Language = language
        self.y = TOP
        self.on_new_page: Callable[[], None] = lambda: None
        self._canvas = _Canvas(stationery, language)

    @property
    def room(self) -> float:
        """The height that is left on this page."""
        return self.y - BOTTOM

    def need(self, height: float) -> bool:
        """Start a new page unless the height fits on this one. Says whether it did."""
        if self.room >= height:
            return False
        self.new_page()
        return True

    def new_page(self) -> None:
        """Turn to a fresh page and put the running head on it."""
        self._end_page()
        self.y = TOP
        self.on_new_page()

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled box; ``y`` is its lower edge."""
        self._canvas.setFillColor(colour)
        self._canvas.rect(x, y, width, height, stroke=0, fill=1)

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour, thickness: float = 0.6) -> None:
        """The outline of a box."""
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(thickness)
        self._canvas.rect(x, y, width, height)

    def rule(self, x: float, y: float, width: float, colour: Colour = HAIR, thickness: float = 0.5) -> None:
        """A horizontal line from x to the right."""
        self.box(x, y - thickness / 2, width, thickness, colour)

    def line(self, x: float, baseline: float, line: Line, align: Align = "left") -> None:
        """One line of text. ``x`` is its left edge, its right edge or its middle."""
        if align != "left":
            x -= width(line) if align == "right" else width(line) / 2
        drawn = self._canvas.beginText(x, baseline)
        for span in line:
            drawn.setFillColor(span.type.colour)
            for font, text in span.type.weight.runs(span.text):
                drawn.setFont(font, span.type.size)
                drawn.textOut(text)
        self._canvas.drawText(drawn)

    def lines(self, x: float, top: float, lines: Sequence[Line], align: Align = "left") -> float:
        """Lines below one another from ``top``. Returns where they end."""
        for line in lines:
            space = leading(line)
            self.line(x, top - space * 0.74, line, align)
            top -= space
        return top

    def set(self, text: Text, limit: float, type_: Type, second: Type | None = None) -> list[Line]:
        """``set_text`` in the language of this paper."""
        return set_text(text, self.language, limit, type_, second)

    def word(self, label: Bilingual, separator: str = " ") -> str:
        """A fixed word as one text."""
        return separator.join(label.parts(self.language))

    def finish(self, *, number: str, notes: Sequence[Bilingual], title: str, author: str) -> bytes:
        """The file. It carries no time, no host and no random identifier."""
        pages = self._end_page()
        for page in range(1, pages + 1):
            self._canvas.beginForm(_footer_name(page))
            self._footer(number, notes, page, pages)
            self._canvas.endForm()
        self._canvas.setTitle(plain(title))
        self._canvas.setAuthor(plain(author))
        self._canvas.setSubject(plain(number))
        self._canvas.setCreator("绩薪 Jixin")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        return bytes(self._canvas.getpdfdata())

    def _end_page(self) -> int:
        """Leave this page, its place for the footer marked: only the finished document knows how many pages it has.
        Returns the number of the page."""
        page = int(self._canvas.getPageNumber())
        self._canvas.doForm(_footer_name(page))
        self._canvas.showPage()
        return page

    def _footer(self, number: str, notes: Sequence[Bilingual], page: int, pages: int) -> None:
        self.rule(LEFT, BOTTOM - 8, WIDTH)
        label = Bilingual(PAGE_OF.zh.format(page=page, pages=pages), PAGE_OF.en.format(page=page, pages=pages))
        page_line: Line = (Span(self.word(label, "  "), LABEL),)
        self.line(RIGHT, BOTTOM - 20, page_line, "right")
        room = WIDTH - width(page_line) - 20
        self.line(LEFT, BOTTOM - 20, one_line(number, room, Type(6.8, INK)))
        top = BOTTOM - 23
        for note in notes:
            top = self.lines(LEFT, top, self.set(note, WIDTH, Type(6.2, GREY)))


def _footer_name(page: int) -> str:
    return f"footer{page}"
