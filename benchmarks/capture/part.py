"""One part of the bench in a process of its own: `python -m benchmarks.capture.part NAME INPUTS RESULT`.

`benchmarks.capture.NAME` has `rows(inputs) -> list[Row]`. Where the part runs beside a site, Django is set up before
the module is loaded, so that it can import models at its top.
"""

import importlib
import os
import sys
from pathlib import Path

import django

from benchmarks.capture.inputs import Inputs
from benchmarks.parts import write_rows


def main() -> None:
    name, inputs, result = sys.argv[1:]
    if os.environ.get("DATABASE_URL"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
        django.setup()
    module = importlib.import_module(f"benchmarks.capture.{name}")
    write_rows(Path(result), module.rows(Inputs.loads(inputs)))


if __name__ == "__main__":
    main()
