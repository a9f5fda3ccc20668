"""The gate before a bonus: one metric below its standard, and the bonus of the whole team is zero (RQ-047)."""

from __future__ import annotations

from dataclasses import dataclass

from payroll.domain.errors import GateMeasureMissing
from payroll.domain.facts import Facts
from payroll.domain.lines import Step, step
from payroll.domain.rules import Gate, GateMissing, GateScope


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """Whether the gate is open, and why."""

    is_open: bool
    steps: tuple[Step, ...]


def gate_outcome(gate: Gate, facts: Facts) -> GateOutcome:
    """Every standard against every team in scope, unrounded. Raises GateMeasureMissing when the gate blocks.

    What is missing is asked first: a gate is not failed by one metric while another is unknown.
    """
    groups = (facts.team_metrics if gate.scope is GateScope.TEAM else facts.department_metrics) or ({},)
    missing = sorted({s.metric for s in gate.standards for metrics in groups if s.metric not in metrics})
    if missing and gate.missing is GateMissing.BLOCK:
        raise GateMeasureMissing(gate=gate.code, metrics=", ".join(missing), scope=gate.scope.value)
    failed = [
        step("gate.failed", metric=s.metric, measure=metrics[s.metric], operator=s.operator, standard=s.value)
        for s in gate.standards
        for metrics in groups
        if s.metric in metrics and not s.holds(metrics[s.metric])
    ]
    if gate.missing is GateMissing.FAIL:
        failed += [step("gate.missing", metric=metric) for metric in missing]
    if failed:
        return GateOutcome(is_open=False, steps=tuple(failed))
    return GateOutcome(is_open=True, steps=(step("gate.open", gate=gate.code, standards=len(gate.standards)),))
