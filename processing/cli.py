"""The command ``cursal``: everything that works on files alone, and what other packages add to it."""

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from processing.build_command import build_command
from processing.calibration.command import calibrate_command
from processing.consistency.command import consistency_command
from processing.errors import BadInput
from processing.evaluate_command import evaluate_command
from processing.gaze_command import gaze_command
from processing.label_agreement_command import check_fixations_command
from processing.validate_command import validate_command
from processing.verification.command import verify_command

ADDED_COMMANDS = "cursal.commands"
BAD_INPUT = 2
INTERRUPTED = 130


class _OpenGroup(click.Group):
    """A group that other packages extend by entry points; each is loaded only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in _added():
            return own
        command = _added()[cmd_name].load()
        assert isinstance(command, click.Command)
        return command


def _added() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=ADDED_COMMANDS)}


@click.group(cls=_OpenGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cursal")
def cursal() -> None:
    """From mouse tracks over blurred videos to saliency maps, datasets and scores."""


cursal.add_command(build_command)
cursal.add_command(evaluate_command)
cursal.add_command(validate_command)
cursal.add_command(calibrate_command)
cursal.add_command(check_fixations_command)
cursal.add_command(consistency_command)
cursal.add_command(gaze_command)
cursal.add_command(verify_command)


def main() -> None:
    """Run `cursal`; bad input ends with one line on stderr and exit status 2, never with a traceback."""
    try:
        status = cursal.main(prog_name="cursal", standalone_mode=False)
    except BadInput as error:
        _stop(str(error), BAD_INPUT)
    except OSError as error:
        _stop(f"{error.filename or 'file'}: {error.strerror or error}", BAD_INPUT)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(BAD_INPUT)
    except click.ClickException as error:
        _stop(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop("interrupted", INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _stop(message: str, status: int) -> None:
    click.echo(f"error: {' '.join(message.split())}", err=True)
    sys.exit(status)
