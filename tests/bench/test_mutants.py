"""What `make mutation` writes wrongly: one place at a time, in functions only, and always something that compiles."""

from __future__ import annotations

import pytest

from bench.mutants import Mutant, Source


def mutants(text: str) -> list[Mutant]:
    return Source(text, "module.py").mutants()


@pytest.mark.parametrize(
    ("statement", "written"),
    [
        ("return a < 1", ["return None", "a <= 1", "a >= 1", "2"]),
        ("return a <= b", ["return None", "a < b", "a > b"]),
        ("return 0 < a <= b", ["return None", "0 <= a <= b", "0 >= a <= b", "0 < a < b", "0 < a > b", "1"]),
        ("return a == b", ["return None", "a != b"]),
        ("return a is not None", ["return None", "a is None"]),
        ("return a in b", ["return None", "a not in b"]),
        ("return a + b", ["return None", "a - b"]),
        ("return a // b", ["return None", "a / b"]),
        ("return a % b", ["return None", "a // b"]),
        ("return -a", ["return None", "a"]),
        ("return not a", ["return None", "a"]),
        ("return a and b", ["return None", "a or b"]),
        ("return a if c else b", ["return None", "a", "b"]),
        ("return True", ["return None", "False"]),
        ("return 'word'", ["return None", "'XXwordXX'"]),
        ("return '30'", ["return None", "'31'"]),
        ("return max(a, b)", ["return None", "min(a, b)", "max(None, b)", "max(a, None)"]),
        ("return f(a, by=b)", ["return None", "f(None, by=b)", "f(a)"]),
        ("return sorted(a, key=b)", ["return None", "list(a)", "sorted(None, key=b)", "sorted(a)"]),
        ("return [x for x in a if x]", ["return None", "[x for x in a]"]),
        ("return {x: x for x in a if x}", ["return None", "{x: x for x in a}"]),
        ("a = b", ["a = None"]),
        ("a = None", ["a = ''"]),
        ("a += b", ["a -= b", "a = b"]),
        ("a |= b", ["a &= b", "a = b"]),
        ("f()", ["pass"]),
        ("raise ValueError", ["pass"]),
        ("while a: break", ["while False:", "continue"]),
        ("for x in a: continue", ["break"]),
        ("if a: return", ["if True:", "if False:"]),
    ],
)
def test_what_is_written_in_the_place_of_a_statement(statement: str, written: list[str]) -> None:
    assert [mutant.after for mutant in mutants(f"def f(a, b, c):\n    {statement}\n")] == written


@pytest.mark.parametrize(
    "text",
    [
        "LIMIT = 1 + 2\n",
        "class C:\n    size = 3\n",
        "def f(a: int = 1) -> 'C':\n    '''One.'''\n",
        "@decorated(1)\ndef f():\n    '''One.'''\n",
        "def f(a):\n    assert a is not None\n",
        "def f(a):\n    return\n",
        "class C:\n    def f(self):\n        super().f()\n",
    ],
    ids=["module", "class", "defaults and annotations", "decorators", "assertions", "nothing to return", "super"],
)
def test_what_is_left_alone(text: str) -> None:
    assert mutants(text) == []


def test_lengths_that_must_agree_are_left_alone() -> None:
    after = [mutant.after for mutant in mutants("def f(a, b):\n    return zip(a, b, strict=True)\n")]
    assert after == ["return None", "zip(None, b, strict=True)", "zip(a, None, strict=True)"]


TWICE = """
class C:
    @property
    def one(self):
        return 1 + 1

def two():
    def inner():
        return 5
    return inner()
"""


def test_methods_and_what_is_inside_a_function_are_found_by_name() -> None:
    found = mutants(TWICE)
    assert [(mutant.function, mutant.line, mutant.after) for mutant in found] == [
        ("C.one", 5, "return None"),
        ("C.one", 5, "1 - 1"),
        ("C.one", 5, "2"),
        ("C.one", 5, "2"),
        ("two", 9, "return None"),
        ("two", 9, "6"),
        ("two", 10, "return None"),
    ]
    assert len({mutant.key for mutant in found}) == 7


def test_the_code_of_a_mutant_runs_wrongly_and_the_source_stays() -> None:
    source = Source("def f(a):\n    return a + 1\n", "module.py")

    def f(a: int) -> int:
        return a

    answers = []
    for mutant in source.mutants():
        [f.__code__] = source.codes(mutant)
        answers.append(f(5))
    assert answers == [None, 4, 7]
    assert [mutant.after for mutant in source.mutants()] == ["return None", "a - 1", "2"]


def test_a_key_outlives_changes_elsewhere_but_not_of_its_function() -> None:
    keys = {mutant.key for mutant in mutants("def f(a):\n    return a + 1\n")}
    moved = {mutant.key for mutant in mutants("X = 1\n\n\ndef f(a):\n    return a + 1\n")}
    changed = {mutant.key for mutant in mutants("def f(a):\n    return a + 2\n")}
    assert moved == keys
    assert not changed & keys
