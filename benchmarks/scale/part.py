"""One part in a process of its own: `python -m benchmarks.scale.part NAME SIZE ROWS`.

`benchmarks.scale.NAME` has `rows(size, folder) -> list[Row]`. Beside servers Django is set up before the module is
loaded, so that it can import models at its top.
"""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

import django

from benchmarks.parts import write_rows
from benchmarks.scale.size import Size


def main() -> None:
    name, size, rows = sys.argv[1:]
    if os.environ.get("DATABASE_URL"):
        django.setup()
    module = importlib.import_module(f"benchmarks.scale.{name}")
    with tempfile.TemporaryDirectory(dir=Path(rows).parent) as folder:
        write_rows(Path(rows), module.rows(Size(**json.loads(size)), Path(folder)))


if __name__ == "__main__":
    main()
