"""A company's own rules of the law: rows that HR records over those that ship, and calendars from files."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from grading import public as grading
from grading.jobs import services as jobs
from payroll import models
from payroll.domain.law_document import city_from
from payroll.errors import MayNot
from payroll.imports.calendar_file import CalendarFile
from payroll.rulebook import city_named
from payroll.statutory import city_document, rows_by_city

OBJECT = "statutory_row"


@transaction.atomic
def statutory_row_record(*, row: models.StatutoryRow, recorded_by: User) -> models.StatutoryRow:
    """Hold a row that is not saved yet instead of, or besides, those that ship. The city may be a name or an alias.

    Nothing posted changes. Raises MayNot, and BrokenDocument when the city's rules would be broken with it.
    """
    statutory_row_check(row)
    _require_hr(recorded_by)
    row.recorded_by = recorded_by
    row.save(force_insert=True)
    _note(row, recorded_by, "record")
    return row


@transaction.atomic
def statutory_row_withdraw(*, row: models.StatutoryRow, withdrawn_by: User) -> None:
    """Hold what ships again on the days of a row. Payslips computed with it keep their documents.

    Raises MayNot, and BrokenDocument when the rows that stay would leave a gap.
    """
    _require_hr(withdrawn_by)
    rest = _rows_of_city(row).exclude(pk=row.pk)
    city_from(city_document(row.city, rows_by_city(rest).get(row.city, {})))
    _note(row, withdrawn_by, "withdraw")
    row.delete()


def statutory_row_check(row: models.StatutoryRow) -> None:
    """The row's city by its code, and whether its rules are sound with it. Raises BrokenDocument."""
    row.city = city_named(row.city) or row.city.strip()
    rows = [*_rows_of_city(row), row]
    city_from(city_document(row.city, rows_by_city(rows)[row.city]))


def calendars_sync(company: grading.Company, calendar: CalendarFile) -> grading.TableSync[models.WorkCalendarYear]:
    """The calendars of a file as rows; years that it does not name stay as they are."""
    rows = models.WorkCalendarYear.objects.filter(company=company)
    return grading.TableSync(
        calendar.file,
        existing=(((row.year,), row) for row in rows),
        wanted={(year,): {"body": body, "source": body["source"]} for year, body in calendar.years.items()},
        make=lambda key, values: models.WorkCalendarYear(company=company, year=key[0], **values),
        removes=False,
    )


def _rows_of_city(row: models.StatutoryRow) -> QuerySet[models.StatutoryRow]:
    return models.StatutoryRow.objects.filter(company_id=row.company_id, city=row.city).order_by("pk")


def _require_hr(user: User) -> None:
    if not user.has_perm("payroll.prepare_run"):
        raise MayNot(user=user.get_username(), act="change statutory rules")


def _note(row: models.StatutoryRow, actor: User, act: str) -> None:
    jobs.audit(
        actor=actor,
        action=f"statutory.{act}",
        object_type=OBJECT,
        object_id=row.pk,
        detail={"city": row.city, "rule": row.parameter, "from": row.first_day.isoformat(), "source": row.source},
    )
