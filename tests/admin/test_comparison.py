"""The comparison page: the table in units, the chart with its saturation, the file, and whom a reader may compare."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from fractions import Fraction
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from grading import raw
from grading.domain.metrics.values import By, MetricValue
from grading.kernel.period import Span

pytestmark = pytest.mark.django_db
PAGE, CSV = "admin:comparison", "admin:comparison_csv"
START = date(2026, 10, 1)
DAILY = {  # the seed's two: 300 and 200 customers a day, and a month that went from 100 up to 300
    "A001": [(300, 38), (300, 36), (300, 40), (250, 41), (250, 40), (250, 42)],
    "A002": [(200, 42), (200, 41), (200, 43), (150, 30), (150, 30), (150, 30)],
    "A003": [(100, 20), (100, 19), (100, 21)],
}


def ratio(metric: str, subject: str, numerator: int, denominator: int) -> MetricValue:
    reason = None if denominator else "not_applicable"
    return MetricValue(metric, By.AGENT, subject, Fraction(numerator), Fraction(denominator), reason)


def stored(company_id: int, span: Span, by: By, metrics=None) -> tuple[MetricValue, ...]:
    """What exports of six days would come to."""
    assert by is By.AGENT
    found = []
    for agent_no, days in DAILY.items():
        inside = [day for place, day in enumerate(days) if span.start <= START + timedelta(days=place) < span.end]
        customers, paid = sum(day[0] for day in inside), sum(day[1] for day in inside)
        found += [
            ratio("reception_count", agent_no, customers, 1),
            ratio("inquiry_conversion_rate", agent_no, paid, customers),
            ratio("avg_human_response_sec", agent_no, customers * 20, customers),
        ]
        if metrics is None:
            found.append(MetricValue("satisfaction_rate", By.AGENT, agent_no, reason="missing: ratings.score"))
    return tuple(value for value in found if metrics is None or value.metric in metrics)


def stored_by_day(
    company_id: int, span: Span, by: By, metrics: set[str], only: frozenset[date]
) -> dict[date, tuple[MetricValue, ...]]:
    days = [span.start + timedelta(days=offset) for offset in range(span.days)]
    days = [day for day in days if day in only]
    return {day: stored(company_id, Span(day, day + timedelta(days=1)), by, metrics) for day in days}


@pytest.fixture(autouse=True)
def exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "metric_values", stored)
    monkeypatch.setattr(raw, "metric_values_by_day", stored_by_day)
    six = frozenset(START + timedelta(days=place) for place in range(6))
    monkeypatch.setattr(raw, "days_spoken", lambda company_id, span: six)


def asked(**changed: str) -> dict[str, str]:
    form = {
        "a": "A001",
        "b": "A002",
        "start": "2026-10-01",
        "end": "2026-10-06",
        "outcome": "inquiry_conversion_rate",
        "reading": "per_day",
        "width": "50",
    }
    return {**form, **changed}


def test_every_metric_of_both_sides_in_its_unit(company, hr, as_user, assert_no_inline):
    page = as_user(hr).get(reverse(PAGE), asked())
    assert_no_inline(page.content.decode())
    rows = {row.name: row for row in page.context["rows"]}
    # A001: 237 of 1650 is 14.3636 %, A002: 216 of 1050 is 20.5714 %: 6.2078 points, 43.2 % more
    rate = rows["Inquiry conversion rate"]
    assert (rate.a, rate.b, rate.difference, rate.relative, rate.better) == (
        "14.36%",
        "20.57%",
        "+6.21 points",
        "+43.2%",
        "b",
    )
    # customers are summed: 1650 and 1050; a day: 275 and 175
    assert (rows["Buyers served"].a, rows["Buyers served"].b, rows["Buyers served"].better) == ("1650", "1050", "a")
    assert page.context["received"] == ("275.0", "175.0")
    response = rows["Average human response time"]
    assert (response.a, response.difference, response.relative, response.better) == ("20 s", "0 s", "0%", "")
    missing = {row.name: row for row in page.context["unmeasured"]}["Satisfaction rate"]
    assert (missing.a, missing.difference, missing.relative) == ("ratings.score is missing", "–", "–")


def test_the_chart_finds_the_saturation_at_200_a_day(company, hr, as_user):
    page = as_user(hr).get(reverse(PAGE), asked(b="A002, A003"))
    html = page.content.decode()
    assert "Saturation at 200 customers a day" in html
    chart = page.context["chart"]
    assert (len(chart.dots_a), len(chart.dots_b), len(chart.pooled), chart.hidden) == (6, 9, 5, 0)
    # the axis of customers runs from 0 to 300 in pixels 76 to 700: 200 stands at 76 + 200 ÷ 300 × 624
    assert (chart.x.low, chart.x.high, chart.saturation) == (0, 300, 492)
    svg = html[html.index('<svg viewBox="0 0 720') : html.index("</svg>", html.index('<svg viewBox="0 0 720')) + 6]
    drawn = ET.fromstring(svg)  # noqa: S314  our own page
    assert drawn.find("title") is not None
    assert "Saturation at 200" in (drawn.findtext("desc") or "")
    assert [bin_[0] for bin_ in page.context["bins"]] == ["100–149", "150–199", "200–249", "250–299", "300–349"]


def test_groups_are_pooled_by_team(company, hr, as_user):
    # team one: A001, A003, A005; team two: A002, A004. A003: 60 of 300
    page = as_user(hr).get(reverse(PAGE), asked(a="team:one", b="team:two"))
    rate = next(row for row in page.context["rows"] if row.name == "Inquiry conversion rate")
    assert rate.a == "15.23%"  # (237 + 60) of (1650 + 300)
    assert page.context["received"][0] == "216.7"  # 1950 ÷ 9


def test_days_that_show_nothing_say_so_with_the_minimum(company, hr, as_user):
    page = as_user(hr).get(reverse(PAGE), asked(end="2026-10-01")).content.decode()
    assert "at least 3 bins with at least 3 agent-days each" in page
    nothing = as_user(hr).get(reverse(PAGE), asked(a="A004", b="A005"))
    html = nothing.content.decode()
    assert "hold nothing of these people" in html
    assert nothing.context["chart"] is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"a": "A999"}, "is nobody you may compare"),
        ({"a": "team:none"}, "is nobody you may compare"),
        ({"a": " , "}, "There is nobody in it."),
        ({"b": "A001"}, "On both sides: A001."),
        ({"end": "2026-09-30"}, "The last day lies before the first."),
        ({"end": "2027-10-01"}, "At most 93 days can be compared at once."),
        ({"width": "0"}, "greater than or equal to 1"),
        ({"outcome": "nonsense"}, "nonsense"),
        ({"start": "yesterday"}, "valid date"),
    ],
)
def test_what_cannot_be_compared_is_said_beside_its_field(company, hr, as_user, changed, said):
    page = as_user(hr).get(reverse(PAGE), asked(**changed))
    assert said in page.content.decode()
    assert "rows" not in page.context
    assert as_user(hr).get(reverse(CSV), asked(**changed)).status_code == 400


def test_the_file_is_exact(company, hr, as_user):
    answer = as_user(hr).get(reverse(CSV), asked())
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    rows = {row["metric"]: row for row in csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))}
    rate = rows["inquiry_conversion_rate"]
    # 237 ÷ 1650 = 79/550, 216 ÷ 1050 = 36/175; the difference is 239/3850
    assert (rate["a"], rate["b"], rate["difference"], rate["better"]) == ("79/550", "36/175", "239/3850", "b")
    assert (rows["satisfaction_rate"]["a"], rows["satisfaction_rate"]["a_reason"]) == ("", "missing: ratings.score")


def test_a_manager_compares_managed_agents_only(company, manager, managed, hr, as_user):
    client = as_user(manager)
    assert client.get(reverse(PAGE), asked(a="A001", b="A003")).context["rows"]
    for changed in ({"b": "A002"}, {"b": "team:two"}, {"b": "A999"}):
        page = client.get(reverse(PAGE), asked(**changed))
        assert "rows" not in page.context
        assert "A002 " not in page.content.decode().replace("“A002”", "")
        assert client.get(reverse(CSV), asked(**changed)).status_code == 400
    empty = client.get(reverse(PAGE)).content.decode()
    assert 'value="A001"' in empty
    assert 'value="A002"' not in empty


def test_a_manager_of_nobody_is_told_so(company, manager, as_user):
    assert "There is nobody you may compare" in as_user(manager).get(reverse(PAGE)).content.decode()
    assert as_user(manager).get(reverse(CSV), asked()).status_code == 400


@pytest.mark.parametrize("name", [PAGE, CSV])
def test_agents_and_strangers_are_kept_out(company, agent_user, as_user, client, name):
    assert as_user(agent_user).get(reverse(name)).status_code in {302, 403}
    assert client.get(reverse(name)).status_code == 302
