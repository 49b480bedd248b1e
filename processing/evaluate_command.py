"""``cursal evaluate``: scores a folder of predictions and writes results.json."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from processing.errors import BadInput
from processing.evaluate import COMPATIBLE, MODES, Results, evaluate, names_of_subset
from processing.layouts import write_json
from processing.metrics import METRICS

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
    out: Path,
) -> None:
    """Score predicted saliency videos against the truth.

    The exit status is 3 when a clip could not be scored: then there is no mean, unless --allow-missing.
    """
    if (split_file is None) != (subset is None):
        raise BadInput("--split-file and --subset go together: give both or neither")
    if workers is not None and workers < 1:
        raise BadInput(f"--workers must be 1 or more, not {workers}")
    if out.is_dir():
        raise BadInput(f"--out names a folder: {out}; give the file to write, such as {out / 'results.json'}")
    names = None if split_file is None or subset is None else names_of_subset(split_file, subset)
    console = Console(stderr=True)
    with _progress_bar(console) as bar:
        task = bar.add_task("scoring", total=None)
        results = evaluate(
            predictions=predictions,
            truth=truth,
            fixations=fixations,
            names=names,
            mode=mode,
            workers=workers,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            allow_missing=allow_missing,
        )
    _write(results, out)
    _tell(results, out)
    if not results.complete:
        click.get_current_context().exit(EXIT_INCOMPLETE)


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeRemainingColumn(),
        console=console,
    )


def _write(results: Results, out: Path) -> None:
    """Write beside the target and rename: a reader never sees half a file."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(partial, results.document())
        partial.replace(out)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}; give a place that can be written") from error


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
        scores = "  ".join(f"{metric} {mean[metric]:.4f}" for metric in METRICS)
        click.echo(f"{results.mode}, {len(results.videos)} videos: {scores}")
    click.echo(f"written: {out}")
