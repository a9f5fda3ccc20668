"""``make oracle``: 8,500 drawn people over twelve months each, paid by the product and by the reference calculator.

Prints how many agent-months there were, who waited for what, and every difference; exit 1 on any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from multiprocessing import Pool
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.scenarios.pay_agreement import Told

AGENT_MONTHS = 100_000
MONTHS_EACH = 12
AT_A_TIME = 25
SHOWN = 100


def set_up() -> None:
    """Each worker's Django; no database is opened."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()


def compare(seeds: Sequence[int]) -> Told:
    from tests.scenarios.pay_agreement import compare_people

    return compare_people(seeds)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="the product's pay against the reference calculator's")
    parser.add_argument("--agent-months", type=int, default=AGENT_MONTHS, help="at least so many")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(arguments)
    set_up()
    from tests.scenarios.pay_agreement import Told

    told, people, started = Told(), 0, time.monotonic()
    with Pool(asked.workers, set_up) as pool:
        while told.months < asked.agent_months:
            missing = (asked.agent_months - told.months) // MONTHS_EACH + 1
            parts = [range(at, min(at + AT_A_TIME, missing)) for at in range(0, missing, AT_A_TIME)]
            seeds = [range(asked.first + people + part.start, asked.first + people + part.stop) for part in parts]
            for each in pool.imap_unordered(compare, seeds):
                told.add(each)
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{told.months:,} agent-months, {len(told.differences)} differences ")
            people += missing
    seconds = time.monotonic() - started
    out = sys.stdout
    out.write(f"{told.months:,} agent-months of {people:,} people, {told.corrections:,} corrections of them by a run\n")
    out.write(f"{told.lines:,} lines, each compared by code, kind, amount, month and place\n")
    out.write(f"{sum(told.parked.values()):,} parked:\n")
    out.writelines(f"  {code} {count:,}\n" for code, count in sorted(told.parked.items()))
    out.write(f"{len(told.differences)} differences, {seconds:.0f} seconds\n")
    out.writelines(f"  {each}\n" for each in told.differences[:SHOWN])
    return 1 if told.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
