"""The law as one company follows it: what ships with the product, with the company's own rows and calendars over it.

Read in two queries, whatever the number of people; what it comes to is kept for as long as those rows are the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from grading import public as grading
from grading.kernel.document import canonical_data
from grading.kernel.snapshot import fingerprint
from payroll import models
from payroll.domain.law import Law
from payroll.domain.law_document import calendar_from, city_from, merged, national_from, new_city
from payroll.domain.work_calendar import WorkCalendar
from payroll.rulebook import COUNTRY, city_named, statutory_documents

ROW_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "from": "first_day",
        "to": "last_day",
        "employee": "employee",
        "employer": "employer",
        "employee_fixed": "employee_fixed",
        "employer_fixed": "employer_fixed",
        "floor": "floor",
        "ceiling": "ceiling",
        "least_rate": "least_rate",
        "most_rate": "most_rate",
        "most_supplementary_rate": "most_supplementary_rate",
        "monthly": "monthly",
        "hourly": "hourly",
        "source": "source",
        "checked_on": "checked_on",
    }
)
"""Key of a row in a city's document → column of ``StatutoryRow``; the rounding and ``is_net`` apart."""


@dataclass(frozen=True, slots=True)
class LawInForce:
    """The law of a company, and the documents it was read from: code → (fingerprint, body).

    The codes are ``cn``, ``cn.city.CODE`` and ``cn.calendar.YEAR``.
    """

    law: Law
    documents: Mapping[str, tuple[str, Mapping[str, Any]]]

    def used(self, cities: Iterable[str], year: int) -> tuple[tuple[str, str], ...]:
        """The code and fingerprint of each document behind a payslip: the country, a calendar, the person's cities.

        What is not known is left out; asking the law itself for it raises.
        """
        codes = (COUNTRY, calendar_document_code(year), *map(city_document_code, cities))
        return tuple((code, self.documents[code][0]) for code in codes if code in self.documents)


def law_in_force(company: grading.Company) -> LawInForce | None:
    """The law that a company's people are paid by; None for one under no statutory rules. Two queries.

    Raises BrokenDocument.
    """
    return law_of(company.pk) if company.statutory == company.Statutory.CN else None


def shipped_law() -> LawInForce:
    """The law as it ships, for a company that is not loaded yet."""
    return _law(json.dumps({"cities": {}, "calendars": {}}))


def law_of(company_id: int) -> LawInForce:
    """The law as a company holds it, whether it is paid by it or not. Two queries. Raises BrokenDocument."""
    return _law(_own(company_id))


def calendar_of(company: grading.Company) -> WorkCalendar:
    """The working calendar of a company, its own years over those that ship. Two queries. Raises BrokenDocument."""
    return law_of(company.pk).law.calendar


def city_code(text: str, law: LawInForce) -> str:
    """The code of the city that a cell means, by code, name or alias; the text itself where no city is called so.

    Asking the law for a city that is not known raises CityUnknown.
    """
    written = text.strip()
    return written if written in law.law.cities else city_named(written) or written


def own_rows(company_id: int) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """City → parameter → a company's own rows as documents have them, in the order they were recorded. One query."""
    return rows_by_city(models.StatutoryRow.objects.filter(company_id=company_id).order_by("pk"))


def rows_by_city(rows: Iterable[models.StatutoryRow]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """City → parameter → rows as documents have them, in the order given."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.city][row.parameter].append(row_document(row))
    return found


def row_document(row: models.StatutoryRow) -> dict[str, Any]:
    """A company's own row as a city's document has it. Who recorded it read the source: it counts as verified."""
    document = {key: getattr(row, column) for key, column in ROW_KEYS.items()}
    if row.parameter == models.StatutoryRow.Parameter.RENT_LIMIT:
        document["value"] = document.pop("monthly")
    if row.rounding != models.StatutoryRow.Round.FEN_HALF_UP:
        document["rounding"] = row.rounding
    document["is_net"] = True if row.is_net else None
    body: dict[str, Any] = canonical_data({**document, "verified": True})
    return body


def city_document(city: str, own: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A city's document with own rows by parameter over it; a city that does not ship starts empty."""
    return merged(_shipped_documents().get(city_document_code(city), new_city(city)), own)


def city_document_code(city: str) -> str:
    """The code of a city's document."""
    return f"{COUNTRY}.city.{city}"


def calendar_document_code(year: int) -> str:
    """The code of a year's calendar."""
    return f"{COUNTRY}.calendar.{year}"


def law_from(documents: Mapping[str, Any]) -> Law:
    """The law of documents by code: the country's, and the cities and calendars among them. Raises BrokenDocument."""
    wages, income_tax = national_from(documents[COUNTRY])
    cities = [city_from(body) for code, body in documents.items() if code.startswith(f"{COUNTRY}.city.")]
    years = [calendar_from(body) for code, body in documents.items() if code.startswith(f"{COUNTRY}.calendar.")]
    return Law(wages, income_tax, WorkCalendar(dict(years)), {city.code: city for city in cities})


def _own(company_id: int) -> str:
    """A company's own rows and calendars as one text: equal rows make an equal text."""
    calendars = models.WorkCalendarYear.objects.filter(company_id=company_id).values_list("year", "body")
    own = {"cities": own_rows(company_id), "calendars": {str(year): body for year, body in calendars}}
    return json.dumps(own, ensure_ascii=False, sort_keys=True)


@cache
def _shipped_documents() -> Mapping[str, dict[str, Any]]:
    return statutory_documents()


@lru_cache(maxsize=64)
def _law(own: str) -> LawInForce:
    held = json.loads(own)
    documents = {**_shipped_documents()}
    for city, rows in held["cities"].items():
        documents[city_document_code(city)] = city_document(city, rows)
    for year, body in held["calendars"].items():
        documents[calendar_document_code(year)] = body
    prints = {code: (fingerprint(body), body) for code, body in documents.items()}
    return LawInForce(law_from(documents), MappingProxyType(prints))
