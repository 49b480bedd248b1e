"""Print an invitation for a researcher."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from processing.errors import BadInput
from webapp.accounts.invitations import VALID_DAYS, invitation_token


class Command(BaseCommand):
    help = f"Print the link with which a researcher makes a login, once, within {VALID_DAYS} days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="becomes the login name")
        parser.add_argument(
            "--url",
            default=os.environ.get("CURSAL_URL", "http://127.0.0.1:8000"),
            help="where people reach the site",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = invitation_token(options["email"])
        except BadInput as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(options["url"].rstrip("/") + reverse("accounts:join", args=[token]))
