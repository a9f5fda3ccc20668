"""Bytes to text: UTF-8 or GB18030, decided strictly, never by guessing at single characters."""

from __future__ import annotations

import codecs
import re

from grading.imports.problem import BadFile
from grading.imports.wording import EMPTY_FILE, MIXED_ENCODINGS, UNREADABLE_TEXT, UTF_16

_FOREIGN_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HAN = re.compile("[\u3400-\u9fff]")


def decode(data: bytes) -> str:
    """The text of a file. Raises BadFile for empty, UTF-16, mixed and undecodable bytes.

    A file of both UTF-8 and GB18030 lines would decode as GB18030 into wrong names without an error; it is told by
    lines that hold Chinese characters in UTF-8 beside lines that are not UTF-8.
    """
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise BadFile(EMPTY_FILE, found=f"{len(data)} bytes")
    refuse_wide(data[:4])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse_mixture(data)
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise BadFile(
            UNREADABLE_TEXT, found=f"byte {data[error.start]:02x}", line=data.count(b"\n", 0, error.start) + 1
        ) from error


def refuse_wide(start: bytes) -> None:
    """Raises BadFile when the first four bytes of a file are those of UTF-16 or UTF-32."""
    if start.startswith(_FOREIGN_MARKS) or b"\x00" in start:
        raise BadFile(UTF_16, found=start.hex(" "))


def _refuse_mixture(data: bytes) -> None:
    utf_8 = other = 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            chinese = bool(_HAN.search(line.decode("utf-8-sig")))
        except UnicodeDecodeError:
            other = other or number
        else:
            utf_8 = utf_8 or (number if chinese else 0)
        if utf_8 and other:
            raise BadFile(MIXED_ENCODINGS, found="both", one=utf_8, other=other)
