#!/usr/bin/env python3
"""Django's commands: on the servers of the environment, of a running `make run`, or on some for the time."""

import os
import sys

from django.core.management import execute_from_command_line

from webapp.embedded.environment import site_environment
from webapp.embedded.errors import CannotStart


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    try:
        with site_environment() as environment:
            os.environ.update(environment)
            execute_from_command_line(sys.argv)
    except CannotStart as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
