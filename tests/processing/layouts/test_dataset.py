import json

import pytest

from processing.errors import BadInput
from processing.layouts import AIM24, CROWDSAL, LAYOUTS, NTIRE26, open_dataset, recognise, recognise_paths

PARTS = {"train": ("0001", "0002"), "public_test": ("0003",), "private_test": ("0004",)}


def write_split(folder, **parts):
    (folder / "TrainTestSplit.json").write_text(json.dumps(parts))


def lay_out(root, layout, with_pictures=True):
    """Empty files where the layout has them, without the documents."""
    for part, names in PARTS.items():
        for name in names:
            places = [
                layout.video(name, part),
                layout.saliency(name, part),
                layout.fixations_file(name, part),
            ]
            pictures = layout.fixation_pictures(name, part)
            if with_pictures and pictures is not None:
                places.append(pictures / "001.png")
            for place in places:
                (root / place).parent.mkdir(parents=True, exist_ok=True)
                (root / place).write_bytes(b"")


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_recognised_and_gives_the_same_dataset(tmp_path, layout):
    lay_out(tmp_path, layout)
    facts = {name: {"licence": "CC0", "sigma_px": 57.6} for names in PARTS.values() for name in names}
    layout.write_documents(tmp_path, PARTS, facts)
    dataset = open_dataset(tmp_path)
    assert dataset.layout is layout
    assert dataset.parts() == {part: list(names) for part, names in PARTS.items()}
    for names in PARTS.values():
        for name in names:
            assert dataset.video(name).name == dataset.saliency(name).name == f"{name}.mp4"
            assert dataset.fixations_file(name).suffix == ".json"
            assert dataset.video_info()[name].items() >= facts[name].items()
    inside = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert recognise_paths(inside) is layout


def test_without_pictures_the_two_challenges_have_one_layout(tmp_path):
    lay_out(tmp_path, NTIRE26, with_pictures=False)
    NTIRE26.write_documents(tmp_path, PARTS, None)
    assert recognise(tmp_path) is AIM24


def test_a_folder_that_could_be_two_layouts_is_refused(tmp_path):
    lay_out(tmp_path, CROWDSAL)
    write_split(tmp_path, train=["0001"])
    with pytest.raises(BadInput, match=r"it cannot be told which .* TrainTestSplit\.json.* T(rain|est)/"):
        open_dataset(tmp_path)


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


def test_a_folder_with_no_sign_of_a_layout_is_no_dataset(tmp_path):
    with pytest.raises(BadInput, match=r"no TrainTestSplit\.json"):
        open_dataset(tmp_path)
    assert recognise(tmp_path) is None
    assert recognise(tmp_path / "nowhere") is None
