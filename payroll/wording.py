"""Names of pay codes and sentences of calculation steps, in 中文 and English.

The calculation knows codes and values only; page, PDF, API and JSON show these texts, so they never differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext_noop as _

from grading.jobs.models import RunItem
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact
from grading.wording import error_text, filled, in_language, measure_words, metric_name, tier_name, trimmed
from payroll.domain.contributions import EMPLOYER_PREFIX
from payroll.rulebook import city_names

LINE_NAMES: Mapping[str, str] = {
    "base_pay": _("Base pay"),
    "probation_pay": _("Probation pay"),
    "daily_pay": _("Daily pay"),
    "absence_deduction": _("Unpaid absence"),
    "commission": _("Commission"),
    "sales_commission": _("Sales commission"),
    "piece_pay": _("Piece pay"),
    "metric_bonus": _("Metric bonus"),
    "performance_pay": _("Performance pay"),
    "team_bonus": _("Team bonus"),
    "full_attendance_bonus": _("Full attendance bonus"),
    "guarantee_top_up": _("Guarantee top-up"),
    "penalty": _("Penalty (pay not earned)"),
    "overtime_workday": _("Overtime, workdays"),
    "overtime_restday": _("Overtime, rest days"),
    "overtime_holiday": _("Overtime, holidays"),
    "sick_leave_deduction": _("Sick leave"),
    "sick_pay": _("Sick pay"),
    "annual_settlement": _("Annual settlement of the guarantee"),
    "annual_bonus": _("Annual bonus"),
    "court_support": _("Court-ordered support"),
    "fine": _("Fine"),
    "loss_recovery": _("Recovery of a loss"),
    "pension": _("Pension insurance"),
    "medical": _("Medical insurance"),
    "unemployment": _("Unemployment insurance"),
    "work_injury": _("Work injury insurance"),
    "maternity": _("Maternity insurance"),
    "housing_fund": _("Housing fund"),
    "income_tax": _("Income tax withheld"),
    "carry_forward": _("Carried forward"),
}

PREFIX_NAMES: Mapping[str, str] = {
    "adjustment": _("Adjustment: {name}"),
    "arrears": _("Arrears: {name}"),
}
EMPLOYER_NAME = _("Employer: {name}")
"""The name of an employer's line: the code of its deduction behind ``employer_``."""

OWN_NAMES: Mapping[str, str] = {
    "meal_allowance": _("Meal allowance"),
    "transport_allowance": _("Transport allowance"),
    "housing_allowance": _("Housing allowance"),
    "phone_allowance": _("Phone allowance"),
    "night_shift_allowance": _("Night shift allowance"),
    "middle_shift_allowance": _("Middle shift allowance"),
    "heat_allowance": _("Heat allowance"),
    "cold_allowance": _("Cold allowance"),
    "underground_allowance": _("Underground work allowance"),
    "hazard_allowance": _("Hazard allowance"),
    "only_child_allowance": _("Only child allowance"),
    "childcare_allowance": _("Childcare allowance"),
    "travel_allowance": _("Travel allowance"),
    "missed_meal_allowance": _("Missed meal allowance"),
}
"""Names of codes that companies often write after ``adjustment.``."""

UNIT_NAMES: Mapping[str, str] = {"days": _("days"), "calls": _("calls"), "inquiries": _("inquiries")}
BASIS_NAMES: Mapping[str, str] = {"sales_amount": _("sales")}
"""Sales bases that are no metric of the catalogue."""

FACT_NAMES: Mapping[str, str] = {
    "city": _("city of insurance"),
    "contribution_base": _("contribution base"),
    "housing_fund_base": _("housing fund base"),
    "housing_fund_rate": _("housing fund rate"),
    "minimum_wage": _("minimum wage"),
}
"""Facts and rules of people's insurance that errors and findings speak of, besides the schemes."""

ROUNDINGS: Mapping[str, str] = {
    "fen_half_up": _("to the fen"),
    "yuan_half_up": _("to whole yuan"),
    "yuan_floor": _("down to whole yuan"),
}

OPERATORS: Mapping[str, str] = {"<=": "≤", ">=": "≥", "==": "="}

ERROR_WORDS = (
    *(_("open"), _("graded"), _("calculated"), _("in review"), _("approved"), _("paid")),
    *(_("calculate"), _("review"), _("approve"), _("pay")),
    *(_("import files"), _("prepare a pay run"), _("hand a run over for review"), _("approve a pay run")),
    *(_("stop a pay run"), _("go on with a pay run")),
    _("pay a run out"),
    *(_("issue a billing statement"), _("cancel a billing statement")),
    _("change statutory rules"),
    *(_("sales"), _("inquiries"), _("temp days"), _("agents")),
)
"""Words and phrases that payroll puts into errors; ``grading.wording.word`` looks them up."""

STATEMENT_LINES: Mapping[str, str] = {
    "agent_fee": _("Agent service fee"),
    "shop_commission": _("Commission on shop sales"),
    "inquiry_fee": _("Inquiry handling"),
    "temp_days_fee": _("Temporary agents"),
}
"""Names of what client shops are billed for; these are prices, not pay codes."""

STEPS: Mapping[str, str] = {
    "base_pay.tier": _("Monthly base pay {monthly} for tier {tier}"),
    "base_pay.fixed": _("Monthly base pay {monthly}"),
    "base_pay.probation": _("Monthly pay {monthly} in probation"),
    "proration.full_month": _("paid for the full month"),
    "proration.calendar_days": _("{monthly} × {days} of {of_days} calendar days ({first_day} to {last_day})"),
    "proration.workdays": _("{monthly} × {days} of {of_days} workdays ({first_day} to {last_day})"),
    "proration.paid_days": _("{monthly} ÷ {of_days} × {days} paid days ({first_day} to {last_day})"),
    "daily_pay": _("{price} × {quantity} {unit}"),
    "absence_deduction": _("{monthly} ÷ {divisor} × {days} unpaid days"),
    "absence_deduction.limit": _("no more than the {limit} earned"),
    "commission.basis": _("Net total of {basis}: {sales}"),
    "commission.band": _("{part} × {percent}"),
    "commission.cap": _("capped at {cap}"),
    "piece_pay.quantity": _("Quantity of {unit}: {quantity}"),
    "piece_pay.band": _("{part} × {rate}"),
    "gate.open": _("all {standards} standards of the gate met"),
    "gate.failed": _("Gate not met: {metric} is {measure}, the standard is {operator} {standard}"),
    "gate.missing": _("Gate not met: {metric} has no value"),
    "bonus.amount": _("Amount {whole}"),
    "bonus.full_attendance": _("Amount {whole} for full attendance"),
    "bonus.score": _("Amount {whole} × score {score} ÷ 100"),
    "bonus.grade": _("Amount {whole} × coefficient {factor} for grade {grade}"),
    "bonus.part_month": _("× {days} of {of_days} days"),
    "bonus.pool_by_score": _("Share of pool {pool} by score: {weight} of {total_weight} ({members} people)"),
    "bonus.pool_equal": _("Equal share of pool {pool} ({members} people)"),
    "guarantee.segment": _("Guarantee {monthly} × {days} of {of_days} days ({first_day} to {last_day})"),
    "guarantee.absence": _("less {monthly} ÷ {divisor} × {days} unpaid days"),
    "guarantee.sickness": _("less {monthly} ÷ {divisor} × {days} sick days × {percent}"),
    "guarantee_top_up": _("Guaranteed {guaranteed} less {counted} counted"),
    "guarantee_top_up.kept": _(
        "{counted} counted, {guaranteed} guaranteed: what is beyond it is kept for the settlement of the year"
    ),
    "overtime.hourly": _("An hour: {monthly} ÷ {paid_days} days ÷ {hours_per_day} hours"),
    "overtime.by_hour": _("An hour: {hourly}, as the plan pays it"),
    "overtime.daily": _("An hour: {daily} a day ÷ {hours_per_day} hours"),
    "overtime": _("{hours} hours × {hourly} × {multiple}"),
    "sick_leave_deduction": _("{monthly} ÷ {divisor} × {days} sick days"),
    "sick_leave_deduction.limit": _("no more than the {limit} earned"),
    "sick_pay.rate": _("{day} a day × {percent} × {days} sick days"),
    "sick_pay.floor": _("lifted to {percent} of the minimum wage of {minimum} for these days"),
    "annual_settlement": _(
        "{months} months: {earned} counted, {guaranteed} guaranteed; {due} is due and {paid} was paid"
    ),
    "contribution.base_own": _("Contribution base {base}"),
    "contribution.base_floor": _("Contribution base {base}, the floor; the agent's own is {own}"),
    "contribution.base_ceiling": _("Contribution base {base}, the ceiling; the agent's own is {own}"),
    "contribution.rate": _("{base} × {percent}, {rounding}"),
    "contribution.rate_and_fixed": _("{base} × {percent} + {fixed}, {rounding}"),
    "tax.income": _("Income of {year} so far: {before} + {income} = {cumulative}"),
    "tax.allowance": _("less {monthly} × {months} months employed"),
    "tax.allowance_first_job": _("less {monthly} × {months} months from January, as the first job of the year"),
    "tax.allowance_from_january": _("less {allowance} for the whole year, from January on"),
    "tax.deductions": _("less contributions {contributions} and declared deductions {declared}"),
    "tax.cumulative": _("Tax of the year so far: {taxable} × {percent} − {quick}"),
    "tax.withheld": _("{cumulative} less {withheld} withheld before"),
    "tax.no_refund": _(
        "{withheld} was withheld before, {over} more than is due so far; later months or the yearly return balance it"
    ),
    "tax.nothing_taxable": _("nothing is left to tax"),
    "tax.labour": _("Labour remuneration {income}, of which {taxable} is taxable"),
    "tax.labour_month": _("Labour remuneration paid in the month is one payment: {before} before, and {income}"),
    "tax.labour_cumulative": _("of which {percent} counts"),
    "tax.non_resident": _("Non-resident: {income} of the month less {allowance}"),
    "tax.band": _("{taxable} × {percent} − {quick}"),
    "tax.separate_bonus": _("Annual bonus taxed separately: a twelfth is {twelfth}; {bonus} × {percent} − {quick}"),
    "loss_recovery": _(
        "Of {claim} in all: at most {percent} of {gross}, and {floor} must be left; {left} remains for later months"
    ),
    "arrears.then": _("Paid for {month} so far: {total}"),
    "arrears.now": _("Computed for {month} now: {total}"),
    "entered": _("Entered: {reason}"),
    "billing.agent_month": _("{monthly} for the whole month"),
    "billing.agent_days": _("{monthly} × {days} of {of_days} calendar days"),
    "billing.sales": _("Net sales {sales} × {percent}"),
    "billing.inquiries": _("{quantity} inquiries"),
    "billing.band": _("{part} × {rate}"),
    "billing.temp_days": _("{quantity} days of temporary agents × {price}"),
    "carry_forward.left": _("The month bears {bearable}; {after} is left for later months"),
    "carry_forward.taken": _("Of {before} left from earlier months; {after} remains"),
}

FINDINGS: Mapping[str, str] = {
    "guard.overtime_hours": _(
        "{hours} hours of overtime are more than the {limit} a month that the law allows. They are paid all the same."
    ),
    "guard.no_housing_fund": _("No housing fund is paid: the rate entered is 0. The law asks it of every employer."),
    "guard.rule_unverified": _("Nobody has checked these rules of {city} against the official notice yet: {rules}."),
    "guard.bonus_cliff": _(
        "The annual bonus of {bonus} leaves {net} after tax; {edge} would leave {net_at_edge}. It lies just above the "
        "edge of a tax band."
    ),
    "guard.bonus_merged_is_better": _(
        "The annual bonus of {bonus} leaves {net} when taxed separately, and {net_merged} when taxed with the wage."
    ),
    "guard.rent_and_loan": _(
        "Rent and housing loan interest are both declared; only one of them may be deducted in a year."
    ),
    "guard.carried_forward": _("The month cannot bear its deductions: {amount} is left for later months."),
    "guard.below_floor": _(
        "Penalties of {penalty} take pay to {pay}, below the {guaranteed} that the plan guarantees."
    ),
    "guard.account_missing": _(
        "There is neither a bank account nor Alipay: the {net} are in no payment file until one is entered."
    ),
    "guard.account_shared": _("The account is also that of {others}."),
    "guard.identity_missing": _("There is no identity number: the row of the tax file waits until it is entered."),
    "guard.far_from_last_month": _("Net pay of {net} is far from last month's {before}: {difference}."),
}
"""What a finding on a payslip says."""

FINDING_NAMES: Mapping[str, str] = {
    "guard.overtime_hours": _("More overtime than the law allows"),
    "guard.no_housing_fund": _("No housing fund"),
    "guard.rule_unverified": _("Statutory rules not checked yet"),
    "guard.bonus_cliff": _("Annual bonus just above a tax band"),
    "guard.bonus_merged_is_better": _("Annual bonus better taxed with the wage"),
    "guard.rent_and_loan": _("Rent and housing loan both declared"),
    "guard.carried_forward": _("Deductions left for later months"),
    "guard.below_floor": _("Penalties take pay below the guarantee"),
    "guard.account_missing": _("Neither a bank account nor Alipay"),
    "guard.account_shared": _("One account for several people"),
    "guard.identity_missing": _("No identity number"),
    "guard.far_from_last_month": _("Net pay far from last month's"),
}
"""What findings of one code are called together."""

SEVERITIES: Mapping[str, str] = {"warning": _("warning"), "info": _("information")}
OWNERS: Mapping[str, str] = {"hr": _("HR"), "manager": _("team manager")}

ARTICLE = _("{law} art. {number}")

CAUSE_NAMES: Mapping[str, str] = {
    "employment": _("Employment and days of the month"),
    "attendance": _("Attendance"),
    "tier": _("Tier"),
    "commission": _("Commission"),
    "piece": _("Piece work"),
    "kpi": _("KPI score"),
    "grade": _("Grade"),
    "team": _("Results of the team"),
    "adjustments": _("Adjustments"),
    "arrears": _("Arrears of earlier months"),
    "rules": _("Version of the plan"),
    "guarantee": _("Guarantee"),
    "contributions": _("Social insurance and housing fund"),
    "tax": _("Income tax"),
    "deductions": _("Deductions and what is carried between months"),
}
"""Why net pay is another one than last month's."""

PAYSLIP_TITLES: Mapping[str, str] = {
    "off_cycle": _("Off-cycle payslip"),
    "correction": _("Correction payslip"),
}
"""What a payslip of a run besides the month's regular one is called."""

TOTAL_NAMES: Mapping[str, str] = {
    "gross": _("Gross pay"),
    "deductions": _("Deductions"),
    "net": _("Net pay"),
    "employer_cost": _("Employer cost"),
    "carried_forward": _("Carried forward"),
    "loss_balance": _("Losses still to be recovered"),
}
"""Amounts that stand on a payslip besides its lines."""

SEPARATOR = _("; ")
LIST_SEPARATOR = _(", ")

TEXTS: Mapping[str, str] = {
    "no_statutory": _(
        "Social insurance, housing fund and income tax are not calculated on this payslip: "
        "net pay is gross pay less the deductions entered."
    ),
    "correction": _(
        "This payslip holds only what earlier months are owed, or owe. Each amount names its month, with what was paid "
        "and what was computed since. It is taxed in the month of payment."
    ),
}


def line_name(code: str, language: str) -> str:
    """The name of a pay code. A plan's own code is shown as it is written."""
    prefix, _dot, rest = code.partition(".")
    if rest and prefix in PREFIX_NAMES:
        return filled(_text(PREFIX_NAMES[prefix], language), {"name": line_name(rest, language)})
    if code.startswith(EMPLOYER_PREFIX):
        return filled(_text(EMPLOYER_NAME, language), {"name": line_name(code.removeprefix(EMPLOYER_PREFIX), language)})
    name = LINE_NAMES.get(code) or OWN_NAMES.get(code)
    return _text(name, language) if name else code.replace("_", " ")


def statement_line_name(code: str, language: str) -> str:
    """The name of what a line of a billing statement is for."""
    return _text(STATEMENT_LINES[code], language)


def step_text(step: Mapping[str, Any], language: str) -> str:
    """One step as a sentence."""
    template = STEPS.get(step["code"])
    if template is None:
        return str(step["code"])
    return filled(_text(template, language), _places(step["values"], language))


def finding_text(code: str, values: Mapping[str, str], language: str) -> str:
    """A finding as a sentence; the code itself when this version does not know it."""
    if code not in FINDINGS:
        return code
    return filled(_text(FINDINGS[code], language), _law_places(values, language))


def finding_name(code: str, language: str) -> str:
    """What findings of a code are called; the code itself when this version does not know it."""
    return _named(code, FINDING_NAMES, language)


def article_text(article: str, language: str) -> str:
    """A legal ground as people cite it; a ground without an article stays as it is."""
    law, art, number = article.partition(" art. ")
    return filled(_text(ARTICLE, language), {"law": law, "number": number}) if art else article


def cause_name(cause: str, language: str) -> str:
    """What made net pay differ from last month's."""
    return _named(cause, CAUSE_NAMES, language)


def severity_name(severity: str, language: str) -> str:
    """How grave a finding is."""
    return _named(severity, SEVERITIES, language)


def owner_name(owner: str, language: str) -> str:
    """Who has to look at a finding."""
    return _named(owner, OWNERS, language)


def payslip_title(kind: str, language: str) -> str:
    """What a payslip of a kind of run is called; empty for a regular one, which is simply a payslip."""
    return _text(PAYSLIP_TITLES[kind], language) if kind in PAYSLIP_TITLES else ""


def reason(steps: list[Mapping[str, Any]], language: str) -> str:
    """All steps of a line as one sentence."""
    return _text(SEPARATOR, language).join(step_text(step, language) for step in steps)


def text(key: str, language: str) -> str:
    """A fixed sentence of payslips."""
    return _text(TEXTS[key], language)


def parked_text(item: RunItem, language: str) -> str:
    """Why somebody is parked."""
    return _error_text(item.error_code, item.error_values, item.error_message, language)


def found_text(error: DomainError, language: str) -> str:
    """What was found wrong with something stored, as a sentence."""
    return _error_text(error.code, error.values, str(error), language)


def _error_text(code: str, error_values: Mapping[str, str], message: str, language: str) -> str:
    values = _law_places(error_values, language)
    if "line" in values:
        values["line"] = line_name(values["line"], language)
    if "unit" in values:
        values["unit"] = _named(values["unit"], UNIT_NAMES, language)
    if "total" in values:
        values["total"] = _named(values["total"], TOTAL_NAMES, language)
    return error_text(code, values, language, message)


def _places(values: Mapping[str, str], language: str) -> dict[str, str]:
    """The values of a step as people read them: names for codes, units, percent."""
    places = dict(values)
    if "metric" in places:
        for name in {"measure", "standard"} & places.keys():
            places[name] = measure_words(places["metric"], exact(places[name]), language, 6)
        places["metric"] = metric_name(places["metric"], language)
    if "operator" in places:
        places["operator"] = OPERATORS.get(places["operator"], places["operator"])
    if "basis" in places:
        places["basis"] = _named(metric_name(places["basis"], language), BASIS_NAMES, language)
    if "unit" in places:
        places["unit"] = _named(places["unit"], UNIT_NAMES, language)
    if "tier" in places:
        places["tier"] = tier_name(places["tier"], language)
    for name in {"rate", "fraction"} & places.keys():
        places["percent"] = f"{trimmed(exact(places[name]) * 100, 6)}%"
    if "rounding" in places:
        places["rounding"] = _named(places["rounding"], ROUNDINGS, language)
    if "factor" in places:
        places["score"] = trimmed(exact(places["factor"]) * 100, 4)
    return places


def _law_places(values: Mapping[str, str], language: str) -> dict[str, str]:
    """Values of errors and findings about the law as people read them: names of facts, schemes and cities."""
    places = dict(values)
    if "fact" in places:
        places["fact"] = _named(places["fact"], FACT_NAMES, language)
    if "scheme" in places:
        places["scheme"] = line_name(places["scheme"], language)
    if "rules" in places:
        names = (_named(each, {**LINE_NAMES, **FACT_NAMES}, language) for each in places["rules"].split(", "))
        places["rules"] = _text(LIST_SEPARATOR, language).join(names)
    if "city" in places:
        places["city"] = city_name(places["city"], language)
    return places


def city_name(code: str, language: str) -> str:
    """The name of a city whose rules ship; any other is shown by its code."""
    names = city_names().get(code)
    return code if names is None else names[language]


def _named(code: str, names: Mapping[str, str], language: str) -> str:
    return _text(names[code], language) if code in names else code


@cache
def _text(message: str, language: str) -> str:
    return in_language(message, language)
