import numpy as np

from processing.provenance import environment, software, track_digest, tracks_digest
from processing.tracks import Track


def test_a_digest_knows_every_number_and_the_name():
    track = Track("a", np.array([0, 1]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    others = [
        Track("b", track.t_us, track.x_px, track.y_px),
        Track("a", track.t_us + 1, track.x_px, track.y_px),
        Track("a", track.t_us, track.y_px, track.x_px),
    ]
    digests = {track_digest(one) for one in (track, *others)}
    assert len(digests) == 4
    assert track_digest(Track("a", [0, 1], [1, 2], [3, 4])) == track_digest(track)


def test_the_order_of_tracks_changes_nothing():
    assert tracks_digest(["b", "a"]) == tracks_digest(["a", "b"])
    assert tracks_digest(["a"]) != tracks_digest(["a", "a"])


def test_the_versions_of_what_the_numbers_depend_on_are_told():
    assert {"cursal", "python", "numpy", "av", "numba", "llvmlite", "pyarrow"} <= software().keys()


def test_the_kind_of_machine_is_told_without_naming_it():
    told = environment()
    assert set(told) == {"system", "machine", "processor", "blas", "libavcodec"}
    assert told["blas"]
    assert told["libavcodec"].count(".") == 2
    assert told == environment()
