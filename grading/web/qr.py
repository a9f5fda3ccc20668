"""A QR code as the path of an SVG drawing, for printed one-time links. No image file, no style, no script."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4
"""The white border that readers need, in modules."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """``size`` modules each way, border included; ``path`` draws the dark ones, a run at a time."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of a text; at least medium error correction, so that a creased sheet still reads."""
    matrix = segno.make_qr(text, error="m").matrix
    runs = []
    for row, modules in enumerate(matrix, start=QUIET_ZONE):
        end = QUIET_ZONE
        for is_dark, run in groupby(modules):
            start, end = end, end + len(list(run))
            if is_dark:
                runs.append(f"M{start} {row}h{end - start}v1H{start}z")
    return QrCode(len(matrix) + 2 * QUIET_ZONE, "".join(runs))
