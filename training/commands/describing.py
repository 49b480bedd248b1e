"""`references`, `count`, `shapes` and `schema`: what can be said without training."""

from __future__ import annotations

import json
from pathlib import Path

import click

from processing.layouts import PUBLIC_TEST, open_dataset, write_json
from training import config as configs
from training import counting, human
from training.commands.common import FOLDER, config_options, release_option, reported


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


@click.command("count")
@config_options
def count_command(config_name: str, overrides: tuple[str, ...]) -> None:
    """Parameters and GFLOP (a multiply-add is two) of a configured model at its input grid."""
    with reported():
        config = configs.load(config_name, overrides)
        found = counting.count(config)
        click.echo(
            f"{config.model}: {found.parameters / 1e6:.3f} M parameters, {found.trainable / 1e6:.3f} M trainable, "
            f"{found.gflop_per_frame:.3f} GFLOP a frame, {found.gflop_per_window:.3f} a window"
        )


@click.command("shapes")
@config_options
def shapes_command(config_name: str, overrides: tuple[str, ...]) -> None:
    """A table of a configured model's parts in the order in which they run."""
    with reported():
        click.echo("| part | comes out | parameters, M | GFLOP a window |\n|---|---|---|---|")
        for stage in counting.stages(configs.load(config_name, overrides)):
            shapes = ", ".join(" × ".join(str(side) for side in shape) for shape in stage.shapes)
            click.echo(f"| {stage.name} | {shapes} | {stage.parameters / 1e6:.3f} | {stage.gflop:.2f} |")


@click.command("schema")
def schema_command() -> None:
    """The JSON schema of configurations."""
    click.echo(json.dumps(configs.schema(), indent=1, sort_keys=True))
