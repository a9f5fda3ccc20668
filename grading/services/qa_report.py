"""The daily QA report: read from the rows of a day, as a document, and kept every evening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_noop as _

from grading import models, raw, selectors
from grading.documents.qa_report import QaReportSheet, ReportRow, draw_qa_report
from grading.documents.style import Bilingual
from grading.domain.qa_report import AgentDay, QaCounts, QaDay, qa_day
from grading.kernel.errors import DomainError
from grading.kernel.exact import shown
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint
from grading.rulebook import qa_codes
from grading.sheets import both, company_name

Source = models.QaSample.Source
SurveyPushed = models.QaEvaluation.SurveyPushed
_TIMES = _("{count} times")
DAYS_BEFORE = 7
"""How many days before today are looked at again: exports and evaluations of a day come some days later."""


def qa_report(*, company: models.Company, day: date, agent_ids: Collection[int] | None = None) -> QaDay:
    """What the QA of a day came to, of these agents or of all. A constant number of queries.

    Sampled and evaluated contacts belong to the day they took place; findings loaded from files, of which only the
    day of the check is known, to that day. Agents of whom there is nothing are left out.
    """
    month = Month.of(day)
    contacts = {
        agent_id: sessions
        for agent_id, sessions in raw.contacts_on(company.pk, day).items()
        if agent_ids is None or agent_id in agent_ids
    }
    samples = models.QaSample.objects.filter(agent__company=company, day=day).select_related("evaluation")
    loaded = models.QaFinding.objects.filter(agent__company=company, checked_on=day, evaluation=None, is_void=False)
    if agent_ids is not None:
        samples, loaded = samples.filter(agent_id__in=agent_ids), loaded.filter(agent_id__in=agent_ids)

    counts: dict[int, QaCounts] = defaultdict(QaCounts)
    codes: dict[int, list[str]] = defaultdict(list)
    evaluations = set()
    for agent_id, sessions in contacts.items():
        counts[agent_id] += QaCounts(contacts=len(sessions))
    for sample in samples:
        is_drawn = sample.source == Source.RANDOM
        counts[sample.agent_id] += QaCounts(drawn=int(is_drawn), submitted=int(not is_drawn))
        if sample.is_evaluated:
            evaluations.add(sample.evaluation.pk)
            counts[sample.agent_id] += _evaluated(sample.evaluation)
    concerned = {*counts, *loaded.values_list("agent_id", flat=True)}
    for row, judged in selectors.judged_rows(concerned, month):
        if row.evaluation_id in evaluations if row.evaluation_id else row.checked_on == day:
            codes[row.agent_id].append(row.code)
            counts[row.agent_id] += QaCounts(
                fatal=int(judged.is_fatal), non_fatal=int(not judged.is_fatal), escalated=int(judged.is_escalated)
            )
    people = selectors.people(concerned, month)
    return qa_day(
        day,
        (
            AgentDay(person.agent_no, person.name, person.team_name, counts[agent_id], tuple(codes[agent_id]))
            for agent_id, person in people.items()
        ),
    )


def _evaluated(evaluation: models.QaEvaluation) -> QaCounts:
    return QaCounts(
        evaluated=1,
        survey_pushed=int(evaluation.survey_pushed == SurveyPushed.YES),
        survey_not_pushed=int(evaluation.survey_pushed == SurveyPushed.NO),
        scores=(evaluation.score,),
    )


def qa_report_sheet(company: models.Company, report: QaDay) -> QaReportSheet:
    """The report as its document reads it."""
    rows = []
    for team in report.teams:
        rows += [_row(f"{agent.agent_no} {agent.name}", agent.counts) for agent in team.agents]
        rows.append(replace(_row(team.team or "—", team.counts), is_total=True))
    return QaReportSheet(
        number=f"{company.code}-QA-{report.day}".upper(),
        company=company_name(company),
        day=report.day.isoformat(),
        rows=tuple(rows),
        total=_row("", report.counts),
        errors=tuple((error_name(code), both(_TIMES, count=count)) for code, count in report.errors),
    )


def error_name(code: str) -> Bilingual:
    """A QA code with its name; the code itself where it is not known."""
    known = qa_codes().get(code)
    return Bilingual(f"{code} {known.name_zh}", f"{code} {known.name_en}") if known else Bilingual(code, code)


def _row(name: str, counts: QaCounts) -> ReportRow:
    return ReportRow(
        name=name,
        contacts=str(counts.contacts),
        sampled=str(counts.sampled),
        evaluated=str(counts.evaluated),
        fatal=str(counts.fatal),
        non_fatal=str(counts.non_fatal),
        escalated=str(counts.escalated),
        survey_pushed=f"{counts.survey_pushed} / {counts.survey_known}" if counts.survey_known else "—",
        mean="—" if counts.mean is None else shown(counts.mean),
    )


# --- Every evening ----------------------------------------------------------------------------------------------------


def reports_make(today: date) -> int:
    """Make and keep the reports of today and the seven days before, of every company; returns how many were made.

    A report that says what the kept one says is not made again. One that cannot be made, for example because a
    character has no glyph, does not stop the others: its error is raised after them.
    """
    made, refused = 0, None
    for company in models.Company.objects.order_by("pk"):
        for back in range(DAYS_BEFORE, -1, -1):
            try:
                made += _report_made(company, today - timedelta(days=back))
            except DomainError as error:
                refused = error
    if refused is not None:
        raise refused
    return made


def _report_made(company: models.Company, day: date) -> bool:
    """Whether the day's report was made: nothing is kept of a day without anything, unless it had something before."""
    report = qa_report(company=company, day=day)
    kept = models.QaReport.objects.filter(company=company, day=day).first()
    says = fingerprint(report)
    if kept.fingerprint == says if kept else not report.teams:
        return False
    body = draw_qa_report(qa_report_sheet(company, report))  # takes its time: before the transaction
    with transaction.atomic():
        _keep(kept or models.QaReport(company=company, day=day), report, says, body)
    return True


def _keep(row: models.QaReport, report: QaDay, says: str, body: bytes) -> None:
    """Write file and row; the file that is replaced goes."""
    before = row.file.name
    row.fingerprint = says
    row.contacts, row.evaluated, row.fatal = report.counts.contacts, report.counts.evaluated, report.counts.fatal
    row.file.save(f"qa_reports/{row.company_id}/{row.day}-{says[:16]}.pdf", ContentFile(body), save=False)
    row.save()
    if before:
        row.file.storage.delete(before)
