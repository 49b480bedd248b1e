"""What the commands that predict share: their options, and the models of the runs they are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from processing.errors import BadInput
from processing.evaluate import COMPATIBLE
from processing.layouts import PUBLIC_TEST
from processing.scoring import MODES
from training import device, predictor
from training.commands.common import FOLDER, Command, computing_options, started
from training.predictor import Predictor
from training.progress import Reporter
from training.run_folder import RunFolder


def runs_option(command: Command) -> Command:
    """`--run`, which may be repeated."""
    return click.option(
        "--run",
        "run_dirs",
        type=FOLDER,
        required=True,
        multiple=True,
        help="Folder of a finished run; of several ones the logits are averaged.",
    )(command)


def predicting_options(command: Command) -> Command:
    """`--subset`, `--mirror`, `--batch` and what computing takes."""
    command = click.option(
        "--mirror/--no-mirror",
        default=None,
        help="Predict the mirrored pictures as well. [default: as configured]",
    )(command)
    command = click.option(
        "--subset", default=PUBLIC_TEST, show_default=True, help="Part of the release to predict."
    )(command)
    return computing_options(batch_option(command))


def batch_option(command: Command) -> Command:
    """`--batch`: a finished run's own configuration stays as it is."""
    return click.option(
        "--batch", type=click.IntRange(min=1), default=None, help="Windows at once. [default: as configured]"
    )(command)


def mode_option(command: Command) -> Command:
    """`--mode`."""
    return click.option(
        "--mode", type=click.Choice(list(MODES)), default=COMPATIBLE, show_default=True, help="Of scoring."
    )(command)


def loaded(
    run_dirs: Sequence[Path],
    wish: str,
    threads: int | None,
    mirror: bool | None,
    batch: int | None,
    reporter: Reporter,
) -> list[Predictor]:
    """The models of finished runs on the wished device; says that predicting begins.

    Raises BadInput for a run that is given twice or not finished.
    """
    place = device.choose(wish)
    device.settle(place, threads)
    if len({run.resolve() for run in run_dirs}) < len(run_dirs):
        raise BadInput("the same --run is given twice: give each run once")
    predictors = [predictor.load(RunFolder(run), place, mirror=mirror, windows=batch) for run in run_dirs]
    started(reporter, "predict", predictors[0].config, device=device.describe(place), models=len(predictors))
    return predictors
