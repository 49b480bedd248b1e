"""A first study for a fresh site, so that every page has something on it."""

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import Progress

from collector.models import Study
from webapp.plans import demonstration

SLUG = "demo"
CLIPS = 6


class Command(BaseCommand):
    help = "Make the demo study with synthetic clips, where it is not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        if Study.objects.filter(slug=SLUG).exists():
            self.stdout.write("the demo study is there already")
            return
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("Making demo clips", total=CLIPS + 1)
            demonstration.practice_stimulus()
            bar.advance(task)
            shown = demonstration.synthetic_stimuli(CLIPS, lambda: bar.advance(task))
        demonstration.study_with_plan(
            slug=SLUG,
            title="Watch a few short videos",
            shown=shown,
            simulated=False,
            target_observers=5,
            clips_per_visit=CLIPS,
        )
        self.stdout.write(f"the study /study/{SLUG}/ is open")
