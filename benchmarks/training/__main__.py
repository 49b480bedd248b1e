"""`make bench-training`: every part after the other, one table, `var/bench/training.json`."""

import sys
from functools import partial
from pathlib import Path

import click

from benchmarks.parts import part_folder, run_all, run_part
from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from benchmarks.videos import videos_in

RESULT = Path("var/bench/training.json")
PARTS = ("sizes", "targets", "gpu", "learning", "listening")
# Parts that take longer than all the others together.
LONG_PARTS = ("ablation",)


def measure(name: str, inputs: Inputs) -> list[Row]:
    """Run one part; raises PartFailed."""
    with part_folder(name, RESULT) as folder:
        rows = folder / "rows.json"
        command = [
            sys.executable,
            "-m",
            "benchmarks.training.part",
            name,
            inputs.dumps(),
            str(folder),
            str(rows),
        ]
        return run_part(name, command, rows, full=inputs.full or name in LONG_PARTS)


def parts_of(full: bool) -> tuple[str, ...]:
    """What is measured where no part is named."""
    return (*PARTS, *LONG_PARTS) if full else PARTS


@click.command()
@click.option(
    "--clips", type=click.Path(exists=True, file_okay=False, path_type=Path), help="videos of your own"
)
@click.option("--seed", default=2, show_default=True, help="of synthetic clips and hands")
@click.option("--full", is_flag=True, help="the long series too")
@click.option("--only", type=click.Choice([*PARTS, *LONG_PARTS]), multiple=True, help="these parts alone")
def main(clips: Path | None, seed: int, full: bool, only: tuple[str, ...]) -> None:
    """Measure training and store the figures in var/bench/training.json."""
    try:
        inputs = Inputs(videos_in(clips) if clips else (), seed, full)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    measures = {name: partial(measure, name, inputs) for name in only or parts_of(full)}
    sys.exit(run_all("Training", measures, result=RESULT, inputs=inputs.as_json()))


if __name__ == "__main__":
    main()
