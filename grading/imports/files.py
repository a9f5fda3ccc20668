"""The files that say who the agents are and how they did: their columns, headings and checks.

A check is here only when a row contradicts itself; whether an agent, a team or a plan exists is for the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from grading.imports import wording
from grading.imports.cells import (
    BadCell,
    Choice,
    Form,
    Kind,
    NamedCode,
    Number,
    Text,
    bank_account,
    boolean,
    code,
    count,
    day,
    document_no,
    email,
    phone,
    quantity,
    rate,
    unsigned_money,
)
from grading.imports.metric_table import read_long_or_wide
from grading.imports.table import Column, Complaint, Row, RowCheck, Schema, Table
from grading.kernel.exact import exact_text
from grading.kernel.period import Month
from grading.rulebook import metric_definitions, qa_codes

NAME = Text(50)
NOTE = Text(500)

AGENT_NO = Column("agent_no", ("工号", "客服工号", "员工编号"), code, required=True)
TEAM = Column("team", ("班组", "团队", "小组", "所属班组"), NAME, required=True)

ROLES = Choice(
    {
        "pre_sales": ("售前客服", "售前", "pre-sales"),
        "after_sales": ("售后客服", "售后", "after-sales"),
        "comprehensive": ("综合客服", "综合"),
        "call_centre": ("呼叫中心坐席", "呼叫中心客服", "呼叫中心", "坐席", "电话客服", "call_center"),
    }
)
EMPLOYMENTS = Choice(
    {
        "regular": ("正式", "正式员工", "全日制"),
        "probation_waived": ("免试用期", "无试用期"),
        "temp": ("临时", "临时工", "劳务", "劳务人员"),
        "part_time": ("兼职", "非全日制"),
        "pensioner": ("退休返聘", "返聘"),
    }
)
PLATFORMS = NamedCode(
    {
        "pdd": ("拼多多",),
        "taobao": ("淘宝",),
        "tmall": ("天猫",),
        "jd": ("京东",),
        "alibaba": ("阿里巴巴", "1688"),
        "youzan": ("有赞",),
        "douyin": ("抖音", "抖音小店"),
        "kuaishou": ("快手", "快手小店"),
        "call_centre": ("呼叫中心", "call_center"),
    }
)
TIERS = NamedCode(
    {
        "junior": ("初级客服", "初级"),
        "intermediate": ("中级客服", "中级"),
        "senior": ("高级客服", "高级"),
        "expert": ("资深客服", "资深"),
    }
)
ID_TYPES = NamedCode(
    {
        "resident_id": ("居民身份证", "身份证"),
        "passport": ("护照", "外国护照"),
        "hk_macao_permit": ("港澳居民来往内地通行证",),
        "hk_macao_residence_permit": ("港澳居民居住证",),
        "taiwan_permit": ("台湾居民来往大陆通行证",),
        "taiwan_residence_permit": ("台湾居民居住证",),
        "foreigner_residence_permit": ("外国人永久居留身份证",),
    }
)

CITY = Column("city", ("参保城市", "城市"), NAME)
CONTRIBUTION_BASE = Column("contribution_base", ("社保缴费基数", "社保基数"), unsigned_money)
HOUSING_FUND_BASE = Column("housing_fund_base", ("公积金缴费基数", "公积金缴存基数", "公积金基数"), unsigned_money)
HOUSING_FUND_RATE = Column("housing_fund_rate", ("公积金缴存比例", "公积金比例"), rate)
SUPPLEMENTARY_FUND_RATE = Column("supplementary_fund_rate", ("补充公积金缴存比例", "补充公积金比例"), rate)
TAX_RESIDENT = Column("tax_resident", ("居民个人", "是否居民个人"), boolean)


def _leave_not_before_hire(row: Row) -> Iterable[Complaint]:
    hired, left = row["hire_date"], row["leave_date"]
    if left is not None and left < hired:
        yield Complaint("leave_date", wording.ENDS_BEFORE_START, left, {"start": hired})


TEAMS = Schema(
    columns=(
        TEAM,
        Column("name", ("名称", "班组名称", "团队名称"), NAME),
        Column("department", ("部门", "所属部门"), NAME),
        Column("platform", ("平台", "所属平台"), PLATFORMS),
        Column("shop", ("店铺", "店铺编号"), NAME),
    ),
    key=("team",),
)

AGENTS = Schema(
    columns=(
        AGENT_NO,
        Column("name", ("姓名",), NAME, required=True),
        Column("role", ("岗位", "角色"), ROLES, required=True),
        Column("team", TEAM.zh, NAME, required=True, fallback=("部门", "所属部门")),
        Column("hire_date", ("入职日期", "入职时间"), day, required=True),
        Column("leave_date", ("离职日期", "离职时间"), day),
        Column("tier", ("职级",), TIERS),
        Column("tier_from", ("职级生效日期", "职级生效日"), day),
        Column("plan", ("薪酬方案", "薪资方案"), code, required=True),
        Column("manager_no", ("上级工号", "主管工号", "直属上级工号"), code),
        CITY,
        CONTRIBUTION_BASE,
        HOUSING_FUND_BASE,
        HOUSING_FUND_RATE,
        SUPPLEMENTARY_FUND_RATE,
        Column("new_to_work", ("新参加工作", "首次参加工作"), boolean),
        Column("additional_deductions", ("专项附加扣除", "专项附加扣除合计"), unsigned_money),
        Column("first_job_of_year", ("首次就业(当年)", "当年首次就业", "首次就业"), boolean),
        Column("withhold_from_60000", ("累计收入不超6万直接扣除", "直接扣除6万", "全年直接扣除6万"), boolean),
        Column("cumulates_labour", ("劳务报酬累计预扣", "劳务累计预扣"), boolean),
        TAX_RESIDENT,
        Column("id_type", ("证件类型",), ID_TYPES),
        Column("id_no", ("证件号码", "身份证号", "身份证号码"), document_no),
        Column("bank_name", ("开户银行", "开户行"), NAME),
        Column("bank_account", ("银行账号", "银行卡号"), bank_account),
        Column("alipay", ("支付宝账号", "支付宝"), Text(80)),
        Column("phone", ("手机号", "手机号码", "联系电话"), phone),
        Column("email", ("邮箱", "电子邮箱"), email),
        Column("employment", ("用工形式", "用工类型"), EMPLOYMENTS),
    ),
    key=("agent_no",),
    checks=(_leave_not_before_hire,),
)

# ── changes over time ────────────────────────────────────────────────────────────────────────────────────────────────

CHANGES = Choice(
    {
        "tier": ("职级",),
        "plan": ("薪酬方案",),
        "team": ("班组", "团队"),
        "city": ("参保城市", "城市"),
        "manager": ("上级工号", "上级"),
        "contribution_base": ("社保缴费基数",),
        "housing_fund_base": ("公积金缴费基数",),
        "housing_fund_rate": ("公积金缴存比例",),
        "supplementary_fund_rate": ("补充公积金缴存比例",),
        "additional_deductions": ("专项附加扣除",),
        "tax_resident": ("居民个人",),
    }
)
_CHANGE_KINDS: dict[str, Kind] = {
    "tier": TIERS,
    "plan": code,
    "team": NAME,
    "city": NAME,
    "manager": code,
    "contribution_base": unsigned_money,
    "housing_fund_base": unsigned_money,
    "housing_fund_rate": rate,
    "supplementary_fund_rate": rate,
    "additional_deductions": unsigned_money,
    "tax_resident": boolean,
}


def _type_change(row: Row) -> Iterable[Complaint]:
    """Types the value of a change by its kind: the row's ``value`` becomes money, a rate, a boolean or a code."""
    written = row["value"]
    if written is None or row["kind"] is None:
        return
    try:
        row.values["value"] = _CHANGE_KINDS[row["kind"]](written, Form.TEXT)
    except BadCell as bad:
        yield Complaint("value", bad.fault, written, bad.values)


AGENT_CHANGES = Schema(
    columns=(
        AGENT_NO,
        Column("kind", ("变更项目", "变更类型", "类型"), CHANGES, required=True),
        Column("value", ("变更后", "新值", "值", "数值"), NAME, required=True),
        Column("effective_from", ("生效日期", "生效日"), day, required=True),
    ),
    key=("agent_no", "kind", "effective_from"),
    checks=(_type_change,),
    may_be_empty=True,
)

# ── a month's facts ──────────────────────────────────────────────────────────────────────────────────────────────────

_days = Number(minimum=Fraction(0), maximum=Fraction(31))


def _zero(name: str, zh: tuple[str, ...], kind: Kind) -> Column:
    """An optional column of attendance, where an empty cell is 0 and not unknown."""
    return Column(name, zh, kind, default=0 if kind is count else Fraction(0))


def _not_more_than_due(row: Row) -> Iterable[Complaint]:
    for column in ("present_days", "absent_days"):
        if row[column] > row["due_days"]:
            yield Complaint(
                column, wording.MORE_THAN_DUE, exact_text(row[column]), {"due": exact_text(row["due_days"])}
            )


ATTENDANCE = Schema(
    columns=(
        AGENT_NO,
        Column("due_days", ("应出勤天数", "应出勤"), _days, required=True),
        Column("present_days", ("实际出勤天数", "实出勤天数", "出勤天数", "实际出勤"), _days, required=True),
        _zero("paid_leave_days", ("带薪假天数", "带薪休假天数"), _days),
        _zero("unpaid_leave_days", ("无薪假天数", "事假天数"), _days),
        _zero("sick_days", ("病假天数",), _days),
        _zero("absent_days", ("旷工天数", "缺勤天数"), _days),
        _zero("late_count", ("迟到次数",), count),
        _zero("early_leave_count", ("早退次数",), count),
        _zero("overtime_workday_hours", ("工作日加班小时", "工作日加班时数", "平日加班小时"), quantity),
        _zero("overtime_restday_hours", ("休息日加班小时", "休息日加班时数"), quantity),
        _zero("overtime_holiday_hours", ("法定节假日加班小时", "节假日加班小时", "节假日加班时数"), quantity),
    ),
    key=("agent_no",),
    checks=(_not_more_than_due,),
)

STATUSES = Choice(
    {
        "present": ("出勤", "正常"),
        "late": ("迟到",),
        "early_leave": ("早退",),
        "paid_leave": ("带薪假", "带薪休假"),
        "unpaid_leave": ("无薪假", "事假"),
        "sick": ("病假",),
        "absent": ("旷工", "缺勤"),
        "holiday": ("法定节假日", "节假日"),
        "rest": ("休息", "休息日"),
    }
)

ATTENDANCE_DAILY = Schema(
    columns=(
        AGENT_NO,
        Column("date", ("日期",), day, required=True),
        Column("status", ("状态", "考勤状态"), STATUSES, required=True),
        Column("hours", ("小时", "小时数", "工时"), Number(minimum=Fraction(0), maximum=Fraction(24))),
    ),
    key=("agent_no", "date"),
)

QA_SOURCES = Choice({"random": ("随机", "随机抽检", "抽检"), "complaint": ("投诉", "投诉提交", "投诉组提交")})


def _qa_code(text: str, form: Form) -> str:
    return Choice({known.code: (known.name_zh,) for known in qa_codes().values()})(text, form)


QA_FINDINGS = Schema(
    columns=(
        AGENT_NO,
        Column("checked_on", ("质检日期", "检查日期"), day, required=True),
        Column("session", ("会话", "会话编号", "会话号"), Text(100)),
        Column("code", ("质检项", "错误代码", "代码"), _qa_code, required=True),
        Column("source", ("来源", "抽检方式"), QA_SOURCES),
        Column("reviewer", ("质检员", "质检员工号"), NAME),
    ),
    may_be_empty=True,
)


def _in_month(month: Month, column: str) -> RowCheck:
    def check(row: Row) -> Iterable[Complaint]:
        found: date = row[column]
        if Month.of(found) != month:
            yield Complaint(column, wording.OTHER_MONTH, found, {"month": month})

    return check


def read_attendance_daily(name: str, data: bytes, month: Month | None = None) -> Table:
    """One row per agent and day; with a month, a day of another one is a problem."""
    return _within(ATTENDANCE_DAILY, month, "date").read(name, data)


def read_qa_findings(name: str, data: bytes, month: Month | None = None) -> Table:
    """QA findings by code; with a month, a check on a day of another one is a problem."""
    return _within(QA_FINDINGS, month, "checked_on").read(name, data)


def _within(schema: Schema, month: Month | None, column: str) -> Schema:
    return schema if month is None else replace(schema, checks=(*schema.checks, _in_month(month, column)))


def read_kpi(name: str, data: bytes, also: Collection[str] = ()) -> Table:
    """Rows of agent_no, metric and value, from the long or the wide form; ``also``: the company's own metric ids."""
    return read_long_or_wide(name, data, AGENT_NO, metric_definitions(), also)


def read_team_metrics(name: str, data: bytes, also: Collection[str] = ()) -> Table:
    """Rows of team, metric and value, from the long or the wide form; ``also``: the company's own metric ids."""
    return read_long_or_wide(name, data, TEAM, metric_definitions(), also)
