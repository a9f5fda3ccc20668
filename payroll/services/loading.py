"""Loading a company folder: everything is read and checked, then written in one transaction, or nothing is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from grading import public as grading
from grading.imports import wording as faults
from grading.imports.company_files import Findings, GradingFiles, read_grading_files
from grading.imports.folder import CompanyFolder
from grading.imports.problem import WHOLE_FILE, Problem
from grading.imports.table import Table
from grading.jobs import services as jobs
from grading.kernel.document import canonical_data
from grading.kernel.period import Month
from grading.tables import VersionedDocument
from payroll import models, selectors
from payroll.domain.plan_document import PlanDocument, plan_from
from payroll.domain.rules import PayPlan
from payroll.errors import MayNot
from payroll.imports import wording as pay_faults
from payroll.imports.company_files import (
    MonthPayFiles,
    PayFiles,
    check_plans_used,
    check_under_law,
    gate_metrics,
    note_below_minimum,
    note_what_pays_nothing,
    read_pay_files,
    read_plans,
)
from payroll.rulebook import seed_plan_document
from payroll.services.billing import billing_syncs, check_billing
from payroll.services.export_settings import export_settings_save
from payroll.services.late_changes import LateMarks
from payroll.services.statutory import calendars_sync
from payroll.statutory import city_code, law_of, shipped_law

SEED_PLAN = "seed"
PAY_KINDS = {
    column: column
    for column in (
        "plan",
        "employment",
        "city",
        "contribution_base",
        "housing_fund_base",
        "housing_fund_rate",
        "additional_deductions",
        "supplementary_fund_rate",
        "new_to_work",
        "tax_resident",
        "first_job_of_year",
        "withhold_from_60000",
        "cumulates_labour",
    )
}
_PROFILE = ("id_type", "id_no", "bank_name", "bank_account", "alipay")


FactKey = tuple[str, str, date]
"""Agent number, kind and first day of a dated fact."""
Marked = tuple[grading.TableSync[Any], Callable[[grading.TableSync[Any]], None]]
"""A table to be made equal to its file, and how it marks posted months once it is."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a folder changes, or why it changes nothing. ``company`` is None when it was refused."""

    company: grading.Company | None
    changes: tuple[grading.Change, ...]
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]

    @property
    def is_refused(self) -> bool:
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class _Files:
    """Everything the folder says, read and typed."""

    grading: GradingFiles
    pay: PayFiles


def company_load(
    folder: CompanyFolder,
    *,
    loaded_by: User,
    company: grading.Company | None = None,
    month: Month | None = None,
    dry_run: bool = False,
) -> LoadReport:
    """Load a folder, or a few files of a known ``company``; with ``month`` only that month's folder.

    All or nothing: with any problem the report lists them all and nothing but an audit line is written. Loading the
    same folder again changes nothing. Raises MayNot.
    """
    if not loaded_by.has_perm("payroll.prepare_run"):
        raise MayNot(user=loaded_by.get_username(), act="import files")
    findings = Findings(problems=list(folder.problems), notices=list(folder.notices))
    files = _read(folder, month, company, findings)
    if company is None and files.grading.company is not None:
        company = grading.Company.objects.filter(code=files.grading.company.code).first()
    _check(files, company, findings)
    if findings.problems:
        codes = sorted({problem.code for problem in findings.problems})
        jobs.audit(
            actor=loaded_by,
            action="company.refused",
            object_type="company_folder",
            object_id=company.code if company else "",
            detail={"problems": len(findings.problems), "codes": codes},
        )
        return LoadReport(None, (), tuple(findings.problems), tuple(findings.notices))
    changes: list[grading.Change] = []
    with transaction.atomic():
        saved = _write(files, company, loaded_by, changes, findings, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return LoadReport(saved, tuple(changes), (), tuple(findings.notices))


def _read(folder: CompanyFolder, month: Month | None, company: grading.Company | None, findings: Findings) -> _Files:
    if company is None:
        findings.problems += folder.missing()
    months = folder.months() if month is None else tuple(each for each in folder.months() if each == month)
    plans = read_plans(folder, findings)
    known = chain.from_iterable(_plans_known(company, plans).values())
    own_metrics = gate_metrics(list(known)) | _scorecard_metrics(company)
    return _Files(
        read_grading_files(folder, months, own_metrics, findings), read_pay_files(folder, plans, months, findings)
    )


def _plans_known(
    company: grading.Company | None, plans: Collection[grading.Versioned[PlanDocument]]
) -> dict[str, list[PayPlan]]:
    """Every version of every plan, published or in the folder, by code; the latest is the last."""
    held: dict[str, dict[date, PayPlan]] = {SEED_PLAN: {date.min: plan_from(seed_plan_document()).plan}}
    if company is not None:
        for code, published in selectors.plans_published(company.pk).plans.items():
            held.setdefault(code, {}).update(published.values)
    for version in plans:
        held.setdefault(version.value.code, {})[version.value.effective_from] = version.value.plan
    return {code: [versions[since] for since in sorted(versions)] for code, versions in held.items()}


def _scorecard_metrics(company: grading.Company | None) -> frozenset[str]:
    """The metrics of every published scorecard, also of those that a later version has replaced."""
    return frozenset() if company is None else grading.scorecard_metrics(company.pk)


def _check(files: _Files, company: grading.Company | None, findings: Findings) -> None:
    document = files.grading.company
    if company is not None and document is not None and document.code != company.code:
        findings.problems.append(
            Problem.of("company.yaml", 1, "code", faults.OTHER_COMPANY, document.code, company=company.code)
        )
    if company is None and document is None and not findings.problems:
        findings.problems.append(Problem.of("company.yaml", 1, WHOLE_FILE, faults.NO_COMPANY))
    known = grading.known_grading(company, files.grading)
    grading.check_grading_files(files.grading, known, findings)
    pay_tables: list[Table | None] = [
        files.pay.opening_balances,
        files.pay.tax_deductions,
        files.pay.billing.assignments,
    ]
    for month in files.pay.months.values():
        pay_tables += [month.sales, month.units, month.adjustments]
    for table in pay_tables:
        if table is not None:
            grading.check_agents(table, known, findings)
    plans = _plans_known(company, files.pay.plans)
    _check_law(files, company, plans, findings)
    check_billing(files.pay.billing, company, files.grading.teams, findings)
    check_plans_used(files.pay, files.grading.agents, files.grading.agent_changes, plans, findings)


def _check_law(
    files: _Files, company: grading.Company | None, plans: Mapping[str, Sequence[PayPlan]], findings: Findings
) -> None:
    """What the law of the company, as it will be after loading, has to say of the files."""
    document = files.grading.company
    statutory = document.statutory if document is not None else company.statutory if company is not None else ""
    if statutory != grading.Company.Statutory.CN:
        note_what_pays_nothing(files.grading, plans, findings)
        return
    check_under_law(files.pay, plans, findings)
    city = document.city if document is not None else company.city if company is not None else ""
    law = law_of(company.pk) if company is not None else shipped_law()
    held = law.law.cities.get(city_code(city, law))
    if held is None:
        known = ", ".join(sorted(law.law.cities))
        findings.notices.append(Problem.of("company.yaml", 1, "city", pay_faults.CITY_NOT_KNOWN, city, known=known))
    elif held.minimum_wage is not None:
        note_below_minimum(files.pay, held.code, held.minimum_wage.values[-1][1].monthly, findings)


def _write(
    files: _Files,
    company: grading.Company | None,
    loaded_by: User,
    changes: list[grading.Change],
    findings: Findings,
    *,
    dry_run: bool,
) -> grading.Company:
    saved, change = grading.company_save(files.grading.company, company)
    changes.append(change)
    changes += export_settings_save(saved, files.pay.exports)
    grading.Company.objects.select_for_update(no_key=True).get(pk=saved.pk)  # an approval comes before, or after
    late = LateMarks(saved)
    changes += _rules_publish(saved, files, loaded_by, late)
    ids = grading.AgentIds(saved)
    for sync, mark in chain(_people_syncs(saved, files, ids, findings, late), _months_syncs(saved, files, ids, late)):
        sync.apply()
        mark(sync)
        changes.append(sync.change)
    findings.notices += grading.target_notices(saved, files.grading.scorecards)
    for exported, exports in files.grading.exports.items():
        kept = grading.exports_save(saved, exported, exports, loaded_by=loaded_by, dry_run=dry_run)
        changes += kept
        if any(not change.is_none for change in kept):
            grading.metrics_open(company_id=saved.pk, month=exported, requested_by=loaded_by)
            late.of_exports(exported, "raw")
    for month, tables in files.pay.months.items():
        for table in (tables.sales, tables.units, tables.adjustments):
            if table is not None:
                findings.notices += grading.not_employed(saved, month, table)
    jobs.audit(
        actor=loaded_by,
        action="company.load",
        object_type="company",
        object_id=saved.code,
        detail={"files": [change.file for change in changes if not change.is_none]},
    )
    return saved


def _rules_publish(company: grading.Company, files: _Files, loaded_by: User, late: LateMarks) -> list[grading.Change]:
    changes = []
    documents: tuple[tuple[type[VersionedDocument], Sequence[grading.Versioned[Any]]], ...] = (
        (models.PlanVersion, files.pay.plans),
        (models.BillingContract, files.pay.billing.contracts),
        (grading.ScorecardVersion, files.grading.scorecards),
        (grading.LadderVersion, files.grading.ladders),
    )
    for model, versions in documents:
        published = grading.versions_sync(company, model, versions, loaded_by)
        for version, (change, publish) in zip(versions, published, strict=True):
            publish()
            changes.append(change)
            if not change.is_none and model in (models.PlanVersion, grading.ScorecardVersion):
                late.of_everybody(version.value.effective_from or date.min, change.file)
    _seed_plan_publish(company, files, loaded_by)
    return changes


def _people_syncs(
    company: grading.Company, files: _Files, ids: grading.AgentIds, findings: Findings, late: LateMarks
) -> Iterator[Marked]:
    """Teams, agents, and what hangs on them, in the order in which rows need each other; and how each marks months."""
    agents, agent_changes = files.grading.agents, files.grading.agent_changes
    if files.grading.teams is not None:
        yield grading.teams_save(company, files.grading.teams), _mark_nothing
    if agents is not None:
        findings.notices += grading.not_in_file(company, agents)
        yield grading.agents_sync(company, agents), late.of_agents
        yield _profiles_sync(company, agents, ids), _mark_nothing
    if agents is not None or agent_changes is not None:
        yield grading.facts_sync(company, agents, agent_changes, ids), late.of_facts
        yield _pay_facts_sync(company, agents, agent_changes, ids), late.of_facts
    if files.pay.opening_balances is not None:
        yield _opening_balances_sync(company, files.pay.opening_balances, ids), _mark_nothing
    if files.pay.tax_deductions is not None:
        yield _tax_deductions_sync(company, files.pay.tax_deductions, ids), _mark_nothing


def _months_syncs(company: grading.Company, files: _Files, ids: grading.AgentIds, late: LateMarks) -> Iterator[Marked]:
    for month, tables in files.grading.months.items():
        for sync in grading.month_syncs(company, month, tables, ids):
            yield sync, partial(late.of_month, month)
    for month, pay_tables in files.pay.months.items():
        for sync in _month_syncs(company, month, pay_tables, ids):
            yield sync, partial(late.of_month, month)
    for sync in billing_syncs(company, files.pay.billing, ids):
        yield sync, _mark_nothing
    if files.pay.calendar is not None:
        yield calendars_sync(company, files.pay.calendar), _mark_nothing


def _mark_nothing(_sync: grading.TableSync[Any]) -> None:
    """For tables that no posted month depends on."""


def _seed_plan_publish(company: grading.Company, files: _Files, loaded_by: User) -> None:
    """The plan that ships with the product is published for a company the first time an agent is put on it."""
    agents, changed = files.grading.agents, files.grading.agent_changes
    asked = {row["plan"] for row in agents.rows} if agents else set()
    asked |= {row["value"] for row in changed.rows if row["kind"] == "plan"} if changed else set()
    if SEED_PLAN not in asked:
        return
    if models.PlanVersion.objects.filter(company=company, code=SEED_PLAN).exists():
        return
    document = seed_plan_document()
    seed = grading.Versioned(f"{SEED_PLAN} (shipped)", plan_from(document), canonical_data(document))
    for _change, publish in grading.versions_sync(company, models.PlanVersion, (seed,), loaded_by):
        publish()


def _profiles_sync(
    company: grading.Company, table: Table, ids: grading.AgentIds
) -> grading.TableSync[models.PayProfile]:
    rows = models.PayProfile.objects.filter(agent__company=company).select_related("agent")
    return grading.TableSync(
        f"{table.file} (identity, accounts)",
        existing=(((row.agent.agent_no,), row) for row in rows),
        wanted={(row["agent_no"],): {name: row[name] or "" for name in _PROFILE} for row in table.rows},
        make=lambda key, values: models.PayProfile(agent_id=ids[str(key[0])], **values),
        removes=False,
    )


def _pay_facts_sync(
    company: grading.Company, agents: Table | None, changes: Table | None, ids: grading.AgentIds
) -> grading.TableSync[models.PayFact]:
    rows = models.PayFact.objects.filter(agent__company=company).select_related("agent")
    existing = [((row.agent.agent_no, row.kind, row.effective_from), row) for row in rows]
    wanted = _from_now_on(company, grading.facts_wanted(agents, changes, PAY_KINDS, set(PAY_KINDS)), rows)
    return grading.TableSync(
        "plans, employment, tax facts",
        existing=[
            (key, row) for key, row in existing if key in wanted or grading.comes_from_files(row, agents, changes)
        ],
        wanted=wanted,
        make=lambda key, values: models.PayFact(
            agent_id=ids[str(key[0])], kind=key[1], effective_from=key[2], **values
        ),
    )


def _from_now_on(
    company: grading.Company, wanted: Mapping[FactKey, Mapping[str, Any]], rows: Iterable[models.PayFact]
) -> dict[FactKey, Mapping[str, Any]]:
    """What agents.csv says of people who were paid already holds from their first month that is not posted.

    The file has no dates, so a value that differs is a change, not a correction of every month since the hire date;
    for the past there is agent_changes.csv.
    """
    posted = models.Payslip.objects.filter(run__company=company, run__status__in=models.PayRun.POSTED)
    last: dict[str, Month] = dict(
        posted.order_by("month").values_list("agent__agent_no", "month")  # the latest wins
    )
    if not last:
        return dict(wanted)
    held: dict[tuple[str, str], list[models.PayFact]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.effective_from):
        if row.source == models.PayFact.Source.AGENTS:
            held[row.agent.agent_no, row.kind].append(row)
    found: dict[FactKey, Mapping[str, Any]] = {}
    for key, values in wanted.items():
        agent_no, kind, _since = key
        before = held.get((agent_no, kind)) if values["source"] == models.PayFact.Source.AGENTS else None
        if before is None or agent_no not in last:
            found[key] = values
            continue
        for row in before:
            found.setdefault((agent_no, kind, row.effective_from), {"value": row.value, "source": row.source})
        if before[-1].value != values["value"]:
            found[agent_no, kind, last[agent_no].next.first_day] = values
    return found | {key: values for key, values in wanted.items() if values["source"] != models.PayFact.Source.AGENTS}


def _opening_balances_sync(
    company: grading.Company, table: Table, ids: grading.AgentIds
) -> grading.TableSync[models.OpeningBalance]:
    amounts = (
        "months_employed",
        "cumulative_income",
        "cumulative_contributions",
        "cumulative_additional_deductions",
        "tax_withheld",
    )
    rows = models.OpeningBalance.objects.filter(agent__company=company).select_related("agent")
    return grading.TableSync(
        table.file,
        existing=(((row.agent.agent_no, row.tax_year), row) for row in rows),
        wanted={(row["agent_no"], row["tax_year"]): {name: row[name] for name in amounts} for row in table.rows},
        make=lambda key, values: models.OpeningBalance(agent_id=ids[str(key[0])], tax_year=key[1], **values),
    )


def _tax_deductions_sync(
    company: grading.Company, table: Table, ids: grading.AgentIds
) -> grading.TableSync[models.TaxDeduction]:
    columns = {"kind": "kind", "amount": "amount", "from": "first_day", "to": "last_day"}
    held = models.TaxDeduction.objects.filter(agent__company=company).select_related("agent")
    return _repeating(models.TaxDeduction, table, columns, list(held), ids, {})


def _month_syncs(
    company: grading.Company, month: Month, files: MonthPayFiles, ids: grading.AgentIds
) -> list[grading.TableSync[Any]]:
    tables: tuple[tuple[type[Any], Table | None, Mapping[str, str]], ...] = (
        (models.SalesEntry, files.sales, {"basis": "basis", "amount": "amount"}),
        (models.UnitEntry, files.units, {"unit": "unit", "quantity": "quantity"}),
        (
            models.Adjustment,
            files.adjustments,
            {"code": "code", "amount": "amount", "reason": "reason", "requested_by": "requested_by"},
        ),
    )
    return [
        _repeating(
            model,
            table,
            columns,
            list(model.objects.filter(agent__company=company, month=month).select_related("agent")),
            ids,
            {"month": month},
        )
        for model, table, columns in tables
        if table is not None
    ]


def _repeating(
    model: type[Any],
    table: Table,
    columns: Mapping[str, str],
    held: Collection[Any],
    ids: grading.AgentIds,
    fixed: Mapping[str, Any],
) -> grading.TableSync[Any]:
    """Rows without a natural key: equal rows may repeat and are counted; a changed row is one gone and one new."""
    keys = grading.numbered((row.agent.agent_no, *(getattr(row, name) for name in columns.values())) for row in held)
    wanted = grading.numbered(
        (row["agent_no"], *(_stored(name, row[column]) for column, name in columns.items())) for row in table.rows
    )
    names = tuple(columns.values())
    return grading.TableSync(
        table.file,
        existing=zip(keys, held, strict=True),
        wanted={key: {} for key in wanted},
        make=lambda key, _values: model(agent_id=ids[str(key[0])], **dict(zip(names, key[1:-1], strict=True)), **fixed),
    )


def _stored(name: str, value: object) -> Any:
    return "" if value is None and name != "last_day" else value
