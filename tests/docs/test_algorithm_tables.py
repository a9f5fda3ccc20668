"""Every runnable table of ``docs/algorithms`` goes through the pure functions, cell by cell.

The figures on those pages come from requirements §4 or were worked by hand. A runner gets one row and answers for the
expected columns it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from grading.domain.attendance import Attendance, DayStatus, attendance_of_days
from grading.domain.calibration import Graded, Ties, quota_check, quota_places
from grading.domain.comparison import AgentDay, compare, reception_bins, saturation
from grading.domain.exam import marks
from grading.domain.exam_document import exam_from
from grading.domain.ladder import eligibility, pay_effective_from
from grading.domain.ladder_document import ladder_from
from grading.domain.metrics.values import By, MetricValue
from grading.domain.plausibility import plausibility
from grading.domain.qa_form_document import qa_form_from
from grading.domain.qa_sampling import sample_size
from grading.domain.quality import Finding, evaluation_score, judged_findings
from grading.domain.scorecard import score
from grading.domain.scorecard_document import scorecard_from
from grading.domain.scoring import Direction, Linear
from grading.domain.standards import PlatformRules, Violation, fake_trade, judge, penalties, tmall_points
from grading.domain.training import DayCount, IndexRule, plan, training_index
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, exact_store, shown
from grading.kernel.money import FEN_HALF_UP, split
from grading.kernel.period import Month, MonthEnd, Span, add_months
from grading.rulebook import (
    platform_rules,
    qa_codes,
    qa_escalates_on,
    seed_exam_documents,
    seed_ladder_document,
    training_track,
)
from payroll.domain.arrears import PostedLine, differences
from payroll.domain.billing import NO_SHOP, Contract, ShopMonth, bill, cost_by_shop
from payroll.domain.billing_document import contract_from
from payroll.domain.contributions import contributions
from payroll.domain.employment import regular_from
from payroll.domain.facts import Employment, Entry, Facts, Insured, MonthAttendance, PoolShare, Rating, TaxYear
from payroll.domain.guarantee import guaranteed
from payroll.domain.guards import findings
from payroll.domain.income_tax import bonus_tax, cumulative_labour, income_tax, labour_tax, withheld
from payroll.domain.law import Law
from payroll.domain.law_document import calendar_from, city_from, national_from
from payroll.domain.lines import Kind, Line
from payroll.domain.minimum_wage import due_minimum
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.plan_document import plan_from
from payroll.domain.rules import BonusRule, PoolShareBy, Rules
from payroll.domain.tax_year import Declaration, declared_through, months_of_year
from payroll.domain.team_pool import pool_shares, unscored
from payroll.domain.work_calendar import WorkCalendar
from payroll.rulebook import city_codes, city_named, statutory_documents
from tests.docs.tables import NOTHING, Case, cases

Answer = dict[str, str]
CASES = cases()


# --- Pay --------------------------------------------------------------------------------------------------------------


def _facts(case: Case) -> Facts:
    month = Month.parse(case.get("month"))
    hired = _day(case.get("hired"))
    end = _day(case.get("left")) + timedelta(days=1) if case.get("left") else date.max
    tiers = [(_day(since), tier) for tier, since in case.pairs("tiers")] or (
        [(hired, case.get("tier"))] if case.get("tier") else []
    )
    team = _exact(case.pairs("team metrics"))
    others = _exact(case.pairs("other team"))
    rated = case.get("score") or case.get("coefficient")
    return Facts(
        agent_no="A001",
        month=month,
        employed=month.span.meet(Span(hired, end)),
        hire_date=hired,
        employment=Employment(case.get("employment", "regular")),
        tiers=Dated.of("tier", tiers),
        attendance=_attendance(case),
        sales={basis: Decimal(amount) for basis, amount in case.pairs("sales")},
        units=_exact(case.pairs("units")),
        rating=Rating(_number(case, "score"), case.get("grade") or None, _number(case, "coefficient"))
        if rated
        else None,
        team_metrics=(team,),
        department_metrics=(team, others) if others else (team,),
        entries=tuple(Entry(code, Decimal(amount), "on the page") for code, amount in case.pairs("entered")),
        carried_forward=Decimal(case.get("carried", "0.00")),
        loss_balance=Decimal(case.get("losses before", "0.00")),
        **(_under_law(case, month, hired) if case.get("city") else {}),
    )


def _under_law(case: Case, month: Month, hired: date) -> dict[str, Any]:
    """Somebody insured in a city, whose tax year has no payment yet. A ``city`` in a row puts it under the law."""
    city = city_named(case.get("city")) or case.get("city")
    since = month.month - (hired.month - 1 if hired.year == month.year else 0)
    moved = [(_day(day), city_named(name) or name) for name, day in case.pairs("moved")]
    return {
        "cities": Dated.of("city", [(hired, city), *moved]),
        "insured": Insured(
            max(month.first_day, hired),
            city,
            Decimal(case.get("base", "20000.00")),
            fund_rate=exact(case.get("fund", "0.05")),
        ),
        "tax": TaxYear(month.year, month.month, since),
    }


def _attendance(case: Case) -> MonthAttendance | None:
    unpaid, full, sick = case.get("unpaid days"), case.get("full attendance"), case.get("sick days")
    hours = [exact(text.strip()) for text in case.get("overtime").split("+") if text.strip()]
    if not (unpaid or full or sick or hours):
        return None
    return MonthAttendance(exact(unpaid or "0"), full == "yes", exact(sick or "0"), *hours)


def _rules(case: Case) -> Rules:
    plan = plan_from(case.document)
    law = _law() if case.get("city") else None
    calendar = law.calendar if law else None
    return Rules(Dated.of("plan", [(plan.effective_from, plan.plan)]), law, calendar)


def run_payslip(case: Case) -> Answer:
    """Line codes answer with the amounts of their lines, joined by ``+``; the totals by their names."""
    slip = compute_payslip(_facts(case), _rules(case))
    totals = {
        "gross": str(slip.gross),
        "deductions": str(slip.deductions),
        "net": str(slip.net),
        "left for later": str(slip.carried_forward),
        "losses left": str(slip.loss_balance),
        "order": ", ".join(line.code for line in slip.lines),
    }
    return {name: totals.get(name) or _lines_of(slip, name) for name in case.expected if name != "error"}


def _lines_of(slip: Payslip, code: str) -> str:
    return " + ".join(str(line.amount) for line in slip.lines if line.code == code)


@cache
def _law() -> Law:
    documents = statutory_documents()
    return Law(
        *national_from(documents["cn"]),
        WorkCalendar(dict(calendar_from(body) for code, body in documents.items() if ".calendar." in code)),
        {code: city_from(documents[f"cn.city.{code}"]) for code in city_codes()},
    )


def run_contributions(case: Case) -> Answer:
    month, hired = Month.parse(case.get("month")), _day(case.get("hired"))
    base = Decimal(case.get("base")) if case.get("base") else None
    city = city_named(case.get("city")) or case.get("city")
    facts = Facts(
        agent_no="A001",
        month=month,
        employed=month.span.meet(Span(hired, date.max)),
        hire_date=hired,
        employment=Employment(case.get("employment", "regular")),
        insured=Insured(
            day=max(month.first_day, hired),
            city=city,
            base=base,
            fund_rate=_number(case, "fund rate"),
            supplementary_fund_rate=_number(case, "supplementary") or Fraction(0),
            new_to_work=case.get("new to work") == "yes",
        ),
    )
    lines = contributions(facts, _law())
    return {name: " + ".join(str(line.amount) for line in lines if line.code == name) for name in case.expected}


def run_guarantee(case: Case) -> Answer:
    found = guaranteed(_facts(case), _rules(case))
    parts = [step.values["monthly"] for step in found.steps if step.code == "guarantee.segment"]
    return {"guaranteed": str(found.amount), "monthly": " + ".join(parts)}


def run_regular_from(case: Case) -> Answer:
    month = Month.of(_day(case.get("hired")))
    hired = _day(case.get("hired"))
    facts = Facts(
        "A001", month, month.span.meet(Span(hired, date.max)), hired, Employment(case.get("employment", "regular"))
    )
    return {"first regular day": regular_from(facts, plan_from(case.document).plan).isoformat()}


def run_settlement(case: Case) -> Answer:
    """Twelve payslips from January: what a month earns is its commission."""
    rules, slips = _rules(case), list[Payslip]()
    for place, amount in enumerate(_amounts(case.get("earned"))):
        month = Month(2024, 1 + place)
        facts = Facts(
            agent_no="A001",
            month=month,
            employed=month.span,
            hire_date=date(2023, 2, 1),
            sales={"sales_amount": amount},
            guarantee_months=tuple(slip.guarantee for slip in slips if slip.guarantee is not None),
            leaves=case.get("leaves in") == str(month),
        )
        slips.append(compute_payslip(facts, rules))
        if facts.leaves:
            break
    settled = sum((Decimal(_lines_of(slip, "annual_settlement") or 0) for slip in slips), Decimal("0.00"))
    year = sum((slip.gross for slip in slips), Decimal("0.00"))
    return {"paid in the months": str(year - settled), "settlement": str(settled), "the year comes to": str(year)}


# --- The law ----------------------------------------------------------------------------------------------------------


def run_tax_year(case: Case) -> Answer:
    """The tax of each month in a row from one payment a month."""
    law, withheld_before = _law().income_tax, list[Decimal]()
    income = contributed = Decimal(0)
    marks, first, since = case.get("marks"), int(case.get("from month", "1")), int(case.get("employed since", "1"))
    for place, wage in enumerate(_amounts(case.get("income"))):
        month = Month(2026, first + place)
        months = month.month - since + 1
        declared = months if month.month >= int(case.get("declared in", "1")) else 0
        year = TaxYear(
            2026,
            month.month,
            months,
            income,
            contributed,
            sum(withheld_before, Decimal(0)),
            {"unitemised": Decimal(case.get("declared", "0")) * declared},
            first_job_of_year="first job" in marks,
            from_january="from January" in marks,
            cumulates_labour="student" in marks,
        )
        paid_in = Decimal(case.get("contributed", "0"))
        if year.cumulates_labour:
            amount, _steps = cumulative_labour(year, law, month.last_day, wage)
        else:
            amount, _steps = withheld(year, law, month.last_day, wage, paid_in)
        income, contributed = income + wage, contributed + paid_in
        withheld_before.append(amount)
    return {"withheld": ", ".join(map(str, withheld_before))}


def run_tax_once(case: Case) -> Answer:
    """One payment by itself: a separate bonus, labour remuneration, or a non-resident's month."""
    law, day, amount = _law().income_tax, _day(case.get("paid on", "2026-06-15")), Decimal(case.get("amount"))
    if case.get("what") == "labour":
        return {"tax": str(labour_tax(amount, law, day))}
    table = law.month_table.on(day)
    if case.get("what") == "non-resident":
        return {"tax": str(FEN_HALF_UP(table.tax(Fraction(amount - law.allowance.on(day)))))}
    law.separate_bonus.on(day)
    return {"tax": str(bonus_tax(amount, table))}


def run_labour_month(case: Case) -> Answer:
    """Payments of labour remuneration in one month, each after what was paid before."""
    law, month = _law(), Month(2026, 6)
    paid: list[Decimal] = []
    taxes: list[Decimal] = []
    for amount in _amounts(case.get("payments")):
        year = TaxYear(2026, 6, 6, labour_income=sum(paid, Decimal(0)), labour_withheld=sum(taxes, Decimal(0)))
        facts = Facts("A1", month, month.span, date(2020, 1, 1), Employment.TEMP, tax=year)
        (line,), _taxed = income_tax(facts, law, [Line("daily_pay", Kind.EARNING, amount, (), month)])
        paid.append(amount)
        taxes.append(line.amount)
    return {"withheld": ", ".join(map(str, taxes))}


def run_declared(case: Case) -> Answer:
    paid_in, rent = Month.parse(case.get("paid in")), _law().city(case.get("city", "shanghai")).rent_limit
    days = (_day(case.get("from")), _day(case.get("to")) if case.get("to") else None)
    declared = [Declaration(case.get("kind"), Decimal(amount), *days) for amount in case.get("a month").split("+")]
    months = months_of_year(paid_in, _day(case.get("hired", "2020-01-01")), None)
    limits = _law().income_tax.deduction_limits.on(paid_in.last_day)
    found = declared_through(months, declared, limits, rent.on(paid_in.last_day) if rent else None)
    return {"so far": str(found.get(case.get("kind"), Decimal("0.00")))}


def run_months_employed(case: Case) -> Answer:
    left = _day(case.get("left")) if case.get("left") else None
    found = months_of_year(Month.parse(case.get("paid in")), _day(case.get("hired")), left)
    return {"months": str(len(found))}


def run_minimum_wage(case: Case) -> Answer:
    facts, rules = _facts(case), _rules(case)
    assert rules.law is not None
    due = due_minimum(facts, rules.law, rules.plans.on(facts.employed.last_day), rules.calendar)
    return {"due": str(due.amount)}


def run_findings(case: Case) -> Answer:
    facts, rules = _facts(case), _rules(case)
    found = findings(facts, rules, compute_payslip(facts, rules).lines)
    return {"found": ", ".join(each.code for each in found if each.code != "guard.rule_unverified")}


def run_arrears(case: Case) -> Answer:
    month = Month(2026, 3)
    kinds = {"pension": Kind.DEDUCTION, "income_tax": Kind.DEDUCTION, "employer_pension": Kind.EMPLOYER}

    def lines(column: str) -> list[Line]:
        return [
            Line(code, kinds.get(code.removeprefix("arrears."), Kind.EARNING), Decimal(amount), (), month)
            for code, amount in case.pairs(column)
        ]

    posted = [PostedLine(line.code, line.kind, line.amount, line.period, line.steps) for line in lines("posted")]
    found = differences(month, posted, lines("computed now"))
    return {"lines": "; ".join(f"{line.code} {line.amount}" for line in found)}


def run_day_kind(case: Case) -> Answer:
    calendar, day = _law().calendar, _day(case.get("day"))
    return {"sort": calendar.kind(day).value, "pay due then": calendar.workday_on_or_before(day).isoformat()}


def run_pool(case: Case) -> Answer:
    written = [part.strip() for part in case.get("scores").split(",")]
    scores = {f"A{place:03}": None if text == "none" else exact(text) for place, text in enumerate(written, start=1)}
    rule = BonusRule("team_bonus", pool=Decimal(case.get("pool")), share_by=PoolShareBy(case.get("share by")))
    shares: Iterable[PoolShare] = pool_shares(rule, scores).values()
    amounts = [share.amount for share in shares]
    return {
        "shares": ", ".join(map(str, amounts)),
        "together": str(sum(amounts, Decimal("0.00"))),
        "waits for": ", ".join(unscored(rule, scores)),
    }


def run_billing(case: Case) -> Answer:
    """Line codes answer with the amounts of their lines, joined by ``+``."""
    document = contract_from(case.document)
    held = Contract(document.code, document.shop, Dated.of("contract", [(document.effective_from, document.terms)]))
    month = Month.parse(case.get("month"))
    served = {agent: _days_of(month, days) for agent, days in case.pairs("served")}
    statement = bill(held, ShopMonth(month, served, _exact(case.pairs("counted"))))
    answer = {
        name: " + ".join(str(line.amount) for line in statement.lines if line.code == name) for name in case.expected
    }
    return answer | {"total": str(statement.total)}


def run_billing_cost(case: Case) -> Answer:
    month = Month.parse(case.get("month"))
    employed = _days_of(month, case.get("employed"))
    assigned = {shop: _days_of(month, days) for shop, days in case.pairs("assigned")}
    span = Span(min(employed), max(employed) + timedelta(days=1))
    shares = cost_by_shop(Decimal(case.get("cost")), span, assigned)
    return {"shares": ", ".join(f"{'none' if shop == NO_SHOP else shop} {share}" for shop, share in shares.items())}


def _days_of(month: Month, days: str) -> set[date]:
    """``1-15`` as days of the month."""
    first, last = (int(day) for day in days.split("-"))
    return {date(month.year, month.month, day) for day in range(first, last + 1)}


# --- Grading ----------------------------------------------------------------------------------------------------------


def run_linear(case: Case) -> Answer:
    rule = Linear.checked(
        "metric",
        Direction(case.get("direction")),
        exact(case.get("threshold")),
        exact(case.get("target")),
        exact(case.get("max score", "100")),
        _number(case, "saturation cap"),
    )
    reached = rule.score(exact(case.get("measure")))
    return {"score": exact_store(reached), "shown": shown(reached)}


def run_scorecard(case: Case) -> Answer:
    judged = score(_exact(case.pairs("measures")), scorecard_from(case.document).scorecard)
    return {
        "total": "" if judged.total_score is None else exact_store(judged.total_score),
        "shown": "" if judged.total_score is None else shown(judged.total_score),
        "grade": judged.grade or "",
        "coefficient": "" if judged.coefficient is None else exact_store(judged.coefficient),
        "warned of": ", ".join(judged.missing),
    }


def run_grade(case: Case) -> Answer:
    bands = scorecard_from(case.document).scorecard.grades
    assert bands is not None
    grade = bands.at(exact(case.get("total")))
    return {"grade": grade.grade, "coefficient": exact_store(grade.coefficient)}


def run_qa(case: Case) -> Answer:
    found = [Finding(_day(day), "", code) for code, day in case.pairs("findings")]
    judged = judged_findings(found, [code for code, known in qa_codes().items() if known.is_fatal], qa_escalates_on())
    fatal = sum(one.is_fatal for one in judged)
    escalated = sum(one.is_escalated for one in judged)
    return {"fatal": str(fatal), "non-fatal": str(len(judged) - fatal), "escalated": str(escalated)}


def run_sample_size(case: Case) -> Answer:
    return {"drawn": str(sample_size(int(case.get("contacts")), int(case.get("least")), _number(case, "ratio")))}


def run_qa_score(case: Case) -> Answer:
    """The contact is the last of the month: its findings come after the earlier ones."""
    fatal = [code for code, known in qa_codes().items() if known.is_fatal]
    earlier = [
        Finding(date(2026, 10, day), "", code) for day, code in enumerate(case.get("earlier in the month").split(), 1)
    ]
    contact = [Finding(date(2026, 10, 31), "", code) for code in case.get("contact").split()]
    judged = judged_findings([*earlier, *contact], fatal, qa_escalates_on())[len(earlier) :]
    form = qa_form_from(case.document, [code for code in qa_codes() if code not in fatal]).form
    score = evaluation_score(judged, form)
    return {"score": "" if score is None else exact_store(score)}


def run_quota_places(case: Case) -> Answer:
    places = quota_places(_exact(case.pairs("quotas")), int(case.get("people")))
    return {"places": "; ".join(f"{grade} {count}" for grade, count in places.items())}


def run_quota(case: Case) -> Answer:
    """Four people: the holders of S as written, the others A."""
    totals = [part.strip() for part in case.get("holders of S").split(",")]
    people = [Graded(f"A{place}", exact(total), "S", ("S", "A")) for place, total in enumerate(totals)]
    people += [Graded(f"A{place}", Fraction(0), "A", ("S", "A")) for place in range(len(totals), 4)]
    [line] = quota_check(people, {"S": exact(case.get("share of S"))}, ("S", "A"), Ties(case.get("ties"))).lines
    beyond = [totals[int(agent_no.removeprefix("A"))] for agent_no in line.exceeding]
    return {"places": str(line.places), "beyond": ", ".join(beyond), "over by a tie": str(line.tied_over)}


def run_comparison(case: Case) -> Answer:
    [found] = compare(
        ["metric"],
        _members(case.get("A")),
        _members(case.get("B")),
        {"metric": Direction(case.get("direction"))},
    )
    return {
        "difference": "" if found.difference is None else exact_store(found.difference),
        "relative": "" if found.relative is None else exact_store(found.relative),
        "better": found.better.value if found.better else "",
    }


def _members(text: str) -> list[MetricValue]:
    parts = [part.strip().split("/") for part in text.split("+")]
    return [
        MetricValue(
            "metric",
            By.AGENT,
            f"A{place}",
            exact(numerator),
            exact(denominator),
            None if exact(denominator) else "not_applicable",
        )
        for place, (numerator, denominator) in enumerate(parts)
    ]


def run_saturation(case: Case) -> Answer:
    days = [
        AgentDay("A1", date(2026, 10, day), exact(reception), exact(outcome), Fraction(1))
        for reception, outcome in case.pairs("outcome a day by reception")
        for day in (1, 2, 3)
    ]
    found = saturation(reception_bins(days, 50), Direction(case.get("direction")))
    return {"verdict": found.verdict.value, "at": "" if found.at is None else exact_store(found.at)}


def run_attendance(case: Case) -> Answer:
    days = {name: exact(case.get(name, "0")) for name in ("due", "present", "unpaid leave", "sick", "absent")}
    month = Attendance(
        due_days=days["due"],
        present_days=days["present"],
        unpaid_leave_days=days["unpaid leave"],
        sick_days=days["sick"],
        absent_days=days["absent"],
        late_count=int(case.get("late", "0")),
        early_leave_count=int(case.get("early", "0")),
    )
    return _attended(month)


def run_attendance_days(case: Case) -> Answer:
    days = [DayStatus(status) for status, count in case.pairs("days") for _ in range(int(count))]
    month = attendance_of_days(days)
    return {"due": exact_store(month.due_days), "present": exact_store(month.present_days), **_attended(month)}


def _attended(month: Attendance) -> Answer:
    return {
        "rate": "" if month.rate is None else exact_store(month.rate),
        "shown": "" if month.rate is None else f"{shown(month.rate * 100)} %",
        "full": "yes" if month.is_full else "no",
        "unpaid days": exact_store(month.unpaid_days),
    }


def run_add_months(case: Case) -> Answer:
    start, rule = _day(case.get("from")), MonthEnd(case.get("month_end"))
    return {name: add_months(start, int(name.split()[0]), rule).isoformat() for name in case.expected}


def run_pay_effective(case: Case) -> Answer:
    ladder = ladder_from(case.document).ladder
    day = pay_effective_from(ladder, _day(case.get("eligible on")), _day(case.get("approved on")))
    return {"paid from": day.isoformat()}


def run_eligibility(case: Case) -> Answer:
    ladder = ladder_from({**seed_ladder_document(), **case.document}).ladder
    tiers = Dated.of("tier", [(_day(since), tier) for tier, since in case.pairs("tiers")])
    scores = [exact(text.strip()) for text in case.get("scores").split(",") if text.strip()]
    found = eligibility(ladder, tiers, _day(case.get("hired")), _day(case.get("on")), scores)
    if found is None:
        return {"next tier": "", "eligible on": "", "lacks": ""}
    return {
        "next tier": found.tier.tier,
        "eligible on": found.eligible_on.isoformat() if found.eligible_on else "",
        "lacks": ", ".join(lack.value for lack in found.lacks),
    }


# --- Platforms --------------------------------------------------------------------------------------------------------


def _platform(name: str, day: str = "2026-06-30") -> PlatformRules:
    held = platform_rules(name)
    assert held is not None
    return held.on(_day(day))


def run_standard(case: Case) -> Answer:
    metric, readings = case.get("metric"), [text.strip() for text in case.get("read the other way").split(",")]
    held = _platform(case.get("platform"), case.get("on", "2026-06-30"))
    numerator, _sign, denominator = case.get("measured").partition("÷")
    value = MetricValue(metric, By.SHOP, "shop", exact(numerator.strip()), exact(denominator.strip() or "1"))
    asked = next(standard for standard in held.standards if standard.metric == metric)
    found = judge(asked.read(readings, _number(case, "industry")), value)
    return {"state": found.state.value, "what follows": ", ".join(breach.consequence for breach in found.breaches)}


def run_points(case: Case) -> Answer:
    ladder = (_platform("tmall").ladders or {})[case.get("ladder")]
    found = tmall_points(int(case.get("points")), ladder, int(case.get("before", "0")))
    return {
        "fine": str(found.fine),
        "times": str(found.times or ""),
        "band": found.band.consequence if found.band else "",
    }


def run_fake_trade(case: Case) -> Answer:
    table = _platform("tmall").fake_trade
    assert table is not None
    return {"points": str(fake_trade(int(case.get("time")), int(case.get("orders")), table))}


def run_platform_fine(case: Case) -> Answer:
    act = Violation(date(2026, 6, 1), case.get("kind"), int(case.get("count", "1")), amount=_yuan(case.get("amount")))
    held = platform_rules(case.get("platform"))
    assert held is not None
    (found,) = penalties([act], held)
    return {"least": str(found.least), "most": str(found.most)}


def run_plausibility(case: Case) -> Answer:
    history = [exact(text.strip()) for text in case.get("results").split(",") if text.strip()]
    found = plausibility(exact(case.get("target")), Direction(case.get("direction")), history)
    return {
        "verdict": found.verdict.value,
        "reached": str(found.reached),
        "best": "" if found.best is None else exact_store(found.best),
    }


def _yuan(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def run_training_day(case: Case) -> Answer:
    lengths = {stage: int(days) for stage, days in case.pairs("lengths")}
    held = plan(training_track(case.get("track")), date(2026, 6, 1), lengths, DayCount(case.get("counted")))
    day = _day(case.get("on"))
    stage, allowed = held.stage_on(day), held.allowance_on(day)
    return {
        "stage": stage.stage.code if stage else "",
        "reception": allowed.reception.value,
        "cap": "" if allowed.cap is None else str(allowed.cap),
        "progress": held.progress_on(day).value,
    }


def run_training_index(case: Case) -> Answer:
    found = training_index(
        exact(case.get("score")),
        int(case.get("absences")),
        int(case.get("attended")),
        IndexRule(case.get("rule")),
        exact(case.get("coefficient", "0")),
    )
    return {"index": exact_store(found)}


def run_exam(case: Case) -> Answer:
    exam = exam_from(seed_exam_documents()["pdd_onboarding"]).exam
    chosen = {question.number: question.answer for question in exam.questions}
    chosen |= {number: frozenset(case.get(str(number)).split()) for number in (2, 9, 16)}
    found = marks(exam, chosen)
    return {"right": str(len(found.right)), "score": exact_store(found.score)}


# --- Numbers ----------------------------------------------------------------------------------------------------------


def run_rounding(case: Case) -> Answer:
    number = exact(case.get("exact"))
    return {"to the fen": str(FEN_HALF_UP(number)), "shown": shown(number)}


def run_exact(case: Case) -> Answer:
    return {"read as": exact_store(exact(case.get("written")))}


def run_split(case: Case) -> Answer:
    weights = [exact(text.strip()) for text in case.get("weights").split(",")]
    shares = split(Decimal(case.get("amount")), weights)
    return {"shares": ", ".join(map(str, shares)), "together": str(sum(shares, Decimal("0.00")))}


# --- The test ---------------------------------------------------------------------------------------------------------

RUNNERS: dict[str, Callable[[Case], Answer]] = {
    name.removeprefix("run_").replace("_", "-"): runner
    for name, runner in list(globals().items())
    if name.startswith("run_")
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_row_says_what_the_functions_compute(case: Case) -> None:
    runner = RUNNERS[case.runner]
    refused = case.expected.get("error", "")
    if refused not in NOTHING:
        with pytest.raises(DomainError) as raised:
            runner(case)
        assert raised.value.code == refused
        return
    answer = runner(case)
    expected = {name: "" if cell in NOTHING else cell for name, cell in case.expected.items() if name != "error"}
    assert {name: answer[name] for name in expected} == expected


def test_every_runner_has_a_table_and_every_page_has_one() -> None:
    used = {case.runner for case in CASES}
    assert used == set(RUNNERS)


def test_the_tables_are_not_few() -> None:
    """A parser that loses a table must not look like success."""
    assert len(CASES) > 150
    assert all(case.expected for case in CASES)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _number(case: Case, name: str) -> Fraction | None:
    return exact(case.get(name)) if case.get(name) else None


def _exact(pairs: Iterable[tuple[str, str]]) -> dict[str, Fraction]:
    return {name: exact(value) for name, value in pairs}


def _amounts(text: str) -> list[Decimal]:
    """Amounts separated by commas; ``1900.00 × 6`` stands for six of them."""
    found: list[Decimal] = []
    for part in text.split(","):
        amount, _sign, times = part.partition("×")
        found += [Decimal(amount.strip())] * int(times.strip() or 1)
    return found
