"""What a gigapixel of map costs and takes up at Full HD: the figures that `docs/scale.md` multiplies.

Processor seconds are counted, not the clock, so that what else runs on the machine hardly shows.
"""

import json
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.arithmetic.clips import HEIGHT, WIDTH, Material, ScoringFolders
from benchmarks.scale.size import Size
from benchmarks.table import Row
from processing.evaluate import COMPATIBLE, CORRECTED, clip_files, score_clip
from processing.layouts import read_fixations
from processing.pipeline import FIXATIONS, SALIENCY
from processing.scoring.baseline import baseline_without, drawn_shares

SECONDS, OBSERVERS = 4, 75


def rows(size: Size, folder: Path) -> list[Row]:
    """Building and scoring a Full HD clip of `SECONDS` with `OBSERVERS` observers, in this process."""
    material = Material.made(folder / "clip", seconds=SECONDS, observers=OBSERVERS)
    frames = SECONDS * 30
    gigapixels = frames * WIDTH * HEIGHT / 1e9
    built = folder / "build"
    build_s = _processor_s(lambda: material.built(built))
    maps, listed = (built / SALIENCY).stat().st_size, (built / FIXATIONS).stat().st_size
    points = sum(map(len, json.loads((built / FIXATIONS).read_text())))
    found = [
        Row("building at Full HD, processor time", build_s / gigapixels, "s/gigapixel", better="lower"),
        Row("maps at Full HD, near-lossless", maps / frames / 1024, "KiB/frame"),
        Row("fixations at Full HD", listed / points, "bytes/point"),
    ]
    place = ScoringFolders.of_builds(folder / "scored", prediction=built, truth=built)
    files = clip_files("clip", place.predictions, place.truth, place.fixations)
    elsewhere = baseline_without(
        "clip", {"other": drawn_shares("other", read_fixations(built / FIXATIONS), HEIGHT, WIDTH)}
    )
    for mode, baseline in ((COMPATIBLE, None), (CORRECTED, elsewhere)):
        score_clip(mode, files, baseline=baseline)  # compiles
        score_s = _processor_s(partial(score_clip, mode, files, baseline=baseline))
        found.append(
            Row(
                f"scoring at Full HD, {mode}, processor time",
                score_s / gigapixels,
                "s/gigapixel",
                better="lower",
            )
        )
    return found


def _processor_s(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
