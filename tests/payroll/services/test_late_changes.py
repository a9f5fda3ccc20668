"""Stories over months: what is recorded late about posted months is paid, or taken back, by a later run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.auth.models import User

from grading import models as grading_models
from grading import public as grading
from grading.imports.folder import CompanyFolder
from grading.jobs import services as jobs
from grading.kernel.period import Month
from grading.services import promotions, quality, training
from grading.services.cycles import cycle_grade_chunk
from grading.services.training import Attended
from payroll import models
from payroll.errors import HistoryChanged, MonthIsClosed, NotEmployed, NothingToCorrect
from payroll.services import calculation, runs
from payroll.services.loading import company_load
from payroll.services.statutory import statutory_row_record
from payroll.services.variance import run_variance
from payroll.services.verification import run_verify
from tests.payroll.services.posted_company import compare_with_last_month

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


def labour(house: House, wage: str, **columns: str) -> None:
    """The company's only agent as a temp with a monthly wage, and more columns of agents.csv."""
    heading, row = LAWFUL["agents.csv"].split()
    house.load(
        {
            "plans/after.yaml": LAWFUL["plans/after.yaml"].replace("20000.00", wage),
            "agents.csv": ",".join((heading, *columns)) + "\n" + ",".join((row, *columns.values())) + "\n",
        }
    )


def test_two_payments_of_labour_remuneration_in_a_month_are_one(db: None) -> None:
    """5,000 pays (5,000 × 80 %) × 20 % = 800. With 3,000 more in the same month 8,000 pay 1,280; alone it were 440."""
    house = House(
        User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver"), dict(LAWFUL)
    )
    august, september = Month(2026, 8), Month(2026, 9)
    labour(house, "5000.00", employment="temp")
    assert str(house.close(august)["A1"].lines.get(code="income_tax").amount) == "800.00"
    house.load({"2026-08/adjustments.csv": "agent_no,code,amount,reason\nA1,adjustment.more,3000.00,late\n"})

    def start(pay_date: date) -> Callable[[], models.PayRun]:
        return lambda: runs.correction_start(
            company=house.company, month=august, prepared_by=house.preparer, pay_date=pay_date
        )

    slip = house.close(august, start(date(2026, 8, 28)))["A1"]
    assert [(line.code, str(line.amount)) for line in slip.lines.all()] == [
        ("arrears.adjustment.more", "3000.00"),
        ("income_tax", "480.00"),
    ]
    assert slip.facts["tax"]["labour_income"] == "5000.00"

    house.load({"2026-08/adjustments.csv": "agent_no,code,amount,reason\nA1,adjustment.more,5000.00,later\n"})
    # paid in September: 2,000 − 800 at 20 %; September's own pay, 5,000 on the same day: 7,000 pay 1,120 together
    corrected = house.close(august, start(date(2026, 9, 30)))["A1"]
    assert str(corrected.lines.get(code="income_tax").amount) == "240.00"
    assert str(house.close(september)["A1"].lines.get(code="income_tax").amount) == "880.00"


def test_cumulated_labour_remuneration_is_never_mixed_with_wages(db: None) -> None:
    """Two months as a student, then an employee: each year starts by itself."""
    house = House(
        User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver"), dict(LAWFUL)
    )
    labour(house, "20000.00", employment="temp", cumulates_labour="true")
    # 20,000 × 80 % − 5,000 = 11,000 at 3 %; February 22,000 at 3 % less that
    assert [str(house.close(Month(2026, month))["A1"].tax_withheld) for month in (1, 2)] == ["330.00", "330.00"]
    labour(house, "20000.00", employment="regular", cumulates_labour="true")

    march = house.close(Month(2026, 3))["A1"]

    # 20,000 − 3 × 5,000 − 3,500 = 1,500 at 3 %
    assert (str(march.tax_withheld), march.facts["tax"]["cumulates_labour"]) == ("45.00", False)


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

    assert compare_with_last_month(run) == 2
    assert compare_with_last_month(run) == 0

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


SETTLED = """
plan: after
effective_from: 2024-01-01
base_pay: {by: fixed, amount: "1500.00"}
guarantee: {by: fixed, amount: "2000.00", annual_settlement: floor_year}
commission: [{code: commission, basis: returning_order_amount, rate: "0.003"}]
"""


@pytest.mark.parametrize("told_before", [JUNE, JULY])
def test_the_settlement_of_a_year_knows_the_arrears_of_its_months(db: None, told_before: Month) -> None:
    """Leaves at the end of July. May: 1,500 + 500; June: 1,500 + 1,200; July: 1,500 + 500 top-up.

    Late in May: 900 more commission, so no top-up of 500. The year earned 2,400 + 2,700 + 1,500 = 6,600 of 6,000
    guaranteed, and paid 7,100. Without the arrears it would be 6,000 of 6,700.
    """
    house = House(User.objects.get(username="jixin-preparer"), User.objects.get(username="jixin-approver"))
    sales = "agent_no,basis,amount\nA1,returning_order_amount,"
    row = "A1,甲,after_sales,t1,2023-02-10,after\n"
    house.load(
        {
            "plans/after.yaml": SETTLED,
            "agents.csv": f"agent_no,name,role,team,hire_date,plan,leave_date\n{row.strip()},2024-07-31\n",
            "2024-05/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\n",
            "2024-06/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\n",
            "2024-07/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.85\n",
            "2024-05/sales.csv": f"{sales}0.00\n",
            "2024-06/sales.csv": f"{sales}400000.00\n",
        }
    )
    slips = {}
    for month in (MAY, JUNE, JULY):
        if month == told_before:
            house.load({"2024-05/sales.csv": f"{sales}300000.00\n"})
        slips[month] = house.close(month)["A1"]

    assert past(slips[told_before]) == [
        ("arrears.commission", "900.00", "2024-05"),
        ("arrears.guarantee_top_up", "-500.00", "2024-05"),
    ]
    assert str(slips[JULY].lines.get(code="annual_settlement").amount) == "-500.00"


# --- Evidence behind scores ---------------------------------------------------------------------------------------


def judged_house(metric: str, *, counts: bool = False, more: Mapping[str, str] = {}) -> House:
    """May posted, its performance pay by one metric alone: a count that must be 0, or a score of 100."""
    bands = (
        '[{from: "0", score: "100"}, {from: "1", score: "0"}]'
        if counts
        else '[{from: "0", score: "0"}, {from: "80", score: "100"}]'
    )
    card = CARD.partition("kpis:")[0] + f'kpis: [{{metric: {metric}, weight: "1", scoring: bands, bands: {bands}}}]\n'
    files = {path: text for path, text in FILES.items() if not path.endswith("kpi.csv")}
    files["2024-06/kpi.csv"] = f"agent_no,metric,value\nA1,{metric},0\nA2,{metric},0\n"
    house = House(
        User.objects.get(username="jixin-preparer"),
        User.objects.get(username="jixin-approver"),
        files | {"scorecards/after.yaml": card, **more},
    )
    house.load()
    house.close(MAY)
    return house


def somebody() -> User:
    """Somebody with every right, who is nobody's manager."""
    return User.objects.create_superuser("somebody")


def marked() -> list[tuple[str, str, str]]:
    """The open marks: agent, month, cause."""
    rows = models.LateChange.objects.filter(settled_in=None).order_by("agent__agent_no", "month", "pk")
    return [(row.agent.agent_no, str(row.month), row.cause) for row in rows.select_related("agent")]


QA_FILE = "agent_no,checked_on,session,code\nA1,2024-05-20,s1,F1\nA2,2024-05-20,s2,N1\n"


def test_an_appeal_that_is_upheld_after_posting_pays_the_difference(db: None) -> None:
    """One fatal error scores 0: A1 got nothing of 600.00. Without it the score is 100."""
    house = judged_house("qa_fatal_count", counts=True, more={"2024-05/qa_findings.csv": QA_FILE})
    finding = grading_models.QaFinding.objects.get(agent__agent_no="A1")
    appeal = grading_models.QaAppeal.objects.create(finding=finding, reason="不是我说的")

    quality.appeal_decide(appeal_id=appeal.pk, decided_by=somebody(), is_upheld=True, reason="录音听过")

    assert marked() == [("A1", "2024-05", "qa_appeal")]
    slips = house.close(JUNE)
    assert past(slips["A1"]) == [("arrears.performance_pay", "600.00", "2024-05")]
    assert past(slips["A2"]) == []


def test_a_rejected_appeal_marks_nothing(db: None) -> None:
    judged_house("qa_fatal_count", counts=True, more={"2024-05/qa_findings.csv": QA_FILE})
    finding = grading_models.QaFinding.objects.get(agent__agent_no="A1")
    appeal = grading_models.QaAppeal.objects.create(finding=finding, reason="不是我说的")
    quality.appeal_decide(appeal_id=appeal.pk, decided_by=somebody(), is_upheld=False, reason="录音听过")
    assert marked() == []


def sampled(house: House, agent_no: str, day: date) -> grading_models.QaSample:
    agent = house.company.agents.get(agent_no=agent_no)
    return grading_models.QaSample.objects.create(agent=agent, day=day, session="s9", source="random")


def evaluated(sample: grading_models.QaSample, *codes: str) -> None:
    quality.evaluation_record(
        sample_id=sample.pk, evaluator=somebody(), codes=codes, survey_pushed="yes", note="", today=date(2024, 6, 12)
    )


def test_a_contact_evaluated_after_posting_takes_back(db: None) -> None:
    house = judged_house("qa_fatal_count", counts=True, more={"2024-05/qa_findings.csv": QA_FILE})
    evaluated(sampled(house, "A2", date(2024, 5, 31)), "F1")
    assert marked() == [("A2", "2024-05", "qa_evaluation")]
    assert past(house.close(JUNE)["A2"]) == [("arrears.performance_pay", "-600.00", "2024-05")]


def test_the_first_finding_of_a_posted_month_measures_everybody(db: None) -> None:
    """Without any finding nobody is measured by findings; from A1's on, A2 has none."""
    house = judged_house("qa_fatal_count", counts=True, more={"2024-05/kpi.csv": MEASURED})
    evaluated(sampled(house, "A1", date(2024, 5, 31)), "N1")
    assert marked() == [("A1", "2024-05", "qa_evaluation"), ("A2", "2024-05", "qa_evaluation")]


def test_the_first_file_of_findings_of_a_posted_month_marks_everybody(db: None) -> None:
    house = judged_house("qa_fatal_count", counts=True, more={"2024-05/kpi.csv": MEASURED})
    house.load({"2024-05/qa_findings.csv": QA_FILE.replace("A2,2024-05-20,s2,N1\n", "")})
    assert {agent for agent, _month, _cause in marked()} == {"A1", "A2"}


MEASURED = "agent_no,metric,value\nA1,qa_fatal_count,0\nA2,qa_fatal_count,0\n"
TRAINED = "agent_no,metric,value\nA1,training_pass_score,70\nA2,training_pass_score,90\n"


def test_training_recorded_after_posting_is_looked_at(db: None) -> None:
    house = judged_house("training_pass_score", more={"2024-05/kpi.csv": TRAINED})
    house.load({"2024-05/kpi.csv": "agent_no,metric,value\nA2,training_pass_score,90\n"})
    trainer, agent = somebody(), house.company.agents.get(agent_no="A1")
    session = training.training_session_open(
        company=house.company, day=date(2024, 5, 16), topic="话术", opened_by=trainer
    )
    assert marked() == [("A1", "2024-05", "2024-05/kpi.csv")]

    training.training_attendance_record(
        session_id=session.pk, attended={agent.pk: Attended(present=True, score=Fraction(85))}, recorded_by=trainer
    )

    assert marked()[1:] == [("A1", "2024-05", "training")]
    assert past(house.close(JUNE)["A1"]) == [("arrears.performance_pay", "600.00", "2024-05")]


def test_a_mystery_shopping_and_a_promotion_of_a_posted_month_are_looked_at(house: House) -> None:
    house.close(JUNE)
    agent, boss = house.company.agents.get(agent_no="A1"), somebody()
    training.mystery_shopping_record(
        agent=agent, day=date(2024, 5, 3), assessor=boss, score=Fraction(60), passed=False, note=""
    )
    assert marked() == [("A1", "2024-05", "mystery_shopping")]
    request = grading_models.PromotionRequest.objects.create(
        agent=agent,
        from_tier="",
        to_tier="junior",
        eligible_on=date(2024, 5, 1),
        evidence={},
        requested_by=house.preparer,
    )

    promotions.promotion_approve(
        request_id=request.pk,
        decided_by=boss,
        confirmed=dict.fromkeys(promotions.checklist_of(request), True),
        comment="",
        today=date(2024, 7, 2),
        effective_from=date(2024, 6, 15),
    )

    assert marked()[1:] == [("A1", "2024-06", "promotion")]


def test_an_exam_marks_the_month_it_is_handed_in_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    june, may = (training.attempt_start(agent=each, exam="pdd_onboarding") for each in house.company.agents.all())
    monkeypatch.setattr(training.timezone, "now", lambda: datetime(2024, 5, 31, 16, 30, tzinfo=UTC))
    monkeypatch.setattr(training, "unanswered", lambda *_: ())
    training.attempt_submit(attempt_id=june.pk, answers={})
    assert marked() == []  # 1 June in Shanghai: not posted
    monkeypatch.setattr(training.timezone, "now", lambda: datetime(2024, 5, 31, 15, 30, tzinfo=UTC))
    training.attempt_submit(attempt_id=may.pk, answers={})
    assert marked() == [(may.agent.agent_no, "2024-05", "exam")]


def test_where_a_pool_is_shared_evidence_of_one_marks_all(db: None) -> None:
    pooled = PLAN.replace(
        'bonuses: [{code: performance_pay, amount: "600.00", by: score}]',
        'bonuses: [{code: team_bonus, pool: "600.00", share_by: score}]',
    )
    judged_house("qa_fatal_count", counts=True, more={"2024-05/qa_findings.csv": QA_FILE, "plans/after.yaml": pooled})
    appeal = grading_models.QaAppeal.objects.create(
        finding=grading_models.QaFinding.objects.get(agent__agent_no="A1"), reason="不是我说的"
    )
    quality.appeal_decide(appeal_id=appeal.pk, decided_by=somebody(), is_upheld=True, reason="录音听过")
    assert {agent for agent, _month, _cause in marked()} == {"A1", "A2"}
