"""The same inputs give the same bytes, however many cores, threads and workers there are."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = """
import hashlib, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.tracks import Track
from processing.video import VideoFacts
out, order = Path(sys.argv[1]), int(sys.argv[2])
times = np.arange(0, 1_000_001, 10_000)
tracks = [
    Track(f"o{n}", times, 640 + 500 * np.sin(times / 2e5 + n), 360 + 300 * np.cos(times / 3e5 + 2 * n))
    for n in range(9)
]
facts = VideoFacts(1280, 720, Fraction(30), 8, "h264", False, True, 8 / 30)
process_stimulus(
    facts=facts, tracks=tracks[::order], recipe=Recipe(), out_dir=out, keep_density=True
)
"""


def built(folder: Path, *, threads: int, cores: set[int], order: int) -> dict[str, str]:
    """Digest of every file but the report, built in a process with so many threads on these cores."""
    program = f"import os\nif hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {cores})\n" + BUILD
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    subprocess.run(
        [sys.executable, "-c", program, folder, str(order)],
        check=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "report.json"
    }


@pytest.mark.long
def test_threads_cores_and_the_order_of_tracks_change_no_byte(tmp_path):
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
    once = built(tmp_path / "one", threads=1, cores={min(cores)}, order=1)
    again = built(tmp_path / "all", threads=4, cores=cores, order=-1)
    assert once == again
    assert set(once) == {"fixations.json", "saliency.mp4", "density.npy", "density.csv"}
