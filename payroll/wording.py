"""Names of pay codes and sentences of calculation steps, in 中文 and English.

The calculation knows codes and values only; page, PDF, API and JSON show these texts, so they never differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext_noop as _

from grading.jobs.models import RunItem
from grading.kernel.exact import exact
from grading.wording import error_text, filled, in_language, measure_words, metric_name, tier_name, trimmed

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
    "sick_pay": _("Sick pay"),
    "loss_recovery": _("Recovery of a loss"),
    "pension": _("Pension insurance"),
    "medical": _("Medical insurance"),
    "unemployment": _("Unemployment insurance"),
    "housing_fund": _("Housing fund"),
    "income_tax": _("Income tax withheld"),
    "carry_forward": _("Carried forward"),
}

PREFIX_NAMES: Mapping[str, str] = {
    "adjustment": _("Adjustment: {name}"),
    "arrears": _("Arrears: {name}"),
}

OWN_NAMES: Mapping[str, str] = {
    "meal_allowance": _("Meal allowance"),
    "transport_allowance": _("Transport allowance"),
    "housing_allowance": _("Housing allowance"),
    "phone_allowance": _("Phone allowance"),
    "night_shift_allowance": _("Night shift allowance"),
}
"""Names of codes that companies often write after ``adjustment.``."""

UNIT_NAMES: Mapping[str, str] = {"days": _("days"), "calls": _("calls"), "inquiries": _("inquiries")}
BASIS_NAMES: Mapping[str, str] = {"sales_amount": _("sales")}
"""Sales bases that are no metric of the catalogue."""

OPERATORS: Mapping[str, str] = {"<=": "≤", ">=": "≥", "==": "="}

ERROR_WORDS = (
    *(_("open"), _("graded"), _("calculated"), _("in review"), _("approved"), _("paid")),
    *(_("calculate"), _("review"), _("approve"), _("pay")),
    *(_("import files"), _("prepare a pay run"), _("hand a run over for review"), _("approve a pay run")),
    _("pay a run out"),
)
"""Words and phrases that payroll puts into errors; ``grading.wording.word`` looks them up."""

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
    "guarantee_top_up": _("Guaranteed {guaranteed} less {counted} counted"),
    "entered": _("Entered: {reason}"),
    "carry_forward.left": _("The month bears {bearable}; {after} is left for later months"),
    "carry_forward.taken": _("Of {before} left from earlier months; {after} remains"),
}

SEPARATOR = _("; ")

TEXTS: Mapping[str, str] = {
    "no_statutory": _(
        "Social insurance, housing fund and income tax are not calculated on this payslip: "
        "net pay is gross pay less the deductions entered."
    ),
}


def line_name(code: str, language: str) -> str:
    """The name of a pay code. A plan's own code is shown as it is written."""
    prefix, _dot, rest = code.partition(".")
    if rest and prefix in PREFIX_NAMES:
        return filled(_text(PREFIX_NAMES[prefix], language), {"name": line_name(rest, language)})
    name = LINE_NAMES.get(code) or OWN_NAMES.get(code)
    return _text(name, language) if name else code.replace("_", " ")


def step_text(step: Mapping[str, Any], language: str) -> str:
    """One step as a sentence."""
    template = STEPS.get(step["code"])
    if template is None:
        return str(step["code"])
    return filled(_text(template, language), _places(step["values"], language))


def reason(steps: list[Mapping[str, Any]], language: str) -> str:
    """All steps of a line as one sentence."""
    return _text(SEPARATOR, language).join(step_text(step, language) for step in steps)


def text(key: str, language: str) -> str:
    """A fixed sentence of payslips."""
    return _text(TEXTS[key], language)


def parked_text(item: RunItem, language: str) -> str:
    """Why somebody is parked."""
    values = dict(item.error_values)
    if "line" in values:
        values["line"] = line_name(values["line"], language)
    if "unit" in values:
        values["unit"] = _named(values["unit"], UNIT_NAMES, language)
    return error_text(item.error_code, values, language, item.error_message)


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
    if "rate" in places:
        places["percent"] = f"{trimmed(exact(places['rate']) * 100, 6)}%"
    if "factor" in places:
        places["score"] = trimmed(exact(places["factor"]) * 100, 4)
    return places


def _named(code: str, names: Mapping[str, str], language: str) -> str:
    return _text(names[code], language) if code in names else code


@cache
def _text(message: str, language: str) -> str:
    return in_language(message, language)
