import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.layouts import (
    AIM24,
    check_names,
    open_dataset,
    read_fixations,
    read_split,
    write_fixations,
)


def write_split(folder, **parts):
    (folder / "TrainTestSplit.json").write_text(json.dumps(parts))


def test_paths_are_those_of_the_published_set():
    assert str(AIM24.video("a")) == "Videos/a.mp4"
    assert str(AIM24.saliency("a", "train")) == "SaliencyTrain/Train/a.mp4"
    assert str(AIM24.saliency("a", "private_test")) == "SaliencyTest/Test/a.mp4"
    assert str(AIM24.fixations_file("a", "public_test")) == "FixationsTest/Test/a/fixations.json"
    assert str(AIM24.fixation_pictures("a", "train")) == "FixationsTrain/Train/a/fixations"
    assert [AIM24.picture_name(frame) for frame in (0, 9, 999)] == ["001.png", "010.png", "1000.png"]


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
     "[[[true, false]]]", "[[[1, 2]]", "", "[[[1, 99999999999999999999]]]", "[" * 100_000],
)  # fmt: skip
def test_a_broken_fixations_file_is_refused(tmp_path, text):
    path = tmp_path / "fixations.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        read_fixations(path)


def test_the_split_reads_names_with_and_without_mp4(tmp_path):
    write_split(tmp_path, train=["a.mp4", "b", "b.mp4"], public_test=["c with blank"])
    assert read_split(tmp_path / "TrainTestSplit.json") == {
        "train": ("a", "b"),
        "public_test": ("c with blank",),
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (["a"], "object of lists"),
        ({"train": "a"}, "object of lists"),
        ({"train": [1]}, "object of lists"),
        ({"train": ["../a"]}, "not the name of a clip"),
        ({"train": [".."]}, "not the name of a clip"),
        ({"train": ["a"], "public_test": ["a.mp4"]}, "holds a in train and in public_test"),
    ],
)
def test_a_broken_split_is_refused(tmp_path, document, message):
    path = tmp_path / "split.json"
    path.write_text(json.dumps(document))
    with pytest.raises(BadInput, match=message):
        read_split(path)


def test_a_dataset_gives_the_files_it_has_and_says_which_truth_it_has_not(tmp_path):
    write_split(tmp_path, train=["a"], private_test=["z"])
    for relative in (AIM24.video("a"), AIM24.video("z"), AIM24.saliency("a", "train")):
        (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / relative).write_bytes(b"")
    dataset = open_dataset(tmp_path)
    assert dataset.parts() == {"train": ["a"], "private_test": ["z"]}
    assert dataset.video("z") == tmp_path / "Videos/z.mp4"
    assert dataset.saliency("a").name == "a.mp4"
    with pytest.raises(BadInput, match="no truth of private_test"):
        dataset.saliency("z")
    with pytest.raises(BadInput, match=r"not in TrainTestSplit\.json"):
        dataset.video("../a")


def test_a_folder_without_a_split_file_is_no_dataset(tmp_path):
    with pytest.raises(BadInput, match=r"no TrainTestSplit\.json"):
        open_dataset(tmp_path)


def test_good_names_pass():
    check_names(["clip_1", "clip-2", "b.2", "0001"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["with blank"], "cannot be a clip's name"),
        (["../up"], "cannot be a clip's name"),
        ([".hidden"], "cannot be a clip's name"),
        (["a.mp4"], "cannot be a clip's name"),
        (["ünsafe"], "cannot be a clip's name"),
        (["a" * 121], "cannot be a clip's name"),
        ([""], "cannot be a clip's name"),
        (["clip", "zebra", "clip_2"], "'clip' begins the name 'clip_2'"),
        (["a-1", "a", "a_1", "b"], "'a' begins the name 'a-1'"),
        (["Clip", "clip"], "two clips are named"),
    ],
)
def test_names_that_would_mislead_somebody_are_refused(names, message):
    with pytest.raises(BadInput, match=message):
        check_names(names)
