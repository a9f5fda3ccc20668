"""A moved grade reaches pay: drafts made before it are noticed, runs made after it pay it, previews write nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading import public as grading
from grading.domain.calibration import Ties
from grading.kernel.errors import DomainError
from grading.services import calibration
from payroll import models, selectors
from payroll.domain.payslip import Payslip
from payroll.errors import GradesChanged
from payroll.services.previews import Given, payslip_previews
from tests.payroll.services.conftest import FILES, MONTH

BY_GRADE = {"plans/after.yaml": FILES["plans/after.yaml"].replace("by: score", "by: grade").replace("guarantee:", "#")}
"""Performance pay of 600.00 × coefficient, and no guarantee under it."""


@pytest.fixture
def calibrated(tiny: Any) -> Any:
    """A1 is graded A (0.87 of 0.80…0.90 is 70): performance pay 600 × 1.2 = 720."""
    tiny.load(BY_GRADE)
    return tiny


def performance(run: models.PayRun) -> Decimal:
    """The line of the run, or nothing: a line of 0.00 is not printed."""
    lines = models.PayslipLine.objects.filter(payslip__run=run, code="performance_pay")
    return sum(lines.values_list("amount", flat=True), Decimal("0.00"))


def moved(tiny: Any, to_grade: str) -> grading.CalibrationSession:
    cycle = grading.AppraisalCycle.objects.get(company=tiny.company, month=MONTH)
    session = calibration.calibration_open(
        cycle_id=cycle.pk, team=None, quotas={}, ties=Ties.KEEP, opened_by=tiny.preparer
    )
    calibration.grade_move(
        session_id=session.pk,
        agent_id=tiny.company.agents.get(agent_no="A1").pk,
        to_grade=to_grade,
        reason="why",
        moved_by=tiny.preparer,
    )
    return session


def test_a_draft_from_the_old_grade_cannot_be_approved_and_a_new_one_pays_the_new(calibrated: Any) -> None:
    run = calibrated.prepare()
    assert performance(run) == Decimal("720.00")
    assert selectors.regraded(run) == []
    moved(calibrated, "D")
    assert selectors.regraded(run) == ["A1"]
    with pytest.raises(GradesChanged, match="A1"):
        calibrated.approve(run)
    again = calibrated.prepare()
    assert performance(again) == Decimal("0.00")
    assert (again.pk, again.fingerprint == run.fingerprint) == (run.pk, False)
    assert calibrated.approve(again).status == "approved"


def test_a_month_published_by_calibration_is_still_paid(calibrated: Any) -> None:
    calibrated.prepare()
    session = moved(calibrated, "D")
    calibration.calibration_publish(session_id=session.pk, published_by=calibrated.preparer)
    run = calibrated.prepare()
    assert performance(run) == Decimal("0.00")
    assert calibrated.approve(run).status == "approved"


def test_a_preview_computes_with_another_grade_and_writes_nothing(calibrated: Any) -> None:
    calibrated.prepare()
    before = (list(models.Payslip.objects.values()), models.PayRun.objects.count())
    a1, a2 = (calibrated.company.agents.get(agent_no=number).pk for number in ("A1", "A2"))
    given = (Given("A", Fraction("1.2")), Given("D", Fraction(0)))
    found = payslip_previews(company=calibrated.company, month=MONTH, tried={a1: given, a2: given})
    slips = found[a1]
    assert not isinstance(slips, DomainError)
    assert [_performance(slip) for slip in slips] == [Decimal("720.00"), Decimal("0.00")]
    refused = found[a2]
    assert isinstance(refused, DomainError)
    assert refused.code == "grading.measure_missing"
    assert (list(models.Payslip.objects.values()), models.PayRun.objects.count()) == before


def _performance(slip: Payslip) -> Decimal:
    return sum((line.amount for line in slip.lines if line.code == "performance_pay"), Decimal("0.00"))
