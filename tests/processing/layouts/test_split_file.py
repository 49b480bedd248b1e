import json

import pytest

from processing.errors import BadInput
from processing.layouts import AIM24, NTIRE26, open_dataset, picture_name, read_split


def write_split(folder, **parts):
    (folder / "TrainTestSplit.json").write_text(json.dumps(parts))


def test_paths_are_those_of_the_published_set():
    assert str(AIM24.video("a")) == "Videos/a.mp4"
    assert str(AIM24.saliency("a", "train")) == "SaliencyTrain/Train/a.mp4"
    assert str(AIM24.saliency("a", "private_test")) == "SaliencyTest/Test/a.mp4"
    assert str(AIM24.fixations_file("a", "public_test")) == "FixationsTest/Test/a/fixations.json"
    assert str(AIM24.fixation_pictures("a", "train")) == "FixationsTrain/Train/a/fixations"
    assert str(NTIRE26.fixation_pictures("a", "train")) == "FixationsTrain/Train/a/fixations_maps"
    assert [picture_name(frame) for frame in (0, 9, 999)] == ["001.png", "010.png", "1000.png"]


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


@pytest.mark.parametrize(
    "document",
    [
        {"a.mp4": {"license": "CC-BY"}, "b": {"license": "CC0"}, "elsewhere": {"license": "?"}},
        [{"video": "Videos/a.mp4", "license": "CC-BY"}, {"title": "b", "license": "CC0"}, "no object", {}],
    ],
)
def test_facts_are_found_whatever_key_names_the_clip(tmp_path, document):
    write_split(tmp_path, train=["a"], public_test=["b"])
    (tmp_path / "VideoInfo.json").write_text(json.dumps(document))
    found = open_dataset(tmp_path).video_info()
    assert {name: facts["license"] for name, facts in found.items()} == {"a": "CC-BY", "b": "CC0"}


def test_facts_that_are_no_table_are_refused(tmp_path):
    write_split(tmp_path, train=["a"])
    (tmp_path / "VideoInfo.json").write_text('"a"')
    with pytest.raises(BadInput, match=r"VideoInfo\.json must be an object of facts by name"):
        open_dataset(tmp_path).video_info()
