"""One part of the bench in a process of its own: `python -m benchmarks.arithmetic.part NAME full|short FOLDER ROWS`.

`benchmarks.arithmetic.NAME` has `rows(folder, full=...) -> list[Row]`.
"""

import importlib
import sys
from pathlib import Path

from benchmarks.parts import write_rows


def main() -> None:
    name, length, folder, rows = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.arithmetic.{name}")
    write_rows(Path(rows), module.rows(Path(folder), full=length == "full"))


if __name__ == "__main__":
    main()
