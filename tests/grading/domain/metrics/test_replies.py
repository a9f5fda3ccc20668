"""Replies and reception: requirements §3.1 by their numbers, then the edges, all worked by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import polars as pl
import pytest

from grading.domain.metrics.definition import UnknownReading
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import events_of, value, values

JUNE = ("2024-06-01", "2024-06-30")

M_01 = """
session_id | sender_type | agent_id | sent_at
s1 | buyer       |   | 2024-06-01 22:59:20
s1 | buyer       |   | 2024-06-01 22:59:30
s1 | agent_human | A | 2024-06-01 22:59:45
s1 | buyer       |   | 2024-06-01 22:59:50
s1 | buyer       |   | 2024-06-01 23:00:05
s1 | agent_human | A | 2024-06-01 23:00:15
s1 | buyer       |   | 2024-06-02 08:00:00
s1 | bot         |   | 2024-06-02 08:00:01
s1 | agent_human | A | 2024-06-02 08:00:31
"""


def chats(buyers: list[tuple[str, str, int | None]], first: str = "2024-06-03 10:00:00") -> Events:
    """One session a row: a buyer of shop S asks on a day (added to ``first``) and waits so many seconds for agent A."""
    asked = [datetime.fromisoformat(first) + timedelta(days=int(day)) for _buyer, day, _wait in buyers]
    sessions = pl.DataFrame(
        {"session_id": [f"s{row}" for row in range(len(buyers))], "buyer_id": [buyer for buyer, _day, _wait in buyers]}
    ).with_columns(store_id=pl.lit("S"), agent_id=pl.lit("A"), is_risk=pl.lit(value=False))
    messages = pl.DataFrame(
        [(f"s{row}", "buyer", None, at) for row, at in enumerate(asked)]
        + [
            (f"s{row}", "agent_human", "A", at + timedelta(seconds=wait))
            for row, (at, (_buyer, _day, wait)) in enumerate(zip(asked, buyers, strict=True))
            if wait is not None
        ],
        schema={
            "session_id": pl.String(),
            "sender_type": pl.String(),
            "agent_id": pl.String(),
            "sent_at": pl.Datetime("us"),
        },
        orient="row",
    )
    return events_of(JUNE, chat_sessions=sessions, chat_messages=messages.with_columns(content_type=pl.lit("text")))


@pytest.mark.parametrize(
    ("metric", "reading", "expected"),
    [
        # m1 25 s, m2 15 s, m3 25 s, m4 is outside, m5 31 s: 3 of 4
        pytest.param("reply_rate_30s", {}, Fraction(3, 4), id="examples M_01 message"),
        # {m1, m2} 25 s, {m3, m4} 25 s, {m5} 31 s: 2 of 3
        pytest.param("reply_rate_30s", {"reply_rate_30s": "turn"}, Fraction(2, 3), id="examples M_01 turn"),
        # two turns answered in time over four messages
        pytest.param(
            "reply_rate_30s", {"reply_rate_30s.level": "agent_msgs"}, Fraction(2, 4), id="examples M_01 replies"
        ),
        # m1, m2, m3, m5: (25 + 15 + 25 + 31) / 4
        pytest.param("avg_human_response_sec", {}, Fraction(24), id="examples M_01 mean by message"),
        # three turns: (25 + 25 + 31) / 3
        pytest.param(
            "avg_human_response_sec", {"avg_human_response_sec.level": "turn"}, Fraction(27), id="examples M_01 by turn"
        ),
    ],
)
def test_m_01(metric: str, reading: dict[str, str], expected: Fraction) -> None:
    events = events_of(("2024-06-01", "2024-06-02"), chat_messages=M_01)
    assert value(events, metric, "A", readings=reading) == expected


def test_examples_m_02_effective_reply() -> None:
    """120 inquirers, 9 of whom got nothing: 111/120 = 37/40 = 92.5 %."""
    events = chats([(f"b{buyer}", "0", None if buyer < 9 else 60) for buyer in range(120)])
    assert value(events, "effective_reply_rate", "A") == Fraction(37, 40)
    assert value(events, "effective_reply_rate", "S", By.SHOP) == Fraction(37, 40)


@pytest.mark.parametrize("unit", ["buyer_day", "buyer"])
def test_examples_m_05_five_minutes(unit: str) -> None:
    """200 inquirers of one day, 14 of them unreplied or after 5 minutes: 186/200 = 93 %."""
    waits = [None] * 7 + [301] * 7 + [300] * 186
    events = chats([(f"b{buyer}", "0", wait) for buyer, wait in enumerate(waits)])
    assert value(events, "pdd_reply_rate_5min", "A", readings={"pdd_reply_rate_5min": unit}) == Fraction(93, 100)


M_07 = """
session_id | sender_type | agent_id | sent_at
c1 | buyer       |   | 2024-06-03 10:00:00
c1 | agent_human | A | 2024-06-03 10:00:30
c1 | buyer       |   | 2024-06-03 10:05:00
c1 | agent_human | A | 2024-06-03 10:07:50
c2 | buyer       |   | 2024-06-03 11:00:00
c2 | agent_human | A | 2024-06-03 11:00:20
c2 | buyer       |   | 2024-06-03 11:05:00
c2 | agent_human | A | 2024-06-03 11:08:01
c3 | buyer       |   | 2024-06-03 22:59:59
c3 | agent_human | A | 2024-06-03 23:02:59
c4 | buyer       |   | 2024-06-03 23:00:00
c5 | buyer       |   | 2024-06-03 07:59:59
"""


def test_examples_m_07_douyin() -> None:
    """Waits 30 and 170, 20 and 181, 180: two of three; c4 and c5 ask outside the window and do not count."""
    events = events_of(JUNE, chat_messages=M_07)
    assert value(events, "douyin_reply_rate_3min", "A") == Fraction(2, 3)


def test_examples_m_08_kuaishou() -> None:
    """X asks on 3 days, Z on one, all replied; Y is never replied to: 4 of 5 buyer-days, not 2 of 3 buyers."""
    events = chats([("X", "0", 60), ("X", "1", 60), ("X", "2", 180), ("Y", "1", None), ("Z", "2", 60)])
    assert value(events, "ks_reply_rate_3min", "A") == Fraction(4, 5)
    assert value(events, "ks_reply_rate_3min", "S", By.SHOP) == Fraction(4, 5)


def test_buyers_are_counted_once_when_the_unit_is_the_buyer() -> None:
    """X is in time on one day and late on another: days 2 of 3, buyers 1 of 2."""
    events = chats([("X", "0", 60), ("X", "1", 181), ("Z", "2", 60)])
    assert value(events, "pdd_reply_rate_3min", "A") == Fraction(2, 3)
    assert value(events, "pdd_reply_rate_3min", "A", readings={"pdd_reply_rate_3min": "buyer"}) == Fraction(1, 2)


def test_kuaishou_leaves_risky_sessions_out() -> None:
    events = chats([("X", "0", 60), ("Y", "0", None)])
    risky = events.tables["chat_sessions"].with_columns(is_risk=pl.col("buyer_id") == "Y")
    held = Events({**events.tables, "chat_sessions": risky}, events.span, events.platform)
    assert value(events, "ks_reply_rate_3min", "A") == Fraction(1, 2)
    assert value(held, "ks_reply_rate_3min", "A") == 1
    assert value(held, "pdd_reply_rate_3min", "A") == Fraction(1, 2)  # RQ-123 is Kuaishou's


EDGES = """
session_id | sender_type | agent_id | sent_at
e1 | buyer       |   | {at}
e1 | agent_human | A | 2024-06-04 12:00:00
"""


@pytest.mark.parametrize(
    ("metric", "at", "counts"),
    [
        pytest.param("reply_rate_30s", "2024-06-03 07:59:59", False, id="a second before PDD opens"),
        pytest.param("reply_rate_30s", "2024-06-03 08:00:00", True, id="PDD opens"),
        pytest.param("reply_rate_30s", "2024-06-03 22:59:59", True, id="the last second of PDD"),
        pytest.param("reply_rate_30s", "2024-06-03 23:00:00", False, id="PDD is closed"),
        pytest.param("douyin_reply_rate_3min", "2024-06-03 22:59:59", True, id="the last second of Douyin"),
        pytest.param("douyin_reply_rate_3min", "2024-06-03 23:00:00", False, id="Douyin is closed"),
        pytest.param("ks_reply_rate_3min", "2024-06-03 23:59:59", True, id="the last second of Kuaishou"),
        pytest.param("ks_reply_rate_3min", "2024-06-04 00:00:00", False, id="24:00 is the next day, before eight"),
        pytest.param("ks_reply_rate_3min", "2024-06-03 07:59:59", False, id="a second before Kuaishou opens"),
        pytest.param("reply_rate_30s", "2024-06-03 22:59:59.999999", True, id="the last microsecond of PDD"),
    ],
)
def test_window_edges(metric: str, at: str, counts: bool) -> None:
    """Every reply here is late: a message that counts makes 0, one that does not leaves nothing to count."""
    sessions = "session_id | store_id | buyer_id\ne1 | S | b1"
    events = events_of(JUNE, chat_messages=EDGES.format(at=at), chat_sessions=sessions)
    assert value(events, metric, "A") == (0 if counts else "not_applicable")


def test_a_late_reply_after_the_window_keeps_its_true_wait() -> None:
    """Asked at 22:59:00, answered at 08:10:00: 9 h 11 min = 33 060 s (A-21)."""
    messages = """
session_id | sender_type | agent_id | sent_at
s1 | buyer       |   | 2024-06-03 22:59:00
s1 | agent_human | A | 2024-06-04 08:10:00
"""
    events = events_of(JUNE, chat_messages=messages)
    assert value(events, "avg_human_response_sec", "A") == 33060


UNREPLIED = """
session_id | sender_type | agent_id | sent_at
s1 | buyer       |   | 2024-06-03 22:58:00
s1 | agent_human | A | 2024-06-03 22:58:20
s1 | buyer       |   | 2024-06-03 22:59:00
s1 | buyer       |   | 2024-06-03 22:59:30
"""


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param({}, Fraction(20), id="left out: the one that was replied to"),
        # 20, and until 23:00:00 60 and 30
        pytest.param({"avg_human_response_sec.unreplied": "window_end"}, Fraction(110, 3), id="until the window ends"),
        # the turns wait 20 and 60
        pytest.param(
            {"avg_human_response_sec.unreplied": "window_end", "avg_human_response_sec.level": "turn"},
            Fraction(40),
            id="until the window ends, by turn",
        ),
    ],
)
def test_unreplied_in_the_mean(reading: dict[str, str], expected: Fraction) -> None:
    assert value(events_of(JUNE, chat_messages=UNREPLIED), "avg_human_response_sec", "A", readings=reading) == expected


@pytest.mark.parametrize("metric", ["taobao_response_time_sec", "response_speed", "reply_duration"])
def test_mean_wait_all_day(metric: str) -> None:
    """M-01 with m4 at 23:00:05, 10 s: (25 + 15 + 25 + 10 + 31) / 5 = 21.2 s; by turn (25 + 25 + 31) / 3 = 27 s."""
    events = events_of(JUNE, chat_messages=M_01)
    assert value(events, metric, "A") == Fraction(106, 5)
    assert value(events, metric, "A", readings={metric: "turn"}) == 27


FIRST = """
session_id | sender_type | agent_id | sent_at
f1 | buyer       |   | 2024-06-03 10:00:00
f1 | agent_human | A | 2024-06-03 10:00:06
f1 | buyer       |   | 2024-06-03 10:01:00
f1 | agent_human | A | 2024-06-03 10:05:00
f2 | buyer       |   | 2024-06-03 10:00:00
f2 | agent_human | A | 2024-06-03 10:00:07
f3 | buyer       |   | 2024-06-03 10:00:00
f4 | buyer       |   | 2024-05-31 23:59:59
f4 | agent_human | A | 2024-06-01 00:00:00
f4 | buyer       |   | 2024-06-01 00:00:10
f4 | agent_human | A | 2024-06-01 00:00:11
f5 | buyer       |   | 2024-06-30 23:59:59
f5 | agent_human | A | 2024-07-01 00:00:04
f6 | agent_human | A | 2024-06-03 12:00:00
f6 | buyer       |   | 2024-06-03 12:00:10
f6 | agent_human | B | 2024-06-03 12:00:12
"""


def test_first_response() -> None:
    """A: f1 6 s, f2 7 s, f5 5 s (answered after the span): mean 6, 2 of 3. f3 is A's and has no reply, f4 began before.

    B answered the first message of f6 in 2 s, although A had spoken before. The shop: (6 + 7 + 5 + 2) / 4, 3 of 4.
    """
    sessions = "\n".join(("session_id | store_id | agent_id", *(f"f{row} | S | A" for row in range(1, 7))))
    events = events_of(JUNE, chat_messages=FIRST, chat_sessions=sessions)
    assert value(events, "first_response_sec", "A") == 6
    assert value(events, "first_response_6s_rate", "A") == Fraction(2, 3)
    assert value(events, "first_response_sec", "B") == 2
    assert value(events, "first_response_sec", "S", By.SHOP) == 5
    assert value(events, "first_response_6s_rate", "S", By.SHOP) == Fraction(3, 4)


RATIOS = """
session_id | sender_type | agent_id | sent_at
r1 | buyer       |   | 2024-06-03 10:00:00
r1 | buyer       |   | 2024-06-03 10:00:01
r1 | agent_human | A | 2024-06-03 10:00:10
r1 | agent_human | A | 2024-06-03 10:00:20
r1 | agent_human | B | 2024-06-03 10:00:30
r1 | buyer       |   | 2024-06-03 10:01:00
r2 | buyer       |   | 2024-06-03 11:00:00
r3 | buyer       |   | 2024-06-03 11:00:00
r3 | agent_human |   | 2024-06-03 11:00:05
"""
SESSIONS = """
session_id | store_id | buyer_id | agent_id
r1 | S | b1 | A
r2 | S | b2 | C
r3 | T | b3 |
"""


def test_whose_a_message_is() -> None:
    """A replied to two of r1; the third waits for B, the last who spoke; r2 waits for C, the session's agent.

    The reply in r3 has no number: it counts for shop T alone.
    """
    events = events_of(JUNE, chat_messages=RATIOS, chat_sessions=SESSIONS)
    found = values(events, "message_reply_rate")
    assert {subject: each.value for subject, each in found.items()} == {"A": 1, "B": 0, "C": 0}
    assert value(events, "message_reply_rate", "S", By.SHOP) == Fraction(2, 4)
    assert value(events, "message_reply_rate", "T", By.SHOP) == 1


def test_question_answer_ratio() -> None:
    """A wrote 2, and 2 messages are A's; B wrote 1 over 1; C wrote 0 over 1; S: 3 over 4; T: 1 over 1."""
    events = events_of(JUNE, chat_messages=RATIOS, chat_sessions=SESSIONS)
    assert {subject: each.value for subject, each in values(events, "qa_ratio").items()} == {"A": 1, "B": 1, "C": 0}
    assert value(events, "qa_ratio", "S", By.SHOP) == Fraction(3, 4)
    assert value(events, "qa_ratio", "T", By.SHOP) == 1


def test_a_team_has_what_its_members_have() -> None:
    """A and C are on one team: their 2 of 3 messages were replied to. B is on none; of D's team nobody did anything."""
    teams = "agent_no | team\nA | north\nC | north\nB |\nD | south"
    events = events_of(JUNE, chat_messages=RATIOS, chat_sessions=SESSIONS, agents=teams)
    assert value(events, "message_reply_rate", "north", By.TEAM) == Fraction(2, 3)
    assert "south" not in values(events, "message_reply_rate", By.TEAM)
    assert value(events, "qa_ratio", "north", By.TEAM) == Fraction(2, 3)


@pytest.mark.parametrize(
    ("moved_at", "agent"),
    [
        pytest.param("2024-06-03 10:00:59", "C", id="moved after the last word"),
        pytest.param("2024-06-03 10:01:00", "C", id="moved at the message's own instant"),
        pytest.param("2024-06-03 10:01:01", "B", id="moved after the message"),
        pytest.param("2024-06-03 10:00:30", "C", id="a transfer at the instant of the last word wins"),
        pytest.param("2024-06-03 10:00:29", "B", id="B spoke after the transfer"),
    ],
)
def test_unreplied_after_a_transfer(moved_at: str, agent: str) -> None:
    transfers = f"session_id | from_agent | to_agent | at\nr1 | B | C | {moved_at}"
    messages = "\n".join(line for line in RATIOS.splitlines() if not line.startswith(("r2", "r3")))
    sessions = "session_id | store_id | buyer_id | agent_id\nr1 | S | b1 | A\nr9 | S | b9 | C"
    events = events_of(JUNE, chat_messages=messages, chat_sessions=sessions, session_transfers=transfers)
    found = {subject: each.denominator for subject, each in values(events, "message_reply_rate").items()}
    assert {subject for subject in ("B", "C") if found[subject]} == {agent}


LEFT_OUT = """
session_id | sender_type | agent_id | sent_at | recalled
x1 | buyer       |   | 2024-06-03 10:00:00 |
x1 | bot         |   | 2024-06-03 10:00:01 |
x1 | auto        |   | 2024-06-03 10:00:02 |
x1 | system      |   | 2024-06-03 10:00:03 |
x1 | agent_human | A | 2024-06-03 10:00:05 | yes
x1 | agent_human | A | 2024-06-03 10:00:40 | no
x1 | buyer       |   | 2024-06-03 10:01:00 | yes
x2 | buyer       |   | 2024-06-03 10:00:00 | no
x2 | agent_human | A | 2024-06-03 10:00:01 | no
"""


def test_bots_recalled_messages_and_advertisers_are_not_there() -> None:
    """Left: one question answered after 40 s; x2 is an advertiser's."""
    sessions = "session_id | store_id | buyer_id | is_spam\nx1 | S | b1 | no\nx2 | S | b2 | yes"
    events = events_of(JUNE, chat_messages=LEFT_OUT, chat_sessions=sessions)
    assert value(events, "response_speed", "A") == 40
    assert value(events, "reply_rate_30s", "A") == 0
    assert value(events, "qa_ratio", "A") == 1
    assert value(events, "reception_count", "A") == 1


def test_at_one_instant_the_buyer_comes_first() -> None:
    """However the file has it: a reply in the question's own second took 0 s; two agents keep their order."""
    messages = """
session_id | sender_type | agent_id | sent_at
t1 | agent_human | B | 2024-06-03 10:00:00
t1 | agent_human | A | 2024-06-03 10:00:00
t1 | buyer       |   | 2024-06-03 10:00:00
"""
    events = events_of(JUNE, chat_messages=messages)
    assert value(events, "response_speed", "B") == 0
    assert value(events, "response_speed", "A") == "not_applicable"


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        pytest.param("2024-06-30 23:59:50", "2024-07-01 00:00:10", Fraction(20), id="answered after the span"),
        pytest.param("2024-06-14 23:59:50", "2024-06-15 00:00:10", Fraction(20), id="across midnight"),
        pytest.param("2024-05-31 23:59:50", "2024-06-01 00:00:10", "not_applicable", id="asked before the span"),
        pytest.param("2024-07-01 00:00:00", "2024-07-01 00:00:10", "not_applicable", id="asked after the span"),
    ],
)
def test_the_span_looks_at_the_question(asked: str, answered: str, expected: Fraction | str) -> None:
    messages = f"""
session_id | sender_type | agent_id | sent_at
s1 | buyer       |   | {asked}
s1 | agent_human | A | {answered}
s2 | agent_human | A | 2024-06-10 10:00:00
"""
    assert value(events_of(JUNE, chat_messages=messages), "response_speed", "A") == expected


EMOJI = """
session_id | sender_type | agent_id | sent_at | content_type
m1 | buyer       |   | 2024-06-03 10:00:00 | emoji
m1 | agent_human | A | 2024-06-03 10:00:05 | emoji
m2 | buyer       |   | 2024-06-03 11:00:00 |
m2 | auto        |   | 2024-06-03 11:00:01 | text
m3 | buyer       |   | 2024-06-03 12:00:00 |
m3 | agent_human | A | 2024-06-03 12:00:05 |
m4 | buyer       |   | 2024-06-03 13:00:00 |
m4 | agent_human | A | 2024-06-03 13:00:05 | image
m5 | buyer       |   | 2024-06-30 23:59:59 |
m5 | agent_human | A | 2024-07-01 00:00:05 | text
m6 | buyer       |   | 2024-06-05 13:00:00 |
m6 | agent_human | B | 2024-06-05 13:00:05 | text
"""


def test_an_effective_reply_is_more_than_emoji_and_within_the_span() -> None:
    """b1 got emoji, b2 an automatic reply, b5 words after the span; b3 words, b4 a picture.

    A: m1, m2 (the session's agent), m3, m4, m5: 2 of 5. B served b3 again in m6: 1 of 1. Shop: the customers b1 to b5,
    b3 and b4 answered: 2 of 5.
    """
    sessions = "session_id | store_id | buyer_id | agent_id\n" + "\n".join(
        f"m{row} | S | b{3 if row == 6 else row} | {'B' if row == 6 else 'A'}" for row in range(1, 7)
    )
    events = events_of(JUNE, chat_messages=EMOJI, chat_sessions=sessions)
    assert value(events, "effective_reply_rate", "A") == Fraction(2, 5)
    assert value(events, "effective_reply_rate", "B") == 1
    assert value(events, "effective_reply_rate", "S", By.SHOP) == Fraction(2, 5)


RECEPTION = """
session_id | sender_type | agent_id | sent_at
p1 | buyer       |   | 2024-06-03 10:00:00
p1 | agent_human | A | 2024-06-03 10:00:05
p1 | agent_human | B | 2024-06-03 10:00:06
p2 | buyer       |   | 2024-06-03 11:00:00
p2 | agent_human | A | 2024-06-03 11:00:05
p2 | agent_human | A | 2024-06-04 09:00:00
p3 | buyer       |   | 2024-06-04 11:00:00
p3 | agent_human | A | 2024-06-04 11:00:05
p4 | buyer       |   | 2024-06-05 11:00:00
p5 | agent_human | A | 2024-06-06 11:00:00
"""
RECEPTION_SESSIONS = """
session_id | store_id | buyer_id
p1 | S | b1
p2 | S | b1
p3 | T | b1
p4 | S | b2
p5 | S | b3
"""


def test_reception_is_counted_by_customer_and_day() -> None:
    """A: b1 at S on the 3rd (two sessions), b1 at S and b1 at T on the 4th, b3 on the 6th: 4 over 3 days; B: 1.

    The shop S: b1 on the 3rd and 4th, b3 on the 6th: 3. The team of both: 4, not 5, over the same 3 days.
    """
    teams = "agent_no | team\nA | north\nB | north"
    events = events_of(JUNE, chat_messages=RECEPTION, chat_sessions=RECEPTION_SESSIONS, agents=teams)
    assert value(events, "reception_count", "A") == 4
    assert value(events, "new_hire_reception", "A") == Fraction(4, 3)
    assert value(events, "reception_count", "B") == 1
    assert value(events, "reception_count", "S", By.SHOP) == 3
    assert value(events, "reception_count", "north", By.TEAM) == 4
    assert value(events, "new_hire_reception", "north", By.TEAM) == Fraction(4, 3)


def test_inquiry_volume_counts_customers_who_asked() -> None:
    """S: b1 and b2, whom nobody answered; b3 was written to and never asked. A: b1 at S and b1 at T. B: b1 at S."""
    events = events_of(JUNE, chat_messages=RECEPTION, chat_sessions=RECEPTION_SESSIONS)
    assert value(events, "wangwang_inquiry_volume", "S", By.SHOP) == 2
    assert value(events, "wangwang_inquiry_volume", "T", By.SHOP) == 1
    assert value(events, "wangwang_inquiry_volume", "A") == 2
    assert value(events, "wangwang_inquiry_volume", "B") == 1


QUEUE_SESSIONS = """
session_id | store_id | buyer_id | agent_id | transfer_requested_at | accepted_at
q1 | S | b1 | A | 2024-06-03 10:00:00 | 2024-06-03 10:00:10
q2 | S | b2 |   | 2024-06-03 22:59:59 | 2024-06-03 23:00:19
q3 | S | b3 | A | 2024-06-03 23:00:00 | 2024-06-03 23:10:00
q4 | S | b4 | A | 2024-06-03 10:00:00 |
q5 | S | b5 | A |                     | 2024-06-03 10:00:10
q6 | S | b6 | A | 2024-05-31 10:00:00 | 2024-05-31 10:10:00
q7 | S | b7 |   | 2024-06-03 12:00:00 | 2024-06-03 12:01:00
"""
QUEUE = """
session_id | sender_type | agent_id | sent_at
q1 | agent_human | B | 2024-06-03 10:00:20
q2 | agent_human | C | 2024-06-03 23:00:18
q2 | agent_human | B | 2024-06-03 23:00:19
q2 | agent_human | A | 2024-06-03 23:00:25
"""


def test_queue_wait() -> None:
    """q1 10 s of A; q2 20 s of B, the first who wrote once it was accepted; q7 60 s of nobody. S: 90 / 3."""
    events = events_of(JUNE, chat_messages=QUEUE, chat_sessions=QUEUE_SESSIONS)
    assert value(events, "queue_wait_sec", "A") == 10
    assert value(events, "queue_wait_sec", "B") == 20
    assert value(events, "queue_wait_sec", "C") == "not_applicable"
    assert value(events, "queue_wait_sec", "S", By.SHOP) == 30
    assert value(events_of(JUNE, chat_sessions=QUEUE_SESSIONS), "queue_wait_sec", "A") == 10  # sessions alone will do


OUTCOME_SESSIONS = """
session_id | store_id | agent_id | started_at | survey_pushed_at | resolved | is_spam
o1 | S | A | 2024-06-03 10:00:00 | 2024-06-03 10:30:00 | yes | no
o2 | S | A | 2024-06-03 11:00:00 |                     | no  |
o3 | S | A | 2024-06-30 23:59:59 | 2024-07-01 00:30:00 |     | no
o4 | S | A | 2024-05-31 23:59:59 | 2024-06-01 00:30:00 | yes | no
o5 | S | A | 2024-06-04 10:00:00 | 2024-06-04 10:30:00 | yes | yes
"""
OUTCOME = """
session_id | sender_type | agent_id | sent_at
o1 | buyer       |   | 2024-06-03 10:00:01
o1 | agent_human | A | 2024-06-03 10:00:02
o1 | agent_human | B | 2024-06-03 10:00:03
o1 | buyer       |   | 2024-06-03 10:00:04
"""


def test_surveys_and_resolution() -> None:
    """o1 is B's, who wrote last; o2 and o3 name A; o4 began before the span and o5 is an advertiser's.

    Pushed: B 1/1, A 1/2 (o3), S 2/3. Resolved: B 1/1, A 0/1 (o3 is not known), S 1/2.
    """
    events = events_of(JUNE, chat_messages=OUTCOME, chat_sessions=OUTCOME_SESSIONS)
    assert value(events, "survey_push_rate", "A") == Fraction(1, 2)
    assert value(events, "survey_push_rate", "B") == 1
    assert value(events, "survey_push_rate", "S", By.SHOP) == Fraction(2, 3)
    assert value(events, "resolution_rate", "A") == 0
    assert value(events, "resolution_rate", "B") == 1
    assert value(events, "resolution_rate", "S", By.SHOP) == Fraction(1, 2)


PRESENCE = """
agent_id | store_id | state | from | to
A | S | online  | 2024-06-01 07:00:00 | 2024-06-01 10:00:00
A | S | online  | 2024-06-01 09:00:00 | 2024-06-01 09:30:00
B | S | online  | 2024-06-01 09:30:00 | 2024-06-01 12:00:00
B | S | hang    | 2024-06-01 12:00:00 | 2024-06-01 20:00:00
C | T | online  | 2024-06-01 22:00:00 |
D | T | online  | 2024-05-30 00:00:00 | 2024-06-05 00:00:00
E | T | offline | 2024-06-01 08:00:00 | 2024-06-01 09:00:00
"""


@pytest.mark.parametrize(
    ("by", "subject", "expected"),
    [
        # two days of 15 h; the half hour within the longer presence adds nothing
        pytest.param(By.AGENT, "A", Fraction(2, 30), id="8 to 10"),
        pytest.param(By.AGENT, "B", Fraction(5, 60), id="9:30 to 12"),
        pytest.param(By.AGENT, "C", Fraction(16, 30), id="from 22 on: an hour, and all of the second day"),
        pytest.param(By.AGENT, "E", Fraction(0), id="never online"),
        pytest.param(By.SHOP, "S", Fraction(4, 30), id="8 to 12, one after the other"),
        pytest.param(By.SHOP, "T", Fraction(1), id="somebody is always there"),
        pytest.param(By.TEAM, "north", Fraction(4 + 1 + 15, 30), id="8 to 12, and from 22 on"),
    ],
)
def test_online_coverage(by: By, subject: str, expected: Fraction) -> None:
    teams = "agent_no | team\nA | north\nB | north\nC | north"
    events = events_of(("2024-06-01", "2024-06-02"), agent_presence=PRESENCE, agents=teams)
    assert value(events, "online_coverage", subject, by) == expected


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("reply_rate_30s", "missing: chat_messages.agent_id"),
        ("qa_ratio", "missing: chat_messages.agent_id"),
        ("effective_reply_rate", "missing: chat_messages.content_type"),
        ("pdd_reply_rate_5min", "missing: chat_messages.agent_id"),
        ("queue_wait_sec", "missing: chat_sessions.transfer_requested_at"),
        ("survey_push_rate", "missing: chat_sessions.started_at"),
        ("online_coverage", "missing: agent_presence.to"),
    ],
)
def test_a_missing_column_is_named(metric: str, reason: str) -> None:
    events = events_of(
        JUNE,
        chat_messages="session_id | sender_type | sent_at\ns1 | buyer | 2024-06-03 10:00:00",
        chat_sessions="session_id | store_id | buyer_id\ns1 | S | b1",
        agent_presence="agent_id | state | from\nA | online | 2024-06-03 10:00:00",
    )
    assert value(events, metric, "A") == reason


def test_by_shop_no_agent_is_needed() -> None:
    events = events_of(
        JUNE,
        chat_messages="session_id | sender_type | sent_at\ns1 | buyer | 2024-06-03 10:00:00",
        chat_sessions="session_id | store_id\ns1 | S",
    )
    assert value(events, "message_reply_rate", "S", By.SHOP) == 0
    assert value(events, "reception_count", "S", By.SHOP) == "missing: chat_sessions.buyer_id"


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("reply_rate_30s", "not_applicable"),
        ("avg_human_response_sec", "not_applicable"),
        ("first_response_sec", "not_applicable"),
        ("first_response_6s_rate", "not_applicable"),
        ("message_reply_rate", "not_applicable"),
        ("qa_ratio", "not_applicable"),
        ("effective_reply_rate", "not_applicable"),
        ("pdd_reply_rate_5min", "not_applicable"),
        ("pdd_reply_rate_3min", "not_applicable"),
        ("ks_reply_rate_3min", "not_applicable"),
        ("douyin_reply_rate_3min", "not_applicable"),
        ("new_hire_reception", "not_applicable"),
        ("reception_count", 0),
        ("wangwang_inquiry_volume", 0),
    ],
)
def test_an_agent_to_whom_nothing_happened(metric: str, expected: str | int) -> None:
    """B is known from a call, and took part in no chat."""
    events = events_of(JUNE, **chats([("X", "0", 60)]).tables, calls="agent_id | started_at\nB | 2024-06-03 10:00:00")
    assert value(events, metric, "B") == expected


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(UnknownReading, match="Options: message, turn"):
        value(chats([("X", "0", 60)]), "response_speed", "A", readings={"response_speed.level": "conversation"})
