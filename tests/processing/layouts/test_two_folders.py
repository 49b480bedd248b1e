"""CrowdSAL's folders as they are published, and with the parts that ours state."""

import json

import pytest

from processing.errors import BadInput
from processing.layouts import CROWDSAL, open_dataset


def put(root, *files):
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")


@pytest.fixture
def published(tmp_path):
    put(
        tmp_path,
        *(
            f"Train/{kind}/0002.{end}"
            for kind, end in (("Videos", "mp4"), ("Saliency", "mp4"), ("Fixations", "json"))
        ),
        "Train/Videos/0001.mp4",
        "Test/Saliency/3001.mp4",
        "Test/Fixations/3002.json",
        "Test/Videos/._3003.mp4",
    )
    return tmp_path


def test_paths_are_those_of_the_published_set():
    assert str(CROWDSAL.video("0001", "train")) == "Train/Videos/0001.mp4"
    assert str(CROWDSAL.saliency("3001", "public_test")) == "Test/Saliency/3001.mp4"
    assert str(CROWDSAL.fixations_file("3001", "private_test")) == "Test/Fixations/3001.json"
    assert CROWDSAL.fixation_pictures("0001", "train") is None


def test_the_published_folders_are_train_and_public_test(published):
    dataset = open_dataset(published)
    assert dataset.parts() == {"train": ["0001", "0002"], "public_test": ["3001", "3002"], "private_test": []}
    assert dataset.video_info() == {}
    assert dataset.saliency("0002") == published / "Train/Saliency/0002.mp4"
    with pytest.raises(BadInput, match="not in the folders Train and Test"):
        dataset.video("9999")


def test_facts_are_found_at_the_top_and_on_each_side(published):
    (published / "metadata.jsonl").write_text(
        '{"id": 1, "license": "CC-BY"}\n\n{"id": 4999, "license": "CC0"}\n'
    )
    (published / "Test/metadata.jsonl").write_text(
        '\ufeff{"file_name": "Videos/3001.mp4", "license": "CC0"}\r\n'
    )
    found = open_dataset(published).video_info()
    assert {name: facts["license"] for name, facts in found.items()} == {"0001": "CC-BY", "3001": "CC0"}


@pytest.mark.parametrize("line", ['{"name": "3001", "part": 7}', '{"name": 3001, "part": "train"}', "{}"])
def test_keys_of_others_that_look_like_ours_are_passed_over(published, line):
    (published / "Test/metadata.jsonl").write_text(line)
    assert open_dataset(published).parts()["public_test"] == ["3001", "3002"]


def test_a_stated_part_counts_and_names_a_clip_without_files(published):
    lines = [{"name": name, "part": "private_test"} for name in ("3001", "4000")]
    (published / "Test/metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    parts = open_dataset(published).parts()
    assert (parts["public_test"], parts["private_test"]) == (["3002"], ["3001", "4000"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"name": "3001", "part": "train"}', "Test holds public_test and private_test"),
        ('{"name": "3001"', "line 1 of metadata.jsonl cannot be read as JSON"),
        ("{}\n[]", "line 2 of metadata.jsonl must be a JSON object"),
    ],
)
def test_broken_metadata_is_refused(published, text, complaint):
    (published / "Test/metadata.jsonl").write_text(text)
    with pytest.raises(BadInput, match=complaint):
        open_dataset(published)


def test_a_clip_on_both_sides_is_refused(published):
    put(published, "Test/Videos/0001.mp4")
    with pytest.raises(BadInput, match="0001 lies under Train and under Test"):
        open_dataset(published)
