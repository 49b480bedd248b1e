"""The whole of it, unattended: clips, observers, builds, split, release, baselines, leaderboard."""

import os
import shutil
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from collector.management.commands.import_stimuli import import_folder
from collector.management.commands.simulate_observers import gaze_by_stimulus, simulate
from collector.models import Stimulus
from collector.simulation.client import SimulationFailed
from collector.work import WorkState
from processing.errors import BadInput
from webapp.leaderboard.models import METRICS
from webapp.leaderboard.selectors import board
from webapp.plans import demonstration
from webapp.plans.keepsakes import unpack_release, write_overlays
from webapp.plans.models import Plan
from webapp.plans.selectors import plan_steps

SYNTHETIC_CLIPS = 12
LOOK_EVERY_S = 1.0


class Command(BaseCommand):
    help = (
        "Run the main job with simulated observers, from clips to the leaderboard. The site must be running."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clips", type=Path, help="folder of videos to use instead of synthetic ones")
        parser.add_argument(
            "--gaze", type=Path, help="folder of eye recordings with their clips, replayed as hands"
        )
        parser.add_argument("--observers", type=int, default=20)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--url", default=os.environ.get("CURSAL_URL", "http://127.0.0.1:8000"))

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(stderr=True)
        started = time.monotonic()
        try:
            plan = self._demonstrate(console, **options)
        except (BadInput, SimulationFailed, httpx.HTTPError) as error:
            raise CommandError(str(error)) from error
        folder = settings.DEMO_DIR / plan.study.slug
        pictures = write_overlays(plan, folder / "overlays")
        unpack_release(plan, folder / "release")
        self._report(plan, folder, pictures, time.monotonic() - started)

    def _demonstrate(self, console: Console, **options: Any) -> Plan:
        shown = self._stimuli(console, options["clips"], options["gaze"])
        slug = demonstration.free_slug("simulated")
        plan = demonstration.study_with_plan(
            slug=slug,
            title=f"Simulated observers ({slug})",
            shown=shown,
            simulated=True,
            target_observers=options["observers"],
            clips_per_visit=min(200, len(shown)),
        )
        gaze = gaze_by_stimulus(options["gaze"]) if options["gaze"] else {}
        simulate(
            plan.study,
            observers=options["observers"],
            pace="fast",
            url=options["url"],
            seed=options["seed"],
            gaze=gaze,
        )
        follow(plan, console)
        plan.refresh_from_db()
        return plan

    def _stimuli(self, console: Console, clips: Path | None, gaze: Path | None) -> Sequence[Stimulus]:
        names: list[str] = []
        for folder in filter(None, (clips, gaze)):
            # A licence that nobody stated is said to be so in every product; a file that is no video is passed over.
            import_folder(folder, console, licence="LicenseRef-not-stated")
            names += demonstration.imported_names(folder)
        shown = list(Stimulus.objects.filter(name__in=names).order_by("name"))
        if clips is None:
            with Progress(console=console) as bar:
                task = bar.add_task("Making clips", total=SYNTHETIC_CLIPS)
                shown += demonstration.synthetic_stimuli(SYNTHETIC_CLIPS, lambda: bar.advance(task))
        return shown

    def _report(self, plan: Plan, folder: Path, pictures: int, seconds: float) -> None:
        console = Console(file=cast(IO[str], self.stdout), width=max(110, shutil.get_terminal_size().columns))
        release = plan.release
        assert release is not None
        study = plan.study.slug
        valid = sum(build.observers_used or 0 for build in plan.builds.all())
        made = Table("What", "How much", "Where", title=f"Made in {seconds:.0f} s by simulated observers")
        made.add_row("study", f"{plan.builds.count()} clips", f"/studies/{study}/")
        made.add_row("valid tracks", str(valid), f"/studies/{study}/")
        made.add_row("plan", plan.get_state_display(), f"/plans/{plan.pk}/")
        made.add_row(
            "release", f"version {release.number}, {release.layout}", f"/datasets/{study}/v{release.number}/"
        )
        made.add_row("leaderboard", "public test", f"/leaderboard/{study}-v{release.number}/")
        made.add_row("the release, unpacked", "public part", str(folder / "release"))
        made.add_row("overlay pictures", str(pictures), str(folder / "overlays"))
        console.print(made)
        scores = Table("Model", *METRICS, title="Leaderboard, public test, corrected mode")
        for row in board(release):
            values = [getattr(row.evaluation, metric) for metric in METRICS]
            scores.add_row(row.submission.name, *("–" if v is None else f"{v:.3f}" for v in values))
        console.print(scores)
        console.print(
            "The pages open under the address that `make run` prints; log in as curator there.", markup=False
        )


def follow(plan: Plan, console: Console) -> None:
    """Show the plan's steps as progress bars until it is over; raises CommandError when it stops."""
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, Any] = {}
        while True:
            plan.refresh_from_db()
            for step in plan_steps(plan):
                counts = f"{step.done}/{step.total} {step.unit}" if step.total else step.state
                if step.title not in tasks:
                    tasks[step.title] = bar.add_task(step.title, total=1.0, counts=counts, start=False)
                if step.state != WorkState.WAITING:
                    bar.start_task(tasks[step.title])
                done = 1.0 if step.state == WorkState.DONE else step.share
                bar.update(tasks[step.title], completed=done, counts=counts)
                if step.state == WorkState.DONE:
                    bar.stop_task(tasks[step.title])
            if plan.state == Plan.State.DONE:
                return
            if plan.state in {Plan.State.STOPPED, Plan.State.CANCELLED}:
                raise CommandError(f"the plan stopped: {plan.problem or plan.state}")
            time.sleep(LOOK_EVERY_S)
