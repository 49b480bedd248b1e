"""`train`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from processing.errors import BadInput
from processing.layouts import Dataset, open_dataset
from training import config as configs
from training import device, train
from training.clips import ClipSet
from training.commands.common import (
    FOLDER,
    computing_options,
    config_options,
    optional_release_option,
    reported,
    started,
)
from training.commands.lazily import imported
from training.config import CenterPriorConfig, Config
from training.data import open_cache
from training.model_card import Origin
from training.processes import joined, place_in_machine
from training.progress import Reporter, StopRequest
from training.run_folder import RunFolder
from training.seeing import require_enough_pictures

# Opens videos, so a run from the cache alone does without it, and without PyAV.
PREPARE = "training.data.preparing:prepare"


@click.command("train")
@config_options
@optional_release_option
@click.option("--out", type=FOLDER, required=True, help="Run folder; an interrupted run goes on.")
@click.option(
    "--cache",
    type=FOLDER,
    help="Where decoded pictures are kept. [default: OUT/cache] Without --release its clips are taken as they are.",
)
@computing_options
def train_command(
    config_name: str,
    overrides: tuple[str, ...],
    release: Path | None,
    out: Path,
    cache: Path | None,
    wish: str,
    threads: int | None,
) -> None:
    """Fit a model to the clips of the part `train`, of a release or of the cache that was prepared from one.

    Under torchrun each process takes a device of its own.
    """
    with reported() as (reporter, stop):
        if release is None and cache is None:
            raise BadInput(
                "there is nothing to train on: give --release, or --cache that was prepared from one"
            )
        config = configs.load(config_name, overrides)
        place = device.choose(wish, place_in_machine())
        device.settle(place, threads)
        run = RunFolder(out)
        if not run.config.exists():
            require_enough_pictures(config)
        dataset = None if release is None else open_dataset(release)
        with joined(place) as processes, run.locked(processes.first):
            if processes.first:
                run.begin(config)
                reporter.record_in(run.log)
            began = time.monotonic()
            started(reporter, "train", config, device=device.describe(place), processes=processes.world)
            clips, origin = _clips(config, dataset, cache, run, reporter, stop)
            facts = train.fit(
                config,
                clips,
                run,
                origin=origin,
                device=place,
                reporter=reporter,
                stop=stop,
                processes=processes,
            )
            reporter.event(
                "finished",
                phase="train",
                model=str(run.model),
                clips=len(clips.clips),
                empty_moments=clips.empty_moments,
                seconds=round(time.monotonic() - began, 1),
                **facts,
            )


def _clips(
    config: Config,
    dataset: Dataset | None,
    cache: Path | None,
    run: RunFolder,
    reporter: Reporter,
    stop: StopRequest,
) -> tuple[ClipSet, Origin]:
    """The clips of a release, by way of the cache; without one those that were last prepared in the cache."""
    if dataset is not None:
        pictures = None if isinstance(config, CenterPriorConfig) else (cache or run.cache)
        prepare = imported(PREPARE)
        clips = prepare(dataset, config.data, cache=pictures, reporter=reporter, stop=stop)
        return clips, Origin(dataset.root.name, dataset.layout.name)
    assert cache is not None, "one of the two was asked for"
    return open_cache(cache, config.data), Origin(cache.resolve().name, "a prepared cache")
