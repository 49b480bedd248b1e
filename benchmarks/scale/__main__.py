"""`make bench-scale`: the same clips built and scored by one worker, then by two; `var/bench/scale.json`.

Every worker is bound to a core of its own, as a machine of one core would be, and shares nothing with the other one
but PostgreSQL, Redis and the store.
"""

import os
import sys
from pathlib import Path

import click

from benchmarks.parts import part_folder, run_all, run_part
from benchmarks.scale.size import Size
from benchmarks.table import Row
from webapp.embedded.servers import running_servers
from webapp.embedded.state import StateFolder

RESULT = Path("var/bench/scale.json")
_NAMED_ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "CURSAL_URL")


def units(size: Size, full: bool) -> list[Row]:
    """What a gigapixel costs, without servers; raises PartFailed."""
    with part_folder("units", RESULT) as folder:
        rows = folder / "rows.json"
        return run_part("units", _command("units", size, rows), rows, full=full, environment=_unnamed())


def fan_out(size: Size, full: bool) -> list[Row]:
    """Build and score beside servers of its own; raises PartFailed."""
    for name in _NAMED_ELSEWHERE:  # a bench never touches servers that hold somebody's data
        os.environ.pop(name, None)
    with part_folder("fan-out", RESULT) as folder:
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        state = StateFolder(folder / "var")
        state.prepare()
        rows = folder / "rows.json"
        with running_servers(state, durable=False) as addresses:
            environment = _unnamed() | addresses
            environment |= {
                "CURSAL_STORAGE": str(state.storage),
                "CURSAL_SCRATCH": str(state.scratch),
                "CURSAL_SECRET_KEY": "only-for-this-bench-" * 3,
                "CURSAL_LOG_LEVEL": "WARNING",
                "DJANGO_SETTINGS_MODULE": "webapp.settings",
            }
            command = _command("fan_out", size, rows)
            return run_part("fan_out", command, rows, full=full, environment=environment)


def _command(part: str, size: Size, rows: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.scale.part", part, size.dumps(), str(rows)]


def _unnamed() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NAMED_ELSEWHERE}


@click.command()
@click.option("--clips", default=6, show_default=True, help="clips to build and to score")
@click.option("--seconds", default=5, show_default=True, help="length of a clip")
@click.option("--height", default=720, show_default=True, help="lines of a clip, 16:9")
@click.option("--observers", default=20, show_default=True, help="tracks of a clip")
@click.option("--full", is_flag=True, help="Full HD clips of 20 s with 75 observers each")
def main(clips: int, seconds: int, height: int, observers: int, full: bool) -> None:
    """Measure one and two workers and store the figures in var/bench/scale.json."""
    size = Size(clips, 20, 1080, 75) if full else Size(clips, seconds, height, observers)
    measures = {"units": lambda: units(size, full), "fan_out": lambda: fan_out(size, full)}
    sys.exit(run_all("Scale", measures, result=RESULT, inputs=vars(size)))


if __name__ == "__main__":
    main()
