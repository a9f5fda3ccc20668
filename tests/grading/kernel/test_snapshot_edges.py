"""The canonical text behind a fingerprint, letter by letter."""

from __future__ import annotations

from hashlib import sha256

import pytest

from grading.kernel.snapshot import fingerprint, plain


def test_a_set_becomes_its_members_in_order() -> None:
    words = list("abcdefghijklmnop")
    assert plain(frozenset(words)) == words


def test_the_text_has_no_blanks_and_writes_chinese_as_it_is() -> None:
    text = '{"a":"售后","b":[1,2]}'
    assert fingerprint({"b": [1, 2], "a": "售后"}) == sha256(text.encode("utf-8")).hexdigest()


def test_what_has_no_plain_form_is_named() -> None:
    with pytest.raises(TypeError, match=r"^bytes has no plain form$"):
        plain(b"x")
