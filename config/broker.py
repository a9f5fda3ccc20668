"""The embedded broker: a Celery transport that keeps each message as a file, one folder per queue.

For one machine, with nothing to install or start. Kombu's own file transport does the same, but shows a message while
it is still being written and moves it through the shared temporary directory; two workers starting together can read
an empty file and stop. Here a message appears and is taken by a rename, which is one indivisible step.

It is not a durable queue and need not be: a message taken by a worker that then dies is gone, and the sweeper
publishes it again from the rows in the database.
"""

import re
import time
import uuid
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

QUEUE_NAME = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
LEFTOVER_SECONDS = 3600  # a file still half-written or half-read after this long belongs to a dead process


class Channel(virtual.Channel):
    """Folders of files. Only direct delivery: embedded workers need neither broadcast nor remote control."""

    @cached_property
    def directory(self) -> Path:
        connection: Any = self.connection
        return Path(connection.client.transport_options["directory"])

    def _new_queue(self, queue: str, **_: Any) -> None:
        folder = self._folder(queue)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob(".*"):
            try:
                if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                    leftover.unlink()
            except FileNotFoundError:
                continue  # another process was tidying up too

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return self._folder(queue).is_dir()

    def _put(self, queue: str, message: Any, **_: Any) -> None:
        folder = self._folder(queue)
        if not folder.is_dir():
            self._new_queue(queue)
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"  # sorts by age
        unfinished = folder / f".{name}"
        unfinished.write_text(dumps(message), encoding="utf-8")
        unfinished.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for message in self._messages(queue):
            taken = message.with_name(f".taken-{message.name}")
            try:
                message.rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            content = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(content)
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._messages(queue))

    def _purge(self, queue: str) -> int:
        purged = 0
        for message in self._messages(queue):
            try:
                message.unlink()
            except FileNotFoundError:
                continue  # a worker took it
            purged += 1
        return purged

    def _delete(self, queue: str, *args: Any, **kwargs: Any) -> None:
        self._purge(queue)

    def _folder(self, queue: str) -> Path:
        if not QUEUE_NAME.match(queue):
            raise ChannelError(f"{queue!r} cannot name a queue of the embedded broker: use letters, digits and '_.-'.")
        return self.directory / queue

    def _messages(self, queue: str) -> Iterator[Path]:
        """Complete messages nobody has taken, oldest first."""
        try:
            files = sorted(self._folder(queue).iterdir())
        except FileNotFoundError:
            return
        yield from (file for file in files if not file.name.startswith("."))


class Transport(virtual.Transport):
    """`embedded://`, with the transport option `directory`."""

    Channel = Channel
    implements = virtual.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))
    default_port = 0
    driver_type = "embedded"
    driver_name = "embedded"
    _shared_state = virtual.BrokerState()  # bindings of this process; each declares its own before publishing

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self._shared_state

    def driver_version(self) -> str:
        return "1"
