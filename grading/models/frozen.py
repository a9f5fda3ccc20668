"""What of grading the database refuses to change: published appraisals, grades and rules, and decided promotions."""

from __future__ import annotations

from grading.jobs.frozen import Frozen
from grading.tables import FROZEN_VERSION

_SESSION_PUBLISHED = (
    "EXISTS (SELECT 1 FROM grading_calibrationsession session "
    "WHERE session.id = {row}.session_id AND session.state = 'published')"
)

FROZEN = (
    Frozen("grading_appraisal", rows="{row}.published_at IS NOT NULL"),
    Frozen("grading_appraisalcycle", rows="{row}.status = 'published'"),
    Frozen("grading_calibrationsession", rows="{row}.state = 'published'"),
    Frozen("grading_calibrationmove", added=_SESSION_PUBLISHED),
    Frozen("grading_promotionrequest", rows="{row}.status <> 'proposed'"),
    Frozen("grading_scorecardversion", rows=FROZEN_VERSION),
    Frozen("grading_ladderversion", rows=FROZEN_VERSION),
    Frozen("grading_qaformversion", rows=FROZEN_VERSION),
    Frozen("grading_examversion", rows=FROZEN_VERSION),
)
