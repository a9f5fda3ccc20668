"""Addresses of the login pages and of the agents' pages of grading. Comes before the admin, whose own login page gives
way to ours."""

from django.urls import path

from grading.web import quality, training, views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="change-password"),
    path("welcome/<uidb64>/<token>/", views.OneTimeLink.as_view(), name="one-time-link"),
    path("logins/", views.logins, name="logins"),
    path("logins/manager/", views.logins_manager, name="logins-manager"),
    path("me/quality/", quality.my_quality, name="my-quality"),
    path("me/quality/<str:month>/", quality.my_quality, name="my-quality-month"),
    path("me/quality/findings/<int:finding>/appeal/", quality.my_appeal, name="my-appeal"),
    path("me/quality/appeals/<int:appeal>/withdraw/", quality.my_appeal_withdraw, name="my-appeal-withdraw"),
    path("me/onboarding/", training.my_onboarding, name="my-onboarding"),
    path("me/exams/", training.my_exams, name="my-exams"),
    path("me/exams/<str:code>/start/", training.my_exam_start, name="my-exam-start"),
    path("me/exams/attempts/<int:pk>/", training.my_exam_attempt, name="my-exam-attempt"),
    path("admin/login/", views.admin_login),
]
