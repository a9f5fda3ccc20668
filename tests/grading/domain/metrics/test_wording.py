"""Wording of messages: short replies and phrases, counted by hand; and the same as suggestions to QA."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl
import pytest

from grading.domain.chat_signals import Signal, signals
from grading.domain.metrics.definition import Platform
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By
from grading.domain.phrases import Phrases
from grading.rulebook import metric_definitions, phrases
from tests.grading.domain.metrics.tables import events_of, value

JUNE = ("2024-06-01", "2024-06-30")
SESSIONS = "session_id | store_id\nw1 | S\nw2 | T"


def said(*texts: str | None, content_type: str | None = "text") -> Events:
    """What A wrote at S, one message a minute, between two of the buyer's."""
    talk = [("buyer", None, "在吗"), *(("agent_human", "A", text) for text in texts), ("buyer", None, "好的")]
    rows = pl.DataFrame(talk, schema=["sender_type", "agent_id", "content"], orient="row").with_row_index("minute")
    rows = rows.with_columns(
        pl.col("agent_id", "content").cast(pl.String),
        session_id=pl.lit("w1"),
        content_type=pl.lit(content_type, pl.String),
        sent_at=pl.datetime(2024, 6, 3, 10, time_unit="us") + pl.duration(minutes="minute", time_unit="us"),
    )
    return events_of(JUNE, chat_messages=rows.drop("minute"), chat_sessions=SESSIONS)


def test_examples_m_21_short_replies() -> None:
    """10 replies, 6 of at most three characters: 6/10, as often as once in two: N2. Its third time is QA's own test."""
    texts = ("哦", "嗯。", "好的~", "在的呢", "OK!", "……", "马上到货", "明天会发货的", "请您稍等一下", "尺码偏大一码")
    assert value(said(*texts), "short_reply_ratio", "A") == Fraction(6, 10)
    assert signals(chat(*texts), Phrases()) == (Signal("N2", (1, 2, 3, 4, 5, 6)),)


@pytest.mark.parametrize(
    ("text", "is_short"),
    [
        pytest.param("好", True, id="one"),
        pytest.param("好的呢", True, id="three"),
        pytest.param("好的呢亲", False, id="four"),
        pytest.param(" 好 的 呢 ", True, id="white space is not counted"),
        pytest.param("好,的。呢!", True, id="nor is punctuation"),
        pytest.param("？！", True, id="punctuation alone"),
        pytest.param("好的呢~^", True, id="nor are symbols"),
        pytest.param("😊", True, id="a symbol alone"),
        pytest.param("ok", True, id="letters"),
        pytest.param("1234", False, id="digits"),
        pytest.param("\u3000好的\u3000", True, id="full-width space"),
    ],
)
def test_what_is_short(text: str, is_short: bool) -> None:
    assert value(said(text), "short_reply_ratio", "A") == int(is_short)
    assert bool(signals(chat(text), Phrases())) == is_short


def test_only_human_text_that_is_not_blank_is_read() -> None:
    """Of A's: a blank one, an empty one, and one of four characters: 0 short of 1."""
    assert value(said("  ", None, "", "马上到货"), "short_reply_ratio", "A") == 0
    assert value(said("好"), "short_reply_ratio", "A") == 1
    assert value(said("好", content_type=None), "short_reply_ratio", "A") == 1
    assert value(said("好", content_type="emoji"), "short_reply_ratio", "A") == "not_applicable"
    assert value(said("好", content_type="image"), "banned_phrase_hits", "A") == 0
    assert value(said(None), "short_reply_ratio", "A") == "not_applicable"


@pytest.mark.parametrize(
    ("metric", "texts", "hits"),
    [
        # 不知道 twice, 我不管 once, in two messages
        pytest.param("banned_phrase_hits", ("不知道,我不知道", "我不管"), 3, id="banned, every occurrence"),
        pytest.param("banned_phrase_hits", ("知道了", "不管怎样"), 0, id="nothing banned"),
        pytest.param("hedge_phrase_hits", ("大概可能好像", "应该是吧", "應該是吧", "应该是"), 5, id="hedges"),
        # qq, QQ and ｑｑ; qqq holds one, as occurrences of one phrase do not overlap
        pytest.param("forbidden_word_hits", ("加qq", "QQ", "ｑｑ", "qqq"), 4, id="either case and full width"),
        pytest.param(
            "forbidden_word_hits", ("支付宝,淘宝", "求求老板下个单", "秋秋企鹅"), 5, id="the list of question 14"
        ),
        pytest.param(
            "forbidden_word_hits", ("亲亲", "支付寶", "淘寶"), 2, id="亲亲 is allowed; traditional characters"
        ),
        pytest.param("early_closing_hits", ("再见", "祝您生活愉快,再见"), 2, id="messages, not phrases"),
    ],
)
def test_hits(metric: str, texts: tuple[str, ...], hits: int) -> None:
    events = said(*texts)
    assert value(events, metric, "A") == hits
    assert value(events, metric, "S", By.SHOP) == hits
    assert value(events, metric, "T", By.SHOP) == 0


CLOSING = """
session_id | sender_type | agent_id | sent_at | content | content_type | recalled
w1 | buyer       |   | 2024-06-03 10:00:00 | 在吗 | text |
w1 | agent_human | A | 2024-06-03 10:01:00 | 再见 | text |
w1 | buyer       |   | 2024-06-03 10:02:00 | 还有 | text |
w1 | agent_human | B | 2024-06-03 10:02:00 | 再见 | text |
w2 | buyer       |   | 2024-06-30 23:58:00 | 在吗 | text |
w2 | agent_human | B | 2024-06-30 23:59:00 | 再见 | text |
w2 | agent_human | B | 2024-06-30 23:59:10 | 再见 | text | yes
w2 | bot         |   | 2024-06-30 23:59:20 | 再见 | text |
w2 | buyer       |   | 2024-07-01 00:00:01 |      | image |
w2 | agent_human | B | 2024-07-01 00:00:02 | 再见 | text |
"""


def test_early_closing() -> None:
    """A's is early. B's first is of the instant of the buyer's last message, which stands before it: not early.

    B's second is early, though the buyer came back after the span; recalled, a bot's and after the span: not counted.
    """
    teams = "agent_no | team\nA | north\nB | north"
    events = events_of(JUNE, chat_messages=CLOSING, chat_sessions=SESSIONS, agents=teams)
    assert value(events, "early_closing_hits", "A") == 1
    assert value(events, "early_closing_hits", "B") == 1
    assert value(events, "early_closing_hits", "S", By.SHOP) == 1
    assert value(events, "early_closing_hits", "T", By.SHOP) == 1
    assert value(events, "early_closing_hits", "north", By.TEAM) == 2
    assert value(events, "short_reply_ratio", "north", By.TEAM) == 1


def test_missing_content_is_named() -> None:
    events = events_of(
        JUNE, chat_messages="session_id | sender_type | agent_id | sent_at\nw1 | buyer | A | 2024-06-03 10:00:00"
    )
    for metric in ("short_reply_ratio", "banned_phrase_hits", "early_closing_hits"):
        assert value(events, metric, "A") == "missing: chat_messages.content"


def test_the_phrases_that_ship() -> None:
    assert phrases(None).banned == ("不知道", "我不管")  # 001 L53
    assert {"大概", "好像", "可能", "应该是吧"} <= set(phrases(None).hedges)  # 001 L59
    question_14 = {"秋秋", "求求老板下个单", "企鹅", "qq", "支付宝", "淘宝"}  # 000 L58
    assert question_14 <= set(phrases(Platform.PDD).forbidden)
    assert "亲亲" not in phrases(Platform.PDD).forbidden
    assert phrases(Platform.TAOBAO).forbidden == ()
    shipped = {name: metric_definitions()[name].phrases for name in ("banned_phrase_hits", "forbidden_word_hits")}
    assert shipped == {
        "banned_phrase_hits": phrases(None).banned,
        "forbidden_word_hits": phrases(Platform.PDD).forbidden,
    }


@dataclass(frozen=True)
class Line:
    sender: str
    content: str
    content_type: str = "text"


def chat(*texts: str) -> list[Line]:
    """The agent's texts between two of the buyer's."""
    return [Line("buyer", "在吗"), *(Line("agent_human", text) for text in texts), Line("buyer", "好的")]


LONG = "请您稍等一下"
WORDS = Phrases(banned=("不知道",), hedges=("大概", "可能"), closing=("再见",), forbidden=("qq",))


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        pytest.param(chat(LONG), (), id="nothing"),
        pytest.param(chat("这个我不知道", LONG, "不知道的呢"), (Signal("N1", (1, 3), "不知道"),), id="N1"),
        pytest.param(chat("加我QQ好友吧"), (Signal("N1", (1,), "qq"),), id="N1 the platform's words"),
        pytest.param(chat("好", LONG), (Signal("N2", (1,)),), id="N2 once in two"),
        pytest.param(chat("好", LONG, LONG), (), id="N2 once in three is not frequent"),
        pytest.param(
            chat("大概三天,可能四天"),
            (Signal("N4", (1,), "大概"), Signal("N4", (1,), "可能")),
            id="N4 phrase by phrase",
        ),
        pytest.param(chat("感谢,再见啦"), (Signal("N6", (1,), "再见"),), id="N6 the buyer wrote again"),
        pytest.param([Line("buyer", "在吗"), Line("agent_human", "感谢,再见啦")], (), id="N6 it was the end"),
        pytest.param([Line("agent_human", "感谢,再见啦")], (), id="N6 nobody asked"),
        pytest.param([Line("buyer", "在吗")], (Signal("F2", ()),), id="F2 no answer"),
        pytest.param(
            [Line("buyer", "在吗"), Line("agent_human", "😊", "emoji"), Line("bot", "您好")],
            (Signal("F2", (1,)),),
            id="F2 emoji and a bot are no answer",
        ),
        pytest.param(
            [Line("buyer", "在吗"), Line("agent_human", "😊", "emoji"), Line("agent_human", LONG, "")],
            (),
            id="F2 some text in the whole conversation is enough (A-54)",
        ),
        pytest.param([Line("agent_human", "😊", "emoji")], (), id="F2 nobody asked"),
        pytest.param([Line("bot", "不知道"), Line("buyer", "不知道"), Line("agent_human", LONG)], (), id="humans only"),
        pytest.param([], (), id="no messages"),
    ],
)
def test_signals(messages: list[Line], found: tuple[Signal, ...]) -> None:
    assert signals(messages, WORDS) == found
