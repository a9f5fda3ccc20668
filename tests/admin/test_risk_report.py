"""The shop risk report: seen by whom, judged by which rules, drawn as a page and a file; the tables behind it."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from grading import models, raw
from grading.domain.metrics.values import By, MetricValue
from grading.jobs.models import AuditEntry
from grading.kernel.period import Span

pytestmark = pytest.mark.django_db
JUNE = {"first_day": "2026-06-01", "last_day": "2026-06-30"}


@pytest.fixture
def page() -> str:
    return reverse("admin:risk_report")


@pytest.fixture
def shops(company) -> dict[str, models.Shop]:
    """Team one serves a Kuaishou shop, team two the PDD shop; a Tmall and a Douyin shop that no team serves."""
    found = {
        platform: models.Shop.objects.create(company=company, code=f"{platform}店", platform=platform)
        for platform in ("kuaishou", "tmall", "douyin")
    }
    found["pdd"] = models.Shop.objects.get(company=company, code="甲店")
    models.Team.objects.filter(code="one").update(shop=found["kuaishou"])
    return found


@pytest.fixture
def measured(monkeypatch) -> list[tuple[Span, frozenset[str]]]:
    """Exports that say: shipped in time 1700/1900, 6 interventions of 1180, 80 % in the second week of June."""
    asked: list[tuple[Span, frozenset[str]]] = []

    def fake(company_id: int, span: Span, by: By, metrics: Collection[str] | None = None) -> tuple[MetricValue, ...]:
        assert by is By.SHOP
        assert metrics is not None
        asked.append((span, frozenset(metrics)))
        week = (70, 100) if span.start == date(2026, 6, 8) else (95, 100)
        numbers = {
            "ks_timely_ship_rate": (1700, 1900),
            "ks_dispute_intervention_rate": (6, 1180),
            "ks_reply_rate_3min": week,
            "pdd_reply_rate_5min": (90, 100),
        }
        found = [
            MetricValue(metric, by, "甲店" if metric.startswith("pdd") else "kuaishou店", Fraction(one), Fraction(all_))
            for metric, (one, all_) in numbers.items()
            if metric in metrics
        ]
        found.append(MetricValue("ks_pickup_anomaly_rate", by, "kuaishou店", reason="missing: orders.picked_up_at"))
        return tuple(found)

    def by_day(company_id: int, span: Span, by: By, metrics: Collection[str]) -> dict[date, tuple[MetricValue, ...]]:
        days = [span.start + timedelta(days=offset) for offset in range(span.days)]
        return {day: fake(company_id, Span(day, day + timedelta(days=1)), by, metrics) for day in days}

    monkeypatch.setattr(raw, "metric_values", fake)
    monkeypatch.setattr(raw, "metric_values_by_day", by_day)
    return asked


def rows(answer, shop: str) -> dict[str, dict]:
    found = next(each for each in answer.context["report"]["shops"] if each["shop"] == shop)
    return {row["metric"]: row for row in found["standards"]}


def shown_shops(answer) -> list[str]:
    return [each["shop"] for each in answer.context["report"]["shops"]]


def test_hr_sees_what_is_breached_and_what_follows(shops, measured, hr, as_user, page, assert_no_inline):
    answer = as_user(hr).get(page, JUNE)
    assert answer.status_code == 200
    assert_no_inline(answer.content.decode())
    found = rows(answer, "kuaishou店")
    shipped = found["ks_timely_ship_rate"]
    assert (shipped["state"], shipped["measured"], shipped["detail"]) == ("between", "89.4737%", "1700 / 1900")
    disputes = found["ks_dispute_intervention_rate"]
    assert (disputes["state"], disputes["measured"]) == ("breached", "0.5085%")
    assert disputes["thresholds"][0]["is_reached"]
    assert disputes["thresholds"][0]["consequence"] == "handled as a violation"
    # four whole weeks end in June 2026; the second was at exactly 70 %
    replies = found["ks_reply_rate_3min"]
    assert (replies["state"], replies["measured"], replies["period"]) == ("breached", "70%", "2026-06-08 – 2026-06-14")
    assert replies["notes"] == ["breached in 1 of 4 periods; the worst is shown"]
    assert found["ks_pickup_anomaly_rate"]["detail"] == "missing: orders.picked_up_at"
    assert found["ks_pickup_anomaly_rate"]["state"] == "not_measured"
    assert found["ks_refund_only_close_h"]["detail"] == "no exports of these days"
    html = answer.content.decode()
    assert "estimated" in html
    assert "The sources give no standards for this platform." in html  # Douyin


def test_each_window_is_measured_over_its_own_days_and_once(shops, measured, hr, as_user, page):
    as_user(hr).get(page, JUNE)
    spans = {(span.start.isoformat(), span.last_day.isoformat()): metrics for span, metrics in measured}
    assert len(measured) == len(spans)
    assert "ks_timely_ship_rate" in spans["2026-06-01", "2026-06-30"]
    assert spans["2026-05-28", "2026-06-30"] == {"ks_pickup_anomaly_rate"}  # it leaves the last four days out itself
    assert spans["2026-06-22", "2026-06-28"] == {"ks_good_rating_rate", "ks_reply_rate_3min"}
    assert spans["2026-06-15", "2026-06-15"] == {"pdd_reply_rate_5min"}


def test_a_company_without_exports_passes_nothing(shops, hr, as_user, page):
    answer = as_user(hr).get(page, JUNE)
    found = [*rows(answer, "kuaishou店").values(), *rows(answer, "甲店").values()]
    assert {(row["state"], row["detail"]) for row in found} == {("not_measured", "no exports of these days")}


def test_days_before_the_first_rule_are_left_out_and_never_guessed(shops, measured, hr, as_user, page):
    answer = as_user(hr).get(page, {"first_day": "2022-10-01", "last_day": "2022-10-10"})
    assert "ks_timely_ship_rate" in rows(answer, "kuaishou店")
    spans = {(span.start.isoformat(), span.last_day.isoformat()) for span, metrics in measured if "ks" in str(metrics)}
    assert ("2022-10-05", "2022-10-10") in spans
    early = as_user(hr).get(page, {"first_day": "2022-09-01", "last_day": "2022-10-04"})
    kuaishou = next(each for each in early.context["report"]["shops"] if each["shop"] == "kuaishou店")
    assert "2022-10-05" in kuaishou["hindrance"]
    assert kuaishou["standards"] == []


def test_the_industrys_value_is_the_newest_of_its_day(shops, measured, hr, as_user, page):
    client = as_user(hr)
    assert rows(client.get(page, JUNE), "甲店")["pdd_reply_rate_5min"]["state"] == "not_measured"
    entry = {"platform": "pdd", "metric": "pdd_reply_rate_5min", "category": "", "source": "后台"}
    for day, value in (("2026-06-01", "0.85"), ("2026-06-29", "0.92")):
        answer = client.post(reverse("admin:grading_benchmark_add"), {**entry, "day": day, "value": value})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = rows(client.get(page, JUNE), "甲店")["pdd_reply_rate_5min"]
    assert (row["state"], row["notes"]) == ("breached", ["breached in 2 of 30 periods; the worst is shown"])
    assert row["thresholds"][0]["consequence"].startswith("second-level penalty")
    assert AuditEntry.objects.filter(action="benchmark.add", actor=hr).count() == 2


def test_a_shops_own_number_holds_from_its_day(shops, measured, hr, as_user, page):
    client = as_user(hr)
    entry = {
        "shop": shops["kuaishou"].pk,
        "metric": "ks_dispute_intervention_rate",
        "edge": "violation",
        "of": "count",
        "operator": ">=",
        "value": "7",
        "effective_from": "2026-06-30",
        "reason": "平台通知",
        "source": "后台公告",
    }
    add = reverse("admin:grading_shopstandard_add")
    refused = client.post(add, {**entry, "edge": "star_gate"})
    assert refused.status_code == 200
    assert "star_gate" in str(refused.context["adminform"].form.errors)
    assert client.post(add, entry).status_code == 302
    assert rows(client.get(page, JUNE), "kuaishou店")["ks_dispute_intervention_rate"]["state"] == "between"
    may = {"first_day": "2026-06-01", "last_day": "2026-06-29"}
    assert rows(client.get(page, may), "kuaishou店")["ks_dispute_intervention_rate"]["state"] == "breached"
    assert AuditEntry.objects.filter(action="shop_standard.add", actor=hr).exists()


def test_a_company_reads_an_ambiguity_the_other_way(shops, measured, company, hr, as_user, page):
    company.readings = {"standards.A-17": "<"}
    company.save()
    assert rows(as_user(hr).get(page, JUNE), "kuaishou店")["ks_reply_rate_3min"]["state"] == "between"
    company.readings = {"standards.A-17": "≤"}
    company.save()
    answer = as_user(hr).get(page, JUNE)
    kuaishou = next(each for each in answer.context["report"]["shops"] if each["shop"] == "kuaishou店")
    assert "standards.A-17" in kuaishou["hindrance"]


def test_tmall_points_of_the_year_and_fines(shops, measured, hr, as_user, page):
    client, add = as_user(hr), reverse("admin:grading_platformviolation_add")
    entry = {"shop": shops["tmall"].pk, "count": "1", "note": ""}
    without = client.post(add, {**entry, "day": "2026-06-02", "kind": "general"})
    assert "Enter the points" in str(without.context["adminform"].form.errors)
    foreign = client.post(add, {**entry, "day": "2026-06-02", "kind": "fake_shipping"})
    assert "kind" in foreign.context["adminform"].form.errors
    for more in (
        {"day": "2026-02-01", "kind": "general", "points": "12"},
        {"day": "2026-06-02", "kind": "general", "points": "12"},
        {"day": "2026-06-03", "kind": "late_shipping", "amount": "299.90"},
        {"day": "2025-12-31", "kind": "general", "points": "48"},
    ):
        assert client.post(add, {**entry, **more}).status_code == 302
    answer = client.get(page, {**JUNE, "shop": f"shop-{shops['tmall'].pk}"})
    (tmall,) = answer.context["report"]["shops"]
    assert [(row["day"], row["points"], row["fine"]) for row in tmall["penalties"]] == [
        ("2026-06-02", "12 → 24", "10,000.00 CNY"),
        ("2026-06-03", "—", "89.97 CNY"),
    ]
    assert tmall["penalties"][0]["consequences"] == [
        "no marketing campaigns for 7 days",
        "shop supervised for 7 days",
    ]
    assert [(row["points"], row["following"].split(";")[0]) for row in tmall["ladders"]] == [
        ("24", "at 36 points: 10,000.00 CNY, no marketing campaigns for 7 days"),
        ("0", tmall["ladders"][1]["following"].split(";")[0]),
    ]


def test_an_exact_number_is_typed_and_shown_as_digits(shops, hr, as_user):
    client, add = as_user(hr), reverse("admin:grading_benchmark_add")
    entry = {"platform": "pdd", "metric": "pdd_reply_rate_5min", "day": "2026-06-01", "source": "后台"}
    for wrong in ("92%", "1.2", "", "9" * 100):
        assert "value" in client.post(add, {**entry, "value": wrong}).context["adminform"].form.errors
    assert client.post(add, {**entry, "value": "0.85"}).status_code == 302
    row = models.Benchmark.objects.get()
    assert row.value == Fraction(85, 100)
    html = client.get(reverse("admin:grading_benchmark_change", args=[row.pk])).content.decode()
    assert 'value="0.85"' in html


def test_changes_and_deletions_are_noted(shops, hr, as_user):
    client = as_user(hr)
    row = models.PlatformViolation.objects.create(
        shop=shops["pdd"], day=date(2026, 6, 1), kind="diversion", recorded_by=hr
    )
    change = reverse("admin:grading_platformviolation_change", args=[row.pk])
    form = {"shop": row.shop_id, "day": "2026-06-02", "kind": "diversion", "count": "1"}
    assert client.post(change, form).status_code == 302
    client.post(reverse("admin:grading_platformviolation_delete", args=[row.pk]), {"post": "yes"})
    acts = AuditEntry.objects.filter(object_type="platform_violation").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["platform_violation.change", "platform_violation.delete"]


# --- Who may see it --------------------------------------------------------------------------------------------------


def test_a_manager_sees_the_shops_that_managed_teams_serve(shops, measured, managed, manager, as_user, page):
    client = as_user(manager)
    assert shown_shops(client.get(page, JUNE)) == ["kuaishou店"]
    other = client.get(page, {**JUNE, "shop": f"shop-{shops['pdd'].pk}"})
    assert other.context["report"] is None
    assert (
        client.get(
            reverse("admin:risk_report_pdf", args=["zh"]), {**JUNE, "shop": f"shop-{shops['pdd'].pk}"}
        ).status_code
        == 404
    )


def test_a_manager_whose_team_is_gone_sees_none(shops, measured, managed, manager, as_user, page):
    models.TeamManager.objects.update(first_day="2020-01-01", last_day="2020-02-01")
    answer = as_user(manager).get(page, JUNE)
    assert answer.context["report"] is None
    assert "There is no shop that you may see." in answer.content.decode()
    assert measured == []


def test_agents_and_strangers_do_not_get_in(shops, measured, agent_user, client, as_user, page):
    for address in (page, reverse("admin:risk_report_pdf", args=["zh"])):
        assert as_user(agent_user).get(address).status_code == 302
        assert client.get(address).status_code == 302
    assert measured == []


def test_staff_without_the_right_is_refused(shops, measured, manager, as_user, page):
    manager.groups.clear()
    assert as_user(manager).get(page).status_code == 403


def test_managers_enter_nothing(shops, managed, manager, boss, as_user):
    for name in ("shopstandard", "benchmark", "platformviolation"):
        assert as_user(manager).get(reverse(f"admin:grading_{name}_add")).status_code == 403
        assert as_user(boss).get(reverse(f"admin:grading_{name}_add")).status_code == 403


# --- The page and the file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"first_day": "2026-06-02", "last_day": "2026-06-01"}, "lies before"),
        ({"first_day": "2026-01-01", "last_day": "2026-12-31"}, "At most 92 days"),
        ({"first_day": "yesterday"}, "valid date"),
        ({"shop": "shop-999999"}, "valid choice"),
        ({"shop": "company-x"}, "valid choice"),
    ],
)
def test_what_cannot_be_asked_is_said(shops, measured, hr, as_user, page, query, told):
    answer = as_user(hr).get(page, query)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert answer.context["report"] is None


def test_last_month_is_shown_without_being_asked(shops, measured, hr, as_user, page):
    answer = as_user(hr).get(page)
    assert answer.context["report"] is not None
    today = timezone.localdate()
    assert all(span.last_day < today.replace(day=1) for span, _metrics in measured)


@pytest.mark.parametrize(("lang", "words"), [("zh", ["店铺风险报告", "触发违规处理"]), ("en", ["Shop risk report"])])
def test_the_file_says_the_same_and_is_noted(shops, measured, hr, as_user, lang, words):
    address = reverse("admin:risk_report_pdf", args=[lang])
    answer = as_user(hr).get(address, JUNE)
    assert answer.headers["Content-Type"] == "application/pdf"
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.content)).pages)
    for word in [*words, "89.4737%", "0.5085%"]:
        assert word in text
    assert answer.content == as_user(hr).get(address, JUNE).content
    entry = AuditEntry.objects.filter(action="risk_report.pdf").first()
    assert entry is not None
    assert entry.detail["report"] == "SMALL-20260601-20260630-R"
    assert as_user(hr).get(reverse("admin:risk_report_pdf", args=["xx"]), JUNE).status_code == 404


def test_the_report_takes_as_many_queries_for_twenty_shops_as_for_two(company, measured, hr, as_user, page):
    client, counts = as_user(hr), []
    for count in (2, 20):
        for number in range(count):
            models.Shop.objects.get_or_create(company=company, code=f"k{number}", defaults={"platform": "kuaishou"})
        client.get(page, JUNE)
        with CaptureQueriesContext(connection) as queries:
            client.get(page, JUNE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_door_is_shown_to_those_who_may_enter(company, hr, manager, as_user, page):
    for user in (hr, manager):
        assert page in as_user(user).get(reverse("admin:index")).content.decode()
