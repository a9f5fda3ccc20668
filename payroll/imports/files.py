"""The files that say what is paid for: sales, units, adjustments, tax balances and declared deductions.

A check is here only when a row contradicts itself; whether an agent or a plan's basis exists is for the caller.
"""

from __future__ import annotations

from collections.abc import Iterable

from grading.imports import wording
from grading.imports.cells import Choice, NamedCode, Whole, code, day, money, quantity, unsigned_money
from grading.imports.files import AGENT_NO, NAME, NOTE
from grading.imports.table import Column, Complaint, Row, Schema

BASES = NamedCode(
    {
        "returning_order_amount": ("老客成交额", "老客户成交额", "回头客成交额"),
        "sales_amount": ("销售额", "成交额", "客服成交额"),
    }
)
UNITS = NamedCode(
    {
        "inquiries": ("咨询量", "咨询", "接待量"),
        "calls": ("通话量", "通话", "话务量"),
        "days": ("天数", "天", "临时天数"),
    }
)

SALES = Schema(
    columns=(
        AGENT_NO,
        Column("basis", ("提成基数", "业绩类型", "基数"), BASES, required=True),
        Column("amount", ("金额",), money, required=True),
    ),
    may_be_empty=True,
)
"""A refund is a negative row; an agent may have many rows of one basis."""

UNITS_DONE = Schema(
    columns=(
        AGENT_NO,
        Column("unit", ("计件单位", "单位", "项目"), UNITS, required=True),
        Column("quantity", ("数量",), quantity, required=True),
    ),
    may_be_empty=True,
)

ADJUSTMENTS = Schema(
    columns=(
        AGENT_NO,
        Column("code", ("项目代码", "调整代码", "调整项目"), code, required=True),
        Column("amount", ("金额",), money, required=True),
        Column("reason", ("原因", "事由"), NOTE, required=True),
        Column("requested_by", ("申请人",), NAME),
    ),
    may_be_empty=True,
)

OPENING_BALANCES = Schema(
    columns=(
        AGENT_NO,
        Column("tax_year", ("纳税年度", "年度"), Whole(2019, 2100), required=True),
        Column("months_employed", ("累计任职月数", "任职月数"), Whole(0, 12), required=True),
        Column("cumulative_income", ("累计收入", "累计收入额"), unsigned_money, required=True),
        Column("cumulative_contributions", ("累计专项扣除",), unsigned_money, required=True),
        Column("cumulative_additional_deductions", ("累计专项附加扣除",), unsigned_money, required=True),
        Column("tax_withheld", ("累计已预扣税额", "已预扣税额"), unsigned_money, required=True),
    ),
    key=("agent_no", "tax_year"),
    may_be_empty=True,
)

DEDUCTION_KINDS = Choice(
    {
        "child_education": ("子女教育", "children_education"),
        "infant_care": ("3岁以下婴幼儿照护", "婴幼儿照护", "infants", "infant"),
        "elderly_support": ("赡养老人",),
        "continuing_education": ("继续教育",),
        "housing_loan_interest": ("住房贷款利息", "首套住房贷款利息", "first_home_loan_interest", "loan_interest"),
        "rent": ("住房租金", "housing_rent"),
        "serious_illness": ("大病医疗",),
        "personal_pension": ("个人养老金",),
        "commercial_health": ("商业健康保险", "commercial_health_insurance"),
        "enterprise_annuity": ("企业年金", "企业(职业)年金", "annuity"),
    }
)


def ends_not_before_start(row: Row) -> Iterable[Complaint]:
    """A row with ``from`` and ``to`` whose end lies before its start."""
    start, end = row["from"], row["to"]
    if end is not None and end < start:
        yield Complaint("to", wording.ENDS_BEFORE_START, end, {"start": start})


TAX_DEDUCTIONS = Schema(
    columns=(
        AGENT_NO,
        Column("kind", ("扣除项目", "项目"), DEDUCTION_KINDS, required=True),
        Column("amount", ("金额", "每月金额"), unsigned_money, required=True),
        Column("from", ("开始日期", "起始日期", "扣除起"), day, required=True),
        Column("to", ("结束日期", "截止日期", "扣除止"), day),
    ),
    checks=(ends_not_before_start,),
    may_be_empty=True,
)
