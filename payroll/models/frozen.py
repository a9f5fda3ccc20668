"""What of payroll the database refuses to change: whatever was posted, issued, paid or published, and its rules."""

# ruff: noqa: S608  every text here is our own

from __future__ import annotations

from grading.jobs.frozen import Frozen
from grading.tables import FROZEN_VERSION

_POSTED = "('approved', 'paid')"
_RUN_POSTED = f"EXISTS (SELECT 1 FROM payroll_payrun run WHERE run.id = {{row}}.%s AND run.status IN {_POSTED})"
_SLIP_POSTED = (
    "EXISTS (SELECT 1 FROM payroll_payslip slip JOIN payroll_payrun run ON run.id = slip.run_id "
    f"WHERE slip.id = {{row}}.payslip_id AND run.status IN {_POSTED})"
)
_OF_A_RUN, _OF_A_RUNS_PEOPLE = _RUN_POSTED % "run_id", _RUN_POSTED % "payrun_id"
_PAYS_THE_SLIP = (
    "EXISTS (SELECT 1 FROM payroll_payslip slip JOIN payroll_paymentfile file ON file.run_id = slip.run_id "
    "WHERE slip.id = {row}.payslip_id AND file.id = {row}.file_id AND slip.net = {row}.amount)"
)

FROZEN = (
    Frozen(
        "payroll_payrun",
        rows=f"{{row}}.status IN {_POSTED}",
        may_change=("status", "paid_at", "audit_head"),
        once="{old}.status = 'approved' AND {new}.status = 'paid'",
        never=f"{{new}}.status = 'paid' AND {{old}}.status NOT IN {_POSTED}",
    ),
    Frozen("payroll_payrun_agents", rows=_OF_A_RUNS_PEOPLE, added=_OF_A_RUNS_PEOPLE),
    Frozen("payroll_payslip", rows=_OF_A_RUN, added=_OF_A_RUN),
    Frozen("payroll_payslipline", rows=_SLIP_POSTED, added=_SLIP_POSTED),
    Frozen("payroll_payslipvariance", rows=_SLIP_POSTED),  # the causes may be worked out after the approval
    Frozen("payroll_runfinding", rows=_OF_A_RUN, added=_OF_A_RUN),
    Frozen("payroll_latechange", may_change=("settled_in_id",), once="{old}.settled_in_id IS NULL"),
    Frozen("payroll_lawdocument"),
    Frozen("payroll_planversion", rows=FROZEN_VERSION),
    Frozen("payroll_billingcontract", rows=FROZEN_VERSION),
    Frozen(
        "payroll_billingstatement",
        may_change=("cancelled_by_id", "cancelled_at", "reason"),
        once="{old}.cancelled_at IS NULL",
    ),
    Frozen("payroll_billingstatementline"),
    Frozen("payroll_paymentfile", added=f"NOT {_OF_A_RUN}"),
    Frozen(
        "payroll_payment",
        may_change=("status", "returned_at", "returned_by_id", "reason"),
        once="{old}.status = 'sent' AND {new}.status = 'returned'",
        added=f"NOT {_PAYS_THE_SLIP}",
    ),
)
