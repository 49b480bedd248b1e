"""Building a clip against the encoder alone, its memory, and how the cost grows."""

import resource
import shutil
from functools import partial
from pathlib import Path

from benchmarks.arithmetic.clips import FPS, HEIGHT, OBSERVERS, SECONDS, WIDTH, Material
from benchmarks.arithmetic.timing import in_turn, seconds
from benchmarks.table import Row
from processing.pipeline import SALIENCY, process_stimulus
from processing.recipe import Recipe
from processing.tracks.csv_file import read_csv
from processing.video import MapFrame, MapWriter, probe, read_luma_planes

ROUNDS = 7
SHARE_OF_ENCODER = 0.85
GIB = 2**30
SHORT_S = 5


def rows(folder: Path, *, full: bool) -> list[Row]:
    """The whole of `cursal build` from the video and the CSV to the files, against the encoder on ready frames."""
    material = Material.made(folder / "clip")
    out = folder / "build"

    def build() -> None:
        shutil.rmtree(out, ignore_errors=True)
        tracks, dropped = read_csv(material.tracks)
        process_stimulus(
            facts=probe(material.video), tracks=tracks, recipe=Recipe(), out_dir=out, dropped=dropped
        )

    build()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB
    frames = []
    for plane in read_luma_planes(out / SALIENCY):
        frames.append(MapFrame(WIDTH, HEIGHT))
        frames[-1].levels[:] = plane.codes

    def encode() -> None:
        with MapWriter(
            folder / "again.mp4", width=WIDTH, height=HEIGHT, fps=FPS, encoding="near-lossless"
        ) as writer:
            for frame in frames:
                writer.append(frame)

    build_s, encode_s = in_turn(build, encode, ROUNDS)
    name = f"cursal build, Full HD, {SECONDS} s, {OBSERVERS} observers"
    return [
        Row(
            name,
            len(frames) / build_s,
            "frames/s",
            "encoder alone, same settings",
            encode_s / build_s,
            SHARE_OF_ENCODER,
        ),
        Row(f"{name}, memory", memory, "GiB", target=1, better="lower"),
        *_growth(folder / "growth", full=full),
    ]


def _growth(folder: Path, *, full: bool) -> list[Row]:
    """Cost a frame with more observers, and with longer clips, against the smallest: 1 is linear or better."""
    series = [(SHORT_S, 10), (SHORT_S, 75), (SHORT_S, 300)]
    if full:
        series += [(20, 75), (60, 75)]
    costs_ms = []
    for length_s, observers in series:
        material = Material.made(folder / f"{length_s}s", seconds=length_s, observers=observers)
        took_s = seconds(partial(material.built, folder / "build"))
        costs_ms.append(took_s * 1000 / (length_s * FPS))
    return [
        Row(
            f"cursal build, {length_s} s, {observers} observers",
            float(cost_ms),
            "ms a frame",
            f"{series[0][0]} s, {series[0][1]} observers",
            float(cost_ms / costs_ms[0]),
            better="lower",
        )
        for (length_s, observers), cost_ms in zip(series, costs_ms, strict=True)
    ]
