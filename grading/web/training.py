"""The agents' own on-boarding and exams. Every query starts from the login: somebody else's attempt is a 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grading import models, selectors
from grading.domain.exam import QuestionKind, Verdict, marks, unanswered, verdict
from grading.domain.exam_document import exam_from
from grading.domain.training import Reception
from grading.errors import AttemptIncomplete
from grading.kernel.document import BrokenDocument
from grading.kernel.errors import DomainError
from grading.kernel.exact import shown
from grading.services import training
from grading.wording import error_text, trimmed

Answers = dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class StageShown:
    """One stage of a plan as it reads."""

    name: str
    text: str
    days: str
    first_day: str
    last_day: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class OnboardingPage:
    """One's own on-boarding. The mystery shopper's day is not named before it is over: that is the point of one."""

    track: str
    mentor: str
    today: str
    reception: str
    stages: tuple[StageShown, ...]
    shopping: models.MysteryShopping | None
    shopping_score: str


@dataclass(frozen=True, slots=True)
class ExamShown:
    """An exam in the list."""

    code: str
    name: str
    questions: int
    pass_mark: str
    most: int | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class ResultShown:
    """A submitted attempt in the list."""

    pk: int
    name: str
    day: str
    score: str
    right: int | None
    questions: int
    verdict: str


@dataclass(frozen=True, slots=True)
class OptionShown:
    """One option as it reads."""

    key: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """One question. ``is_right`` is filled after the attempt was submitted, never before."""

    number: int
    text: str
    is_multiple: bool
    options: tuple[OptionShown, ...]
    is_missing: bool
    is_right: bool


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """An attempt: the questions to answer, or how each was answered."""

    name: str
    is_submitted: bool
    day: str
    right: int | None
    score: str
    verdict: str
    questions: tuple[QuestionShown, ...]
    missing: tuple[int, ...]


@login_required
@require_safe
def my_onboarding(request: HttpRequest) -> HttpResponse:
    """One's own plan with today's stage: the open on-boarding, else the latest."""
    rows = _agent(request).onboardings.select_related("agent", "mentor").order_by("-first_day", "-pk")
    row = rows.filter(outcome=models.Onboarding.Outcome.OPEN).first() or rows.first()
    return render(request, "grading/training/onboarding.html", {"page": None if row is None else _onboarding(row)})


@login_required
@require_safe
def my_exams(request: HttpRequest) -> HttpResponse:
    """The exams one may take today, and one's results, newest first."""
    agent = _agent(request)
    in_force = selectors.exams_in_force(agent.company_id, timezone.localdate())
    most = selectors.training_readings(agent.company_id).attempts_a_day
    attempts = list(agent.exam_attempts.select_related("exam"))
    open_ones = {attempt.exam.code for attempt in attempts if attempt.submitted_at is None}
    exams = []
    for code, held in in_force.items():
        exam = held.document.exam
        exams.append(
            ExamShown(
                code=code,
                name=_said(held.document.name_zh, held.document.name_en),
                questions=len(exam.questions),
                pass_mark="" if exam.pass_mark is None else trimmed(exam.pass_mark),
                most=most,
                is_open=code in open_ones,
            )
        )
    return render(
        request,
        "grading/training/exams.html",
        {"exams": exams, "attempts": [_result(each) for each in attempts if each.submitted_at is not None]},
    )


@login_required
@require_POST
def my_exam_start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin an attempt, or go on with the open one."""
    try:
        attempt = training.attempt_start(agent=_agent(request), exam=code)
    except DomainError as error:
        messages.error(request, error_text(error.code, error.values, _language(), str(error)))
        return redirect("my-exams")
    return redirect("my-exam-attempt", attempt.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_exam_attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions on one page; after handing in, how each was answered. Handing in twice changes nothing."""
    row = _agent(request).exam_attempts.select_related("exam").filter(pk=pk).first()
    if row is None:
        raise Http404
    missing: tuple[int, ...] = ()
    if request.method == "POST":
        answers = _sent(request, row)
        if request.POST.get("act") == "keep":
            training.attempt_save(attempt_id=row.pk, answers=answers)
            messages.success(request, _("Your answers are kept. Go on whenever you like."))
            return redirect("my-exams")
        try:
            training.attempt_submit(attempt_id=row.pk, answers=answers)
        except AttemptIncomplete:
            row.refresh_from_db()
            missing = unanswered(exam_from(row.exam.body).exam, _kept(row))
        else:
            return redirect("my-exam-attempt", row.pk)
    return render(request, "grading/training/attempt.html", {"page": _attempt(row, missing)})


def _agent(request: HttpRequest) -> models.Agent:
    """The agent whose login asks; 404 for a login that is no agent's."""
    agent = models.Agent.objects.select_related("company").filter(user=cast("User", request.user)).first()
    if agent is None:
        raise Http404
    return agent


def _sent(request: HttpRequest, row: models.ExamAttempt) -> Answers:
    return {number: tuple(request.POST.getlist(f"q{number}")[:20]) for number in range(1, row.questions + 1)}


def _kept(row: models.ExamAttempt) -> Answers:
    return {int(number): tuple(keys) for number, keys in row.answers.items()}


def _onboarding(row: models.Onboarding) -> OnboardingPage:
    today = timezone.localdate()
    try:
        standing = selectors.onboarding_standings([row], today)[row.pk]
    except BrokenDocument as error:
        raise Http404 from error
    held = standing.plan
    return OnboardingPage(
        track=_said(held.track.name_zh, held.track.name_en),
        mentor=row.mentor.name if row.mentor else "",
        today=_today(row, standing),
        reception=_reception(standing) if row.outcome == row.Outcome.OPEN else "",
        stages=tuple(
            StageShown(
                name=_said(each.stage.name_zh, each.stage.name_en),
                text=_said(each.stage.text_zh, each.stage.text_en),
                days=_days(each.first, each.first + each.days - 1),
                first_day=each.span.start.isoformat(),
                last_day=each.span.last_day.isoformat(),
                is_today=each is standing.stage and row.outcome == row.Outcome.OPEN,
            )
            for each in held.stages
        ),
        shopping=standing.shopping,
        shopping_score=shown(standing.shopping.score) if standing.shopping else "",
    )


def _today(row: models.Onboarding, standing: selectors.OnboardingStanding) -> str:
    if row.outcome != row.Outcome.OPEN:
        return _("Your on-boarding is closed: %(outcome)s.") % {"outcome": row.get_outcome_display()}
    last = standing.plan.stages[-1]
    if standing.stage is None:
        if standing.day_number == 0:
            return _("Your on-boarding begins on %(day)s.") % {"day": standing.plan.first_day}
        return _("All stages of your plan are over.")
    return _("Day %(day)s of %(days)s: %(stage)s") % {
        "day": standing.day_number,
        "days": last.first + last.days - 1,
        "stage": _said(standing.stage.stage.name_zh, standing.stage.stage.name_en),
    }


def _reception(standing: selectors.OnboardingStanding) -> str:
    allowed = standing.allowance
    if allowed.reception is Reception.NONE:
        return _("You serve no buyers yet.")
    if allowed.reception is Reception.TRANSFERRED:
        return _("You serve only buyers that colleagues hand over to you.")
    if allowed.cap is None:
        return ""
    return ngettext(
        "You serve at most %(count)s buyer today.", "You serve at most %(count)s buyers today.", allowed.cap
    ) % {"count": allowed.cap}


def _days(first: int, last: int) -> str:
    if first == last:
        return _("day %(day)s") % {"day": first}
    return _("days %(first)s to %(last)s") % {"first": first, "last": last}


def _result(row: models.ExamAttempt) -> ResultShown:
    assert row.submitted_at is not None  # noqa: S101  asked for by the caller
    assert row.score is not None  # noqa: S101  a constraint of the table
    return ResultShown(
        pk=row.pk,
        name=_said(row.exam.name_zh, row.exam.name_en),
        day=timezone.localtime(row.submitted_at).strftime("%Y-%m-%d %H:%M"),
        score=shown(row.score),
        right=row.right,
        questions=row.questions,
        verdict=verdict(row.score, exam_from(row.exam.body).exam.pass_mark).value,
    )


def _attempt(row: models.ExamAttempt, missing: tuple[int, ...]) -> AttemptPage:
    exam = exam_from(row.exam.body).exam
    answers, is_submitted = _kept(row), row.submitted_at is not None
    right = marks(exam, answers).right if is_submitted else ()
    result = _result(row) if is_submitted else None
    return AttemptPage(
        name=_said(row.exam.name_zh, row.exam.name_en),
        is_submitted=is_submitted,
        day=result.day if result else "",
        right=row.right,
        score=result.score if result else "",
        verdict=result.verdict if result else Verdict.UNDECIDED.value,
        questions=tuple(
            QuestionShown(
                number=question.number,
                text=_said(question.text_zh, question.text_en),
                is_multiple=question.kind is QuestionKind.MULTIPLE,
                options=tuple(
                    OptionShown(
                        option.key,
                        _said(option.text_zh, option.text_en),
                        option.key in answers.get(question.number, ()),
                    )
                    for option in question.options
                ),
                is_missing=question.number in missing,
                is_right=question.number in right,
            )
            for question in exam.questions
        ),
        missing=missing,
    )


def _language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _said(zh: str, en: str) -> str:
    return zh if _language() == "zh" else en
