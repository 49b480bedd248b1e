"""Logins are made from invitations."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from webapp.accounts.invitations import Invitation, InvitationRefused


def researcher_create(*, invitation: Invitation, password: str, full_name: str = "") -> User:
    """The login of an invited researcher, without any staff rights; raises InvitationRefused when it exists."""
    users: Any = get_user_model()._default_manager
    try:
        with transaction.atomic():
            return users.create_user(
                username=invitation.email,
                email=invitation.email,
                password=password,
                first_name=full_name[:150],
            )
    except IntegrityError as error:
        raise InvitationRefused(
            "This invitation was used already. Log in with the password that you chose."
        ) from error
