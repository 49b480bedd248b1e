"""Logging in and out, one's own password, and invitations."""

from django.contrib.auth import views as auth
from django.urls import path, reverse_lazy

from webapp.accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.profile, name="profile"),
    path("login/", auth.LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "password/",
        auth.PasswordChangeView.as_view(
            template_name="accounts/password.html", success_url=reverse_lazy("accounts:password-changed")
        ),
        name="password",
    ),
    path("password/changed/", views.password_changed, name="password-changed"),
    path("invite/", views.invite, name="invite"),
    path("join/<str:token>/", views.join, name="join"),
]
