"""The registry: which function works out which metric. A metric is one function and one row of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.tally import Tally

Calculation = Callable[[Facts, Asked], Tally]
_CALCULATIONS: dict[str, Calculation] = {}

CALCULATIONS: Mapping[str, Calculation] = MappingProxyType(_CALCULATIONS)
"""The calculation of every metric, by id."""


def metric(*ids: str) -> Callable[[Calculation], Calculation]:
    """Register a calculation for one metric, or for several that differ only in their catalogue rows."""

    def register(calculation: Calculation) -> Calculation:
        for each in ids:
            if each in _CALCULATIONS:
                raise ValueError(f"{each} is worked out twice")
            _CALCULATIONS[each] = calculation
        return calculation

    return register
