"""The people of posted runs as the export files need them. Five queries, however many people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import TypedDict

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTextTransform

from grading import public as grading
from grading.kernel.money import total
from grading.kernel.period import Month
from payroll import models
from payroll.domain.facts import Employment
from payroll.domain.lines import Kind
from payroll.exports.person import ExportLine, ExportPerson


class _Slip(TypedDict):
    """One payslip with whom it is for. The texts of the profile are None where there is no profile."""

    agent_id: int
    gross: Decimal
    net: Decimal
    employment: str | None
    agent_no: str
    name: str
    phone: str
    id_type: str | None
    id_no: str | None
    bank_name: str | None
    bank_account: str | None
    alipay: str | None


def export_people(company_id: int, month: Month, run_ids: Collection[int] | None = None) -> tuple[ExportPerson, ...]:
    """Everybody with a payslip in the posted runs of a month, one person a row, by agent number.

    Without ``run_ids`` these are all approved and paid runs of the month, which is what the tax office and the books
    need. **To pay**, name the runs that are to be paid now: the whole month would pay again whom an earlier run paid.
    A run that is not posted is never exported, named or not. Employment is what the payslip was computed with, the
    department that of the month's last employed day, accounts are today's.
    """
    slips = models.Payslip.objects.filter(run__company_id=company_id, month=month, run__status__in=models.PayRun.POSTED)
    if run_ids is not None:
        slips = slips.filter(run_id__in=run_ids)
    lines = _lines(slips)
    by_agent: dict[int, list[_Slip]] = defaultdict(list)
    for slip in _slips(slips):
        by_agent[slip["agent_id"]].append(slip)
    people = grading.people(by_agent, month)
    return tuple(
        _person(found, tuple(lines[agent_id]), people[agent_id].department) for agent_id, found in by_agent.items()
    )


def _slips(slips: QuerySet[models.Payslip]) -> list[_Slip]:
    profile = "agent__pay_profile__"
    rows = slips.order_by("agent__agent_no", "pk").values(
        "agent_id",
        "gross",
        "net",
        employment=KeyTextTransform("employment", "facts"),
        agent_no=F("agent__agent_no"),
        name=F("agent__name"),
        phone=F("agent__phone"),
        id_type=F(f"{profile}id_type"),
        id_no=F(f"{profile}id_no"),
        bank_name=F(f"{profile}bank_name"),
        bank_account=F(f"{profile}bank_account"),
        alipay=F(f"{profile}alipay"),
    )
    return [_Slip(**row) for row in rows]


def _lines(slips: QuerySet[models.Payslip]) -> dict[int, list[ExportLine]]:
    """Agent id → the lines of all their payslips, in printed order."""
    found: dict[int, list[ExportLine]] = defaultdict(list)
    rows = models.PayslipLine.objects.filter(payslip__in=slips).order_by("payslip_id", "position")
    for agent_id, code, kind, amount in rows.values_list("payslip__agent_id", "code", "kind", "amount"):
        found[agent_id].append(ExportLine(code, Kind(kind), amount))
    return found


def _person(slips: list[_Slip], lines: tuple[ExportLine, ...], department: str) -> ExportPerson:
    latest = slips[-1]
    return ExportPerson(
        agent_no=latest["agent_no"],
        name=latest["name"],
        gross=total(slip["gross"] for slip in slips),
        net=total(slip["net"] for slip in slips),
        lines=lines,
        id_type=latest["id_type"] or "",
        id_no=latest["id_no"] or "",
        bank_name=latest["bank_name"] or "",
        bank_account=latest["bank_account"] or "",
        alipay=latest["alipay"] or "",
        phone=latest["phone"],
        department=department,
        employment=Employment(latest["employment"] or Employment.REGULAR),
    )
