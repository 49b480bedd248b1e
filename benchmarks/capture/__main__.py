"""`make bench-capture`: every part after the other, one table, `var/bench/capture.json`.

A part that fails says so in a line of its own and in the exit status; the others are measured all the same.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.capture.inputs import Inputs
from benchmarks.table import Row, show, this_machine, write

RESULT = Path("var/bench/capture.json")
PART_WITHIN_S = 15 * 60
FULL_PART_WITHIN_S = 2 * 3600


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


class PartFailed(Exception):
    """A part ended without rows; the text says why."""


def measure(part: Part, inputs: Inputs) -> list[Row]:
    """Run one part in a process and, where it needs one, beside a site of its own; raises PartFailed.

    Nothing that a part sets up, leaks or breaks reaches the next one, and no site of the machine is touched.
    """
    # On the disk that the site would lie on, since how long a commit takes is part of the measurement.
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{part.name}-", dir=RESULT.parent.resolve()))
    folder.chmod(0o711)  # as root, PostgreSQL runs under another account
    result = folder / "rows.json"
    command = [sys.executable, "-m", "benchmarks.capture.part", part.name, inputs.dumps(), str(result)]
    if part.beside_site:
        command = [sys.executable, "-m", "webapp.embedded", "exec", "--", *command]
    within_s = FULL_PART_WITHIN_S if inputs.full else PART_WITHIN_S
    try:
        # timeout(1) ends the whole process group, and hands an interrupt on.
        ended = subprocess.run(
            ["timeout", "--foreground", "--kill-after=20", str(within_s), *command],
            env=_environment(folder),
            check=False,
        )
        if ended.returncode:
            why = "took too long" if ended.returncode == 124 else f"ended with status {ended.returncode}"
            raise PartFailed(f"{part.name} {why}; see above")
        return [_row(said) for said in json.loads(result.read_text())]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with servers and files in `folder` whatever is set: a bench never touches somebody's data."""
    # Emptied, not removed, so that a `.env` beside the code cannot bring them back.
    named_elsewhere = ("DATABASE_URL", "REDIS_URL", "CURSAL_URL", "CURSAL_STORAGE", "CURSAL_SCRATCH")
    return os.environ | dict.fromkeys(named_elsewhere, "") | {"CURSAL_VAR": str(folder / "var")}


def _row(said: dict) -> Row:
    return Row(**{name: value for name, value in said.items() if name != "met"})


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
    rows: list[Row] = []
    failures: list[str] = []
    for part in PARTS:
        if only and part.name not in only:
            continue
        click.echo(f"Measuring {part.name} …")
        try:
            rows += measure(part, inputs)
        except PartFailed as failed:
            failures.append(str(failed))
    show("Capture", rows)
    write(RESULT, machine=this_machine(), inputs=inputs.as_json(), rows=rows)
    for line in failures:
        click.echo(f"error: {line}", err=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
