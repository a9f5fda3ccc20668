"""Strict YAML: numbers as written, lines of keys, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from grading.imports.documents import read_document
from grading.imports.wording import NOT_MONEY
from grading.kernel.document import DocumentProblem

PLAN = """\
plan: seed            # a comment
effective_from: 2024-01-01
probation: {months: 1, pay: 1600.00, commission: false}
bands:
  - {from: 0, rate: 0.30}
  - from: "50000"
    rate: '0.02'
notes: |
  first
  second
cap: null
other: ~
"""


def test_numbers_arrive_as_they_were_written() -> None:
    document = read_document("plans/seed.yaml", PLAN.encode())
    assert document.problems == []
    assert document.data == {
        "plan": "seed",
        "effective_from": date(2024, 1, 1),
        "probation": {"months": 1, "pay": "1600.00", "commission": False},
        "bands": [{"from": 0, "rate": "0.30"}, {"from": "50000", "rate": "0.02"}],
        "notes": "first\nsecond\n",
        "cap": None,
        "other": None,
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.1", "0.1"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1_000", "1_000"),
        ("24:00", "24:00"),
        ("007", "007"),
        ("0x10", "0x10"),
        ("-5", -5),
        ("0", 0),
        ("9" * 5000, "9" * 5000),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("True", True),
        ("'true'", "true"),
        ("none", "none"),
        ("2026-02-28 10:00:00", "2026-02-28 10:00:00"),
        ("'2026-02-28'", "2026-02-28"),
        ("初级客服", "初级客服"),
    ],
)
def test_a_scalar_is_never_guessed_at(written: str, value: object) -> None:
    document = read_document("a.yaml", f"key: {written}\n".encode())
    assert document.problems == []
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


def test_lines_of_keys() -> None:
    document = read_document("plans/seed.yaml", PLAN.encode())
    assert [document.line(path) for path in ("plan", "probation.pay", "bands", "bands.1", "bands.1.rate")] == [
        1,
        3,
        4,
        6,
        7,
    ]
    assert document.line("probation.bonus") == 3
    assert document.line("nothing") == 1
    problem = document.problem("bands.1.rate", NOT_MONEY, "x")
    assert str(problem).startswith("plans/seed.yaml:7:bands.1.rate: not an amount of money, found 'x', expected plain")


def test_a_problem_with_a_value_gets_its_line() -> None:
    document = read_document("plans/seed.yaml", PLAN.encode())
    problem = DocumentProblem("bands.0.rate", "is not such a number", "0,3", "plain digits such as {12.5}")
    assert str(document.located(problem)) == (
        "plans/seed.yaml:5:bands.0.rate: is not such a number, found '0,3', expected plain digits such as {12.5}"
    )


def test_every_repeated_key_is_reported() -> None:
    document = read_document("a.yaml", b"a: 1\nb: {c: 1, c: 2}\na: 2\n")
    assert [str(problem) for problem in document.problems] == [
        "a.yaml:2:b.c: the key stands twice, first on line 2, found 'c', expected each key once",
        "a.yaml:3:a: the key stands twice, first on line 1, found 'a', expected each key once",
    ]


@pytest.mark.parametrize(
    ("data", "row", "code"),
    [
        (b"", 1, "import.empty_file"),
        (b"# only a comment\n", 1, "import.not_mapping"),
        (b"- a\n- b\n", 1, "import.not_mapping"),
        (b"just text\n", 1, "import.not_mapping"),
        (b"a: [1, 2\nb: 3\n", 2, "import.broken_yaml"),
        (b"a: b: c\n", 1, "import.broken_yaml"),
        (b"a:\n\t- 1\n", 2, "import.broken_yaml"),
        (b"a: \x07\n", 1, "import.broken_yaml"),
        (b"a: &x 1\nb: *x\n", 1, "import.refused_yaml"),
        (b"a: 1\nb:\n  <<: {c: 1}\n", 3, "import.refused_yaml"),
        (b"a: !!python/object/apply:os.system [ls]\n", 1, "import.refused_yaml"),
        (b"a: !!float 1.5\n", 1, "import.refused_yaml"),
        (b"? [a, b]\n: 1\n", 1, "import.refused_yaml"),
        (b"a: 1\n---\nb: 2\n", 2, "import.refused_yaml"),
        (b"a: " + b"[" * 1000 + b"]" * 1000, 1, "import.refused_yaml"),
        (b"a: 2026-02-30\n", 1, "import.not_date"),
        (b"a: " + b"x" * 600_000, 1, "import.too_large"),
        ("a: 张三\n".encode("utf-16"), 1, "import.utf_16"),
    ],
)
def test_what_is_refused(data: bytes, row: int, code: str) -> None:
    document = read_document("a.yaml", data)
    assert [(problem.row, problem.code) for problem in document.problems] == [(row, code)]


def test_a_billion_laughs_are_not_expanded() -> None:
    laughs = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert [problem.code for problem in read_document("a.yaml", laughs.encode()).problems] == ["import.refused_yaml"]


def test_gb18030_is_read() -> None:
    assert read_document("a.yaml", "name_zh: 售后方案\n".encode("gb18030")).data == {"name_zh": "售后方案"}
