"""A released part of two clips with tiny maps, without the builds that take the time."""

import json
from fractions import Fraction

import numpy as np

from collector import blobs
from processing.video import MapWriter
from tests.webapp.pages import world
from webapp.datasets.models import Build

FRAMES, WIDTH, HEIGHT = 6, 64, 48


def write_map(path, seed, frames=FRAMES):
    """A video of smooth noise."""
    rng = np.random.default_rng(seed)
    with MapWriter(path, width=WIDTH, height=HEIGHT, fps=Fraction(30), encoding="exact") as writer:
        for _ in range(frames):
            coarse = rng.integers(0, 1024, (HEIGHT // 8, WIDTH // 8), dtype=np.uint16)
            writer.write(np.kron(coarse, np.ones((8, 8), np.uint16)))


def write_points(path, seed):
    """Five points a frame, as (row, column)."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, (HEIGHT, WIDTH), (FRAMES, 5, 2))
    path.write_text(json.dumps(points.tolist()))


def two_clips(folder):
    """A release whose public test has the clips "sky" and "sea-2", each with true maps and points."""
    study = world.make_study(clips=2)
    builds = world.make_builds(study, world.make_recipe())
    for seed, build in enumerate(builds):
        write_map(folder / "true.mp4", seed)
        write_points(folder / "points.json", seed)
        build.saliency_sha256 = blobs.store("products", folder / "true.mp4").sha256
        build.fixations_sha256 = blobs.store("products", folder / "points.json").sha256
        build.report = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT}
    Build.objects.bulk_update(builds, ["saliency_sha256", "fixations_sha256", "report"])
    release = world.make_release(study, builds)
    for item, name in zip(release.items.order_by("pk"), ("sky", "sea-2"), strict=True):
        item.name, item.part = name, "public_test"
        item.save()
    return release
