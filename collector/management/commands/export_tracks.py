"""The raw tracks of a study as tidy tables."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.export.files import FORMATS
from collector.export.selection import tracks_of
from collector.export.study import export_study
from collector.models import Study
from processing.errors import BadInput


class Command(BaseCommand):
    help = (
        "Write every sample, presented frame, viewport, event and trial of a study as tables with one row a thing, "
        "in client and in video pixels, with a dictionary of the columns. Visits that were withdrawn are left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--study", required=True, help="slug of the study")
        parser.add_argument("--out", required=True, type=Path, help="a folder that does not exist yet")
        parser.add_argument("--format", choices=FORMATS, default="parquet")
        parser.add_argument("--practice", action="store_true", help="the practice clips too")

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"there is no study {options['study']!r}; there are: {known}", returncode=2)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        total = tracks_of(study, practice=options["practice"]).count()
        try:
            with Progress(*columns, console=Console(stderr=True)) as bar:
                task = bar.add_task("Tracks", total=total)
                exported = export_study(
                    study,
                    options["out"],
                    options["format"],
                    practice=options["practice"],
                    on_track=lambda: bar.advance(task),
                )
        except BadInput as error:
            raise CommandError(str(error), returncode=2) from error
        for line in exported.troubles:
            self.stderr.write(line)
        self.stdout.write(f"{exported.tracks} tracks of {study.slug} are in {options['out']}")
