"""A zip of predictions, looked at before it is queued: by `cursal validate`, in a process of its own.

Web processes load no codecs, and what a stranger's video does to a codec stays in that process.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from processing.errors import BadInput
from processing.validation.report import Refused
from webapp.datasets.models import Build

# Within the time that a web server gives a request. What takes longer is looked at when its turn comes.
LIMIT_S = 20

_PROGRAM = "from processing.cli import main; main()"


def expected_of(clips: Mapping[str, Build]) -> dict[str, dict[str, int]]:
    """By name what a prediction has to have, as `cursal validate --expect` reads it."""
    return {
        name: {side: build.report[side] for side in ("frames", "width", "height")}
        for name, build in clips.items()
    }


def refuse_unfit(predictions: Path, clips: Mapping[str, Build], mode: str) -> None:
    """Raises Refused with everything that keeps the zip from being scored in this mode.

    A zip that takes longer than `LIMIT_S` passes: the scorer looks again before it begins.
    """
    with tempfile.TemporaryDirectory() as scratch:
        expected = Path(scratch) / "expected.json"
        expected.write_text(json.dumps(expected_of(clips)), encoding="utf-8")
        command = [sys.executable, "-c", _PROGRAM, "validate", str(predictions), "--expect", str(expected)]
        try:
            done = subprocess.run(
                [*command, "--mode", mode, "--json"],
                capture_output=True,
                text=True,
                env=os.environ | {"TMPDIR": scratch},  # one that is killed leaves its clips behind
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return
    if not done.stdout:
        raise BadInput(done.stderr.strip() or f"the check of the zip ended with status {done.returncode}")
    faults = json.loads(done.stdout)["faults"]
    if faults:
        raise Refused(": ".join(filter(None, (fault["file"], fault["text"]))) for fault in faults)
