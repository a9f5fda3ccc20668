"""The files that say what client shops are billed: contracts, who serves which shop, and the month's counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from grading.imports import wording as faults
from grading.imports.cells import Choice, Text, boolean, day, number
from grading.imports.company_files import Findings, Versioned, read_table_of, read_versions
from grading.imports.files import AGENT_NO
from grading.imports.folder import CompanyFolder
from grading.imports.problem import Problem
from grading.imports.table import Column, Complaint, Row, Schema, Table
from grading.kernel.period import Month
from payroll.domain.billing import INQUIRIES, SALES, TEMP_DAYS
from payroll.domain.billing_document import ContractDocument, contract_from
from payroll.imports import wording
from payroll.imports.files import ends_not_before_start

SHOP = Column("shop", ("店铺", "店铺编号"), Text(50), required=True)
MEASURES = Choice(
    {
        SALES: ("销售额", "店铺销售额", "成交额", "sales_amount"),
        INQUIRIES: ("咨询量", "咨询", "接待量"),
        TEMP_DAYS: ("临时天数", "临时客服天数", "人天"),
    }
)

ASSIGNMENTS = Schema(
    columns=(
        AGENT_NO,
        SHOP,
        Column("from", ("开始日期", "起始日期", "派驻开始"), day, required=True),
        Column("to", ("结束日期", "截止日期", "派驻结束"), day),
        Column("billed", ("计费", "是否计费"), boolean, default=True),
    ),
    key=("agent_no", "shop", "from"),
    checks=(ends_not_before_start,),
    may_be_empty=True,
)


def _as_measured(row: Row) -> Iterable[Complaint]:
    """Sales are whole fen and may be negative (refunds); what is counted is not negative."""
    value: Fraction = row["value"]
    if row["measure"] == SALES and (value * 100).denominator != 1:
        yield Complaint("value", faults.NOT_MONEY, value)
    if row["measure"] != SALES and value < 0:
        yield Complaint("value", faults.TOO_SMALL, value, {"minimum": 0})


COUNTS = Schema(
    columns=(
        SHOP,
        Column("measure", ("计费项目", "项目", "指标"), MEASURES, required=True),
        Column("value", ("数值", "数量", "金额", "quantity", "amount"), number, required=True),
    ),
    checks=(_as_measured,),
    may_be_empty=True,
)
"""Rows of the same shop and measure add up."""


@dataclass(slots=True)
class BillingFiles:
    """What a folder says about billing; None and empty where it says nothing."""

    contracts: tuple[Versioned[ContractDocument], ...] = ()
    assignments: Table | None = None
    counts: dict[Month, Table] = field(default_factory=dict)
    has_broken_contract: bool = False
    """A contract could not be read, so it is not known which shops there are."""


def read_billing_files(folder: CompanyFolder, months: Collection[Month], findings: Findings) -> BillingFiles:
    """Every billing file of the folder, of these months."""
    counts = {month: read_table_of(folder, "billing", COUNTS, findings, month) for month in months}
    contracts = read_versions(folder, "billing", contract_from, findings)
    return BillingFiles(
        contracts=contracts,
        assignments=read_table_of(folder, "assignments", ASSIGNMENTS, findings),
        counts={month: table for month, table in counts.items() if table is not None},
        has_broken_contract=len(contracts) != len(folder.documents("billing")),
    )


def check_billing_files(
    files: BillingFiles, held: Collection[ContractDocument], shops: Collection[str], findings: Findings
) -> None:
    """References between the billing files and what is published already.

    ``held`` are all published contract versions, ``shops`` the shops of the company's teams. A contract stays with its
    shop; people are assigned to shops of contracts or teams; what is counted is of a contract's shop.
    """
    loaded = {(version.value.code, version.value.effective_from): version.value for version in files.contracts}
    documents = [*(each for each in held if (each.code, each.effective_from) not in loaded), *loaded.values()]
    for version in files.contracts:
        others = {each.shop for each in documents if each.code == version.value.code} - {version.value.shop}
        if others:
            findings.problems.append(
                Problem.of(
                    version.file, 1, "shop", wording.CONTRACT_MOVES, version.value.shop, shop=", ".join(sorted(others))
                )
            )
    if files.has_broken_contract:
        return
    billed = {each.shop for each in documents}
    _check_shops(files.assignments, billed | set(shops), findings)
    for table in files.counts.values():
        _check_shops(table, billed, findings)


def _check_shops(table: Table | None, known: Collection[str], findings: Findings) -> None:
    if table is None:
        return
    names = ", ".join(sorted(known)) or "—"
    findings.problems += [
        table.problem(row, "shop", wording.UNKNOWN_SHOP, row["shop"], known=names)
        for row in table.rows
        if row["shop"] not in known
    ]
