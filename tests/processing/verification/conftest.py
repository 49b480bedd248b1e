"""A small clip with its build and a release of it, made by the project itself."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from processing.layouts import AIM24
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.release import ReleaseItem, write_release
from processing.tracks import Track
from processing.tracks.csv_file import write_csv
from processing.video import MapWriter, probe, read_luma_planes

TIMES = np.arange(0, 1_400_001, 20_000)


@pytest.fixture
def tracks():
    return [
        Track(name, TIMES, 30 + 10 * np.sin(TIMES / 3e5 + number), 20 + 8 * np.cos(TIMES / 2e5 + number))
        for number, name in enumerate("abc")
    ]


@pytest.fixture
def clip(make_clip):
    return make_clip("clip.mp4", frames=12)


@pytest.fixture
def build(tmp_path, clip, tracks):
    """build(name, tracks=, **recipe) → the folder of a build of the clip."""

    def make(name="build", some=None, **recipe):
        process_stimulus(
            facts=probe(clip), tracks=some or tracks, recipe=Recipe(**recipe), out_dir=tmp_path / name
        )
        return tmp_path / name

    return make


@pytest.fixture
def tracks_file(tmp_path, tracks):
    write_csv(tmp_path / "T.csv", tracks[::-1])
    return tmp_path / "T.csv"


@pytest.fixture
def release(tmp_path, clip, build):
    """release(name, layout) → the public folder of a release of one clip in train."""

    def make(name="release", layout=AIM24):
        built = build(f"build of {name}")
        item = ReleaseItem(
            name="jump",
            part="train",
            video=clip,
            saliency=built / "saliency.mp4",
            fixations=built / "fixations.json",
            facts=probe(clip),
            info={
                "licence": "CC0-1.0",
                "sigma_px": json.loads((built / "report.json").read_text())["sigma_px"],
            },
        )
        write_release(
            out_public=tmp_path / name,
            out_private=tmp_path / f"{name} private",
            items=[item],
            recipe=Recipe().document(),
            title="T",
            description="D",
            simulated=True,
            provenance={},
            layout=layout,
        )
        shutil.rmtree(built)
        return tmp_path / name

    return make


def nudge(path: Path, levels: int) -> None:
    """Write a map video anew with its brightest pixels darker by so many levels in the first frame."""
    facts = probe(path)
    frames = [plane.codes for plane in read_luma_planes(path)]
    frames[0] = np.where(frames[0] > 1000, frames[0] - levels, frames[0]).astype(np.uint16)
    with MapWriter(path, width=facts.width, height=facts.height, fps=facts.fps, encoding="exact") as writer:
        for frame in frames:
            writer.write(frame)
