"""A company for the tests of QA: three agents of one team, everybody who has a part in it, and a day's exports.

Made of rows; the stored exports are faked, because drawing them is not what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from grading import models, raw
from grading.jobs.models import Job
from grading.kernel.period import Month
from grading.services import quality

TODAY = timezone.localdate()
DAY = TODAY - timedelta(days=1)
MONTH = Month.of(DAY)


@dataclass
class QaCompany:
    """The rows by name. ``contacts``: day → agent number → the contacts that the exports have."""

    company: models.Company
    agents: dict[str, models.Agent]
    users: dict[str, User]
    contacts: dict[date, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def draw(self, day: date = DAY) -> list[str]:
        """Draw a day; everything that is sampled of it, as ``agent/contact``."""
        quality.sample_draw(company=self.company, day=day, today=TODAY)
        rows = models.QaSample.objects.filter(day=day).select_related("agent")
        return sorted(f"{row.agent.agent_no}/{row.session}" for row in rows)

    def evaluate(self, agent_no: str, session: str, *codes: str, day: date = DAY, by: str = "evaluator", **more):
        """Sample a contact if it is not, and judge it."""
        sample, _made = models.QaSample.objects.get_or_create(
            agent=self.agents[agent_no], day=day, session=session, defaults={"source": "random"}
        )
        return quality.evaluation_record(
            sample_id=sample.pk,
            evaluator=self.users[by],
            codes=codes,
            survey_pushed=more.get("survey_pushed", "yes"),
            note=more.get("note", ""),
            today=TODAY,
        )

    def publish_form(self, **points: str) -> models.QaFormVersion:
        """The company's form with points for codes, in force since long ago."""
        draft = quality.qa_form_draft(
            company=self.company,
            body={
                "form": "ours",
                "effective_from": "2020-01-01",
                "points": [{"code": code, "points": value} for code, value in points.items()],
            },
            written_by=self.users["hr"],
        )
        return quality.qa_form_publish(form_id=draft.pk, published_by=self.users["hr"])

    def publish_month(self, agent_no: str, published_at=None) -> models.Appraisal:
        """A published appraisal of the month."""
        card = models.ScorecardVersion.objects.create(
            company=self.company, code=f"card-{agent_no}", effective_from=date(2024, 1, 1), status="published",
            published_at=timezone.now(), body={}, fingerprint="f" * 64,
        )  # fmt: skip
        cycle = models.AppraisalCycle.objects.create(
            company=self.company,
            month=MONTH,
            job=Job.objects.create(task="grading.grade", key="qa", requested_by=self.users["hr"]),
        )
        return models.Appraisal.objects.create(
            cycle=cycle, agent=self.agents[agent_no], scorecard=card, total_score=Fraction(80), grade="A",
            coefficient=Fraction(1), kpis=[], input_hash="i" * 64, published_at=published_at or timezone.now(),
        )  # fmt: skip


def make_user(name: str, group: str) -> User:
    user = User.objects.create_user(name, password="a-long-password", is_staff=group != "agent")
    user.groups.add(Group.objects.get(name=group))
    return user


def qa_company(monkeypatch: pytest.MonkeyPatch) -> QaCompany:
    """Make it, and let ``grading.raw`` answer with its contacts."""
    company = models.Company.objects.create(code="acme", name_zh="甲公司", name_en="Acme")
    team = models.Team.objects.create(company=company, code="t1", name="一组")
    models.Team.objects.create(company=company, code="t2", name="二组")
    agents = {}
    for number, code in (("A1", "t1"), ("A2", "t1"), ("B1", "t2")):
        agents[number] = models.Agent.objects.create(
            company=company, agent_no=number, name=f"客服{number}", role="pre_sales", hire_date=date(2024, 1, 1)
        )
        models.AgentFact.objects.create(agent=agents[number], kind="team", value=code, effective_from=date(2024, 1, 1))
    users = {
        "evaluator": make_user("evaluator", "QA evaluator"),
        "second": make_user("second", "QA evaluator"),
        "hr": make_user("hr", "HR"),
        "manager": make_user("manager", "manager"),
        "A1": make_user("a1", "agent"),
        "A2": make_user("a2", "agent"),
    }
    for number in ("A1", "A2"):
        agents[number].user = users[number]
        agents[number].save()
    models.TeamManager.objects.create(team=team, user=users["manager"], first_day=date(2024, 1, 1))
    made = QaCompany(company, agents, users)

    def contacts_on(company_id: int, day: date) -> dict[int, tuple[str, ...]]:
        held = made.contacts.get(day, {}) if company_id == company.pk else {}
        return {agents[number].pk: tuple(sorted(sessions)) for number, sessions in held.items()}

    monkeypatch.setattr(raw, "contacts_on", contacts_on)
    monkeypatch.setattr(raw, "transcript", lambda company_id, day, session: ())
    return made
