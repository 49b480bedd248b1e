"""`make bench-arithmetic`: every part after the other, one table, `var/bench/arithmetic.json`."""

import sys
from functools import partial
from pathlib import Path

import click

from benchmarks.arithmetic.clips import OBSERVERS, SECONDS
from benchmarks.parts import part_folder, run_all, run_part
from benchmarks.table import Row

RESULT = Path("var/bench/arithmetic.json")
PARTS = ("maps", "tracks", "build", "scores", "questions")


def measure(name: str, full: bool) -> list[Row]:
    """Run one part; raises PartFailed."""
    with part_folder(name, RESULT) as folder:
        rows = folder / "rows.json"
        length = "full" if full else "short"
        command = [sys.executable, "-m", "benchmarks.arithmetic.part", name, length, str(folder), str(rows)]
        return run_part(name, command, rows, full=full)


@click.command()
@click.option("--full", is_flag=True, help="the long series too")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="these parts alone")
def main(full: bool, only: tuple[str, ...]) -> None:
    """Measure the arithmetic and store the figures in var/bench/arithmetic.json."""
    measures = {name: partial(measure, name, full) for name in PARTS if not only or name in only}
    inputs = {"clips": "synthetic", "seconds": SECONDS, "observers": OBSERVERS, "full": full}
    sys.exit(run_all("Arithmetic", measures, result=RESULT, inputs=inputs))


if __name__ == "__main__":
    main()
