"""`make bench-capture`: every part after the other, one table, `var/bench/capture.json`.

A part that fails says so in a line of its own and in the exit status; the others are measured all the same.
"""

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from benchmarks.capture.inputs import Inputs
from benchmarks.parts import part_folder, run_all, run_part
from benchmarks.table import Row

RESULT = Path("var/bench/capture.json")


@dataclass(frozen=True)
class Part:
    """A module of this package, and whether it needs the site with its servers beside it."""

    name: str
    beside_site: bool = False


PARTS = (
    Part("frame_truth"),
    Part("rendering"),
    Part("storage"),
    Part("ingest", beside_site=True),
)


def measure(part: Part, inputs: Inputs) -> list[Row]:
    """Run one part and, where it needs one, a site of its own beside it; no site of the machine is touched.

    Raises PartFailed.
    """
    with part_folder(part.name, RESULT) as folder:
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        rows = folder / "rows.json"
        command = [sys.executable, "-m", "benchmarks.capture.part", part.name, inputs.dumps(), str(rows)]
        if part.beside_site:
            command = [sys.executable, "-m", "webapp.embedded", "exec", "--", *command]
        return run_part(part.name, command, rows, full=inputs.full, environment=_environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with servers and files in `folder` whatever is set: a bench never touches somebody's data."""
    # Emptied, not removed, so that a `.env` beside the code cannot bring them back.
    named_elsewhere = ("DATABASE_URL", "REDIS_URL", "CURSAL_URL", "CURSAL_STORAGE", "CURSAL_SCRATCH")
    return os.environ | dict.fromkeys(named_elsewhere, "") | {"CURSAL_VAR": str(folder / "var")}


@click.command()
@click.option(
    "--clips", type=click.Path(exists=True, file_okay=False, path_type=Path), help="videos of your own"
)
@click.option("--full", is_flag=True, help="the long series too")
@click.option("--seconds", default=120, show_default=True, help="how long a load is kept up")
@click.option(
    "--only", type=click.Choice([part.name for part in PARTS]), multiple=True, help="these parts alone"
)
def main(clips: Path | None, full: bool, seconds: int, only: tuple[str, ...]) -> None:
    """Measure capture and store the figures in var/bench/capture.json."""
    try:
        inputs = Inputs.of(clips, full=full, seconds=seconds)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if inputs.clips:
        click.echo(f"Videos: {', '.join(clip.name for clip in inputs.clips)}")
    chosen = [part for part in PARTS if not only or part.name in only]
    measures = {part.name: partial(measure, part, inputs) for part in chosen}
    sys.exit(run_all("Capture", measures, result=RESULT, inputs=inputs.as_json()))


if __name__ == "__main__":
    main()
