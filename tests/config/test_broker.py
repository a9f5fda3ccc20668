"""The embedded broker: every message is taken once and whole, whoever else is writing or reading."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

import config.celery  # noqa: F401  names the transport
from config.broker import Channel


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with Connection("embedded://", transport_options={"directory": str(tmp_path / "broker")}) as connection:
        yield connection.default_channel


def take_all(channel: Channel) -> list[int]:
    taken = []
    while True:
        try:
            taken.append(channel._get("work")["number"])
        except Empty:
            return taken


def test_messages_come_out_in_order(channel: Channel) -> None:
    for number in range(20):
        channel._put("work", {"number": number, "text": "绩薪"})

    assert channel._size("work") == 20
    assert take_all(channel) == list(range(20))
    assert channel._size("work") == 0


def test_each_message_is_taken_once_by_many_readers_while_it_is_being_written(channel: Channel) -> None:
    def write(writer: int) -> list[int]:
        for number in range(100):
            channel._put("work", {"number": 100 * writer + number})
        return []

    def read(_: int) -> list[int]:
        return [number for _ in range(50) for number in take_all(channel)]

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write, writer) for writer in range(4)] + [pool.submit(read, 0) for _ in range(4)]
    taken = [number for job in jobs for number in job.result()] + take_all(channel)

    assert sorted(taken) == list(range(400))


def test_a_queue_name_cannot_leave_the_folder(channel: Channel) -> None:
    with pytest.raises(ChannelError):
        channel._put("../elsewhere", {})


def test_the_folder_is_private(channel: Channel, tmp_path: Path) -> None:
    channel._put("work", {})

    assert (tmp_path / "broker" / "work").stat().st_mode & 0o077 == 0
