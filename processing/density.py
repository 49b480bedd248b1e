"""The raw density of every frame, kept beside the maps: scaling from minimum to maximum forgets its height."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from processing.fixations import Points
from processing.maps import MapMaker

DENSITY, COUNTS = "density.npy", "density.csv"
COLUMNS = ("frame", "points", "density_min", "density_max")


def write_densities(folder: Path, points: Sequence[Points], maker: MapMaker) -> None:
    """Write density.npy, float32 (frames, H, W), and density.csv, a row a frame: number, points, least, greatest.

    points: of each frame, int64 (N, 2) as (x, y), N >= 1. The density is the sum of Gaussians of height 1, one a
    point; the map's levels are rint(1023 (d - min) / (max - min)) of it. The file takes 4 bytes a pixel and frame,
    5 GB for 20 s of Full HD, so it is written frame by frame.
    """
    shape = (len(points), *maker.density(points[0]).shape)
    # One thread, as for the maps: a divided product would round differently with another number of cores.
    kept = np.lib.format.open_memmap(folder / DENSITY, mode="w+", dtype=np.float32, shape=shape)
    with (
        threadpool_limits(1, user_api="blas"),
        (folder / COUNTS).open("w", encoding="utf-8", newline="") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for frame, own in enumerate(points):
            density = maker.density(own)
            kept[frame] = density
            rows.writerow([frame, len(own), float(density.min()), float(density.max())])
    kept.flush()
