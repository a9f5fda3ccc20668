"""What can be wrong with pay between the files of a company: codes with an English and a Chinese sentence."""

from __future__ import annotations

from grading.imports.wording import fault

UNKNOWN_PLAN = fault(
    "unknown_plan", ("there is no such pay plan", "没有该薪酬方案"), ("one of {known}", "以下之一：{known}")
)
TIER_NEEDED = fault(
    "tier_needed",
    ("plan '{plan}' pays by tier, and the tier is empty", "方案“{plan}”按职级计薪，但职级为空"),
    ("one of {known}", "以下之一：{known}"),
)
UNKNOWN_BASIS = fault(
    "unknown_basis",
    ("no published plan pays on this basis", "没有任何已发布方案使用该提成基数"),
    ("one of {known}", "以下之一：{known}"),
)
UNUSED_UNIT = fault(
    "unused_unit",
    ("no published plan pays by this unit", "没有任何已发布方案使用该计件单位"),
    ("one of {known}; the quantity is kept", "以下之一：{known}；数量已保留"),
)
UNKNOWN_PAY_CODE = fault(
    "unknown_pay_code",
    ("this pay code cannot be entered", "该薪资项目编码不可录入"),
    ("adjustment.NAME, arrears.NAME or one of {known}", "adjustment.名称、arrears.名称 或以下之一：{known}"),
)
NEGATIVE_DEDUCTION = fault(
    "negative_deduction",
    ("a deduction is a positive amount", "扣款金额应为正数"),
    ("a positive amount; enter what is given back as adjustment.NAME", "正数金额；退还请录入为 adjustment.名称"),
)
NOT_PAID_YET = fault(
    "not_paid_yet",
    ("what is recorded here does not change pay yet", "此项记录暂不影响工资"),
    ("an adjustment.NAME row for what is to be paid", "应发部分请录入 adjustment.名称"),
)
NOT_SETTLED_YET = fault(
    "not_settled_yet",
    ("guarantees are not settled over the year yet", "保底暂不按年度结算"),
    ("annual_settlement: none", "annual_settlement: none"),
)
NO_STATUTORY_YET = fault(
    "no_statutory_yet",
    (
        "social insurance, housing fund and income tax are not calculated yet",
        "暂不计算社会保险、住房公积金和个人所得税",
    ),
    (
        "the amounts as adjustments, with the codes pension, medical, unemployment, housing_fund, income_tax",
        "以 pension、medical、unemployment、housing_fund、income_tax 编码录入金额",
    ),
)
