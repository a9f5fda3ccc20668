"""Platform accounts become the agents who held them on the day of the row."""

from __future__ import annotations

import pytest

from grading.domain.metrics.definition import Platform
from grading.imports.raw import RawRead, read_raw

ACCOUNTS = """platform,shop,account,agent_no,from,to
pdd,S1,小美,A1,2026-10-01,2026-10-15
pdd,S1,小美,A2,2026-10-16,
pdd,S2,小美,A3,2026-10-01,
pdd,,夜班,A4,,2026-10-31
taobao,S1,小美,A5,2026-10-01,
"""
SESSIONS = "session_id,store_id,agent_id,started_at\ns1,S1,小美,2026-10-15 23:59:59\ns2,S2,小美,2026-10-16 00:00:00\n"


def read(platform: Platform | None = Platform.PDD, accounts: str = ACCOUNTS, **files: str) -> RawRead:
    given = {f"{name}.csv": text.encode() for name, text in files.items()}
    return read_raw({**given, "agent_accounts.csv": accounts.encode()}, platform)


def test_messages_follow_their_day_and_the_shop_of_their_session() -> None:
    messages = "message_id,session_id,sender_type,agent_id,sent_at\n" + "".join(
        f"m{place},{session},agent_human,{account},{instant}\n"
        for place, (session, account, instant) in enumerate(
            (
                ("s1", "小美", "2026-10-15 23:59:59"),  # the first holder's last second
                ("s1", "小美", "2026-10-16 00:00:00"),  # the next holder's first
                ("s2", "小美", "2026-10-16 00:00:00"),  # the same name in another shop
                ("s1", "小美", "2026-09-30 10:00:00"),  # nobody held it yet: it stays
                ("s1", "夜班", "2026-10-31 23:59:59"),  # any shop, from the beginning
                ("s1", "夜班", "2026-11-01 00:00:00"),  # given up
                ("s9", "小美", "2026-10-10 10:00:00"),  # a shop nobody knows: A1 or A3, so it stays
                ("s9", "夜班", "2026-10-10 10:00:00"),  # a shop nobody knows: only A4 can be meant
                ("s1", "A9", "2026-10-10 10:00:00"),  # an agent number
                ("s1", "", "2026-10-10 10:00:00"),
            )
        )
    )
    found = read(chat_messages=messages, chat_sessions=SESSIONS)
    assert found.problems == []
    assert found.tables["chat_messages"]["agent_id"].to_list() == [
        *("A1", "A2", "A3", "小美", "A4", "夜班", "小美", "A4", "A9", None)
    ]
    assert found.tables["chat_sessions"]["agent_id"].to_list() == ["A1", "A3"]
    assert "agent_accounts" not in found.tables


@pytest.mark.parametrize(
    ("platform", "agents"),
    [(Platform.PDD, ["A1", "A3"]), (Platform.TAOBAO, ["A5", "小美"]), (Platform.DOUYIN, ["小美", "小美"])],
)
def test_an_account_belongs_to_its_platform(platform: Platform, agents: list[str]) -> None:
    assert read(platform, chat_sessions=SESSIONS).tables["chat_sessions"]["agent_id"].to_list() == agents


def test_without_a_platform_an_account_that_could_be_two_agents_stays() -> None:
    assert read(None, chat_sessions=SESSIONS).tables["chat_sessions"]["agent_id"].to_list() == ["小美", "A3"]


def test_every_agent_column_is_replaced() -> None:
    found = read(
        chat_sessions=SESSIONS,
        session_transfers="session_id,from_agent,to_agent,at\ns1,小美,夜班,2026-10-02 10:00:00\n",
        orders="order_id,store_id\no1,S2\n",
        refunds="refund_id,order_id,applied_at,handler_agent_id\nr1,o1,2026-10-02 10:00:00,小美\n",
        buyer_history="buyer_id,store_id,developed_by\nb1,S2,小美\nb2,S1,小美\n",
        service_ratings="session_id,agent_id,sent_at,rated_at\ns1,小美,2026-10-15 10:00:00,2026-10-16 10:00:00\n"
        "s1,小美,2026-10-15 10:00:00,\n",
    )
    assert found.problems == []
    assert found.tables["session_transfers"].select("from_agent", "to_agent").row(0) == ("A1", "A4")
    assert found.tables["refunds"]["handler_agent_id"].to_list() == ["A3"]
    # a history has no day: in S2 only A3 ever held the account, in S1 two people did
    assert found.tables["buyer_history"]["developed_by"].to_list() == ["A3", "小美"]
    # an unanswered card counts on the day it was sent
    assert found.tables["service_ratings"]["agent_id"].to_list() == ["A2", "A1"]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (
            "pdd,S1,小美,A9,2026-10-15,2026-10-15",
            (
                "agent_accounts.csv:7:account: the account is already held by A1 on some of these days, in row 2, "
                "found '小美', expected one agent for an account on a day"
            ),
        ),
        (
            "pdd,,小美,A9,2027-01-01,",
            (
                "agent_accounts.csv:7:account: the account is already held by A2 on some of these days, in row 3, "
                "found '小美', expected one agent for an account on a day"
            ),
        ),
        (
            "pdd,S3,小美,A9,2026-10-02,2026-10-01",
            (
                "agent_accounts.csv:7:to: the end lies before the start, 2026-10-02, found '2026-10-01', expected "
                "2026-10-02 or later"
            ),
        ),
        (
            "jd,S3,小美,A9,,",
            "agent_accounts.csv:7:platform: not a known value, found 'jd', expected one of pdd, taobao",
        ),
        ("pdd,S3,,A9,,", "agent_accounts.csv:7:account: a required cell is empty, found nothing, expected a value"),
    ],
)
def test_bad_assignments(row: str, line: str) -> None:
    found = read(accounts=ACCOUNTS + row + "\n", chat_sessions=SESSIONS)
    assert [str(problem)[: len(line)] for problem in found.problems] == [line]
    assert found.tables == {}


def test_an_account_may_change_hands_the_next_day_and_be_another_persons_elsewhere() -> None:
    assert read(accounts=ACCOUNTS + "pdd,S3,小美,A9,,\n天猫,S2,小美,A9,,\n").problems == []
