"""`predict`, `evaluate` and `cross`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from processing.errors import BadInput
from processing.evaluate import COMPATIBLE
from processing.layouts import PUBLIC_TEST, open_dataset, write_json
from processing.scoring import MODES
from training import device, predictor
from training.commands.common import FOLDER, Command, computing_options, release_option, reported, started
from training.cross import cross
from training.predict import predict
from training.predictor import Predictor
from training.progress import Reporter
from training.run_folder import RunFolder
from training.scores import Cell, scored, text_table


def _runs(command: Command) -> Command:
    return click.option(
        "--run",
        "run_dirs",
        type=FOLDER,
        required=True,
        multiple=True,
        help="Folder of a finished run; of several ones the logits are averaged.",
    )(command)


def _predicting(command: Command) -> Command:
    command = click.option(
        "--mirror/--no-mirror",
        default=None,
        help="Predict the mirrored pictures as well. [default: as configured]",
    )(command)
    command = click.option(
        "--subset", default=PUBLIC_TEST, show_default=True, help="Part of the release to predict."
    )(command)
    return computing_options(command)


def _mode(command: Command) -> Command:
    return click.option(
        "--mode", type=click.Choice(list(MODES)), default=COMPATIBLE, show_default=True, help="Of scoring."
    )(command)


@click.command("predict")
@_runs
@release_option
@click.option("--out", type=FOLDER, required=True, help="Gets one NAME.mp4 for each clip.")
@_predicting
def predict_command(
    run_dirs: tuple[Path, ...],
    release: Path,
    subset: str,
    out: Path,
    wish: str,
    threads: int | None,
    mirror: bool | None,
) -> None:
    """Predict a map video for every clip of a part."""
    with reported() as (reporter, stop):
        began = time.monotonic()
        predictors = _load(run_dirs, wish, threads, mirror, reporter)
        frames = predict(predictors, open_dataset(release), subset, out, reporter=reporter, stop=stop)
        reporter.event(
            "finished",
            phase="predict",
            clips=len(frames),
            frames=sum(frames.values()),
            seconds=round(time.monotonic() - began, 1),
        )


@click.command("evaluate")
@_runs
@release_option
@click.option("--predictions", type=FOLDER, required=True, help="Gets one NAME.mp4 for each clip.")
@click.option("--out", type=FOLDER, required=True, help="The results.json to write.")
@_mode
@_predicting
def evaluate_command(
    run_dirs: tuple[Path, ...],
    release: Path,
    subset: str,
    predictions: Path,
    out: Path,
    mode: str,
    wish: str,
    threads: int | None,
    mirror: bool | None,
) -> None:
    """Predict a part and score it, as `cursal evaluate` does."""
    with reported() as (reporter, stop):
        began = time.monotonic()
        predictors = _load(run_dirs, wish, threads, mirror, reporter)
        dataset = open_dataset(release)
        predict(predictors, dataset, subset, predictions, reporter=reporter, stop=stop)
        results = scored(dataset, subset, predictions, mode=mode, reporter=reporter)
        write_json(out, results.document())
        mean = results.mean or {}
        click.echo(
            text_table([Cell(_named(run_dirs), release.resolve().name, len(results.videos), mean)]), err=True
        )
        reporter.event(
            "finished",
            phase="evaluate",
            clips=len(results.videos),
            mode=mode,
            scores=mean,
            seconds=round(time.monotonic() - began, 1),
        )


@click.command("cross")
@click.option(
    "--run",
    "run_dirs",
    type=FOLDER,
    required=True,
    multiple=True,
    help="Folder of a finished run; repeat it.",
)
@click.option(
    "--release", "releases", type=FOLDER, required=True, multiple=True, help="A dataset; repeat it."
)
@click.option("--subset", default=PUBLIC_TEST, show_default=True, help="Part of each release.")
@click.option("--out", type=FOLDER, required=True, help="Gets the predictions, cross.json and cross.md.")
@_mode
@computing_options
def cross_command(
    run_dirs: tuple[Path, ...],
    releases: tuple[Path, ...],
    subset: str,
    out: Path,
    mode: str,
    wish: str,
    threads: int | None,
) -> None:
    """Score every run on every dataset; the table goes to standard error and into OUT."""
    with reported() as (reporter, stop):
        began = time.monotonic()
        place = device.choose(wish)
        device.settle(place, threads)
        reporter.event("started", phase="cross", runs=len(run_dirs), datasets=len(releases))
        cells = cross(
            [RunFolder(run) for run in run_dirs],
            releases,
            subset,
            out,
            mode=mode,
            device=place,
            reporter=reporter,
            stop=stop,
        )
        table = text_table(cells)
        document: dict[str, Any] = {
            "mode": mode,
            "subset": subset,
            "rows": [cell.document() for cell in cells],
        }
        write_json(out / "cross.json", document)
        (out / "cross.md").write_text(table, "utf-8")
        click.echo(table, err=True)
        reporter.event("finished", phase="cross", seconds=round(time.monotonic() - began, 1), **document)


def _load(
    run_dirs: tuple[Path, ...], wish: str, threads: int | None, mirror: bool | None, reporter: Reporter
) -> list[Predictor]:
    place = device.choose(wish)
    device.settle(place, threads)
    if len({run.resolve() for run in run_dirs}) < len(run_dirs):
        raise BadInput("the same --run is given twice: give each run once")
    predictors = [predictor.load(RunFolder(run), place, mirror=mirror) for run in run_dirs]
    started(reporter, "predict", predictors[0].config, device=device.describe(place), models=len(predictors))
    return predictors


def _named(run_dirs: tuple[Path, ...]) -> str:
    return " + ".join(run.resolve().name for run in run_dirs)
