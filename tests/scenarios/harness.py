"""Runs the product's own services inside one process, and compares what they say with the oracle."""

from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def beside(name: str) -> ModuleType:
    """A plain file of this folder as a module."""
    known = f"scenarios_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


def in_process(folder: Path, months: tuple[str, ...]) -> dict[str, dict]:
    """Load a folder and close its months to paid; payslips.json and appraisals.json of each, as values."""
    company = load(folder)
    return {month: close(company, month) for month in months}


def load(folder: Path):
    """Load a folder that has no problem; the company."""
    report = load_files(folder)
    assert not report.is_refused, [str(problem) for problem in report.problems]
    return report.company


def load_files(folder: Path, company=None):
    """Load a folder, or some files of a known company; the report."""
    from grading.imports.folder import CompanyFolder
    from payroll.services.loading import company_load

    return company_load(CompanyFolder.from_directory(folder), loaded_by=users()[0], company=company)


def users():
    from django.contrib.auth.models import User

    return User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver")


def close(company, month: str) -> dict:
    from grading import public as grading
    from grading.jobs import services as jobs
    from grading.kernel.period import Month
    from grading.services import cycles
    from payroll import month_folder, selectors
    from payroll.services import calculation, runs
    from payroll.sheets import appraisal_json, payslip_json

    preparer, approver = users()
    of = Month.parse(month)
    run = runs.run_start(company=company, month=of, prepared_by=preparer)
    cycle = grading.AppraisalCycle.objects.get(company=company, month=of)
    while not jobs.progress(cycle.job_id).is_settled:
        cycles.cycle_grade_chunk(cycle.job_id)
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    while not jobs.progress(run.job_id).is_settled:
        calculation.run_calculate_chunk(run.job_id)
    runs.run_calculated(run.job_id)
    run.refresh_from_db()
    if run.payslips.exists():
        runs.run_approve(run_id=run.pk, approved_by=approver, reviewed=run.fingerprint)
        runs.run_pay(run_id=run.pk, paid_by=approver)
    appraisals = grading.Appraisal.objects.filter(cycle=cycle).select_related("agent")
    return {
        "payslips": [payslip_json(slip) for slip in selectors.payslips_of_month(company.pk, of)],
        "parked": month_folder.parked_json(company, of, "en"),
        "appraisals": [appraisal_json(row, row.agent.agent_no) for row in appraisals],
    }


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_of(payslip: dict) -> list[tuple[str, str, str]]:
    """(code, kind, amount) of a payslip."""
    return sorted((line["code"], line["kind"], line["amount"]) for line in payslip["lines"])


def differences(said: dict, expected) -> list[str]:
    """Everything on which a month's JSON and the oracle's month disagree, one sentence each."""
    parked = {each["agent_no"]: each["code"] for each in said["parked"]}
    found = []
    if set(parked) != set(expected.parked) or any(code not in expected.parked[no] for no, code in parked.items()):
        found.append(f"parked: product {parked}, oracle {expected.parked}")
    return found + pay_differences(said, expected) + grade_differences(said, expected)


def pay_differences(said: dict, expected) -> list[str]:
    slips = {slip["agent_no"]: slip for slip in said["payslips"]}
    found = only_one_has("payslip", slips, expected.slips)
    for no in sorted(set(slips) & set(expected.slips)):
        money = beside("oracle").money
        wanted = sorted((line.code, line.kind, money(line.amount)) for line in expected.slips[no].lines)
        got = lines_of(slips[no])
        if got != wanted:
            found.append(f"{no}: product has {sorted(set(got) - set(wanted))}, oracle {sorted(set(wanted) - set(got))}")
        found += totals(no, slips[no])
    return found


def grade_differences(said: dict, expected) -> list[str]:
    judged = {each["agent_no"]: each for each in said["appraisals"]}
    found = only_one_has("appraisal", judged, expected.appraisals)
    for no in sorted(set(judged) & set(expected.appraisals)):
        got, wanted = judged[no], expected.appraisals[no]
        coefficient = None if got["coefficient"] is None else Fraction(got["coefficient"])
        if (got["grade"] or None, coefficient) != (wanted.grade, wanted.coefficient):
            found.append(f"{no}: grade product {got['grade']}, oracle {wanted.grade}")
        scores = [("total", got["total_score"], wanted.total)]
        scores += [(kpi["metric"], kpi["score"], wanted.kpis[kpi["metric"]]) for kpi in got["kpis"]]
        found += [f"{no}: {name} product {one}, oracle {two}" for name, one, two in scores if not same(one, two)]
    return found


def only_one_has(what: str, product: dict, oracle: dict) -> list[str]:
    return [
        f"{no}: {what} only in {'product' if no in product else 'oracle'}" for no in sorted(set(product) ^ set(oracle))
    ]


def same(written: str | None, wanted: Fraction | None) -> bool:
    """Scores are printed to at least six digits; a missing measure scores nothing, or 0 where it counts as zero."""
    if written is None or wanted is None:
        return (not written and not wanted) or (wanted is None and Fraction(written) == 0)
    return abs(Fraction(written) - wanted) <= Fraction(1, 10**6)


def totals(no: str, slip: dict) -> list[str]:
    """The contract's sums of a payslip, of its own printed lines."""
    kinds = {
        kind: sum(Fraction(line["amount"]) for line in slip["lines"] if line["kind"] == kind)
        for kind in ("earning", "deduction", "employer")
    }
    wanted = {
        "gross": kinds["earning"],
        "deductions": kinds["deduction"],
        "net": kinds["earning"] - kinds["deduction"],
        "employer_cost": kinds["earning"] + kinds["employer"],
    }
    return [
        f"{no}: {name} is {slip[name]}, lines say {float(value)}"
        for name, value in wanted.items()
        if Fraction(slip[name]) != value
    ] + ([f"{no}: net below zero"] if Fraction(slip["net"]) < 0 else [])
