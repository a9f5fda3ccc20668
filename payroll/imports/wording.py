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
NOT_PAID_BY_PLAN = fault(
    "not_paid_by_plan",
    ("no plan in use pays this, and no statutory rule asks for it", "在用方案均不支付此项，且无法定规则要求"),
    ("{part} in the pay plan, if it is to be paid", "如需支付，请在薪酬方案中设置 {part}"),
)
BELOW_MINIMUM_WAGE = fault(
    "below_minimum_wage",
    (
        "less a month than the local minimum wage; people are parked when their pay comes to less",
        "低于当地月最低工资标准；实际工资低于该标准的人员将被挂起",
    ),
    ("at least {minimum} in {city} (劳动法 art. 48)", "{city}不低于 {minimum}（劳动法第四十八条）"),
)
CITY_NOT_KNOWN = fault(
    "city_not_known",
    ("the statutory rules of this city are not known", "没有该城市的法定规则"),
    ("one of {known}, or the city's rows entered with their source", "以下之一：{known}；或先录入该城市规则及来源"),
)
ENTERED_STATUTORY = fault(
    "entered_statutory",
    (
        "contributions and tax are worked out for this company and cannot be entered",
        "本公司的社保、公积金和个税由系统计算，不可录入",
    ),
    ("the agent's base, rate or city corrected instead", "请改正该员工的基数、比例或城市"),
)
FINE_BLOCKED = fault(
    "fine_blocked",
    (
        "a fine may not be deducted from a wage: no law in force authorises it (工资支付暂行规定 arts. 15, 18)",
        "罚款不得从工资中扣除：现行法律无授权（工资支付暂行规定第十五条、第十八条）",
    ),
    (
        "penalty for pay not earned, loss_recovery for a loss, or penalties.fines: true in the plan",
        "未达标的浮动工资请用 penalty，赔偿损失请用 loss_recovery，或在方案中设置 penalties.fines: true",
    ),
)
UNKNOWN_SHOP = fault(
    "unknown_shop",
    ("no billing contract is about this shop", "没有该店铺的外包合同"),
    ("one of {known}", "以下之一：{known}"),
)
CONTRACT_MOVES = fault(
    "contract_moves",
    ("another version of the contract is about shop {shop}", "该合同的其他版本属于店铺 {shop}"),
    ("the same shop in every version; another shop is another contract", "各版本店铺相同；其他店铺请另立合同"),
)
NOT_A_WHOLE_YEAR = fault(
    "not_a_whole_year",
    ("the calendar of {year} has {count} statutory holidays", "{year} 年的日历有 {count} 个法定节假日"),
    (
        "the whole year, with {least} to {most} statutory days (the 300 % days, not the whole breaks)",
        "完整的一年，法定节假日 {least} 至 {most} 天（按300%计薪的日子，不是整个假期）",
    ),
)
