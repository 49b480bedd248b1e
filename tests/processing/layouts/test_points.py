import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.layouts import read_fixations, write_fixations

frames_of_points = st.lists(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), max_size=5), max_size=6
).map(lambda frames: [np.array(points, dtype=np.int64).reshape(-1, 2) for points in frames])


@settings(max_examples=40, deadline=None)
@given(frames_of_points)
def test_fixations_come_back_as_written_duplicates_and_empty_frames_included(tmp_path_factory, frames):
    path = tmp_path_factory.mktemp("fixations") / "fixations.json"
    write_fixations(path, frames)
    assert isinstance(json.loads(path.read_text()), list)
    back = read_fixations(path)
    assert len(back) == len(frames)
    for written, read in zip(frames, back, strict=True):
        assert read.dtype == np.int64 and read.shape == written.shape
        assert (read == written).all()


@pytest.mark.parametrize(
    "text",
    ['{"0": []}', "[[[1, 2, 3]]]", "[[[1, 2], [3]]]", "[[[1.5, 2]]]", '[[["1", "2"]]]', "[[1, 2]]", "[null]",
     "[[[true, false]]]", "[[[1, 2]]", "", "[[[1, 99999999999999999999]]]", "[" * 100_000,
     f"[[[1, {'9' * 5000}]]]"],
)  # fmt: skip
def test_a_broken_fixations_file_is_refused(tmp_path, text):
    path = tmp_path / "fixations.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        read_fixations(path)
