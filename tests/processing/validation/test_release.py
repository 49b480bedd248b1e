"""A release, whole and with one thing after the other spoiled."""

import json
import shutil
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from processing.layouts import AIM24, CROWDSAL, LAYOUTS
from processing.validate_command import validate_command
from processing.validation.release import check_release
from processing.video import MapWriter

PARTS = {"train": ["alpha"], "public_test": ["beta"], "private_test": ["gamma"]}


def write_video(path, frames=3, size=(32, 18)):
    path.parent.mkdir(parents=True, exist_ok=True)
    with MapWriter(path, width=size[0], height=size[1], fps=Fraction(30), encoding="exact") as writer:
        for number in range(frames):
            writer.write(np.full(size[::-1], number * 100, np.uint16))


def write_truth(root, name, part, layout=AIM24):
    write_video(root / layout.saliency(name, part))
    fixations = root / layout.fixations_file(name, part)
    fixations.parent.mkdir(parents=True, exist_ok=True)
    fixations.write_text(json.dumps([[[1, 2], [3, 4]]] * 3))


def write_public(root, layout=AIM24):
    for part, names in PARTS.items():
        for name in names:
            write_video(root / layout.video(name, part))
            if part != "private_test":
                write_truth(root, name, part, layout)
    layout.write_documents(root, PARTS, None)
    return root


def write_private(root, layout=AIM24):
    write_truth(root, "gamma", "private_test", layout)
    layout.write_documents(root, PARTS, None)
    return root


@pytest.fixture
def public(tmp_path):
    return write_public(tmp_path / "public")


@pytest.fixture
def private(tmp_path):
    return write_private(tmp_path / "private")


def told(findings):
    return {finding.file: finding.text for finding in findings}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_both_folders_of_a_whole_release_are_good(tmp_path, layout):
    public, private = write_public(tmp_path / "public", layout), write_private(tmp_path / "private", layout)
    for root, files in ((public, 7), (private, 2)):
        report = check_release(root)
        assert report.good and report.checked == files
        assert report.warnings == []


def test_every_fault_is_told_at_once(public):
    (public / "Videos/gamma.mp4").unlink()
    write_video(public / "SaliencyTrain/Train/alpha.mp4", frames=2, size=(16, 10))
    (public / "FixationsTest/Test/beta/fixations.json").write_text("[[[1, 2]], [], [[1, 2]]]")
    report = check_release(public)
    assert len(report.faults) == 5
    faults = [(finding.file, finding.text) for finding in report.faults]
    assert faults[0] == (
        "Videos/gamma.mp4",
        "is missing: add it, or take the clip out of TrainTestSplit.json",
    )
    texts = "\n".join(f"{file}: {text}" for file, text in faults[1:])
    assert "alpha.mp4: has 2 frames, the video has 3" in texts
    assert "alpha.mp4: is 16x10, the video is 32x18" in texts
    assert "alpha/fixations.json: lists 3 frames, the video has 2" in texts
    assert "beta/fixations.json: frame 1 of fixations.json has no point" in texts


def test_the_truth_of_the_private_part_must_not_be_handed_out(public):
    write_truth(public, "gamma", "private_test")
    faults = told(check_release(public).faults)
    assert len(faults) == 2
    assert all("take it out of what is handed out" in text for text in faults.values())


def test_faults_of_crowdsals_folders_name_its_files(tmp_path):
    root = write_public(tmp_path, CROWDSAL)
    (root / "Test/Videos/gamma.mp4").unlink()
    (root / "Test/Fixations/beta.json").write_text("[[[1, 2]], [], [[1, 2]]]")
    write_truth(root, "gamma", "private_test", CROWDSAL)
    (root / "Train/Saliency/old").mkdir()
    write_video(root / "Train/Saliency/old/alpha.mp4")
    report = check_release(root)
    faults = told(report.faults)
    assert faults["Test/Videos/gamma.mp4"].endswith("take the clip out of the folders Train and Test")
    assert "frame 1" in faults["Test/Fixations/beta.json"]
    assert "take it out of what is handed out" in faults["Test/Saliency/gamma.mp4"]
    assert list(told(report.warnings)) == ["Train/Saliency/old/alpha.mp4"]


def test_files_of_no_part_are_warned_of(public):
    write_video(public / "Videos/delta.mp4")
    (public / "Videos/._alpha.mp4").write_bytes(b"\0")
    report = check_release(public)
    assert report.good
    assert told(report.warnings) == {
        "Videos/delta.mp4": "is in no part of TrainTestSplit.json: nobody will use it"
    }


def test_names_that_the_published_scorer_mixes_up_are_a_fault(public):
    split = PARTS | {"train": ["alpha", "alpha_2"]}
    (public / "TrainTestSplit.json").write_text(json.dumps(split))
    assert "begins the name 'alpha_2'" in told(check_release(public).faults)["TrainTestSplit.json"]


def test_every_name_and_every_frame_with_a_fault_is_told(public):
    (public / "FixationsTrain/Train/alpha/fixations.json").write_text(json.dumps([[], [[0, 40]], [[3, 3]]]))
    (public / "TrainTestSplit.json").write_text(json.dumps(PARTS | {"train": ["alpha", "alpha_2", "a b"]}))
    faults = [(finding.file, finding.text) for finding in check_release(public).faults]
    names = [text for file, text in faults if file == "TrainTestSplit.json"]
    frames = [text for file, text in faults if file == "FixationsTrain/Train/alpha/fixations.json"]
    assert len(names) == 2 and "'a b' cannot be" in names[0] and "begins the name" in names[1]
    assert len(frames) == 2 and "frame 0" in frames[0] and "frame 1" in frames[1]


def test_a_point_outside_and_a_broken_video_are_faults(private):
    fixations = private / "FixationsTest/Test/gamma/fixations.json"
    fixations.write_text(json.dumps([[[18, 0]]] * 3))
    assert (
        "outside the 32x18 picture"
        in told(check_release(private).faults)["FixationsTest/Test/gamma/fixations.json"]
    )
    (private / "SaliencyTest/Test/gamma.mp4").write_bytes(b"no video")
    assert "not a video" in told(check_release(private).faults)["SaliencyTest/Test/gamma.mp4"]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_command_takes_a_folder_and_its_zip(tmp_path, layout):
    public = write_public(tmp_path / "public", layout)
    archive = shutil.make_archive(str(tmp_path / "release"), "zip", public)
    for path in (str(public), archive):
        done = CliRunner().invoke(validate_command, [path])
        assert done.exit_code == 0
        assert "7 files looked at, good" in done.output
    with zipfile.ZipFile(archive, "a") as added:
        added.writestr(str(layout.saliency("gamma", "private_test")), b"leaked")
    assert CliRunner().invoke(validate_command, [archive]).exit_code == 3


def test_a_folder_of_no_layout_is_told_what_a_release_and_a_submission_need(public):
    (public / "TrainTestSplit.json").unlink()
    with pytest.raises(BadInput, match=r"the layout of no release \(AIM24 .* either --truth or --expect"):
        CliRunner().invoke(validate_command, [str(public)], catch_exceptions=False)


def test_a_folder_of_two_layouts_is_refused_in_a_line(public):
    write_video(public / "Test/Videos/delta.mp4")
    with pytest.raises(BadInput, match="it cannot be told which layout"):
        CliRunner().invoke(validate_command, [str(public)], catch_exceptions=False)
