"""The Chinese catalogue: complete, compiled, and free of English where people read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter
from typing import Any

import polib
import pytest
from django.contrib.auth.models import User

import grading
import payroll
from grading.domain.metrics.definition import Unit
from grading.imports.folder import CompanyFolder
from grading.models import AppraisalCycle
from grading.rulebook import metric_definitions
from grading.services.cycles import cycle_grade_chunk
from grading.wording import ERROR_WORDS, LACKS, error_templates, error_text, in_language, measure_words, word
from payroll import models
from payroll.domain.guards import Owner, Severity
from payroll.domain.plan_document import NATURAL_CODES, RESERVED_CODES
from payroll.domain.variance import Cause
from payroll.selectors import parked_of_run
from payroll.services import calculation, runs
from payroll.services.loading import company_load
from payroll.sheets import payslip_sheet, payslip_views
from payroll.wording import (
    CAUSE_NAMES,
    FINDING_NAMES,
    FINDINGS,
    LINE_NAMES,
    OWN_NAMES,
    OWNERS,
    PAYSLIP_TITLES,
    PREFIX_NAMES,
    SEVERITIES,
    STEPS,
    article_text,
    finding_text,
    line_name,
    parked_text,
    reason,
    step_text,
    text,
)

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PERCENT_PLACE = re.compile(r"%\(\w+\)[sd]")
ENGLISH_WORD = re.compile(r"[A-Za-z]{3,}")
CODES = frozenset({"call_centre", "GMV", "DSR"})
"""English in Chinese sentences that is meant: codes that the company chose, and abbreviations everybody says."""
UNIMPORTANT = frozenset({"PDF", "{detail}", "{price} × {quantity} {unit}", "{part} × {rate}", "{part} × {percent}"})
"""Messages that read the same in both languages."""
SPAN = {"first_day": "2026-10-01", "last_day": "2026-10-15"}
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "base_pay.tier": {"monthly": "1800.00", "tier": "junior"},
    "base_pay.fixed": {"monthly": "2200.00"},
    "base_pay.probation": {"monthly": "1600.00"},
    "proration.full_month": {"monthly": "1600.00", "days": "31", "of_days": "31", **SPAN},
    "proration.calendar_days": {"monthly": "1600.00", "days": "15", "of_days": "31", **SPAN},
    "proration.workdays": {"monthly": "1600.00", "days": "11", "of_days": "22", **SPAN},
    "proration.paid_days": {"monthly": "1600.00", "days": "11", "of_days": "21.75", **SPAN},
    "daily_pay": {"price": "200.00", "quantity": "2.5", "unit": "days"},
    "absence_deduction": {"monthly": "2200.00", "divisor": "21.75", "days": "0.5"},
    "absence_deduction.limit": {"limit": "853.33"},
    "commission.basis": {"basis": "sales_amount", "sales": "116704.77"},
    "commission.band": {"part": "50000", "rate": "0.008", "band_from": "0"},
    "commission.cap": {"cap": "4000.00"},
    "piece_pay.quantity": {"unit": "inquiries", "quantity": "6300"},
    "piece_pay.band": {"part": "3000", "rate": "0.3", "band_from": "0"},
    "gate.open": {"gate": "after_sales_gate", "standards": "5"},
    "gate.failed": {"metric": "refund_rate", "measure": "0.050001", "operator": "<=", "standard": "0.05"},
    "gate.missing": {"metric": "internal_complaint_count"},
    "bonus.amount": {"whole": "500.00", "factor": "1", "grade": "B"},
    "bonus.full_attendance": {"whole": "200.00", "factor": "1", "grade": "B"},
    "bonus.score": {"whole": "800.00", "factor": "0.59737", "grade": "D"},
    "bonus.grade": {"whole": "900.00", "factor": "0.8", "grade": "C"},
    "bonus.part_month": {"days": "15", "of_days": "31"},
    "bonus.pool_by_score": {"pool": "3000.00", "weight": "63.545238", "total_weight": "498.963206", "members": "7"},
    "bonus.pool_equal": {"pool": "3000.00", "weight": "1", "total_weight": "3", "members": "3"},
    "guarantee.segment": {"monthly": "2000.00", "days": "15", "of_days": "31", **SPAN},
    "guarantee.absence": {"monthly": "2200.00", "divisor": "21.75", "days": "3"},
    "guarantee.sickness": {"monthly": "2175.00", "divisor": "21.75", "days": "2", "fraction": "0.4"},
    "guarantee_top_up": {"guaranteed": "2000.00", "counted": "1920.00"},
    "guarantee_top_up.kept": {"guaranteed": "2200.00", "counted": "2600.00"},
    "overtime.hourly": {"monthly": "21750.00", "paid_days": "21.75", "hours_per_day": "8"},
    "overtime.by_hour": {"hourly": "30.00"},
    "overtime.daily": {"daily": "160.00", "hours_per_day": "8"},
    "overtime": {"hours": "2", "hourly": "125", "multiple": "1.5"},
    "sick_leave_deduction": {"monthly": "4350.00", "divisor": "21.75", "days": "3"},
    "sick_leave_deduction.limit": {"limit": "350.00"},
    "sick_pay.rate": {"day": "200", "rate": "0.6", "days": "3"},
    "sick_pay.floor": {"minimum": "2175.00", "fraction": "0.8"},
    "annual_settlement": {
        "months": "12",
        "earned": "27230.00",
        "guaranteed": "26400.00",
        "due": "27230.00",
        "paid": "28050.00",
    },
    "contribution.base_own": {"own": "20000.00", "base": "20000.00", "city": "shanghai"},
    "contribution.base_floor": {"own": "3000.00", "base": "7460.00", "city": "shanghai"},
    "contribution.base_ceiling": {"own": "50000.00", "base": "37302.00", "city": "shanghai"},
    "contribution.rate": {"base": "20000.00", "rate": "0.08", "fixed": "0.00", "rounding": "yuan_half_up"},
    "contribution.rate_and_fixed": {"base": "20000.00", "rate": "0.02", "fixed": "3.00", "rounding": "fen_half_up"},
    "tax.income": {"before": "20000.00", "income": "1000.00", "cumulative": "21000.00", "year": "2026"},
    "tax.allowance": {"monthly": "5000.00", "months": "2"},
    "tax.allowance_first_job": {"monthly": "5000.00", "months": "7"},
    "tax.allowance_from_january": {"allowance": "60000.00"},
    "tax.deductions": {"contributions": "7000.00", "declared": "2000.00"},
    "tax.cumulative": {"taxable": "57500", "rate": "0.1", "quick": "2520.00"},
    "tax.withheld": {"cumulative": "3230.00", "withheld": "3000.00"},
    "tax.no_refund": {"withheld": "450.00", "over": "120.00"},
    "tax.nothing_taxable": {"taxable": "-9000"},
    "tax.labour": {"income": "5000.00", "taxable": "4000"},
    "tax.labour_month": {"before": "2000.00", "income": "3000.00"},
    "tax.labour_cumulative": {"fraction": "0.8"},
    "tax.non_resident": {"income": "9000.00", "allowance": "5000.00"},
    "tax.band": {"taxable": "4000", "rate": "0.1", "quick": "210.00"},
    "tax.separate_bonus": {"bonus": "36000.00", "twelfth": "3000", "rate": "0.03", "quick": "0.00"},
    "loss_recovery": {
        "claim": "5000.00",
        "gross": "3000.00",
        "fraction": "0.2",
        "floor": "2740.00",
        "left": "4740.00",
    },
    "arrears.then": {"month": "2026-03", "total": "300.00"},
    "arrears.now": {"month": "2026-03", "total": "312.34"},
    "entered": {"reason": "餐补"},
    "billing.agent_month": {"monthly": "3500.00", "days": "30", "of_days": "30"},
    "billing.agent_days": {"monthly": "3500.00", "days": "15", "of_days": "30"},
    "billing.sales": {"sales": "420000", "rate": "0.015"},
    "billing.inquiries": {"quantity": "6300"},
    "billing.band": {"part": "3000", "rate": "1", "band_from": "2000"},
    "billing.temp_days": {"quantity": "15", "price": "200.00"},
    "carry_forward.left": {"bearable": "-90.32", "before": "0.00", "after": "90.32"},
    "carry_forward.taken": {"bearable": "3000.00", "before": "90.32", "after": "0.00"},
}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


@pytest.fixture(scope="module")
def templates() -> Mapping[str, str]:
    """Every error of the product: each is known once its module is loaded."""
    for app in (grading, payroll):
        for module in walk_packages(app.__path__, f"{app.__name__}."):
            import_module(module.name)
    return {code: template for code, template in error_templates().items() if not code.startswith("test")}


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def places(entry: polib.POEntry, message: str) -> set[str]:
    """The named places of a message, in the form that its callers fill."""
    if "python-brace-format" in entry.flags:
        return {name for _text, name, _form, _how in Formatter().parse(message) if name is not None}
    return set(PERCENT_PLACE.findall(message))


def english_words(sentence: str) -> set[str]:
    return {each for each in ENGLISH_WORD.findall(sentence) if not any(each in code for code in CODES)}


# --- The catalogue ----------------------------------------------------------------------------------------------------


def test_every_message_is_translated_and_none_is_guessed(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue if not all(translations(entry))] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete] == []
    assert not catalogue.metadata_is_fuzzy


def test_both_sides_have_the_same_places(catalogue: polib.POFile) -> None:
    wrong = [
        (entry.msgid, each)
        for entry in catalogue
        for each in translations(entry)
        if places(entry, entry.msgid_plural or entry.msgid) != places(entry, each)
    ]
    assert wrong == []


def test_chinese_sentences_have_chinese_punctuation(catalogue: polib.POFile) -> None:
    han = r"[\u4e00-\u9fff}]"
    half_width = re.compile(rf"{han}[,;:!?]|[,;:!?]{han}|{han}\.($| )|\({han}")
    assert [each for entry in catalogue for each in translations(entry) if half_width.search(each)] == []


def test_messages_are_chinese(catalogue: polib.POFile) -> None:
    chinese = re.compile(r"[\u4e00-\u9fff、；（]")
    plain = {entry.msgid for entry in catalogue for each in translations(entry) if not chinese.search(each)}
    assert plain == UNIMPORTANT


def test_the_compiled_catalogue_is_the_written_one(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

    def held(entries: Any) -> dict[tuple[str, str], list[str]]:
        return {(entry.msgid, entry.msgid_plural): translations(entry) for entry in entries}

    assert held(compiled) == held(catalogue), "run: make messages"


# --- Errors -----------------------------------------------------------------------------------------------------------


def test_every_error_is_in_the_catalogue(catalogue: polib.POFile, templates: Mapping[str, str]) -> None:
    known = {entry.msgid for entry in catalogue}
    assert {code: template for code, template in templates.items() if template not in known} == {}


def test_every_error_reads_in_both_languages(templates: Mapping[str, str]) -> None:
    for code, template in templates.items():
        values = {name: f"<{name}>" for _text, name, _form, _how in Formatter().parse(template) if name}
        for language in ("zh", "en"):
            sentence = error_text(code, values, language)
            assert "{" not in sentence
            assert all(value in sentence for value in values.values())


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("payroll.rating_missing", {"line": "绩效工资", "by": "grade"}, "按绩效等级计发，但本月没有绩效等级"),
        ("payroll.run_not_ready", {"run": "1", "status": "in_review", "act": "pay", "needed": "approved"},
         "当前状态为“复核中”；须先为“审批通过”才能发放"),
        ("payroll.may_not", {"user": "a", "act": "pay a run out"}, "a 无权登记批次发放"),
        ("payroll.tier_has_no_amount", {"plan": "p", "tier": "expert"}, "职级“资深客服（expert）”"),
        ("payroll.gate_measure_missing", {"gate": "g", "metrics": "refund_rate, dsr_score", "scope": "team"},
         "缺少小组的退款率、DSR评分数据"),
        ("grading.same_person_twice", {"act": "promotion", "first": "requested"},
         "晋升须由两人办理：提出申请的人不能审批"),
        ("grading.not_eligible", {"agent": "A", "tier": "own", "lacks": "tenure, average_score", "eligible_on": "—"},
         "“own”的资格：司龄不足、平均得分不足"),
        ("grading.checklist_incomplete", {"count": "1", "items": "guide_order"}, "能够有效地指导顾客完成下单"),
    ],
)  # fmt: skip
def test_codes_inside_errors_are_named(
    templates: Mapping[str, str], code: str, values: dict[str, str], expected: str
) -> None:
    assert expected in error_text(code, values, "zh")


def test_every_word_that_services_put_into_errors_is_translated() -> None:
    """Read from the calls themselves, so that a new act or status cannot be forgotten."""
    call = re.compile(rf'(?:\b({"|".join(sorted(ERROR_WORDS))})=|_require\(\w+, "[\w.]+", )"([a-z][a-z ]+)"')
    sources = [path for app in ("grading", "payroll") for path in (ROOT / app / "services").glob("*.py")]
    found = {each[1] for path in sources for each in call.findall(path.read_text(encoding="utf-8"))}
    statuses = {str(value) for value in (*models.PayRun.Status.values, "proposed", "rejected")}
    assert {"promotion", "pay", "approve a pay run"} <= found
    for each in sorted(found | statuses | {"score", "grade", "team", "department"}):
        assert not english_words(word(each, "zh")), each
        assert word(each, "en") == each.replace("_", " ")
    assert all(not english_words(in_language(each, "zh")) for each in LACKS.values())
    assert word("", "zh") == ""  # an empty message is the header of a catalogue


# --- Payslips ---------------------------------------------------------------------------------------------------------


def test_every_pay_code_has_a_name_in_both_languages() -> None:
    for code in {*LINE_NAMES, *OWN_NAMES, *NATURAL_CODES, *RESERVED_CODES} - PREFIX_NAMES.keys():
        assert not english_words(line_name(code, "zh")), code
        assert line_name(code, "en").isascii()


def test_names_behind_a_prefix_are_names_too() -> None:
    assert line_name("arrears.commission", "zh") == "补发：提成"
    assert line_name("adjustment.meal_allowance", "zh") == "手工调整：餐补"
    assert line_name("adjustment.餐补", "zh") == "手工调整：餐补"
    assert line_name("adjustment.our_own", "en") == "Adjustment: our own"


def test_the_samples_are_all_the_steps_there_are() -> None:
    assert SAMPLES.keys() == STEPS.keys()


@pytest.mark.parametrize("code", sorted(STEPS))
def test_every_step_reads_in_both_languages(code: str) -> None:
    step = {"code": code, "values": SAMPLES[code], "amount": None}
    chinese, english = step_text(step, "zh"), step_text(step, "en")
    assert not re.search(r"[{}]", chinese + english)
    assert not english_words(chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english) or code == "entered"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("base_pay.tier", "职级：初级客服，月基本工资 1800.00"),
        ("proration.calendar_days", "1600.00 × 15 ÷ 31 个自然日（2026-10-01 至 2026-10-15）"),
        ("commission.basis", "销售额（扣除退款后）：116704.77"),
        ("commission.band", "50000 × 0.8%"),
        ("gate.failed", "奖金门槛未达标：退款率 5.0001%，要求 ≤ 5%"),
        ("bonus.score", "基数 800.00 × 考核得分 59.737 ÷ 100"),
    ],
)
def test_steps_read_as_arithmetic(code: str, expected: str) -> None:
    assert step_text({"code": code, "values": SAMPLES[code]}, "zh") == expected


def test_every_step_and_finding_of_the_calculations_has_a_text() -> None:
    """Read from the source: every text with a point in it that is no error code, and the first word of each step."""
    codes: set[str] = set()
    for path in sorted((ROOT / "payroll" / "domain").glob("*.py")):
        if path.stem == "errors" or path.stem.endswith("_document"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        codes |= {each for each in constants if isinstance(each, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", each)}
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
        names = (
            call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"step", "found"}
        )
        codes |= {each.value for each in names if isinstance(each, ast.Constant)}
    codes = {each for each in codes if not each.startswith("payroll.")}
    assert {"overtime", "tax.no_refund", "guard.bonus_cliff", "contribution.base_"} <= codes
    texts = STEPS.keys() | FINDINGS.keys()
    assert {each for each in codes if not any(text.startswith(each) for text in texts)} == set()
    assert {each for each in codes if not each.endswith("_")} - texts == set()


FOUND: Mapping[str, Mapping[str, str]] = {
    "guard.overtime_hours": {"hours": "36.5", "limit": "36"},
    "guard.no_housing_fund": {},
    "guard.rule_unverified": {"city": "shanghai", "rules": "medical, housing_fund, minimum_wage"},
    "guard.bonus_cliff": {"bonus": "36001.00", "net": "32610.90", "edge": "36000", "net_at_edge": "34920.00"},
    "guard.bonus_merged_is_better": {"bonus": "30000.00", "net": "29100.00", "net_merged": "29160.00"},
    "guard.rent_and_loan": {},
    "guard.carried_forward": {"amount": "90.32"},
    "guard.below_floor": {"guaranteed": "2000.00", "pay": "1850.00", "penalty": "150.00"},
    "guard.account_missing": {"net": "4321.00"},
    "guard.account_shared": {"others": "A002, A003"},
    "guard.identity_missing": {},
    "guard.far_from_last_month": {"net": "4000.00", "before": "6000.00", "difference": "-2000.00"},
}


def test_every_finding_reads_in_both_languages() -> None:
    assert FOUND.keys() == FINDINGS.keys()
    for code, values in FOUND.items():
        chinese, english = finding_text(code, values, "zh"), finding_text(code, values, "en")
        assert not re.search(r"[{}]", chinese + english)
        assert not english_words(chinese)
        assert english.isascii()
    assert finding_text("guard.unknown", {}, "zh") == "guard.unknown"


def test_findings_causes_and_payslips_have_names_in_both_languages() -> None:
    assert FINDING_NAMES.keys() == FINDINGS.keys()
    assert CAUSE_NAMES.keys() == {cause.value for cause in Cause}
    assert SEVERITIES.keys() == {severity.value for severity in Severity}
    assert OWNERS.keys() == {owner.value for owner in Owner}
    assert {*PAYSLIP_TITLES, models.PayRun.Kind.REGULAR.value} == set(models.PayRun.Kind.values)
    groups = (FINDING_NAMES, CAUSE_NAMES, SEVERITIES, PAYSLIP_TITLES)
    assert not any(english_words(in_language(name, "zh")) for group in groups for name in group.values())
    assert article_text("劳动法 art. 41", "zh") == "劳动法第 41 条"
    assert article_text("劳动法 art. 41", "en") == "劳动法 art. 41"
    assert article_text("国发〔2018〕41号", "zh") == "国发〔2018〕41号"


def test_findings_name_cities_and_rules() -> None:
    values = FOUND["guard.rule_unverified"]
    assert "Shanghai" in finding_text("guard.rule_unverified", values, "en")
    assert "Medical insurance, Housing fund, minimum wage" in finding_text("guard.rule_unverified", values, "en")
    assert "上海" in finding_text("guard.rule_unverified", values, "zh")
    assert "医疗保险、住房公积金、最低工资标准" in finding_text("guard.rule_unverified", values, "zh")


def test_employers_lines_are_named_after_their_scheme() -> None:
    assert line_name("employer_pension", "zh") == "单位：养老保险"
    assert line_name("arrears.employer_housing_fund", "en") == "Arrears: Employer: Housing fund"


def test_measures_have_chinese_units() -> None:
    for metric, definition in metric_definitions().items():
        assert not english_words(measure_words(metric, definition.maximum or 1, "zh")), metric
        assert definition.unit is not Unit.SECONDS or measure_words(metric, 30, "zh") == "30 秒"


def demo_run() -> models.PayRun:
    """The demo company's newest month, graded and calculated in this process."""
    preparer = User.objects.get(username="jixin-preparer")
    folder = CompanyFolder.from_directory(ROOT / "demo" / "company")
    report = company_load(folder, loaded_by=preparer)
    assert report.company is not None, report.problems
    run = runs.run_start(company=report.company, month=folder.months()[-1], prepared_by=preparer)
    cycle = AppraisalCycle.objects.get(company=report.company, month=run.month)
    while cycle_grade_chunk(cycle.job_id):
        pass
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    while calculation.run_calculate_chunk(run.job_id):
        pass
    runs.run_calculated(run.job_id)
    return models.PayRun.objects.get(pk=run.pk)


def printed(run: models.PayRun) -> Iterator[tuple[str, str]]:
    """Every text that stands on a payslip in Chinese and English, besides what people entered."""
    slips = models.Payslip.objects.filter(run=run).select_related("agent", "run__company").prefetch_related("lines")
    for view in payslip_views(list(slips)):
        sheet = payslip_sheet(view)
        lines = view.payslip.lines.all()
        for line in lines:
            yield line_name(line.code, "zh"), line_name(line.code, "en")
            steps = [step for step in line.steps if step["code"] != "entered"]
            yield reason(steps, "zh"), reason(steps, "en")
        kpis = sheet.performance.kpis if sheet.performance else ()
        shown = [*(field.label for field in sheet.agent), *(field.value for field in sheet.agent if field.value)]
        shown += [each for kpi in kpis for each in (kpi.name, kpi.value, kpi.target)]
        shown += [*(sheet.performance.missing if sheet.performance else ()), *sheet.notices]
        yield from ((each, each) if isinstance(each, str) else (each.zh, each.en) for each in shown)


@pytest.mark.django_db
def test_a_month_of_payslips_reads_in_chinese() -> None:
    run = demo_run()
    texts = set(printed(run))
    assert len(texts) > 200
    assert [each for each in texts if re.search(r"[{}]", "".join(each))] == []
    assert [chinese for chinese, _english in texts if english_words(chinese)] == []
    parked = [parked_text(item, "zh") for _agent, item in parked_of_run(run)]
    assert parked
    assert [each for each in parked if english_words(each) or "{" in each] == []
    assert "社会保险" in text("no_statutory", "zh")
