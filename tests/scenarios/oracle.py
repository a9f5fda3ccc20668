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
        """Tier, plan or team of an agent on a day."""
        found, since = agent[kind], date.min
        for change in self.changes:
            if change["agent_no"] == agent["agent_no"] and change["kind"] == kind:
                start = date.fromisoformat(change["effective_from"])
                if since < start <= day:
                    found, since = change["value"], start
        return found

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
        versions = self.book.plans[self.book.fact(self.book.agents[no], "plan", day)]
        return self.book.in_force(versions, self.span.last) or versions[0]

    def regular_from(self, agent: dict[str, str], plan: dict) -> date:
        hired = day_of(agent["hire_date"])
        probation = plan.get("probation")
        if probation is None or agent["employment"] == "probation_waived":
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
        return found

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
        agent, days, slip = self.book.agents[no], self.employed[no], Slip()
        plan = self.plan_of(no, days[-1])
        regular_from = self.regular_from(agent, plan)
        regular = [day for day in days if day >= regular_from]
        probation = plan.get("probation") or {}
        method = (plan.get("proration") or {}).get("method", "calendar_days")
        self.base(slip, no, plan, days, regular_from, method)
        self.absence(slip, no, plan, days)
        if regular or probation.get("commission"):
            self.commissions(slip, no, plan)
        self.pieces(slip, no, plan)
        bonus_days = days if probation.get("bonus") else regular
        self.bonuses(slip, no, plan, bonus_days)
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
            return number(amounts[tier]) if amounts else Fraction(0)
        return Fraction(0)

    def base(self, slip: Slip, no: str, plan: dict, days: list[date], regular_from: date, method: str) -> None:
        runs: list[tuple[str, Fraction, list[date]]] = []
        for day in days:
            if day < regular_from:
                code, amount = "probation_pay", number((plan.get("probation") or {}).get("pay", "0"))
            else:
                code, amount = "base_pay", self.monthly_base(no, plan, day)
            if runs and runs[-1][:2] == (code, amount):
                runs[-1][2].append(day)
            else:
                runs.append((code, amount, [day]))
        for code, amount, part in runs:
            slip.add(code, fen(amount * self.share(part, days, method)))
        base = plan.get("base_pay") or {}
        if base.get("by") == "daily":
            slip.add("daily_pay", fen(number(base["amount"]) * self.units[no, base.get("unit", "days")]))

    def unpaid_days(self, no: str) -> Fraction:
        row = self.attendance.get(no)
        return number(row["unpaid_leave_days"] or 0) + number(row["absent_days"] or 0) if row else Fraction(0)

    def absence(self, slip: Slip, no: str, plan: dict, days: list[date]) -> None:
        divisor = number((plan.get("proration") or {}).get("absence_divisor", ABSENCE_DIVISOR))
        lost = fen(self.monthly_base(no, plan, days[-1]) / divisor * self.unpaid_days(no))
        slip.add("absence_deduction", -min(lost, slip.total("base_pay")))

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
            quantity = self.units[no, rule["unit"]]
            slip.add(rule["code"], fen(by_bands(rule["bands"], quantity, "price", rule.get("mode", "marginal"))))

    def bonuses(self, slip: Slip, no: str, plan: dict, days: list[date]) -> None:
        gates = self.gate_states(no, plan)
        if not days:
            return
        part = Fraction(len(days), self.span.size)
        for rule in plan.get("bonuses") or []:
            state = gates[rule["gate"]] if "gate" in rule else "pass"
            if rule.get("by") in ("score", "grade") and not self.is_scored(no):
                raise Parked("score")
            share = self.pool_share(no, plan, rule) if "pool" in rule else None  # parks on a missing score, gate or not
            if state == "fail":
                slip.add(rule["code"], Fraction(0), even_zero=True)
            elif share is not None:
                slip.add(rule["code"], share)
            elif rule.get("when") == "full_attendance":
                if part == 1 and self.attended_fully(no):
                    slip.add(rule["code"], number(rule["amount"]))
            else:
                factor = Fraction(1)
                if rule.get("by") == "score":
                    factor = self.appraisals[no].total / 100
                elif rule.get("by") == "grade":
                    factor = self.appraisals[no].coefficient
                slip.add(rule["code"], fen(number(rule["amount"]) * factor * part))

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
        row = self.attendance[no]
        late = number(row["late_count"] or 0) + number(row["early_leave_count"] or 0)
        return number(row["present_days"]) == number(row["due_days"]) and not late

    def pool_share(self, no: str, plan: dict, rule: dict) -> Fraction:
        """Everybody of the team who is on the plan and regular, by the largest remainder; nothing where no score is."""
        scope = self.scope_of(no, None)
        members = sorted(
            other
            for other, days in self.employed.items()
            if self.plan_of(other, days[-1])["plan"] == plan["plan"]
            and self.scope_of(other, None) == scope
            and (
                (plan.get("probation") or {}).get("bonus")
                or days[-1] >= self.regular_from(self.book.agents[other], plan)
            )
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
            # The year turns on 1 January; "next_month" is the month after the one it turns in.
            late = guarantee.get("anniversary") == "next_month" and day.month == 1
            year = max(0, day.year - hired.year - late)
        else:
            start = hired if basis == "hire_date" else self.regular_from(agent, plan)
            month_end = guarantee.get("month_end", "clamp")
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

    def floor(self, slip: Slip, no: str, plan: dict, regular: list[date], penalties: Fraction) -> None:
        guarantee = plan.get("guarantee")
        if not guarantee or not regular:
            return
        segments: list[tuple[Fraction, int]] = []
        for day in regular:
            amount = self.floor_amount(no, plan, guarantee, day)
            if segments and segments[-1][0] == amount:
                segments[-1] = (amount, segments[-1][1] + 1)
            else:
                segments.append((amount, 1))
        floor = sum(fen(amount * Fraction(days, self.span.size)) for amount, days in segments)
        divisor = number((plan.get("proration") or {}).get("absence_divisor", ABSENCE_DIVISOR))
        floor -= fen(segments[-1][0] / divisor * self.unpaid_days(no))
        every = [
            "base_pay",
            *(rule["code"] for part in ("commission", "bonuses", "piece") for rule in plan.get(part) or []),
        ]
        counts = guarantee.get("counts") or [*every, "daily_pay"]
        counted = slip.total(*counts) + penalties
        if "base_pay" in counts:
            counted += slip.total("absence_deduction")
        slip.add("guarantee_top_up", max(Fraction(0), floor - counted))

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
