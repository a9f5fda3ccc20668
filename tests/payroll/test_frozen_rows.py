"""What was posted, published, issued or noted: the database refuses to change it, whoever asks and however."""

# ruff: noqa: S608  every text here is our own

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from grading import models as grading
from grading.jobs import frozen
from grading.jobs.bulk import copy_in
from grading.jobs.models import AuditEntry
from grading.kernel.period import Month
from payroll import models
from payroll.services import payments, runs
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany
from tests.superuser import thawed

SLIP = "(SELECT id FROM payroll_payslip WHERE number = 'LAWFUL-2026-09-P1')"
DRAFT = "(SELECT id FROM payroll_payslip WHERE number = 'LAWFUL-2026-10-P1')"
PAID = "(SELECT id FROM payroll_payrun WHERE month = '2026-09' AND kind = 'regular')"
OPEN = "(SELECT id FROM payroll_payrun WHERE month = '2026-10')"
OTHERS = "(SELECT id FROM grading_agent WHERE agent_no = 'P3')"

REFUSED = {
    # a posted run
    "a run's fingerprint": f"UPDATE payroll_payrun SET fingerprint = 'x' WHERE id = {PAID}",
    "a run reopened": f"UPDATE payroll_payrun SET status = 'calculated' WHERE id = {PAID}",
    "a run no longer paid": f"UPDATE payroll_payrun SET status = 'approved', paid_at = NULL WHERE id = {PAID}",
    "a run paid on another day": f"UPDATE payroll_payrun SET paid_at = '2020-01-01 00:00:00+00' WHERE id = {PAID}",
    "a run's approver": f"UPDATE payroll_payrun SET approved_by_id = NULL WHERE id = {PAID}",
    "a run's preparer": f"UPDATE payroll_payrun SET prepared_by_id = prepared_by_id + 1 WHERE id = {PAID}",
    "a run's time of approval": f"UPDATE payroll_payrun SET approved_at = '2020-01-01 00:00:00+00' WHERE id = {PAID}",
    "a run's month": f"UPDATE payroll_payrun SET month = '2026-08' WHERE id = {PAID}",
    "a run's pay date": f"UPDATE payroll_payrun SET pay_date = '2026-01-01' WHERE id = {PAID}",
    "a run's head of the audit log": f"UPDATE payroll_payrun SET audit_head = 'x' WHERE id = {PAID}",
    "a run's law": f"UPDATE payroll_payrun SET law = '{{}}' WHERE id = {PAID}",
    "a run removed": f"DELETE FROM payroll_payrun WHERE id = {PAID}",
    "a run paid that nobody approved": f"UPDATE payroll_payrun SET status = 'paid' WHERE id = {OPEN}",
    "a run approved by nobody": f"UPDATE payroll_payrun SET status = 'approved' WHERE id = {OPEN}",
    "a run approved by its preparer": (
        "UPDATE payroll_payrun SET status = 'approved', approved_at = prepared_at, approved_by_id = prepared_by_id "
        f"WHERE id = {OPEN}"
    ),
    "a second unposted run of a month": (
        f"UPDATE payroll_payrun SET status = 'calculated', month = '2026-10', sequence = 2 WHERE id = {PAID}"
    ),
    "people named for a posted run": f"INSERT INTO payroll_payrun_agents (payrun_id, agent_id) SELECT {PAID}, {OTHERS}",
    # its payslips and their lines
    "a net": f"UPDATE payroll_payslip SET net = net + 100, gross = gross + 100 WHERE id = {SLIP}",
    "a payslip's facts": f"UPDATE payroll_payslip SET facts = '{{}}' WHERE id = {SLIP}",
    "a payslip's rules": f"UPDATE payroll_payslip SET rules = '[]' WHERE id = {SLIP}",
    "a payslip's fingerprint": f"UPDATE payroll_payslip SET output_hash = 'x' WHERE id = {SLIP}",
    "a payslip's tax": f"UPDATE payroll_payslip SET tax_withheld = 0 WHERE id = {SLIP}",
    "a payslip of another person": f"UPDATE payroll_payslip SET agent_id = {OTHERS} WHERE id = {SLIP}",
    "a payslip out of its run": f"UPDATE payroll_payslip SET run_id = {OPEN} WHERE id = {SLIP}",
    "a draft into a posted run": f"UPDATE payroll_payslip SET run_id = {PAID}, month = '2026-08' WHERE id = {DRAFT}",
    "a payslip removed": f"DELETE FROM payroll_payslip WHERE id = {SLIP}",
    "every payslip removed": "DELETE FROM payroll_payslip",
    "a payslip added to a posted run": (
        "INSERT INTO payroll_payslip (run_id, agent_id, month, kind, number, gross, deductions, net, employer_cost, "
        "carried_forward, loss_balance, taxable_income, tax_contributions, tax_withheld, separate_bonus, "
        "late_changes_seen, facts, rules, input_hash, rules_fingerprint, output_hash) "
        f"SELECT {PAID}, {OTHERS}, '2026-09', 'regular', 'NEW', gross, deductions, net, employer_cost, "
        "carried_forward, loss_balance, taxable_income, tax_contributions, tax_withheld, separate_bonus, "
        "late_changes_seen, facts, rules, input_hash, rules_fingerprint, output_hash "
        f"FROM payroll_payslip WHERE id = {SLIP}"
    ),
    "a second payslip of a month": (f"UPDATE payroll_payslip SET month = '2026-09' WHERE id = {DRAFT}"),
    "a line's amount": f"UPDATE payroll_payslipline SET amount = amount + 1 WHERE payslip_id = {SLIP} AND position = 1",
    "a line's steps": f"UPDATE payroll_payslipline SET steps = '[]' WHERE payslip_id = {SLIP} AND position = 1",
    "a line's code": f"UPDATE payroll_payslipline SET code = 'other' WHERE payslip_id = {SLIP} AND position = 1",
    "a line removed": f"DELETE FROM payroll_payslipline WHERE payslip_id = {SLIP} AND position = 1",
    "a line added": (
        "INSERT INTO payroll_payslipline (payslip_id, position, code, kind, amount, period, steps) "
        f"SELECT {SLIP}, 90, 'base_pay', 'earning', 100, '2026-09', '[]'"
    ),
    "a draft's line into a posted payslip": (
        f"UPDATE payroll_payslipline SET payslip_id = {SLIP}, position = 90 WHERE payslip_id = {DRAFT} AND position = 1"
    ),
    "a posted line into a draft": (
        f"UPDATE payroll_payslipline SET payslip_id = {DRAFT}, position = 90 WHERE payslip_id = {SLIP} AND position = 1"
    ),
    "a cause of a difference": f"UPDATE payroll_payslipvariance SET amount = 1 WHERE payslip_id = {SLIP}",
    "a finding removed": f"DELETE FROM payroll_runfinding WHERE run_id = {PAID}",
    "a finding's values": f"UPDATE payroll_runfinding SET \"values\" = '{{}}' WHERE run_id = {PAID}",
    # what was late
    "a late change settled elsewhere": (
        f"UPDATE payroll_latechange SET settled_in_id = {OPEN} WHERE settled_in_id IS NOT NULL"
    ),
    "a late change open again": "UPDATE payroll_latechange SET settled_in_id = NULL WHERE settled_in_id IS NOT NULL",
    "a late change removed": "DELETE FROM payroll_latechange",
    # the rules it was computed by
    "a plan": "UPDATE payroll_planversion SET body = '{}' WHERE status = 'published'",
    "a plan made a draft": "UPDATE payroll_planversion SET status = 'draft' WHERE status = 'published'",
    "a plan removed": "DELETE FROM payroll_planversion",
    "a document of the law": "UPDATE payroll_lawdocument SET body = '{}'",
    "a document of the law removed": "DELETE FROM payroll_lawdocument",
    "a scorecard": "UPDATE grading_scorecardversion SET body = '{}' WHERE status = 'published'",
    "a scorecard removed": "DELETE FROM grading_scorecardversion",
    "a published grade": "UPDATE grading_appraisal SET grade = 'S' WHERE published_at IS NOT NULL",
    "a published score": "UPDATE grading_appraisal SET total_score = '100' WHERE published_at IS NOT NULL",
    "a published appraisal hidden": "UPDATE grading_appraisal SET published_at = NULL WHERE published_at IS NOT NULL",
    "a published appraisal removed": "DELETE FROM grading_appraisal",
    "a cycle opened again": "UPDATE grading_appraisalcycle SET status = 'graded' WHERE status = 'published'",
    "a decided promotion": "UPDATE grading_promotionrequest SET to_tier = 'other' WHERE status = 'approved'",
    "a dated tier twice on a day": (
        "INSERT INTO grading_agentfact (agent_id, kind, value, effective_from, source, recorded_at) "
        "SELECT agent_id, kind, 'other', effective_from, source, recorded_at FROM grading_agentfact WHERE kind = 'team'"
    ),
    # what was paid
    "a payment's account": "UPDATE payroll_payment SET account = '1'",
    "a payment's amount": "UPDATE payroll_payment SET amount = amount + 1",
    "a payment removed": "DELETE FROM payroll_payment",
    "a payment returned and on its way": "UPDATE payroll_payment SET status = 'sent'",
    "a payment of another amount": (
        "INSERT INTO payroll_payment (file_id, payslip_id, position, name, account, bank_name, amount, status, reason) "
        f"SELECT file_id, {DRAFT}, 90, name, account, bank_name, amount, 'sent', '' FROM payroll_payment"
    ),
    "a payment file's bytes": "UPDATE payroll_paymentfile SET content = CAST('x' AS {bytes})",
    "a payment file removed": "DELETE FROM payroll_paymentfile",
    # what was noted
    "an audit entry's actor": "UPDATE jobs_auditentry SET actor_id = NULL",
    "an audit entry's detail": "UPDATE jobs_auditentry SET detail = '{}'",
    "an audit entry's time": "UPDATE jobs_auditentry SET at = '2020-01-01 00:00:00+00'",
    "an audit entry removed": "DELETE FROM jobs_auditentry WHERE id = (SELECT max(id) FROM jobs_auditentry)",
    "the audit log removed": "DELETE FROM jobs_auditentry",
    "an audit entry beside another": (
        "INSERT INTO jobs_auditentry (at, actor_id, action, object_type, object_id, detail, previous_hash, hash) "
        "SELECT at, actor_id, action, object_type, object_id, detail, previous_hash, 'x' FROM jobs_auditentry"
    ),
}
"""What is tried, as somebody with the application's own rights in the database would."""

ONLY_SQLITE = {
    "an audit entry replaced": "REPLACE INTO jobs_auditentry SELECT * FROM jobs_auditentry",
    "a payslip replaced": "REPLACE INTO payroll_payslip SELECT * FROM payroll_payslip",
    "a line ignored into place": "UPDATE OR REPLACE payroll_payslipline SET amount = amount + 1",
}
ONLY_POSTGRESQL = {
    "the audit log emptied": "TRUNCATE jobs_auditentry",
    "the payslips emptied": "TRUNCATE payroll_payslip CASCADE",
}
assert len(REFUSED) >= 40


@pytest.fixture
def posted(engine: str) -> PostedCompany:
    """September is approved and paid, October calculated; something about September was late and is settled."""
    company = PostedCompany()
    for account, agent in enumerate(grading.Agent.objects.order_by("agent_no"), start=1):
        models.PayProfile.objects.filter(agent=agent).update(
            bank_name="演示银行", bank_account=f"62220202000000000{account:02}"
        )
    september = company.post(SEPTEMBER)
    runs.run_pay(run_id=september.pk, paid_by=company.boss)
    payment = models.Payment.objects.order_by("pk").first()
    assert payment is not None
    payments.payments_returned(
        run_id=september.pk, payment_ids=[payment.pk], reason="账号有误", recorded_by=company.boss
    )
    company.sell_late(SEPTEMBER, "P1", "100.00")
    company.correct(SEPTEMBER)
    company.prepare(OCTOBER)
    _beside(company, september)
    return company


def _beside(company: PostedCompany, run: models.PayRun) -> None:
    """What this small company would not have by itself."""
    agent = company.slip("P1", SEPTEMBER).agent
    card = grading.ScorecardVersion.objects.create(
        company=company.company, code="card", effective_from=date(2099, 1, 1), status="published",
        published_at=datetime(2026, 1, 1, tzinfo=UTC), body={}, fingerprint="f" * 64,
    )  # fmt: skip
    cycle = grading.AppraisalCycle.objects.get(company=company.company, month=SEPTEMBER)
    grading.Appraisal.objects.create(
        cycle=cycle, agent=agent, scorecard=card, grade="B", total_score=80, kpis=[], input_hash="f" * 64,
        published_at=datetime(2026, 10, 1, tzinfo=UTC),
    )  # fmt: skip
    grading.PromotionRequest.objects.create(
        agent=agent, to_tier="senior", status="approved", requested_by=company.hr, decided_by=company.boss,
        decided_at=datetime(2026, 9, 1, tzinfo=UTC), effective_from=date(2026, 10, 1),
    )  # fmt: skip
    with thawed():
        models.RunFinding.objects.create(run=run, agent=agent, code="guard.below_floor", severity="info", owner="hr")
    models.PayslipVariance.objects.create(payslip=company.slip("P1", SEPTEMBER), cause="none", amount=Decimal("0.00"))


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every guarded table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(guarded()):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def guarded() -> Iterator[str]:
    return (each.table for tables in frozen._KEPT.values() for each in tables)


def tried(sql: str, engine: str) -> int | None:
    """How many rows a statement changed, before it is taken back; None where the database refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.replace("{bytes}", "BLOB" if engine == "sqlite" else "bytea"))
            transaction.set_rollback(True)
            return int(cursor.rowcount)
    except IntegrityError:
        return None


def test_illegal_writes_are_refused_and_change_nothing(posted: PostedCompany, engine: str) -> None:
    own = ONLY_SQLITE if engine == "sqlite" else ONLY_POSTGRESQL
    before = everything()
    assert [name for name, sql in (REFUSED | own).items() if tried(sql, engine) is not None] == []
    assert everything() == before


def test_every_write_is_refused_for_its_own_reason(posted: PostedCompany, engine: str) -> None:
    """Without the triggers most of them go through: no constraint that happens to be there hides a missing guard."""
    with transaction.atomic():
        if engine == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        frozen.thaw(connection)
        allowed = [name for name, sql in REFUSED.items() if tried(sql, engine)]
        transaction.set_rollback(True)
    assert len(allowed) >= 40, sorted(REFUSED.keys() - allowed)


def test_lines_written_in_bulk_are_refused_too(posted: PostedCompany) -> None:
    """COPY on PostgreSQL, one prepared statement on SQLite: one posted payslip among drafts is enough."""
    columns = ("payslip_id", "position", "code", "kind", "amount", "period", "steps")
    slips = [posted.slip("P1", OCTOBER).pk, posted.slip("P2", OCTOBER).pk, posted.slip("P1", SEPTEMBER).pk]
    before = models.PayslipLine.objects.count()
    rows = [(slip, 90, "base_pay", "earning", Decimal("1.00"), OCTOBER, "[]") for slip in slips]
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in(models.PayslipLine, columns, rows)
    assert models.PayslipLine.objects.count() == before
    copy_in(models.PayslipLine, columns, rows[:2])
    assert models.PayslipLine.objects.count() == before + 2


def test_what_may_still_happen_happens(posted: PostedCompany) -> None:
    """A posted run is paid, a payment comes back and is sent again, a late change is settled, a draft is made anew."""
    run = posted.approve(posted.prepare(OCTOBER))
    runs.run_pay(run_id=run.pk, paid_by=posted.boss)
    payment = models.Payment.objects.filter(file__run=run).order_by("pk")[0]
    payments.payments_returned(run_id=run.pk, payment_ids=[payment.pk], reason="退回", recorded_by=posted.boss)
    assert payments.payments_again(run_id=run.pk, made_by=posted.boss, also_unchanged=True) == 1
    posted.sell_late(SEPTEMBER, "P1", "50.00")
    november = posted.prepare(Month(2026, 11))
    assert posted.approve(posted.prepare(Month(2026, 11))).pk == november.pk
    assert not models.LateChange.objects.filter(settled_in=None).exists()


def test_a_guard_that_is_missing_or_changed_is_told(engine: str) -> None:
    assert frozen.missing(connection) == []
    name = "frozen_jobs_auditentry_update"
    with connection.cursor() as cursor:
        if engine == "postgresql":
            cursor.execute(f"ALTER TABLE jobs_auditentry DISABLE TRIGGER {name}")
        else:
            cursor.execute(f"DROP TRIGGER {name}")
    assert frozen.missing(connection) == [name]
    frozen.freeze(connection)
    assert frozen.missing(connection) == []
    assert not AuditEntry.objects.exists()
