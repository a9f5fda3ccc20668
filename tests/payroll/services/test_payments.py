"""Paying out: once to everybody, again only what came back, and never twice, whatever is tried."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grading.jobs.models import AuditEntry, Job
from grading.kernel.period import Month
from grading.models import Agent, AgentFact, Company, Team
from payroll import models
from payroll.errors import MayNot, PaymentNotSent, ReturnedWithoutReason, RunNotReady
from payroll.exports.errors import PayerMissing
from payroll.exports.made import payments_made_of
from payroll.exports.options import ExportOptions
from payroll.month_folder import write_export_files
from payroll.services import payments, runs
from tests.superuser import thawed

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
UTF8 = ExportOptions(encoding="utf-8")


class House:
    """A company with an approved run of people whose net pay is 100, 200, 300 … yuan."""

    def __init__(self) -> None:
        self.company = Company.objects.create(code="demo", name_zh="演示公司")
        Team.objects.create(company=self.company, code="t", name="一班", department="售前部")
        self.hr = User.objects.get(username="jixin-preparer")
        self.boss = User.objects.get(username="jixin-approver")

    @thawed()  # a posted run gets no payslips from the product
    def run(
        self, *people: tuple[str, str], sequence: int = 1, first: int = 1, status: str = "approved"
    ) -> models.PayRun:
        """``people`` are agent number and bank account; an account of ``@`` is at Alipay."""
        job = Job.objects.create(task="payroll.calculate", key=f"{sequence}", requested_by=self.hr)
        posted = {"approved_by": self.boss, "approved_at": timezone.now()} if status != "calculated" else {}
        run = models.PayRun.objects.create(
            company=self.company, month=OCTOBER, sequence=sequence, status=status, job=job, prepared_by=self.hr,
            pay_date=date(2026, 11, 10), **posted,
        )  # fmt: skip
        for number, (agent_no, account) in enumerate(people, start=first):
            agent = Agent.objects.create(
                company=self.company, agent_no=agent_no, name=f"客服{agent_no}", role="pre_sales",
                hire_date=date(2024, 1, 1),
            )  # fmt: skip
            AgentFact.objects.create(agent=agent, kind="team", value="t", effective_from=date(2024, 1, 1))
            models.PayProfile.objects.create(agent=agent, id_type="passport", id_no=f"E{agent_no}")
            self.account(agent_no, account)
            self.slip(run, agent, Decimal(100 * number))
        return run

    def slip(self, run: models.PayRun, agent: Agent, net: Decimal) -> None:
        slip = models.Payslip.objects.create(
            run=run, agent=agent, month=OCTOBER, number=f"D-{run.sequence}-{agent.agent_no}", gross=net,
            deductions=Decimal("0.00"), net=net, employer_cost=net, carried_forward=Decimal("0.00"),
            facts={"employment": "regular"}, rules=[],
        )  # fmt: skip
        models.PayslipLine.objects.create(
            payslip=slip, position=1, code="base_pay", kind="earning", amount=net, period=OCTOBER, steps=[]
        )

    def account(self, agent_no: str, account: str) -> None:
        """Where somebody's pay goes from now on; empty: nobody knows."""
        bank, alipay = ("", account) if "@" in account else (account, "")
        models.PayProfile.objects.filter(agent__agent_no=agent_no).update(
            bank_account=bank, bank_name="演示银行" if bank else "", alipay=alipay
        )


@pytest.fixture
def house(db: None) -> House:
    return House()


A, B, C = "6222000000000001", "6222000000000002", "6222000000000003"


def sent(run: models.PayRun) -> dict[str, list[tuple[int, str]]]:
    """Agent number → the payments, oldest first, as the time they were sent and how they stand."""
    found: dict[str, list[tuple[int, str]]] = {}
    rows = models.Payment.objects.filter(file__run=run).order_by("pk")
    for agent_no, sequence, status in rows.values_list("payslip__agent__agent_no", "file__sequence", "status"):
        found.setdefault(agent_no, []).append((sequence, status))
    return found


def ids(run: models.PayRun, *agents: str) -> list[int]:
    rows = models.Payment.objects.filter(file__run=run, payslip__agent__agent_no__in=agents, status="sent")
    return list(rows.values_list("pk", flat=True))


def accounts(data: bytes) -> list[str]:
    return [row["账号"] for row in csv.DictReader(data.decode("utf-8-sig").splitlines())]


def come_back(house: House, run: models.PayRun, *agents: str) -> None:
    payments.payments_returned(
        run_id=run.pk, payment_ids=ids(run, *agents), reason="账号与户名不符", recorded_by=house.hr
    )


def test_paying_out_records_a_payment_for_each_row(house: House) -> None:
    run = house.run(("A1", A), ("A2", "a2@example.com"), ("A3", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)

    files = list(run.payment_files.values_list("sequence", "file", "layout", "rows", "amount"))
    assert files == [
        (1, "bank_generic.csv", "generic", 1, Decimal("100.00")),
        (1, "alipay.csv", "alipay", 1, Decimal("200.00")),
    ]
    assert sent(run) == {"A1": [(1, "sent")], "A2": [(1, "sent")]}
    held = models.Payment.objects.get(payslip__agent__agent_no="A1")
    assert (held.name, held.account, held.bank_name, held.amount) == ("客服A1", A, "演示银行", Decimal("100.00"))
    for file in run.payment_files.all():
        assert sha256(bytes(file.content)).hexdigest() == file.sha256
    waiting = payments.payments_waiting(run)
    assert [(row.agent_no, row.reason.code) for row in waiting.withheld] == [("A3", "no_account")]


def test_what_was_handed_out_stays_as_it_is(house: House) -> None:
    run = house.run(("A1", A), ("A2", B))
    assert payments.payments_open(run_id=run.pk, made_by=house.hr) == 2
    before = payments_made_of([run.pk])
    house.account("A1", C)
    house.account("A2", "")
    assert payments.payments_open(run_id=run.pk, made_by=house.hr) == 0
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    assert payments_made_of([run.pk]) == before
    assert accounts(before[0].files[0].data) == [A, B]


def test_the_withheld_are_paid_by_a_later_file_and_nobody_else(house: House) -> None:
    run = house.run(("A1", A), ("A2", ""), ("A3", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 0
    house.account("A2", B)
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 1
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 0
    assert sent(run) == {"A1": [(1, "sent")], "A2": [(2, "sent")]}


def test_a_returned_payment_is_paid_again_after_the_correction(house: House) -> None:
    run = house.run(("A1", A), ("A2", B))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    come_back(house, run, "A2")

    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 0  # the account is still the same
    assert [row.agent_no for row in payments.payments_waiting(run).unchanged] == ["A2"]
    house.account("A2", C)
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 1
    assert sent(run) == {"A1": [(1, "sent")], "A2": [(1, "returned"), (2, "sent")]}
    first, second = payments_made_of([run.pk])
    assert (accounts(first.files[0].data), accounts(second.files[0].data)) == ([A, B], [C])


def test_the_same_account_is_paid_again_only_when_asked(house: House) -> None:
    run = house.run(("A1", A))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    come_back(house, run, "A1")
    assert payments.payments_again(run_id=run.pk, made_by=house.hr, also_unchanged=True) == 1
    come_back(house, run, "A1")
    house.account("A1", B)
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 1
    assert sent(run) == {"A1": [(1, "returned"), (2, "returned"), (3, "sent")]}


def test_a_file_that_was_not_handed_in_is_made_anew(house: House) -> None:
    run = house.run(("A1", A), ("A2", "b@example.com"))
    payments.payments_open(run_id=run.pk, made_by=house.hr)
    house.account("A1", C)
    count = payments.payment_files_withdraw(run_id=run.pk, sequence=1, reason="账号有误", recorded_by=house.hr)
    assert count == 2
    assert payments_made_of([run.pk])[0].is_returned
    assert payments.payments_open(run_id=run.pk, made_by=house.hr) == 0
    assert payments.payments_again(run_id=run.pk, made_by=house.hr, also_unchanged=True) == 2
    assert [made.is_returned for made in payments_made_of([run.pk])] == [True, False]
    with pytest.raises(PaymentNotSent):
        payments.payment_files_withdraw(run_id=run.pk, sequence=1, reason="again", recorded_by=house.hr)


def test_an_account_of_somebody_already_paid_is_not_used_for_another(house: House) -> None:
    run = house.run(("A1", A), ("A2", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    house.account("A2", A)
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 0
    assert [row.reason.code for row in payments.payments_waiting(run).withheld] == ["account_shared"]


def test_nobody_is_read_once_everybody_is_paid(house: House) -> None:
    run = house.run(("A1", A), ("A2", B))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    with CaptureQueriesContext(connection) as asked:
        assert payments.payments_waiting(run) == payments.Waiting((), (), ())
    assert len(asked) == 1


def test_net_of_zero_is_no_payment(house: House) -> None:
    run = house.run(("A1", A), first=0)
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    assert not run.payment_files.exists()
    assert payments.payments_waiting(run).people == 0


def test_what_is_refused(house: House) -> None:
    run, draft = house.run(("A1", A)), house.run(("A2", B), sequence=2, status="calculated")
    stranger = User.objects.create(username="stranger")
    with pytest.raises(MayNot):
        payments.payments_open(run_id=run.pk, made_by=stranger)
    with pytest.raises(RunNotReady):
        payments.payments_open(run_id=draft.pk, made_by=house.hr)
    payments.payments_open(run_id=run.pk, made_by=house.hr)
    [payment] = ids(run, "A1")
    with pytest.raises(MayNot):
        payments.payments_returned(run_id=run.pk, payment_ids=[payment], reason="x", recorded_by=stranger)
    with pytest.raises(ReturnedWithoutReason):
        payments.payments_returned(run_id=run.pk, payment_ids=[payment], reason=" \n ", recorded_by=house.hr)
    for wrong in ([], [payment, payment + 1], [payment + 1]):
        with pytest.raises(PaymentNotSent):
            payments.payments_returned(run_id=run.pk, payment_ids=wrong, reason="x", recorded_by=house.hr)
    assert sent(run) == {"A1": [(1, "sent")]}
    come_back(house, run, "A1")
    with pytest.raises(PaymentNotSent):
        payments.payments_returned(run_id=run.pk, payment_ids=[payment], reason="x", recorded_by=house.hr)


def test_a_payment_of_another_run_cannot_be_returned_through_this_one(house: House) -> None:
    one = house.run(("A1", A))
    payments.payments_open(run_id=one.pk, made_by=house.hr)
    other = house.run(("A2", B), sequence=2)
    payments.payments_open(run_id=other.pk, made_by=house.hr)
    with pytest.raises(PaymentNotSent):
        payments.payments_returned(
            run_id=one.pk, payment_ids=[*ids(one, "A1"), *ids(other, "A2")], reason="x", recorded_by=house.hr
        )


def test_a_file_that_cannot_be_made_pays_nobody_and_nothing_is_recorded(house: House) -> None:
    run = house.run(("A1", A))
    with pytest.raises(PayerMissing):
        payments.payments_open(run_id=run.pk, made_by=house.hr, options=replace(UTF8, bank="icbc"))
    models.ExportSettings.objects.create(company=house.company, bank="icbc")
    with pytest.raises(PayerMissing):
        runs.run_pay(run_id=run.pk, paid_by=house.hr)
    run.refresh_from_db()
    assert (run.status, run.payment_files.count()) == ("approved", 0)


def test_who_did_what_is_noted_without_amounts_and_accounts(house: House) -> None:
    run = house.run(("A1", A), ("A2", B))
    payments.payments_open(run_id=run.pk, made_by=house.boss)
    come_back(house, run, "A2")
    house.account("A2", C)
    payments.payments_again(run_id=run.pk, made_by=house.hr)
    payments.payment_files_withdraw(run_id=run.pk, sequence=2, reason="x", recorded_by=house.hr)
    noted = list(AuditEntry.objects.order_by("pk").values_list("action", "actor__username", "object_type", "detail"))
    assert noted == [
        ("payment_file.make", "jixin-approver", "pay_run", {"sequence": 1, "people": 2}),
        ("payment.return", "jixin-preparer", "payment", {}),
        ("payment_file.make", "jixin-preparer", "pay_run", {"sequence": 2, "people": 1}),
        ("payment_file.withdraw", "jixin-preparer", "pay_run", {"sequence": 2, "people": 1}),
    ]


# --- Never twice ------------------------------------------------------------------------------------------------------


def test_the_database_holds_one_payment_that_was_not_returned(house: House) -> None:
    run = house.run(("A1", A))
    payments.payments_open(run_id=run.pk, made_by=house.hr)
    payment = models.Payment.objects.get()
    payment.pk, payment.position = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save(force_insert=True)
    come_back(house, run, "A1")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Payment.objects.update(reason="")
    payment.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Payment.objects.filter(status="returned").update(
            status="sent", returned_at=None, returned_by=None, reason=""
        )


def test_a_worker_that_read_before_another_paid_writes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an engine whose lock did not hold: both read that A1 is due, the second fails at the database."""
    run = house.run(("A1", A))
    stale = payments.payments_waiting(run), payments._unpaid(run)
    payments.payments_open(run_id=run.pk, made_by=house.hr)
    monkeypatch.setattr(payments, "payments_waiting", lambda *_: stale[0])
    monkeypatch.setattr(payments, "_unpaid", lambda _: stale[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        payments.payments_again(run_id=run.pk, made_by=house.boss)
    assert sent(run) == {"A1": [(1, "sent")]}
    assert run.payment_files.count() == 1


def test_the_run_is_locked_before_anybody_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run = house.run(("A1", A))
    asked: list[str] = []
    locked, waiting = models.PayRun.objects.select_for_update, payments.payments_waiting
    monkeypatch.setattr(models.PayRun.objects, "select_for_update", lambda: (asked.append("lock"), locked())[1])
    monkeypatch.setattr(payments, "payments_waiting", lambda *each: (asked.append("read"), waiting(*each))[1])
    payments.payments_open(run_id=run.pk, made_by=house.hr)
    payments.payments_again(run_id=run.pk, made_by=house.hr)
    come_back(house, run, "A1")
    assert asked == ["lock", "read", "lock", "read", "lock"]


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_tried_nobody_is_paid_twice_and_nobody_is_forgotten(house: House, seed: int) -> None:
    """Random acts on a run of five; after each, money on its way and money still owed are the net pay of the run."""
    dice = random.Random(seed)
    people = [f"A{number}" for number in range(1, 6)]
    pool = ["", A, B, C, "6222000000000004", "6222000000000005", "x@example.com", "y@example.com"]
    run = house.run(*((agent_no, dice.choice(pool)) for agent_no in people))
    kept: dict[int, bytes] = {}
    for _act in range(25):
        act = dice.choice(["open", "again", "again", "any", "return", "return", "withdraw", "account", "account"])
        if act == "account":
            house.account(dice.choice(people), dice.choice(pool))
        elif act == "open":
            payments.payments_open(run_id=run.pk, made_by=house.hr)
        elif act in {"again", "any"}:
            payments.payments_again(run_id=run.pk, made_by=house.hr, also_unchanged=act == "any")
        elif act == "return" and (on_its_way := ids(run, *dice.sample(people, 2))):
            payments.payments_returned(run_id=run.pk, payment_ids=on_its_way, reason="退回", recorded_by=house.hr)
        elif act == "withdraw" and (times := sorted({made.sequence for made in payments_made_of([run.pk])})):
            try_withdraw(house, run, times[-1])
        require_sound(run, kept)


def try_withdraw(house: House, run: models.PayRun, sequence: int) -> None:
    try:
        with transaction.atomic():
            payments.payment_files_withdraw(run_id=run.pk, sequence=sequence, reason="x", recorded_by=house.hr)
    except PaymentNotSent:
        assert models.Payment.objects.filter(file__run=run, file__sequence=sequence, status="returned").exists()


def require_sound(run: models.PayRun, kept: dict[int, bytes]) -> None:
    for agent_no, each in sent(run).items():
        assert [status for _sequence, status in each].count("sent") <= 1, agent_no
        assert [status for _sequence, status in each[:-1]] == ["returned"] * (len(each) - 1), agent_no
        assert len({sequence for sequence, _status in each}) == len(each), agent_no
    on_its_way = models.Payment.objects.filter(file__run=run, status="sent").aggregate(sum=Sum("amount"))["sum"] or 0
    waiting = payments.payments_waiting(run)
    owed = [*waiting.ready, *waiting.unchanged, *waiting.withheld]
    assert on_its_way + sum(row.amount for row in owed) == 1500
    for file in run.payment_files.all():
        assert kept.setdefault(file.pk, bytes(file.content)) == bytes(file.content)
        rows = list(file.payments.values_list("amount", flat=True))
        assert (len(rows), sum(rows)) == (file.rows, file.amount)
    used = Counter(models.Payment.objects.filter(file__run=run, status="sent").values_list("file__sequence", "account"))
    assert max(used.values(), default=0) <= 1


def test_statements_do_not_grow_with_people(house: House) -> None:
    assert house.hr.has_perm("payroll.prepare_run")  # the rights are read once
    counts = []
    for sequence, number in ((1, 3), (2, 30)):
        rows = [(f"R{sequence}{each:02d}", f"62220000{sequence}{each:07d}") for each in range(number)]
        run = house.run(*rows, sequence=sequence)
        with CaptureQueriesContext(connection) as made:
            payments.payments_open(run_id=run.pk, made_by=house.hr)
        with CaptureQueriesContext(connection) as read:
            payments_made_of([run.pk])
        counts.append((len(made), len(read)))
    assert counts[0] == counts[1]
    assert counts[0][1] == 2


# --- As files ---------------------------------------------------------------------------------------------------------


def folder_of(house: House, place: Path) -> dict[str, Collection[str]]:
    """The payment files of the month, by path, as the accounts in them."""
    write_export_files(house.company, OCTOBER, place)
    return {
        path.relative_to(place).as_posix(): accounts(path.read_bytes()) for path in sorted(place.rglob("bank_*.csv"))
    }


def test_a_month_that_was_paid_once_has_its_file_where_it_always_was(house: House, tmp_path: Path) -> None:
    run = house.run(("A1", A), ("A2", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    house.account("A2", B)
    assert folder_of(house, tmp_path) == {"bank_generic.csv": [A]}
    withheld = list(csv.DictReader((tmp_path / "withheld.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["agent_no"], row["file"], row["reason"]) for row in withheld] == [
        ("A2", "bank_generic.csv", "in_another_file")
    ]


def test_later_files_and_later_runs_have_folders_of_their_own(house: House, tmp_path: Path) -> None:
    run = house.run(("A1", A), ("A2", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    folder_of(house, tmp_path)
    house.account("A2", B)
    payments.payments_again(run_id=run.pk, made_by=house.hr)
    assert folder_of(house, tmp_path) == {"run-1/bank_generic.csv": [A], "run-1/payments-2/bank_generic.csv": [B]}
    assert not (tmp_path / "run-1/payments-2/tax_wages.csv").exists()
    assert (tmp_path / "tax_wages.csv").exists()

    later = house.run(("A3", C), sequence=2)
    runs.run_pay(run_id=later.pk, paid_by=house.hr)
    assert folder_of(house, tmp_path) == {
        "run-1/bank_generic.csv": [A],
        "run-1/payments-2/bank_generic.csv": [B],
        "run-2/bank_generic.csv": [C],
    }


def test_a_file_of_which_nothing_arrived_is_not_written_again(house: House, tmp_path: Path) -> None:
    run = house.run(("A1", A), ("A2", ""))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    house.account("A2", B)
    payments.payments_again(run_id=run.pk, made_by=house.hr)
    folder_of(house, tmp_path)
    payments.payment_files_withdraw(run_id=run.pk, sequence=2, reason="x", recorded_by=house.hr)
    assert folder_of(house, tmp_path) == {"bank_generic.csv": [A]}


def test_a_company_with_another_bank_gets_that_banks_file(house: House, tmp_path: Path) -> None:
    models.ExportSettings.objects.create(company=house.company, bank="cmb", encoding="gb18030")
    run = house.run(("A1", A))
    runs.run_pay(run_id=run.pk, paid_by=house.hr)
    write_export_files(house.company, OCTOBER, tmp_path)
    assert (tmp_path / "bank_cmb.csv").read_bytes().decode("gb18030").splitlines() == [
        "收款账号,收款户名,金额,用途",
        f"{A},客服A1,100.00,2026年10月工资",
    ]
    assert not (tmp_path / "bank_generic.csv").exists()


def test_runs_paid_before_payments_were_recorded_are_not_paid_again(house: House) -> None:
    """What the migration does to a run that was paid out by files of which nothing is known any more."""
    run = house.run(("A1", A), ("A2", "b@example.com"), ("A3", ""), status="paid")
    open_run = house.run(("A4", B), sequence=2)
    import_module("payroll.migrations.0005_payments").record_earlier(apps, None)
    assert sent(run) == {"A1": [(1, "sent")], "A2": [(1, "sent")], "A3": [(1, "sent")]}
    assert sent(open_run) == {}
    assert payments.payments_again(run_id=run.pk, made_by=house.hr) == 0
    [made] = payments_made_of([run.pk])
    assert made.files[0].amount == Decimal("600.00")
    assert accounts(made.files[0].data) == [A, "b@example.com", ""]
    assert sha256(made.files[0].data).hexdigest() == run.payment_files.get().sha256
