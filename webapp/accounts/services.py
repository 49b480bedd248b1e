"""Logins are made from invitations."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from webapp.accounts.invitations import USED, Invitation, InvitationRefused
from webapp.accounts.models import UsedInvitation


def researcher_create(*, invitation: Invitation, password: str, full_name: str = "") -> User:
    """The login of an invited researcher, without any staff rights.

    Raises InvitationRefused when it exists, or the invitation was used.
    """
    users: Any = get_user_model()._default_manager
    try:
        with transaction.atomic():
            UsedInvitation.objects.create(digest=invitation.digest)
            return users.create_user(
                username=invitation.email,
                email=invitation.email,
                password=password,
                first_name=full_name[:150],
            )
    except IntegrityError as error:
        raise InvitationRefused(USED) from error
