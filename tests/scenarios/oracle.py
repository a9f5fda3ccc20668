"""An independent calculator of a company folder, written from the contract alone (formats.md, requirements.md §2, §4).

It shares no code with the product on purpose. It reads a folder in its plainest form (English headings, long kpi.csv,
monthly attendance.csv); the generator writes that form beside the one the product is given.
"""

from __future__ import annotations

import calendar
import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import yaml

DAY = timedelta(days=1)
ABSENCE_DIVISOR = "21.75"


def fen(amount: Fraction) -> Fraction:
    """Half away from zero, to the fen."""
    scaled = abs(amount) * 100
    whole = scaled.numerator * 2 + scaled.denominator
    rounded = Fraction(whole // (2 * scaled.denominator), 100)
    return -rounded if amount < 0 else rounded


def money(amount: Fraction) -> str:
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):.2f}"


def number(text: object) -> Fraction:
    return Fraction(str(text))


def add_months(day: date, months: int, month_end: str = "clamp") -> date:
    """The same day some months on; a day that the month lacks is its last one, or the 1st of the next (overflow)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last = calendar.monthrange(year, month)[1]
    if day.day <= last:
        return date(year, month, day.day)
    return date(year, month, last) + DAY if month_end == "overflow" else date(year, month, last)


@dataclass
class Span:
    """The days of a month."""

    first: date

    @property
    def size(self) -> int:
        return calendar.monthrange(self.first.year, self.first.month)[1]

    @property
    def last(self) -> date:
        return self.first.replace(day=self.size)

    def days(self) -> list[date]:
        return [self.first + DAY * step for step in range(self.size)]


@dataclass
class Slip:
    """What somebody is to be paid: (code, kind, amount) in no particular order."""

    lines: list[tuple[str, str, Fraction]] = field(default_factory=list)

    def add(self, code: str, amount: Fraction, kind: str = "earning", *, even_zero: bool = False) -> None:
        if amount or even_zero:
            self.lines.append((code, kind, amount))

    def total(self, *codes: str) -> Fraction:
        return sum((amount for code, _kind, amount in self.lines if code in codes), Fraction(0))

    def of(self, kind: str) -> Fraction:
        return sum((amount for _code, each, amount in self.lines if each == kind), Fraction(0))

    @property
    def net(self) -> Fraction:
        return self.of("earning") - self.of("deduction")


@dataclass
class Appraised:
    """A score and its grade; ``kpis`` by metric: the score or None, and its weight in the total."""

    total: Fraction | None
    grade: str | None
    coefficient: Fraction | None
    kpis: dict[str, Fraction | None]


@dataclass
class Closed:
    """A month: what everybody gets, who is parked and by which part of the work, and the appraisals."""

    slips: dict[str, Slip]
    parked: dict[str, str]
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
        self.plans = self._documents("plans", "plan")
        self.cards = self._documents("scorecards", "scorecard")
        self.teams = {row["team"]: row for row in rows(folder / "teams.csv")}
        self.agents = {row["agent_no"]: row for row in rows(folder / "agents.csv")}
        self.changes = rows(folder / "agent_changes.csv")

    def _documents(self, kind: str, name: str) -> dict[str, list[dict]]:
        found = defaultdict(list)
        for path in sorted((self.folder / kind).glob("*.yaml")):
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            found[document[name]].append(document)
        for versions in found.values():
            versions.sort(key=lambda document: str(document["effective_from"]))
        return dict(found)

    def fact(self, agent: dict[str, str], kind: str, day: date) -> str:
        """Tier, plan or team of an agent on a day; empty where none is known yet."""
        first = day_of(agent.get("tier_from", "")) if kind == "tier" else None
        held = {first or day_of(agent["hire_date"]): agent[kind]}
        for change in self.changes:
            if change["agent_no"] == agent["agent_no"] and change["kind"] == kind:
                held[date.fromisoformat(change["effective_from"])] = change["value"]
        since = max((start for start in held if start <= day), default=None)
        return held[since] if since else ""

    def in_force(self, versions: list[dict], day: date) -> dict | None:
        known = [each for each in versions if str(each["effective_from"]) <= day.isoformat()]
        return known[-1] if known else None

    def card_of(self, role: str, day: date) -> dict | None:
        found = [self.in_force(versions, day) for versions in self.cards.values()]
        return next((card for card in found if card and role in card["roles"]), None)


def in_band(bands: list[dict], value: Fraction, key: str) -> dict:
    """The band a value lies in: the last one that starts at or below it; below all of them, the lowest."""
    ordered = sorted(bands, key=lambda band: number(band["from"]))
    fitting = [band for band in ordered if number(band["from"]) <= value]
    return (fitting or ordered[:1])[-1]


def by_bands(bands: list[dict], total: Fraction, key: str, mode: str) -> Fraction:
    ordered = sorted(bands, key=lambda band: number(band["from"]))
    if mode == "whole" or total < 0:
        return total * number(in_band(ordered, total, "from")[key])
    paid = Fraction(0)
    for band, upper in zip(ordered, [*ordered[1:], None], strict=True):
        low = number(band["from"])
        high = total if upper is None else min(total, number(upper["from"]))
        if high > low:
            paid += (high - low) * number(band[key])
    return paid


# ── grading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def kpi_score(kpi: dict, value: Fraction) -> Fraction:
    if "saturation_cap" in kpi:
        value = min(value, number(kpi["saturation_cap"]))
    if kpi.get("scoring", "linear") == "bands":
        return number(in_band(kpi["bands"], value, "from")["score"])
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
    grade = in_band(card["grades"], total, "from")
    return Appraised(total, grade["grade"], number(grade["coefficient"]), scores)


# ── pay ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class MonthBook:
    """One month of a company: its rows, and everybody's pay."""

    def __init__(self, book: CompanyBook, month: str, carried: dict[str, Fraction] | None = None) -> None:
        self.book, self.month = book, month
        self.span = Span(date.fromisoformat(f"{month}-01"))
        self.carried = carried or {}
        folder = book.folder / month
        self.attendance = {row["agent_no"]: row for row in rows(folder / "attendance.csv")}
        self.kpis: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for row in rows(folder / "kpi.csv"):
            self.kpis[row["agent_no"]][row["metric"]] = number(row["value"])
        self.team_metrics: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for row in rows(folder / "team_metrics.csv"):
            self.team_metrics[row["team"]][row["metric"]] = number(row["value"])
        self.sales: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for row in rows(folder / "sales.csv"):
            self.sales[row["agent_no"], row["basis"]] += number(row["amount"])
        self.units: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for row in rows(folder / "units.csv"):
            self.units[row["agent_no"], row["unit"]] += number(row["quantity"])
        self.findings = rows(folder / "qa_findings.csv")
        self.adjustments = rows(folder / "adjustments.csv")
        self.appraisals: dict[str, Appraised] = {}
        self.parked: dict[str, str] = {}
        self.employed = {no: self.employed_days(agent) for no, agent in book.agents.items()}
        self.employed = {no: days for no, days in self.employed.items() if days}

    # who and when

    def employed_days(self, agent: dict[str, str]) -> list[date]:
        hired, left = day_of(agent["hire_date"]), day_of(agent["leave_date"])
        return [day for day in self.span.days() if day >= hired and (left is None or day <= left)]

    def plan_of(self, no: str, day: date) -> dict:
        """The version in force on the day of the plan that the agent is on then."""
        versions = self.book.plans[self.book.fact(self.book.agents[no], "plan", day)]
        plan = self.book.in_force(versions, day)
        if plan is None:
            raise Parked("plan")
        return plan

    def is_regular(self, no: str, day: date) -> bool:
        return day >= self.regular_from(self.book.agents[no], self.plan_of(no, day))

    def bonus_days(self, no: str) -> list[date]:
        days = self.employed[no]
        if (self.plan_of(no, days[-1]).get("probation") or {}).get("bonus"):
            return days
        return [day for day in days if self.is_regular(no, day)]

    def regular_from(self, agent: dict[str, str], plan: dict) -> date:
        hired = day_of(agent["hire_date"])
        probation = plan.get("probation")
        if probation is None or agent["employment"] not in ("", "regular"):
            return hired
        months = int(probation.get("months", 1))
        if probation.get("month_end") == "days_30":
            return hired + DAY * 30 * months
        return add_months(hired, months, probation.get("month_end", "clamp"))

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
            card = self.book.card_of(self.book.agents[no]["role"], self.span.last)
            if card is None:
                continue
            found = appraise(card, self.measured(no))
            if found is None:
                self.parked[no] = "score"
            else:
                self.appraisals[no] = found

    # gates

    def scope_of(self, no: str, gate: dict | None) -> str:
        team = self.book.fact(self.book.agents[no], "team", self.employed[no][-1])
        if gate is not None and gate.get("scope", "department") == "department":
            return self.book.teams[team]["department"]
        return team

    def gate_state(self, gate: dict, no: str) -> str:
        """pass, fail or block."""
        if gate.get("scope", "department") == "department":
            wanted = self.scope_of(no, gate)
            teams = [team for team, row in self.book.teams.items() if row["department"] == wanted]
        else:
            teams = [self.scope_of(no, gate)]
        state = "pass"
        for team in teams:
            for metric, standard in gate["metrics"].items():
                value = self.team_metrics.get(team, {}).get(metric)
                if value is None:
                    missing = gate.get("missing", "block")
                    if missing == "block":
                        return "block"
                    state = "fail" if missing == "fail" else state
                    continue
                limit = number(standard["value"])
                met = {"<=": value <= limit, ">=": value >= limit, "<": value < limit, ">": value > limit}
                if not met[standard["op"]]:
                    state = "fail"
        return state

    # pay

    def share(self, days: list[date], employed: list[date], method: str) -> Fraction:
        """Which part of a monthly amount some days are worth. E-03; by paid days never more than the month (E-33)."""
        if len(days) == self.span.size or method == "calendar_days":
            return Fraction(len(days), self.span.size)
        if method == "workdays":
            return Fraction(sum(map(works, days)), sum(map(works, self.span.days())))
        of_days = Fraction(sum(map(works, employed)))
        if len(employed) < self.span.size:
            of_days = max(of_days, number(ABSENCE_DIVISOR))
        return sum(map(works, days)) / of_days

    def pay(self, no: str) -> Slip:
        days, slip = self.employed[no], Slip()
        plan = self.plan_of(no, days[-1])
        regular = [day for day in days if self.is_regular(no, day)]
        self.base(slip, no)
        if regular or (plan.get("probation") or {}).get("commission"):
            self.commissions(slip, no, plan)
        self.pieces(slip, no, plan)
        self.bonuses(slip, no, plan)
        penalties = [number(row["amount"]) for row in self.entered(no) if row["code"] == "penalty"]
        counted = -sum(penalties) if (plan.get("penalties") or {}).get("order") == "before_floor" else Fraction(0)
        self.floor(slip, no, plan, regular, counted)
        for amount in penalties:
            slip.add("penalty", -amount)
        for row in self.entered(no):
            amount = number(row["amount"])
            if row["code"].startswith(("adjustment.", "arrears.")):
                slip.add(row["code"], amount)
            elif row["code"] != "penalty":
                slip.add(row["code"], amount, "deduction")
        self.carry(slip, no)
        return slip

    def entered(self, no: str) -> list[dict[str, str]]:
        return [row for row in self.adjustments if row["agent_no"] == no]

    def monthly_base(self, no: str, plan: dict, day: date) -> Fraction:
        base = plan.get("base_pay") or {"by": "none"}
        if base["by"] == "fixed":
            return number(base["amount"])
        if base["by"] == "tier":
            amounts = base.get("amounts") or {}
            tier = self.book.fact(self.book.agents[no], "tier", day)
            if amounts and tier not in amounts:
                raise Parked("tier")
            return number(amounts[tier]) if amounts else Fraction(0)
        return Fraction(0)

    def earned_base(self, no: str, day: date) -> tuple[str, Fraction]:
        """The line a day's base pay belongs to, and its monthly amount."""
        plan = self.plan_of(no, day)
        probation = plan.get("probation") or {}
        code = "base_pay" if self.is_regular(no, day) else "probation_pay"
        by_day = (plan.get("base_pay") or {}).get("by") == "daily"
        if code == "probation_pay" and "pay" in probation and not by_day:
            return code, number(probation["pay"])
        return code, self.monthly_base(no, plan, day)

    def base(self, slip: Slip, no: str) -> None:
        """Base pay by segments, each day by the plan of that day; daily pay; then absence."""
        days = self.employed[no]
        runs: list[tuple[str, Fraction, str, list[date]]] = []
        for day in days:
            proration = self.plan_of(no, day).get("proration") or {}
            same = (*self.earned_base(no, day), proration.get("method", "calendar_days"))
            if runs and runs[-1][:3] == same:
                runs[-1][3].append(day)
            else:
                runs.append((*same, [day]))
        for code, amount, method, part in runs:
            slip.add(code, fen(amount * self.share(part, days, method)))
        by_day = [base for day in days if (base := self.plan_of(no, day).get("base_pay") or {}).get("by") == "daily"]
        if by_day:
            unit = no, by_day[-1].get("unit", "days")
            if unit not in self.units:
                raise Parked("units")
            slip.add("daily_pay", fen(number(by_day[-1]["amount"]) * self.units[unit]))
        lost = fen(runs[-1][1] / self.divisor(no) * self.unpaid_days(no))
        slip.add("absence_deduction", -min(lost, slip.total("base_pay", "probation_pay")))

    def divisor(self, no: str) -> Fraction:
        plan = self.plan_of(no, self.employed[no][-1])
        return number((plan.get("proration") or {}).get("absence_divisor", ABSENCE_DIVISOR))

    def unpaid_days(self, no: str) -> Fraction:
        row = self.attendance.get(no)
        return number(row["unpaid_leave_days"] or 0) + number(row["absent_days"] or 0) if row else Fraction(0)

    def commissions(self, slip: Slip, no: str, plan: dict) -> None:
        for rule in plan.get("commission") or []:
            total = self.sales[no, rule["basis"]]
            if "bands" in rule:
                amount = by_bands(rule["bands"], total, "rate", rule.get("mode", "marginal"))
            else:
                amount = total * number(rule["rate"])
            if rule.get("cap") is not None:
                amount = min(amount, number(rule["cap"]))
            slip.add(rule["code"], fen(amount))

    def pieces(self, slip: Slip, no: str, plan: dict) -> None:
        """Pieces are neither commission nor bonus: probation does not take them away."""
        for rule in plan.get("piece") or []:
            quantity = self.units.get((no, rule["unit"]), Fraction(0))
            slip.add(rule["code"], fen(by_bands(rule["bands"], quantity, "price", rule.get("mode", "marginal"))))

    def bonuses(self, slip: Slip, no: str, plan: dict) -> None:
        gates, days = self.gate_states(no, plan), self.bonus_days(no)
        part = Fraction(len(days), self.span.size)
        for rule in (plan.get("bonuses") or []) if days else []:
            if "gate" in rule and gates[rule["gate"]] == "fail":  # needs no score: whatever it was, it is gone
                slip.add(rule["code"], Fraction(0), even_zero=True)
            elif "pool" in rule:
                slip.add(rule["code"], self.pool_share(no, plan, rule))
            elif rule.get("when") == "full_attendance":
                if part == 1 and self.attended_fully(no):
                    slip.add(rule["code"], number(rule["amount"]))
            else:
                slip.add(rule["code"], fen(number(rule["amount"]) * self.factor(no, rule) * part))

    def factor(self, no: str, rule: dict) -> Fraction:
        if "by" not in rule:
            return Fraction(1)
        if not self.is_scored(no):
            raise Parked("score")
        return self.appraisals[no].total / 100 if rule["by"] == "score" else self.appraisals[no].coefficient

    def gate_states(self, no: str, plan: dict) -> dict[str, str]:
        """Gate → pass or fail; a blocked one parks "the team's people", on probation or not."""
        used = {rule["gate"] for rule in plan.get("bonuses") or [] if "gate" in rule}
        states = {name: self.gate_state(plan["gates"][name], no) for name in used}
        if "block" in states.values():
            raise Parked("gate")
        return states

    def is_scored(self, no: str) -> bool:
        return no in self.appraisals and self.appraisals[no].total is not None

    def attended_fully(self, no: str) -> bool:
        row = self.attendance.get(no)
        if row is None:
            raise Parked("attendance")
        late = number(row["late_count"] or 0) + number(row["early_leave_count"] or 0)
        return number(row["present_days"]) == number(row["due_days"]) and not late

    def pool_share(self, no: str, plan: dict, rule: dict) -> Fraction:
        """Everybody of the team who is on the plan and has a bonus day, by the largest remainder."""
        scope = self.scope_of(no, None)
        members = sorted(
            other
            for other, days in self.employed.items()
            if self.book.fact(self.book.agents[other], "plan", days[-1]) == plan["plan"]
            and self.scope_of(other, None) == scope
            and self.bonus_days(other)
        )
        if not all(map(self.is_scored, members)):
            raise Parked("score")
        weights = {member: self.appraisals[member].total for member in members}
        if not any(weights.values()):
            return Fraction(0)
        pool = int(number(rule["pool"]) * 100)
        exact = {member: weight * pool / sum(weights.values()) for member, weight in weights.items()}
        shares = {member: value.numerator // value.denominator for member, value in exact.items()}
        rest = pool - sum(shares.values())
        for member in sorted(members, key=lambda each: (-(exact[each] - shares[each]), each))[:rest]:
            shares[member] += 1
        return Fraction(shares[no], 100)

    # the floor

    def floor_amount(self, no: str, plan: dict, guarantee: dict, day: date) -> Fraction:
        if guarantee["by"] == "fixed":
            return number(guarantee["amount"])
        agent = self.book.agents[no]
        hired = day_of(agent["hire_date"])
        basis = guarantee.get("service_year_from", "hire_date")
        if basis == "calendar_year":
            year = max(0, day.year - hired.year)  # turns on 1 January at once, whatever `anniversary` says
        else:
            start = hired if basis == "hire_date" else self.regular_from(agent, plan)
            month_end = self.turning_month_end(plan, guarantee)
            switch = guarantee.get("anniversary", "split_by_day")
            year = 0
            while True:
                turn = add_months(start, 12 * (year + 1), month_end)
                if (switch == "first_of_month" and turn.day > 1) or switch == "next_month":
                    turn = add_months(turn.replace(day=1), 1)
                elif switch == "whole_month_new":
                    turn = turn.replace(day=1)
                if turn > day:
                    break
                year += 1
        amounts = guarantee["amounts"]
        return number(amounts[min(year, len(amounts) - 1)])

    @staticmethod
    def turning_month_end(plan: dict, guarantee: dict) -> str:
        """What a missing day of the month does to an anniversary: as on probation, unless the guarantee says."""
        probation = (plan.get("probation") or {}).get("month_end", "clamp")
        return guarantee.get("month_end", "clamp" if probation == "days_30" else probation)

    def floor(self, slip: Slip, no: str, plan: dict, regular: list[date], penalties: Fraction) -> None:
        """Up to the guarantee of the regular days, each by the plan of that day; what counts, by the last plan."""
        segments: list[tuple[Fraction, list[date]]] = []
        for day in regular:
            of_day = self.plan_of(no, day)
            if not of_day.get("guarantee"):
                continue
            amount = self.floor_amount(no, of_day, of_day["guarantee"], day)
            if segments and segments[-1][0] == amount and segments[-1][1][-1] + DAY == day:
                segments[-1][1].append(day)
            else:
                segments.append((amount, [day]))
        guarantee = plan.get("guarantee")
        if not guarantee or not segments:
            return
        floor = sum(fen(amount * Fraction(len(days), self.span.size)) for amount, days in segments)
        floor -= fen(segments[-1][0] / self.divisor(no) * self.unpaid_days(no))
        every = [rule["code"] for part in ("commission", "bonuses", "piece") for rule in plan.get(part) or []]
        counts = set(guarantee.get("counts") or ["base_pay", *every])
        counted = slip.total(*(counts - {"base_pay"})) + penalties
        if "base_pay" in counts:
            counted += max(Fraction(0), slip.total("base_pay", "daily_pay", "absence_deduction"))
        slip.add("guarantee_top_up", max(Fraction(0), max(Fraction(0), floor) - counted))

    def carry(self, slip: Slip, no: str) -> None:
        bearable = slip.net
        if bearable < 0:
            slip.add("carry_forward", bearable, "deduction")
        else:
            slip.add("carry_forward", min(bearable, self.carried.get(no, Fraction(0))), "deduction")

    def close(self) -> Closed:
        self.grade()
        slips = {}
        for no in self.employed:
            if no in self.parked:
                continue
            try:
                slips[no] = self.pay(no)
            except Parked as reason:
                self.parked[no] = str(reason)
        return Closed(slips, self.parked, self.appraisals)


class Parked(Exception):
    """Somebody cannot be paid yet."""


def works(day: date) -> bool:
    """E-03: plain Monday to Friday."""
    return day.weekday() < 5


def left_over(closed: Closed, before: dict[str, Fraction]) -> dict[str, Fraction]:
    """What is still owed after a month."""
    owed = dict(before)
    for no, slip in closed.slips.items():
        owed[no] = owed.get(no, Fraction(0)) - slip.total("carry_forward")
    return {no: amount for no, amount in owed.items() if amount}
