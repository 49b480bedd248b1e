"""A bench in parts: each in a process of its own, one table, one file; a part that fails hides no other.

Nothing that a part sets up, leaks or breaks reaches the next one.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from benchmarks.table import Row, show, this_machine, write

PART_WITHIN_S = 15 * 60
FULL_PART_WITHIN_S = 2 * 3600
STOPS_WITHIN_S = 20


class PartFailed(Exception):
    """A part ended without rows; the text says why."""


@contextmanager
def part_folder(name: str, result: Path) -> Iterator[Path]:
    """A folder beside the bench's result for one part, gone afterwards."""
    # On the disk that a site would lie on, since how long a commit takes is part of some measurements.
    result.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=result.parent.resolve()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_part(
    name: str, command: Sequence[str], rows: Path, *, full: bool, environment: Mapping[str, str] = os.environ
) -> list[Row]:
    """Run the process of one part and read the rows that it wrote to `rows`; raises PartFailed."""
    within_s = FULL_PART_WITHIN_S if full else PART_WITHIN_S
    # A group of its own, so that what the part started ends with it.
    part = subprocess.Popen(command, env=dict(environment), start_new_session=True)
    try:
        status = part.wait(within_s)
    except subprocess.TimeoutExpired:
        raise PartFailed(f"{name} took too long; see above") from None
    finally:
        _end_group(part)
    if status:
        raise PartFailed(f"{name} ended with status {status}; see above")
    return [_row(said) for said in json.loads(rows.read_text())]


def run_all(
    title: str,
    measures: Mapping[str, Callable[[], list[Row]]],
    *,
    result: Path,
    inputs: Mapping[str, Any],
) -> int:
    """Measure every part, print and store what they found; returns the exit status, 1 when a part failed."""
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # so that a part is ended on the way
    rows: list[Row] = []
    failures: list[str] = []
    for name, measure in measures.items():
        click.echo(f"Measuring {name} …")
        try:
            rows += measure()
        except PartFailed as failed:
            failures.append(str(failed))
    show(title, rows)
    write(result, machine=this_machine(), inputs=inputs, rows=rows)
    for line in failures:
        click.echo(f"error: {line}", err=True)
    return 1 if failures else 0


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """For the process of a part: what `run_part` reads."""
    path.write_text(json.dumps([row.as_json() for row in rows]))


def _end_group(part: subprocess.Popen[bytes]) -> None:
    """Stop the part if it still runs, and whatever it has left behind."""
    if part.poll() is None:
        os.killpg(part.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            part.wait(STOPS_WITHIN_S)
    with suppress(ProcessLookupError):
        os.killpg(part.pid, signal.SIGKILL)


def _row(said: dict[str, Any]) -> Row:
    return Row(**{name: value for name, value in said.items() if name != "met"})
