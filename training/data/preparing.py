"""From a release on disk to training clips: everything is checked first, then each video is decoded once.

The cache holds a folder for each clip, named after the contents it was made from, so it can be kept between runs,
shared between releases, and a half-made one is never found. This module opens videos; who only trains from a cache
needs `training.data.open_cache` alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from processing.errors import BadInput
from processing.layouts import TRAIN, Dataset
from processing.video import read_samples, read_some_rgb
from training import sound
from training.clips import ClipSet
from training.config import DataConfig
from training.data.cache import Listed, assembled, clip_set, write_index
from training.data.entry import FORMAT, FRAMES, SOUND, Entry, write_fixations, write_meta
from training.data.pictures import shrink
from training.data.release import Source, check_clip, released_sigmas, stated_licences
from training.grid import input_grid, orientation_of
from training.human import released_agreement
from training.parts import names_in
from training.progress import Reporter, StopRequest

_UNFINISHED = ".unfinished-"
_LOOK_EVERY_S = 0.2


def prepare(
    dataset: Dataset,
    config: DataConfig,
    *,
    cache: Path | None,
    reporter: Reporter,
    stop: StopRequest,
    part: str = TRAIN,
    workers: int = 1,
) -> ClipSet:
    """A part of a release as clips; they are decoded into `cache`, or have no pictures when it is None.

    `workers` threads decode a clip each. What is in the cache already is left as it is.
    Raises BadInput for a part without clips, missing or broken files, truth that does not fit its video, and a cache
    that cannot be written; `Stopped` when the end was asked for. The cache never holds half of a clip.
    """
    names = names_in(dataset, part)
    sigma_px, agreement = released_sigmas(dataset), released_agreement(dataset)
    steps = len(names) * (1 if cache is None else 2)
    sources = []
    for done, name in enumerate(names):
        stop.check()
        reporter.progress("prepare", done, steps)
        sources.append(check_clip(dataset, name, config))
    licences = stated_licences(dataset)
    listed = [
        Listed(entry_name(source), sigma_px(source), agreement.get(name), licences.get(name))
        for name, source in zip(names, sources, strict=True)
    ]
    if cache is None:
        clips = assembled([_without_pictures(source) for source in sources], listed, config)
    else:
        with _locked(cache, stop):
            for done in _fill(cache, sources, workers, stop):
                reporter.progress("prepare", len(names) + done, steps)
            write_index(cache, part, config, listed)
        clips = clip_set(cache, listed, config)
    reporter.progress("prepare", steps, steps)
    return clips


def entry_name(source: Source) -> str:
    """The clip's name and a hash of all that its entry is made from."""
    meta = source.meta
    made_from = (
        f"{FORMAT} {meta.video_sha256} {meta.fixations_sha256} {meta.long_side} {meta.short_side} "
        f"{meta.frame_step_s}"
    )
    return f"{meta.name}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}"


def make_entry(cache: Path, source: Source, stop: StopRequest) -> None:
    """Decode a clip into the cache, which gets a whole entry or none.

    Raises BadInput for a video or sound that cannot be decoded to its end, and for a full or read-only disk.
    """
    meta = source.meta
    grid = input_grid(orientation_of(meta.width, meta.height), meta.long_side, meta.short_side)
    moments = source.moments
    wanted = frozenset(moments.tolist())
    try:
        with TemporaryDirectory(prefix=_UNFINISHED, dir=cache, ignore_cleanup_errors=True) as folder:
            unfinished = Path(folder)
            decoded = 0
            with (unfinished / FRAMES).open("wb") as file:
                # Not a mapped file: on a full disk that ends the process instead of raising an error.
                header = {
                    "descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)),
                    "fortran_order": False,
                    "shape": (len(moments), *grid, 3),
                }
                np.lib.format.write_array_header_1_0(file, header)
                for picture in read_some_rgb(source.video, wanted):
                    stop.check()
                    if picture is not None:
                        file.write(shrink(picture, grid).tobytes())
                    decoded += 1
            if decoded != meta.frames:
                raise BadInput(
                    f"{source.video.name}: {decoded} of {meta.frames} frames can be decoded: copy it again"
                )
            if source.facts.has_audio:
                samples = read_samples(
                    source.video, sound.RATE_HZ, Fraction(meta.frames) / Fraction(meta.fps)
                )
                if samples is not None:
                    # By way of memory: NumPy's own writing to a file does not say that the disk is full.
                    packed = BytesIO()
                    np.save(packed, sound.log_mel(samples))
                    (unfinished / SOUND).write_bytes(packed.getbuffer())
            write_fixations(unfinished, source.points, moments)
            write_meta(unfinished, meta)
            unfinished.chmod(0o755)
            unfinished.rename(cache / entry_name(source))
    except OSError as error:
        raise BadInput(
            f"{meta.name} cannot be written into the cache {cache}: {error.strerror}; make room or choose another "
            "folder with --cache"
        ) from error


def _without_pictures(source: Source) -> Entry:
    moments = source.moments
    return Entry(source.meta, moments, [source.points[moment] for moment in moments], None, None)


def _fill(cache: Path, sources: Sequence[Source], workers: int, stop: StopRequest) -> Iterator[int]:
    """Make what is missing, and yield how many of the entries are there each time one more is."""
    missing = [source for source in sources if not (cache / entry_name(source)).exists()]
    done = len(sources) - len(missing)
    # Threads are enough: decoding, converting and shrinking leave the interpreter's lock alone.
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(make_entry, cache, source, stop) for source in missing]
        try:
            for future in as_completed(waiting):
                future.result()
                done += 1
                yield done
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _locked(cache: Path, stop: StopRequest) -> Iterator[None]:
    """One process at a time writes into a cache; what an earlier one was killed over is swept away."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "lock").open("w")
    except OSError as error:
        raise BadInput(
            f"cannot write into the cache {cache}: {error.strerror}; choose another folder with --cache"
        ) from error
    with lock:
        while True:
            stop.check()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOOK_EVERY_S)
        for left_over in cache.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        yield
