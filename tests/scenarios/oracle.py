"""An independent calculator of a company folder, written from the contract alone (formats.md, requirements.md §2, §4).

It shares no code with the product on purpose: it reads a folder in its plainest form (English headings, long kpi.csv,
monthly attendance.csv), grades it, and asks ``reference`` what everybody is paid. The generator writes that form beside
the one the product is given.
"""

from __future__ import annotations

import copy
import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import yaml

from tests.scenarios.reference.earnings import Earnings
from tests.scenarios.reference.figures import Parked, add_months, days_of, money, number
from tests.scenarios.reference.month import differences, payslip
from tests.scenarios.reference.person import (
    Attendance,
    Declared,
    Ledger,
    Line,
    MonthRows,
    Opening,
    Person,
    Slip,
    Waits,
)
from tests.scenarios.shipped_law import reference_law

__all__ = ["CompanyBook", "MonthBook", "left_over", "money"]

DAY = timedelta(days=1)
SINCE_HIRE = (
    *("plan", "city", "contribution_base", "housing_fund_base", "housing_fund_rate"),
    *("additional_deductions", "tax_resident"),
)
"""Columns of agents.csv that agent_changes.csv may change later; the tier may be known from another day."""


@dataclass
class Appraised:
    """A score and its grade; ``kpis`` by metric: the score or None, and its weight in the total."""

    total: Fraction | None
    grade: str | None
    coefficient: Fraction | None
    kpis: dict[str, Fraction | None]


@dataclass
class Closed:
    """A month: what everybody gets, who is parked and the codes that speak for it, and the appraisals."""

    slips: dict[str, Slip]
    parked: dict[str, frozenset[str]]
    appraisals: dict[str, Appraised]


def rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


class CompanyBook:
    """A company folder, read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        company = yaml.safe_load((folder / "company.yaml").read_text(encoding="utf-8"))
        self.pay_day: int | None = company.get("pay_day")
        self.city = company.get("city", "")
        self.law = reference_law() if company.get("statutory") == "cn" else None
        self.plans = self._documents("plans", "plan")
        self.cards = self._documents("scorecards", "scorecard")
        self.teams = {row["team"]: row for row in rows(folder / "teams.csv")}
        self.agents = {row["agent_no"]: row for row in rows(folder / "agents.csv")}
        self.changes = rows(folder / "agent_changes.csv")
        self.people = {no: self._person(row) for no, row in self.agents.items()}

    def with_months_of(self, folder: Path) -> CompanyBook:
        """The same company with the months of another folder."""
        other = copy.copy(self)
        other.folder = folder
        return other

    def _documents(self, kind: str, name: str) -> dict[str, list[dict]]:
        found = defaultdict(list)
        for path in sorted((self.folder / kind).glob("*.yaml")):
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            found[document[name]].append(document)
        for versions in found.values():
            versions.sort(key=lambda document: str(document["effective_from"]))
        return dict(found)

    def _person(self, row: dict[str, str]) -> Person:
        hired = date.fromisoformat(row["hire_date"])
        held = {kind: [(hired, row[kind])] for kind in SINCE_HIRE if row.get(kind)}
        if row.get("tier"):
            held["tier"] = [(day_of(row.get("tier_from", "")) or hired, row["tier"])]
        for change in self.changes:
            if change["agent_no"] == row["agent_no"] and change["kind"] not in ("team", "manager"):
                since = date.fromisoformat(change["effective_from"])
                earlier = [each for each in held.get(change["kind"], []) if each[0] != since]
                held[change["kind"]] = [*earlier, (since, change["value"])]
        held["city"] = [(since, self._city(name)) for since, name in held.get("city", [(hired, self.city)])]
        return Person(
            agent_no=row["agent_no"],
            hired=hired,
            left=day_of(row.get("leave_date", "")),
            employment=row.get("employment") or "regular",
            held=held,
            first_job_of_year=row.get("first_job_of_year") == "true",
            from_60000=row.get("withhold_from_60000") == "true",
            declared=tuple(self._declared(row["agent_no"])),
            opening=self._opening(row["agent_no"]),
        )

    def _city(self, name: str) -> str:
        return self.law.city_called(name) if self.law else name

    def _declared(self, no: str) -> list[Declared]:
        return [
            Declared(row["kind"], number(row["amount"]), date.fromisoformat(row["from"]), day_of(row["to"]))
            for row in rows(self.folder / "tax_deductions.csv")
            if row["agent_no"] == no
        ]

    def _opening(self, no: str) -> Opening | None:
        for row in rows(self.folder / "opening_balances.csv"):
            if row["agent_no"] == no:
                amounts = ("income", "contributions", "additional_deductions")
                cumulative = [number(row[f"cumulative_{name}"]) for name in amounts]
                return Opening(
                    int(row["tax_year"]), int(row["months_employed"]), *cumulative, number(row["tax_withheld"])
                )
        return None

    def team_on(self, no: str, day: date) -> str:
        """The team of an agent on a day."""
        agent = self.agents[no]
        held = {day_of(agent["hire_date"]): agent["team"]}
        for change in self.changes:
            if change["agent_no"] == no and change["kind"] == "team":
                held[date.fromisoformat(change["effective_from"])] = change["value"]
        return held[max(start for start in held if start <= day)]

    def pay_date(self, month: date) -> date | None:
        """The pay day in the following month; under the law on the workday before, where it is none."""
        if self.pay_day is None:
            return None
        following = add_months(month, 1)
        day = following.replace(day=min(self.pay_day, len(days_of(following))))
        while self.law and self.law.knows_year(day.year) and not self.law.is_workday(day):
            day -= DAY
        return day

    def in_force(self, versions: list[dict], day: date) -> dict | None:
        known = [each for each in versions if str(each["effective_from"]) <= day.isoformat()]
        return known[-1] if known else None

    def card_of(self, role: str, day: date) -> dict | None:
        found = [self.in_force(versions, day) for versions in self.cards.values()]
        return next((card for card in found if card and role in card["roles"]), None)


def in_band(bands: list[dict], value: Fraction) -> dict:
    """The band a value lies in: the last one that starts at or below it; below all of them, the lowest."""
    ordered = sorted(bands, key=lambda band: number(band["from"]))
    fitting = [band for band in ordered if number(band["from"]) <= value]
    return (fitting or ordered[:1])[-1]


# ── grading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def kpi_score(kpi: dict, value: Fraction) -> Fraction:
    if "saturation_cap" in kpi:
        value = min(value, number(kpi["saturation_cap"]))
    if kpi.get("scoring", "linear") == "bands":
        return number(in_band(kpi["bands"], value)["score"])
    low, high = number(kpi["threshold"]), number(kpi["target"])
    top = number(kpi.get("max_score", "100"))
    return max(Fraction(0), min(top, (value - low) / (high - low) * 100))


def appraise(card: dict, measured: dict[str, Fraction]) -> Appraised | None:
    """None: the agent is parked because a measure is missing."""
    scores = {
        kpi["metric"]: kpi_score(kpi, measured[kpi["metric"]]) if kpi["metric"] in measured else None
        for kpi in card["kpis"]
    }
    weights = {kpi["metric"]: number(kpi["weight"]) for kpi in card["kpis"]}
    policy = card.get("missing", "reweight")
    absent = [metric for metric, score in scores.items() if score is None]
    if absent and policy == "block":
        return None
    if policy == "reweight" and len(absent) == len(scores):
        return Appraised(None, None, None, scores)
    total = sum((scores[metric] * weights[metric] for metric in scores if scores[metric] is not None), Fraction(0))
    if policy == "reweight":
        total /= sum(weights[metric] for metric in scores if scores[metric] is not None)
    grade = in_band(card["grades"], total)
    return Appraised(total, grade["grade"], number(grade["coefficient"]), scores)


# ── a month ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class MonthBook:
    """One month of a company: its rows, and everybody's pay. ``ledgers``: the payslips of earlier months."""

    def __init__(self, book: CompanyBook, month: str, ledgers: dict[str, Ledger] | None = None) -> None:
        self.book, self.first = book, date.fromisoformat(f"{month}-01")
        self.ledgers = ledgers or {}
        folder = book.folder / month
        self.attendance = {row["agent_no"]: row for row in rows(folder / "attendance.csv")}
        self.kpis: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for row in rows(folder / "kpi.csv"):
            self.kpis[row["agent_no"]][row["metric"]] = number(row["value"])
        self.team_metrics: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for row in rows(folder / "team_metrics.csv"):
            self.team_metrics[row["team"]][row["metric"]] = number(row["value"])
        self.sales = summed(rows(folder / "sales.csv"), "basis", "amount")
        self.units = summed(rows(folder / "units.csv"), "unit", "quantity")
        self.findings = rows(folder / "qa_findings.csv")
        self.adjustments = rows(folder / "adjustments.csv")
        self.appraisals: dict[str, Appraised] = {}
        self.parked: dict[str, frozenset[str]] = {}
        self.employed = {no: days for no, one in book.people.items() if (days := one.employed_days(self.first))}

    # grading

    def measured(self, no: str) -> dict[str, Fraction]:
        found = dict(self.kpis.get(no, {}))
        attended = self.attendance.get(no)
        if attended and "attendance_rate" not in found and number(attended["due_days"]):
            found["attendance_rate"] = number(attended["present_days"]) / number(attended["due_days"])
        if self.findings:  # in a month with any finding, nobody's count is unknown
            fatal, others = self.judged(no)
            found = {"qa_fatal_count": Fraction(fatal), "qa_nonfatal_count": Fraction(others)} | found
        return found

    def judged(self, no: str) -> tuple[int, int]:
        """Fatal and other findings; the third same N of the month, and every later one, is fatal (RQ-146)."""
        seen: dict[str, int] = defaultdict(int)
        fatal = others = 0
        mine = [row for row in self.findings if row["agent_no"] == no]
        for row in sorted(mine, key=lambda each: each["checked_on"]):
            seen[row["code"]] += 1
            if row["code"].startswith("F") or seen[row["code"]] >= 3:
                fatal += 1
            else:
                others += 1
        return fatal, others

    def grade(self) -> None:
        for no in self.employed:
            card = self.book.card_of(self.book.agents[no]["role"], days_of(self.first)[-1])
            if card is None:
                continue
            found = appraise(card, self.measured(no))
            if found is None:
                self.parked[no] = frozenset(("grading.measure_missing",))
            else:
                self.appraisals[no] = found

    # what pay asks of the month

    def rows_of(self, no: str) -> MonthRows:
        team = self.book.team_on(no, self.employed[no][-1])
        department = self.book.teams[team]["department"]
        appraised = self.appraisals.get(no)
        return MonthRows(
            attendance=self.attended(no),
            sales=self.sales[no],
            units=self.units[no],
            score=appraised.total if appraised else None,
            coefficient=appraised.coefficient if appraised else None,
            team=self.team_metrics[team],
            department=[
                self.team_metrics[each] for each, row in self.book.teams.items() if row["department"] == department
            ],
            pools=self.pools_of(no, team),
            entries=[(row["code"], number(row["amount"])) for row in self.adjustments if row["agent_no"] == no],
            pay_date=self.book.pay_date(self.first),
        )

    def attended(self, no: str) -> Attendance | None:
        row = self.attendance.get(no)
        if row is None:
            return None
        held = {name: number(value or 0) for name, value in row.items() if name != "agent_no"}
        held = defaultdict(Fraction, held)
        return Attendance(
            unpaid=held["unpaid_leave_days"] + held["absent_days"],
            sick=held["sick_days"],
            hours=(
                held["overtime_workday_hours"],
                held["overtime_restday_hours"],
                held["overtime_holiday_hours"],
            ),
            is_full=held["present_days"] == held["due_days"] and not held["late_count"] + held["early_leave_count"],
        )

    # pools

    @cached_property
    def drafts(self) -> dict[str, Earnings]:
        """Everybody's days and plan of the month, without its rows; who has no plan is in nobody's pool."""
        found = {}
        for no in self.employed:
            try:
                found[no] = Earnings(self.book.people[no], self.book.plans, self.book.law, self.first, MonthRows())
            except Parked:
                continue
        return found

    def pools_of(self, no: str, team: str) -> dict[str, Fraction | None]:
        """Of everybody of the team who is on the plan and has a bonus day, by the largest remainder."""
        draft = self.drafts.get(no)
        rules = [rule for rule in (draft.plan.get("bonuses") or () if draft else ()) if "pool" in rule]
        if not rules:
            return {}
        members = sorted(
            other
            for other, drawn in self.drafts.items()
            if drawn.plan["plan"] == draft.plan["plan"]
            and self.book.team_on(other, self.employed[other][-1]) == team
            and drawn.bonus_days
        )
        return {rule["code"]: self.pool_share(no, members, rule) for rule in rules}

    def pool_share(self, no: str, members: list[str], rule: dict) -> Fraction | None:
        weights = dict.fromkeys(members, Fraction(1))
        if rule.get("share_by", "score") == "score":
            scored = {member: self.appraisals.get(member) for member in members}
            if not all(found and found.total is not None for found in scored.values()):
                return None
            weights = {member: found.total for member, found in scored.items() if found and found.total is not None}
        if no not in weights or not any(weights.values()):
            return Fraction(0)
        pool = int(number(rule["pool"]) * 100)
        exact = {member: weight * pool / sum(weights.values()) for member, weight in weights.items()}
        shares = {member: value.numerator // value.denominator for member, value in exact.items()}
        rest = pool - sum(shares.values())
        for member in sorted(members, key=lambda each: (-(exact[each] - shares[each]), each))[:rest]:
            shares[member] += 1
        return Fraction(shares[no], 100)

    def payslip_of(self, no: str, again: Sequence[MonthBook] = ()) -> Slip | Waits:
        """Somebody's payslip of the month; ``again`` are earlier months of which something was recorded late."""
        ledger, past, promised = self.ledgers.get(no, Ledger()), list[Line](), []
        for month in again:
            if not ledger.has_posted(month.first):
                continue
            if no in month.parked:
                return Waits(month.parked[no])
            now = month.payslip_of(no)
            if isinstance(now, Waits):
                return now
            past += differences(month.first, ledger.lines_for(month.first), now.lines)
            promised.append((month.first, now.guarantee))
        earlier = Ledger([slip for slip in ledger.slips if slip.month < self.first])
        return payslip(
            self.book.people[no], self.book.plans, self.book.law, self.first, self.rows_of(no), earlier, past, promised
        )

    def close(self, again: Sequence[MonthBook] = ()) -> Closed:
        for month in (*again, self):
            month.grade()
        slips = {}
        for no in self.employed:
            if no in self.parked:
                continue
            found = self.payslip_of(no, again)
            if isinstance(found, Waits):
                self.parked[no] = found.codes
            else:
                slips[no] = found
        return Closed(slips, self.parked, self.appraisals)


def summed(entries: list[dict[str, str]], name: str, value: str) -> dict[str, dict[str, Fraction]]:
    """Agent → name → the sum of the month."""
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in entries:
        found[row["agent_no"]][row[name]] += number(row[value])
    return defaultdict(dict, {no: dict(held) for no, held in found.items()})


def left_over(closed: Closed, before: dict[str, Ledger]) -> dict[str, Ledger]:
    """Everybody's payslips after a month."""
    ledgers = {no: Ledger(list(ledger.slips)) for no, ledger in before.items()}
    for no, slip in closed.slips.items():
        ledgers.setdefault(no, Ledger()).slips.append(slip)
    return ledgers
