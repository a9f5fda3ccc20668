"""Doubtful targets: told when files are loaded and on the scorecard's page, and stopping nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grading.domain.scorecard import TargetSource
from grading.domain.scorecard_document import scorecard_from
from grading.imports.folder import CompanyFolder
from grading.imports.wording import Lang
from grading.kernel.document import BrokenDocument
from grading.kernel.period import Month
from grading.models import Company, ScorecardVersion
from grading.services.plausibility import doubtful_targets
from payroll.services.loading import LoadReport, company_load
from tests.admin.small_company import files

pytestmark = pytest.mark.django_db
MONTHS = tuple(Month(2026, month) for month in range(1, 7))


@pytest.fixture
def hr() -> User:
    user = User.objects.create_user("hr", password="a-long-password", is_staff=True)
    user.groups.add(Group.objects.get(name="HR"))
    return user


def card(target: str, more: str = "") -> bytes:
    return (
        "scorecard: pre\neffective_from: 2020-01-01\nroles: [pre_sales]\nkpis:\n"
        f'  - {{metric: deal_rate, weight: "1", direction: higher, threshold: "0", target: "{target}"{more}}}\n'
    ).encode()


def loaded(hr: User, target: str, more: str = "", months: tuple[Month, ...] = MONTHS) -> LoadReport:
    """Five agents at a deal rate of 25 % in every month."""
    folder = files(5, months) | {"scorecards/pre.yaml": card(target, more)}
    report = company_load(CompanyFolder.from_files("small", folder), loaded_by=hr)
    assert not report.problems, [str(each) for each in report.problems]
    return report


def told(report: LoadReport) -> list[tuple[str, str]]:
    return [(each.code, each.column) for each in report.notices if each.code.startswith("import.target")]


def test_examples_98_percent_is_told_with_its_numbers_and_loaded_all_the_same(hr: User) -> None:
    report = loaded(hr, "0.98")
    (notice,) = [each for each in report.notices if each.code == "import.target_never_reached"]
    assert str(notice).startswith(
        "scorecards/pre.yaml:1:kpis.0.target: Deal rate: none of 30 monthly results in 6 months reached the target, "
        "the best was 0.25, found '0.98'"
    )
    assert notice.text(Lang.ZH).startswith(
        "scorecards/pre.yaml:1:kpis.0.target: 成交率：6 个月的 30 个月度结果都未达到目标值"
    )
    assert ScorecardVersion.objects.get().body["kpis"][0]["target"] == "0.98"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("0.25", [("import.target_always_reached", "kpis.0.target")]),
        ("0.2501", [("import.target_never_reached", "kpis.0.target")]),
    ],
)
def test_what_is_told(hr: User, target: str, expected: list[tuple[str, str]]) -> None:
    assert told(loaded(hr, target)) == expected


def test_a_company_without_history_is_told_nothing(hr: User) -> None:
    assert told(loaded(hr, "0.98", months=())) == []


def test_only_the_newest_twelve_months_and_the_cards_own_role_count(hr: User) -> None:
    report = loaded(hr, "0.98", months=tuple(Month(2025, 1).plus(n) for n in range(14)))
    (notice,) = [each for each in report.notices if each.code == "import.target_never_reached"]
    assert "60 monthly results in 12 months" in str(notice)
    company = Company.objects.get()
    company.agents.update(role="after_sales")
    assert doubtful_targets(company.pk, scorecard_from(ScorecardVersion.objects.get().body).scorecard) == ()


def test_reading_takes_two_queries(hr: User) -> None:
    loaded(hr, "0.98")
    scorecard = scorecard_from(ScorecardVersion.objects.get().body).scorecard
    company = Company.objects.get()
    with CaptureQueriesContext(connection) as queries:
        assert len(doubtful_targets(company.pk, scorecard)) == 1
    assert len(queries) == 2


def test_the_source_of_a_target_is_kept_in_the_body_and_named_in_the_warning(hr: User) -> None:
    loaded(hr, "0.98", ", source: manual")
    version = ScorecardVersion.objects.get()
    assert version.body["kpis"][0]["source"] == "manual"
    assert scorecard_from(version.body).scorecard.kpis[0].source is TargetSource.MANUAL
    client = Client(headers={"accept-language": "en"})
    client.force_login(hr)
    page = client.get(reverse("admin:grading_scorecardversion_change", args=[version.pk])).content.decode()
    assert "none of 30 monthly results of the last 6 months reached the target 98%; the best was 25%." in page
    assert "(source of the target: entered by hand)" in page


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(BrokenDocument) as raised:
        scorecard_from(
            {
                "scorecard": "pre",
                "effective_from": "2020-01-01",
                "roles": ["pre_sales"],
                "kpis": [
                    {
                        "metric": "deal_rate",
                        "weight": "1",
                        "direction": "higher",
                        "threshold": "0",
                        "target": "0.5",
                        "source": "a guess",
                    }
                ],
            }
        )
    assert [problem.path for problem in raised.value.problems] == ["kpis.0.source"]


def test_a_believable_target_shows_none(hr: User) -> None:
    report = loaded(hr, "0.5", months=())
    assert told(report) == []
    version = ScorecardVersion.objects.get()
    client = Client(headers={"accept-language": "en"})
    client.force_login(hr)
    page = client.get(reverse("admin:grading_scorecardversion_change", args=[version.pk])).content.decode()
    assert "Doubtful targets" in page
    assert "monthly results" not in page
