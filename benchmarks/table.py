"""What a benchmark found: rows with targets, one JSON shape and one printed table for all of them.

A target is held against the ratio where the row names what it is measured against, else against the value. A row
without a target is a report and is neither met nor missed; a row without a value is one that this machine cannot
measure.
"""

import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

WIDTH_OF_A_FILE = 120  # of the printed table, in characters, where no terminal says its own

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, in which unit, and what it is held against.

    `value` is None where this machine cannot measure the row. `ratio` is value / that of `against`, taken in the same
    run; the two come together. Raises ValueError for one without the other and for figures that are not finite.
    """

    name: str
    value: float | None
    unit: str
    against: str | None = None
    ratio: float | None = None
    target: float | None = None
    better: Better = "higher"

    def __post_init__(self) -> None:
        if self.against is None and self.ratio is not None:
            raise ValueError(f"{self.name}: a ratio needs the name of what it is against")
        if self.against is not None and self.ratio is None and self.value is not None:
            raise ValueError(f"{self.name}: measured against {self.against}, but there is no ratio")
        for figure in (self.value, self.ratio, self.target):
            if figure is not None and not math.isfinite(figure):
                raise ValueError(f"{self.name}: {figure} is no figure")

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target or without a measurement."""
        figure = self.value if self.against is None else self.ratio
        if self.target is None or self.value is None or figure is None:
            return None
        return figure >= self.target if self.better == "higher" else figure <= self.target

    def as_json(self) -> dict[str, Any]:
        """The row as `write` stores it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "against": self.against,
            "ratio": self.ratio,
            "target": self.target,
            "better": self.better,
            "met": self.met,
        }


def this_machine() -> dict[str, Any]:
    """What the figures depend on and a reader elsewhere cannot know."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
    }


def write(path: Path, *, machine: Mapping[str, Any], inputs: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Store the rows as one JSON object; a file that is there is replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"machine": dict(machine), "inputs": dict(inputs), "rows": [row.as_json() for row in rows]}
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    unfinished.replace(path)


def show(title: str, rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the rows as a table."""
    table = Table("What", "Value", "Unit", "Against", "Ratio", "Target", "Met", title=title)
    for index in (1, 4, 5):
        table.columns[index].justify = "right"
    for row in rows:
        bound = "≥" if row.better == "higher" else "≤"
        table.add_row(
            row.name,
            "not measurable here" if row.value is None else _figure(row.value),
            row.unit,
            row.against or "",
            "" if row.ratio is None else _figure(row.ratio),
            "" if row.target is None else f"{bound} {_figure(row.target)}",
            {True: "[green]yes[/]", False: "[bold red]no[/]", None: ""}[row.met],
        )
    (console or Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)).print(table)


def _figure(number: float) -> str:
    """Four digits are more than one run can say; whole numbers stay whole."""
    return f"{number:,.0f}" if float(number).is_integer() or abs(number) >= 1000 else f"{number:.4g}"
