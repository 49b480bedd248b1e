"""Bring a folder of videos in: probe each, keep the original, prepare a rendition."""

import csv
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from collector import strict_json
from collector.models import Stimulus
from collector.services import preparation, stimuli
from processing.errors import BadInput
from processing.video import probe

# What usually lies beside clips and is none.
BESIDE_CLIPS = {".csv", ".json", ".mat", ".md", ".txt"}
MANIFEST_COLUMNS = {"file", "name", "title", "licence", "attribution", "source_url"}


class Command(BaseCommand):
    help = (
        "Import every video of FOLDER. The originals are never touched. A manifest (CSV with the columns file, "
        "name, title, licence, attribution, source_url) says what is not in the file names."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--fps", default="keep", help="'keep' (default) or a rate, e.g. 30 or 30000/1001")
        parser.add_argument("--size", default="keep", choices=["keep", "full-hd"])
        parser.add_argument("--licence", default="", help="SPDX id for clips that the manifest does not name")
        parser.add_argument("--attribution", default="")
        parser.add_argument("--manifest", type=Path, help="default: FOLDER/stimuli.csv where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), soft_wrap=True)
        refused, total = import_folder(
            options["folder"],
            console,
            fps=options["fps"],
            size=options["size"],
            licence=options["licence"],
            attribution=options["attribution"],
            manifest=options["manifest"],
        )
        if refused:
            raise CommandError(f"{refused} of {total} files were refused; the others are in")


def import_folder(
    folder: Path,
    console: Console,
    *,
    fps: str = "keep",
    size: str = "keep",
    licence: str = "",
    attribution: str = "",
    manifest: Path | None = None,
) -> tuple[int, int]:
    """Import every video of a folder, with a line for each on `console`; returns how many of how many were refused.

    Raises CommandError when there is nothing to import or the manifest cannot be used.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder")
    known = read_manifest(manifest or folder / "stimuli.csv", required=manifest is not None)
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    clips = [path for path in files if path.suffix.lower() not in BESIDE_CLIPS]
    if not clips:
        raise CommandError(f"{folder} holds no videos")
    refused = 0
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Preparing", total=len(clips))
        for path in clips:
            facts = {"licence": licence, "attribution": attribution} | known.get(path.name, {})
            try:
                line = import_one(path, fps=fps, size=size, facts=facts)
            except BadInput as error:
                refused += 1
                line = f"refused {path.name}: {error}"
            console.print(line, markup=False, highlight=False)
            bar.advance(task)
    return refused, len(clips)


def import_one(path: Path, *, fps: str, size: str, facts: dict[str, str]) -> str:
    """Import one video and say in a line what came of it; the same file a second time changes nothing.

    Raises BadInput, and leaves no row behind, when it cannot be used.
    """
    strict_json.require_storable(facts)
    probe(path)
    name = facts.get("name") or stimulus_name(path)
    earlier = Stimulus.objects.filter(name=name).first()
    if earlier is not None:
        stimulus = stimuli.stimulus_same_file(stimulus=earlier, path=path)
        if stimulus.rendition is not None:
            return f"{name}: already here"
    else:
        stimulus = stimuli.stimulus_add(
            path=path,
            name=name,
            title=facts.get("title", ""),
            licence=facts.get("licence", ""),
            attribution=facts.get("attribution", ""),
            source_url=facts.get("source_url", ""),
            fps=fps,
            size=size,
        )
    try:
        rendition = preparation.stimulus_prepare(stimulus.pk)
    except BadInput:
        stimulus.delete()
        raise
    if rendition is None:
        stimulus.refresh_from_db()
        return f"{name}: {stimulus.last_error or 'a worker is preparing it'}"
    notes = rendition.settings.get("notes") or []
    views = list(rendition.views.order_by("pk"))
    stored_mib = sum(file.bytes for file in [rendition, *views]) / 2**20
    return " · ".join(
        [
            f"{name}: {rendition.width}x{rendition.height}, {rendition.fps} fps, {rendition.frames} frames",
            *notes,
            f"{stored_mib:.1f} MiB" + "".join(f", {view.tier} view" for view in views),
        ]
    )


def stimulus_name(path: Path) -> str:
    """A name from the file's stem, with what is not allowed in names replaced."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_")[:80] or "clip"


def read_manifest(path: Path, *, required: bool) -> dict[str, dict[str, str]]:
    """Rows of the manifest by file name; raises CommandError for unknown columns or a missing file."""
    if not path.is_file():
        if required:
            raise CommandError(f"there is no manifest {path}")
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        columns = set(rows.fieldnames or [])
        if "file" not in columns or columns - MANIFEST_COLUMNS:
            raise CommandError(
                f"{path}: expected columns file and any of {', '.join(sorted(MANIFEST_COLUMNS))}"
            )
        return {row["file"]: {key: value for key, value in row.items() if value} for row in rows}
