"""Random companies under the law: those of ``companies`` with wages that it allows, and insured people."""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.scenarios.companies import AGENT_COLUMNS, Company, Draw

TIMES = Decimal(3)
"""The seed's wages lie below today's minimum wages."""
CITIES = ("上海", "北京市", "昆明", "广州", "深圳", "chengdu", "hangzhou")
INSURED = ("contribution_base", "housing_fund_base", "housing_fund_rate", "additional_deductions")
MARKS = ("first_job_of_year", "withhold_from_60000", "tax_resident")
DECLARED = (("elderly_support", "3000.00"), ("rent", "2000.00"), ("child_education", "2000.00"))
OPENING = (
    *("agent_no", "tax_year", "months_employed", "cumulative_income", "cumulative_contributions"),
    *("cumulative_additional_deductions", "tax_withheld"),
)
ENTERED = (
    ("annual_bonus", "36000.01"),
    ("annual_bonus", "9000.00"),
    ("court_support", "1200.00"),
    ("adjustment.travel_allowance", "333.00"),
    ("loss_recovery", "9000.00"),
)


class LawfulDraw(Draw):
    """Draws a company with ``statutory: cn``."""

    def __init__(self, seed: int, *, agents: int = 8, months: tuple[str, ...]) -> None:
        super().__init__(seed, agents=agents, months=months, awkward=False)

    def company_of(self, code: str) -> Company:
        company = super().company_of(code)
        company.documents["company.yaml"] |= {"statutory": "cn", "city": self.rng.choice(CITIES)}
        for path, document in company.documents.items():
            if path.startswith("plans/"):
                self.make_lawful(document)
        company.add("agents", (*AGENT_COLUMNS, *INSURED, *MARKS), [self.insured(row) for row in company.rows("agents")])
        numbers = [row["agent_no"] for row in company.rows("agents")]
        company.add("tax_deductions", ("agent_no", "kind", "amount", "from", "to"), self.declared(numbers))
        company.add("opening_balances", OPENING, self.opened(numbers))
        for month in self.months:
            self.worked(company.rows(f"{month}/attendance"))
            company.rows(f"{month}/adjustments").extend(self.entered_in(month))
        return company

    def make_lawful(self, plan: dict[str, Any]) -> None:
        """Three times the wages; overtime, sick pay and a settlement of the year here and there."""
        rng = self.rng
        base, probation, guarantee = plan["base_pay"], plan.get("probation") or {}, plan.get("guarantee") or {}
        for held, name in ((base, "amount"), (probation, "pay"), (guarantee, "amount")):
            if name in held:
                held[name] = str(Decimal(held[name]) * TIMES)
        for held in (base, guarantee):
            amounts = held.get("amounts")
            if isinstance(amounts, dict):
                held["amounts"] = {tier: str(Decimal(amount) * TIMES) for tier, amount in amounts.items()}
            elif amounts:
                held["amounts"] = [str(Decimal(amount) * TIMES) for amount in amounts]
        if rng.random() < 0.5:
            plan["sick_pay"] = {"rate": rng.choice(("0.3", "0.6", "1"))}
        if rng.random() < 0.3:
            plan["overtime"] = {"workday": "2"}
        if guarantee and rng.random() < 0.5:
            guarantee["annual_settlement"] = rng.choice(("floor_year", "advance"))

    def insured(self, row: dict[str, str]) -> dict[str, str]:
        rng = self.rng
        found = row | {"city": rng.choice(("", rng.choice(CITIES))), "housing_fund_rate": rng.choice(("0.05", "0.07"))}
        found["contribution_base"] = rng.choice(("3798.33", "8000.00", "12345.67", "50000.00"))
        if rng.random() < 0.2:
            found["housing_fund_base"] = "10010.00"
        if rng.random() < 0.3:
            found["additional_deductions"] = "1000.00"
        for mark, part, value in zip(MARKS, (0.2, 0.1, 0.1), ("true", "true", "false"), strict=True):
            if rng.random() < part:
                found[mark] = value
        return found

    def declared(self, numbers: list[str]) -> list[dict[str, str]]:
        chosen = [no for no in numbers if self.rng.random() < 0.3]
        rows = []
        for no in chosen:
            kind, amount = self.rng.choice(DECLARED)
            since = date.fromisoformat(f"{self.months[0]}-01") + timedelta(days=self.rng.randint(-60, 60))
            rows.append({"agent_no": no, "kind": kind, "amount": amount, "from": str(since), "to": ""})
        return rows

    def opened(self, numbers: list[str]) -> list[dict[str, str]]:
        year, month = self.months[0].split("-")
        values = (year, str(int(month) - 1), "60000.00", "9000.00", "4000.00", "345.67")
        chosen = [no for no in numbers if self.rng.random() < 0.4]
        return [dict(zip(OPENING, (no, *values), strict=True)) for no in chosen]

    def worked(self, rows: list[dict[str, str]]) -> None:
        """Some sick days and overtime."""
        for row in rows:
            if self.rng.random() < 0.3 and int(row["present_days"]) > 5:
                row["sick_days"] = "3"
                row["present_days"] = str(int(row["present_days"]) - 3)
            for sort in ("workday", "restday", "holiday"):
                if self.rng.random() < 0.2:
                    row[f"overtime_{sort}_hours"] = self.rng.choice(("2", "7.5"))

    def entered_in(self, month: str) -> list[dict[str, str]]:
        employed = [row["agent_no"] for row in self.company.rows(f"{month}/attendance")]
        chosen = [no for no in employed if self.rng.random() < 0.3]
        return [
            {"agent_no": no, "code": code, "amount": amount, "reason": "原因", "requested_by": "主管"}
            for no in chosen
            for code, amount in [self.rng.choice(ENTERED)]
        ]


def told_late(company: Company, month: str, rng: random.Random) -> Company:
    """The month's sales and attendance once more, with what was entered late: sales, refunds, days of absence."""
    sales, attendance = (copy.deepcopy(company.tables[f"{month}/{name}"]) for name in ("sales", "attendance"))
    bases = sorted({row["basis"] for row in sales[1]})
    for row in attendance[1]:
        drawn = rng.random()
        if bases and drawn < 0.5:
            amount = f"{rng.uniform(-9000, 40000):.2f}"
            sales[1].append({"agent_no": row["agent_no"], "basis": rng.choice(bases), "amount": amount})
        elif drawn < 0.75 and int(row["present_days"]) > 5:
            row["unpaid_leave_days"] = str(int(row["unpaid_leave_days"]) + 1)
            row["present_days"] = str(int(row["present_days"]) - 1)
    late = Company()
    late.add(f"{month}/sales", *sales)
    late.add(f"{month}/attendance", *attendance)
    for name in ("kpi", "team_metrics", "units", "adjustments", "qa_findings"):
        if f"{month}/{name}" in company.tables:
            late.add(f"{month}/{name}", *company.tables[f"{month}/{name}"])
    return late
