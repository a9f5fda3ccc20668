"""``manage.py compute_metrics RAWDIR``: raw platform exports as metrics. Needs no company and no database."""

from __future__ import annotations

import json
import sys
import unicodedata
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import get_language, gettext

from grading.domain.metrics import engine
from grading.domain.metrics.definition import Platform, Readings, flat_readings
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue
from grading.imports.documents import read_document
from grading.imports.problem import Problem
from grading.imports.raw import ACCOUNTS, AGENTS, RawRead, outside, read_raw
from grading.imports.raw_source import ENDINGS
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_text
from grading.kernel.period import Span
from grading.rulebook import metric_definitions
from grading.wording import LIST_SEPARATOR, measure_words, metric_name

STDOUT = "-"


class Command(BaseCommand):
    """Exit status 0 when the metrics were computed, 1 when a file was refused, 2 for a wrong argument."""

    help = "Raw platform exports into metrics; writes nothing but --json FILE."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="RAWDIR", type=Path, help="a folder of exports: CSV, XLSX or Parquet")
        parser.add_argument("--platform", required=True, choices=[each.value for each in Platform])
        parser.add_argument("--from", dest="first", required=True, type=_day, metavar="DATE", help="the first day")
        parser.add_argument("--to", dest="last", required=True, type=_day, metavar="DATE", help="the last, included")
        parser.add_argument("--by", default=By.AGENT.value, choices=[each.value for each in By])
        parser.add_argument("--json", metavar="FILE", help="write the values here; - for standard output")
        parser.add_argument(
            "--reading",
            action="append",
            default=[],
            type=_reading,
            metavar="METRIC.OPTION=VALUE",
            help="a reading that holds instead of the default or the company's; may be given again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["last"] < options["first"]:
            raise CommandError(f"--to {options['last']} lies before --from {options['first']}.", returncode=2)
        span = Span(options["first"], options["last"] + timedelta(days=1))
        platform, by = Platform(options["platform"]), By(options["by"])
        target = None if options["json"] in (None, STDOUT) else Path(options["json"])
        told = self.stderr if options["json"] == STDOUT else self.stdout
        try:
            files = _files(options["folder"], by)
            definitions = metric_definitions()
            readings = Readings(definitions, {**self._company_readings(options["folder"]), **dict(options["reading"])})
            read = read_raw(files, platform)
            for notice in read.notices:
                told.write(f"note: {notice}")
            self._refuse(read.problems)
            values = engine.compute(
                Events(read.tables, span, platform), (by,), engine.metrics_of(platform, definitions.values()), readings
            )
            if target is not None:
                target.write_text(_json(values), encoding="utf-8")
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        for line in _rows_read(read, span):
            told.write(line)
        if options["json"] == STDOUT:
            self.stdout.write(_json(values), ending="")
        elif target is None:
            for line in _table(values):
                self.stdout.write(line)

    def _company_readings(self, folder: Path) -> Mapping[str, str]:
        """The metric readings of company.yaml, when RAWDIR is COMPANY/MONTH/raw; other areas' readings are left out."""
        path = _company_folder(folder) / "company.yaml"
        if not path.is_file():
            return {}
        document = read_document(path.name, path.read_bytes())
        self._refuse(document.problems)
        written = document.data.get("readings")
        chosen = flat_readings(written) if isinstance(written, dict) else {}
        definitions = metric_definitions()
        return {key: str(value) for key, value in chosen.items() if key.partition(".")[0] in definitions}

    def _refuse(self, problems: list[Problem]) -> None:
        """Ends the command with every problem, one line each; nothing was written by then."""
        if not problems:
            return
        for problem in problems:
            self.stderr.write(str(problem))
        self.stderr.write(f"{len(problems)} problems; nothing was computed.")
        sys.exit(1)


# ── what was asked for ───────────────────────────────────────────────────────────────────────────────────────────────


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is not a day; write it as YYYY-MM-DD, for example 2026-10-31") from error
    if day.isoformat() != text:
        raise ArgumentTypeError(f"'{text}' is not written as YYYY-MM-DD, for example 2026-10-31")
    return day


def _reading(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not (key and mark and value):
        raise ArgumentTypeError(f"'{text}' is not METRIC.OPTION=VALUE, for example reply_rate_30s.level=turn")
    return key, value


def _company_folder(folder: Path) -> Path:
    """The company's folder when RAWDIR is COMPANY/MONTH/raw."""
    return folder.resolve().parent.parent


def _files(folder: Path, by: By) -> dict[str, Path]:
    """The exports by file name; accounts and teams are also looked for in the company's folder. Raises CommandError."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder. Name the folder that holds the exports, such as orders.csv.")
    files = {path.name: path for path in sorted(folder.iterdir()) if path.is_file() and not _is_litter(path.name)}
    if not any(name.lower().endswith(ENDINGS) for name in files):
        raise CommandError(f"{folder} holds no export. Exports are .csv, .xlsx or .parquet files, such as orders.csv.")
    for stem in (ACCOUNTS, AGENTS) if by is By.TEAM else (ACCOUNTS,):
        if not any(name.lower().rpartition(".")[0] == stem for name in files):
            files |= {path.name: path for path in sorted(_company_folder(folder).glob(f"{stem}.*")) if _is_table(path)}
    if by is By.TEAM and not any(name.lower().rpartition(".")[0] == AGENTS for name in files):
        raise CommandError(
            f"--by team needs to know the teams: put agents.csv with the columns agent_no and team into {folder}."
        )
    return files


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".xlsx")


def _is_litter(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in ("thumbs.db", "desktop.ini")


# ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────────


def _json(values: Iterable[MetricValue]) -> str:
    rows = [
        {
            "metric": value.metric,
            "by": value.by.value,
            "subject": value.subject,
            "value": None if value.value is None else exact_text(value.value),
            "numerator": None if value.value is None or value.numerator is None else exact_text(value.numerator),
            "denominator": None if value.value is None or value.denominator is None else exact_text(value.denominator),
            "reason": value.reason,
        }
        for value in values
    ]
    return "[" + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]\n"


def _rows_read(read: RawRead, span: Span) -> Iterator[str]:
    away = outside(read.tables, span)
    for table, frame in read.tables.items():
        yield gettext("{file}: {rows} rows, {outside} outside {first} to {last}").format(
            file=read.files[table], rows=frame.height, outside=away[table], first=span.start, last=span.last_day
        )


def _table(values: Iterable[MetricValue]) -> Iterator[str]:
    """Subject by subject; what no subject has stands once at the end, with the column that is missing."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    subjects: dict[str, list[MetricValue]] = {}
    missing: dict[str, dict[str, None]] = {}
    for value in values:
        if value.reason in (None, NOT_APPLICABLE):
            subjects.setdefault(value.subject, []).append(value)
        else:
            missing.setdefault(str(value.reason), {})[metric_name(value.metric, language)] = None
    if not subjects and not missing:
        yield gettext("The rows of these days name nobody.")
    for subject, held in subjects.items():
        yield ""
        yield subject
        known = [value for value in held if value.value is not None]
        rows = [_words(value, language) for value in known]
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)] if rows else []
        for name, shown, quotient in rows:
            yield f"  {_padded(name, widths[0])}  {_padded(shown, widths[1])}  {quotient}".rstrip()
        idle = gettext(LIST_SEPARATOR).join(metric_name(each.metric, language) for each in held if each.reason)
        if idle:
            yield "  " + gettext("not applicable: {metrics}").format(metrics=idle)
    if missing:
        yield ""
    for reason, names in missing.items():
        column = reason.removeprefix("missing: ")
        metrics = gettext(LIST_SEPARATOR).join(names)
        yield gettext("{column} is missing: {metrics}").format(column=column, metrics=metrics)


def _words(value: MetricValue, language: str) -> tuple[str, str, str]:
    """The name, the value as screens show it, and what was divided by what, where something was."""
    if value.value is None or value.numerator is None or value.denominator is None:
        raise ValueError(f"{value.metric} has no value")
    above, below = exact_text(value.numerator, 2), exact_text(value.denominator, 2)
    shown = measure_words(value.metric, value.value, language)
    return metric_name(value.metric, language), shown, "" if below == "1" else f"{above} / {below}"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
