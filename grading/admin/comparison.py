"""The comparison report: who against whom, which days; a table, a chart made by the server, and a CSV file.

A manager compares managed agents only; anybody else is as good as not there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from io import StringIO
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from grading import models, selectors
from grading.admin import charts
from grading.admin.shown import EMPTY, language, say
from grading.domain.comparison import MIN_BEYOND, MIN_POINTS, Compared, Pooled, Side, Verdict
from grading.domain.metrics.definition import Unit
from grading.domain.metrics.values import NOT_APPLICABLE
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_store, exact_text, shown
from grading.kernel.period import Month, Span
from grading.rulebook import metric_definitions
from grading.services.comparison import RECEPTION, Comparison, Reading, comparison, directions
from grading.wording import measure_words, metric_name, trimmed

DEFAULT_OUTCOME = "inquiry_conversion_rate"
DEFAULT_WIDTH = 50
MAX_DAYS = 93
DOTS_DRAWN = 1500
TEAM = "team:"


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the reader may compare: agent numbers with names, and team codes with their names and agent numbers."""

    agents: Mapping[str, str]
    teams: Mapping[str, tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of both sides as text. ``better`` is ``a``, ``b`` or empty; the notes say how many were measured."""

    name: str
    a: str
    b: str
    note_a: str
    note_b: str
    difference: str
    relative: str
    better: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing of agent-days: dots of A and B, the pooled line, and where saturation stands (None: not found)."""

    x: charts.Axis
    y: charts.Axis
    dots_a: tuple[charts.Mark, ...]
    dots_b: tuple[charts.Mark, ...]
    pooled: tuple[charts.Mark, ...]
    line: str
    saturation: int | None
    hidden: int
    width: int = charts.WIDTH
    height: int = charts.HEIGHT


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the page and its file, under the admin's own."""
    return [
        path("comparison/", site.admin_view(comparison_page), name="comparison"),
        path("comparison/csv/", site.admin_view(comparison_csv), name="comparison_csv"),
    ]


class ComparisonForm(forms.Form):
    """Two sides, the days, and what the chart shows."""

    a = forms.CharField(label="A", max_length=2000)
    b = forms.CharField(label="B", max_length=2000)
    start = forms.DateField(label=gettext_lazy("from"))
    end = forms.DateField(label=gettext_lazy("to (included)"))
    outcome = forms.ChoiceField(label=gettext_lazy("outcome of the chart"))
    reading = forms.ChoiceField(
        label=gettext_lazy("outcome counted as"),
        choices=[
            (Reading.PER_DAY.value, gettext_lazy("its count on an agent's day")),
            (Reading.RATE.value, gettext_lazy("the metric itself")),
        ],
    )
    width = forms.IntegerField(label=gettext_lazy("customers in one bin"), min_value=1, max_value=10000)

    def __init__(self, known: Known, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        outcomes = cast("forms.ChoiceField", self.fields["outcome"])
        outcomes.choices = [(metric, metric_name(metric, language())) for metric in directions() if metric != RECEPTION]
        for name in ("a", "b"):
            self.fields[name].widget.attrs |= {"list": "sides", "autocomplete": "off"}
        for name in ("start", "end"):
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def clean_a(self) -> frozenset[str]:
        return self._side("a")

    def clean_b(self) -> frozenset[str]:
        return self._side("b")

    def _side(self, name: str) -> frozenset[str]:
        found: set[str] = set()
        for token in (part.strip() for part in self.cleaned_data[name].replace("，", ",").split(",")):
            if token in self.known.agents:
                found.add(token)
            elif token.startswith(TEAM) and token.removeprefix(TEAM) in self.known.teams:
                found |= self.known.teams[token.removeprefix(TEAM)][1]
            elif token:
                raise forms.ValidationError(
                    _("“%(token)s” is nobody you may compare. Write agent numbers or team:code, with commas between.")
                    % {"token": token}
                )
        if not found:
            raise forms.ValidationError(_("There is nobody in it."))
        return frozenset(found)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and not start <= end:
            self.add_error("end", _("The last day lies before the first."))
        elif start and end and (end - start).days >= MAX_DAYS:
            self.add_error("end", _("At most %(days)d days can be compared at once.") % {"days": MAX_DAYS})
        both = (cleaned.get("a") or frozenset()) & (cleaned.get("b") or frozenset())
        if both:
            self.add_error("b", _("On both sides: %(agents)s.") % {"agents": ", ".join(sorted(both))})
        return cleaned

    @property
    def span(self) -> Span:
        """The days asked for."""
        return Span(self.cleaned_data["start"], self.cleaned_data["end"] + timedelta(days=1))


@require_safe
def comparison_page(request: HttpRequest) -> HttpResponse:
    """The report, or the empty form."""
    company, companies, form = _asked(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Comparison"),
        "company": company,
        "companies": companies,
        "form": form,
        "known": form.known if form else None,
        "query": request.GET.urlencode(),
    }
    found = _compared(request, company, form)
    if found is not None and form is not None:
        outcome, reading = form.cleaned_data["outcome"], Reading(form.cleaned_data["reading"])
        context |= {
            "found": found,
            "rows": [_row(each, language()) for each in found.metrics if _is_measured(each)],
            "unmeasured": [_row(each, language()) for each in found.metrics if not _is_measured(each)],
            "sides": [_side_text(form.known, form.data[name]) for name in ("a", "b")],
            "received": (_received(found.received_a.per_day), _received(found.received_b.per_day)),
            "chart": _chart(found, form.cleaned_data["a"], outcome, reading),
            "outcome_name": _outcome_name(outcome, reading),
            "saturation": _saturation_text(found, outcome, reading),
            "bins": _bins(found, outcome, reading),
        }
    return TemplateResponse(request, "admin/grading/comparison/page.html", context)


@require_safe
def comparison_csv(request: HttpRequest) -> HttpResponse:
    """The table as a CSV file, exact: numbers as stored, ``a/b`` where the decimals never end."""
    company, _companies, form = _asked(request)
    found = _compared(request, company, form)
    if found is None or form is None:
        return HttpResponse(_("Nothing to download: choose both sides and the days first."), status=400)
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = ["metric", "name", "unit", "a", "b", "difference", "relative", "better", "a_reason", "b_reason"]
    counted = ["a_measured", "a_members", "b_measured", "b_members"]
    writer.writerow([*names, *counted])
    for each in found.metrics:
        definition = metric_definitions()[each.metric]
        numbers = (each.a.value, each.b.value, each.difference, each.relative)
        writer.writerow(
            [
                each.metric,
                metric_name(each.metric, language()),
                definition.unit.value,
                *("" if number is None else exact_store(number) for number in numbers),
                each.better.value if each.better else "",
                each.a.reason or "",
                each.b.reason or "",
                *(each.a.measured, each.a.members, each.b.measured, each.b.members),
            ]
        )
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"comparison-{form.cleaned_data['start']}-{form.cleaned_data['end']}.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def _asked(request: HttpRequest) -> tuple[models.Company | None, list[models.Company], ComparisonForm | None]:
    """The company and the form as the request names them. Raises PermissionDenied for those who compare nobody."""
    user = cast("User", request.user)
    if not (user.has_perm("grading.calibrate") or user.has_perm("grading.calibrate_any")):
        raise PermissionDenied
    companies = models.Company.objects.order_by("pk")
    managed: set[int] | None = None
    if not user.has_perm("grading.calibrate_any"):
        managed = selectors.agents_managed(user, timezone.localdate())
        companies = companies.filter(agents__in=managed).distinct()
    offered = list(companies)
    asked = request.GET.get("company", "")
    company = next((each for each in offered if str(each.pk) == asked), offered[0] if offered else None)
    if company is None:
        return None, [], None
    known = _known(company, managed)
    month = Month.of(timezone.localdate()).plus(-1)
    initial = {
        "start": month.first_day,
        "end": month.last_day,
        "outcome": DEFAULT_OUTCOME,
        "reading": Reading.PER_DAY.value,
        "width": DEFAULT_WIDTH,
    }
    is_filled = "a" in request.GET
    return company, offered, ComparisonForm(known, request.GET if is_filled else None, initial=initial)


def _known(company: models.Company, managed: Collection[int] | None) -> Known:
    """The agents of a company (of those managed, unless None), and the teams they are on today or were on last."""
    agents = models.Agent.objects.filter(company=company)
    if managed is not None:
        agents = agents.filter(pk__in=managed)
    people = selectors.people(list(agents.values_list("pk", flat=True)), Month.of(timezone.localdate()))
    teams: dict[str, tuple[str, set[str]]] = {}
    for person in people.values():
        if person.team:
            teams.setdefault(person.team, (person.team_name, set()))[1].add(person.agent_no)
    return Known(
        {person.agent_no: person.name for person in people.values()},
        {code: (name, frozenset(members)) for code, (name, members) in sorted(teams.items())},
    )


def _compared(request: HttpRequest, company: models.Company | None, form: ComparisonForm | None) -> Comparison | None:
    if company is None or form is None or not form.is_bound or not form.is_valid():
        return None
    try:
        return comparison(
            company_id=company.pk,
            a=form.cleaned_data["a"],
            b=form.cleaned_data["b"],
            span=form.span,
            outcome=form.cleaned_data["outcome"],
            reading=Reading(form.cleaned_data["reading"]),
            width=form.cleaned_data["width"],
        )
    except DomainError as error:
        say(request, error)
        return None


# --- Texts ------------------------------------------------------------------------------------------------------------


def _is_measured(each: Compared) -> bool:
    """Whether either side has a value."""
    return each.a.value is not None or each.b.value is not None


def _side_text(known: Known, written: str) -> str:
    """What was written for a side, each agent and team with its name."""
    texts = []
    for token in (part.strip() for part in written.replace("，", ",").split(",")):
        code = token.removeprefix(TEAM)
        if token.startswith(TEAM) and code in known.teams:
            name, members = known.teams[code]
            people = ngettext("%(count)d person", "%(count)d people", len(members)) % {"count": len(members)}
            texts.append(_("%(team)s (%(people)s)") % {"team": name, "people": people})
        elif token:
            texts.append(f"{token} {known.agents.get(token, '')}".strip())
    return _(", ").join(texts)


def _row(each: Compared, lang: str) -> Row:
    return Row(
        name=metric_name(each.metric, lang),
        a=_value(each.metric, each.a, lang),
        b=_value(each.metric, each.b, lang),
        note_a=_measured(each.a),
        note_b=_measured(each.b),
        difference=EMPTY if each.difference is None else _difference(each.metric, each.difference, lang),
        relative=EMPTY if each.relative is None else f"{_signed(each.relative * 100, 1)}%",
        better=each.better.value if each.better else "",
    )


def _value(metric: str, side: Pooled, lang: str) -> str:
    if side.value is not None:
        return measure_words(metric, side.value, lang)
    if side.reason == NOT_APPLICABLE:
        return _("nothing to measure")
    missing = (side.reason or "").removeprefix("missing: ")
    return _("%(column)s is missing") % {"column": missing}


def _measured(side: Pooled) -> str:
    if side.measured in (0, side.members):
        return ""
    return _("%(measured)d of %(members)d measured") % {"measured": side.measured, "members": side.members}


def _difference(metric: str, difference: Fraction, lang: str) -> str:
    if metric_definitions()[metric].unit is Unit.PERCENT:
        return _("%(number)s points") % {"number": _signed(difference * 100)}
    text = measure_words(metric, difference, lang)
    return f"+{text}" if difference > 0 else text


def _signed(number: Fraction, places: int = 2) -> str:
    text = trimmed(number, places)
    return f"+{text}" if number > 0 else text


def _received(per_day: Fraction | None) -> str:
    return EMPTY if per_day is None else shown(per_day, 1)


def _outcome_name(outcome: str, reading: Reading) -> str:
    name = metric_name(outcome, language())
    return name if reading is Reading.RATE else _("%(metric)s: count a day") % {"metric": name}


def _outcome_text(outcome: str, reading: Reading) -> Callable[[Fraction], str]:
    if reading is Reading.RATE:
        return lambda value: measure_words(outcome, value, language())
    return trimmed


def _saturation_text(found: Comparison, outcome: str, reading: Reading) -> str:
    """What the days say, in one sentence."""
    saturation = found.saturation
    if saturation.verdict is Verdict.FOUND and saturation.at is not None and saturation.outcome is not None:
        reached = _outcome_text(outcome, reading)(saturation.outcome)
        return _(
            "Saturation at %(at)s customers a day: with more of them the outcome does not get better than "
            "%(outcome)s. A scorecard may hold this number as saturation_cap."
        ) % {"at": trimmed(saturation.at), "outcome": reached}
    if saturation.verdict is Verdict.STILL_RISING:
        return _(
            "These days show no saturation: the best outcome lies among the highest receptions. To say so, at least "
            "%(bins)d bins must follow the best one."
        ) % {"bins": MIN_BEYOND}
    return _(
        "Too few days to say anything about saturation: at least %(bins)d bins with at least %(points)d agent-days "
        "each are needed. Take more days, more people or wider bins."
    ) % {"bins": 1 + MIN_BEYOND, "points": MIN_POINTS}


def _bins(found: Comparison, outcome: str, reading: Reading) -> list[tuple[str, int, str, bool]]:
    """Each bin as (customers, agent-days, pooled outcome, counted)."""
    text = _outcome_text(outcome, reading)
    return [
        (
            exact_text(each.start)
            if each.end - each.start == 1
            else f"{exact_text(each.start)}–{exact_text(each.end - 1)}",
            each.points,
            EMPTY if each.outcome is None else text(each.outcome),
            each.is_counted,
        )
        for each in found.saturation.bins
    ]


# --- The chart --------------------------------------------------------------------------------------------------------


def _chart(found: Comparison, side_a: Collection[str], outcome: str, reading: Reading) -> Chart | None:
    """The marks of the drawing; None without a day to draw."""
    days = [(day, day.numerator / day.denominator) for day in found.days if day.denominator]
    if not days:
        return None
    text = _outcome_text(outcome, reading)
    counted = [(each, each.outcome) for each in found.saturation.bins if each.is_counted and each.outcome is not None]
    right = [day.reception for day, _value in days]
    x = charts.axis(right, charts.LEFT, charts.WIDTH - charts.RIGHT, trimmed)
    values = [value for _day, value in days]
    y = charts.axis(values, charts.HEIGHT - charts.BOTTOM, charts.TOP, text)
    drawn = days if len(days) <= DOTS_DRAWN else []
    dots: dict[Side, list[charts.Mark]] = {Side.A: [], Side.B: []}
    for day, value in drawn:
        side = Side.A if day.agent_no in side_a else Side.B
        said = f"{day.agent_no} {day.day}: {trimmed(day.reception)} → {text(value)}"
        dots[side].append(charts.Mark(x.at(day.reception), y.at(value), said))
    pooled = tuple(
        charts.Mark(x.at(min((each.start + each.end) / 2, x.high)), y.at(value), text(value)) for each, value in counted
    )
    at = found.saturation.at
    return Chart(
        x=x,
        y=y,
        dots_a=tuple(dots[Side.A]),
        dots_b=tuple(dots[Side.B]),
        pooled=pooled,
        line=" ".join(f"{mark.x},{mark.y}" for mark in pooled),
        saturation=None if at is None else x.at(min(at, x.high)),
        hidden=len(days) - len(drawn),
    )
