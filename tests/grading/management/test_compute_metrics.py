"""``compute_metrics`` as HR's scripts call it: files in, JSON or a table out; no company, no database.

Most runs are calls within this process, without a database (pytest-django forbids one); some are real processes.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

ROOT = Path(__file__).resolve().parents[3]

# M-01: m1 waits 25 s, m2 15 s, m3 25 s, m4 lies outside the window, m5 waits 31 s; the bot answers nothing
M_01 = """message_id,session_id,sender_type,agent_id,sent_at,content
m1,s1,buyer,,2026-10-01 22:59:20,在吗
m2,s1,buyer,,2026-10-01 22:59:30,在吗
a1,s1,agent_human,A1,2026-10-01 22:59:45,在的
m3,s1,buyer,,2026-10-01 22:59:50,好
m4,s1,buyer,,2026-10-01 23:00:05,好
a2,s1,agent_human,A1,2026-10-01 23:00:15,亲
m5,s1,buyer,,2026-10-02 08:00:00,早
b1,s1,bot,,2026-10-02 08:00:01,早
a3,s1,agent_human,A1,2026-10-02 08:00:31,早
"""
SPAN = ("--platform", "pdd", "--from", "2026-10-01", "--to", "2026-10-02")


def folder_of(folder: Path, **files: str | bytes) -> Path:
    """A folder of exports, each ``table`` or ``table__ending``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        stem, _, ending = name.partition("__")
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{stem}.{ending or 'csv'}").write_bytes(data)
    return folder


def run(folder: Path, *arguments: str) -> tuple[dict[tuple[str, str], dict[str, Any]], str]:
    """The values by metric and subject, and what was told besides."""
    out, err = io.StringIO(), io.StringIO()
    with override("en"):
        call_command("compute_metrics", str(folder), *SPAN, *arguments, "--json", "-", stdout=out, stderr=err)
    return {(row["metric"], row["subject"]): row for row in json.loads(out.getvalue())}, err.getvalue()


def refused(folder: Path, *arguments: str) -> list[str]:
    """The lines of a run that ends with status 1."""
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("compute_metrics", str(folder), *SPAN, *arguments, stdout=io.StringIO(), stderr=err)
    assert ended.value.code == 1
    return err.getvalue().splitlines()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "原始 数据" / "raw", chat_messages=M_01)


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_examples_M_01_by_message_and_by_turn(raw: Path) -> None:  # noqa: N802
    values, told = run(raw)
    assert values["reply_rate_30s", "A1"] == {
        "metric": "reply_rate_30s",
        "by": "agent",
        "subject": "A1",
        "value": "0.75",
        "numerator": "3",
        "denominator": "4",
        "reason": None,
    }
    assert values["avg_human_response_sec", "A1"]["value"] == "24"  # (25 + 15 + 25 + 31) / 4
    assert told.splitlines()[0] == "chat_messages.csv: 9 rows, 0 outside 2026-10-01 to 2026-10-02"
    values, _ = run(raw, "--reading", "reply_rate_30s.level=turn", "--reading", "avg_human_response_sec.level=turn")
    assert values["reply_rate_30s", "A1"]["value"] == "0.6666666667"  # 2/3, half up at ten digits
    assert values["avg_human_response_sec", "A1"]["value"] == "27"  # (25 + 25 + 31) / 3


@pytest.mark.parametrize("form", ["parquet", "gb18030", "zone"])
def test_every_form_of_a_file_gives_the_same_values(tmp_path: Path, form: str) -> None:
    if form == "parquet":
        out = io.BytesIO()
        rows = pl.read_csv(M_01.encode(), try_parse_dates=True)
        rows.with_columns(pl.col("sent_at").dt.replace_time_zone("Asia/Shanghai")).write_parquet(out)
        raw = folder_of(tmp_path, chat_messages__parquet=out.getvalue())
    elif form == "gb18030":
        raw = folder_of(tmp_path, chat_messages=M_01.encode("gb18030"))
    else:
        lines = M_01.replace(" 22:", "T22:").replace("23:00:05", "23:00:05+08:00").replace("08:00:00,", "00:00:00Z,")
        raw = folder_of(tmp_path, chat_messages=lines)
    values, _ = run(raw)
    assert values["reply_rate_30s", "A1"]["value"] == "0.75"


def test_rows_outside_are_ignored_and_counted(raw: Path) -> None:
    later = "x1,s2,buyer,,2026-10-03 00:00:00,\nx2,s2,buyer,,2026-09-30 23:59:59,\n"
    (raw / "chat_messages.csv").write_text(M_01 + later, encoding="utf-8")
    values, told = run(raw)
    assert values["reply_rate_30s", "A1"]["denominator"] == "4"
    assert "chat_messages.csv: 11 rows, 2 outside 2026-10-01 to 2026-10-02" in told


def test_an_absent_file_or_column_disables_only_its_metrics(raw: Path) -> None:
    values, told = run(raw)
    assert values["dsr_score", "A1"]["value"] is None
    assert values["avg_order_value", "A1"]["reason"].startswith("missing: orders.")
    assert values["reply_rate_30s", "A1"]["reason"] is None
    (raw / "chat_messages.csv").write_text(M_01.replace("sent_at", "send_time"), encoding="utf-8")
    values, told = run(raw)
    assert "note: chat_messages.csv:1:send_time: the column is not known and was not read" in told
    assert {row["reason"] for (metric, _), row in values.items() if metric == "reply_rate_30s"} <= {
        "missing: chat_messages.sent_at"
    }


def test_nothing_below_the_line_is_not_applicable(raw: Path) -> None:
    (raw / "calls.csv").write_text("call_id,agent_id,started_at\nc1,A9,2026-10-01 10:00:00\n", encoding="utf-8")
    values, _ = run(raw)
    row = values["reply_rate_30s", "A9"]
    assert (row["value"], row["numerator"], row["denominator"], row["reason"]) == (None, None, None, "not_applicable")


def test_by_team_and_by_shop(raw: Path) -> None:
    folder_of(
        raw,
        agents="agent_no,name,team\nA1,张三,甲组\n",
        chat_sessions="session_id,store_id,buyer_id,started_at\ns1,S1,b1,2026-10-01 22:59:20\n",
    )
    teams, _ = run(raw, "--by", "team")
    assert (teams["reply_rate_30s", "甲组"]["by"], teams["reply_rate_30s", "甲组"]["value"]) == ("team", "0.75")
    shops, _ = run(raw, "--by", "shop")
    assert (shops["reply_rate_30s", "S1"]["by"], shops["reply_rate_30s", "S1"]["value"]) == ("shop", "0.75")


def test_a_company_folder_gives_readings_teams_and_accounts(tmp_path: Path) -> None:
    raw = folder_of(tmp_path / "公司" / "2026-10" / "raw", chat_messages=M_01.replace("A1", "小美"))
    company = folder_of(
        tmp_path / "公司",
        company__yaml="code: ten\nreadings: {reply_rate_30s.level: turn, qa.manager_as_evaluator: warn}\n",
        agents="agent_no,team\nA1,甲组\n",
        agent_accounts="platform,shop,account,agent_no,from,to\npdd,,小美,A1,2026-10-01,\n",
    )
    values, _ = run(raw)
    assert values["reply_rate_30s", "A1"]["value"] == "0.6666666667"
    values, _ = run(raw, "--reading", "reply_rate_30s=message")
    assert values["reply_rate_30s", "A1"]["value"] == "0.75"
    teams, _ = run(raw, "--by", "team")
    assert teams["reply_rate_30s", "甲组"]["value"] == "0.6666666667"
    (company / "company.yaml").write_text("readings: {reply_rate_30s.level: turns}\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"grading\.unknown_reading: 'reply_rate_30s\.level=turns'"):
        run(raw)


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_bad_files_are_told_cell_by_cell_and_nothing_is_written(raw: Path, tmp_path: Path) -> None:
    bad = "m1,s1,buyer,,2026-10-01 10:00:00,\nm6,s1,buyer,,yesterday,\n"
    (raw / "chat_messages.csv").write_text(M_01 + bad, encoding="utf-8")
    (raw / "refunds.csv").write_text(
        "refund_id,order_id,applied_at,closed_at\nr1,o1,2026-10-02 10:00:00,2026-10-01 10:00:00\n", encoding="utf-8"
    )
    (raw / "reviews.csv").write_bytes("review_id,rating\nr1,好评\n".encode() + "r2,好评\n".encode("gb18030"))
    kept = tmp_path / "values.json"
    kept.write_text("as before", encoding="utf-8")
    lines = refused(raw, "--json", str(kept))
    assert [line.partition(", found")[0] for line in lines] == [
        "chat_messages.csv:11:message_id: the row repeats row 2",
        "chat_messages.csv:12:sent_at: not an instant",
        "refunds.csv:2:closed_at: the instant lies before applied_at, 2026-10-02 10:00:00",
        "reviews.csv:3:rating: the cell is not UTF-8, as the rest of the file is",
        "4 problems; nothing was computed.",
    ]
    assert kept.read_text(encoding="utf-8") == "as before"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--by", "team"), "--by team needs to know the teams"),
        (("--reading", "reply_rate_30s.level=turns"), "grading.unknown_reading: 'reply_rate_30s.level=turns'"),
        (("--reading", "nothing.level=turn"), "grading.unknown_reading: 'nothing.level=turn'"),
        (("--from", "2026-10-03"), "--to 2026-10-02 lies before --from 2026-10-03"),
    ],
)
def test_what_cannot_be_asked(raw: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(raw, *arguments)
    assert str(refusal.value).startswith(message)


def test_a_folder_without_exports_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(CommandError, match="holds no export"):
        run(tmp_path)
    with pytest.raises(CommandError, match="is not a folder"):
        run(tmp_path / "nowhere")


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "name", "lacking"),
    [
        ("zh-hans", "30秒应答率", "客件数"),
        ("en", "30-second reply rate", "Items per buyer"),
    ],
)
def test_the_table_speaks_the_active_language(raw: Path, language: str, name: str, lacking: str) -> None:
    out = io.StringIO()
    with override(language):
        call_command("compute_metrics", str(raw), *SPAN, stdout=out)
    written = out.getvalue().splitlines()
    assert "A1" in written
    (row,) = [line for line in written if line.startswith(f"  {name} ")]
    assert row.split()[-4:] == ["75%", "3", "/", "4"]
    (lack,) = [line for line in written if lacking in line]
    assert "orders." in lack


# ── real processes ───────────────────────────────────────────────────────────────────────────────────────────────────


def process(raw: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command on a machine without a database."""
    environment = {"PATH": os.environ["PATH"], "JIXIN_VAR": str(home / "var"), "LANGUAGE_CODE": "en"}
    environment["DATABASE_URL"] = f"sqlite:///{home}/nowhere/none.sqlite3"
    return subprocess.run(
        [sys.executable, "manage.py", "compute_metrics", str(raw), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.processes
def test_processes_end_with_their_status(raw: Path, tmp_path: Path) -> None:
    raw.chmod(0o555)
    good = process(raw, tmp_path, *SPAN, "--json", str(tmp_path / "out.json"))
    assert good.returncode == 0, good.stderr.decode()
    rows = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [row["value"] for row in rows if row["metric"] == "reply_rate_30s"] == ["0.75"]
    assert b"chat_messages.csv: 9 rows, 0 outside" in good.stdout

    wrong = process(raw, tmp_path, "--platform", "jd", "--from", "2026-10-01", "--to", "2026-10-02")
    assert (wrong.returncode, b"--platform" in wrong.stderr) == (2, True)
    backwards = process(raw, tmp_path, "--platform", "pdd", "--from", "2026-10-02", "--to", "2026-10-01")
    assert backwards.returncode == 2

    raw.chmod(0o755)
    (raw / "chat_messages.csv").write_text(M_01 + "m1,s1,buyer,,x,\n", encoding="utf-8")
    bad = process(raw, tmp_path, *SPAN, "--json", str(tmp_path / "new.json"))
    assert bad.returncode == 1
    assert b"chat_messages.csv:11:message_id: the row repeats row 2, found 'm1'" in bad.stderr
    assert not (tmp_path / "new.json").exists()
    assert not (tmp_path / "nowhere").exists()
