"""The file format: numbered objects, their table and a trailer. Equal objects give equal bytes.

ReportLab's own writer spends more time formatting dictionaries than the rest of a page takes, and puts a font nobody
asked for into every file; a page here needs six kinds of objects.
"""

from __future__ import annotations

import hashlib


class PdfFile:
    """A PDF in the making. References are object numbers, as text ``5 0 R``."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def add(self, body: bytes) -> str:
        """A new object; returns its reference."""
        self._objects.append(body)
        return f"{len(self._objects)} 0 R"

    def reserve(self) -> str:
        """A reference to an object whose body is not known yet."""
        return self.add(b"null")

    def settle(self, reference: str, body: bytes) -> None:
        """Give a reserved object its body."""
        self._objects[int(reference.partition(" ")[0]) - 1] = body

    def stream(self, deflated: bytes, entries: str = "") -> str:
        """A stream whose content is deflated already; returns its reference."""
        head = f"<</Filter/FlateDecode/Length {len(deflated)}{entries}>>stream\n".encode("ascii")
        return self.add(head + deflated + b"\nendstream")

    def finish(self, catalog: str, info: str) -> bytes:
        """The whole file. Its identifier is a digest of its content."""
        parts = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"]
        offsets, offset = [], len(parts[0])
        for number, body in enumerate(self._objects, start=1):
            offsets.append(offset)
            part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
            parts.append(part)
            offset += len(part)
        identifier = hashlib.sha256(b"".join(parts)).hexdigest()[:32]
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
        parts += [b"%010d 00000 n \n" % place for place in offsets]
        trailer = f"/Size {len(offsets) + 1}/Root {catalog}/Info {info}/ID[<{identifier}><{identifier}>]"
        parts.append(f"trailer\n<<{trailer}>>\nstartxref\n{offset}\n%%EOF\n".encode("ascii"))
        return b"".join(parts)


def text_string(text: str) -> str:
    """A text for the document properties."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
