"""Statutory rules: what the law asks, with source and date; HR holds a company's own rows over those that ship.

The page shows what is in force and computes nothing. An own row is recorded or withdrawn, never edited; both acts are
noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from grading import public as grading
from grading.admin.shown import ShownAdmin, language, money_text, say
from grading.kernel.document import REPEATED, BrokenDocument, DocumentProblem
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact, exact_text
from payroll import models
from payroll.domain import law_document as law
from payroll.rulebook import COUNTRY, city_codes, statutory_documents
from payroll.services.statutory import statutory_row_check, statutory_row_record, statutory_row_withdraw
from payroll.statutory import ROW_KEYS, LawInForce, city_document_code, law_of
from payroll.wording import line_name

Parameter = models.StatutoryRow.Parameter
RIGHT = "payroll.view_statutoryrow"
_RATES = frozenset({"employee", "employer", "least_rate", "most_rate", "most_supplementary_rate", "rate"})
_PROVENANCE = frozenset({"from", "to", "source", "published", "checked_on", "verified", "note", "note_zh"})
_SAID = {
    law.FLOOR_ABOVE: gettext_lazy("The floor is more than the ceiling."),
    law.LEAST_ABOVE: gettext_lazy("The least rate is more than the most rate."),
    law.ENDS_EARLY: gettext_lazy("The last day lies before the first day."),
    law.GAP: gettext_lazy("Days between two rows would have no rule. Let the rows meet."),
    law.OVERLAP: gettext_lazy("Two rows would hold on the same days."),
    REPEATED: gettext_lazy("Two rows start on the same day."),
    "is missing": gettext_lazy("This rule needs it."),
    "is not a known key": gettext_lazy("This rule does not have it. Leave it empty."),
    "is not such a number": gettext_lazy("A share is a fraction from 0 to 1: eight percent is 0.08."),
    "is not an amount": gettext_lazy("An amount is yuan of zero or more with at most two places."),
}


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The address of the page, under the admin's own."""
    return [path("statutory/", site.admin_view(statutory_page), name="statutory")]


# --- The page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowShown:
    """One dated row as text. ``recorded_by`` is empty for what ships."""

    first_day: str
    last_day: str
    asks: str
    source: str
    note: str
    checked_on: str
    is_verified: bool
    is_in_force: bool
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule with all its rows, the latest first."""

    name: str
    rows: tuple[RowShown, ...]

    @property
    def is_covered(self) -> bool:
        return any(row.is_in_force for row in self.rows)


@dataclass(frozen=True, slots=True)
class CityShown:
    """One city of the list."""

    code: str
    name: str
    unverified: int
    own: int


@require_safe
def statutory_page(request: HttpRequest) -> HttpResponse:
    """Every rule of the country and of one city, as the company holds them on a day."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    companies = grading.Company.objects.order_by("pk")
    asked = request.GET.get("company", "")
    company = (companies.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None) or (
        companies.first()
    )
    day = _day(request.GET.get("day", ""))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Statutory rules"),
        "company": company,
        "companies": companies,
        "day": day,
        "may_record": request.user.has_perm("payroll.prepare_run"),
    }
    try:
        held = law_of(company.pk if company else 0)
    except DomainError as error:
        say(request, error)
        return TemplateResponse(request, "admin/payroll/statutory/page.html", context)
    own = _own_rows(company)
    cities = [_city(held, code, own) for code in sorted(held.law.cities)]
    chosen = request.GET.get("city", "")
    if chosen not in held.law.cities:
        chosen = cities[0].code
    context |= {
        "cities": cities,
        "city": next(each for each in cities if each.code == chosen),
        "city_rules": _city_rules(held, chosen, own, day),
        "national_rules": _national_rules(held, day),
        "calendars": _calendars(held),
        "record_query": urlencode({"company": company.pk if company else "", "city": chosen}),
    }
    return TemplateResponse(request, "admin/payroll/statutory/page.html", context)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


def _own_rows(company: grading.Company | None) -> Mapping[tuple[str, str, str], models.StatutoryRow]:
    """City, parameter and first day → the own row that holds."""
    rows = models.StatutoryRow.objects.filter(company=company).select_related("recorded_by").order_by("pk")
    return {(row.city, row.parameter, row.first_day.isoformat()): row for row in rows}


def _city(held: LawInForce, code: str, own: Mapping[tuple[str, str, str], models.StatutoryRow]) -> CityShown:
    _mark, body = held.documents[city_document_code(code)]
    rows = [row for rows in body["parameters"].values() for row in rows]
    return CityShown(
        code,
        body["name_zh"] if language() == "zh" else body["name_en"],
        sum(1 for row in rows if not row["verified"]),
        sum(1 for city, _parameter, _first in own if city == code),
    )


def _city_rules(
    held: LawInForce, code: str, own: Mapping[tuple[str, str, str], models.StatutoryRow], day: date
) -> list[RuleShown]:
    _mark, body = held.documents[city_document_code(code)]
    shipped = statutory_documents().get(city_document_code(code), {}).get("parameters", {})
    found = []
    for parameter in law.PARAMETERS:
        rows = body["parameters"].get(parameter, ())
        named = {
            row["from"]: (
                own[code, parameter, row["from"]].recorded_by.get_username(),
                _instead_of(row, shipped.get(parameter, ())),
            )
            for row in rows
            if (code, parameter, row["from"]) in own
        }
        if rows:
            found.append(RuleShown(capfirst(str(Parameter(parameter).label)), _rows(rows, day, named)))
    return found


def _national_rules(held: LawInForce, day: date) -> list[RuleShown]:
    _mark, body = held.documents[COUNTRY]
    name = "name_zh" if language() == "zh" else "name_en"
    return [
        RuleShown(parameter[name], _rows(parameter["values"], day, {}))
        for group in body.values()
        for parameter in group.values()
    ]


def _instead_of(own: Mapping[str, Any], shipped: Sequence[Mapping[str, Any]]) -> str:
    """What ships for the first day of an own row, empty where nothing does."""
    row = _in_force(shipped, own["from"])
    if row is None:
        return ""
    return _("Instead of: %(asks)s (%(source)s).") % {"asks": " · ".join(_asks(row)), "source": row["source"]}


def _in_force(rows: Sequence[Mapping[str, Any]], day: str) -> Mapping[str, Any] | None:
    """The row that covers a day, as ISO text like the rows' own."""
    held = [row for row in rows if row["from"] <= day]
    row = max(held, key=lambda each: str(each["from"])) if held else None
    return row if row is not None and row.get("to", day) >= day else None


def _rows(
    rows: Sequence[Mapping[str, Any]], day: date, recorded: Mapping[str, tuple[str, str]]
) -> tuple[RowShown, ...]:
    now = _in_force(rows, day.isoformat())
    return tuple(
        RowShown(
            first_day=row["from"],
            last_day=row.get("to", ""),
            asks=" · ".join(_asks(row)),
            source=row["source"],
            note=recorded[row["from"]][1]
            if row["from"] in recorded
            else row.get("note_zh" if language() == "zh" else "note", ""),
            checked_on=row["checked_on"],
            is_verified=row["verified"],
            is_in_force=row is now,
            recorded_by=recorded.get(row["from"], ("", ""))[0],
        )
        for row in sorted(rows, key=lambda each: str(each["from"]), reverse=True)
    )


def _asks(row: Mapping[str, Any]) -> Iterator[str]:
    """What a row asks, part by part; the words are those of the columns HR fills in."""
    order = [*ROW_KEYS, *row]
    for key, value in sorted(row.items(), key=lambda held: order.index(held[0])):
        if key in _PROVENANCE or value == "0":
            continue
        if key == "bands":
            rates = [_percent(band["rate"]) for band in value]
            yield _("%(count)d bands, %(first)s to %(last)s") % {
                "count": len(value),
                "first": rates[0],
                "last": rates[-1],
            }
        elif key == "codes":
            yield ", ".join(line_name(code, language()) for code in value)
        elif key == "limits":
            yield ", ".join(value)
        else:
            yield f"{_label(key)} {_value(key, value)}".strip()


def _label(key: str) -> str:
    if key == "value":
        return ""
    if key in {"amount", "upto"}:
        return _("amount") if key == "amount" else _("up to")
    if key == "rate":
        return _("rate")
    return str(label_for_field(key, models.StatutoryRow))


def _value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key in _RATES:
        return _percent(value)
    if key == "rounding":
        return str(models.StatutoryRow.Round(value).label)
    if key == "value":
        return exact_text(exact(value))
    return money_text(Decimal(value))


def _percent(value: str) -> str:
    return f"{exact_text(exact(value) * 100)}%"


def _calendars(held: LawInForce) -> list[tuple[int, int, int, int, str]]:
    """Year, statutory holidays, weekdays off, worked weekends, source."""
    found = []
    for year in sorted(held.law.calendar.years):
        body = held.documents[f"{COUNTRY}.calendar.{year}"][1]
        days = held.law.calendar.years[year]
        found.append((year, len(days.holidays), len(days.days_off), len(days.make_up_days), body["source"]))
    return found


# --- Own rows ---------------------------------------------------------------------------------------------------------


class StatutoryRowForm(forms.ModelForm):  # type: ignore[type-arg]
    """An own row, checked together with every other row of its city."""

    class Meta:
        model = models.StatutoryRow
        fields: ClassVar = [
            "company", "city", "parameter", "first_day", "last_day", "employee", "employer", "employee_fixed",
            "employer_fixed", "floor", "ceiling", "least_rate", "most_rate", "most_supplementary_rate", "rounding",
            "monthly", "hourly", "is_net", "source", "checked_on",
        ]  # fmt: skip
        help_texts: ClassVar = {
            "city": gettext_lazy("A city that is not listed yet becomes a new one."),
            "last_day": gettext_lazy("Included. Empty: until the next row starts."),
            "employee": gettext_lazy("A fraction: 0.08 for eight percent."),
            "source": gettext_lazy("The notice or page that says it. Obligatory: pay relies on it."),
            "checked_on": gettext_lazy("The day on which you read it there."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "city" in self.fields:  # nothing is editable in a row that is there
            self.fields["city"].widget.attrs |= {"list": "cities", "autocomplete": "off"}

    def clean_checked_on(self) -> date:
        day: date = self.cleaned_data["checked_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        held: dict[str, Any] = super().clean() or {}
        if not self.errors:
            row = models.StatutoryRow(**held)
            try:
                statutory_row_check(row)
            except BrokenDocument as broken:
                for problem in broken.problems:
                    self._say(problem, row)
        return held

    def _say(self, problem: DocumentProblem, row: models.StatutoryRow) -> None:
        """A problem at its own field where it is one of the row's; the cities' other rows are named by their path."""
        key = problem.path.rpartition(".")[2]
        column = "monthly" if key == "value" else ROW_KEYS.get(key, key)
        sentence = str(_SAID[problem.wrong]) if problem.wrong in _SAID else f"{problem.wrong}: {problem.expected}"
        if column in self.fields and problem.path.startswith(f"parameters.{row.parameter}."):
            self.add_error(column, sentence)
        else:
            self.add_error(None, f"{problem.path}: {sentence}")


@admin.register(models.StatutoryRow)
class StatutoryRowAdmin(ShownAdmin):
    """A company's own rows. Recorded and withdrawn, never edited."""

    form = StatutoryRowForm
    list_display = ("city", "parameter", "first_day", "last_day", "source", "checked_on", "recorded_by", "recorded_at")
    list_filter = ("company", "parameter", "city")
    list_select_related = ("recorded_by",)
    search_fields = ("city", "source")
    change_list_template = "admin/payroll/statutory/change_list.html"
    add_form_template = "admin/payroll/statutory/add_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payroll.prepare_run")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("payroll.prepare_run")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return StatutoryRowForm.Meta.fields if obj is None else super().get_fields(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return [(None, {"fields": self.get_fields(request)})]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else super().get_readonly_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "company": grading.Company.objects.order_by("pk").values_list("pk", flat=True).first(),
            "checked_on": timezone.localdate(),
            **super().get_changeform_initial_data(request),
        }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, {**(extra_context or {}), "city_names": _city_names()})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  Django's
        statutory_row_record(row=obj, recorded_by=cast("User", request.user))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except BrokenDocument as broken:
            messages.error(request, "; ".join(str(problem) for problem in broken.problems))
            return HttpResponseRedirect(reverse("admin:payroll_statutoryrow_changelist"))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        statutory_row_withdraw(row=obj, withdrawn_by=cast("User", request.user))


def _city_names() -> list[tuple[str, str]]:
    """Code and name of the cities that ship."""
    documents = statutory_documents()
    name = "name_zh" if language() == "zh" else "name_en"
    return [(code, documents[city_document_code(code)][name]) for code in city_codes()]


@admin.register(models.WorkCalendarYear)
class WorkCalendarYearAdmin(ShownAdmin):
    """A company's own calendars, loaded from calendar.csv."""

    list_display = ("year", "source", "company")
    list_filter = ("company",)
    list_select_related = ("company",)


@admin.register(models.LawDocument)
class LawDocumentAdmin(ShownAdmin):
    """The documents of the law that payslips were computed with."""

    list_display = ("code", "recorded_at", "fingerprint")
    list_filter = ("code",)
    search_fields = ("code", "=fingerprint")
    ordering = ("-recorded_at", "code")
