"""`count`, `shapes` and `schema`: what a configuration says."""

from __future__ import annotations

import json

import click

from training import config as configs
from training import counting
from training.commands.common import config_options, reported


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
