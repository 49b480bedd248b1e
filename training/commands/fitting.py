"""`prepare` and `train`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from processing.layouts import TRAIN, open_dataset
from training import config as configs
from training import device, model_card, train
from training.commands.common import (
    FOLDER,
    computing_options,
    config_options,
    release_option,
    reported,
    started,
)
from training.config import CenterPriorConfig
from training.data.preparing import prepare
from training.processes import joined, place_in_machine
from training.run_folder import RunFolder


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
            data_hash=clips.digest,
            seconds=round(time.monotonic() - began, 1),
        )


@click.command("train")
@config_options
@release_option
@click.option("--out", type=FOLDER, required=True, help="Run folder; an interrupted run goes on.")
@click.option("--cache", type=FOLDER, help="Where decoded pictures are kept. [default: OUT/cache]")
@computing_options
def train_command(
    config_name: str,
    overrides: tuple[str, ...],
    release: Path,
    out: Path,
    cache: Path | None,
    wish: str,
    threads: int | None,
) -> None:
    """Fit a model to the clips of the part `train`.

    Under torchrun each process takes a device of its own.
    """
    with reported() as (reporter, stop):
        config = configs.load(config_name, overrides)
        place = device.choose(wish, place_in_machine())
        device.settle(place, threads)
        run = RunFolder(out)
        dataset = open_dataset(release)
        with joined(place) as processes, run.locked(processes.first):
            if processes.first:
                run.begin(config)
                reporter.record_in(run.log)
            began = time.monotonic()
            started(reporter, "train", config, device=device.describe(place), processes=processes.world)
            pictures = None if isinstance(config, CenterPriorConfig) else (cache or run.cache)
            clips = prepare(dataset, config.data, cache=pictures, reporter=reporter, stop=stop)
            facts = train.fit(
                config, clips, run, device=place, reporter=reporter, stop=stop, processes=processes
            )
            if processes.first:
                model_card.write(run, config, facts, dataset)
            reporter.event(
                "finished",
                phase="train",
                model=str(run.model),
                clips=len(clips.clips),
                seconds=round(time.monotonic() - began, 1),
                **facts,
            )
