"""How much room raw tracks take, by format and rate, and what a set of CrowdSAL's size would take."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.capture.formats import FORMATS, npz, ours
from benchmarks.capture.inputs import Inputs
from benchmarks.capture.recordings import recording
from benchmarks.table import Row
from collector.tracks.columns import Columns
from collector.tracks.file import read_columns
from processing.plausibility.copies import RATE_HZ

TRIALS, FEWER, SECONDS = 2_000, 200, 20
RATE, HIGH_RATE = 125, 1_000
CROWDSAL_TRACKS = 375_000
TARGET_GB = 12.0
BLOCK_BYTES = 4096  # of usual file systems: a file takes whole ones
DATABASE_BYTES = 2 * 2 * RATE_HZ * SECONDS + 32 * (
    SECONDS // 2 + 1
)  # coarse path and chunk digests of a track
KIB, GB = 1024, 1e9


def rows(inputs: Inputs) -> list[Row]:
    """Sizes of one track in every format, of many in ours, and the time that writing and reading take."""
    few = [recording(SECONDS, RATE, seed) for seed in range(FEWER)]
    quick = [recording(SECONDS, HIGH_RATE, seed) for seed in range(FEWER)]
    found = _formats(few, RATE) + _formats(quick, HIGH_RATE)
    sizes = np.array([len(ours(recording(SECONDS, RATE, seed))) for seed in range(TRIALS)])
    high = np.array([len(ours(columns)) for columns in quick])
    for label, measured, target in ((RATE, sizes, TARGET_GB), (HIGH_RATE, high, None)):
        what = f"{CROWDSAL_TRACKS:,} tracks at {label:,} Hz"
        found.append(
            Row(f"{what}, files in blocks", _projected(measured), "GB", target=target, better="lower")
        )
    beside = CROWDSAL_TRACKS * DATABASE_BYTES / GB
    found.append(Row(f"{CROWDSAL_TRACKS:,} tracks, kept in the database", beside, "GB", better="lower"))
    return found + _times(few)


def _formats(recordings: Sequence[Columns], rate_hz: int) -> list[Row]:
    base = _mean_kib(npz, recordings)
    sizes = {name: _mean_kib(write, recordings) for name, write in FORMATS.items()}
    return [
        Row(
            f"track of {SECONDS} s at {rate_hz:,} Hz: {name}", size, "KiB", "npz", size / base, better="lower"
        )
        for name, size in sizes.items()
    ]


def _mean_kib(write: Callable[[Columns], bytes], recordings: Sequence[Columns]) -> float:
    return float(np.mean([len(write(columns)) for columns in recordings])) / KIB


def _projected(sizes: np.ndarray) -> float:
    """GB that as many tracks take on a disk, each in whole blocks."""
    blocks = -(-sizes // BLOCK_BYTES) * BLOCK_BYTES
    return float(blocks.mean()) * CROWDSAL_TRACKS / GB


def _times(recordings: Sequence[Columns]) -> list[Row]:
    begun = time.perf_counter()
    files = [ours(columns) for columns in recordings]
    written = time.perf_counter()
    for content in files:
        read_columns(content)
    read = time.perf_counter()
    return [
        Row("writing a track", 1000 * (written - begun) / len(files), "ms", better="lower"),
        Row("reading a track", 1000 * (read - written) / len(files), "ms", better="lower"),
    ]
