"""What a whole run is looked at for once everybody is computed: accounts, identities, and pay far from last month's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from grading.jobs.bulk import copy_in
from grading.kernel.money import ZERO
from payroll import models
from payroll.domain.guards import Finding, Owner, Severity, found
from payroll.exports.rows import bank_account

FAR = Fraction(3, 10)
"""Net pay that differs by more than this part of last month's is worth a look."""
RUN_CODES = (
    "guard.account_missing",
    "guard.account_shared",
    "guard.identity_missing",
    "guard.far_from_last_month",
)
"""The findings that belong to the run as a whole and are made anew with it."""


def findings_of_run(run: models.PayRun) -> None:
    """Replace the run's own findings; those of single payslips stay. Three queries and one write."""
    run.findings.filter(code__in=RUN_CODES).delete()
    findings_write(run.pk, (*_accounts(run), *_far(run)))


def findings_write(run_id: int, found: Iterable[tuple[int, Finding]]) -> None:
    """Write findings about people, by agent id, to a run."""
    copy_in(
        models.RunFinding,
        ("run_id", "agent_id", "code", "severity", "owner", "article", "values"),
        (
            (run_id, agent_id, each.code, each.severity.value, each.owner.value, each.article, dict(each.values))
            for agent_id, each in found
        ),
    )


def _accounts(run: models.PayRun) -> Iterator[tuple[int, Finding]]:
    """People without an account or identity number: only their rows of the export files wait, nobody is parked."""
    profile = "agent__pay_profile__"
    columns = (
        "agent_id",
        "agent__agent_no",
        "net",
        f"{profile}bank_account",
        f"{profile}alipay",
        f"{profile}id_no",
    )
    owners: dict[str, list[str]] = defaultdict(list)
    people = []
    for agent_id, agent_no, net, account, alipay, id_no in run.payslips.values_list(*columns):
        key = bank_account(account or "") or (alipay or "").strip().casefold()
        people.append((agent_id, agent_no, net, key, id_no))
        if key:
            owners[key].append(agent_no)
    for agent_id, agent_no, net, key, id_no in people:
        if net and not key:
            yield agent_id, found("guard.account_missing", Severity.WARNING, Owner.HR, net=net)
        if len(owners.get(key, ())) > 1:
            others = ", ".join(other for other in sorted(owners[key]) if other != agent_no)
            yield agent_id, found("guard.account_shared", Severity.WARNING, Owner.HR, others=others)
        if not id_no:
            yield agent_id, found("guard.identity_missing", Severity.WARNING, Owner.HR, "个人所得税法 art. 9")


def _far(run: models.PayRun) -> Iterator[tuple[int, Finding]]:
    """Net pay far from what the month before paid, all its payslips together."""
    before: dict[int, Decimal] = defaultdict(lambda: ZERO)
    last = models.Payslip.objects.filter(
        run__company_id=run.company_id, month=run.month.plus(-1), run__status__in=models.PayRun.POSTED
    )
    for agent_id, net in last.values_list("agent_id", "net"):
        before[agent_id] += net
    if run.kind not in models.PayRun.FULL or not before:
        return
    for agent_id, net in run.payslips.values_list("agent_id", "net"):
        held = before.get(agent_id)
        if held and abs(net - held) > FAR * Fraction(held):
            yield (
                agent_id,
                found(
                    "guard.far_from_last_month", Severity.INFO, Owner.HR, net=net, before=held, difference=net - held
                ),
            )
