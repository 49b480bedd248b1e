"""`references`: what a baseline is held against."""

from __future__ import annotations

from pathlib import Path

import click

from processing.layouts import PUBLIC_TEST, open_dataset, write_json
from training import human
from training.commands.common import FOLDER, release_option, reported


@click.command("references")
@release_option
@click.option("--subset", default=PUBLIC_TEST, show_default=True, help="Part of the release.")
@click.option("--out", type=FOLDER, help="A JSON file to write them to.")
def references_command(release: Path, subset: str, out: Path | None) -> None:
    """How well people predict people on each clip, as far as the release says it."""
    with reported() as (reporter, _):
        found = human.of_release(open_dataset(release), subset)
        table = human.table(found)
        if out is not None:
            write_json(out, table)
        for clip in found:
            if clip.reason:
                click.echo(f"{clip.name}: {clip.reason}", err=True)
        reporter.event("finished", phase="references", **table)
