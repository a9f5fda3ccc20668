"""The law's own data files as rows with days. Parsed YAML comes in; nothing is opened here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.scenarios.reference.figures import Parked, number

AMOUNTS = frozenset(
    (
        *("value", "employee", "employer", "employee_fixed", "employer_fixed", "floor", "ceiling", "least_rate"),
        *("most_rate", "most_supplementary_rate", "monthly", "amount", "rate", "upto", "quick_deduction", "yearly"),
    )
)


class Law:
    """``files``: path without its ending → document: ``wages/hours_per_day``, ``cities/beijing``, ``calendar/2026``."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = {path: _exact(document) for path, document in files.items()}

    def row(self, path: str, day: date) -> Mapping[str, Any]:
        """The row of a national file in force on a day."""
        return _on(self._files[path]["values"], day)

    def value(self, path: str, day: date) -> Fraction:
        return self.row(path, day)["value"]

    def knows(self, city: str) -> bool:
        return f"cities/{city}" in self._files

    def city_row(self, city: str, parameter: str, day: date) -> Mapping[str, Any] | None:
        """A city's row in force on a day; None where the city has no such parameter at all."""
        if not self.knows(city):
            raise Parked("payroll.city_unknown")
        rows = self._files[f"cities/{city}"]["parameters"].get(parameter)
        return None if rows is None else _on(rows, day)

    def city_called(self, name: str) -> str:
        """The code of a city by code, name or alias; the name itself where nobody is called so."""
        for path, document in self._files.items():
            if path.startswith("cities/"):
                names = (document["city"], document["name_zh"], document["name_en"].lower(), *document["aliases"])
                if name.strip().lower() in names:
                    return document["city"]
        return name

    def knows_year(self, year: int) -> bool:
        return year in self._years

    def is_workday(self, day: date) -> bool:
        return self.is_paid_day(day) and day not in self._years[day.year][0]

    def is_paid_day(self, day: date) -> bool:
        """计薪日: a workday or a statutory holiday."""
        year = self._years.get(day.year)
        if year is None:
            raise Parked("payroll.calendar_missing")
        holidays, days_off, made_up = year
        return day in holidays or day in made_up or (day.weekday() < 5 and day not in days_off)

    @cached_property
    def _years(self) -> dict[int, tuple[frozenset[date], frozenset[date], frozenset[date]]]:
        return {
            document["year"]: tuple(frozenset(document[name]) for name in ("holidays", "days_off", "make_up_days"))
            for path, document in self._files.items()
            if path.startswith("calendar/")
        }


def _on(rows: list[Mapping[str, Any]], day: date) -> Mapping[str, Any]:
    for row in rows:
        if row["from"] <= day and ("to" not in row or day <= row["to"]):
            return row
    raise Parked("kernel.rule_has_ended" if day >= rows[0]["from"] else "kernel.no_rule_in_force")


def _exact(held: Any) -> Any:
    """Amounts as fractions, wherever they stand."""
    if isinstance(held, list):
        return [_exact(each) for each in held]
    if isinstance(held, dict):
        return {
            key: number(value) if key in AMOUNTS and isinstance(value, str) else _exact(value)
            for key, value in held.items()
        }
    return held
