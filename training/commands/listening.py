"""`listen`: the shuffled-audio test."""

from __future__ import annotations

import time
from pathlib import Path

import click

from processing.layouts import open_dataset, write_json
from training.commands.common import FOLDER, release_option, reported
from training.commands.predictions import loaded, mode_option, predicting_options
from training.content_groups import read_groups
from training.gains import FEWEST_CLIPS, REPLICATES
from training.listening import listen, text


@click.command("listen")
@click.option("--run", "run_dir", type=FOLDER, required=True, help="Folder of a finished run that listens.")
@release_option
@click.option("--groups", "groups_file", type=FOLDER, help="CSV name,group: the kinds of content.")
@click.option(
    "--out", type=FOLDER, required=True, help="Gets the predictions, listening.json and listening.md."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the shuffle and the bootstrap.",
)
@mode_option
@predicting_options
def listen_command(
    run_dir: Path,
    release: Path,
    groups_file: Path | None,
    out: Path,
    seed: int,
    mode: str,
    subset: str,
    wish: str,
    threads: int | None,
    mirror: bool | None,
    batch: int | None,
) -> None:
    """Show whether a model that listens gains from sound.

    Every clip with sound is predicted and scored with its own sound, with another clip's, and with none.
    """
    with reported() as (reporter, stop):
        began = time.monotonic()
        dataset = open_dataset(release)
        known = {name for names in dataset.parts().values() for name in names}
        content = {} if groups_file is None else read_groups(groups_file, known)
        (predictor,) = loaded([run_dir], wish, threads, mirror, batch, reporter)
        found = listen(
            predictor,
            dataset,
            subset,
            out,
            content=content,
            mode=mode,
            seed=seed,
            reporter=reporter,
            stop=stop,
        )
        run_name, release_name = run_dir.resolve().name, release.resolve().name
        document = {
            "run": run_name,
            "release": release_name,
            "subset": subset,
            "mode": mode,
            "seed": seed,
            "replicates": REPLICATES,
            "fewest_clips": FEWEST_CLIPS,
            **found.document(),
        }
        words = text(f"Does sound help? {run_name} on {subset} of {release_name}, mode {mode}", found)
        write_json(out / "listening.json", document)
        (out / "listening.md").write_text(words, "utf-8")
        click.echo(words, err=True)
        reporter.event(
            "finished",
            phase="listen",
            clips=len(found.clips),
            without_sound=list(found.without_sound),
            mode=mode,
            groups=document["groups"],
            seconds=round(time.monotonic() - began, 1),
        )
