"""Stories over months: what is recorded late about posted months is paid, or taken back, by a later run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.auth.models import User

from grading import public as grading
from grading.imports.folder import CompanyFolder
from grading.jobs import services as jobs
from grading.kernel.period import Month
from grading.services.cycles import cycle_grade_chunk
from payroll import models
from payroll.errors import HistoryChanged, MonthIsClosed, NotEmployed, NothingToCorrect
from payroll.services import calculation, runs
from payroll.services.loading import company_load
from payroll.services.statutory import statutory_row_record
from payroll.services.variance import run_variance, variance_write
from payroll.services.verification import run_verify

PLAN = """
plan: after
effective_from: 2024-01-01
base_pay: {by: fixed, amount: "2100.00"}
guarantee: {by: fixed, amount: "2000.00"}
commission: [{code: commission, basis: returning_order_amount, rate: "0.003"}]
bonuses: [{code: performance_pay, amount: "600.00", by: score}]
"""
CARD = """
scorecard: after
effective_from: 2024-01-01
roles: [after_sales]
kpis: [{metric: satisfaction_rate, weight: "1", direction: higher, threshold: "0.80", target: "0.90", scoring: linear}]
"""
FILES = {
    "company.yaml": "code: tiny\nname_zh: 小公司\n",
    "plans/after.yaml": PLAN,
    "scorecards/after.yaml": CARD,
    "teams.csv": "team,name,department\nt1,一组,售后部\n",
    "agents.csv": (
        "agent_no,name,role,team,hire_date,plan\nA1,甲,after_sales,t1,2023-02-10,after\n"
        "A2,乙,after_sales,t1,2023-02-10,after\n"
    ),
    "2024-05/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\nA2,satisfaction_rate,0.85\n",
    "2024-05/sales.csv": "agent_no,basis,amount\nA1,returning_order_amount,100000.00\n",
    "2024-06/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\nA2,satisfaction_rate,0.85\n",
    "2024-07/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\nA2,satisfaction_rate,0.85\n",
}
MAY, JUNE, JULY = Month(2024, 5), Month(2024, 6), Month(2024, 7)


@dataclass
class House:
    """A company whose files change over time."""

    preparer: User
    approver: User
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))

    def load(self, changed: Mapping[str, str] = {}) -> None:
        self.files |= changed
        folder = CompanyFolder.from_files("tiny", {path: text.encode() for path, text in self.files.items()})
        assert company_load(folder, loaded_by=self.preparer).problems == ()

    @property
    def company(self) -> grading.Company:
        return grading.Company.objects.get(code="tiny")

    def close(self, month: Month, start: Callable[[], models.PayRun] | None = None) -> dict[str, models.Payslip]:
        """Take a run to approval; agent number → the payslip."""
        run = start() if start else runs.run_start(company=self.company, month=month, prepared_by=self.preparer)
        if run.kind != models.PayRun.Kind.CORRECTION:
            cycle = grading.AppraisalCycle.objects.get(company=self.company, month=month)
            while jobs.progress(cycle.job_id).settled < jobs.progress(cycle.job_id).total:
                cycle_grade_chunk(cycle.job_id)
            runs.runs_graded(cycle.job_id)
            runs.run_calculate(run.pk)
        while calculation.run_calculate_chunk(run.job_id):
            pass
        done = runs.run_calculated(run.job_id)
        assert done is not None
        if done.payslips.exists():
            runs.run_approve(run_id=run.pk, approved_by=self.approver, reviewed=done.fingerprint)
            assert run_verify(models.PayRun.objects.get(pk=run.pk)).differences == ()
        return {slip.agent.agent_no: slip for slip in done.payslips.select_related("agent")}


@pytest.fixture
def house(db: None) -> House:
    """The company with May posted."""
    made = House(User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver"))
    made.load()
    made.close(MAY)
    return made


def past(slip: models.Payslip) -> list[tuple[str, str, str]]:
    """The lines of earlier months: code, amount, month."""
    return [(line.code, str(line.amount), str(line.period)) for line in slip.lines.all() if line.period != slip.month]


def test_a_late_refund_is_taken_back_in_the_next_month(house: House) -> None:
    rows = house.files["2024-05/sales.csv"] + "A1,returning_order_amount,-20000.00\n"
    house.load({"2024-05/sales.csv": rows})

    slips = house.close(JUNE)

    assert past(slips["A1"]) == [("arrears.commission", "-60.00", "2024-05")]
    assert past(slips["A2"]) == []
    assert slips["A1"].gross == Decimal("2340.00")  # 2100 + 300 − 60


def test_a_late_kpi_is_judged_anew_and_paid(house: House) -> None:
    house.load(
        {"2024-05/kpi.csv": FILES["2024-05/kpi.csv"].replace("A2,satisfaction_rate,0.85", "A2,satisfaction_rate,0.88")}
    )

    slips = house.close(JUNE)

    assert past(slips["A2"]) == [("arrears.performance_pay", "180.00", "2024-05")]  # 600 × 80 % less 600 × 50 %
    assert grading.Appraisal.objects.get(cycle__month=MAY, agent__agent_no="A2").total_score == 50


def test_a_correction_can_be_corrected_and_taken_back(house: House) -> None:
    first = house.files["2024-05/sales.csv"]
    house.load({"2024-05/sales.csv": first + "A1,returning_order_amount,-20000.00\n"})
    assert past(house.close(JUNE)["A1"]) == [("arrears.commission", "-60.00", "2024-05")]

    house.load({"2024-05/sales.csv": first + "A1,returning_order_amount,-5000.00\n"})
    assert past(house.close(JULY)["A1"]) == [("arrears.commission", "45.00", "2024-05")]
    assert not models.LateChange.objects.filter(settled_in=None).exists()


def test_a_change_and_its_opposite_pay_nothing(house: House) -> None:
    first = house.files["2024-05/sales.csv"]
    house.load({"2024-05/sales.csv": first + "A1,returning_order_amount,-20000.00\n"})
    house.load({"2024-05/sales.csv": first})
    assert models.LateChange.objects.filter(settled_in=None).count() == 2

    assert past(house.close(JUNE)["A1"]) == []


def test_a_tier_that_was_entered_late_pays_every_posted_month_since(house: House) -> None:
    house.close(JUNE)
    house.load(
        {
            "plans/other.yaml": PLAN.replace("plan: after", "plan: other").replace("2100.00", "2600.00"),
            "agent_changes.csv": "agent_no,kind,value,effective_from\nA1,plan,other,2024-05-01\n",
        }
    )

    slips = house.close(JULY)

    assert past(slips["A1"]) == [
        ("arrears.base_pay", "500.00", "2024-05"),
        ("arrears.base_pay", "500.00", "2024-06"),
    ]
    assert past(slips["A2"]) == []


def test_a_new_value_in_agents_csv_holds_from_the_first_month_that_is_not_posted(house: House) -> None:
    house.load(
        {
            "plans/other.yaml": PLAN.replace("plan: after", "plan: other").replace("2100.00", "2600.00"),
            "agents.csv": FILES["agents.csv"].replace(
                "甲,after_sales,t1,2023-02-10,after", "甲,after_sales,t1,2023-02-10,other"
            ),
        }
    )

    slips = house.close(JUNE)

    assert past(slips["A1"]) == []
    assert slips["A1"].lines.get(code="base_pay").amount == Decimal("2600.00")
    before = models.LateChange.objects.count()
    house.load()
    assert models.LateChange.objects.count() == before


def test_a_plan_published_for_a_posted_month_is_paid_to_everybody_on_it(house: House) -> None:
    house.load({"plans/after-2.yaml": PLAN.replace("2024-01-01", "2024-05-01").replace("2100.00", "2150.00")})

    slips = house.close(JUNE)

    assert {no: past(slip) for no, slip in slips.items()} == {
        "A1": [("arrears.base_pay", "50.00", "2024-05")],
        "A2": [("arrears.base_pay", "50.00", "2024-05")],
    }


def test_a_correction_run_pays_at_once_and_the_next_month_does_not_pay_again(house: House) -> None:
    house.load({"2024-05/adjustments.csv": "agent_no,code,amount,reason\nA1,adjustment.meal,80.00,迟到的餐补\n"})

    slips = house.close(
        MAY, lambda: runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)
    )

    assert set(slips) == {"A1"}
    slip = slips["A1"]
    assert (slip.number, slip.kind) == ("TINY-2024-05-A1-C1", "correction")
    assert [(line.code, line.amount, line.period) for line in slip.lines.all()] == [
        ("arrears.adjustment.meal", Decimal("80.00"), MAY)
    ]
    assert past(house.close(JUNE)["A1"]) == []


def test_nothing_late_is_no_correction(house: House) -> None:
    with pytest.raises(NothingToCorrect):
        runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)


def test_an_overpayment_that_a_correction_cannot_take_is_carried_forward(house: House) -> None:
    house.load({"2024-05/sales.csv": "agent_no,basis,amount\nA1,returning_order_amount,0.00\n"})
    slip = house.close(
        MAY, lambda: runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)
    )["A1"]
    assert (slip.gross, slip.net, slip.carried_forward) == (Decimal("-300.00"), Decimal("0.00"), Decimal("300.00"))

    june = house.close(JUNE)["A1"]

    assert june.lines.get(code="carry_forward").amount == Decimal("300.00")
    assert (june.net, june.carried_forward) == (Decimal("2100.00"), Decimal("0.00"))  # 2100 + 300 − 300


def test_an_off_cycle_run_pays_whom_it_names_and_the_regular_run_the_others(house: House) -> None:
    def start() -> models.PayRun:
        return runs.off_cycle_start(
            company=house.company, month=JUNE, agent_nos=["A2"], prepared_by=house.preparer, pay_date=date(2024, 6, 20)
        )

    alone = house.close(JUNE, start)
    others = house.close(JUNE)

    assert (set(alone), set(others)) == ({"A2"}, {"A1"})
    assert alone["A2"].pay_date == date(2024, 6, 20)
    with pytest.raises(MonthIsClosed):
        start()


def test_an_off_cycle_run_is_for_people_who_are_employed(house: House) -> None:
    with pytest.raises(NotEmployed) as raised:
        runs.off_cycle_start(company=house.company, month=JUNE, agent_nos=["A1", "X9"], prepared_by=house.preparer)
    assert raised.value.values["agents"] == "X9"


LAWFUL = {
    "company.yaml": "code: tiny\nname_zh: 小公司\nstatutory: cn\ncity: 上海\n",
    "plans/after.yaml": 'plan: after\neffective_from: 2024-01-01\nbase_pay: {by: fixed, amount: "20000.00"}\n',
    "agents.csv": (
        "agent_no,name,role,team,hire_date,plan,contribution_base,housing_fund_rate\n"
        "A1,甲,pre_sales,t1,2023-02-10,after,20000.00,0.07\n"
    ),
    "teams.csv": FILES["teams.csv"],
}


@pytest.fixture
def lawful(db: None) -> House:
    """A company under the law, nothing posted."""
    made = House(User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver"), dict(LAWFUL))
    made.load()
    return made


def test_a_month_with_an_annual_bonus_can_be_corrected(lawful: House) -> None:
    """The bonus on the month's own payslip is no second one when the month is computed again."""
    august, september = Month(2026, 8), Month(2026, 9)
    bonus = "agent_no,code,amount,reason\nA1,annual_bonus,36000.00,year\n"
    lawful.load({"2026-08/adjustments.csv": bonus})
    lawful.close(august)
    lawful.load({"2026-08/adjustments.csv": f"{bonus}A1,adjustment.meal,100.00,late\n"})

    assert past(lawful.close(september)["A1"]) == [("arrears.adjustment.meal", "100.00", "2026-08")]


def test_a_late_notice_of_the_city_becomes_arrears_of_both_sides(lawful: House) -> None:
    """Base 20,000: 8 % of it was paid for pension in August 2026; the notice that came late says 9 % and 17 %."""
    august, september = Month(2026, 8), Month(2026, 9)
    lawful.close(august)
    row = models.StatutoryRow(
        company=lawful.company,
        city="shanghai",
        parameter=models.StatutoryRow.Parameter.PENSION,
        first_day=date(2026, 8, 1),
        last_day=date(2027, 6, 30),
        employee=Fraction("0.09"),
        employer=Fraction("0.17"),
        floor=Decimal("7546.00"),
        ceiling=Decimal("37731.00"),
        source="notice 1",
        checked_on=date(2026, 9, 1),
    )
    statutory_row_record(row=row, recorded_by=lawful.preparer)

    slip = lawful.close(september)["A1"]

    assert past(slip) == [
        ("arrears.pension", "200.00", "2026-08"),
        ("arrears.employer_pension", "200.00", "2026-08"),
    ]
    # 专项扣除 of September: 1,800 + 400 + 100 + 1,400, and August's 200
    assert slip.tax_contributions == Decimal("3900.00")


def test_tax_of_arrears_is_withheld_in_the_month_of_payment(lawful: House) -> None:
    """Shares 1,600 + 400 + 100 + 1,400 = 3,500. January 20,000: (20,000 − 5,000 − 3,500) × 3 % = 345."""
    january, february = Month(2026, 1), Month(2026, 2)
    assert lawful.close(january)["A1"].tax_withheld == Decimal("345.00")
    lawful.load({"2026-01/adjustments.csv": "agent_no,code,amount,reason\nA1,adjustment.bonus,1000.00,迟到\n"})

    slip = lawful.close(february)["A1"]

    assert past(slip) == [("arrears.adjustment.bonus", "1000.00", "2026-01")]
    # (41,000 − 10,000 − 7,000) × 3 % = 720, less 345
    assert (slip.taxable_income, slip.tax_withheld) == (Decimal("21000.00"), Decimal("375.00"))


def test_the_causes_of_a_difference_add_up_for_every_run(house: House) -> None:
    rows = "agent_no,basis,amount\nA1,returning_order_amount,50000.00\n"
    house.load(
        {
            "2024-06/sales.csv": rows,
            "2024-06/kpi.csv": FILES["2024-06/kpi.csv"].replace(
                "A2,satisfaction_rate,0.85", "A2,satisfaction_rate,0.90"
            ),
        }
    )
    slips = house.close(JUNE)
    run = models.PayRun.objects.get(month=JUNE)

    assert variance_write(run.pk) == 2
    assert variance_write(run.pk) == 0

    found = run_variance(run)
    assert found is not None
    assert {cause.value: str(amount) for cause, amount in found.causes.items()} == {
        "commission": "-150.00",  # 0.3 % of 50,000 less
        "kpi": "300.00",  # 600 × 100 % less 600 × 50 %
    }
    assert found.difference == sum(found.causes.values()) == Decimal("150.00")
    assert found.after == sum(slip.net for slip in slips.values())


def test_two_runs_that_would_pay_the_same_difference_cannot_both_be_approved(house: House) -> None:
    """A correction of May and June's run are both calculated with the late amount; June is approved first."""
    house.load({"2024-05/adjustments.csv": "agent_no,code,amount,reason\nA1,adjustment.meal,80.00,迟到的餐补\n"})
    correction = runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)
    while calculation.run_calculate_chunk(correction.job_id):
        pass
    waiting = runs.run_calculated(correction.job_id)
    assert waiting is not None
    assert past(house.close(JUNE)["A1"]) == [("arrears.adjustment.meal", "80.00", "2024-05")]

    with pytest.raises(HistoryChanged) as raised:
        runs.run_approve(run_id=waiting.pk, approved_by=house.approver, reviewed=waiting.fingerprint)
    assert raised.value.values["agents"] == "A1"

    again = house.close(
        MAY, lambda: runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)
    )
    assert again == {}


def test_a_correction_after_the_next_month_leaves_its_own_balance(house: House) -> None:
    """June took back what May left; a later correction of May finds only what June left."""
    house.load({"2024-05/sales.csv": "agent_no,basis,amount\nA1,returning_order_amount,0.00\n"})
    house.close(MAY, lambda: runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer))
    assert house.close(JUNE)["A1"].carried_forward == Decimal("0.00")
    house.load({"2024-05/sales.csv": "agent_no,basis,amount\nA1,returning_order_amount,10000.00\n"})

    slip = house.close(
        MAY, lambda: runs.correction_start(company=house.company, month=MAY, prepared_by=house.preparer)
    )["A1"]

    assert (slip.gross, slip.net) == (Decimal("30.00"), Decimal("30.00"))
