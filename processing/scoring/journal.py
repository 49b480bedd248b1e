"""What a scoring run has finished, kept beside its results, so that a killed run goes on where it was.

One line of JSON a clip, appended when it is scored. A line counts for the inputs that it was made from, named by
their bytes and the mode: where a prediction was replaced, its line is not found any more. A last line that was cut
off in the middle is passed over.
"""

import hashlib
import json
import os
from pathlib import Path

from processing.scoring.baseline import Baseline
from processing.scoring.video import ClipFiles, ClipScores

# Goes up whenever a score may come out differently than before, so that no old line is taken for a new result.
SCORES_VERSION = 1


def clip_key(mode: str, files: ClipFiles, baseline: Baseline | None) -> str:
    """The name of a result: mode, version of the scorer, and digests of all that it is made from.

    A file that cannot be read counts as absent.
    """
    parts = [mode, str(SCORES_VERSION), baseline.digest if baseline else ""]
    parts += [_digest(path) for path in (files.prediction, files.truth, files.fixations)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Journal:
    """The finished clips of a run, in a file or, without a path, nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._finished = _read(path) if path else {}

    def found(self, key: str) -> ClipScores | None:
        """The scores of these very inputs, when they were finished before."""
        return self._finished.get(key)

    def add(self, key: str, scores: ClipScores) -> None:
        """Keep a clip's scores; they are on the disk when this returns."""
        self._finished[key] = scores
        if self._path is None:
            return
        line = json.dumps({"key": key, "warnings": scores.warnings, "curves": scores.curves}, allow_nan=False)
        with self._path.open("ab") as file:
            if file.tell() and not _ends_a_line(self._path):
                file.write(b"\n")
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> dict[str, ClipScores]:
    finished = {}
    for line in path.read_bytes().splitlines() if path.is_file() else []:
        try:
            entry = json.loads(line)
            finished[entry["key"]] = ClipScores(entry["curves"], tuple(entry["warnings"]))
        except (ValueError, KeyError, TypeError):  # cut off when the run was killed
            continue
    return finished


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "absent"
