"""What each file looks like, as data: a name, its exact headings, and what fills each column.

A further bank's or a newer tax template is another ``Layout`` here and nothing else. Headings are exact strings: the
receiving programs match by them (``*`` = mandatory there).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fill(StrEnum):
    """What a column is filled with. What a row does not have leaves its cell empty, which is not zero."""

    SERIAL = "serial"
    AGENT_NO = "agent_no"
    NAME = "name"
    ACCOUNT = "account"
    BANK = "bank"
    AMOUNT = "amount"
    REMARK = "remark"

    ID_TYPE = "id_type"
    ID_NO = "id_no"
    INCOME = "income"
    INCOME_ITEM = "income_item"
    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"
    HOUSING_FUND = "housing_fund"

    MONTH = "month"
    ACCOUNT_NO = "account_no"
    ACCOUNT_NAME = "account_name"
    DEPARTMENT = "department"
    CODE = "code"
    DEBIT = "debit"
    CREDIT = "credit"

    FILE = "file"
    ROWS = "rows"
    WITHHELD_PEOPLE = "withheld_people"
    WITHHELD_AMOUNT = "withheld_amount"
    REASON = "reason"
    REASON_ZH = "reason_zh"
    REASON_EN = "reason_en"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its exact heading, and what fills it. None leaves it empty: we do not know that value."""

    header: str
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One file. ``lead`` are lines of a single cell above the headings; ``sums`` the columns proved against the run."""

    file: str
    columns: tuple[Column, ...]
    sums: tuple[Fill, ...] = ()
    lead: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.columns)


BANK_GENERIC = Layout(
    "bank_generic.csv",
    (
        Column("序号", Fill.SERIAL),
        Column("户名", Fill.NAME),
        Column("账号", Fill.ACCOUNT),
        Column("开户行", Fill.BANK),
        Column("金额", Fill.AMOUNT),
        Column("备注", Fill.REMARK),
    ),
    sums=(Fill.AMOUNT,),
)

ALIPAY = Layout(
    "alipay.csv",
    (
        Column("序号（必填）", Fill.SERIAL),
        Column("收款方支付宝账号（必填）", Fill.ACCOUNT),
        Column("收款方姓名（必填）", Fill.NAME),
        Column("金额（必填，单位：元）", Fill.AMOUNT),
        Column("备注（选填）", Fill.REMARK),
    ),
    sums=(Fill.AMOUNT,),
    lead=("支付宝批量付款文件模板",),
)

_WAGES_FIRST = (
    Column("工号", Fill.AGENT_NO),
    Column("*姓名", Fill.NAME),
    Column("*证件类型", Fill.ID_TYPE),
    Column("*证件号码", Fill.ID_NO),
    Column("本期收入", Fill.INCOME),
    Column("本期免税收入"),
    Column("基本养老保险费", Fill.PENSION),
    Column("基本医疗保险费", Fill.MEDICAL),
    Column("失业保险费", Fill.UNEMPLOYMENT),
    Column("住房公积金", Fill.HOUSING_FUND),
    Column("累计子女教育"),
    Column("累计继续教育"),
    Column("累计住房贷款利息"),
    Column("累计住房租金"),
    Column("累计赡养老人"),
    Column("累计3岁以下婴幼儿照护"),
    Column("累计个人养老金"),
    Column("企业(职业)年金"),
    Column("商业健康保险"),
    Column("税延养老保险"),
)

TAX_WAGES = Layout(
    "tax_wages.csv",
    (
        *_WAGES_FIRST,
        Column("公务交通费用"),
        Column("通讯费用"),
        Column("律师办案费用"),
        Column("西藏附加减除费用"),
        Column("其他"),
        Column("准予扣除的捐赠额"),
        Column("减免税额"),
        Column("协定减免"),
        Column("备注"),
    ),
    sums=(Fill.INCOME,),
)
"""正常工资薪金所得, the current template of 29 columns. The tax client computes the tax itself from these."""

TAX_WAGES_2023 = Layout(
    "tax_wages.csv",
    (*_WAGES_FIRST, Column("其他"), Column("准予扣除的捐赠额"), Column("减免税额"), Column("备注")),
    sums=(Fill.INCOME,),
)
"""The same in the 2023 template of 24 columns."""

TAX_LABOUR = Layout(
    "tax_labour.csv",
    (
        Column("工号", Fill.AGENT_NO),
        Column("*姓名", Fill.NAME),
        Column("*证件类型", Fill.ID_TYPE),
        Column("*证件号码", Fill.ID_NO),
        Column("*所得项目", Fill.INCOME_ITEM),
        Column("*收入", Fill.INCOME),
        Column("免税收入"),
        Column("商业健康保险"),
        Column("税延养老保险"),
        Column("其他"),
        Column("允许扣除的税费"),
        Column("减免税额"),
        Column("协定减免"),
        Column("备注"),
    ),
    sums=(Fill.INCOME,),
)
"""劳务报酬所得, for people employed as ``temp``: their pay is not wages and must not be declared as such."""

ACCOUNTING = Layout(
    "accounting.csv",
    (
        Column("期间", Fill.MONTH),
        Column("摘要", Fill.REMARK),
        Column("科目编码", Fill.ACCOUNT_NO),
        Column("科目名称", Fill.ACCOUNT_NAME),
        Column("部门", Fill.DEPARTMENT),
        Column("薪资项目", Fill.CODE),
        Column("借方金额", Fill.DEBIT),
        Column("贷方金额", Fill.CREDIT),
    ),
    sums=(Fill.DEBIT, Fill.CREDIT),
)

WITHHELD = Layout(
    "withheld.csv",
    (
        Column("agent_no", Fill.AGENT_NO),
        Column("name", Fill.NAME),
        Column("file", Fill.FILE),
        Column("amount", Fill.AMOUNT),
        Column("reason", Fill.REASON),
        Column("reason_zh", Fill.REASON_ZH),
        Column("reason_en", Fill.REASON_EN),
    ),
    sums=(Fill.AMOUNT,),
)

CONTROL_TOTALS = Layout(
    "control_totals.csv",
    (
        Column("file", Fill.FILE),
        Column("rows", Fill.ROWS),
        Column("amount", Fill.AMOUNT),
        Column("withheld_people", Fill.WITHHELD_PEOPLE),
        Column("withheld_amount", Fill.WITHHELD_AMOUNT),
    ),
)
CONTROL_TOTALS_JSON = "control_totals.json"
