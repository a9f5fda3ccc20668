"""What grading refuses, and why."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class SamePersonTwice(DomainError):
    """One person tried to do both halves of an act that needs two."""

    code = "grading.same_person_twice"
    template = "A {act} needs two people: the person who {first} it cannot decide it. Ask somebody else."


class PromotionAlreadyDecided(DomainError):
    """A decision on a request that was decided before."""

    code = "grading.promotion_already_decided"
    template = "The promotion request of {agent} is already {status}. Reload the page."


class PromotionAlreadyOpen(DomainError):
    """A second open request for the same agent."""

    code = "grading.promotion_already_open"
    template = "{agent} already has an open promotion request. Decide that one first."


class PromotionOutdated(DomainError):
    """The agent's tier changed after the request was made."""

    code = "grading.promotion_outdated"
    template = "{agent} is on tier '{tier}' by now, not on '{asked_from}' as asked. Reject the request and ask anew."


class TopOfLadder(DomainError):
    """A promotion asked for at the top."""

    code = "grading.top_of_ladder"
    template = "{agent} is on the top tier '{tier}'; there is nothing above it."


class NotEligible(DomainError):
    """A promotion before its time."""

    code = "grading.not_eligible"
    template = "{agent} is not eligible for '{tier}' yet: {lacks} (earliest day {eligible_on})."


class ChecklistIncomplete(DomainError):
    """An approval with unticked items."""

    code = "grading.checklist_incomplete"
    template = "{count} checklist items are not confirmed: {items}. Tick them, or reject the request."


class NotYourTeam(DomainError):
    """A manager acting on somebody outside the managed teams."""

    code = "grading.not_your_team"
    template = "{agent} is not in a team that you manage today."


class MayNotJudgeQuality(DomainError):
    """A user without the right to this act of QA."""

    code = "grading.may_not_judge_quality"
    template = "{user} has no right to do this with QA samples, evaluations or appeals. The administrator can grant it."


class DayNotOver(DomainError):
    """A sample asked for before its day has ended."""

    code = "grading.day_not_over"
    template = "{day} is not over yet: a sample is drawn from a whole day. Draw it tomorrow."


class ContactUnknown(DomainError):
    """A contact that the exports of its day do not have."""

    code = "grading.contact_unknown"
    template = "The exports of {day} have no contact '{session}' of {agent}. Check the number, the day and the agent."


class ContactAlreadyEvaluated(DomainError):
    """A second evaluation of one contact."""

    code = "grading.contact_already_evaluated"
    template = "Contact '{session}' of {agent} has been evaluated already. Choose the next one."


class UnknownQaCode(DomainError):
    """An error code that the QA form does not have."""

    code = "grading.unknown_qa_code"
    template = "'{found}' is no QA code. Use one of {known}."


class OwnContact(DomainError):
    """An agent who would evaluate their own contact."""

    code = "grading.own_contact"
    template = "This is a contact of your own. Somebody else must evaluate it."


class EvaluatorIsManager(DomainError):
    """A direct manager who would evaluate an agent of theirs (seed 000 L21)."""

    code = "grading.evaluator_is_manager"
    template = "You manage {agent}. Evaluators are not direct managers: ask another evaluator."


class NotYourFinding(DomainError):
    """An appeal against somebody else's finding."""

    code = "grading.not_your_finding"
    template = "This finding or appeal is not your own. Only the agent concerned can appeal."


class AppealTooLate(DomainError):
    """An appeal after its last day."""

    code = "grading.appeal_too_late"
    template = "The appraisal of {month} was published; an appeal was possible until {last_day}. Talk to HR."


class AlreadyAppealed(DomainError):
    """A second appeal against one finding, or one against a void finding."""

    code = "grading.already_appealed"
    template = "This finding was appealed before or is void. Each finding can be appealed once."


class AppealClosed(DomainError):
    """A decision or withdrawal of an appeal that is no longer open."""

    code = "grading.appeal_closed"
    template = "This appeal is {status} already. Reload the page."


class ReasonMissing(DomainError):
    """An appeal, a decision or a submission without its reason."""

    code = "grading.reason_missing"
    template = "The reason is missing. Write it: the people concerned will read it."


class NotSecondReviewer(DomainError):
    """An appeal decided by the evaluator, the agent or a manager of the agent."""

    code = "grading.not_second_reviewer"
    template = (
        "An appeal is decided by a second reviewer: neither who found the error, nor {agent}, nor their manager. "
        "Ask somebody else."
    )


class MayNotCalibrate(DomainError):
    """Somebody acting on a calibration that is not theirs."""

    code = "grading.may_not_calibrate"
    template = (
        "You may calibrate the teams that you manage today. The whole company, and publishing, are for HR: ask them."
    )


class StillGrading(DomainError):
    """A calibration of a month whose grading is not finished."""

    code = "grading.still_grading"
    template = "{month} is still being graded. Wait until the grading is finished, then try again."


class NothingToCalibrate(DomainError):
    """A group without a grade that could be moved."""

    code = "grading.nothing_to_calibrate"
    template = "Nobody of this group has a grade in {month} that could still be moved. Grade the month first."


class CalibrationPublished(DomainError):
    """An act on a calibration that is published."""

    code = "grading.calibration_published"
    template = "The calibration of {month} is published: its grades never change. Reload the page."


class NotInGroup(DomainError):
    """A move of somebody who has no grade in the group."""

    code = "grading.not_in_group"
    template = "This person has no grade in the group of {month}. Reload the page and choose somebody on it."


class OwnGrade(DomainError):
    """Somebody moving their own grade."""

    code = "grading.own_grade"
    template = "{agent} is you: nobody moves their own grade. Ask another manager or HR."


class GradeIsFrozen(DomainError):
    """A move of a published appraisal."""

    code = "grading.grade_is_frozen"
    template = "The appraisal of {agent} is published and pay relies on it: its grade never changes."


class AlreadyThatGrade(DomainError):
    """A move to the grade that is held."""

    code = "grading.already_that_grade"
    template = "{agent} already holds grade '{grade}'. Choose another one."


class MovesToDecide(DomainError):
    """Publishing while moves were made for grades that are computed otherwise by now."""

    code = "grading.moves_to_decide"
    template = (
        "The computed grades of {count} people changed after they were moved: {agents}. "
        "Move them again or keep the computed grade, then publish."
    )


class MayNotTrain(DomainError):
    """A user without the right to run training."""

    code = "grading.may_not_train"
    template = "{user} may not run on-boarding, training and exams. An administrator can grant the right."


class OwnTraining(DomainError):
    """Somebody about to assess or train themselves."""

    code = "grading.own_training"
    template = "{agent} is you. Somebody else must record this."


class OnboardingAlreadyOpen(DomainError):
    """A second open on-boarding for the same agent."""

    code = "grading.onboarding_already_open"
    template = "{agent} is being on-boarded since {day} already. Change or close that one."


class OnboardingClosed(DomainError):
    """A change to an on-boarding that is over."""

    code = "grading.onboarding_closed"
    template = "The on-boarding of {agent} is closed. Start a new one."


class BadMentor(DomainError):
    """A mentor who is the new agent, or of another company."""

    code = "grading.bad_mentor"
    template = "{mentor} cannot be the mentor of {agent}. Choose another agent of the same company."


class NotAScore(DomainError):
    """Points outside 0 to 100."""

    code = "grading.not_a_score"
    template = "'{value}' is not a score. Enter points from 0 to 100."


class ScoreOfAbsent(DomainError):
    """A training score of somebody who was not there."""

    code = "grading.score_of_absent"
    template = "{agent} was absent and has no score. Leave the score empty, or mark the agent as present."


class DayNotCome(DomainError):
    """Something recorded for a day in the future."""

    code = "grading.day_not_come"
    template = "{day} has not come yet. Enter a day up to today."


class MysteryShoppingRecorded(DomainError):
    """A second mystery shopping of the same agent on the same day."""

    code = "grading.mystery_shopping_recorded"
    template = "A mystery shopping of {agent} on {day} is recorded already, and never changes. Record another day."


class TrainingSessionExists(DomainError):
    """A second training of the same topic on the same day."""

    code = "grading.training_session_exists"
    template = "The training '{topic}' on {day} is there already. Open that one."


class UnknownExam(DomainError):
    """An exam that nobody may take today."""

    code = "grading.unknown_exam"
    template = "There is no exam '{exam}' to take today. Choose one from the list of exams."


class NoMoreAttempts(DomainError):
    """One attempt more than the company allows on a day."""

    code = "grading.no_more_attempts"
    template = "'{exam}' may be started {most} time(s) a day. Try again tomorrow."


class AttemptIncomplete(DomainError):
    """An exam handed in with questions left open. The answers are kept."""

    code = "grading.attempt_incomplete"
    template = "Not answered yet: {questions}. Your other answers are kept. Answer these and hand in again."
