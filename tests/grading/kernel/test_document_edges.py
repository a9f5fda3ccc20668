"""The whole sentence about each problem of a document, and the forms on their very limits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.document import (
    CODE,
    FLAG,
    MONEY,
    NUMBER,
    BrokenDocument,
    Form,
    Reader,
    bands_from,
    choice,
    note_repeats,
    number,
    one_of,
    text,
    whole,
)

IDENTIFIER_EXPECTED = "letters, digits, Chinese characters, - _ . , at most 40, as text"
CODE_EXPECTED = "small letters, digits and _ , at most 40, a letter first"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("read", "data", "problem"),
    [
        (lambda reader: reader.required("a", text(5)), {"a": "123456"},
         "a: is not a text, found 123456, expected a text of 1 to 5 visible characters"),
        (lambda reader: reader.required("a", number()), {"a": "x"},
         "a: is not such a number, found x, expected plain digits such as 12.5"),
        (lambda reader: reader.required("a", number(least=1, most=2)), {"a": 3},
         "a: is not such a number, found 3, expected plain digits such as 12.5, at least 1, at most 2"),
        (lambda reader: reader.required("a", number(above=0)), {"a": 0},
         "a: is not such a number, found 0, expected plain digits such as 12.5, more than 0"),
        (lambda reader: reader.required("a", whole(1, 12)), {"a": 13},
         "a: is not such a whole number, found 13, expected a whole number from 1 to 12"),
        (lambda reader: reader.required("a", one_of(("<=", ">="))), {"a": "="},
         "a: is not one of the choices, found =, expected one of <=, >="),
        (lambda reader: reader.required("a", choice(Colour)), {"a": "green"},
         "a: is not one of the choices, found green, expected one of red, blue"),
        (lambda reader: reader.required("a", MONEY), {},
         "a: is missing, found nothing, expected yuan of zero or more with at most two places, such as 1600.00"),
        (lambda reader: reader.items("a", CODE), {"a": "x"}, "a: is not a list, found x, expected a list"),
        (lambda reader: reader.items("a", CODE), {"a": []}, "a: is empty, found a list, expected at least one value"),
        (lambda reader: reader.items("a", CODE, required=True), {},
         "a: is missing, found nothing, expected a list"),
        (lambda reader: reader.rows("a", required=True), {}, "a: is missing, found nothing, expected a list"),
        (lambda reader: reader.rows("a", required=True), {"a": []},
         "a: is empty, found a list, expected at least one entry"),
        (lambda reader: reader.rows("a"), {"a": {}}, "a: is not a list, found a mapping, expected a list"),
        (lambda reader: reader.table("a", MONEY), {"a": "x"},
         "a: is not a mapping, found x, expected keys and values"),
        (lambda reader: reader.table("a", MONEY), {"a": {"b c": "1"}},
         f"a.b c: is not an identifier, found b c, expected {IDENTIFIER_EXPECTED}"),
        (lambda reader: reader.part("a"), {"a": "x"}, "a: is not a mapping, found x, expected keys and values"),
        (lambda reader: reader.parts("a"), {"a": "x"}, "a: is not a mapping, found x, expected keys and values"),
        (lambda reader: reader.parts("a"), {"a": {"B": {}}}, f"a.B: is not a code, found B, expected {CODE_EXPECTED}"),
        (lambda reader: reader.parts("a", required=True), {},
         "a: is missing, found nothing, expected at least one key with its values"),
        (lambda reader: reader.parts("a", required=True), {"a": {}},
         "a: is empty, found a mapping, expected at least one key with its values"),
        (lambda reader: reader.refuse("a", "b", expected="nothing here"), {"a": 1},
         "a: does not belong here, found 1, expected nothing here"),
        (lambda reader: reader.note("a", "is odd", "an even one"), {"a": 3},
         "a: is odd, found 3, expected an even one"),
        (lambda reader: reader.note("a", "is odd", "an even one", "three"), {"a": 3},
         "a: is odd, found three, expected an even one"),
        (lambda reader: reader.allow("c", "a"), {"b": 1}, "b: is not a known key, found b, expected one of a, c"),
        (lambda reader: None, [], "document: is not a mapping, found a list, expected keys and values"),
    ],
)  # fmt: skip
def test_a_problem_is_told_in_one_sentence(read: Callable[[Reader], object], data: Any, problem: str) -> None:
    reader = Reader(data)
    read(reader)
    reader.allow("a")
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [str(each) for each in raised.value.problems] == [problem]


def test_an_error_names_the_document_and_joins_its_problems() -> None:
    with pytest.raises(BrokenDocument) as raised:
        Reader({"a": 1, "b": 2}).finish("pay plan")
    assert str(raised.value) == (
        "The pay plan cannot be used, 2 problem(s): "
        "a: is not a known key, found a, expected one of ; b: is not a known key, found b, expected one of "
    )


def test_what_is_nested_is_told_by_its_whole_path() -> None:
    reader = Reader({"gates": {"open": {"rows": [{"pay": "x"}]}}, "part": {"list": ["A"], "table": {"low": "x"}}})
    reader.parts("gates")["open"].rows("rows")[0].required("pay", MONEY)
    part = reader.part("part")
    assert part is not None
    part.items("list", CODE)
    part.table("table", MONEY)
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [problem.path for problem in raised.value.problems] == [
        "gates.open.rows.0.pay",
        "part.list.0",
        "part.table.low",
    ]


def test_a_repeat_shows_the_value_that_stands_twice() -> None:
    reader = Reader({"rows": [{"code": "a"}, {"code": "a"}]})
    note_repeats([(row, "code", row.required("code", CODE)) for row in reader.rows("rows")])
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [str(each) for each in raised.value.problems] == [
        "rows.1.code: stands twice, found a, expected each only once"
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"from": 5}], "bands.0.from: the lowest band does not start at the bottom, found 5, expected 0"),
        ([{"from": 0}, {"from": 0}], "bands.1.from: stands twice, found 0, expected each only once"),
        (
            [{"from": 0, "to": 4}, {"from": "5.50"}],
            (
                "bands.0.to: the band does not end where the next one starts, found 4, "
                "expected 5.5, where the next band starts"
            ),
        ),
        (
            [{"from": 0, "to": 9}],
            (
                "bands.0.to: the band does not end where the next one starts, found 9, "
                "expected nothing: the highest band has no end"
            ),
        ),
    ],
)
def test_broken_bands_are_told_in_one_sentence(rows: list[dict[str, object]], problem: str) -> None:
    reader = Reader({"bands": rows})
    read = reader.rows("bands")
    bands_from(read, ["value"] * len(read), "test")
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [str(each) for each in raised.value.problems] == [problem]


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        (text(3), "abc", "abc"),
        (text(3), "a\nb", "a b"),
        (number(least=0), 0, Fraction(0)),
        (number(above=0), "0.01", Fraction(1, 100)),
        (number(most=1), 1, Fraction(1)),
        (number(), 10**18 - 1, Fraction(10**18 - 1)),
        (number(), -(10**18) + 1, Fraction(1 - 10**18)),
        (whole(1, 12), 1, 1),
        (whole(1, 12), 12, 12),
        (MONEY, "999999999999.99", Decimal("999999999999.99")),
        (CODE, "a" * 40, "a" * 40),
    ],
)
def test_a_limit_belongs_to_what_is_allowed(form: Form[object], value: object, expected: object) -> None:
    assert form.read(value) == expected


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (number(), 10**18),
        (number(), -(10**18)),
        (number(least=0), Fraction(1, 2)),
        (number(above=0), -1),
        (whole(1, 12), 0),
        (MONEY, "1000000000000.00"),
        (text(3), 123),
        (text(3), "\ud800"),
        (one_of(("a", "b")), 5),
        (FLAG, ["true"]),
        (FLAG, {}),
        (choice(Colour), ["red"]),
    ],
)
def test_just_beyond_a_limit_nothing_is_read(form: Form[object], value: object) -> None:
    assert form.read(value) is None


def test_a_stand_in_is_of_the_right_kind() -> None:
    """What could not be read is replaced by a value that later reading bears, and that never gets out."""
    forms: list[Form[Any]] = [text(3), number(), whole(1, 12), one_of(("x", "y")), choice(Colour), MONEY, CODE]
    assert [form.stand_in for form in forms] == ["", Fraction(0), 1, "", Colour.RED, Decimal("0.00"), ""]


def test_a_key_is_sound_beside_a_problem_of_a_longer_one() -> None:
    reader = Reader({"pay": 1, "pay_day": "x"})
    reader.required("pay_day", MONEY)
    assert reader.is_sound("pay")
    assert not reader.is_sound("pay_day")


def test_sixty_characters_are_shown_whole() -> None:
    reader = Reader({"a": "X" * 60, "b": "X" * 61})
    reader.required("a", CODE)
    reader.required("b", CODE)
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [problem.found for problem in raised.value.problems] == ["X" * 60, "X" * 60 + "…"]


def test_nothing_is_missing_from_what_could_not_be_read_at_all() -> None:
    reader = Reader("text")
    reader.note_missing("a", "anything")
    reader.required("b", NUMBER)
    with pytest.raises(BrokenDocument) as raised:
        reader.finish("test document")
    assert [problem.path for problem in raised.value.problems] == [""]
