"""The rules of the made-up demo company: its pay plans and scorecards, as an HR department would write them.

In every text ``FROM_DATE`` stands for the first day it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

CITY = "昆明"
TEMP_PLAN = "temp_daily"
PILOT_PLAN = "pre_sales_pilot"

COMPANY_YAML = f"""\
# A made-up demo company. Written by: python manage.py seed_demo
# 虚构的演示公司。公司、店铺、人员、数字均为虚构。
code: demo
name_zh: 演示电商客服有限公司
name_en: Demo Customer Service Co.
city: {CITY}
timezone: Asia/Shanghai
statutory: none
pay_day: 10
languages: [zh, en]
"""

PLANS = {
    "pre_sales": """\
plan: pre_sales
name_zh: 售前客服薪酬方案
name_en: Pre-sales pay plan
effective_from: FROM_DATE
probation: {months: 1, pay: "2400.00", commission: true, bonus: false, month_end: clamp}
base_pay: {by: tier, amounts: {junior: "2200.00", intermediate: "2500.00", senior: "2900.00", expert: "3400.00"}}
guarantee:
  by: service_year
  amounts: ["3000.00", "3200.00", "3500.00"]
  service_year_from: hire_date
  anniversary: split_by_day
  annual_settlement: none
commission:
  - code: sales_commission
    basis: sales_amount
    mode: marginal
    bands:
      - {from: "0", rate: "0.008"}
      - {from: "50000", rate: "0.012"}
      - {from: "120000", rate: "0.016"}
    cap: null
bonuses:
  - {code: performance_pay, amount: "800.00", by: score}
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
""",
    PILOT_PLAN: """\
plan: pre_sales_pilot
name_zh: 售前客服高提成试行方案
name_en: Pre-sales pilot plan (lower base, higher commission)
effective_from: FROM_DATE
probation: {months: 1, pay: "2400.00", commission: true, bonus: false, month_end: clamp}
base_pay: {by: tier, amounts: {junior: "1900.00", intermediate: "2100.00", senior: "2400.00", expert: "2800.00"}}
guarantee:
  by: fixed
  amount: "2800.00"
commission:
  - code: sales_commission
    basis: sales_amount
    mode: whole
    bands:
      - {from: "0", rate: "0.010"}
      - {from: "60000", rate: "0.015"}
      - {from: "120000", rate: "0.020"}
    cap: "4000.00"
bonuses:
  - {code: performance_pay, amount: "600.00", by: score}
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
""",
    "after_sales": """\
plan: after_sales
name_zh: 售后客服薪酬方案
name_en: After-sales pay plan
effective_from: FROM_DATE
probation: {months: 1, pay: "1600.00", commission: false, bonus: false, month_end: clamp}
base_pay: {by: tier, amounts: {junior: "1800.00", intermediate: "2000.00", senior: "2300.00", expert: "2600.00"}}
guarantee:
  by: service_year
  amounts: ["2000.00", "2200.00", "2500.00"]
  counts: [base_pay, commission, metric_bonus]
  service_year_from: hire_date
  anniversary: split_by_day
  annual_settlement: none
commission:
  - {code: commission, basis: returning_order_amount, rate: "0.003"}
bonuses:
  - {code: metric_bonus, amount: "500.00", gate: after_sales_gate}
gates:
  after_sales_gate:
    scope: team
    metrics:
      refund_rate: {op: "<=", value: "0.05"}
      refund_duration_h: {op: "<=", value: "24"}
      dispute_rate: {op: "<=", value: "0.005"}
      dsr_score: {op: ">=", value: "4.7"}
      internal_complaint_count: {op: "<=", value: "2"}
    missing: block
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
""",
    "comprehensive": """\
plan: comprehensive
name_zh: 综合客服薪酬方案
name_en: Comprehensive pay plan
effective_from: FROM_DATE
probation: {months: 1, pay: "2200.00", commission: false, bonus: false, month_end: clamp}
base_pay: {by: tier, amounts: {junior: "2300.00", intermediate: "2600.00", senior: "3000.00", expert: "3500.00"}}
bonuses:
  - {code: performance_pay, amount: "900.00", by: grade}
  - {code: team_bonus, pool: "3000.00", share_by: score, gate: comprehensive_gate}
  - {code: full_attendance_bonus, amount: "200.00", when: full_attendance}
gates:
  comprehensive_gate:
    scope: team
    metrics:
      dsr_score: {op: ">=", value: "4.6"}
      dispute_rate: {op: "<=", value: "0.008"}
    missing: fail
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
""",
    "call_centre": """\
plan: call_centre
name_zh: 呼叫中心坐席薪酬方案
name_en: Call-centre pay plan
effective_from: FROM_DATE
probation: {months: 1, pay: "2200.00", commission: false, bonus: false, month_end: clamp}
base_pay: {by: fixed, amount: "2200.00"}
guarantee:
  by: fixed
  amount: "2800.00"
piece:
  - code: piece_pay
    unit: calls
    mode: marginal
    bands:
      - {from: "0", price: "0.30"}
      - {from: "3000", price: "0.40"}
      - {from: "5000", price: "0.50"}
bonuses:
  - {code: performance_pay, amount: "600.00", by: score}
  - {code: full_attendance_bonus, amount: "100.00", when: full_attendance}
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
""",
    TEMP_PLAN: """\
plan: temp_daily
name_zh: 临时客服日薪方案
name_en: Daily pay for temporary agents
effective_from: FROM_DATE
base_pay: {by: daily, amount: "200.00", unit: days}
""",
}

_GRADES = """\
grades:
  - {grade: S, from: "95", coefficient: "1.5"}
  - {grade: A, from: "85", coefficient: "1.2"}
  - {grade: B, from: "70", coefficient: "1.0"}
  - {grade: C, from: "60", coefficient: "0.8"}
  - {grade: D, from: "0", coefficient: "0"}
"""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One line of a scorecard, and the range its made-up values come from (whole numbers of the last decimal).

    Without a range the value comes from something else: calls, findings or attendance.
    """

    metric: str
    weight: str
    threshold: str = ""
    target: str = ""
    worst: int = 0
    best: int = 0
    decimals: int = 0
    extra: str = ""

    def yaml(self) -> str:
        """The line in the scorecard."""
        if not self.threshold:
            return f'  - {{metric: {self.metric}, weight: "{self.weight}", {self.extra}}}\n'
        lower = self.best < self.worst
        return (
            f'  - {{metric: {self.metric}, weight: "{self.weight}", direction: {"lower" if lower else "higher"},'
            f' threshold: "{self.threshold}", target: "{self.target}", scoring: linear{self.extra}}}\n'
        )


KPIS: dict[str, tuple[Kpi, ...]] = {
    "pre_sales": (
        Kpi("deal_rate", "0.30", "0.15", "0.30", 1200, 3200, 4),
        Kpi("response_speed", "0.20", "60", "20", 680, 180, 1),
        Kpi("reception_count", "0.10", "0", "5000", 2400, 5600, 0, ', saturation_cap: "5200"'),
        Kpi("avg_order_value", "0.10", "60", "120", 5500, 12800, 2),
        Kpi("return_order_rate", "0.10", "0.10", "0.04", 1100, 350, 4),
        Kpi("satisfaction_rate", "0.20", "0.80", "0.95", 7800, 9700, 4),
    ),
    "after_sales": (
        Kpi("first_response_sec", "0.20", "30", "6", 320, 55, 1),
        Kpi("dispute_completion_rate", "0.25", "0.80", "0.98", 7800, 9900, 4),
        Kpi("review_recovery_rate", "0.15", "0.05", "0.30", 300, 3300, 4),
        Kpi("avg_refund_speed_30d", "0.15", "48", "24", 520, 220, 1),
        Kpi("satisfaction_rate", "0.15", "0.80", "0.95", 7800, 9700, 4),
        Kpi(
            "qa_fatal_count",
            "0.10",
            extra=(
                'scoring: bands, bands: [{from: "0", score: "100"}, {from: "1", score: "50"}, {from: "2", score: "0"}]'
            ),
        ),
    ),
    "comprehensive": (
        Kpi("message_reply_rate", "0.20", "0.90", "0.99", 8900, 9950, 4),
        Kpi("taobao_response_time_sec", "0.20", "60", "20", 640, 180, 1),
        Kpi("order_satisfaction", "0.15", "4.2", "4.9", 410, 492, 2),
        Kpi("chat_audit_score", "0.15", "70", "95", 680, 960, 1),
        Kpi("product_knowledge_score", "0.15", "60", "95", 580, 960, 1),
        Kpi("typing_speed_cpm", "0.05", "40", "80", 38, 85, 0),
        Kpi("attendance_rate", "0.10", "0.90", "1.00"),
    ),
    "call_centre": (
        Kpi("call_traffic_index", "0.30", "0.60", "1.00", extra=', max_score: "120"'),
        Kpi("call_completion_rate", "0.20", "0.80", "0.95", 7800, 9600, 4),
        Kpi("avg_call_duration_sec", "0.15", "300", "150", 3150, 1400, 1),
        Kpi("call_quality_index", "0.15", "60", "95", 580, 960, 1),
        Kpi("training_index", "0.10", "60", "95", 580, 960, 1),
        Kpi("attendance_rate", "0.10", "0.90", "1.00"),
    ),
}

MISSING_POLICY = {"pre_sales": "reweight", "after_sales": "reweight", "comprehensive": "zero", "call_centre": "block"}


def scorecard(role: str) -> str:
    """The scorecard of a role as YAML."""
    head = f"scorecard: {role}\neffective_from: FROM_DATE\nroles: [{role}]\nmissing: {MISSING_POLICY[role]}\n"
    kpis = "kpis:\n" + "".join(kpi.yaml() for kpi in KPIS[role])
    return head + kpis + _GRADES
