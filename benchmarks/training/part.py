"""One part of the bench in a process of its own: `python -m benchmarks.training.part NAME INPUTS FOLDER ROWS`.

`benchmarks.training.NAME` has `rows(folder, inputs) -> list[Row]`.
"""

import importlib
import sys
from pathlib import Path

from benchmarks.parts import write_rows
from benchmarks.training.inputs import Inputs


def main() -> None:
    name, inputs, folder, rows = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.training.{name}")
    write_rows(Path(rows), module.rows(Path(folder), Inputs.loads(inputs)))


if __name__ == "__main__":
    main()
