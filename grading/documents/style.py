"""The house style of printed pages: letterhead, page furniture, tables and small panels on A4.

Everything measured in points from the lower left corner. Data is drawn literally, never read as markup. A page is
drawn from values that are final: nothing here computes, rounds or looks anything up.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from grading.documents import embedded_font
from grading.documents.embedded_font import FontInUse, PreparedFont
from grading.documents.pdf_file import PdfFile, text_string
from grading.documents.typesetting import (
    LEADING,
    Bilingual,
    Colour,
    Language,
    Line,
    Span,
    Text,
    Type,
    fitted,
    height,
    leading,
    one_line,
    plain,
    set_text,
    width,
    wrapped,
)
from grading.kernel.errors import DomainError

__all__ = [
    "ACCENT",
    "AMBER",
    "AMBER_TINT",
    "BODY",
    "BOTTOM",
    "CONTINUED",
    "EMPHASIS",
    "GREY",
    "HAIR",
    "INK",
    "LABEL",
    "LEADING",
    "LEFT",
    "NAVY",
    "PADDING",
    "PAGE_OF",
    "QUIET",
    "RIGHT",
    "SMALL",
    "SOFT",
    "TINT",
    "TOP",
    "WHITE",
    "WIDTH",
    "Align",
    "Bilingual",
    "Colour",
    "Column",
    "Field",
    "Language",
    "Line",
    "MissingGlyph",
    "Paper",
    "Row",
    "Span",
    "Stationery",
    "Text",
    "Type",
    "amount_text",
    "bullets",
    "cell_room",
    "fields",
    "fitted",
    "height",
    "identity",
    "leading",
    "letterhead",
    "missing_glyphs",
    "one_line",
    "plain",
    "require_glyphs",
    "running_head",
    "section",
    "set_text",
    "table",
    "width",
    "wrapped",
]

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


# --- What can be drawn ------------------------------------------------------------------------------------------


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


def amount_text(amount: Decimal) -> str:
    """An amount for paper: thousands apart, two places, a true minus. It must already be a whole number of fen."""
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")


# --- The paper --------------------------------------------------------------------------------------------------


class Stationery:
    """The fonts of one kind of document, with its fixed words embedded ready-made. Made once and kept: it takes about
    a hundred times as long as a page."""

    def __init__(self, regular_words: str, bold_words: str) -> None:
        if missing := missing_glyphs(regular_words + bold_words):
            raise MissingGlyph(agent="everyone", where="fixed words", characters=" ".join(missing))
        self.regular = PreparedFont("R", embedded_font.regular(), regular_words)
        self.bold = PreparedFont("B", embedded_font.bold(), bold_words)


PAGE_OF = Bilingual("第 {page} / {pages} 页", "Page {page} / {pages}")
CONTINUED = Bilingual("续", "continued")


class Paper:
    """A document being drawn: pages of marks, and how far down the current page is filled (``y``)."""

    def __init__(self, stationery: Stationery, language: Language) -> None:
        self.language: Language = language
        self.y = TOP
        self.on_new_page: Callable[[], None] = lambda: None
        self._regular = FontInUse(stationery.regular)
        self._bold = FontInUse(stationery.bold)
        self._pages: list[list[bytes]] = [[]]
        self._marks = self._pages[0]
        self._fill: Colour | None = None

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
        self._marks = []
        self._pages.append(self._marks)
        self._fill = None
        self.y = TOP
        self.on_new_page()

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled box; ``y`` is its lower edge."""
        self._colour(colour)
        self._marks.append(b"%.2f %.2f %.2f %.2f re f" % (x, y, width, height))

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour, thickness: float = 0.6) -> None:
        """The outline of a box."""
        self._marks.append(
            b"%.3f %.3f %.3f RG %.2f w %.2f %.2f %.2f %.2f re S" % (*colour, thickness, x, y, width, height)
        )

    def rule(self, x: float, y: float, width: float, colour: Colour = HAIR, thickness: float = 0.5) -> None:
        """A horizontal line from x to the right."""
        self.box(x, y - thickness / 2, width, thickness, colour)

    def line(self, x: float, baseline: float, line: Line, align: Align = "left") -> None:
        """One line of text. ``x`` is its left edge, its right edge or its middle."""
        if align != "left":
            x -= width(line) if align == "right" else width(line) / 2
        marks = [b"BT 1 0 0 1 %.2f %.2f Tm" % (x, baseline)]
        for span in line:
            font = self._bold if span.type.bold else self._regular
            if span.type.colour != self._fill:
                self._fill = span.type.colour
                marks.append(b"%.3f %.3f %.3f rg" % self._fill)
            marks += [
                f"/{resource} {span.type.size:.4g} Tf <{codes}> Tj".encode("ascii")
                for resource, codes in font.runs(span.text)
            ]
        marks.append(b"ET")
        self._marks.append(b" ".join(marks))

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
        """The file. Equal drawings give equal bytes: it carries no time, no host and no random identifier."""
        for page, marks in enumerate(self._pages, start=1):
            self._marks, self._fill = marks, None
            self._footer(number, notes, page, len(self._pages))
        file = PdfFile()
        tree = file.reserve()
        contents = [file.stream(zlib.compress(b"\n".join(marks), 6)) for marks in self._pages]
        fonts = "".join(f"/{name} {font}" for name, font in (*self._regular.embed(file), *self._bold.embed(file)))
        resources = file.add(f"<</Font<<{fonts}>>>>".encode("ascii"))
        shape = f"/MediaBox[0 0 {PAGE_WIDTH} {PAGE_HEIGHT}]/Resources {resources}"
        pages = [
            file.add(f"<</Type/Page/Parent {tree}{shape}/Contents {content}>>".encode("ascii")) for content in contents
        ]
        file.settle(tree, f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(pages)}]>>".encode("ascii"))
        spoken = "en" if self.language == "en" else "zh-CN"
        catalog = file.add(
            f"<</Type/Catalog/Pages {tree}/Lang({spoken})/ViewerPreferences<</DisplayDocTitle true>>>>".encode("ascii")
        )
        properties = {"Title": title, "Author": author, "Subject": number, "Creator": "绩薪 Jixin"}
        entries = "".join(f"/{name}{text_string(plain(text))}" for name, text in properties.items())
        return file.finish(catalog, file.add(f"<<{entries}>>".encode("ascii")))

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

    def _colour(self, colour: Colour) -> None:
        if colour != self._fill:
            self._fill = colour
            self._marks.append(b"%.3f %.3f %.3f rg" % colour)


# --- Page furniture ---------------------------------------------------------------------------------------------


def letterhead(paper: Paper, company: Bilingual, title: Bilingual, span: Bilingual, number: str) -> None:
    """The head of the first page: who issues, what it is, for when, and under which number."""
    paper.box(0, PAGE_HEIGHT - 7, PAGE_WIDTH, 7, NAVY)
    left, right = WIDTH * 0.62, WIDTH * 0.36
    names = company.parts(paper.language)
    name_lines = fitted(names[0], left, Type(15, NAVY, bold=True), 10)
    if len(names) == 2:
        name_lines += fitted(names[1], left, Type(8.6, GREY), 6.5)
    head_lines = fitted(paper.word(title), right, Type(15, NAVY, bold=True), 10)
    head_lines += fitted(paper.word(span, "  "), right, Type(9, INK), 6.5)
    head_lines += fitted(number, right, Type(7.4, GREY), 5)
    ends = paper.lines(LEFT, paper.y, name_lines), paper.lines(RIGHT, paper.y, head_lines, "right")
    paper.y = min(ends) - 7
    paper.rule(LEFT, paper.y, WIDTH, NAVY, 0.9)
    paper.y -= 12


def running_head(paper: Paper, company: Bilingual, title: Bilingual, span: Bilingual, agent: str) -> None:
    """The head of every later page, on one line."""
    paper.box(0, PAGE_HEIGHT - 7, PAGE_WIDTH, 7, NAVY)
    right = f"{paper.word(title)}  {span.parts(paper.language)[0]}  ({paper.word(CONTINUED)})"
    right_line = fitted(right, WIDTH * 0.46, Type(8.4, NAVY, bold=True), 6)
    left_text = f"{company.parts(paper.language)[0]}  |  {agent}"
    left_line = fitted(left_text, WIDTH * 0.52, Type(8.4, GREY), 6)
    paper.y = min(paper.lines(LEFT, paper.y, left_line), paper.lines(RIGHT, paper.y, right_line, "right")) - 5
    paper.rule(LEFT, paper.y, WIDTH, NAVY, 0.9)
    paper.y -= 12


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value, for example 部门 Department: 售后二组."""

    label: Bilingual
    value: Text


def identity(paper: Paper, name: str, number: str, facts: Sequence[Field]) -> None:
    """Whose document it is: the name large, the number beside or below it, and the facts in three columns."""
    name_lines = fitted(name, WIDTH, Type(15, INK, bold=True), 9)
    number_line: Line = (Span(plain(number), Type(9.5, GREY)),)
    if len(name_lines) == 1 and width(name_lines[0]) + 14 + width(number_line) <= WIDTH:
        paper.line(LEFT + width(name_lines[0]) + 10, paper.y - leading(name_lines[0]) * 0.74, number_line)
        number_lines: list[Line] = []
    else:
        number_lines = fitted(number, WIDTH, Type(9.5, GREY), 6)
    paper.y = paper.lines(LEFT, paper.y, [*name_lines, *number_lines]) - 5
    fields(paper, facts, 3)
    paper.y -= 8


def fields(paper: Paper, facts: Sequence[Field], columns: int, inset: float = 0.0) -> None:
    """Labels above values, in columns; a row is as high as its highest value."""
    gap = 14.0
    column = (WIDTH - 2 * inset - gap * (columns - 1)) / columns
    for start in range(0, len(facts), columns):
        cells = [
            [*paper.set(fact.label, column, LABEL), *paper.set(fact.value, column, Type(9.0, INK), Type(8.2, GREY))]
            for fact in facts[start : start + columns]
        ]
        tallest = max(map(height, cells))
        paper.need(tallest + 5)
        for place, cell in enumerate(cells):
            paper.lines(LEFT + inset + place * (column + gap), paper.y, cell)
        paper.y -= tallest + 5


def section(paper: Paper, title: Bilingual, follows: float = 40.0) -> None:
    """A heading. ``follows`` is the height that must stay with it on the page."""
    lines = paper.set(title, WIDTH, Type(9.6, NAVY, bold=True), Type(8.6, NAVY, bold=True))
    paper.need(height(lines) + follows)
    paper.y = paper.lines(LEFT, paper.y, lines) - 2


def bullets(paper: Paper, items: Iterable[Text], x: float = LEFT, limit: float = WIDTH, type_: Type = BODY) -> None:
    """Sentences below one another, each behind a small mark; they may run on to the next page."""
    for item in items:
        for place, line in enumerate(paper.set(item, limit - 10, type_)):
            paper.need(leading(line))
            if not place:
                paper.box(x + 1, paper.y - leading(line) * 0.5 - 1.1, 2.6, 2.6, ACCENT)
            paper.lines(x + 10, paper.y, [line])
            paper.y -= leading(line)
        paper.y -= 1.5


# --- Tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, how wide it is and where its cells stand."""

    label: Bilingual
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: for each column its lines, already set to fit. A strong row is a total."""

    cells: tuple[tuple[Line, ...], ...]
    strong: bool = False


PADDING = 6.0
_ABOVE, _BELOW = 1.9, 2.3


def table(paper: Paper, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Rows between hairlines. The head is repeated on every page, and a row breaks only when no page could hold it."""
    _table_head(paper, columns)
    for place, row in enumerate(rows):
        needed = max(height(cell) for cell in row.cells) + _ABOVE + _BELOW
        if place + 2 == len(rows) and rows[-1].strong:  # a total never stands alone on a page
            needed += max(height(cell) for cell in rows[-1].cells) + _ABOVE + _BELOW
        if paper.room < needed and paper.y < TOP - 60:
            paper.new_page()
            _table_head(paper, columns)
        _table_row(paper, columns, row)
    paper.y -= 8


def cell_room(column: Column) -> float:
    """How wide the text of a cell may be."""
    return column.width - 2 * PADDING


def _table_head(paper: Paper, columns: Sequence[Column]) -> None:
    type_ = Type(7.4, NAVY, bold=True)
    cells = [paper.set(column.label, cell_room(column), type_, Type(6.8, GREY)) for column in columns]
    tallest = max(map(height, cells))
    paper.box(LEFT, paper.y - tallest - 6, WIDTH, tallest + 6, SOFT)
    x = LEFT
    for column, cell in zip(columns, cells, strict=True):
        paper.lines(_cell_x(x, column), paper.y - 3 - (tallest - height(cell)), cell, column.align)
        x += column.width
    paper.y -= tallest + 6


def _table_row(paper: Paper, columns: Sequence[Column], row: Row) -> None:
    cells = [list(cell) for cell in row.cells]
    while True:
        limit = paper.room - _ABOVE - _BELOW
        shown = [_that_fit(cell, limit) for cell in cells]
        used = max(map(height, shown))
        if row.strong:
            paper.box(LEFT, paper.y - used - _ABOVE - _BELOW, WIDTH, used + _ABOVE + _BELOW, TINT)
        x = LEFT
        for column, cell in zip(columns, shown, strict=True):
            paper.lines(_cell_x(x, column), paper.y - _ABOVE, cell, column.align)
            x += column.width
        paper.y -= used + _ABOVE + _BELOW
        paper.rule(LEFT, paper.y, WIDTH)
        cells = [cell[len(part) :] for cell, part in zip(cells, shown, strict=True)]
        if not any(cells):
            return
        paper.new_page()
        _table_head(paper, columns)


def _that_fit(cell: Sequence[Line], limit: float) -> list[Line]:
    shown: list[Line] = []
    for line in cell:
        limit -= leading(line)
        if limit < 0 and shown:
            break
        shown.append(line)
    return shown


def _cell_x(x: float, column: Column) -> float:
    if column.align == "right":
        return x + column.width - PADDING
    return x + (column.width / 2 if column.align == "center" else PADDING)
