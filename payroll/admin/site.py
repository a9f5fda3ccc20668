"""The product's admin site: its name, its doors in the header, the month-end page.

Made the default site by ``payroll.apps``. It is stock Django otherwise: same pages, same permissions.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from grading import public as grading


class JixinSite(admin.AdminSite):
    """The HR and manager doors."""

    site_header = _("绩薪 Jixin")
    site_title = _("绩薪 Jixin")
    index_title = _("Back office")
    site_url = None
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from grading.admin import comparison
        from payroll.admin import billing, calibration, findings, month, payments, review, statutory, variance

        pages = (month, payments, findings, review, variance, billing, statutory, calibration, comparison)
        return [*(address for page in pages for address in page.urls(self)), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if self.has_permission(request):
            context |= {
                "may_run_month": may_run_month(request),
                "may_decide_promotions": may_decide_promotions(request),
                "own_payslips": _own_payslips(request),
            }
        return context

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One page for everybody, which notes the change."""
        return redirect("change-password")


def may_run_month(request: HttpRequest) -> bool:
    """Whether the month-end page is open to the user."""
    return request.user.has_perm("payroll.prepare_run") or request.user.has_perm("payroll.approve_run")


def may_decide_promotions(request: HttpRequest) -> bool:
    """Whether the user decides any promotion at all."""
    return request.user.has_perm("grading.decide_promotion") or request.user.has_perm("grading.decide_any_promotion")


def _own_payslips(request: HttpRequest) -> str:
    """The address of the user's own pages, if the user is an agent too."""
    return "/" if grading.Agent.objects.filter(user=cast("User", request.user)).exists() else ""


_site = JixinSite()


def default_site() -> JixinSite:
    """The one site, however often Django asks: it asks while the modules that register at it are being imported."""
    return _site
