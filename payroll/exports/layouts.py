"""What each file looks like, as data: a name, its exact headings, and what fills each column.

A further bank's or a newer tax template is another ``Layout`` here and nothing else. Headings are exact strings: the
receiving programs match by them (``*`` = mandatory there).
"""

from __future__ import annotations

from collections.abc import Mapping
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
    CURRENCY = "currency"
    PAY_DATE = "pay_date"
    PAYER_BANK = "payer_bank"
    PAYER_ACCOUNT = "payer_account"
    PAYER_NAME = "payer_name"
    TRANSFER = "transfer"

    ID_TYPE = "id_type"
    ID_NO = "id_no"
    INCOME = "income"
    INCOME_ITEM = "income_item"
    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"
    HOUSING_FUND = "housing_fund"
    BONUS = "annual_bonus"
    CHILD_EDUCATION = "child_education"
    CONTINUING_EDUCATION = "continuing_education"
    HOUSING_LOAN_INTEREST = "housing_loan_interest"
    RENT = "rent"
    ELDERLY_SUPPORT = "elderly_support"
    INFANT_CARE = "infant_care"
    PERSONAL_PENSION = "personal_pension"
    ENTERPRISE_ANNUITY = "enterprise_annuity"
    COMMERCIAL_HEALTH = "commercial_health"

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
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its exact heading, and what fills it. None leaves it empty: we do not know that value."""

    header: str
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One file. ``lead`` are lines of a single cell above the headings; ``sums`` the columns proved against the run.

    ``most_rows`` is how many rows the receiver takes in one file; None: no limit is known.
    """

    file: str
    columns: tuple[Column, ...]
    sums: tuple[Fill, ...] = ()
    lead: tuple[str, ...] = ()
    most_rows: int | None = None

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

MOST_ROWS = 3000
"""What some banks take in one file. A bank that takes more is not harmed by a second file."""

BANK_CMB = Layout(
    "bank_cmb.csv",
    (
        Column("收款账号", Fill.ACCOUNT),
        Column("收款户名", Fill.NAME),
        Column("金额", Fill.AMOUNT),
        Column("用途", Fill.REMARK),
    ),
    sums=(Fill.AMOUNT,),
    most_rows=MOST_ROWS,
)
"""China Merchants Bank (招商银行), the layout that third-party payroll programs write."""

BANK_CMB_WEB = Layout(
    "bank_cmb_web.csv",
    (Column("*账号", Fill.ACCOUNT), Column("*户名", Fill.NAME), Column("*金额", Fill.AMOUNT)),
    sums=(Fill.AMOUNT,),
    most_rows=MOST_ROWS,
)
"""China Merchants Bank, the mandatory columns of the template of its web page, for accounts at the bank itself."""

BANK_ICBC = Layout(
    "bank_icbc.csv",
    (
        Column("币种", Fill.CURRENCY),
        Column("日期", Fill.PAY_DATE),
        Column("明细标志"),
        Column("顺序号", Fill.SERIAL),
        Column("付款账号开户行", Fill.PAYER_BANK),
        Column("付款账号/卡号", Fill.PAYER_ACCOUNT),
        Column("付款账号名称/卡名称", Fill.PAYER_NAME),
        Column("收款账号开户行", Fill.BANK),
        Column("收款账号省份"),
        Column("收款账号地市"),
        Column("收款账号地区码"),
        Column("收款账号", Fill.ACCOUNT),
        Column("收款账号名称", Fill.NAME),
        Column("金额", Fill.AMOUNT),
        Column("汇款用途", Fill.REMARK),
        Column("备注信息"),
        Column("汇款方式", Fill.TRANSFER),
        Column("收款账户短信通知手机号码"),
        Column("自定义序号"),
    ),
    sums=(Fill.AMOUNT,),
    most_rows=MOST_ROWS,
)
"""ICBC (工商银行) 批量支付, 19 columns. Its templates come in versions: compare with the one the bank gives you."""

BANK_MYBANK = Layout(
    "bank_mybank.csv",
    (
        Column("收款方名称", Fill.NAME),
        Column("收款方账号", Fill.ACCOUNT),
        Column("收款方开户行名称", Fill.BANK),
        Column("收款行联行号"),
        Column("金额", Fill.AMOUNT),
        Column("附言/用途", Fill.REMARK),
    ),
    sums=(Fill.AMOUNT,),
    most_rows=MOST_ROWS,
)
"""MYbank (网商银行)."""

BANKS: Mapping[str, Layout] = {
    "generic": BANK_GENERIC,
    "cmb": BANK_CMB,
    "cmb_web": BANK_CMB_WEB,
    "icbc": BANK_ICBC,
    "mybank": BANK_MYBANK,
}
"""The bank files by what ``company.yaml`` calls them. A company has one: nobody stands in two bank files at once."""

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
    Column("累计子女教育", Fill.CHILD_EDUCATION),
    Column("累计继续教育", Fill.CONTINUING_EDUCATION),
    Column("累计住房贷款利息", Fill.HOUSING_LOAN_INTEREST),
    Column("累计住房租金", Fill.RENT),
    Column("累计赡养老人", Fill.ELDERLY_SUPPORT),
    Column("累计3岁以下婴幼儿照护", Fill.INFANT_CARE),
    Column("累计个人养老金", Fill.PERSONAL_PENSION),
    Column("企业(职业)年金", Fill.ENTERPRISE_ANNUITY),
    Column("商业健康保险", Fill.COMMERCIAL_HEALTH),
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

TAX_BONUS = Layout(
    "tax_bonus.csv",
    (
        Column("工号", Fill.AGENT_NO),
        Column("*姓名", Fill.NAME),
        Column("*证件类型", Fill.ID_TYPE),
        Column("*证件号码", Fill.ID_NO),
        Column("*全年一次性奖金额", Fill.BONUS),
        Column("免税收入"),
        Column("其他"),
        Column("准予扣除的捐赠额"),
        Column("减免税额"),
        Column("协定减免"),
        Column("备注"),
    ),
    sums=(Fill.BONUS,),
)
"""全年一次性奖金收入, for the annual bonus that is taxed apart; it is no part of the wages then."""

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
UNFILLED = Layout("unfilled_columns.csv", (Column("file", Fill.FILE), Column("heading", Fill.HEADING)))
"""The headings of uploaded templates that nothing is known for."""

CONTROL_TOTALS_JSON = "control_totals.json"
