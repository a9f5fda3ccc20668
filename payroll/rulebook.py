"""Opens the plans and the law that ship with payroll. Nobody else opens those files."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from grading.kernel.document import canonical_data

COUNTRY = "cn"
"""The code of the country's document; its cities' and calendars' begin with it."""
_NATIONAL = ("wages", "income_tax")


def seed_plan_document() -> dict[str, Any]:
    """The pay plan ``seed`` as plain data, in the shape of a company's plans/*.yaml. A copy, free to change."""
    return deepcopy(_document("plans/seed.yaml"))


def statutory_documents() -> dict[str, dict[str, Any]]:
    """The law that ships, as JSON keeps it: ``cn`` with every national parameter, ``cn.city.shanghai`` …,
    ``cn.calendar.2026`` …. A copy, free to change.
    """
    return deepcopy(_statutory_documents())


def city_codes() -> tuple[str, ...]:
    """The cities whose rules ship, by code."""
    return tuple(sorted({*_city_names().values()}))


def city_named(text: str) -> str | None:
    """The code of the city that a code, a name or an alias means (``shanghai``, 上海, 上海市, Shanghai), or None."""
    return _city_names().get(text.strip().casefold())


@cache
def city_names() -> Mapping[str, Mapping[str, str]]:
    """City code → its name in ``zh`` and ``en``, for the cities whose rules ship."""
    return {
        body["city"]: {"zh": body["name_zh"], "en": body["name_en"]}
        for name, body in _statutory_documents().items()
        if name.startswith(f"{COUNTRY}.city.")
    }


@cache
def _statutory_documents() -> dict[str, dict[str, Any]]:
    found = {COUNTRY: {group: _statutory(group) for group in _NATIONAL}}
    found |= {f"{COUNTRY}.city.{code}": body for code, body in _statutory("cities").items()}
    found |= {f"{COUNTRY}.calendar.{year}": body for year, body in _statutory("calendar").items()}
    return found


def _statutory(folder: str) -> dict[str, dict[str, Any]]:
    """The documents of a folder of the law by file name, days as ISO text."""
    names = sorted(path.name for path in files("payroll").joinpath("rules", "statutory", COUNTRY, folder).iterdir())
    return {
        name.removesuffix(".yaml"): canonical_data(_document(f"statutory/{COUNTRY}/{folder}/{name}")) for name in names
    }


@cache
def _city_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, body in _statutory_documents().items():
        if name.startswith(f"{COUNTRY}.city."):
            for known in (body["city"], body["name_zh"], body["name_en"], *body["aliases"]):
                found[known.casefold()] = body["city"]
    return found


@cache
def _document(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(files("payroll").joinpath("rules", path).read_text(encoding="utf-8"))
    return document
