"""Addresses of the agents' pages."""

from django.urls import path

from payroll.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.my_payslips, name="my-payslips"),
    path("me/payslips/<str:number>.pdf", views.my_payslip_pdf, name="my-payslip-pdf"),
    path("me/payslips/<str:number>/", views.my_payslip, name="my-payslip"),
    path("me/appraisals/<str:month>.pdf", views.my_appraisal_pdf, name="my-appraisal-pdf"),
    path("me/appraisals/<str:month>/", views.my_appraisal, name="my-appraisal"),
]
