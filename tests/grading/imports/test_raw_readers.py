"""The quick reader of CSV exports and the strict one: the same rows and the same faults, whatever the text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.imports import raw_source
from grading.imports.raw import RawRead, read_raw

HEADING = "order_id,status,buyer_id\n"
cells = st.text(alphabet='ab",\n\r 你é1', max_size=4)


def outcome(found: RawRead) -> object:
    tables = {name: (frame.rows(), found.rows[name].to_list()) for name, frame in found.tables.items()}
    return [str(problem) for problem in found.problems], tables


def both(data: bytes) -> tuple[object, object]:
    quick = outcome(read_raw({"orders.csv": data}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_source._Csv, "_is_even", lambda _self: False)
        return quick, outcome(read_raw({"orders.csv": data}))


@settings(max_examples=300)
@given(st.text(alphabet='ab",\n\r 你', max_size=30))
def test_any_text_is_read_alike(text: str) -> None:
    quick, strict = both((HEADING + text).encode())
    assert quick == strict


@settings(max_examples=200)
@given(st.lists(st.tuples(cells, cells, cells), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_what_a_spreadsheet_writes_is_read_alike(rows: list[tuple[str, str, str]], end: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows([HEADING.strip().split(","), *rows])
    quick, strict = both(out.getvalue().encode())
    assert quick == strict


def test_the_quick_reader_is_used_for_an_ordinary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> object:
        raise AssertionError("read by the strict reader")

    monkeypatch.setattr(raw_source._Csv, "_strict", never)
    messages = b'message_id,content\r\nm1,"a, ""b"""\r\nm2,x y\r\nm3,\r\n\r\n'
    found = read_raw({"chat_messages.csv": messages})
    assert found.problems == []
    assert found.tables["chat_messages"]["content"].to_list() == ['a, "b"', "x y", None]


def test_a_line_break_inside_a_cell_is_left_to_the_strict_reader() -> None:
    found = read_raw({"chat_messages.csv": b'message_id,content\r\nm1,"x\r\ny"\r\nm2,z\r\n'})
    assert found.problems == []
    assert found.tables["chat_messages"]["content"].to_list() == ["x\r\ny", "z"]
