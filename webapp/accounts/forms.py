"""Forms of the accounts' pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from processing.errors import BadInput
from webapp.accounts.invitations import EMAIL_CHARACTERS, invitation_token


class InviteForm(forms.Form):
    """Whom to invite; once valid, `token` is their invitation."""

    email = forms.EmailField(
        label="E-mail address", max_length=EMAIL_CHARACTERS, help_text="Becomes the login name."
    )

    token = ""

    def clean_email(self) -> str:
        """Make the token, so that a refusal stands beside the field."""
        email: str = self.cleaned_data["email"]
        try:
            self.token = invitation_token(email)
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return email


class JoinForm(SetPasswordForm):
    """A name and a password of one's own."""

    full_name = forms.CharField(label="Your name", max_length=150, required=False)
    field_order = ["full_name", "new_password1", "new_password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "Password"
        self.fields["new_password2"].label = "Password again"
