import numpy as np
import pytest
from scipy.io import savemat

from processing.errors import BadInput
from processing.gaze import BLINK, find_recordings, read_labelled, read_recordings


def write_recording(folder, name, positions):
    savemat(folder / name, {"ETdata": {"pos": np.asarray(positions, dtype=float)}})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "jump.avi").write_bytes(b"")
    rows = [
        [0, 1, 1, 512, 384, 1],
        [2000, 1, 1, 0, 0, 1],
        [4000, 1, 1, 256, 192, 5],
        [6000, 1, 1, 1024, 0, 2],
    ]
    for name in (
        "A1_video_jump_labelled_RA.mat",
        "A1_video_jump_labelled_MN.mat",
        "B2_video_jump_labelled_MN.mat",
    ):
        write_recording(tmp_path, name, rows)
    return tmp_path


def test_two_coders_of_the_same_eyes_are_one_recording(folder):
    ((clip, paths),) = find_recordings(folder).items()
    assert clip.name == "jump.avi"
    assert [recording.observer for recording in read_recordings(paths)] == ["A1", "B2"]


def test_lost_samples_and_blinks_are_left_out_and_times_stay_true(folder):
    recording = read_recordings(find_recordings(folder)[folder / "jump.avi"])[0]
    assert recording.t_us.tolist() == [0, 6000]
    assert recording.x_share.tolist() == [0.5, 1.0]
    assert recording.y_share.tolist() == [0.5, 0.0]


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no"):
        find_recordings(tmp_path)


def test_a_file_of_another_layout_is_refused_by_name(folder):
    savemat(folder / "C3_video_jump_labelled_RA.mat", {"other": [1]})
    with pytest.raises(BadInput, match="C3_video"):
        read_recordings([folder / "C3_video_jump_labelled_RA.mat"])
    (folder / "D4_video_jump_labelled_RA.mat").write_bytes(b"no matlab file")
    with pytest.raises(BadInput, match="D4_video"):
        read_recordings([folder / "D4_video_jump_labelled_RA.mat"])


def test_a_file_of_matlabs_newest_kind_is_refused_with_the_remedy(folder):
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    path = folder / "E5_video_jump_labelled_RA.mat"
    path.write_bytes(header + bytes(400))
    for read in (read_labelled, lambda path: read_recordings([path])):
        with pytest.raises(BadInput, match=r"MATLAB 7\.3: save it with -v7"):
            read(path)


def test_times_are_those_of_the_file_up_to_where_its_clock_stops(tmp_path):
    times = [7_000, 12_000, 17_000, 22_000, 0, 0]
    name = "UH_video_boat_labelled_RA.mat"
    write_recording(tmp_path, name, [[t, 1, 1, 10 * (t > 0), 20 * (t > 0), 1] for t in times])
    (recording,) = read_recordings([tmp_path / name])
    assert recording.t_us.tolist() == [0, 5_000, 10_000, 15_000]
    labelled = read_labelled(tmp_path / name)
    assert (labelled.rate_hz, len(labelled.label)) == (200, 4)


def test_labels_stay_with_samples_whose_eye_is_lost(folder):
    labelled = read_labelled(folder / "A1_video_jump_labelled_RA.mat")
    assert (labelled.observer, labelled.clip, labelled.coder, labelled.rate_hz) == ("A1", "jump", "RA", 500)
    assert labelled.label.tolist() == [1, 1, BLINK, 2]
    assert np.isnan(labelled.x_px).tolist() == [False, True, True, False]


def test_eyes_are_a_track_in_pixels_of_the_clip(folder):
    recording = read_recordings(find_recordings(folder)[folder / "jump.avi"])[0]
    track = recording.track(720, 576)
    assert (track.x_px.tolist(), track.y_px.tolist()) == ([360.0, 720.0], [288.0, 0.0])
