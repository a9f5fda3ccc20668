"""Every address of the product. Each app lists its own pages; this file only hangs them up."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz, readyz
from config.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),  # set_language: the switch between 中文 and English
    path("", include("grading.web.urls")),  # before the admin, whose login page gives way to ours
    path("", include("payroll.web.urls")),
    path("api/v1/", include("payroll.api.urls")),
    path("admin/", admin.site.urls),
]
