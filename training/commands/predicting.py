"""`predict`, `evaluate` and `cross`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from processing.errors import BadInput
from processing.layouts import PUBLIC_TEST, open_dataset, write_json
from training import device, model_card
from training.commands.common import FOLDER, computing_options, release_option, reported
from training.commands.predictions import batch_option, loaded, mode_option, predicting_options, runs_option
from training.cross import cross
from training.predict import predict
from training.run_folder import RunFolder
from training.scores import Cell, require_truth, scored, text_table


@click.command("predict")
@runs_option
@release_option
@click.option("--out", type=FOLDER, required=True, help="Gets one NAME.mp4 for each clip.")
@predicting_options
def predict_command(
    run_dirs: tuple[Path, ...],
    release: Path,
    subset: str,
    out: Path,
    wish: str,
    threads: int | None,
    mirror: bool | None,
    batch: int | None,
) -> None:
    """Predict a map video for every clip of a part."""
    with reported() as (reporter, stop):
        began = time.monotonic()
        predictors = loaded(run_dirs, wish, threads, mirror, batch, reporter)
        frames = predict(predictors, open_dataset(release), subset, out, reporter=reporter, stop=stop)
        reporter.event(
            "finished",
            phase="predict",
            clips=len(frames),
            frames=sum(frames.values()),
            seconds=round(time.monotonic() - began, 1),
        )


@click.command("evaluate")
@runs_option
@release_option
@click.option("--predictions", type=FOLDER, required=True, help="Gets one NAME.mp4 for each clip.")
@click.option("--out", type=FOLDER, required=True, help="The results.json to write.")
@mode_option
@predicting_options
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
    batch: int | None,
) -> None:
    """Predict a part and score it, as `cursal evaluate` does; the scores of one run go on its card too."""
    with reported() as (reporter, stop):
        began = time.monotonic()
        predictors = loaded(run_dirs, wish, threads, mirror, batch, reporter)
        dataset = open_dataset(release)
        require_truth(dataset, subset)
        predict(predictors, dataset, subset, predictions, reporter=reporter, stop=stop)
        results = scored(dataset, subset, predictions, mode=mode, reporter=reporter, stop=stop)
        write_json(out, results.document())
        mean = results.mean or {}
        if len(run_dirs) == 1:
            found: dict[str, Any] = {
                "release": release.resolve().name,
                "subset": subset,
                "mode": mode,
                "mirror": predictors[0].mirror,
                "clips": len(results.videos),
                "mean": mean,
            }
            try:
                model_card.add_scores(RunFolder(run_dirs[0]), found)
            except BadInput as error:
                # The scores themselves are written: they are no worse for it.
                click.echo(f"the scores are not on the run's card: {error}", err=True)
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
@mode_option
@batch_option
@computing_options
def cross_command(
    run_dirs: tuple[Path, ...],
    releases: tuple[Path, ...],
    subset: str,
    out: Path,
    mode: str,
    batch: int | None,
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
            windows=batch,
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


def _named(run_dirs: tuple[Path, ...]) -> str:
    return " + ".join(run.resolve().name for run in run_dirs)
