"""A QR code as the path of an SVG drawing, for printed one-time links. No image file, no style, no script."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.graphics.barcode import qrencoder

QUIET_ZONE = 4
"""The white border that readers need, in modules."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """``size`` modules each way, border included; ``path`` draws the dark ones, a run at a time."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of a text; medium error correction, so that a creased sheet still reads."""
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    runs = []
    for row in range(count):
        column = 0
        while column < count:
            start = column
            while column < count and code.isDark(row, column):
                column += 1
            if column > start:
                length = column - start
                runs.append(f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z")
            column += 1
    return QrCode(count + 2 * QUIET_ZONE, "".join(runs))
