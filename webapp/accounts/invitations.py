"""An invitation is a signed address: no table of pending ones, nothing to clean up, and it opens once.

It carries the e-mail address, which becomes the login name. It is over when it is too old, the login exists, or it
made one already: that is remembered, since a login can be deleted and renamed.
"""

import hashlib
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from processing.errors import BadInput
from webapp.accounts.models import UsedInvitation

SALT = "webapp.accounts.invitation"
VALID_DAYS = 14
EMAIL_CHARACTERS = 150  # as many as a login name has
USED = (
    "This invitation was used already. Log in with the password that you chose, "
    "or ask whoever sent it for a new one."
)


class InvitationRefused(Exception):
    """An address that opens nothing, with a sentence for the person who holds it."""


@dataclass(frozen=True)
class Invitation:
    """What an invitation says, and the digest by which it is known once it was used."""

    email: str
    digest: str


def invitation_token(email: str) -> str:
    """Token for an address to be sent to a researcher; raises BadInput when they cannot be invited."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadInput(f"{email!r} is not an e-mail address: write it as name@example.org") from error
    if len(address) > EMAIL_CHARACTERS:
        raise BadInput(f"the e-mail address is longer than {EMAIL_CHARACTERS} characters: use another one")
    if _login_exists(address):
        raise BadInput(
            f"{address} has a login already: give them a new password in the administration instead"
        )
    return signing.dumps({"email": address}, salt=SALT)


def read_invitation(token: str) -> Invitation:
    """What a token says; raises InvitationRefused for one that is forged, too old or used."""
    try:
        claims = signing.loads(token, salt=SALT, max_age=VALID_DAYS * 24 * 3600)
    except signing.SignatureExpired as error:
        raise InvitationRefused(
            f"This invitation is older than {VALID_DAYS} days. Ask whoever sent it for a new one."
        ) from error
    except signing.BadSignature as error:
        raise InvitationRefused(
            "This is not a whole invitation. Copy the link from the message again, to its very end."
        ) from error
    digest = hashlib.sha256(token.encode()).hexdigest()
    if _login_exists(claims["email"]) or UsedInvitation.objects.filter(digest=digest).exists():
        raise InvitationRefused(USED)
    return Invitation(email=claims["email"], digest=digest)


def _login_exists(email: str) -> bool:
    return get_user_model()._default_manager.filter(username__iexact=email).exists()
