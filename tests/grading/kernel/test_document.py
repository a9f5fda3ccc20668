"""The reader of plain data: what each form accepts, and that every problem is noted with its path."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import pytest

from grading.kernel.bands import Bands
from grading.kernel.document import (
    CODE,
    DAY,
    FLAG,
    IDENTIFIER,
    MONEY,
    NUMBER,
    TEXT,
    BrokenDocument,
    DocumentProblem,
    Form,
    Reader,
    bands_from,
    canonical_data,
    choice,
    note_repeats,
    number,
    one_of,
    text,
    whole,
)
from grading.kernel.errors import DomainError, InexactAmount


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def problems_of(reader: Reader) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as caught:
        reader.finish("test document")
    return [(problem.path, problem.wrong) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        pytest.param(MONEY, "1600.00", "1600.00", id="money as text"),
        pytest.param(MONEY, "0.5", "0.50", id="money with one place gets two"),
        pytest.param(MONEY, 1600, "1600.00", id="money as a whole number"),
        pytest.param(MONEY, 0, "0.00", id="no money at all is money"),
    ],
)
def test_money_has_two_places(form: Form[Decimal], value: object, expected: str) -> None:
    amount = form.read(value)
    assert isinstance(amount, Decimal)
    assert str(amount) == expected


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        pytest.param(NUMBER, "0.30", Fraction(3, 10), id="number as text"),
        pytest.param(NUMBER, -5, Fraction(-5), id="number as a whole number"),
        pytest.param(NUMBER, "1/3", Fraction(1, 3), id="a ratio"),
        pytest.param(number(least=0, most=1), "1", Fraction(1), id="the limit itself"),
        pytest.param(whole(0, 12), "12", 12, id="whole number as text"),
        pytest.param(whole(0, 12), 0, 0, id="whole number zero"),
        pytest.param(FLAG, False, False, id="false"),
        pytest.param(FLAG, "true", True, id="true as text"),
        pytest.param(DAY, date(2024, 2, 29), date(2024, 2, 29), id="a date"),
        pytest.param(DAY, "2024-02-29", date(2024, 2, 29), id="a date as text"),
        pytest.param(choice(Colour), "blue", Colour.BLUE, id="a choice"),
        pytest.param(one_of(("<=", ">=")), "<=", "<=", id="one of a few texts"),
        pytest.param(CODE, "reply_rate_30s", "reply_rate_30s", id="a code"),
        pytest.param(IDENTIFIER, "P5", "P5", id="a tier as companies write it"),
        pytest.param(IDENTIFIER, "售后方案", "售后方案", id="a Chinese identifier"),
        pytest.param(TEXT, "  两行\n 文字 ", "两行 文字", id="text on one line without edges"),
    ],
)
def test_a_form_reads(form: Form[object], value: object, expected: object) -> None:
    read = form.read(value)
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        pytest.param(MONEY, 1600.0, id="money as a float"),
        pytest.param(MONEY, True, id="money as a truth value"),
        pytest.param(MONEY, "1600.005", id="money finer than a fen"),
        pytest.param(MONEY, "-1.00", id="negative money"),
        pytest.param(MONEY, "1,600.00", id="money with a separator"),
        pytest.param(MONEY, "\uff11600.00", id="money with a fullwidth digit"),
        pytest.param(MONEY, "1/2", id="money as a ratio"),
        pytest.param(MONEY, 10**30, id="money beyond all measure"),
        pytest.param(NUMBER, 0.3, id="number as a float"),
        pytest.param(NUMBER, "1e3", id="an exponent"),
        pytest.param(NUMBER, " 1", id="a blank before the number"),
        pytest.param(NUMBER, "5%", id="a percent sign"),
        pytest.param(NUMBER, "1/0", id="a ratio to nothing"),
        pytest.param(NUMBER, True, id="number as a truth value"),
        pytest.param(number(least=0), "-0.1", id="below the least"),
        pytest.param(number(above=0), "0", id="not above"),
        pytest.param(number(most=1), "3", id="above the most"),
        pytest.param(whole(0, 12), "1.0", id="whole number with a point"),
        pytest.param(whole(0, 12), 13, id="whole number above the most"),
        pytest.param(whole(0, 12), -1, id="whole number below the least"),
        pytest.param(FLAG, "yes", id="yes"),
        pytest.param(FLAG, 1, id="one for true"),
        pytest.param(DAY, "20240229", id="a date without dashes"),
        pytest.param(DAY, "2023-02-29", id="a day that does not exist"),
        pytest.param(DAY, datetime(2024, 2, 29, tzinfo=UTC), id="an instant"),
        pytest.param(choice(Colour), "RED", id="a choice in capitals"),
        pytest.param(choice(Colour), ["red"], id="a list for a choice"),
        pytest.param(one_of(("<=", ">=")), "=", id="not one of a few"),
        pytest.param(CODE, "Deal_rate", id="a capital in a code"),
        pytest.param(CODE, "30s", id="a code that starts with a digit"),
        pytest.param(CODE, "a" * 41, id="a code too long"),
        pytest.param(CODE, "code\n", id="a line break after a code"),
        pytest.param(IDENTIFIER, "a b", id="a blank in an identifier"),
        pytest.param(IDENTIFIER, 5, id="a number for an identifier"),
        pytest.param(TEXT, "  ", id="blank text"),
        pytest.param(TEXT, 5, id="a number for a text"),
        pytest.param(TEXT, "a\u202eb", id="an invisible character"),
        pytest.param(TEXT, "a\x00b", id="a control character"),
        pytest.param(text(3), "abcd", id="text too long"),
    ],
)
def test_a_form_refuses(form: Form[object], value: object) -> None:
    assert form.read(value) is None


def test_a_value_left_out_or_null_is_absent() -> None:
    reader = Reader({"cap": None})
    assert reader.optional("cap", MONEY) is None
    assert reader.optional("pay", MONEY) is None
    assert reader.get("months", whole(0, 9), 3) == 3
    assert not reader.has("cap")
    assert reader.items("counts", CODE) == ()
    assert reader.table("amounts", MONEY) == {}
    assert reader.part("probation") is None
    assert reader.parts("gates") == {}
    assert reader.rows("commission") == ()
    reader.finish("test document")


def test_every_problem_is_reported_with_its_path_what_was_found_and_what_is_expected() -> None:
    reader = Reader({"rate": 0.5, "rows": [{"pay": "x"}, "y"], "typo": None})
    reader.required("code", CODE)
    reader.required("rate", number(least=0, most=1))
    for row in reader.rows("rows"):
        row.required("pay", MONEY)
    with pytest.raises(BrokenDocument) as caught:
        reader.finish("test document")
    code = "small letters, digits and _ , at most 40, a letter first"
    assert caught.value.problems == (
        DocumentProblem("code", "is missing", "nothing", code),
        DocumentProblem("rate", "is not such a number", "0.5", "plain digits such as 12.5, at least 0, at most 1"),
        DocumentProblem("rows.1", "is not a mapping", "y", "keys and values"),
        DocumentProblem(
            "rows.0.pay", "is not an amount", "x", "yuan of zero or more with at most two places, such as 1600.00"
        ),
        DocumentProblem("typo", "is not a known key", "typo", "one of code, rate, rows"),
    )
    assert isinstance(caught.value, DomainError)
    assert caught.value.code == "kernel.broken_document"
    assert "rows.0.pay: is not an amount, found x, expected yuan" in str(caught.value)
    assert caught.value.values["count"] == "5"


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_not_a_mapping_is_one_problem(data: object) -> None:
    reader = Reader(data)
    reader.required("code", CODE)
    reader.parts("gates", required=True)
    reader.rows("kpis", required=True)
    assert problems_of(reader) == [("", "is not a mapping")]


def test_lists_and_tables_name_the_place_of_each_problem() -> None:
    reader = Reader({"counts": ["a", None, "B"], "amounts": {"junior": "1", 7: "2", "senior": "x"}, "gates": {"A": {}}})
    assert reader.items("counts", CODE) == ("a", "", "")
    assert reader.table("amounts", MONEY) == {"junior": Decimal(1), "7": Decimal(2), "senior": Decimal(0)}
    reader.parts("gates")
    assert problems_of(reader) == [
        ("counts.1", "is not a code"),
        ("counts.2", "is not a code"),
        ("amounts.7", "is not an identifier"),
        ("amounts.senior", "is not an amount"),
        ("gates.A", "is not a code"),
    ]


def test_lists_and_mappings_of_the_wrong_kind_or_empty() -> None:
    reader = Reader({"a": "x", "b": [], "c": [], "d": {}, "e": "x", "f": "x"})
    reader.items("a", CODE)
    reader.items("b", CODE)
    reader.rows("c", required=True)
    reader.parts("d", required=True)
    reader.table("e", MONEY)
    reader.parts("f", required=True)
    reader.items("g", CODE, required=True)
    reader.rows("h", required=True)
    reader.parts("i", required=True)
    assert problems_of(reader) == [
        ("a", "is not a list"),
        ("b", "is empty"),
        ("c", "is empty"),
        ("d", "is empty"),
        ("e", "is not a mapping"),
        ("f", "is not a mapping"),
        ("g", "is missing"),
        ("h", "is missing"),
        ("i", "is missing"),
    ]


def test_a_text_may_stand_for_a_row() -> None:
    reader = Reader({"checklist": ["text", {"zh": "文字"}, 5]})
    rows = reader.rows("checklist", text_as="zh")
    assert [row.required("zh", TEXT) for row in rows] == ["text", "文字", ""]
    assert problems_of(reader) == [("checklist.2", "is not a mapping")]


def test_keys_that_mean_nothing_here_are_refused_unless_null_and_allowed_ones_are_not_unknown() -> None:
    reader = Reader({"amount": "1", "unit": None, "source": 5})
    reader.refuse("amount", "unit", expected="nothing")
    reader.allow("source")
    assert problems_of(reader) == [("amount", "does not belong here")]


def test_soundness_looks_at_under_and_above_a_key() -> None:
    reader = Reader({"rows": [{"pay": "x", "code": "a"}, 5], "code": "b"})
    good, bad = reader.rows("rows")
    good.required("pay", MONEY)
    assert not good.is_sound("pay")
    assert good.is_sound("code")
    assert not bad.is_sound("pay")
    assert not reader.is_sound("rows")
    assert reader.is_sound("code")
    assert not reader.is_sound("code", "rows")


def test_repeats_are_noted_where_they_stand_again() -> None:
    reader = Reader({"rows": [{"code": "a"}, {"code": "b"}, {"code": "a"}, {"code": "A"}, {"code": "A"}]})
    rows = reader.rows("rows")
    note_repeats([(row, "code", row.required("code", CODE)) for row in rows])
    assert problems_of(reader) == [
        ("rows.3.code", "is not a code"),
        ("rows.4.code", "is not a code"),
        ("rows.2.code", "stands twice"),
    ]


def bands(*rows: dict[str, object]) -> tuple[Reader, Bands[Fraction]]:
    reader = Reader({"bands": list(rows)})
    found = reader.rows("bands")
    return reader, bands_from(found, [row.required("rate", NUMBER) for row in found], "test")


def test_bands_may_come_in_any_order_and_name_where_they_end() -> None:
    reader, read = bands({"from": "50000", "rate": "0.02"}, {"from": "0", "to": "50000.00", "rate": "0.01"})
    reader.finish("test document")
    assert read == Bands("test", ((Fraction(0), Fraction(1, 100)), (Fraction(50000), Fraction(2, 100))))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [{"from": 9, "rate": 1}, {"from": 5, "rate": 2}],
            [("bands.1.from", "the lowest band does not start at the bottom")],
            id="starts above 0",
        ),
        pytest.param(
            [{"from": 0, "rate": 1}, {"from": -5, "rate": 2}],
            [("bands.1.from", "the lowest band does not start at the bottom")],
            id="starts below 0",
        ),
        pytest.param(
            [{"from": 0, "rate": 1}, {"from": "0.0", "rate": 2}], [("bands.1.from", "stands twice")], id="an edge twice"
        ),
        pytest.param(
            [{"from": 0, "to": 4, "rate": 1}, {"from": 5, "to": 9, "rate": 2}],
            [
                ("bands.0.to", "the band does not end where the next one starts"),
                ("bands.1.to", "the band does not end where the next one starts"),
            ],
            id="a gap, and an end at the top",
        ),
        pytest.param(
            [{"from": 5, "rate": 1}, {"from": "x", "rate": 2}],
            [("bands.1.from", "is not such a number")],
            id="what cannot be read is not judged by its place",
        ),
    ],
)
def test_broken_bands(rows: list[dict[str, object]], expected: list[tuple[str, str]]) -> None:
    reader, _ = bands(*rows)
    assert problems_of(reader) == expected


def test_what_was_found_is_shown_short_and_visible() -> None:
    reader = Reader({"a": "x" * 100, "b": "\u202e\n", "c": {}, "d": [], "e": True, "\x00": 1})
    for key in "abcde":
        reader.required(key, CODE)
    with pytest.raises(BrokenDocument) as caught:
        reader.finish("test document")
    shown = [problem.found for problem in caught.value.problems]
    assert shown == ["x" * 60 + "…", "\\u202e\\n", "a mapping", "a list", "true", "\\x00"]
    assert caught.value.problems[-1].path == "\\x00"


def test_canonical_data_is_json_without_numbers_days_and_nulls() -> None:
    data = {
        "effective_from": date(2024, 1, 1),
        "cap": None,
        "flag": True,
        "months": 1,
        "rate": Decimal("0.30"),
        "third": Fraction(1, 3),
        "text": "0.30",
        "rows": [{"from": 0}, (None, "x")],
        3: "three",
    }
    canonical = canonical_data(data)
    assert canonical == {
        "effective_from": "2024-01-01",
        "flag": True,
        "months": "1",
        "rate": "0.3",
        "third": "1/3",
        "text": "0.30",
        "rows": [{"from": "0"}, [None, "x"]],
        "3": "three",
    }
    assert canonical_data(json.loads(json.dumps(canonical))) == canonical


def test_canonical_data_refuses_what_no_document_holds() -> None:
    with pytest.raises(InexactAmount):
        canonical_data({"rate": 0.3})
    with pytest.raises(TypeError):
        canonical_data({"at": datetime(2024, 1, 1, tzinfo=UTC)})
    with pytest.raises(TypeError):
        canonical_data({"codes": {"a"}})
