"""Raw exports: good files of every form become typed tables, and every bad cell is told where it stands."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from grading.domain.metrics.tables import TABLES
from grading.imports.raw import RawRead, outside, read_raw, unknown_agents
from grading.imports.raw_findings import MOST_LINES
from grading.kernel.period import Month

MESSAGES = "message_id,session_id,sender_type,agent_id,sent_at,content\n"
GOOD = MESSAGES + "m1,s1,buyer,,2026-10-01 09:00:00,在吗\nm2,s1,agent_human,CS1,2026-10-01 09:00:20,在的\n"


def read(text: str | bytes, name: str = "chat_messages.csv") -> RawRead:
    return read_raw({name: text.encode() if isinstance(text, str) else text})


def told(found: RawRead) -> list[str]:
    return [str(problem) for problem in found.problems]


def codes(found: RawRead) -> list[str]:
    return [problem.code for problem in found.problems]


def at(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock)  # noqa: DTZ001 - wall time, as the tables hold it


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ── good files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_becomes_a_table_of_the_engines_types() -> None:
    found = read(GOOD)
    assert found.problems == found.notices == []
    frame = found.tables["chat_messages"]
    assert dict(frame.schema) == {
        "message_id": pl.String(),
        "session_id": pl.String(),
        "sender_type": pl.String(),
        "agent_id": pl.String(),
        "sent_at": pl.Datetime("us"),
        "content": pl.String(),
    }
    assert frame.rows() == [
        ("m1", "s1", "buyer", None, at(2026, 10, 1, 9), "在吗"),
        ("m2", "s1", "agent_human", "CS1", at(2026, 10, 1, 9, 0, 20), "在的"),
    ]


def test_every_table_of_the_engine_is_read_under_its_name() -> None:
    for name, table in TABLES.items():
        heading = ",".join(column.name for column in table.columns)
        found = read(heading + "\n", f"{name}.csv")
        assert found.problems == [], name
        assert dict(found.tables[name].schema) == {column.name: column.kind.dtype for column in table.columns}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_and_encodings(encoding: str) -> None:
    text = "发送时间,会话编号,消息编号,发送方,工号,内容\r\n2026-10-01 09:00:00,s1,m1,买家,,在吗\r\n"
    found = read(text.encode(encoding))
    assert found.problems == []
    row = found.tables["chat_messages"].row(0, named=True)
    assert (row["sender_type"], row["content"], row["sent_at"]) == ("buyer", "在吗", at(2026, 10, 1, 9))


@pytest.mark.parametrize(
    ("written", "wall"),
    [
        ("2026-10-01 09:30:00", at(2026, 10, 1, 9, 30)),
        ("2026-10-01T09:30:00", at(2026, 10, 1, 9, 30)),
        ("2026-10-01 09:30:00.5", at(2026, 10, 1, 9, 30, 0, 500_000)),
        ("2026-10-01 09:30:00.123456789", at(2026, 10, 1, 9, 30, 0, 123_456)),
        ("2026-10-01T01:30:00Z", at(2026, 10, 1, 9, 30)),  # UTC is eight hours behind
        ("2026-10-01T09:30:00+08:00", at(2026, 10, 1, 9, 30)),
        ("2026-10-01 09:30:00 +0900", at(2026, 10, 1, 8, 30)),
        ("2026-09-30T20:30:00.25-05:00", at(2026, 10, 1, 9, 30, 0, 250_000)),  # 20:30 + 5 h + 8 h
        ("2026-10-01T13:15:00+05:45", at(2026, 10, 1, 15, 30)),
    ],
)
def test_an_instant_is_shanghai_wall_time(written: str, wall: datetime) -> None:
    found = read(MESSAGES + f"m0,s1,buyer,,2026-10-01 00:00:00,\nm1,s1,buyer,,{written},\n")
    assert told(found) == []
    assert found.tables["chat_messages"]["sent_at"].to_list() == [at(2026, 10, 1), wall]


def test_money_is_fen_numbers_are_millionths_and_flags_are_truths() -> None:
    orders = "order_id,amount_paid,quantity\no1,29.9,3\no2,-0.05,0\no3,100,\n"
    reviews = "review_id,score\nr1,4.85\nr2,5\nr3,0.000001\n"
    calls = "call_id,agent_id,connected\n" + "".join(
        f"c{place},A1,{flag}\n" for place, flag in enumerate(("true", "NO", "1", "0", "是", "否", ""))
    )
    found = read_raw({"orders.csv": orders.encode(), "reviews.csv": reviews.encode(), "calls.csv": calls.encode()})
    assert told(found) == []
    assert found.tables["orders"]["amount_paid"].to_list() == [2990, -5, 10000]
    assert found.tables["orders"]["quantity"].to_list() == [3, 0, None]
    assert found.tables["reviews"]["score"].to_list() == [4_850_000, 5_000_000, 1]
    assert found.tables["calls"]["connected"].to_list() == [True, False, True, False, True, False, None]


def test_content_may_hold_commas_quotes_line_breaks_and_joined_emoji() -> None:
    family = "👨\u200d👩"
    found = read(MESSAGES + f'm1,s1,buyer,,2026-10-01 09:00:00,"急, ""很""\n急{family}"\nm2,s1,buyer,,bad,x\n')
    assert told(found)[0].startswith("chat_messages.csv:3:sent_at: not an instant, found 'bad'")  # the third record
    found = read(MESSAGES + f'm1,s1,buyer,,2026-10-01 09:00:00,"急, ""很""\n急{family}"\n')
    assert found.tables["chat_messages"]["content"].to_list() == [f'急, "很"\n急{family}']


def test_a_quote_inside_a_cell_and_blank_lines_do_not_shift_the_rows() -> None:
    text = MESSAGES + 'm1,s1,buyer,,2026-10-01 09:00:00,a 5" screen\n\nm2,s1,buyer,,2026-10-01 9:00,"x"\n'
    assert told(read(text)) == [
        (
            "chat_messages.csv:4:sent_at: not an instant, found '2026-10-01 9:00', expected YYYY-MM-DD HH:MM:SS, with "
            "an offset if it is not Shanghai time, for example 2026-10-01 09:30:00"
        )
    ]
    for blank in ("\n", "\r\n"):
        crlf = (MESSAGES + "m1,s1,buyer,,2026-10-01 09:00:00,\n~m2,s1,buyer,,x,\n").replace("\n", "\r\n")
        assert read(crlf.replace("~", blank)).problems[0].row == 4


def test_row_numbers_go_on_over_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.imports.raw_source._BATCH", 7)
    lines = [f"m{number},s1,buyer,,2026-10-01 09:00:00,x\n" for number in range(2, 41)]
    lines[30] = "m32,s1,seller,,2026-10-01 09:00:00,x\n"
    assert [(problem.row, problem.column) for problem in read(MESSAGES + "".join(lines)).problems] == [
        (32, "sender_type")
    ]
    rows = read(MESSAGES + "".join(line for line in lines if "seller" not in line)).rows["chat_messages"]
    assert rows.to_list() == list(range(2, 40))


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_parquet_takes_native_types() -> None:
    zone = timezone(timedelta(hours=9))
    found = read(
        parquet(
            order_id=[1001, 1002],
            paid_at=pl.Series([datetime(2026, 10, 1, 10, tzinfo=zone), None]).dt.convert_time_zone("UTC"),
            created_at=pl.Series([at(2026, 10, 1, 8), None], dtype=pl.Datetime("ns")),
            amount_paid=pl.Series([Decimal("29.9000"), None], dtype=pl.Decimal(12, 4)),
            quantity=[3.0, None],
            status=pl.Series(["paid", None], dtype=pl.Categorical),
        ),
        "orders.parquet",
    )
    assert told(found) == []
    # 10:00 in Tokyo is 09:00 in Shanghai
    row = ("1001", at(2026, 10, 1, 9), at(2026, 10, 1, 8), 2990, 3, "paid")
    assert found.tables["orders"].select(
        "order_id", "paid_at", "created_at", "amount_paid", "quantity", "status"
    ).rows() == [row, ("1002", None, None, None, None, None)]


def test_parquet_days_flags_and_texts() -> None:
    found = read_raw(
        {
            "traffic_daily.parquet": parquet(
                store_id=["A"], date=[at(2026, 10, 1)], visitors=pl.Series([7], dtype=pl.UInt8), inquirers=["3"]
            ),
            "dsr_snapshots.parquet": parquet(store_id=["A"], date=[date(2026, 10, 1)], score=[4.85]),
            "calls.parquet": parquet(call_id=["c"], agent_id=["A"], connected=[True], is_complaint=[0]),
        }
    )
    assert told(found) == []
    assert found.tables["traffic_daily"].rows() == [("A", date(2026, 10, 1), 7, 3)]
    assert found.tables["dsr_snapshots"].rows() == [("A", date(2026, 10, 1), 4_850_000)]
    assert found.tables["calls"].rows() == [("c", "A", True, False)]


def test_bad_parquet_cells() -> None:
    found = read(
        parquet(
            order_id=["o1", None],
            created_at=[date(2026, 10, 1), None],
            paid_at=[1_790_000_000, 1],
            amount_paid=[0.125, 1.0],
            quantity=[-1, 2],
        ),
        "orders.parquet",
    )
    assert told(found) == [
        (
            "orders.parquet:1:paid_at: the whole column is of another type, found 'Int64', expected a date with a "
            "time, or text that says the same"
        ),
        (
            "orders.parquet:2:created_at: not an instant, found '2026-10-01', expected YYYY-MM-DD HH:MM:SS, with an "
            "offset if it is not Shanghai time, for example 2026-10-01 09:30:00"
        ),
        (
            "orders.parquet:2:amount_paid: not an amount of money, found '0.125', expected plain digits with at most "
            "two after the point, for example 1600.00"
        ),
        (
            "orders.parquet:2:quantity: not a whole number of zero or more, found '-1', expected whole digits, for "
            "example 3"
        ),
        "orders.parquet:3:order_id: a required cell is empty, found nothing, expected a value",
    ]
    assert found.tables == {}


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1xxxxPAR1", parquet(order_id=["o"])[:-9], b"order_id\no1\n"])
def test_a_broken_parquet_file(data: bytes) -> None:
    assert codes(read(data, "orders.parquet")) == ["import.broken_parquet"]


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_keeps_its_times_to_the_millisecond() -> None:
    found = read(
        workbook(
            ["消息编号", "会话编号", "发送方", "客服", "发送时间", "内容"],
            [1, "s1", "买家", None, at(2026, 10, 1, 22, 59, 20), 12.5],
            [2, "s1", "人工", 1001, at(2026, 10, 2), True],
            [3, "s1", "buyer", None, "2026-10-01T14:59:20Z", "x"],
        ),
        "chat_messages.xlsx",
    )
    assert told(found) == []
    assert found.tables["chat_messages"].rows() == [
        ("1", "s1", "buyer", None, at(2026, 10, 1, 22, 59, 20), "12.5"),
        ("2", "s1", "agent_human", "1001", at(2026, 10, 2), "true"),
        ("3", "s1", "buyer", None, at(2026, 10, 1, 22, 59, 20), "x"),
    ]


def test_bad_cells_of_a_workbook() -> None:
    found = read(
        workbook(
            ["order_id", "paid_at", "amount_paid", "buyer_id"],
            ["o1", 45000, "=1+1", "b1"],
            [1.5, "#N/A", 2, date(2026, 10, 1)],
            ["o3", "2026-10-01 09:00:00", 2, "b", "left over"],
        ),
        "orders.xlsx",
    )
    assert told(found) == [
        (
            "orders.xlsx:2:paid_at: not an instant, found '45000', expected YYYY-MM-DD HH:MM:SS, with an offset if it "
            "is not Shanghai time, for example 2026-10-01 09:30:00"
        ),
        (
            "orders.xlsx:2:amount_paid: cell C2 holds a formula, found '=1+1', expected a plain value: copy, then "
            "paste as values"
        ),
        (
            "orders.xlsx:3:order_id: the cell is a number, so leading zeros or digits may be lost, found '1.5', "
            "expected text: format the column as text and enter it again"
        ),
        (
            "orders.xlsx:3:buyer_id: the cell is a date or a truth value, not text, found '2026-10-01', expected text: "
            "format the column as text and enter it again"
        ),
        "orders.xlsx:3:paid_at: cell B3 holds a spreadsheet error, found '#N/A', expected a plain value",
        (
            "orders.xlsx:4:-: the row has 5 cells under 4 headings, found 'left over', expected one cell per heading, "
            "without separators inside numbers"
        ),
    ]


# ── bad cells ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("orders.csv", "order_id,amount_paid\no1,1.005\n", "2:amount_paid: not an amount of money, found '1.005'"),
        ("orders.csv", 'order_id,amount_paid\no1,"1,000"\n', "2:amount_paid: not an amount of money, found '1,000'"),
        ("orders.csv", "order_id,amount_paid\no1,¥5\n", "2:amount_paid: not an amount of money, found '¥5'"),
        ("orders.csv", "order_id,amount_paid\no1,１２\n", "2:amount_paid: not an amount of money, found '１２'"),
        ("orders.csv", "order_id,amount_paid\no1,1e3\n", "2:amount_paid: not an amount of money, found '1e3'"),
        ("orders.csv", "order_id,amount_paid\no1,=1+1\n", "2:amount_paid: not an amount of money, found '=1+1'"),
        ("orders.csv", "order_id,quantity\no1,1.0\n", "2:quantity: not a whole number of zero or more, found '1.0'"),
        ("orders.csv", "order_id,quantity\no1,-1\n", "2:quantity: not a whole number of zero or more, found '-1'"),
        ("orders.csv", "order_id,paid_at\no1,2026-02-30 09:00:00\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,2026-10-01\n", "2:paid_at: not an instant, found '2026-10-01'"),
        ("orders.csv", "order_id,paid_at\no1,2026-10-01 24:00:00\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,2026-10-01 09:00:60\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,2026-10-1 09:00:00\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,2026/10/01 09:00:00\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,2026-10-01 09:00:00+25:00\n", "2:paid_at: not an instant, found"),
        ("orders.csv", "order_id,paid_at\no1,0001-01-01 00:00:00\n", "2:paid_at: the date is out of range, found"),
        (
            "orders.csv",
            "order_id,paid_at\n,2026-10-01 09:00:00\n",
            "2:order_id: a required cell is empty, found nothing",
        ),
        ("orders.csv", "order_id,buyer_id\no1,b\u200b1\n", "2:buyer_id: the text contains the invisible or unreadable"),
        ("reviews.csv", "review_id,score\nr1,4.1234567\n", "2:score: not a plain number with at most six digits"),
        (
            "reviews.csv",
            "review_id,rating\nr1,great\n",
            "2:rating: not a known value, found 'great', expected one of good",
        ),
        ("traffic_daily.csv", "store_id,date\nA,2026-10-01 00:00:00\n", "2:date: not a date, found"),
        ("traffic_daily.csv", "store_id,date\nA,2100-01-02\n", "2:date: the date is out of range, found '2100-01-02'"),
        ("calls.csv", "call_id,agent_id,connected\nc,A,maybe\n", "2:connected: neither yes nor no, found 'maybe'"),
        ("orders.csv", "order_id,buyer_id\no1\n", "2:-: the row has 1 cells under 2 headings, found 'o1'"),
        ("orders.csv", "order_id,buyer_id\no1,b,c\n", "2:-: the row has 3 cells under 2 headings, found 'c'"),
        (
            "orders.csv",
            "order_id,id,order_id\no1,b,c\n",
            "1:order_id: the same column stands twice, in columns 1 and 3",
        ),
        ("orders.csv", "order_id,订单编号\no1,b\n", "1:order_id: the same column stands twice, in columns 1 and 2"),
        ("orders.csv", "colour,shape\nred,round\n", "1:-: none of the columns is known, found 'colour, shape'"),
        ("orders.csv", 'order_id,buyer_id\no1,"b\n', "2:-: the CSV is broken near line 2"),
        ("orders.csv", "order_id;buyer_id\no1;b\n", "1:-: the cells are not separated by commas"),
        ("orders.csv", "", "1:-: the file is empty"),
        ("orders.csv", " \n\n", "1:-: the file is empty"),
        ("orders.csv", "\norder_id\n", "1:-: row 1 is empty"),
        ("orders.xlsx", "order_id\no1\n", "1:-: the file is not a workbook"),
    ],
)
def test_one_bad_cell_is_told_and_nothing_is_read(name: str, text: str, line: str) -> None:
    found = read(text, name)
    assert len(found.problems) == 1, told(found)
    assert told(found)[0].startswith(f"{name}:{line}")
    assert found.tables == {}


def test_all_bad_cells_are_told_in_the_order_of_the_file() -> None:
    found = read(MESSAGES + "m1,,robot,,2026-10-01,\nm2,s1,buyer,,,x\nm1,s1,buyer,,2026-10-01 09:00:00,y\n")
    assert [(problem.row, problem.column, problem.code) for problem in found.problems] == [
        (2, "session_id", "import.missing_cell"),
        (2, "sender_type", "import.not_choice"),
        (2, "sent_at", "import.not_instant"),
        (3, "sent_at", "import.missing_cell"),
        (4, "message_id", "import.repeated_row"),
    ]


def test_a_repeated_message_names_the_first() -> None:
    assert told(read(GOOD + "m1,s2,buyer,,2026-10-01 10:00:00,x\n")) == [
        "chat_messages.csv:4:message_id: the row repeats row 2, found 'm1', expected each message_id once"
    ]
    twice = "store_id,date,visitors\nA,2026-10-01,1\nB,2026-10-01,1\nA,2026-10-01,2\n"
    assert told(read(twice, "traffic_daily.csv")) == [
        "traffic_daily.csv:4:store_id: the row repeats row 2, found 'A, 2026-10-01', expected each store_id + date once"
    ]


def test_a_negative_wait() -> None:
    refunds = "refund_id,order_id,applied_at,closed_at\nr1,o1,2026-10-02 09:00:00,2026-10-02 08:59:59\n"
    assert told(read(refunds, "refunds.csv")) == [
        (
            "refunds.csv:2:closed_at: the instant lies before applied_at, 2026-10-02 09:00:00, found "
            "'2026-10-02 08:59:59', expected 2026-10-02 09:00:00 or later"
        )
    ]
    assert read(refunds.replace("08:59:59", "09:00:00"), "refunds.csv").problems == []


def test_a_long_list_of_bad_cells_ends() -> None:
    found = read("order_id,quantity\n" + "".join(f"o{number},x\n" for number in range(MOST_LINES + 7)), "orders.csv")
    assert len(found.problems) == MOST_LINES + 1
    assert told(found)[-1] == (
        f"orders.csv:{MOST_LINES + 1}:quantity: 7 more cells of this column are bad, found '7', expected the same as "
        "in the lines above"
    )


# ── encodings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cells_of_another_encoding_are_told_one_by_one() -> None:
    lines = [GOOD.encode(), b"m3,s1,buyer,,2026-10-01 09:00:00," + "您好\n".encode("gb18030")]
    lines.append("m4,s1,buyer,,2026-10-01 09:00:00,再见\n".encode())
    assert told(read(b"".join(lines))) == [
        (
            r"chat_messages.csv:4:content: the cell is not UTF-8, as the rest of the file is, found "
            r"'\xc4\xfa\xba\xc3', expected one encoding in the whole file: UTF-8 or GB18030"
        )
    ]


def test_a_utf_8_cell_in_a_gb18030_file_is_told() -> None:
    data = GOOD.encode("gb18030") + "m3,s1,buyer,,2026-10-01 09:00:00,您好\n".encode()
    (problem,) = read(data).problems
    assert (problem.row, problem.column, problem.code) == (4, "content", "import.other_encoding")
    assert "not GB18030" in str(problem)


def test_bytes_that_are_no_text_and_utf_16() -> None:
    (problem,) = read(GOOD.encode() + b"m3,s\xff,buyer,,2026-10-01 09:00:00,x\n").problems
    assert (problem.row, problem.column, problem.code) == (4, "session_id", "import.other_encoding")
    assert codes(read(GOOD.encode("utf-16"))) == ["import.utf_16"]


# ── files and columns ────────────────────────────────────────────────────────────────────────────────────────────────


def test_unknown_columns_and_files_and_a_missing_key_are_noticed_only() -> None:
    found = read_raw({"orders.csv": b"buyer_id,colour\nb1,red\nb1,red\n", "notes.txt": b"x", "other.csv": b"x"})
    assert found.problems == []
    assert [(notice.file, notice.code) for notice in found.notices] == [
        ("notes.txt", "import.unknown_raw_file"),
        ("orders.csv", "import.unknown_column"),
        ("orders.csv", "import.key_not_there"),
        ("other.csv", "import.unknown_raw_file"),
    ]
    assert found.tables["orders"].rows() == [("b1",), ("b1",)]


def test_two_forms_of_a_table_are_refused() -> None:
    found = read_raw({"orders.csv": b"order_id\no1\n", "orders.parquet": parquet(order_id=["o1"])})
    assert told(found) == [
        (
            "orders.parquet:1:-: the same table is there twice, found 'orders.parquet', expected either orders.csv or "
            "orders.parquet"
        )
    ]
    assert found.tables == {}


def test_one_bad_file_withholds_all_tables() -> None:
    found = read_raw({"orders.csv": b"order_id\no1\n", "calls.csv": b"call_id,agent_id\nc1,\n"})
    assert codes(found) == ["import.missing_cell"]
    assert found.tables == {}


def test_a_roster_may_have_other_columns_and_a_column_no_heading() -> None:
    found = read_raw({"agents.csv": "工号,姓名,班组\nA1,张三,甲组\n".encode(), "orders.csv": b"order_id,\no1,\n"})
    assert [notice.code for notice in found.notices] == ["import.unheaded_column"]
    assert found.tables["agents"].rows() == [("A1", "甲组")]


def test_sources_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "原始 导出 [1]"
    folder.mkdir()
    (folder / "chat_messages.csv").write_text(GOOD, encoding="gb18030")
    (folder / "orders.csv").write_text("order_id\no1\n", encoding="utf-8")
    (folder / "calls.parquet").write_bytes(parquet(call_id=["c"], agent_id=["A"]))
    (folder / "reviews.csv").write_bytes(b"")
    found = read_raw({path.name: path for path in folder.iterdir()})
    assert told(found) == ["reviews.csv:1:-: the file is empty, found '0 bytes', expected " + TABLE_FILE]
    (folder / "reviews.csv").unlink()
    found = read_raw({path.name: path for path in folder.iterdir()})
    assert {name: frame.height for name, frame in found.tables.items()} == {"calls": 1, "chat_messages": 2, "orders": 1}


TABLE_FILE = "a CSV file (UTF-8 or GB18030) or an XLSX workbook"


# ── after reading ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_outside_are_counted_by_their_anchor() -> None:
    found = read_raw(
        {
            "chat_messages.csv": (
                MESSAGES
                + "m1,s1,buyer,,2026-09-30 23:59:59,\nm2,s1,buyer,,2026-10-01 00:00:00,\n"
                + "m3,s1,buyer,,2026-10-31 23:59:59,\nm4,s1,buyer,,2026-11-01 00:00:00,\n"
            ).encode(),
            # applied before but closed in October: it counts there; never paid: it has no day to be outside of
            "refunds.csv": b"refund_id,order_id,applied_at,closed_at\nr1,o1,2026-09-30 10:00:00,2026-10-01 10:00:00\n"
            b"r2,o1,2026-09-30 10:00:00,\n",
            "orders.csv": b"order_id,paid_at\no1,\no2,2026-11-01 00:00:00\n",
            "order_items.csv": b"order_id,sku\no1,x\n",
            "traffic_daily.csv": b"store_id,date\nA,2026-10-31\nA,2026-11-01\n",
            "agent_presence.csv": b"agent_id,state,from,to\nA,online,2026-09-30 22:00:00,2026-10-01 01:00:00\n"
            b"A,online,2026-09-30 20:00:00,2026-10-01 00:00:00\nA,online,2026-09-30 20:00:00,\n",
        }
    )
    assert told(found) == []
    assert outside(found.tables, Month(2026, 10).span) == {
        "agent_presence": 1,
        "chat_messages": 2,
        "order_items": 0,
        "orders": 1,
        "refunds": 1,
        "traffic_daily": 1,
    }


def test_unknown_agents_are_told_cell_by_cell() -> None:
    text = GOOD + "m3,s1,agent_human,CS9,2026-10-01 09:00:30,x\nm4,s1,agent_human,CS9,2026-10-01 09:00:31,x\n"
    found = read_raw(
        {
            "chat_messages.csv": (text + "m5,s1,bot,小蜜,2026-10-01 09:00:32,x\n").encode(),
            "session_transfers.csv": b"session_id,from_agent,to_agent,at\ns1,CS1,CS8,2026-10-01 09:00:00\n",
            "agents.csv": b"agent_no,team\nCS7,x\n",
        }
    )
    expected = "expected an agent_no of the company, or an account of agent_accounts.csv"
    assert [str(problem) for problem in unknown_agents(found, {"CS1"})] == [
        f"chat_messages.csv:4:agent_id: there is no such agent, found 'CS9', {expected}",
        f"chat_messages.csv:5:agent_id: there is no such agent, found 'CS9', {expected}",
        f"session_transfers.csv:2:to_agent: there is no such agent, found 'CS8', {expected}",
    ]
