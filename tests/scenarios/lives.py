"""People nobody has met, over whole years: a seeded draw of plans, persons, months, and what is told late.

The same seed always draws the same life. Amounts crowd around the edges that rules have: minimum wages, limits of
contribution bases, tax bands.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.scenarios.reference.figures import DAY, add_months, days_of
from tests.scenarios.reference.person import Attendance, Declared, MonthRows, Opening, Person, Plans

MONTHS = 12
CITIES = ("beijing", "shanghai", "guangzhou", "shenzhen", "hangzhou", "chengdu", "kunming")
FUND_RATES = {"shanghai": ("0.05", "0.06", "0.07")}
ANY_FUND_RATE = ("0.05", "0.07", "0.08", "0.12")
EDGE_BASES = ("2170.00", "2270.00", "2500.00", "2740.00", "3798.33", "3798.32", "2169.99", "2540.00", "2660.00")
TIERS = ("junior", "intermediate", "senior", "expert")
METRICS = (("refund_rate", "<=", "0.05"), ("dsr_score", ">=", "4.7"), ("complaints", "<", "3"), ("appeals", "==", "0"))
KINDS = (
    ("child_education", ("2000.00", "4000.00")),
    ("infant_care", ("2000.00",)),
    ("elderly_support", ("1500.00", "3000.00", "3500.00")),
    ("continuing_education", ("400.00", "3600.00")),
    ("housing_loan_interest", ("1000.00", "1200.00")),
    ("rent", ("800.00", "1500.00", "2000.00")),
    ("serious_illness", ("20000.00",)),
    ("personal_pension", ("1000.00", "2500.00")),
    ("commercial_health", ("200.00", "250.50")),
    ("enterprise_annuity", ("333.33",)),
)


@dataclass(frozen=True)
class News:
    """What is recorded late, before the payslip of ``told_in``: a month's rows, or the person, from ``since`` on.

    ``by_correction``: settled by a correction run after that payslip instead of in it.
    """

    told_in: date
    since: date
    rows: MonthRows | None = None
    person: Person | None = None
    by_correction: bool = False


@dataclass(frozen=True)
class Life:
    """A person's year as it was known at first, and the news."""

    person: Person
    plans: Plans
    under_law: bool
    months: tuple[date, ...]
    rows: dict[date, MonthRows]
    news: tuple[News, ...]


def life(seed: int) -> Life:
    return _Draw(random.Random(seed), seed).life()


class _Draw:
    def __init__(self, rng: random.Random, seed: int) -> None:
        self.rng, self.seed = rng, seed
        self.under_law = rng.random() < 0.85
        self.employment = rng.choices(
            ("regular", "probation_waived", "temp", "part_time", "pensioner"), (70, 8, 9, 5, 8)
        )[0]
        self.level = rng.choices(("edge", "low", "middle", "high"), (10, 25, 45, 20))[0]
        self.first = self.first_month()
        self.months = tuple(add_months(self.first, place) for place in range(MONTHS))

    def chance(self, part: float) -> bool:
        return self.rng.random() < part

    def life(self) -> Life:
        self.plans: dict[str, list[dict[str, Any]]] = {f"plan{place}": self.versions(place) for place in (1, 2)}
        person = self.person()
        months = tuple(month for month in self.months if person.employed_days(month))
        rows = {month: self.rows(month) for month in months}
        return Life(person, self.plans, self.under_law, months, rows, tuple(self.news(person, rows)))

    def first_month(self) -> date:
        if not self.under_law:
            return self.rng.choice((date(2023, 6, 1), date(2024, 1, 1), date(2025, 9, 1), date(2026, 1, 1)))
        if self.employment in ("temp", "pensioner") and self.chance(0.15):
            return date(2027, 3, 1)
        starts = (date(2026, 1, 1), date(2025, 7, 1), date(2025, 1, 1), date(2026, 4, 1))
        return self.rng.choices(starts, (80, 8, 4, 8))[0]

    def yuan(self, low: float, high: float) -> str:
        if self.chance(0.3):
            return f"{round(self.rng.uniform(low, high) / 100) * 100}.00"
        return f"{self.rng.uniform(low, high):.2f}"

    def wage(self) -> str:
        if self.level == "edge":
            return self.rng.choice(EDGE_BASES) if self.chance(0.7) else self.yuan(1800, 4200)
        low, high = {"low": (2800, 6500), "middle": (5000, 16000), "high": (15000, 120000)}[self.level]
        return self.yuan(low, high)

    # ── plans ────────────────────────────────────────────────────────────────────────────────────────────────────

    def versions(self, place: int) -> list[dict[str, Any]]:
        code = f"plan{place}"
        found = [self.plan(code, date(2015, 1, 1))]
        if self.chance(0.15):
            since = self.rng.choice(self.months) + DAY * self.rng.choice((0, 0, 9, 15, 27))
            found.append(self.plan(code, since))
        return found

    def plan(self, code: str, since: date) -> dict[str, Any]:
        rng = self.rng
        wage = self.wage()
        plan: dict[str, Any] = {"plan": code, "effective_from": since.isoformat()}
        if self.chance(0.7):
            plan["probation"] = self.probation(wage)
        plan["base_pay"] = self.base(wage)
        if self.chance(0.5):
            plan["commission"] = [self.commission(place) for place in range(rng.choice((1, 1, 2)))]
        if self.chance(0.2):
            plan["piece"] = [self.piece()]
        if self.chance(0.6):
            self.bonuses(plan)
        if self.chance(0.5):
            plan["guarantee"] = self.guarantee(plan, wage)
        if self.chance(0.35):
            plan["overtime"] = self.overtime()
        self.switches(plan)
        return plan

    def switches(self, plan: dict[str, Any]) -> None:
        rng = self.rng
        plan["proration"] = {"method": rng.choice(("calendar_days", "calendar_days", "workdays", "paid_days"))}
        if self.chance(0.2):
            plan["proration"]["absence_divisor"] = rng.choice(("30", "22", "20.67"))
        if self.chance(0.4):
            plan["penalties"] = {"order": rng.choice(("after_floor", "before_floor"))}
        if self.chance(0.1):
            plan.setdefault("penalties", {})["fines"] = True
        if self.chance(0.4):
            plan["sick_pay"] = {"rate": rng.choice(("0", "0.1", "0.6", "0.8", "1"))}

    def probation(self, wage: str) -> dict[str, Any]:
        rng = self.rng
        found: dict[str, Any] = {"months": rng.choice((1, 1, 2, 3, 6))}
        if self.chance(0.8):
            part = rng.choice(("0.80", "0.80", "0.85", "0.90", "1", "0.7999", "0.6"))
            found["pay"] = f"{float(Fraction(wage) * Fraction(part)):.2f}"
        for name in ("commission", "bonus"):
            if self.chance(0.4):
                found[name] = self.chance(0.6)
        if self.chance(0.5):
            found["month_end"] = rng.choice(("clamp", "overflow", "days_30"))
        return found

    def base(self, wage: str) -> dict[str, Any]:
        sort = self.rng.choices(("tier", "fixed", "daily", "none"), (40, 40, 10, 10))[0]
        if self.employment in ("temp", "part_time") and self.chance(0.6):
            sort = "daily"
        if sort == "fixed":
            return {"by": "fixed", "amount": wage}
        if sort == "daily":
            unit, times = self.rng.choice((("days", 21), ("hours", 168)))
            return {"by": "daily", "amount": f"{float(Fraction(wage)) / times:.2f}", "unit": unit}
        if sort == "none":
            return {"by": "none"}
        steps = {tier: Fraction(wage) * Fraction(100 + 10 * place, 100) for place, tier in enumerate(TIERS)}
        amounts = {tier: f"{float(amount):.2f}" for tier, amount in steps.items()}
        if self.chance(0.02):
            amounts.pop("expert")
        return {"by": "tier", "amounts": amounts}

    def commission(self, place: int) -> dict[str, Any]:
        rng = self.rng
        found: dict[str, Any] = {"code": f"commission{place}", "basis": f"basis{place}"}
        if self.chance(0.5):
            found["rate"] = rng.choice(("0.003", "0.015", "0.0075"))
        else:
            found["mode"] = rng.choice(("marginal", "whole"))
            bands = [("0", "0.01"), ("50000", "0.02"), ("80000.50", "0.013")]
            found["bands"] = [{"from": low, "rate": rate} for low, rate in rng.sample(bands, 3)]
        if self.chance(0.2):
            found["cap"] = rng.choice(("900.00", "0.00"))
        return found

    def piece(self) -> dict[str, Any]:
        if self.chance(0.3):
            return {"code": "piece_pay", "unit": "inquiries", "price": "0.35"}
        bands = [{"from": "0", "price": "1.20"}, {"from": "2000", "price": "1.00"}, {"from": "5000", "price": "0.80"}]
        mode = self.rng.choice(("marginal", "whole"))
        return {"code": "piece_pay", "unit": "inquiries", "mode": mode, "bands": bands}

    def bonuses(self, plan: dict[str, Any]) -> None:
        rng = self.rng
        offers: list[dict[str, Any]] = [
            {"code": "metric_bonus", "amount": "500.00"},
            {"code": "performance_pay", "amount": self.yuan(300, 3000), "by": "score"},
            {"code": "grade_pay", "amount": "888.88", "by": "grade"},
            {"code": "full_attendance_bonus", "amount": "100.00", "when": "full_attendance"},
            {"code": "team_bonus", "pool": "3000.00", "share_by": rng.choice(("score", "equal"))},
        ]
        chosen = rng.sample(offers, rng.choice((1, 2, 3)))
        for bonus in chosen:
            if self.chance(0.4):
                bonus["gate"] = "gate"
        plan["bonuses"] = chosen
        if any("gate" in bonus for bonus in chosen):
            metrics = rng.sample(METRICS, rng.choice((1, 2, 3)))
            plan["gates"] = {"gate": {"metrics": {name: {"op": op, "value": limit} for name, op, limit in metrics}}}
            if self.chance(0.7):
                plan["gates"]["gate"]["scope"] = rng.choice(("team", "department"))
            if self.chance(0.7):
                plan["gates"]["gate"]["missing"] = rng.choice(("block", "fail", "pass"))

    def guarantee(self, plan: dict[str, Any], wage: str) -> dict[str, Any]:
        rng = self.rng
        amounts = [f"{float(Fraction(wage) * Fraction(part)):.2f}" for part in ("0.95", "1.05", "1.20")]
        if self.chance(0.3):
            found: dict[str, Any] = {"by": "fixed", "amount": amounts[1]}
        else:
            found = {"by": "service_year", "amounts": amounts[: rng.choice((1, 2, 3))]}
            for name, values in (
                ("service_year_from", ("hire_date", "calendar_year", "regularization")),
                ("anniversary", ("split_by_day", "first_of_month", "next_month", "whole_month_new")),
                ("month_end", ("clamp", "overflow")),
            ):
                if self.chance(0.5):
                    found[name] = rng.choice(values)
        if self.chance(0.4):
            parts = [each["code"] for name in ("commission", "piece", "bonuses") for each in plan.get(name, ())]
            found["counts"] = rng.sample(["base_pay", *parts], rng.randint(1, len(parts) + 1))
        if self.chance(0.4):
            found["annual_settlement"] = rng.choice(("floor_year", "advance"))
            if found["by"] == "service_year" and self.chance(0.5):
                found["settlement_year"] = rng.choice(("calendar_year", "service_year"))
            if found["annual_settlement"] == "floor_year" and self.chance(0.3):
                found["overpaid"] = rng.choice(("recover", "ignore"))
        return found

    def overtime(self) -> dict[str, Any]:
        rng = self.rng
        found: dict[str, Any] = {}
        for name, values in (
            ("workday", ("1", "1.5", "2")),
            ("restday", ("1.5", "2")),
            ("holiday", ("2", "3", "4")),
            ("hours_per_day", ("7", "8", "10")),
        ):
            if self.chance(0.4):
                found[name] = rng.choice(values)
        if self.chance(0.3):
            found |= {"by": "amount", "amount": self.wage()}
        return found

    # ── the person ───────────────────────────────────────────────────────────────────────────────────────────────

    def hired(self) -> date:
        rng = self.rng
        drawn = rng.random()
        if drawn < 0.25:
            return self.first + DAY * rng.randint(-100, 330)
        if drawn < 0.4:
            return rng.choice((date(2024, 2, 29), date(2024, 8, 31), date(2023, 1, 31), date(2022, 11, 30)))
        return self.first - DAY * rng.randint(100, 2500)

    def dates_in_year(self, hired: date) -> date:
        """A day on which something changes: often a first."""
        month = self.rng.choice(self.months)
        return max(hired + DAY, month + DAY * self.rng.choice((0, 0, 0, 9, 15, 24)))

    def person(self) -> Person:
        rng = self.rng
        hired = self.hired()
        left = None
        if self.chance(0.25):
            left = max(hired, self.first + DAY * rng.randint(5, 364))
        held: dict[str, list[tuple[date, str]]] = {
            "plan": [(hired, "plan1")],
            "tier": [(hired + DAY * (20 if self.chance(0.01) else 0), rng.choice(TIERS))],
            "city": [(hired, self.city())],
        }
        if self.chance(0.2):
            held["plan"].append((self.dates_in_year(hired), "plan2"))
        if self.chance(0.3):
            held["tier"].append((self.dates_in_year(hired), rng.choice(TIERS)))
        if self.chance(0.12):
            held["city"].append((self.dates_in_year(hired), self.city()))
        self.insure(held, hired)
        if self.chance(0.05):
            held["tax_resident"] = [(hired, self.rng.choice(("false", "false", "true")))]
            if self.chance(0.5):
                held["tax_resident"].append((self.dates_in_year(hired), self.rng.choice(("true", "false"))))
        if self.chance(0.3):
            held["additional_deductions"] = [(hired, rng.choice(("1000.00", "2500.00", "0.00")))]
            if self.chance(0.4):
                held["additional_deductions"].append((self.dates_in_year(hired), "3500.00"))
        return Person(
            agent_no=f"R{self.seed}",
            hired=hired,
            left=left,
            employment=self.employment,
            held=held,
            new_to_work=self.chance(0.05),
            first_job_of_year=self.chance(0.1),
            from_60000=self.chance(0.06),
            labour_over_the_year=self.employment == "temp" and self.chance(0.3),
            declared=self.declared() if self.chance(0.35) else (),
            opening=self.opening(hired) if self.chance(0.1) else None,
        )

    def city(self) -> str:
        if self.chance(0.005):
            return "nanjing"
        if self.first < date(2026, 1, 1):
            return self.rng.choice(("beijing", "beijing", "shanghai", "guangzhou", "shenzhen"))
        return self.rng.choice(CITIES)

    def insure(self, held: dict[str, list[tuple[date, str]]], hired: date) -> None:
        rng = self.rng
        if not self.chance(0.01):
            held["contribution_base"] = [(hired, self.base_of_contributions())]
            if self.chance(0.2):
                held["contribution_base"].append((self.dates_in_year(hired), self.base_of_contributions()))
        if self.chance(0.2):
            held["housing_fund_base"] = [(hired, self.base_of_contributions())]
        if not self.chance(0.005):
            rates = FUND_RATES.get(held["city"][0][1], ANY_FUND_RATE)
            if len(held["city"]) > 1:
                rates = ("0.05", "0.07")
            rate = rng.choice(("0", "0.15")) if self.chance(0.03) else rng.choice(rates)
            held["housing_fund_rate"] = [(hired, rate)]
        if self.chance(0.1) and all(city == "shanghai" for _since, city in held["city"]):
            held["supplementary_fund_rate"] = [(hired, rng.choice(("0.01", "0.05")))]

    def base_of_contributions(self) -> str:
        if self.chance(0.2):
            return self.rng.choice(EDGE_BASES)
        return self.wage() if self.chance(0.7) else self.yuan(2000, 45000)

    def declared(self) -> tuple[Declared, ...]:
        found = []
        for _each in range(self.rng.choice((1, 1, 2, 3))):
            kind, amounts = self.rng.choice(KINDS)
            first = self.first + DAY * self.rng.randint(-300, 250)
            last = first + DAY * self.rng.randint(0, 300) if self.chance(0.4) else None
            found.append(Declared(kind, Fraction(self.rng.choice(amounts)), first, last))
        return tuple(found)

    def opening(self, hired: date) -> Opening:
        months = self.rng.randint(1, 6)
        wage = Fraction(self.wage())
        return Opening(
            tax_year=self.rng.choice((self.first.year, self.first.year + 1)),
            months=months,
            income=wage * months,
            contributions=Fraction(round(wage * months * 15), 100),
            declared=Fraction(self.rng.choice((0, 4000))),
            withheld=Fraction(self.rng.choice((0, 120, 4321))),
        )

    # ── months ───────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, month: date) -> MonthRows:
        rng = self.rng
        bases = [f"basis{place}" for place in (0, 1)]
        sales = {basis: Fraction(self.sold()) for basis in bases if self.chance(0.8)}
        units = {"inquiries": Fraction(rng.choice((0, 2000, 5000, rng.randint(1, 9000))))}
        if not self.chance(0.02):
            units["days"] = Fraction(rng.choice((22, 21, 20, 5, 0, Fraction(25, 2))))
            units["hours"] = 8 * units["days"]
        rated = not self.chance(0.01)
        return MonthRows(
            attendance=None if self.chance(0.03) else self.attended(),
            sales=sales,
            units=units,
            score=Fraction(rng.randint(0, 120000), 1000) if rated else None,
            coefficient=Fraction(rng.choice(("0", "0.8", "1", "1.2", "1.5"))) if rated else None,
            team=(team := self.measured()),
            department=(team, self.measured()),
            pools={"team_bonus": None if self.chance(0.01) else Fraction(rng.randint(0, 100000), 100)},
            entries=tuple(self.entries()),
            pay_date=self.pay_date(month),
        )

    def pay_date(self, month: date) -> date | None:
        if self.seed % 10 == 0:
            return None
        if self.seed % 10 == 1:
            return days_of(month)[-1] - timedelta(days=self.rng.randint(0, 3))
        return add_months(month, 1) + timedelta(days=self.rng.choice((4, 9, 14)))

    def sold(self) -> str:
        drawn = self.rng.random()
        if drawn < 0.1:
            return self.rng.choice(("50000", "80000.50", "0", "49999.99"))
        if drawn < 0.2:
            return f"{-self.rng.uniform(1, 30000):.2f}"
        return f"{self.rng.uniform(1, 120000):.2f}"

    def attended(self) -> Attendance:
        rng = self.rng
        unpaid = Fraction(rng.choice((1, 2, Fraction(1, 2), 5, 23))) if self.chance(0.12) else Fraction(0)
        sick = Fraction(rng.choice((1, 3, Fraction(1, 2), 10, 22))) if self.chance(0.12) else Fraction(0)
        hours = tuple(
            Fraction(rng.choice((1, 2, 8, Fraction(7, 2), 20))) if self.chance(0.12) else Fraction(0)
            for _sort in range(3)
        )
        return Attendance(
            unpaid, sick, (hours[0], hours[1], hours[2]), is_full=not (unpaid or sick) and self.chance(0.7)
        )

    def measured(self) -> dict[str, Fraction]:
        """What a team's gate metrics are."""
        values = (("0.05", "0.04", "0.0501"), ("4.7", "4.9", "4.6999"), ("2", "0", "3"), ("0", "0", "1"))
        return {
            name: Fraction(self.rng.choices(several, (45, 45, 10))[0])
            for (name, _op, _limit), several in zip(METRICS, values, strict=True)
            if not self.chance(0.01)
        }

    def entries(self) -> list[tuple[str, Fraction]]:
        found: list[tuple[str, str]] = []
        offers: Sequence[tuple[float, str, Sequence[str]]] = (
            (0.08, "penalty", ("150.00", "-20.00", "900.00")),
            (0.10, "adjustment.meal", ("100.00", "-80.00", "0.01")),
            (0.04, "adjustment.night_shift_allowance", ("300.00",)),
            (0.04, "adjustment.travel_allowance", ("450.00",)),
            (0.03, "arrears.commission0", ("99.99", "-12.34")),
            (0.01, "arrears.adjustment.travel_allowance", ("60.00",)),
            (0.03, "annual_bonus", ("36000.00", "36000.01", "144000.00", "8000.00", "0.05", "-500.00")),
            (0.05, "loss_recovery", ("300.00", "5000.00", "60000.00", "-100.00")),
            (0.03, "court_support", ("900.00", "2500.00")),
            (0.01, "fine", ("50.00",)),
        )
        for part, code, amounts in offers:
            while self.chance(part):
                found.append((code, self.rng.choice(amounts)))
        if self.chance(0.003 if self.under_law else 0.1):
            found.append((self.rng.choice(("pension", "housing_fund", "income_tax", "medical")), "80.00"))
        if self.chance(0.02):
            found.append(("annual_bonus", self.yuan(10, 200000)))
        self.rng.shuffle(found)
        return [(code, Fraction(amount)) for code, amount in found]

    # ── what is told late ────────────────────────────────────────────────────────────────────────────────────────

    def news(self, person: Person, rows: dict[date, MonthRows]) -> list[News]:
        months, found = sorted(rows), []
        if len(months) < 2 or not self.chance(0.4):
            return []
        for _each in range(self.rng.choice((1, 1, 2, 3))):
            place = self.rng.randint(1, len(months) - 1)
            told_in = months[place]
            by_correction = self.chance(0.4)
            if self.chance(0.25):
                since = self.rng.choice(months[:place])
                person = self.told_of_person(person, since)
                found.append(News(told_in, since, person=person, by_correction=by_correction))
            else:
                month = self.rng.choice(months[: place + 1] if by_correction else months[:place])
                rows = {**rows, month: self.told_of_month(rows[month], month)}
                found.append(News(told_in, month, rows=rows[month], by_correction=by_correction))
        return sorted(found, key=lambda each: (each.told_in, each.by_correction))

    def told_of_month(self, held: MonthRows, month: date) -> MonthRows:
        fresh = self.rows(month)
        changed = self.rng.choice(
            (
                {"attendance": fresh.attendance},
                {"sales": fresh.sales},
                {"units": fresh.units},
                {"score": fresh.score, "coefficient": fresh.coefficient},
                {"team": fresh.team, "department": fresh.department},
                {"entries": (*held.entries, ("adjustment.meal", Fraction("77.70")))},
                {"entries": (*held.entries, ("penalty", Fraction("100.00")))},
            )
        )
        return replace(held, **changed)

    def told_of_person(self, person: Person, since: date) -> Person:
        day = since + DAY * self.rng.choice((0, 0, 10))
        if day <= person.hired:
            return person
        kind, value = self.rng.choice(
            (
                ("tier", self.rng.choice(TIERS)),
                ("contribution_base", self.base_of_contributions()),
                ("plan", "plan2"),
                ("housing_fund_rate", "0.05"),
            )
        )
        if kind not in person.held:
            return person
        held = {each: list(values) for each, values in person.held.items()}
        held[kind] = [*((at, old) for at, old in held[kind] if at != day), (day, value)]
        return replace(person, held=held)
