"""`prepare`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from processing.layouts import TRAIN, open_dataset
from training import config as configs
from training.commands.common import FOLDER, config_options, release_option, reported, started
from training.data.preparing import prepare
from training.seeing import require_enough_pictures


@click.command("prepare")
@config_options
@release_option
@click.option(
    "--cache", type=FOLDER, required=True, help="Where decoded pictures, points and sound are kept."
)
@click.option("--part", default=TRAIN, show_default=True, help="Part of the release.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Clips that are decoded at once.",
)
def prepare_command(
    config_name: str, overrides: tuple[str, ...], release: Path, cache: Path, part: str, workers: int
) -> None:
    """Decode a part of a release once, so that training needs neither it nor the videos."""
    with reported() as (reporter, stop):
        config = configs.load(config_name, overrides)
        require_enough_pictures(config)
        began = time.monotonic()
        started(reporter, "prepare", config)
        clips = prepare(
            open_dataset(release),
            config.data,
            cache=cache,
            reporter=reporter,
            stop=stop,
            part=part,
            workers=workers,
        )
        reporter.event(
            "finished",
            phase="prepare",
            clips=len(clips.clips),
            empty_moments=clips.empty_moments,
            data_hash=clips.digest,
            seconds=round(time.monotonic() - began, 1),
        )
