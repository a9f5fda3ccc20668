"""Company folders nobody has seen: seeded, varied, in every form that formats.md allows.

``Company.write_plain`` writes what the oracle reads; ``Company.write_as_hr`` writes the same facts the way an HR
department might hand them over: Chinese headings, GB18030, XLSX, wide tables, daily attendance.
"""

from __future__ import annotations

import calendar
import copy
import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import yaml

DAY = timedelta(days=1)
ROLES = ("pre_sales", "after_sales", "comprehensive", "call_centre")
TIERS = ("junior", "intermediate", "senior", "expert")
HEADINGS = {
    "agent_no": "工号",
    "name": "姓名",
    "role": "岗位",
    "team": "班组",
    "department": "部门",
    "hire_date": "入职日期",
    "leave_date": "离职日期",
    "tier": "职级",
    "plan": "薪酬方案",
    "city": "参保城市",
    "metric": "指标",
    "value": "数值",
    "due_days": "应出勤天数",
}
AGENT_COLUMNS = (
    "agent_no",
    "name",
    "role",
    "team",
    "hire_date",
    "leave_date",
    "tier",
    "tier_from",
    "plan",
    "manager_no",
    "city",
    "id_no",
    "bank_account",
    "phone",
    "email",
    "employment",
)
ATTENDANCE_COLUMNS = (
    "agent_no",
    "due_days",
    "present_days",
    "paid_leave_days",
    "unpaid_leave_days",
    "sick_days",
    "absent_days",
    "late_count",
    "early_leave_count",
    "overtime_workday_hours",
    "overtime_restday_hours",
    "overtime_holiday_hours",
)
QA_COLUMNS = ("agent_no", "checked_on", "session", "code", "source", "reviewer")
DERIVED = ("attendance_rate", "qa_fatal_count", "qa_nonfatal_count")
KPIS = {
    # metric: (threshold, target, lowest and highest value seen, decimals)
    "deal_rate": ("0.15", "0.30", 0.10, 0.35, 4),
    "response_speed": ("60", "20", 10, 75, 1),
    "reception_count": ("0", "5000", 1000, 6000, 0),
    "satisfaction_rate": ("0.80", "0.95", 0.75, 0.99, 6),
    "avg_order_value": ("60", "120", 50, 140, 2),
    "return_order_rate": ("0.10", "0.04", 0.02, 0.12, 4),
    "attendance_rate": ("0.90", "1", 0.85, 1, 4),
    "qa_fatal_count": ("2", "0", 0, 3, 0),
    "qa_nonfatal_count": ("8", "0", 0, 9, 0),
    "call_traffic_index": ("0.60", "1.00", 0.5, 1.3, 4),
    "dispute_completion_rate": ("0.80", "0.98", 0.7, 1, 3),
}
GATE_METRICS = {
    "refund_rate": ("<=", "0.05"),
    "refund_duration_h": ("<=", "24"),
    "dispute_rate": ("<=", "0.005"),
    "dsr_score": (">=", "4.7"),
    "internal_complaint_count": ("<=", "2"),
}
GRADES = (("S", "95", "1.5"), ("A", "85", "1.2"), ("B", "70", "1.0"), ("C", "60", "0.8"), ("D", "0", "0"))


@dataclass
class Company:
    """Documents and tables by path inside the folder."""

    documents: dict[str, dict] = field(default_factory=dict)
    tables: dict[str, tuple[tuple[str, ...], list[dict[str, str]]]] = field(default_factory=dict)

    def rows(self, path: str) -> list[dict[str, str]]:
        return self.tables[path][1]

    def add(self, path: str, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
        self.tables[path] = (columns, rows)

    def write_plain(self, folder: Path) -> Path:
        for path, document in self.documents.items():
            write_document(folder / path, document)
        for path, (columns, rows) in self.tables.items():
            write_bytes(folder / f"{path}.csv", csv_text(columns, rows).encode())
        return folder

    def write_as_hr(self, folder: Path, rng: random.Random) -> Path:
        """The same facts in forms drawn by ``rng``."""
        for path, document in self.documents.items():
            write_document(folder / path, document)
        for path, (columns, rows) in self.tables.items():
            stem = path.rpartition("/")[2]
            if stem in ("kpi", "team_metrics") and rows and rng.random() < 0.5:
                columns, rows = widened(columns[0], rows)
            if stem == "attendance" and rng.random() < 0.5:
                path = path.replace("attendance", "attendance_daily")
                columns, rows = daily(path.partition("/")[0], rows)
            order = list(columns)
            rng.shuffle(order)
            form = rng.choice(("utf-8", "utf-8-sig", "gb18030", "xlsx" if rows else "utf-8"))
            chinese = rng.random() < 0.5 and stem != "agent_changes"
            if form == "xlsx":
                write_bytes(folder / f"{path}.xlsx", workbook(order, rows, chinese=chinese))
            else:
                text = csv_text(order, rows, chinese=chinese, newline=rng.choice(("\n", "\r\n")))
                write_bytes(folder / f"{path}.csv", text.encode(form))
        return folder


def write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_document(path: Path, document: dict) -> None:
    write_bytes(path, yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())


def csv_text(columns, rows, *, chinese: bool = False, newline: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline)
    writer.writerow([HEADINGS.get(column, column) if chinese else column for column in columns])
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


def workbook(columns, rows, *, chinese: bool) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([HEADINGS.get(column, column) if chinese else column for column in columns])
    for row in rows:
        sheet.append([row.get(column, "") or None for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def widened(subject: str, rows: list[dict[str, str]]) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    metrics = sorted({row["metric"] for row in rows})
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row[subject], {subject: row[subject]})[row["metric"]] = row["value"]
    return (subject, *metrics), list(found.values())


def daily(month: str, rows: list[dict[str, str]]) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Monthly totals as one row per agent and day: the same totals again when counted."""
    year, number = map(int, month.split("-"))
    days = [f"{month}-{day:02}" for day in range(1, calendar.monthrange(year, number)[1] + 1)]
    out = []
    for row in rows:
        count = {name: int(row.get(name) or 0) for name in ATTENDANCE_COLUMNS[1:9]}
        statuses = ["late"] * count["late_count"] + ["early_leave"] * count["early_leave_count"]
        statuses += ["present"] * (count["present_days"] - len(statuses))
        for status in ("paid_leave", "unpaid_leave", "sick", "absent"):
            statuses += [status] * count[f"{status}_days"]
        statuses += ["rest"] * (len(days) - len(statuses))
        out += [
            {"agent_no": row["agent_no"], "date": day, "status": status, "hours": "8" if status == "present" else ""}
            for day, status in zip(days, statuses, strict=True)
        ]
    return ("agent_no", "date", "status", "hours"), out


# ── drawing a company ────────────────────────────────────────────────────────────────────────────────────────────────


class Draw:
    """Draws one company. ``awkward`` adds everything that parks somebody."""

    def __init__(
        self, seed: int, *, agents: int = 15, months: tuple[str, ...] = ("2026-09", "2026-10"), awkward: bool = True
    ) -> None:
        self.rng = random.Random(seed)
        self.size, self.months, self.awkward = agents, months, awkward
        self.company = Company()

    def company_of(self, code: str) -> Company:
        self.company.documents["company.yaml"] = {
            "code": code,
            "name_zh": "验收公司",
            "name_en": "Acceptance Co.",
            "city": "昆明",
            "timezone": "Asia/Shanghai",
            "statutory": "none",
            "pay_day": 10,
            "languages": ["zh", "en"],
        }
        self.scorecards()
        self.teams()
        self.plans()
        self.agents()
        for month in self.months:
            self.month(month)
        return self.company

    # rules

    def teams(self) -> None:
        self.team_names = [f"组{number}" for number in range(1, 5)]
        rows = [
            {
                "team": name,
                "name": f"{name}名称",
                "department": f"部{1 + place // 2}",
                "platform": "taobao",
                "shop": "店",
            }
            for place, name in enumerate(self.team_names)
        ]
        self.company.add("teams", ("team", "name", "department", "platform", "shop"), rows)

    def scorecards(self) -> None:
        rng = self.rng
        self.card_kpis: dict[str, list[str]] = {}
        self.missing: dict[str, str] = {}
        for role in ROLES:
            if role == "call_centre" and rng.random() < 0.5:
                continue
            chosen = rng.sample(sorted(KPIS), rng.choice((1, 2, 3, 5)))
            weights = {
                1: ["1"],
                2: ["0.35", "0.65"],
                3: ["0.3", "0.3", "0.4"],
                5: ["0.2", "0.3", "0.1", "0.15", "0.25"],
            }
            kpis = [self.kpi(metric, weight) for metric, weight in zip(chosen, weights[len(chosen)], strict=True)]
            missing = rng.choice(("reweight", "zero", "block", None))
            grades = [dict(zip(("grade", "from", "coefficient"), grade, strict=True)) for grade in GRADES]
            rng.shuffle(grades)
            card = {"scorecard": role, "effective_from": "2020-01-01", "roles": [role], "kpis": kpis, "grades": grades}
            if missing:
                card["missing"] = missing
            self.card_kpis[role], self.missing[role] = chosen, missing or "reweight"
            self.company.documents[f"scorecards/{role}.yaml"] = card

    def kpi(self, metric: str, weight: str) -> dict:
        rng = self.rng
        threshold, target, low, high, _digits = KPIS[metric]
        if rng.random() < 0.3:
            middle = str(round((low + high) / 2, 2))
            bands = [
                {"from": "0", "score": "100"},
                {"from": middle, "score": "62.5"},
                {"from": str(high), "score": "0"},
            ]
            rng.shuffle(bands)
            return {"metric": metric, "weight": weight, "scoring": "bands", "bands": bands}
        direction = "higher" if float(target) > float(threshold) else "lower"
        kpi = {
            "metric": metric,
            "weight": weight,
            "direction": direction,
            "threshold": threshold,
            "target": target,
            "scoring": "linear",
        }
        if direction == "higher" and rng.random() < 0.3:
            kpi["saturation_cap"] = str(round(float(target) * 1.04, 4))
        if rng.random() < 0.4:
            kpi["max_score"] = "120"
        return kpi

    def plans(self) -> None:
        rng = self.rng
        for number in range(1, 6):
            code = f"plan{number}"
            plan = self.company.documents[f"plans/{code}.yaml"] = self.plan(code)
            if rng.random() < 0.3:
                later = copy.deepcopy(plan) | {"effective_from": f"{rng.choice(self.months)}-{rng.choice((1, 16)):02}"}
                later["base_pay"] = rng.choice(({"by": "fixed", "amount": "2468.10"}, {"by": "none"}))
                later["proration"] = {"method": rng.choice(("calendar_days", "workdays"))}
                later.pop("guarantee", None)
                self.add_guarantee(later)
                # Read before or after the first version: only the date is to count.
                self.company.documents[f"plans/{rng.choice('az')}-{code}.yaml"] = later
        self.company.documents["plans/temp.yaml"] = {
            "plan": "temp",
            "name_zh": "日薪",
            "name_en": "Daily",
            "effective_from": "2020-01-01",
            "base_pay": {"by": "daily", "amount": "188.88", "unit": "days"},
        }

    def plan(self, code: str) -> dict:
        rng = self.rng
        plan: dict = {"plan": code, "name_zh": code, "name_en": code, "effective_from": "2020-01-01"}
        if rng.random() < 0.85:
            plan["probation"] = {
                "months": rng.choice((1, 1, 2, 3)),
                "commission": rng.random() < 0.3,
                "bonus": rng.random() < 0.3,
                "month_end": rng.choice(("clamp", "overflow", "days_30")),
            }
            if rng.random() < 0.85:
                plan["probation"]["pay"] = "1600.00"
        amounts = {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.01", "expert": "2600.55"}
        plan["base_pay"] = rng.choice(
            (
                {"by": "tier", "amounts": amounts},
                {"by": "tier", "amounts": amounts},
                {"by": "fixed", "amount": "2111.11"},
                {"by": "none"},
            )
        )
        self.add_pieces(plan)
        self.add_bonuses(plan)
        self.add_guarantee(plan)
        plan["proration"] = {
            "method": rng.choice(("calendar_days", "calendar_days", "workdays", "paid_days")),
            "absence_divisor": rng.choice(("21.75", "30")),
        }
        if rng.random() < 0.7:
            plan["penalties"] = {"order": rng.choice(("after_floor", "before_floor"))}
        return plan

    def add_guarantee(self, plan: dict) -> None:
        rng = self.rng
        drawn = rng.random()
        if drawn < 0.2:
            return
        if drawn < 0.4:
            plan["guarantee"] = {"by": "fixed", "amount": "2345.67"}
        else:
            plan["guarantee"] = {
                "by": "service_year",
                "amounts": ["2000.00", "2200.00", "2500.00"],
                "service_year_from": rng.choice(("hire_date", "calendar_year", "regularization")),
                "anniversary": rng.choice(("split_by_day", "first_of_month", "next_month", "whole_month_new")),
                "annual_settlement": "none",
            }
            if rng.random() < 0.3:
                plan["guarantee"]["month_end"] = rng.choice(("clamp", "overflow"))
            if rng.random() < 0.1:
                plan["guarantee"]["amounts"] = ["0.00"]
        codes = ["base_pay"] + [
            each["code"] for part in ("commission", "piece", "bonuses") for each in plan.get(part, [])
        ]
        if rng.random() < 0.5:
            plan["guarantee"]["counts"] = rng.sample(codes, rng.randint(1, len(codes)))

    def add_pieces(self, plan: dict) -> None:
        rng = self.rng
        rate_bands = [
            {"from": "0", "rate": "0.01"},
            {"from": "50000", "rate": "0.02"},
            {"from": "80000.50", "rate": "0.013"},
        ]
        rng.shuffle(rate_bands)
        offers = [
            {"code": "commission", "basis": "returning_order_amount", "rate": "0.003"},
            {
                "code": "sales_commission",
                "basis": "sales_amount",
                "mode": rng.choice(("marginal", "whole")),
                "bands": rate_bands,
                "cap": rng.choice((None, "900.00")),
            },
        ]
        chosen = rng.sample(offers, rng.randint(0, 2))
        if chosen:
            plan["commission"] = chosen
        if rng.random() < 0.4:
            bands = [
                {"from": "0", "price": "1.20"},
                {"from": "2000", "price": "1.00"},
                {"from": "5000", "price": "0.80"},
            ]
            plan["piece"] = [
                {"code": "piece_pay", "unit": "inquiries", "mode": rng.choice(("marginal", "whole")), "bands": bands}
            ]

    def add_bonuses(self, plan: dict) -> None:
        rng = self.rng
        gated = {"gate": "gate"} if rng.random() < 0.7 else {}
        offers = [
            {"code": "metric_bonus", "amount": "500.00"} | gated,
            {"code": "performance_pay", "amount": "600.00", "by": rng.choice(("score", "grade"))}
            | (gated if rng.random() < 0.3 else {}),
            {"code": "full_attendance_bonus", "amount": "100.00", "when": "full_attendance"},
            {"code": "team_bonus", "pool": rng.choice(("3000.00", "1000.01")), "share_by": "score"} | gated,
            {"code": "festival", "amount": "77.77"},
        ]
        chosen = rng.sample(offers, rng.randint(0, 4))
        if chosen:
            plan["bonuses"] = chosen
        if any("gate" in bonus for bonus in chosen):
            metrics = rng.sample(sorted(GATE_METRICS), rng.randint(1, 5))
            plan["gates"] = {
                "gate": {
                    "scope": rng.choice(("team", "department")),
                    "metrics": {
                        metric: dict(zip(("op", "value"), GATE_METRICS[metric], strict=True)) for metric in metrics
                    },
                    "missing": rng.choice(("block", "fail", "pass")),
                }
            }

    # people

    def agents(self) -> None:
        rng = self.rng
        rows, changes = [], []
        first = date.fromisoformat(f"{self.months[0]}-01")
        for number in range(1, self.size + 1):
            hired = self.hired(first)
            plan = rng.choice([f"plan{each}" for each in range(1, 6)])
            role = rng.choice(ROLES)
            plan_document = self.company.documents[f"plans/{plan}.yaml"]
            by_score = any(bonus.get("by") or "pool" in bonus for bonus in plan_document.get("bonuses", []))
            if by_score and role not in self.card_kpis and not self.awkward:
                role = "pre_sales"
            employment = rng.choice(("regular",) * 5 + ("", "probation_waived", "part_time", "pensioner"))
            if number % 9 == 0:
                plan, employment = "temp", "temp"
            row = {
                "agent_no": f"K{number:03}",
                "name": f"客服{number}",
                "role": role,
                "team": rng.choice(self.team_names),
                "hire_date": str(hired),
                "leave_date": self.left(hired),
                "tier": rng.choice(TIERS),
                "tier_from": self.tier_known_from(hired, first),
                "plan": plan,
                "city": "昆明",
                "employment": employment,
            }
            rows.append(row)
            if rng.random() < 0.25:
                changes.append(self.change(row, "tier", rng.choice(TIERS), rng.choice((1, 11, 28))))
            if rng.random() < 0.1:
                changes.append(self.change(row, "team", rng.choice(self.team_names), rng.choice((1, 11, 28))))
            if rng.random() < 0.15 and plan != "temp":
                changes.append(self.change(row, "plan", f"plan{rng.randint(1, 5)}", rng.choice((1, 11, 28))))
        hired_on = {row["agent_no"]: row["hire_date"] for row in rows}
        changes = [each for each in changes if each["effective_from"] > hired_on[each["agent_no"]]]
        self.company.add("agents", AGENT_COLUMNS, rows)
        self.company.add("agent_changes", ("agent_no", "kind", "value", "effective_from"), changes)

    def tier_known_from(self, hired: date, first: date) -> str:
        """Mostly left out or the day of hire; awkward: within the month, so that its first days know no tier."""
        drawn = self.rng.random()
        if self.awkward and drawn < 0.06:
            return str(max(hired, first + DAY * self.rng.randint(1, 40)))
        return str(hired) if drawn < 0.3 else ""

    def change(self, row: dict[str, str], kind: str, value: str, day: int) -> dict[str, str]:
        month = self.rng.choice(self.months)
        return {"agent_no": row["agent_no"], "kind": kind, "value": value, "effective_from": f"{month}-{day:02}"}

    def hired(self, first: date) -> date:
        rng = self.rng
        drawn = rng.random()
        if drawn < 0.25:  # around this month: joiners, probation
            return first + DAY * rng.randint(-70, 55)
        if drawn < 0.45:  # an anniversary in this month or the next
            day = first + DAY * rng.randint(0, 60)
            year = first.year - rng.randint(1, 4)
            return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
        if drawn < 0.6:
            return rng.choice((date(2024, 2, 29), date(2023, 1, 31), date(2023, 8, 31), date(2022, 11, 30)))
        return first - DAY * rng.randint(100, 1500)

    def left(self, hired: date) -> str:
        rng = self.rng
        first = date.fromisoformat(f"{self.months[0]}-01")
        if rng.random() < 0.8:
            return ""
        return str(max(hired, first + DAY * rng.randint(-20, 60)))

    # a month

    def month(self, month: str) -> None:
        rng = self.rng
        first = date.fromisoformat(f"{month}-01")
        size = calendar.monthrange(first.year, first.month)[1]
        people = self.company.rows("agents")
        present = [
            row
            for row in people
            if row["hire_date"] <= f"{month}-{size:02}"
            and (not row["leave_date"] or row["leave_date"] >= f"{month}-01")
        ]
        self.company.add(f"{month}/attendance", ATTENDANCE_COLUMNS, self.attendances(present, first))
        kpis = []
        for row in present:
            for metric in self.card_kpis.get(row["role"], ()):
                if metric in DERIVED and rng.random() < 0.7:
                    continue
                if rng.random() < (0.06 if self.awkward or self.missing[row["role"]] != "block" else 0):
                    continue
                kpis.append({"agent_no": row["agent_no"], "metric": metric, "value": self.value(metric)})
        self.company.add(f"{month}/kpi", ("agent_no", "metric", "value"), kpis)
        self.company.add(f"{month}/team_metrics", ("team", "metric", "value"), self.team_values())
        self.sold(month, present)
        if rng.random() < 0.6:
            self.company.add(f"{month}/qa_findings", QA_COLUMNS, self.found(month, present))
        self.company.add(
            f"{month}/adjustments", ("agent_no", "code", "amount", "reason", "requested_by"), self.adjusted(present)
        )

    def attendances(self, present: list[dict[str, str]], first: date) -> list[dict[str, str]]:
        rows = [self.attended(row, first) for row in present]
        return [row for row in rows if not self.awkward or self.rng.random() > 0.03]

    def found(self, month: str, present: list[dict[str, str]]) -> list[dict[str, str]]:
        """QA findings, often the same mistake again."""
        rng, rows = self.rng, []
        for row in present:
            codes = rng.sample(("N1", "N2", "N4", "N6", "F2"), 2)
            for _each in range(rng.choice((0, 0, 1, 3, 6))):
                rows.append(
                    {
                        "agent_no": row["agent_no"],
                        "checked_on": f"{month}-{rng.randint(1, 28):02}",
                        "session": f"S{len(rows)}",
                        "code": rng.choice(codes),
                        "source": rng.choice(("random", "complaint")),
                        "reviewer": "质检",
                    }
                )
        return rows

    def value(self, metric: str) -> str:
        threshold, target, low, high, digits = KPIS[metric]
        if self.rng.random() < 0.15:
            return self.rng.choice((threshold, target))
        return f"{self.rng.uniform(low, high):.{digits}f}"

    def team_values(self) -> list[dict[str, str]]:
        rng = self.rng
        rows = []
        for team in self.team_names:
            for metric, (op, limit) in GATE_METRICS.items():
                drawn = rng.random()
                if drawn < (0.04 if self.awkward else 0):
                    continue
                worse = float(limit) * (1.02 if op == "<=" else 0.98)
                better = float(limit) * (0.8 if op == "<=" else 1.02)
                value = limit if drawn < 0.5 else f"{better:.4f}" if drawn < 0.92 else f"{worse:.4f}"
                rows.append({"team": team, "metric": metric, "value": value})
        return rows

    def attended(self, row: dict[str, str], first: date) -> dict[str, str]:
        rng = self.rng
        due = rng.randint(20, 23)
        size = calendar.monthrange(first.year, first.month)[1]
        if row["hire_date"] > str(first) or (row["leave_date"] and row["leave_date"] < str(first.replace(day=size))):
            due = min(due, rng.randint(1, 5))
        out = dict.fromkeys(ATTENDANCE_COLUMNS[1:], "0") | {"agent_no": row["agent_no"], "due_days": str(due)}
        lost = dict.fromkeys(("paid_leave_days", "unpaid_leave_days", "sick_days", "absent_days"), 0)
        if rng.random() < 0.4 and due > 10:
            lost["paid_leave_days"] = rng.randint(0, 3)
            lost["unpaid_leave_days"], lost["absent_days"] = rng.randint(0, 3), rng.choice((0, 1, 2, 0, 12))
            lost["paid_leave_days"] = min(lost["paid_leave_days"], due - 15)
        out |= {name: str(days) for name, days in lost.items()}
        out["present_days"] = str(due - sum(lost.values()))
        if rng.random() < 0.2 and due > 10:
            out["late_count"], out["early_leave_count"] = str(rng.randint(0, 2)), str(rng.randint(0, 1))
        return out

    def sold(self, month: str, present: list[dict[str, str]]) -> None:
        rng = self.rng
        documents = [document for path, document in self.company.documents.items() if path.startswith("plans/")]
        bases = sorted({rule["basis"] for plan in documents for rule in plan.get("commission", [])})
        units = sorted({rule["unit"] for plan in documents for rule in plan.get("piece", [])})
        sales, done = [], []
        for row in present:
            for basis in bases:
                for _each in range(rng.choice((0, 1, 1, 3))):
                    top = 60000 if rng.random() < 0.5 else 30000
                    sales.append({"agent_no": row["agent_no"], "basis": basis, "amount": f"{rng.uniform(1, top):.2f}"})
                if rng.random() < 0.2:
                    sales.append(
                        {"agent_no": row["agent_no"], "basis": basis, "amount": f"{-rng.uniform(1, 30000):.2f}"}
                    )
            for unit in units:
                quantity = rng.choice(("2000", "5000", "0", str(rng.randint(1, 7000))))
                done.append({"agent_no": row["agent_no"], "unit": unit, "quantity": quantity})
            if row["plan"] == "temp":
                done.append({"agent_no": row["agent_no"], "unit": "days", "quantity": rng.choice(("3", "12.5", "0"))})
        self.company.add(f"{month}/sales", ("agent_no", "basis", "amount"), sales)
        self.company.add(f"{month}/units", ("agent_no", "unit", "quantity"), done)

    def adjusted(self, present: list[dict[str, str]]) -> list[dict[str, str]]:
        rng = self.rng
        rows = []
        offers = (
            ("penalty", "150.00"),
            ("penalty", "9999.99"),
            ("loss_recovery", "80.50"),
            ("loss_recovery", "7000.00"),
            ("adjustment.meal", "170.00"),
            ("adjustment.correction", "-33.33"),
            ("arrears.base_pay", "12.34"),
        )
        for row in present:
            if rng.random() < 0.3:
                for code, amount in rng.sample(offers, rng.choice((1, 1, 2, 3))):
                    rows.append(
                        {
                            "agent_no": row["agent_no"],
                            "code": code,
                            "amount": amount,
                            "reason": "原因",
                            "requested_by": "主管",
                        }
                    )
        return rows
