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
    from grading.imports.folder import CompanyFolder
    from payroll.services.loading import company_load

    report = company_load(CompanyFolder.from_directory(folder), loaded_by=users()[0])
    assert not report.is_refused, [str(problem) for problem in report.problems]
    return {month: close(report.company, month) for month in months}


def users():
    from django.contrib.auth.models import User

    return User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver")


def close(company, month: str) -> dict:
    from grading import public as grading
    from grading.jobs import services as jobs
    from grading.kernel.period import Month
    from grading.services import cycles
    from payroll.services import runs
    from payroll.sheets import appraisal_json, payslip_json
    from payroll import month_folder, selectors

    preparer, approver = users()
    of = Month.parse(month)
    run = runs.run_start(company=company, month=of, prepared_by=preparer)
    cycle = grading.AppraisalCycle.objects.get(company=company, month=of)
    while not jobs.progress(cycle.job_id).is_settled:
        cycles.cycle_grade_chunk(cycle.job_id)
    runs.run_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    while not jobs.progress(run.job_id).is_settled:
        runs.run_calculate_chunk(run.job_id)
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
    """(code, kind, amount) of a payslip, without the zero lines that mean nothing."""
    found = [(line["code"], line["kind"], line["amount"]) for line in payslip["lines"]]
    return sorted(line for line in found if Fraction(line[2]) or line[0] not in ("income_tax", "carry_forward"))


def differences(said: dict, expected) -> list[str]:
    """Everything on which a month's JSON and the oracle's month disagree, one sentence each."""
    oracle = beside("oracle")
    found = []
    parked = {each["agent_no"]: each["code"] for each in said["parked"]}
    if set(parked) != set(expected.parked):
        found.append(f"parked: product {parked}, oracle {expected.parked}")
    slips = {slip["agent_no"]: slip for slip in said["payslips"]}
    for no in sorted(set(slips) ^ set(expected.slips)):
        found.append(f"{no}: payslip only in {'product' if no in slips else 'oracle'}")
    for no in sorted(set(slips) & set(expected.slips)):
        wanted = sorted((code, kind, oracle.money(amount)) for code, kind, amount in expected.slips[no].lines)
        got = lines_of(slips[no])
        if got != wanted:
            found.append(f"{no}: product has {sorted(set(got) - set(wanted))}, oracle {sorted(set(wanted) - set(got))}")
        found += totals(no, slips[no])
    judged = {each["agent_no"]: each for each in said["appraisals"]}
    for no in sorted(set(judged) ^ set(expected.appraisals)):
        found.append(f"{no}: appraisal only in {'product' if no in judged else 'oracle'}")
    for no in sorted(set(judged) & set(expected.appraisals)):
        got, wanted = judged[no], expected.appraisals[no]
        if wanted.total is None:
            if got["total_score"] or got["grade"] or got["coefficient"]:
                found.append(f"{no}: a score of nothing: {got}")
            continue
        if got["total_score"] is None:
            found.append(f"{no}: no score, oracle {float(wanted.total)}")
            continue
        if abs(Fraction(got["total_score"]) - wanted.total) > Fraction(1, 10**6):
            found.append(f"{no}: score product {got['total_score']}, oracle {float(wanted.total)}")
        if (got["grade"], Fraction(got["coefficient"])) != (wanted.grade, wanted.coefficient):
            found.append(f"{no}: grade product {got['grade']}, oracle {wanted.grade}")
        for kpi in got["kpis"]:
            score = wanted.kpis[kpi["metric"]]
            if score is not None and abs(Fraction(kpi["score"]) - score) > Fraction(1, 10**6):
                found.append(f"{no}: {kpi['metric']} product {kpi['score']}, oracle {float(score)}")
    return found


def totals(no: str, slip: dict) -> list[str]:
    """The contract's sums of a payslip, of its own printed lines."""
    kinds = {kind: sum(Fraction(line["amount"]) for line in slip["lines"] if line["kind"] == kind)
             for kind in ("earning", "deduction", "employer")}  # fmt: skip
    wanted = {
        "gross": kinds["earning"], "deductions": kinds["deduction"], "net": kinds["earning"] - kinds["deduction"],
        "employer_cost": kinds["earning"] + kinds["employer"],
    }  # fmt: skip
    return [f"{no}: {name} is {slip[name]}, lines say {float(value)}" for name, value in wanted.items()
            if Fraction(slip[name]) != value] + ([f"{no}: net below zero"] if Fraction(slip["net"]) < 0 else [])  # fmt: skip
