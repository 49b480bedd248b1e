import csv

import numpy as np

from processing.density import write_densities
from processing.maps import MapMaker, to_levels


def test_the_density_and_its_counts_lead_back_to_the_map(tmp_path):
    points = [np.array([[3, 4], [3, 4], [20, 9]]), np.array([[31, 0]])]
    maker = MapMaker(32, 24, 3.0)
    write_densities(tmp_path, points, maker)
    kept = np.load(tmp_path / "density.npy")
    assert (kept.shape, kept.dtype) == ((2, 24, 32), np.float32)
    with (tmp_path / "density.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["points"]) for row in rows] == [3, 1]
    for frame, row in enumerate(rows):
        assert (
            np.abs(to_levels(kept[frame].astype(float)).astype(int) - maker.levels(points[frame])).max() <= 1
        )
        np.testing.assert_allclose(
            [kept[frame].min(), kept[frame].max()],
            [float(row["density_min"]), float(row["density_max"])],
            rtol=1e-6,
        )
