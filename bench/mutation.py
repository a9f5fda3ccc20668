"""Would the tests notice? Each function of the calculations is written wrongly in one place, and its tests are run.

Run with `make mutation`, or `make mutation ONLY="payroll/domain/gate.py grading/kernel"`. Results are kept in
``var/mutation``, so a run that was stopped goes on where it was. A mutant that was noticed stays noticed until its
function changes; one that was not is tried again as soon as any test changes. docs/mutation.md says what came out.

How it goes. One process collects the tests and touches nothing else. A child of it runs them once and writes down
which test calls which function. Then every mutant gets a child of its own: the function's code is exchanged in it,
the tests that call the function run, the shortest first, until one fails. Nothing is ever written to a source file.
Only tests without a database are asked.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.mutants import Mutant, Source

ROOT = Path(__file__).resolve().parent.parent
MUTATED = ("grading/kernel", "grading/domain", "payroll/domain")
TESTS = (
    "tests/grading/kernel",
    "tests/grading/domain",
    "tests/payroll/domain",
    "tests/payroll/test_capital_amount.py",
    "tests/rules",
    "tests/docs/test_algorithm_tables.py",
)
# With a mutant a test may take this many times as long as without, and some seconds more, of processor time.
PATIENCE, GRACE_S = 5, 5
MEMORY = 4 << 30
# What importing Polars starts. Its pool of workers, which a fork would lose, starts with the first computation.
IDLE_THREADS = {"jemalloc_bg_thd", "polars-ooc-clea"}
NOTICED, UNNOTICED, ENDLESS, UNCALLED = "noticed", "unnoticed", "endless", "uncalled"


def main() -> int:
    """Read what is asked for, run it, print the score of each module and what was not noticed."""
    asked = argparse.ArgumentParser(description="Mutation testing of the calculations.")
    asked.add_argument("only", nargs="*", default=MUTATED, help="modules or folders (all, when left out)")
    asked.add_argument("--sample", type=int, help="at most so many mutants of each module, by a fixed draw")
    asked.add_argument("--report", action="store_true", help="run nothing: print the results that are kept")
    options = asked.parse_args()
    # One random log: each takes seconds, and every mutant that nothing else notices goes through them all.
    os.environ.setdefault("JIXIN_SEEDS", "1")
    os.environ["POLARS_MAX_THREADS"] = "1"
    kept = Kept(Path(os.environ.get("JIXIN_VAR", "var")) / "mutation" / "results.jsonl")
    wanted = _wanted(options.only, options.sample)
    if not options.report:
        _repeatable_examples()
        runner = Runner(wanted, kept)
        if status := pytest.main(["-q", "-s", "-x", "-p", "no:cacheprovider", "--assert=plain", *TESTS], [runner]):
            return int(status)
    _print(wanted, kept)
    return 0


def _wanted(only: Iterable[str], sample: int | None) -> dict[str, tuple[Source, list[Mutant]]]:
    """Sources and mutants by path; with a sample, the same draw each time."""
    wanted = {}
    for place in only:
        path = ROOT / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            name = module.relative_to(ROOT).as_posix()
            source = Source(module.read_text(encoding="utf-8"), name)
            mutants = source.mutants()
            if sample and len(mutants) > sample:
                chosen = sorted(random.Random(name).sample(range(len(mutants)), sample))
                mutants = [mutants[place] for place in chosen]
            wanted[name] = (source, mutants)
    return wanted


def _repeatable_examples() -> None:
    """Generated examples are the same for every mutant, are not kept, and a failing one is not made smaller."""
    settings.register_profile(
        "mutation",
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")


class Kept:
    """Results as lines of a file, the last for a mutant counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results: dict[str, dict[str, str]] = {}
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            self.results = {line["key"]: line for line in map(json.loads, lines)}

    def add(self, key: str, state: str, by: str, tests: str) -> None:
        self.results[key] = {"key": key, "state": state, "by": by, "tests": tests}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(self.results[key]) + "\n")

    def holds(self, key: str, tests: str) -> bool:
        """Whether a mutant need not be tried again while the tests are what ``tests`` says."""
        held = self.results.get(key)
        return held is not None and (held["state"] in (NOTICED, ENDLESS) or held["tests"] == tests)


@dataclass
class Calls:
    """Which tests call a function, and how long each test takes, in seconds."""

    tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, test: str, seconds: float, functions: Iterable[str]) -> None:
        self.seconds[test] = seconds
        for function in functions:
            self.tests[function].add(test)

    def of(self, function: str) -> list[str]:
        return sorted(self.tests.get(function, ()), key=lambda test: self.seconds[test])


class Runner:
    """The pytest plugin that runs mutants where tests would run."""

    def __init__(self, wanted: dict[str, tuple[Source, list[Mutant]]], kept: Kept) -> None:
        self.wanted = wanted
        self.kept = kept
        self.failed = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tests with a database stay out: their connections do not bear to be forked."""
        items[:] = [item for item in items if not {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        tests = _fingerprint(TESTS)
        live = _live_functions()
        todo = [
            (path, source, mutant)
            for path, (source, mutants) in self.wanted.items()
            for mutant in mutants
            if not self.kept.holds(mutant.key, tests)
        ]
        if not todo:
            return True
        gc.freeze()
        calls = self._calls(items)
        _say(f"{len(items)} tests call {len(calls.tests)} functions in {sum(calls.seconds.values()):.0f} s")
        _say(f"{len(todo)} mutants to try")
        noticed_by: dict[str, list[str]] = defaultdict(list)
        for place, (path, source, mutant) in enumerate(todo, start=1):
            function = f"{path}:{mutant.function}"
            asked = calls.of(function)
            asked = [*noticed_by[function], *(test for test in asked if test not in noticed_by[function])]
            changes = [(held, code) for code in source.codes(mutant) for held in live[_place(path, code)]]
            if not asked or not changes:
                self.kept.add(mutant.key, UNCALLED, "", tests)
                continue
            state, by = self._try(changes, [(items[test], calls.seconds[test]) for test in asked])
            if by and by not in noticed_by[function]:
                noticed_by[function].insert(0, by)
            self.kept.add(mutant.key, state, by, tests)
            if state != NOTICED or place % 100 == 0:
                _say(f"{place}/{len(todo)} {state} {path}:{mutant.line} {mutant.before} → {mutant.after}")
        return True

    def _calls(self, items: dict[str, pytest.Item]) -> Calls:
        """Which test calls which function. Tests that changed since it was last seen, or all if a module did, run once,
        in a child, which writes down each as it goes.
        """
        path = self.kept.path.with_name("calls.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        shared = _fingerprint([*MUTATED, *map(str, ROOT.glob("tests/**/conftest.py"))])
        files = {name: _fingerprint([name]) for name in {test.partition("::")[0] for test in items}}
        texts = {test: f"{shared}-{files[test.partition('::')[0]]}" for test in items}

        def read() -> Calls:
            calls = Calls()
            for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
                seen = json.loads(line)
                if texts.get(seen["test"]) == seen["text"]:
                    calls.add(seen["test"], seen["seconds"], seen["calls"])
            return calls

        known = read().seconds

        def run(tell: Callable[[str], None]) -> None:
            watch = Watch()
            with path.open("a", encoding="utf-8") as file:
                for test in (test for test in items if test not in known):
                    seconds, called = watch.test(items[test])
                    if self.failed:
                        tell(f"{test} fails without any mutant")
                        raise SystemExit(1)
                    seen = {"test": test, "text": texts[test], "seconds": seconds, "calls": sorted(called)}
                    file.write(json.dumps(seen) + "\n")
                    file.flush()

        status, told = _in_child(run)
        if status != 0:
            raise pytest.UsageError(told or "the tests cannot be watched")
        return read()

    def _try(
        self, changes: list[tuple[FunctionType, CodeType]], asked: list[tuple[pytest.Item, float]]
    ) -> tuple[str, str]:
        """Whether a test fails with these codes in the functions' place, and which."""

        def run(tell: Callable[[str], None]) -> None:
            for function, code in changes:
                function.__code__ = code
            following = [*(item for item, _seconds in asked[1:]), None]
            for (item, seconds), after in zip(asked, following, strict=True):
                signal.setitimer(signal.ITIMER_PROF, GRACE_S + PATIENCE * seconds)
                item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
                if self.failed:
                    tell(item.nodeid)
                    return

        status, told = _in_child(run)
        if status < 0:
            return ENDLESS, ""
        return (NOTICED, told) if told or status else (UNNOTICED, "")


class Watch:
    """Which of our functions a test calls. Caches are emptied before each, so that a test never leans on another."""

    def __init__(self) -> None:
        self._caches = [held for held in gc.get_objects() if isinstance(held, _lru_cache_wrapper)]
        self._names: dict[CodeType, str | None] = {}
        self._called: set[CodeType] = set()

    def test(self, item: pytest.Item) -> tuple[float, set[str]]:
        """The seconds a test takes and the functions it calls."""
        for cache in self._caches:
            cache.cache_clear()
        started = time.process_time()
        self._called.clear()
        sys.setprofile(self._note)
        try:
            # No next item: fixtures of the module are made again, and what they call counts for each of its tests.
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        finally:
            sys.setprofile(None)
        seconds = time.process_time() - started
        return seconds, {name for code in self._called if (name := self._name(code))}

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self._called.add(frame.f_code)

    def _name(self, code: CodeType) -> str | None:
        if code not in self._names:
            self._names[code] = _function_name(code)
        return self._names[code]


def _function_name(code: CodeType) -> str | None:
    """``path:function`` of code that stands in our files; what is inside a function counts as the function."""
    path = code.co_filename.removeprefix(f"{ROOT}/")
    if not path.startswith(MUTATED):
        return None
    return f"{path}:{code.co_qualname.partition('.<locals>')[0]}"


def _live_functions() -> dict[str, list[FunctionType]]:
    """The functions of our files as they live in this process, by place: decorated ones and properties too, and what
    was made by a function while modules were imported.
    """
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for held in gc.get_objects():
        if isinstance(held, FunctionType) and _function_name(held.__code__):
            found[_place(held.__code__.co_filename.removeprefix(f"{ROOT}/"), held.__code__)].append(held)
    return found


def _place(path: str, code: CodeType) -> str:
    return f"{path}:{code.co_firstlineno}:{code.co_qualname}:{len(code.co_freevars)}"


def _in_child(run: Callable[[Callable[[str], None]], None]) -> tuple[int, str]:
    """Run in a fork and hear what it tells. Below zero: it was ended, because it took too long or too much."""
    working = {task.joinpath("comm").read_text().strip() for task in Path("/proc/self/task").iterdir()} - IDLE_THREADS
    if len(working) > 1:
        raise RuntimeError(f"threads were started while tests were collected, a fork would not have them: {working}")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _alone(run, writing)
    os.close(writing)
    with open(reading, encoding="utf-8") as told:  # noqa: PTH123 - a pipe has no path
        text = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def _alone(run: Callable[[Callable[[str], None]], None], writing: int) -> None:
    """The child's whole life: quiet, short of memory, and gone without cleaning up."""
    status = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        run(lambda text: _write(writing, text))
        status = 0
    finally:
        os._exit(status)


def _write(pipe: int, text: str) -> None:
    left = text.encode()
    while left:
        left = left[os.write(pipe, left) :]


def _fingerprint(places: Iterable[str]) -> str:
    """Of the text of every module there."""
    seen = hashlib.sha256()
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def _print(wanted: dict[str, tuple[Source, list[Mutant]]], kept: Kept) -> None:
    """A table of scores for docs/mutation.md, and each mutant that no test noticed."""
    print("\n| module | mutants | noticed | not noticed | never called | score |\n|---|---|---|---|---|---|")
    total: dict[str, int] = defaultdict(int)
    for path, (_source, mutants) in wanted.items():
        count: dict[str, int] = defaultdict(int)
        for mutant in mutants:
            if held := kept.results.get(mutant.key):
                count[held["state"]] += 1
                total[held["state"]] += 1
        if count:
            print(_row(path, count))
    print(_row("together", total))
    for path, (_source, mutants) in wanted.items():
        for mutant in mutants:
            held = kept.results.get(mutant.key)
            if held and held["state"] in (UNNOTICED, UNCALLED):
                print(f"{held['state']} {path}:{mutant.line} {mutant.function}: {mutant.before} → {mutant.after}")


def _row(name: str, count: dict[str, int]) -> str:
    noticed = count[NOTICED] + count[ENDLESS]
    tried = noticed + count[UNNOTICED] + count[UNCALLED]
    score = f"{100 * noticed / tried:.1f} %" if tried else "—"
    return f"| {name} | {tried} | {noticed} | {count[UNNOTICED]} | {count[UNCALLED]} | {score} |"


def _say(text: str) -> None:
    print(text[:200], flush=True)


if __name__ == "__main__":
    sys.exit(main())
