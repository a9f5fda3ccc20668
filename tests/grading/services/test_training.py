"""On-boarding, mystery shopping, trainings and exams as services: who may, what is written, what stays as it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.utils import timezone

from grading import models, selectors
from grading.domain.exam import ExamKind
from grading.domain.exam_document import exam_from
from grading.domain.training import BadStageLength, Progress, UnknownStage, UnknownTrack
from grading.errors import (
    AttemptIncomplete,
    BadMentor,
    DayNotCome,
    MayNotTrain,
    MysteryShoppingRecorded,
    NoMoreAttempts,
    NotAScore,
    OnboardingAlreadyOpen,
    OnboardingClosed,
    OwnTraining,
    ScoreOfAbsent,
    TrainingSessionExists,
    UnknownExam,
)
from grading.jobs.models import AuditEntry
from grading.kernel.period import Month
from grading.models.training import AttemptIsFrozen
from grading.rulebook import seed_exam_documents
from grading.services import promotions, training
from grading.services.training import Attended
from grading.tables import PublishedIsFrozen

HIRED = date(2026, 6, 1)
JUNE = Month(2026, 6)
# requirements §1.13, typed by hand
KEYS = ("B", "CD", "D", "A", "A", "A", "D", "ABCDE", "ABCDEH", "ABCE", "ABCD", "BC", "A", "ABCEFG", "C", "C")
RIGHT = dict(enumerate(KEYS, start=1))
SHANGHAI = ZoneInfo("Asia/Shanghai")
PDD = "pdd_onboarding"


@pytest.fixture
def company(db: None) -> models.Company:
    return models.Company.objects.create(code="c", name_zh="公司")


def hire(company: models.Company, agent_no: str) -> models.Agent:
    user = User.objects.create(username=f"user-{agent_no}")
    made = models.Agent.objects.create(
        company=company, agent_no=agent_no, name=f"甲{agent_no}", role="pre_sales", hire_date=HIRED, user=user
    )
    for kind, value in (("tier", "junior"), ("team", "t1")):
        models.AgentFact.objects.create(agent=made, kind=kind, value=value, effective_from=HIRED)
    return made


@pytest.fixture
def agent(company: models.Company) -> models.Agent:
    models.Team.objects.create(company=company, code="t1", name="一组")
    return hire(company, "A1")


@pytest.fixture
def mentor(company: models.Company) -> models.Agent:
    return hire(company, "A9")


@pytest.fixture
def trainer(db: None) -> User:
    user = User.objects.create(username="trainer")
    user.groups.add(Group.objects.get(name="trainer"))
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create(username="stranger")


def start(agent: models.Agent, trainer: User, **more: Any) -> models.Onboarding:
    return training.onboarding_start(
        **{"agent": agent, "track": "class_1", "first_day": HIRED, "started_by": trainer, **more}
    )


# --- On-boarding ------------------------------------------------------------------------------------------------------


def test_an_onboarding_is_started_changed_and_closed(agent: models.Agent, mentor: models.Agent, trainer: User) -> None:
    row = start(agent, trainer, mentor=mentor, lengths={"product": 9, "on_ones_own": 7})
    assert row.lengths == {"product": 9}  # seven days are the usual ones
    row = training.onboarding_override(onboarding_id=row.pk, lengths={"product": 4}, mentor=None, changed_by=trainer)
    assert (row.lengths, row.mentor) == ({"product": 4}, None)
    row = training.onboarding_close(onboarding_id=row.pk, outcome="completed", note="好", closed_by=trainer)
    assert (row.outcome, row.note, row.closed_by) == ("completed", "好", trainer)
    actions = AuditEntry.objects.filter(object_type="onboarding").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["onboarding.start", "onboarding.change", "onboarding.close"]
    with pytest.raises(OnboardingClosed):
        training.onboarding_close(onboarding_id=row.pk, outcome="stopped", note="", closed_by=trainer)
    assert start(agent, trainer, track="class_3").outcome == "open"  # another one may follow


def test_one_at_a_time(agent: models.Agent, trainer: User) -> None:
    start(agent, trainer)
    with pytest.raises(OnboardingAlreadyOpen):
        start(agent, trainer, track="class_2")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Onboarding.objects.create(agent=agent, track="class_2", first_day=HIRED, started_by=trainer)


def test_what_makes_no_sense_is_refused(agent: models.Agent, trainer: User, company: models.Company) -> None:
    elsewhere = hire(models.Company.objects.create(code="d", name_zh="别家"), "B1")
    for error, more in (
        (BadMentor, {"mentor": agent}),
        (BadMentor, {"mentor": elsewhere}),
        (UnknownTrack, {"track": "class_4"}),
        (UnknownStage, {"lengths": {"first_receptions": 2}}),
        (BadStageLength, {"lengths": {"product": 0}}),
    ):
        with pytest.raises(error):
            start(agent, trainer, **more)
    assert not models.Onboarding.objects.exists()


def test_only_trainers_and_never_about_themselves(agent: models.Agent, trainer: User, stranger: User) -> None:
    row = start(agent, trainer)
    assert agent.user is not None
    agent.user.groups.add(Group.objects.get(name="trainer"))
    itself = User.objects.get(pk=agent.user.pk)
    for user, error in ((stranger, MayNotTrain), (itself, OwnTraining)):
        with pytest.raises(error):
            start(agent, user)
        with pytest.raises(error):
            training.onboarding_override(onboarding_id=row.pk, lengths={}, mentor=None, changed_by=user)
        with pytest.raises(error):
            training.onboarding_close(onboarding_id=row.pk, outcome="completed", note="", closed_by=user)
        with pytest.raises(error):
            shop(agent, user)


def shop(agent: models.Agent, assessor: User, **more: Any) -> models.MysteryShopping:
    return training.mystery_shopping_record(
        **{
            "agent": agent,
            "day": date(2026, 6, 22),
            "assessor": assessor,
            "score": Fraction(80),
            "passed": True,
            "note": "",
            **more,
        }
    )


def test_a_mystery_shopping_is_written_once(agent: models.Agent, trainer: User) -> None:
    row = shop(agent, trainer, score=Fraction("61.175"))
    assert models.MysteryShopping.objects.get().score == Fraction("61.175")
    entry = AuditEntry.objects.get(action="mystery_shopping.record")
    assert (entry.object_id, entry.detail) == (str(row.pk), {"agent": "A1", "day": "2026-06-22"})
    with pytest.raises(MysteryShoppingRecorded):
        shop(agent, trainer, score=Fraction(90))
    for score in (Fraction(-1), Fraction("100.01")):
        with pytest.raises(NotAScore):
            shop(agent, trainer, day=date(2026, 6, 23), score=score)
    with pytest.raises(DayNotCome):
        shop(agent, trainer, day=timezone.localdate() + timedelta(days=1))


def test_a_standing_says_what_is_overdue_and_what_is_in_question(agent: models.Agent, trainer: User) -> None:
    row = start(agent, trainer)

    def standing(day: date) -> selectors.OnboardingStanding:
        return selectors.onboarding_standings([row], day)[row.pk]

    assert standing(date(2026, 6, 8)).overdue == ()  # the company has no product exam
    version = training.exam_draft(company=agent.company, body=product_exam(), drafted_by=trainer)
    training.exam_publish(version_id=version.pk, published_by=trainer)
    assert standing(date(2026, 6, 7)).overdue == ()  # the stage ends with day 7
    assert standing(date(2026, 6, 8)).overdue == ("product_exam",)
    assert standing(date(2026, 6, 22)).progress is Progress.MYSTERY_SHOPPER_DUE
    assert standing(date(2026, 6, 23)).overdue == ("mystery_shopper", "product_exam")
    submitted(agent, version, "100", date(2026, 6, 7))
    shop(agent, trainer, passed=False)
    held = standing(date(2026, 6, 23))
    assert (held.progress, held.overdue) == (Progress.NOT_SUITABLE, ())
    assert held.exams == {ExamKind.PRODUCT: Fraction(100)}
    shop(agent, trainer, day=date(2026, 6, 25))  # passed at the second try
    assert standing(date(2026, 6, 25)).progress is Progress.THROUGH


def test_what_happened_before_the_first_day_does_not_count(agent: models.Agent, trainer: User) -> None:
    shop(agent, trainer, day=date(2026, 5, 31), passed=False)
    row = start(agent, trainer)
    held = selectors.onboarding_standings([row], date(2026, 6, 2))[row.pk]
    assert (held.progress, held.shopping) == (Progress.UNDER_WAY, None)


def test_the_board_takes_the_same_number_of_queries_for_many(
    company: models.Company, trainer: User, django_assert_num_queries: Any
) -> None:
    rows = [start(hire(company, f"N{number}"), trainer) for number in range(5)]
    for count in (1, 5):
        with django_assert_num_queries(4):  # readings, exams, attempts, mystery shopping
            selectors.onboarding_standings(rows[:count], HIRED)


# --- Exams ------------------------------------------------------------------------------------------------------------


def product_exam(**more: Any) -> dict[str, Any]:
    options = [{"key": key, "zh": key} for key in "AB"]
    questions = [{"type": "single", "zh": f"问{number}", "options": options, "answer": ["A"]} for number in range(3)]
    return {
        "exam": "products",
        "kind": "product",
        "version": 1,
        "effective_from": "2026-01-01",
        "questions": questions,
        **more,
    }


def submitted(agent: models.Agent, version: models.ExamVersion, score: str, day: date) -> models.ExamAttempt:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    return models.ExamAttempt.objects.create(
        agent=agent, exam=version, started_at=at, submitted_at=at, right=1, questions=1, score=Fraction(score)
    )


def test_the_shipped_exam_is_taken_and_marked(agent: models.Agent) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    assert (attempt.exam.code, attempt.exam.status, attempt.questions) == (PDD, "published", 16)
    done = training.attempt_submit(attempt_id=attempt.pk, answers={**RIGHT, 2: "C", 14: "ABCDEFG"})
    assert (done.right, done.score) == (14, Fraction("87.5"))  # 14 of 16: no points for a part
    assert models.ExamAttempt.objects.get().answers["9"] == list("ABCDEH")
    assert AuditEntry.objects.get(action="exam.submit").detail == {"agent": "A1", "exam": PDD}


def test_all_answers_of_the_seed_are_full_marks(agent: models.Agent) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    assert training.attempt_submit(attempt_id=attempt.pk, answers=RIGHT).score == 100


def test_submitting_twice_changes_nothing(agent: models.Agent) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    first = training.attempt_submit(attempt_id=attempt.pk, answers={**RIGHT, 1: "A"})
    again = training.attempt_submit(attempt_id=attempt.pk, answers=RIGHT)
    training.attempt_save(attempt_id=attempt.pk, answers=RIGHT)
    again.refresh_from_db()
    assert (again.score, again.submitted_at, again.answers["1"]) == (first.score, first.submitted_at, ["A"])
    assert AuditEntry.objects.filter(action="exam.submit").count() == 1


def test_an_incomplete_submission_keeps_its_answers(agent: models.Agent) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    with pytest.raises(AttemptIncomplete, match="3, 16"):
        training.attempt_submit(
            attempt_id=attempt.pk, answers={number: keys for number, keys in RIGHT.items() if number not in (3, 16)}
        )
    held = training.attempt_start(agent=agent, exam=PDD)
    assert (held.pk, held.submitted_at, len(held.answers)) == (attempt.pk, None, 14)
    training.attempt_save(attempt_id=attempt.pk, answers={1: ["B", "Z"], 99: ["A"]})
    held.refresh_from_db()
    assert held.answers == {"1": ["B"]}


def test_a_submitted_attempt_never_changes(agent: models.Agent) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    done = training.attempt_submit(attempt_id=attempt.pk, answers=RIGHT)
    done.score = Fraction(1)
    with pytest.raises(AttemptIsFrozen):
        done.save()
    with pytest.raises(AttemptIsFrozen):
        done.delete()


def test_attempts_without_a_limit_and_with_one(agent: models.Agent, company: models.Company) -> None:
    for _again in range(3):
        attempt = training.attempt_start(agent=agent, exam=PDD)
        training.attempt_submit(attempt_id=attempt.pk, answers=RIGHT)
    company.readings = {"exams.attempts_a_day": "3"}
    company.save()
    with pytest.raises(NoMoreAttempts):
        training.attempt_start(agent=agent, exam=PDD)
    with pytest.raises(UnknownExam):
        training.attempt_start(agent=agent, exam="no_such_exam")
    yesterday = timezone.now() - timedelta(days=1)
    models.ExamAttempt.objects.filter(pk=attempt.pk).update(started_at=yesterday)
    assert training.attempt_start(agent=agent, exam=PDD).submitted_at is None


def test_an_attempt_stays_with_its_version(agent: models.Agent, trainer: User) -> None:
    """A-59: a company that corrects question 2 publishes its own version; who is in the middle ends the old one."""
    first = training.attempt_start(agent=agent, exam=PDD)
    body = seed_exam_documents()[PDD]
    body["questions"][1]["answer"] = ["C"]
    body |= {"version": 2, "pass_mark": 80}
    draft = training.exam_draft(company=agent.company, body=body, drafted_by=trainer)
    assert training.attempt_start(agent=agent, exam=PDD) == first  # a draft is nothing yet
    published = training.exam_publish(version_id=draft.pk, published_by=trainer)
    assert published.revision == 2  # the shipped one was adopted as the first of the same day
    old = training.attempt_submit(attempt_id=first.pk, answers=RIGHT)
    second = training.attempt_start(agent=agent, exam=PDD)
    assert second.exam_id == published.pk
    new = training.attempt_submit(attempt_id=second.pk, answers={**RIGHT, 2: "C"})
    assert (old.score, new.score) == (100, 100)
    assert exam_from(published.body).exam.pass_mark == 80
    with pytest.raises(PublishedIsFrozen):
        training.exam_draft(company=agent.company, body=body, drafted_by=trainer, version_id=published.pk)


def test_a_draft_made_before_the_shipped_exam_was_used_still_comes_after_it(agent: models.Agent, trainer: User) -> None:
    body = {**seed_exam_documents()[PDD], "pass_mark": 60}
    draft = training.exam_draft(company=agent.company, body=body, drafted_by=trainer)
    shipped = training.attempt_start(agent=agent, exam=PDD)  # adopted as the second revision
    training.attempt_submit(attempt_id=shipped.pk, answers=RIGHT)
    training.exam_publish(version_id=draft.pk, published_by=trainer)
    assert training.attempt_start(agent=agent, exam=PDD).exam_id == draft.pk


def test_only_trainers_edit_exams(agent: models.Agent, stranger: User, trainer: User) -> None:
    with pytest.raises(MayNotTrain):
        training.exam_draft(company=agent.company, body=product_exam(), drafted_by=stranger)
    draft = training.exam_draft(company=agent.company, body=product_exam(), drafted_by=trainer)
    with pytest.raises(MayNotTrain):
        training.exam_publish(version_id=draft.pk, published_by=stranger)


# --- Trainings --------------------------------------------------------------------------------------------------------


def session(company: models.Company, trainer: User, day: date, topic: str = "平台规则") -> models.TrainingSession:
    return training.training_session_open(company=company, day=day, topic=topic, opened_by=trainer)


def attend(held: models.TrainingSession, trainer: User, **agents: Attended | None) -> None:
    ids = {models.Agent.objects.get(agent_no=agent_no).pk: found for agent_no, found in agents.items()}
    training.training_attendance_record(session_id=held.pk, attended=ids, recorded_by=trainer)


def test_attendance_is_recorded_and_corrected(agent: models.Agent, mentor: models.Agent, trainer: User) -> None:
    held = session(agent.company, trainer, date(2026, 6, 3))
    attend(held, trainer, A1=Attended(present=True, score=Fraction(90)), A9=Attended(present=False))
    attend(held, trainer, A9=None)  # was not expected after all
    assert list(held.attendances.values_list("agent__agent_no", "present", "score")) == [("A1", True, Fraction(90))]
    with pytest.raises(ScoreOfAbsent):
        attend(held, trainer, A9=Attended(present=False, score=Fraction(10)))
    with pytest.raises(NotAScore):
        attend(held, trainer, A9=Attended(present=True, score=Fraction(101)))
    with pytest.raises(TrainingSessionExists):
        session(agent.company, trainer, date(2026, 6, 3))
    with pytest.raises(DayNotCome):
        attend(session(agent.company, trainer, timezone.localdate() + timedelta(days=1)), trainer, A9=None)


def test_nobody_records_themselves(agent: models.Agent, trainer: User, stranger: User) -> None:
    held = session(agent.company, trainer, date(2026, 6, 3))
    assert agent.user is not None
    agent.user.groups.add(Group.objects.get(name="trainer"))
    with pytest.raises(OwnTraining):
        attend(held, User.objects.get(pk=agent.user.pk), A1=Attended(present=True, score=Fraction(100)))
    with pytest.raises(MayNotTrain):
        attend(held, stranger, A1=Attended(present=True))


# --- Measures ---------------------------------------------------------------------------------------------------------


def measures(agent: models.Agent, month: Month = JUNE) -> dict[str, Fraction]:
    found = selectors.measures(agent.company_id, [agent.pk], month)[agent.pk]
    return {metric: value for metric, value in found.items() if metric in TRAINED}


TRAINED = {
    "onboarding_exam_score",
    "product_knowledge_score",
    "training_pass_score",
    "mystery_shopper_score",
    "training_index",
}


def test_nothing_recorded_is_no_measure(agent: models.Agent) -> None:
    assert measures(agent) == {}


def test_the_latest_exam_of_the_month_counts_or_the_best(agent: models.Agent, trainer: User) -> None:
    shipped = training.attempt_start(agent=agent, exam=PDD)
    bank, products = shipped.exam, training.exam_draft(company=agent.company, body=product_exam(), drafted_by=trainer)
    submitted(agent, bank, "90", date(2026, 6, 1))
    submitted(agent, bank, "70", date(2026, 6, 30))
    submitted(agent, bank, "10", date(2026, 7, 1))  # another month
    submitted(agent, products, "100/3", date(2026, 6, 9))
    assert measures(agent) == {"onboarding_exam_score": Fraction(70), "product_knowledge_score": Fraction(100, 3)}
    agent.company.readings = {"exams.counted": "best"}
    agent.company.save()
    assert measures(agent)["onboarding_exam_score"] == Fraction(90)


def test_two_exams_of_a_kind_are_averaged(agent: models.Agent, trainer: User) -> None:
    for code, score in (("products", "80"), ("materials", "65")):
        version = training.exam_draft(company=agent.company, body=product_exam(exam=code), drafted_by=trainer)
        submitted(agent, version, score, date(2026, 6, 9))
    assert measures(agent) == {"product_knowledge_score": Fraction("72.5")}


def test_the_month_of_an_exam_is_ours_not_greenwich(agent: models.Agent, trainer: User) -> None:
    version = training.exam_draft(company=agent.company, body=product_exam(), drafted_by=trainer)
    at = datetime(2026, 7, 1, 0, 30, tzinfo=SHANGHAI)  # still June in Greenwich
    models.ExamAttempt.objects.create(
        agent=agent, exam=version, started_at=at, submitted_at=at, right=1, questions=1, score=Fraction(50)
    )
    assert measures(agent) == {}
    assert measures(agent, Month(2026, 7)) == {"product_knowledge_score": Fraction(50)}


def test_examples_M_16_training_index_of_a_month(agent: models.Agent, trainer: User) -> None:  # noqa: N802
    """86 on average, 2 of 8 trainings missed: 76 with 5 points each, 74 literally, 61 by the share."""
    for place, score in enumerate(("80", "92", "86", "86", "84", "88"), start=1):
        attend(session(agent.company, trainer, date(2026, 6, place)), trainer, A1=Attended(True, Fraction(score)))
    for place in (7, 8):
        attend(session(agent.company, trainer, date(2026, 6, place)), trainer, A1=Attended(present=False))
    assert measures(agent) == {"training_pass_score": Fraction(86)}  # no index before the company chose one
    for readings, expected in (
        ({"training_index.coefficient": "5"}, 76),
        ({"training_index.method": "literal"}, 74),
        ({"training_index.method": "ratio"}, 61),
        ({"training_index.coefficient": "50"}, 0),
    ):
        agent.company.readings = readings
        agent.company.save()
        assert measures(agent) == {"training_pass_score": Fraction(86), "training_index": Fraction(expected)}


def test_who_missed_every_training_has_no_score_and_no_index(agent: models.Agent, trainer: User) -> None:
    agent.company.readings = {"training_index.coefficient": "5"}
    agent.company.save()
    attend(session(agent.company, trainer, date(2026, 6, 3)), trainer, A1=Attended(present=False))
    assert measures(agent) == {}


def test_the_latest_mystery_shopping_of_the_month_counts_and_an_entered_value_wins(
    agent: models.Agent, trainer: User
) -> None:
    shop(agent, trainer, day=date(2026, 6, 25), score=Fraction(88))
    shop(agent, trainer, day=date(2026, 6, 22), score=Fraction(40))
    assert measures(agent) == {"mystery_shopper_score": Fraction(88)}
    models.KpiResult.objects.create(agent=agent, month=JUNE, metric="mystery_shopper_score", value=Fraction(91))
    assert measures(agent) == {"mystery_shopper_score": Fraction(91)}


def test_measures_take_the_same_number_of_queries_for_many(
    company: models.Company, trainer: User, django_assert_num_queries: Any
) -> None:
    agents = [hire(company, f"N{number}") for number in range(4)]
    held = session(company, trainer, date(2026, 6, 3))
    attend(held, trainer, **{agent.agent_no: Attended(True, Fraction(90)) for agent in agents})
    for count in (1, 4):
        with django_assert_num_queries(4):  # readings, attempts, attendance, mystery shopping
            selectors.training_measures(company.pk, [agent.pk for agent in agents[:count]], JUNE)


# --- Promotions -------------------------------------------------------------------------------------------------------


def test_a_promotion_is_asked_with_what_training_knows(agent: models.Agent, trainer: User) -> None:
    attempt = training.attempt_start(agent=agent, exam=PDD)
    submitted(agent, attempt.exam, "87.5", date(2026, 8, 31))
    submitted(agent, attempt.exam, "10", date(2026, 9, 2))  # after the day
    attend(session(agent.company, trainer, date(2026, 6, 3)), trainer, A1=Attended(True, Fraction(90)))
    attend(session(agent.company, trainer, date(2026, 6, 4)), trainer, A1=Attended(present=False))
    shop(agent, trainer)
    hr = User.objects.create(username="hr")
    hr.groups.add(Group.objects.get(name="HR"))
    request = promotions.promotion_request(agent=agent, day=date(2026, 9, 1), requested_by=hr)
    request.refresh_from_db()
    assert request.evidence["training"] == {
        "exams": [
            {
                "exam": PDD,
                "name_zh": "拼多多客服上岗考试",
                "name_en": "Pinduoduo on-boarding exam",
                "day": "2026-08-31",
                "score": "87.5",
                "verdict": "undecided",
            }
        ],
        "sessions": {"attended": 1, "expected": 2, "score": "90"},
        "mystery_shopping": {"day": "2026-06-22", "score": "80", "passed": True},
    }
