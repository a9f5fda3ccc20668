"""Addresses of the login pages. Comes before the admin, whose own login page gives way to ours."""

from django.urls import path

from grading.web import views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="change-password"),
    path("welcome/<uidb64>/<token>/", views.OneTimeLink.as_view(), name="one-time-link"),
    path("logins/", views.logins, name="logins"),
    path("logins/manager/", views.logins_manager, name="logins-manager"),
    path("admin/login/", views.admin_login),
]
