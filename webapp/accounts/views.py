"""Invitations, and a person's own page."""

from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from webapp.accounts.forms import InviteForm, JoinForm
from webapp.accounts.invitations import VALID_DAYS, InvitationRefused, read_invitation
from webapp.accounts.services import researcher_create


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who is logged in, and what they may change."""
    return render(request, "accounts/profile.html")


@require_safe
@login_required
def password_changed(request: HttpRequest) -> HttpResponse:
    """Back to one's own page, with the good news."""
    messages.success(request, "Your password is changed. Other browsers are logged out.")
    return redirect("accounts:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@permission_required("auth.add_user", raise_exception=True)
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation; its link is shown once, to be sent by whatever way people talk."""
    form = InviteForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        link = request.build_absolute_uri(reverse("accounts:join", args=[form.token]))
    context = {"form": form, "link": link, "valid_days": VALID_DAYS}
    return render(request, "accounts/invite.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation: choose a password, and be logged in."""
    try:
        invitation = read_invitation(token)
        # Never saved: password rules want somebody whose name a password must not resemble.
        nobody = get_user_model()(username=invitation.email, email=invitation.email)
        form = JoinForm(nobody, request.POST or None)
        if request.method == "POST" and form.is_valid():
            user = researcher_create(
                invitation=invitation,
                password=form.cleaned_data["new_password1"],
                full_name=form.cleaned_data["full_name"],
            )
            login(request, user)
            messages.success(request, "Welcome. Your login name is your e-mail address.")
            return redirect("pages:home")
    except InvitationRefused as refusal:
        return render(request, "accounts/refused.html", {"reason": str(refusal)}, status=410)
    return render(request, "accounts/join.html", {"form": form, "email": invitation.email})
