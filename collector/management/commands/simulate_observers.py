"""Made-up observers walk a study through its real HTTP API."""

import os
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.management.commands.import_stimuli import stimulus_name
from collector.models import Stimulus, Study
from collector.simulation.client import SimulatedObserver, SimulationFailed, Walk
from collector.simulation.hands import Hands
from processing.errors import BadInput
from processing.gaze import GazeRecording, find_recordings, read_recordings

THREADS = 8  # enough to keep a small server busy


class Command(BaseCommand):
    help = (
        "Send made-up observers through a study. 'fast' needs a study that is marked as simulated; 'real' takes as "
        "long as the clips do. What made-up observers contribute to is marked as simulated in every product."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("--observers", type=int, default=20)
        parser.add_argument("--pace", choices=["real", "fast"], default="fast")
        parser.add_argument(
            "--url",
            default=os.environ.get("CURSAL_URL", "http://127.0.0.1:8000"),
            help="where the site answers; by default where `make run` does",
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--gaze", type=Path, help="replay the eye recordings of this folder as hands")

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"there is no study {options['study']!r}; there are: {known}")
        if options["pace"] == "fast" and not study.simulated:
            raise CommandError(
                f"study {study.slug!r} is not marked as simulated, so its observers cannot have a virtual clock: "
                "use --pace real, mark the study, or make another one for them"
            )
        try:
            gaze = gaze_by_stimulus(options["gaze"]) if options["gaze"] else {}
            walks = simulate(
                study,
                observers=options["observers"],
                pace=options["pace"],
                url=options["url"],
                seed=options["seed"],
                gaze=gaze,
            )
        except (BadInput, SimulationFailed, httpx.HTTPError) as error:
            raise CommandError(str(error)) from error
        trials, samples = sum(walk.trials for walk in walks), sum(walk.samples for walk in walks)
        self.stdout.write(f"{len(walks)} observers, {trials} trials, {samples} samples: all stored")


def simulate(
    study: Study,
    *,
    observers: int,
    pace: str,
    url: str,
    seed: int,
    gaze: Mapping[str, Sequence[GazeRecording]] | None = None,
) -> list[Walk]:
    """Send `observers` observers, several at a time, and show how far they are."""
    hands = Hands(gaze or {})
    version = study.version
    clips = version.study_stimuli.filter(practice=False).count() if version else 0
    expected = observers * min(clips, version.document.clips_per_visit if version else 0)

    def walk(number: int, on_trial: Any) -> Walk:
        try:
            return SimulatedObserver(url, study.slug, hands, seed=seed * 100_003 + number, pace=pace).walk(
                on_trial
            )
        finally:
            connection.close()  # this thread's own

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with (
        Progress(*columns, console=Console(stderr=True)) as bar,
        ThreadPoolExecutor(max_workers=observers if pace == "real" else THREADS) as pool,
    ):
        task = bar.add_task("Observers watch, trials", total=expected)
        pending = [pool.submit(walk, number, lambda: bar.advance(task)) for number in range(observers)]
        try:
            return [done.result() for done in as_completed(pending)]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def gaze_by_stimulus(folder: Path) -> dict[str, list[GazeRecording]]:
    """Recordings by the names that the clips have as stimuli; raises BadInput when none of them is imported."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder")
    found = {stimulus_name(clip): read_recordings(paths) for clip, paths in find_recordings(folder).items()}
    here = set(Stimulus.objects.filter(name__in=found).values_list("name", flat=True))
    if not here:
        raise BadInput(f"import the clips first: manage.py import_stimuli {folder}")
    return {name: recordings for name, recordings in found.items() if name in here}
