"""``cursal evaluate``: scores a folder of predictions and writes results.json."""

import csv
from pathlib import Path

import click

from processing.errors import BadInput
from processing.evaluate import COMPATIBLE, Results, evaluate, names_of_subset
from processing.layouts import write_json
from processing.progress_bar import progress_bar
from processing.scoring import MODES
from processing.scoring.limits import bounded_memory

EXIT_INCOMPLETE = 3

_FOLDER = click.Path(path_type=Path)


@click.command("evaluate")
@click.option("--predictions", type=_FOLDER, required=True, help="Folder of predicted maps, NAME.mp4.")
@click.option("--truth", type=_FOLDER, required=True, help="Folder of true maps, NAME.mp4.")
@click.option("--fixations", type=_FOLDER, required=True, help="Folder of NAME/fixations.json or NAME.json.")
@click.option("--split-file", type=_FOLDER, help="TrainTestSplit.json; needs --subset.")
@click.option("--subset", help="The part of the split file to score, such as public_test.")
@click.option("--mode", default=COMPATIBLE, show_default=True, help=f"One of: {', '.join(MODES)}.")
@click.option("--allow-missing", is_flag=True, help="Average what could be scored and say so.")
@click.option("--workers", type=int, help="Processes; by default as many as there are cores and work for.")
@click.option("--curves", type=_FOLDER, help="Folder for NAME.csv: the metrics of every scored frame.")
@click.option("--out", type=_FOLDER, required=True, help="The results.json to write.")
def evaluate_command(
    predictions: Path,
    truth: Path,
    fixations: Path,
    split_file: Path | None,
    subset: str | None,
    mode: str,
    allow_missing: bool,
    workers: int | None,
    curves: Path | None,
    out: Path,
) -> None:
    """Score predicted saliency videos against the truth.

    The exit status is 3 when a clip could not be scored: then there is no mean, unless --allow-missing. A run that
    was killed goes on where it was: finished clips are kept beside --out until all are scored.
    """
    if (split_file is None) != (subset is None):
        raise BadInput("--split-file and --subset go together: give both or neither")
    if workers is not None and workers < 1:
        raise BadInput(f"--workers must be 1 or more, not {workers}")
    _require_writable(out)
    if curves is not None:
        _require_folder(curves)
    journal = out.with_name(f"{out.name}.finished")
    names = None if split_file is None or subset is None else names_of_subset(split_file, subset)
    with progress_bar("scoring", "frames") as show, bounded_memory():
        results = evaluate(
            predictions=predictions,
            truth=truth,
            fixations=fixations,
            names=names,
            mode=mode,
            workers=workers,
            progress=show,
            allow_missing=allow_missing,
            journal=journal,
        )
    _write(results, out)
    if curves is not None:
        write_curves(results, curves)
    if not results.failed:
        journal.unlink(missing_ok=True)
    _tell(results, out)
    if not results.complete:
        click.get_current_context().exit(EXIT_INCOMPLETE)


def _require_writable(out: Path) -> None:
    """Found out before an hour of scoring, not after it."""
    if out.is_dir():
        raise BadInput(f"--out names a folder: {out}; give the file to write, such as {out / 'results.json'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _partial(out).touch()
        _partial(out).unlink()
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}; give a place that can be written") from error


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"cannot write into {folder}: {error.strerror}; give another folder") from error


def write_curves(results: Results, folder: Path) -> None:
    """One NAME.csv a clip: the entry of the list of fixations, from 0, and its metrics; empty where there is none."""
    for name, clip in results.videos.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["frame", *clip.curves])
            rows.writerows(
                [frame, *values] for frame, values in enumerate(zip(*clip.curves.values(), strict=True))
            )


def _write(results: Results, out: Path) -> None:
    """Write beside the target and rename: a reader never sees half a file."""
    write_json(_partial(out), results.document())
    _partial(out).replace(out)


def _partial(out: Path) -> Path:
    return out.with_name(f".{out.name}.partial")


def _tell(results: Results, out: Path) -> None:
    for name, reason in results.failed.items():
        click.echo(f"failed: {name}: {reason}", err=True)
    for warning in results.warnings:
        click.echo(f"warning: {warning}", err=True)
    if (mean := results.mean) is None:
        click.echo(
            f"no mean: {len(results.failed)} of {len(results.failed) + len(results.videos)} videos failed"
        )
    else:
        scores = "  ".join(f"{metric} {value:.4f}" for metric, value in mean.items() if value is not None)
        click.echo(f"{results.mode}, {len(results.videos)} videos: {scores}")
    click.echo(f"written: {out}")
