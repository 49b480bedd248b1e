"""A folder or a zip of predictions: every fault is told at once, and only what is at fault."""

import json
import stat
import zipfile
from fractions import Fraction

import av
import numpy as np
import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from processing.validate_command import validate_command
from processing.validation.submission import Expected, check_submission, expected_of, read_expected
from processing.video import MapWriter

EXPECTED = {name: Expected(3, 32, 18) for name in ("alpha", "beta", "gamma")}


def write_maps(path, frames=3, size=(32, 18)):
    path.parent.mkdir(parents=True, exist_ok=True)
    with MapWriter(path, width=size[0], height=size[1], fps=Fraction(30), encoding="exact") as writer:
        for number in range(frames):
            writer.write(np.full(size[::-1], number * 100, np.uint16))


@pytest.fixture
def predictions(tmp_path):
    folder = tmp_path / "predictions"
    for name in EXPECTED:
        write_maps(folder / f"{name}.mp4")
    return folder


def packed(folder, target, prefix=""):
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, prefix + path.relative_to(folder).as_posix())
    return target


@pytest.fixture(params=["folder", "zip"])
def check(request, predictions, tmp_path):
    """Check the predictions as a folder and as a zip of the same files."""

    def run(mode="compatible"):
        path = predictions if request.param == "folder" else packed(predictions, tmp_path / "p.zip")
        return check_submission(path, EXPECTED, mode)

    return run


def told(findings):
    return {finding.file: finding.text for finding in findings}


def test_what_is_as_it_should_be_has_neither_faults_nor_warnings(check):
    report = check()
    assert report.good and report.checked == 3
    assert report.faults == report.warnings == []


def test_every_fault_is_told_at_once(check, predictions):
    write_maps(predictions / "alpha.mp4", frames=2)
    (predictions / "beta.mp4").write_bytes(b"no video")
    (predictions / "gamma.mp4").unlink()
    report = check()
    assert not report.good
    faults = told(report.faults)
    assert faults["alpha.mp4"] == "has 2 frames, the clip has 3: predict one map for every frame"
    assert faults["beta.mp4"].startswith("not a video that can be read here")
    assert faults["gamma.mp4"] == "is missing: add it"
    assert len(faults) == 3


@pytest.mark.parametrize(
    ("slip", "file"), [("Gamma.MP4", "Gamma.MP4"), ("gamma.mp4.mp4", None), ("maps/gamma.mp4", None)]
)
def test_a_slip_in_a_name_is_recognised(check, predictions, slip, file):
    target = predictions / slip
    target.parent.mkdir(exist_ok=True)
    (predictions / "gamma.mp4").rename(target)
    assert told(check().faults) == {slip: "has to be called gamma.mp4: rename it"}


@pytest.mark.parametrize("mode", ["compatible", "crowdsal", "corrected"])
def test_another_size_is_a_fault_only_where_nothing_is_resized(check, predictions, mode):
    write_maps(predictions / "beta.mp4", size=(16, 10))
    report = check(mode)
    findings = report.faults if mode == "crowdsal" else report.warnings
    assert told(findings)["beta.mp4"].startswith("is 16x10, the clip is 32x18: ")
    assert report.good == (mode != "crowdsal")


def test_codings_that_cost_scores_are_warned_of(check, predictions):
    with av.open(str(predictions / "beta.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((27, 32), 90, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    report = check()
    assert report.good
    texts = [finding.text for finding in report.warnings if finding.file == "beta.mp4"]
    assert texts[0].startswith("is coded as mpeg4") and texts[1].startswith("has 8 bits (yuv420p)")


def test_what_lies_beside_is_a_warning_in_a_folder_and_a_fault_in_a_zip(predictions, tmp_path):
    (predictions / "notes.txt").write_text("hello")
    in_folder = check_submission(predictions, EXPECTED, "compatible")
    in_zip = check_submission(packed(predictions, tmp_path / "p.zip"), EXPECTED, "compatible")
    assert in_folder.good and told(in_folder.warnings) == told(in_zip.faults)
    assert "notes.txt" in told(in_zip.faults)


def test_shadow_files_of_a_mac_are_passed_over(check, predictions):
    (predictions / "__MACOSX").mkdir()
    for shadow in ("__MACOSX/._alpha.mp4", "._beta.mp4", ".DS_Store"):
        (predictions / shadow).write_bytes(b"\0")
    report = check()
    assert report.good and report.checked == 3 and report.warnings == []


def test_a_folder_too_many_is_one_fault_and_what_is_in_it_is_looked_at(predictions, tmp_path):
    write_maps(predictions / "alpha.mp4", frames=1)
    (predictions / "beta.mp4").unlink()
    for path in (tmp_path, packed(predictions, tmp_path.parent / "p.zip", prefix="predictions/")):
        report = check_submission(path, EXPECTED, "compatible")
        assert report.checked == 2
        assert told(report.faults) == {
            "": "everything lies in the folder predictions/: hand in what is in it, not the folder itself",
            "beta.mp4": "is missing: add it",
            "alpha.mp4": "has 1 frames, the clip has 3: predict one map for every frame",
        }
    (tmp_path.parent / "p.zip").unlink()


def test_entries_that_are_no_plain_videos_are_faults_of_a_zip(predictions, tmp_path):
    target = tmp_path / "p.zip"
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("alpha.mp4")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("beta.mp4", b"\0" * 100_000, zipfile.ZIP_DEFLATED)
        archive.writestr("gamma.mp4", b"")
    faults = told(check_submission(target, EXPECTED, "compatible").faults)
    assert faults == {
        "alpha.mp4": "is a link or a device in the zip: pack the file itself",
        "beta.mp4": "unpacks to more than 50 times its size: no video does",
        "gamma.mp4": "is empty: write the video again",
    }


def test_damage_in_a_zip_is_the_files_own_fault(predictions, tmp_path):
    target = packed(predictions, tmp_path / "p.zip")
    content = bytearray(target.read_bytes())
    place = content.index(b"mdat")
    content[place + 8] ^= 0xFF
    target.write_bytes(content)
    faults = told(check_submission(target, EXPECTED, "compatible").faults)
    assert faults == {"alpha.mp4": "alpha.mp4 is damaged in the zip: pack it again"}


def run(*arguments):
    return CliRunner().invoke(validate_command, [str(argument) for argument in arguments])


def test_the_command_lists_faults_and_ends_with_status_3(predictions, tmp_path):
    truth = tmp_path / "truth"
    for name in EXPECTED:
        write_maps(truth / f"{name}.mp4")
    done = run(predictions, "--truth", truth)
    assert done.exit_code == 0 and "3 files looked at, good" in done.output
    (predictions / "alpha.mp4").unlink()
    done = run(predictions, "--truth", truth)
    assert done.exit_code == 3 and "fault: alpha.mp4: is missing: add it" in done.output
    document = json.loads(run(predictions, "--truth", truth, "--json").output)
    assert document == {
        "kind": "submission",
        "good": False,
        "checked": 2,
        "faults": [{"file": "alpha.mp4", "text": "is missing: add it"}],
        "warnings": [],
    }
    (tmp_path / "split.json").write_text('{"public_test": ["beta", "gamma.mp4"], "train": ["alpha"]}')
    part = ("--split-file", tmp_path / "split.json", "--subset", "public_test")
    assert run(predictions, "--truth", truth, *part).exit_code == 0


def test_a_file_that_is_no_zip_is_a_fault(tmp_path):
    (tmp_path / "p.zip").write_text("hello")
    (tmp_path / "expected.json").write_text('{"a": {"frames": 3, "width": 32, "height": 18}}')
    done = run(tmp_path / "p.zip", "--expect", tmp_path / "expected.json")
    assert done.exit_code == 3 and "not a zip that can be read" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give either --truth or --expect"),
        (("--truth", "nowhere"), "folder of truth does not exist"),
        (("--truth", ".", "--subset", "train"), "go together"),
        (("--truth", "."), "no clip to compare with"),
        (("--expect", "nowhere.json"), "must be an object"),
    ],
)
def test_bad_options_are_one_line(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = run(tmp_path, *arguments)
    assert isinstance(done.exception, BadInput)
    assert message in str(done.exception) and "\n" not in str(done.exception)


def test_what_is_not_there_and_unknown_modes_are_refused(tmp_path):
    with pytest.raises(BadInput, match="neither a folder nor a zip"):
        check_submission(tmp_path / "nowhere", EXPECTED, "compatible")
    with pytest.raises(BadInput, match="no mode 'magic'"):
        check_submission(tmp_path, EXPECTED, "magic")


def test_a_truth_that_cannot_be_read_is_not_the_submissions_fault(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(BadInput, match=r"the truth cannot be read: a\.mp4"):
        expected_of({"a": tmp_path / "a.mp4"})


def test_a_subset_of_clips_that_the_expectation_does_not_know_is_refused(tmp_path):
    (tmp_path / "e.json").write_text('{"a": {"frames": 3, "width": 32, "height": 18}}')
    (tmp_path / "split.json").write_text('{"public_test": ["a", "b", "c"]}')
    done = run(tmp_path, "--expect", tmp_path / "e.json", "--split-file", tmp_path / "split.json",
               "--subset", "public_test")  # fmt: skip
    assert isinstance(done.exception, BadInput)
    assert "e.json says nothing of b, c" in str(done.exception)


def test_an_expectation_of_nothing_is_refused(tmp_path):
    (tmp_path / "e.json").write_text("{}")
    with pytest.raises(BadInput, match=r"e\.json names no clip"):
        read_expected(tmp_path / "e.json")


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"a": 3}', '{"a": {"frames": 3}}', '{"a": {"frames": Infinity, "width": 32, "height": 18}}',
     '{"a":' * 100_000],
)  # fmt: skip
def test_broken_expectations_are_refused(tmp_path, text):
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(BadInput, match=r"e\.json must be an object"):
        read_expected(tmp_path / "e.json")
