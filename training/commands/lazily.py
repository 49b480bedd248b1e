"""What is imported only when it is called for: nobody needs a package for a command that they do not use.

Places are written `module:name`, as entry points are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

import click

from processing.errors import BadInput


def imported(place: str) -> Any:
    """What is at a place. Raises BadInput when a package that it needs is not installed."""
    try:
        return resolve_name(place)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise BadInput(
            f"this needs the package {package}, which is not installed: run `pip install -e '.[train]'`"
        ) from error


class LazyGroup(click.Group):
    """A group of commands, each given by its place and imported when it is called for or listed.

    One that needs a package that is not installed is listed all the same, and refused in one line.
    """

    def __init__(self, name: str | None = None, *, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(name, **settings)
        self._places = dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._places:
            return None
        try:
            command = imported(self._places[cmd_name])
        except BadInput as error:
            return _Unusable(cmd_name, str(error))
        assert isinstance(command, click.Command)
        return command


class _Unusable(click.Command):
    """A command that cannot be imported here: whatever is asked of it, it says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, short_help=reason)
        self._reason = reason

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        raise _NotInstalled(self._reason)


class _NotInstalled(click.ClickException):
    # As for other input that cannot be used; training.commands.common has it too, but needs torch.
    exit_code = 2
