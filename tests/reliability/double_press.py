"""Double press: many people press the same button at the same moment, on PostgreSQL.

    python -m tests.reliability.double_press                            200 trials of 2, 8 and 32 callers each
    python -m tests.reliability.double_press --trials 5 --callers 8     fewer (`make double-press` runs them all)

Whoever comes second gets what the first got, or a refusal that the API answers with 409; never anything else. What the
database says afterwards is what it says after one press. Prints a table; exit status 1 when something is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.kill import Engine, PostgresDatabases, set_up, stages
from tests.servers.process import memory

TRIALS, CALLERS = 200, (2, 8, 32)
AGENTS = 6
GOT, REFUSED, FAILED = "got it", "409", "failed"
HEADINGS = "button   callers trials  got it    409 failed wrong trials      s"


@dataclass(frozen=True, slots=True)
class Button:
    """Something that is pressed: from a state of the month, by a call that returns what whoever presses gets."""

    start: str
    press: Callable[[], object]


def buttons(known: Path, late: Path) -> dict[str, Button]:
    """Those that change what is paid, or say that it is."""
    from tests.reliability import acts

    return {
        "run": Button("posted", acts.press_run),
        "approve": Button("calculated", acts.press_approve),
        "publish": Button("approved", acts.press_pay),
        "import": Button("migrated", lambda: acts.press_import(known)),
        "upload": Button("loaded", lambda: acts.press_upload(late)),
        "export": Button("approved", acts.press_export),
    }


def pressed_at_once(press: Callable[[], object], callers: int) -> list[tuple[str, object]]:
    """What each caller got: ``GOT`` and a value, ``REFUSED`` and a code, ``FAILED`` and an error."""
    from django.db import connections

    from grading.kernel.errors import DomainError
    from payroll.api.errors import CONFLICT

    together, got = threading.Barrier(callers), list[tuple[str, object]]()

    def call() -> None:
        try:
            connections["default"].ensure_connection()
            together.wait()
            try:
                got.append((GOT, press()))
            except DomainError as refused:
                got.append((REFUSED if refused.code in CONFLICT else FAILED, refused.code))
        except Exception as error:  # noqa: BLE001  what a page would answer with 500
            got.append((FAILED, f"{type(error).__name__}: {error}"[:200]))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@dataclass(slots=True)
class Presses:
    """The trials of one button: what one press leaves behind is known, and so is what more of them do."""

    engine: Engine
    button: Button

    def trial(self, callers: int) -> tuple[Counter[str], list[str]]:
        """How many got it, were refused and failed; and everything that is wrong."""
        from tests.reliability.state import differences, state
        from tests.servers.databases import default_database

        with default_database(self.engine.kept.copy(self.button.start, "pressed")):
            got = pressed_at_once(self.button.press, callers)
            left = state()
        wrong = [f"failed: {value}" for kind, value in got if kind == FAILED]
        values = {value for kind, value in got if kind == GOT}
        if len(values) != 1:
            wrong.append(f"they got different things: {sorted(map(str, values))}")
        return Counter(kind for kind, _value in got), wrong + differences(left, self.once())

    def once(self) -> dict[str, list[str]]:
        """What the database says after one press."""
        from tests.reliability.state import state
        from tests.servers.databases import default_database

        name = f"pressed once: {self.button.start} {id(self.button)}"
        if name not in self.engine.expected:
            with default_database(self.engine.kept.copy(self.button.start, "pressed")):
                self.button.press()
                self.engine.expected[name] = state()
        return self.engine.expected[name]


def main() -> None:
    """Press, and print the table."""
    from tests.servers import postgres

    parser = argparse.ArgumentParser(description="many press at once")
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--callers", type=int, nargs="*", default=CALLERS)
    parser.add_argument("--only", help="one button")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, postgres.server() as server:
        set_up(Path(scratch))
        from tests.reliability.company import write_folders
        from tests.servers.databases import migrate

        known, late = write_folders(Path(scratch), AGENTS)
        engine = Engine("postgresql", PostgresDatabases(server), stages(known, late), Path(scratch))
        migrate(engine.kept.empty("migrated"))
        engine.prepare()
        print(HEADINGS)
        wrong: list[str] = []
        for name, button in buttons(known, late).items():
            if asked.only in (None, name):
                for callers in asked.callers:
                    wrong += _tried(name, Presses(engine, button), callers, asked.trials)
    print("\n".join(sorted(set(wrong))))
    sys.exit(bool(wrong))


def _tried(name: str, presses: Presses, callers: int, trials: int) -> list[str]:
    """All trials of a button with so many callers, and their line of the table."""
    kinds, wrong, began = Counter[str](), list[list[str]](), time.monotonic()
    for _trial in range(trials):
        got, told = presses.trial(callers)
        kinds += got
        wrong += [told] if told else []
    print(
        f"{name:<8} {callers:>7} {trials:>6} {kinds[GOT]:>7} {kinds[REFUSED]:>6} {kinds[FAILED]:>6} {len(wrong):>12} "
        f"{time.monotonic() - began:>6.1f}",
        flush=True,
    )
    return [f"{name} with {callers}: {each[:300]}" for told in wrong for each in told[:4]]


if __name__ == "__main__":
    main()
