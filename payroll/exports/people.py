"""The people of posted runs as the export files need them, and how their company wants the files.

Five queries, however many people; two more where somebody declares an annuity or health insurance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, TypedDict

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from grading import public as grading
from grading.kernel.money import total
from grading.kernel.period import Month
from payroll import models
from payroll.domain.facts import Employment
from payroll.domain.lines import Kind
from payroll.exports.layouts import BANKS, TAX_WAGES, Fill
from payroll.exports.options import GENERIC, TAX_LAYOUTS, ExportOptions, Payer
from payroll.exports.person import ExportLine, ExportPerson, Payee

_OF_THE_MONTH = (Fill.ENTERPRISE_ANNUITY.value, Fill.COMMERCIAL_HEALTH.value)
"""Declared deductions of which the tax client wants this month's amount. Of the others it wants the year so far."""


class _Slip(TypedDict):
    """One payslip with whom it is for. The texts of the profile are None where there is no profile."""

    agent_id: int
    gross: Decimal
    net: Decimal
    tax_year: int | None
    taxable_income: Decimal
    employment: str | None
    tax: dict[str, Any] | None
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
    declared = _declared(company_id, {agent_id: _tax_year(found) for agent_id, found in by_agent.items()})
    return tuple(
        _person(found, tuple(lines[agent_id]), people[agent_id].department, declared[agent_id])
        for agent_id, found in by_agent.items()
    )


def export_payees(run: models.PayRun) -> tuple[Payee, ...]:
    """Everybody with a payslip in a run, with today's account, by agent number. One query, and no line is read."""
    profile = "agent__pay_profile__"
    accounts = (f"{profile}bank_name", f"{profile}bank_account", f"{profile}alipay")
    rows = run.payslips.order_by("agent__agent_no").values_list("agent__agent_no", "agent__name", "net", *accounts)
    return tuple(
        Payee(
            agent_no=agent_no,
            name=name,
            net=net,
            bank_name=bank_name or "",
            bank_account=account or "",
            alipay=alipay or "",
        )
        for agent_no, name, net, bank_name, account, alipay in rows
    )


def export_options(company_id: int) -> ExportOptions:
    """How the company wants its files; the defaults where it has said nothing. One query."""
    row = models.ExportSettings.objects.filter(company_id=company_id).first()
    if row is None:
        return ExportOptions()
    return ExportOptions(
        bank=row.bank if row.bank in BANKS else GENERIC,
        encoding=row.encoding,
        wages=TAX_LAYOUTS.get(row.tax_layout, TAX_WAGES),
        payer=Payer(row.payer_account, row.payer_name, row.payer_bank),
    )


def _slips(slips: QuerySet[models.Payslip]) -> list[_Slip]:
    profile = "agent__pay_profile__"
    rows = slips.order_by("agent__agent_no", "pk").values(
        "agent_id",
        "gross",
        "net",
        "tax_year",
        "taxable_income",
        employment=KeyTextTransform("employment", "facts"),
        tax=KeyTransform("tax", "facts"),
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


def _tax_year(slips: list[_Slip]) -> Mapping[str, Any]:
    """The tax year of the latest payslip that has one, as it stands in its facts; empty without one."""
    return next((slip["tax"] for slip in reversed(slips) if slip["tax"]), {})


def _taxable(slips: list[_Slip], employment: Employment) -> Decimal | None:
    """The wages that tax was computed from; None where none was, and for labour remuneration."""
    if employment is Employment.TEMP or any(slip["tax_year"] is None for slip in slips):
        return None
    return total(slip["taxable_income"] for slip in slips)


def _declared(company_id: int, years: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Decimal]]:
    """Agent id → declared deductions as the tax client wants them, from the facts that pay was computed from.

    What it wants of the month alone is this payment's cumulative amount less that of the payment before in the year.
    Whoever came into the house in the middle of the year has no payment before: their cell stays empty that month.
    """
    found = {
        agent_id: {kind: Decimal(amount) for kind, amount in year.get("declared", {}).items()}
        for agent_id, year in years.items()
    }
    asked = {agent_id for agent_id, amounts in found.items() if any(kind in amounts for kind in _OF_THE_MONTH)}
    if not asked:
        return found
    before = _declared_before(company_id, {agent_id: years[agent_id] for agent_id in asked})
    openings = models.OpeningBalance.objects.filter(agent_id__in=asked)
    taken_over = set(openings.values_list("agent_id", "tax_year"))
    for agent_id in asked:
        earlier = before.get(agent_id)
        for kind in [kind for kind in _OF_THE_MONTH if kind in found[agent_id]]:
            if earlier is not None:
                found[agent_id][kind] -= Decimal(earlier.get(kind, 0))
            elif (agent_id, years[agent_id]["year"]) in taken_over:
                del found[agent_id][kind]
    return found


def _declared_before(company_id: int, years: Mapping[int, Mapping[str, Any]]) -> dict[int, Mapping[str, str]]:
    """Agent id → what the latest posted payslip of an earlier month of the same tax year declared."""
    rows = models.Payslip.objects.filter(
        run__company_id=company_id, agent_id__in=years, run__status__in=models.PayRun.POSTED
    ).annotate(tax=KeyTransform("tax", "facts"))
    found: dict[int, Mapping[str, str]] = {}
    for agent_id, tax in rows.order_by("month", "pk").values_list("agent_id", "tax"):
        year = years[agent_id]
        if tax and tax["year"] == year["year"] and tax["month"] < year["month"]:
            found[agent_id] = tax.get("declared", {})
    return found


def _person(
    slips: list[_Slip], lines: tuple[ExportLine, ...], department: str, declared: Mapping[str, Decimal]
) -> ExportPerson:
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
        is_resident=_tax_year(slips).get("is_resident", True),
        taxable=_taxable(slips, Employment(latest["employment"] or Employment.REGULAR)),
        declared=declared,
    )
