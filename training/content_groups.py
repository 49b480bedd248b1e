"""Which clips are of which kind, as somebody wrote it down in a table."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

from processing.errors import BadInput
from training.gains import ALL

COLUMNS = ("name", "group")


def read_groups(path: Path, known: Collection[str]) -> dict[str, str]:
    """Group by clip from a CSV with the columns `name,group`; a clip without a group is in none.

    known: the names of all clips of the release. Raises BadInput for a file that is no such table, a name that is
    not known or comes twice, and a group that is called as all clips together are.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            rows = [{column: (row.get(column) or "").strip() for column in COLUMNS} for row in table]
            missing = [column for column in COLUMNS if column not in (table.fieldnames or [])]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name} cannot be read as a CSV ({error}): give a table name,group") from error
    if missing:
        raise BadInput(f"{path.name} has no column {missing[0]!r}: its first line has to be name,group")
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        name, group = row["name"], row["group"]
        if name not in known:
            raise BadInput(f"{path.name}, line {number}: the release has no clip {name!r}; take the line out")
        if name in found:
            raise BadInput(f"{path.name}, line {number}: {name!r} comes twice; give each clip one group")
        if group == ALL:
            raise BadInput(
                f"{path.name}, line {number}: {ALL!r} is the group of all clips; choose another word"
            )
        found[name] = group
    return {name: group for name, group in found.items() if group}
