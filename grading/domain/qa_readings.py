"""What a company may set about QA, under ``readings:`` of its company.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading.kernel.document import Reader, choice, number, whole


class ManagerAsEvaluator(StrEnum):
    """What happens when somebody evaluates an agent they manage (000 L21, RQ-006)."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class QaReadings:
    """``sample_least`` and ``sample_ratio``: how much of a day is drawn. ``appeal_days``: how many days after the
    appraisal was published an agent may still appeal."""

    manager_as_evaluator: ManagerAsEvaluator = ManagerAsEvaluator.BLOCK
    sample_least: int = 3
    sample_ratio: Fraction | None = None
    appeal_days: int = 7


def qa_readings(readings: Mapping[str, object]) -> QaReadings:
    """The company's settings of QA, the defaults for what is left out; other keys are not looked at.

    Raises BrokenDocument for a value that cannot be used.
    """
    reader = Reader(readings)
    reader.allow(*readings)
    found = read_qa_readings(reader)
    reader.finish("readings")
    return found


def read_qa_readings(reader: Reader) -> QaReadings:
    """The same from a part of a document, whose reader notes the problems."""
    default = QaReadings()
    return QaReadings(
        manager_as_evaluator=reader.get(
            "qa.manager_as_evaluator", choice(ManagerAsEvaluator), default.manager_as_evaluator
        ),
        sample_least=reader.get("qa.sample_least", whole(default.sample_least, 1000), default.sample_least),
        sample_ratio=reader.optional("qa.sample_ratio", number(above=0, most=1)),
        appeal_days=reader.get("qa.appeal_days", whole(0, 365), default.appeal_days),
    )
