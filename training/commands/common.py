"""What all commands share: options, and how each way to end becomes an event, a log line and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from processing.errors import BadInput
from training import config as configs
from training import device
from training.config import Config
from training.progress import EXIT_NO_ROOM, EXIT_STOPPED, Reporter, Stopped, StopRequest
from training.room import lacked_room

EXIT_BAD_INPUT = 2

Command = Callable[..., None]
FOLDER = click.Path(path_type=Path)


def release_option(command: Command) -> Command:
    """`--release`, which has to be given."""
    return _release(required=True)(command)


def optional_release_option(command: Command) -> Command:
    """`--release`, which may be left out where something else is given."""
    return _release(required=False)(command)


def _release(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--release",
        type=FOLDER,
        required=required,
        help="Folder in the layout of AIM24, NTIRE26 or CrowdSAL.",
    )


def config_options(command: Command) -> Command:
    """`--config` and `--set`."""
    command = click.option(
        "--set", "overrides", multiple=True, metavar="TABLE.KEY=VALUE", help="Change a key; may be repeated."
    )(command)
    return click.option(
        "--config",
        "config_name",
        required=True,
        help=f"A TOML file, or one of: {', '.join(configs.presets())}.",
    )(command)


def computing_options(command: Command) -> Command:
    """`--device` and `--threads`."""
    command = click.option(
        "--device", "wish", default="auto", show_default=True, metavar="WHICH", help=f"{device.WISHES}."
    )(command)
    return click.option(
        "--threads", type=click.IntRange(min=1), default=None, help="CPU threads. [default: all cores]"
    )(command)


def started(reporter: Reporter, phase: str, config: Config, **fields: Any) -> None:
    """Say what begins."""
    reporter.event(
        "started", phase=phase, model=config.model, configuration=configs.fingerprint(config), **fields
    )


@contextmanager
def reported() -> Iterator[tuple[Reporter, StopRequest]]:
    """Listen for the end; turn every way a command can end into an event, a log line and an exit status.

    Of the processes of `torchrun` the first one alone speaks on standard output.
    """
    stop = StopRequest()
    # Listens to the very end: torchrun asks again as soon as one of the processes has gone, and that must not cut
    # off what the others still have to say.
    with stop.listening(), Path(os.devnull).open("w") as nowhere:
        reporter = Reporter(stop, nowhere if os.environ.get("RANK", "0") != "0" else None)
        try:
            yield reporter, stop
        except Stopped as stopped:
            click.echo(f"stopped: {stopped}; run the same command again to go on", err=True)
            reporter.event("stopped", message=str(stopped))
            sys.exit(EXIT_STOPPED)
        except BadInput as error:
            _refuse(reporter, " ".join(str(error).split()), error)
        except OSError as error:
            _refuse(reporter, f"{error.filename or 'a file'}: {error.strerror or error}", error)
        except Exception as error:
            traceback.print_exc()
            reporter.event("error", message=f"{type(error).__name__}: {error}")
            sys.exit(1)
        finally:
            reporter.close()


def _refuse(reporter: Reporter, message: str, error: Exception) -> None:
    click.echo(f"error: {message}", err=True)
    reporter.event("error", message=message)
    sys.exit(EXIT_NO_ROOM if lacked_room(error) else EXIT_BAD_INPUT)
