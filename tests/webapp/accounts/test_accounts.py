"""Nobody gets a login but by an invitation, which opens once and not for ever."""

import time
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.management import CommandError, call_command

from processing.errors import BadInput
from tests.webapp.pages import world
from webapp.accounts import invitations
from webapp.accounts.invitations import InvitationRefused, invitation_token, read_invitation
from webapp.accounts.services import researcher_create

PASSWORD = "an analytical engine"


def join(client, token, **changes):
    answers = {"full_name": "Ada", "new_password1": PASSWORD, "new_password2": PASSWORD} | changes
    return client.post(f"/accounts/join/{token}/", answers)


def test_an_invitation_makes_a_researcher_who_is_logged_in(client, db):
    assert join(client, invitation_token("Ada@Example.org"))["Location"] == "/"
    ada = get_user_model().objects.get()
    assert (ada.username, ada.first_name, ada.is_staff, ada.is_superuser) == (
        "ada@example.org",
        "Ada",
        False,
        False,
    )
    assert client.get("/datasets/").status_code == 200


def test_an_invitation_works_once(client, db):
    token = invitation_token("ada@example.org")
    join(client, token)
    client.logout()
    again = join(client, token, new_password1="another engine", new_password2="another engine")
    assert again.status_code == 410
    assert get_user_model().objects.get().check_password(PASSWORD)


def test_two_who_use_an_invitation_at_the_same_moment_make_one_login(db):
    invitation = read_invitation(invitation_token("ada@example.org"))
    researcher_create(invitation=invitation, password=PASSWORD)
    with pytest.raises(InvitationRefused, match="used already"):
        researcher_create(invitation=invitation, password=PASSWORD)
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize(
    "leave", [lambda users: users.all().delete(), lambda users: users.update(username="countess")]
)
def test_an_invitation_stays_used_when_its_login_is_deleted_or_renamed(client, db, monkeypatch, leave):
    sent_at = signing.b62_encode(int(time.time()) - 60)
    monkeypatch.setattr(signing.TimestampSigner, "timestamp", lambda _: sent_at)
    token = invitation_token("ada@example.org")
    monkeypatch.undo()
    join(client, token)
    client.logout()
    leave(get_user_model().objects)
    assert client.get(f"/accounts/join/{token}/").status_code == 410
    assert join(client, token).status_code == 410
    assert join(client, invitation_token("ada@example.org"))["Location"] == "/", "a new one opens"


def test_an_old_invitation_is_refused_with_what_to_do(db, monkeypatch):
    token = invitation_token("ada@example.org")
    monkeypatch.setattr(invitations, "VALID_DAYS", -1)
    with pytest.raises(InvitationRefused, match="Ask whoever sent it"):
        read_invitation(token)


@pytest.mark.parametrize(
    "spoil", [lambda token: token[:-1], lambda token: "x" + token, lambda token: "nonsense"]
)
def test_a_changed_invitation_opens_nothing(client, db, spoil):
    assert client.get(f"/accounts/join/{spoil(invitation_token('ada@example.org'))}/").status_code == 410


def test_a_token_signed_for_something_else_opens_nothing(db):
    with pytest.raises(InvitationRefused):
        read_invitation(signing.dumps({"email": "ada@example.org"}, salt="webapp.media"))


@pytest.mark.parametrize("password", ["short", "password123", "ada@example.org"])
def test_weak_passwords_are_refused(client, db, password):
    answer = join(client, invitation_token("ada@example.org"), new_password1=password, new_password2=password)
    assert answer.status_code == 200
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "x" * 150 + "@example.org"])
def test_what_is_no_address_cannot_be_invited(db, email):
    with pytest.raises(BadInput):
        invitation_token(email)


def test_who_has_a_login_is_not_invited_again(db):
    world.researcher("ada@example.org")
    with pytest.raises(BadInput, match="has a login already"):
        invitation_token("ADA@example.org")


def test_the_command_prints_a_link_that_opens(client, db):
    out = StringIO()
    call_command("invite_researcher", "ada@example.org", "--url", "https://saliency.example.org/", stdout=out)
    link = out.getvalue().strip()
    assert link.startswith("https://saliency.example.org/accounts/join/")
    assert client.get(link.removeprefix("https://saliency.example.org")).status_code == 200
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("invite_researcher", "ada")


def test_the_command_knows_the_sites_address_from_the_environment(db, monkeypatch):
    monkeypatch.setenv("CURSAL_URL", "https://saliency.example.org")
    out = StringIO()
    call_command("invite_researcher", "ada@example.org", stdout=out)
    assert out.getvalue().startswith("https://saliency.example.org/accounts/join/")


def test_the_page_makes_invitations_for_those_who_may_add_users_alone(client, db):
    client.force_login(world.researcher("grace@example.org"))
    assert client.get("/accounts/invite/").status_code == 403
    client.force_login(world.staff())
    page = client.post("/accounts/invite/", {"email": "ada@example.org"}).content.decode()
    assert "http://testserver/accounts/join/" in page
    assert (
        "has a login already"
        in client.post("/accounts/invite/", {"email": "grace@example.org"}).content.decode()
    )


def test_there_is_no_page_to_sign_up_and_strangers_cannot_invite(client, db):
    for address in ("/accounts/signup/", "/accounts/register/"):
        assert client.get(address).status_code == 404
    assert client.get("/accounts/invite/").status_code == 302


def test_passwords_are_changed_and_logging_out_needs_a_click(client, db):
    client.force_login(world.researcher())
    fields = {"old_password": "a long password", "new_password1": PASSWORD, "new_password2": PASSWORD}
    page = client.post("/accounts/password/", fields, follow=True).content.decode()
    assert "Your password is changed" in page
    assert client.get("/accounts/logout/").status_code == 405
    client.post("/accounts/logout/")
    assert client.get("/datasets/").status_code == 302


def test_the_administration_leads_back_to_the_pages(client, db):
    client.force_login(world.staff())
    page = client.get("/admin/").content.decode()
    assert "/studies/" in page
    assert "/accounts/invite/" in page
