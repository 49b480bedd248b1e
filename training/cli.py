"""The commands `train` and `predict`: JSON lines on standard output, a log on standard error.

Exit status 0 when finished, 2 on input that cannot be used, 75 when stopped and resumable, 1 on a fault of
ours.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from processing.errors import BadInput
from processing.layouts import PUBLIC_TEST, open_dataset
from training import config as configs
from training import device, train
from training import predict as prediction
from training.config import SmallNetConfig
from training.data.preparing import prepare
from training.progress import EXIT_STOPPED, Reporter, Stopped, StopRequest
from training.run_folder import RunFolder

EXIT_BAD_INPUT = 2

Command = Callable[..., None]


@click.group()
def main() -> None:
    """Fit a baseline to a released dataset and predict saliency maps with it."""


def _release(command: Command) -> Command:
    return click.option(
        "--release", type=click.Path(path_type=Path), required=True, help="Folder in the AIM24 layout."
    )(command)


def _computing(command: Command) -> Command:
    command = click.option(
        "--device", "wish", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True
    )(command)
    return click.option(
        "--threads", type=click.IntRange(min=1), default=None, help="CPU threads. [default: all cores]"
    )(command)


@main.command("train")
@click.option(
    "--config", "config_name", required=True, help=f"A TOML file, or one of: {', '.join(configs.presets())}."
)
@_release
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Run folder; an interrupted run goes on."
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where decoded pictures are kept. [default: OUT/cache]"
)
@_computing
def train_command(
    config_name: str, release: Path, out: Path, cache: Path | None, wish: device.Wish, threads: int | None
) -> None:
    """Fit a model to the clips of the part `train`."""
    with _reported() as (reporter, stop):
        config = configs.load(config_name)
        place = device.choose(wish)
        device.settle(place, threads)
        run = RunFolder(out)
        with run.locked():
            run.begin(config)
            began = time.monotonic()
            reporter.event(
                "started",
                phase="train",
                model=config.model,
                configuration=configs.fingerprint(config),
                device=device.describe(place),
            )
            pictures = (cache or run.cache) if isinstance(config, SmallNetConfig) else None
            clips = prepare(open_dataset(release), config.data, cache=pictures, reporter=reporter, stop=stop)
            facts = train.fit(config, clips, run, device=place, reporter=reporter, stop=stop)
            reporter.event(
                "finished",
                phase="train",
                model=str(run.model),
                clips=len(clips.clips),
                seconds=round(time.monotonic() - began, 1),
                **facts,
            )


@main.command("predict")
@click.option(
    "--run", "run_dir", type=click.Path(path_type=Path), required=True, help="Folder of a finished run."
)
@_release
@click.option("--subset", default=PUBLIC_TEST, show_default=True, help="Part of the release to predict.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Gets one NAME.mp4 for each clip."
)
@_computing
def predict_command(
    run_dir: Path, release: Path, subset: str, out: Path, wish: device.Wish, threads: int | None
) -> None:
    """Predict a map video for every clip of a part."""
    with _reported() as (reporter, stop):
        place = device.choose(wish)
        device.settle(place, threads)
        began = time.monotonic()
        predictor = prediction.load(RunFolder(run_dir), place)
        reporter.event(
            "started",
            phase="predict",
            model=predictor.config.model,
            configuration=configs.fingerprint(predictor.config),
            device=device.describe(place),
        )
        frames = prediction.predict(
            predictor, open_dataset(release), subset, out, reporter=reporter, stop=stop
        )
        reporter.event(
            "finished",
            phase="predict",
            clips=len(frames),
            frames=sum(frames.values()),
            seconds=round(time.monotonic() - began, 1),
        )


@contextmanager
def _reported() -> Iterator[tuple[Reporter, StopRequest]]:
    """Listen for the end; turn every way a command can end into an event, a log line and an exit status."""
    stop = StopRequest()
    reporter = Reporter(stop)
    try:
        with stop.listening():
            yield reporter, stop
    except Stopped as stopped:
        click.echo(f"stopped: {stopped}; run the same command again to go on", err=True)
        reporter.event("stopped", message=str(stopped))
        sys.exit(EXIT_STOPPED)
    except BadInput as error:
        click.echo(f"error: {error}", err=True)
        reporter.event("error", message=str(error))
        sys.exit(EXIT_BAD_INPUT)
    except Exception as error:
        traceback.print_exc()
        reporter.event("error", message=f"{type(error).__name__}: {error}")
        sys.exit(1)
