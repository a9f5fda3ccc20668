"""Lists of many rows: what keeps them as quick in a large company with years of history as in a small one.

Django's own search joins every row to its agent, its filters collect the distinct values of every row, and its count of
everything is shown beside the count of what was found. Each reads the whole table.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from grading import public as grading
from payroll import models

FOUND = 1000
"""People a search goes on with; who means another one types more of the number."""


class MonthFilter(admin.SimpleListFilter):
    """The months that have pay runs."""

    title = _("pay period")
    parameter_name = "month"
    column = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = models.PayRun.objects.order_by("-month").values_list("month", flat=True).distinct()
        return [(str(month), str(month)) for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class SlipMonthFilter(MonthFilter):
    """The same for what belongs to a payslip."""

    column = "payslip__month"


class ManyRows:
    """For a ``ModelAdmin`` of rows that belong to people: ``agent_column`` leads from a row to the agent's id."""

    agent_column = "agent_id"
    number_column = ""
    show_full_result_count = False
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of the people whose number or name contains every word, or of the payslip with that number."""
        words = search_term.split()
        if not words:
            return queryset, False
        people = grading.Agent.objects.all()
        for word in words:
            people = people.filter(Q(agent_no__icontains=word) | Q(name__icontains=word))
        asked = Q(**{f"{self.agent_column}__in": list(people.order_by("pk").values_list("pk", flat=True)[:FOUND])})
        if self.number_column:
            asked |= Q(**{self.number_column: search_term.strip().upper()})
        return queryset.filter(asked), False
