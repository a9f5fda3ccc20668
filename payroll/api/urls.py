"""Addresses of the API, version 1. Some change something: a run is stopped, goes on, is approved."""

from django.urls import path, re_path

from payroll.api import views

urlpatterns = [
    path("me/", views.Me.as_view(), name="api-me"),
    path("payslips/", views.Payslips.as_view(), name="api-payslips"),
    path("payslips/<str:number>/", views.Payslip.as_view(), name="api-payslip"),
    path("payslips/<str:number>/pdf/", views.PayslipPdf.as_view(), name="api-payslip-pdf"),
    path("appraisals/", views.Appraisals.as_view(), name="api-appraisals"),
    path("appraisals/<str:month>/", views.Appraisal.as_view(), name="api-appraisal"),
    path("appraisals/<str:month>/pdf/", views.AppraisalPdf.as_view(), name="api-appraisal-pdf"),
    path("runs/", views.Runs.as_view(), name="api-runs"),
    path("runs/<int:pk>/", views.Run.as_view(), name="api-run"),
    path("runs/<int:pk>/progress/", views.RunProgress.as_view(), name="api-run-progress"),
    path("runs/<int:pk>/stop/", views.Stop.as_view(), name="api-run-stop"),
    path("runs/<int:pk>/resume/", views.Resume.as_view(), name="api-run-resume"),
    path("runs/<int:pk>/approve/", views.Approve.as_view(), name="api-run-approve"),
    path("runs/<int:pk>/findings/", views.Findings.as_view(), name="api-run-findings"),
    path("runs/<int:pk>/variance/", views.Variance.as_view(), name="api-run-variance"),
    path("runs/<int:pk>/variance/people/", views.VariancePeople.as_view(), name="api-run-variance-people"),
    path("schema/", views.Schema.as_view(), name="api-schema"),
    re_path(r"^", views.Unknown.as_view(), name="api-unknown"),
]
