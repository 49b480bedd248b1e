"""What has to be in the database before the site can answer; a process of its own, since it needs Django.

`python -m webapp.embedded.first_start FILE` migrates, makes the administrator, seeds the demo study, each only
when it has not been done, and writes to FILE as JSON: `user` and `password` of the administrator (null unless
it was made now) and `study` (the slug of one to show, or null). `… FILE --new-password` makes a new password.
"""

import json
import os
import secrets
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ADMINISTRATOR = "admin"


def migrate() -> None:
    """Apply what is missing; looking costs a fraction of what `migrate` does on an up-to-date database."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=1)


def administrator(*, renew: bool) -> str | None:
    """Make the administrator, or give them a new password; returns it when it was made now."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - models load only after setup

    users = get_user_model()._default_manager
    known = users.filter(is_superuser=True).exists()
    if known and not renew:
        return None
    password = secrets.token_urlsafe(12)
    admin, _ = users.get_or_create(username=ADMINISTRATOR)
    admin.is_staff = admin.is_superuser = admin.is_active = True
    admin.set_password(password)
    admin.save()
    return password


def seed() -> str | None:
    """A demo study when there is none at all; returns the slug of one that is open, for people if there is one."""
    from collector.models import Study  # noqa: PLC0415

    if not Study.objects.exists():
        call_command("seed_demo")
    # A study for people goes before those that made-up observers walk through.
    newest = Study.objects.filter(state=Study.State.OPEN).order_by("simulated", "-pk").first()
    return newest.slug if newest else None


def main() -> None:
    answer = Path(sys.argv[1])
    renew = "--new-password" in sys.argv[2:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()
    migrate()
    study = None if renew else seed()
    # Last, since a password that a later failure swallows would never be seen.
    facts = {"user": ADMINISTRATOR, "password": administrator(renew=renew), "study": study}
    answer.touch(mode=0o600)
    answer.write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
