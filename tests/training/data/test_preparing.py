"""Reading a release into the cache: which frames are kept, which blur targets get, what is refused in one line."""

import fcntl
import io
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.layouts import AIM24, TRAIN, open_dataset, read_fixations, write_fixations
from processing.video import read_rgb, read_some_rgb
from tests.training.conftest import with_short_tone
from training import sound
from training.clips import ClipSet
from training.config import DataConfig
from training.data import open_cache
from training.data.pictures import kept_frames
from training.data.preparing import prepare
from training.grid import Grid, Orientation
from training.progress import Reporter, Stopped, StopRequest

pytestmark = pytest.mark.long

SMALL = DataConfig(long_side=64, short_side=32)


def prepared(
    release: Path, config: DataConfig = SMALL, cache: Path | None = None, part: str = TRAIN, workers: int = 1
) -> ClipSet:
    stop = StopRequest()
    reporter = Reporter(stop, io.StringIO())
    return prepare(
        open_dataset(release), config, cache=cache, reporter=reporter, stop=stop, part=part, workers=workers
    )


def fixations_of(release: Path, name: str) -> Path:
    return release / AIM24.fixations_file(name, TRAIN)


@given(
    fps=st.sampled_from([Fraction(30), Fraction(30000, 1001), Fraction(25, 2), Fraction(24), Fraction(5)]),
    frames=st.integers(1, 400),
)
def test_the_kept_frames_are_the_nearest_to_every_tenth_of_a_second(fps: Fraction, frames: int) -> None:
    kept = kept_frames(frames, fps, 0.1)
    assert kept[0] == 0 and kept[-1] < frames
    assert (np.diff(kept) >= 1).all()
    if fps >= 10:
        off = kept / float(fps) - np.arange(len(kept)) * 0.1
        assert np.abs(off).max() <= 0.5 / float(fps) + 1e-9
        assert (frames - 1 - kept[-1]) / float(fps) < 0.1 + 0.5 / float(fps)
    else:
        np.testing.assert_array_equal(kept, np.arange(frames))


def test_clips_hold_what_the_release_holds(spot_release: Path, tmp_path: Path) -> None:
    clips = prepared(spot_release, cache=tmp_path / "cache")
    assert [clip.name for clip in clips.clips] == ["alpha", "beta", "tall"]
    alpha, tall = clips.clips[0], clips.clips[2]
    assert (alpha.orientation, alpha.picture) == (Orientation.LANDSCAPE, Grid(90, 160))
    assert tall.orientation is Orientation.PORTRAIT
    assert alpha.pictures is not None and tall.pictures is not None
    assert alpha.pictures.shape == (7, 32, 64, 3) and tall.pictures.shape == (7, 64, 32, 3)
    np.testing.assert_allclose(alpha.seconds, np.arange(7) * 3 * 1001 / 30000)
    assert alpha.duration_s == pytest.approx(20 * 1001 / 30000)
    # The fourth moment kept is frame 9; its picture is that frame, only smaller.
    frames = list(read_rgb(spot_release / "Videos" / "alpha.mp4"))
    assert alpha.pictures[3].mean() == pytest.approx(frames[9].mean(), abs=1)
    np.testing.assert_array_equal(alpha.points[3], read_fixations(fixations_of(spot_release, "alpha"))[9])
    assert alpha.sound is None


def test_the_cache_is_made_once_and_opens_alone(spot_release: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = prepared(spot_release, cache=cache)
    made = {path: path.stat().st_mtime_ns for path in cache.glob("*/*")}
    assert len(made) == 3 * 3
    again = prepared(spot_release, cache=cache)
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*/*")} == made
    shutil.rmtree(spot_release)
    alone = open_cache(cache, SMALL)
    assert alone.digest == first.digest == again.digest
    for mine, theirs in zip(alone.clips, first.clips, strict=True):
        assert mine.pictures is not None and theirs.pictures is not None
        np.testing.assert_array_equal(mine.pictures, theirs.pictures)
        np.testing.assert_array_equal(np.concatenate(mine.points), np.concatenate(theirs.points))
        assert (mine.sigma_px, mine.duration_s) == (theirs.sigma_px, theirs.duration_s)


def test_other_settings_and_parts_get_entries_and_an_index_of_their_own(
    spot_release: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    prepared(spot_release, cache=cache)
    prepared(spot_release, DataConfig(long_side=96, short_side=64), cache=cache)
    prepared(spot_release, cache=cache, part="public_test")
    assert len(list(cache.glob("alpha-*"))) == 2
    assert [clip.name for clip in open_cache(cache, SMALL, "public_test").clips] == ["gamma"]
    with pytest.raises(BadInput, match=r"no clips of the part 'train' at 64x32 every 0\.2 s: run .*prepare"):
        open_cache(cache, DataConfig(long_side=64, short_side=32, frame_step_s=0.2))


def as_ntire(root: Path) -> None:
    for folder in [*root.glob("Fixations*/*/*")]:
        (folder / "fixations_maps").mkdir()


def as_crowdsal(root: Path) -> None:
    for side, names in (("Train", ["alpha", "beta", "tall"]), ("Test", ["gamma"])):
        for kind in ("Videos", "Saliency", "Fixations"):
            (root / side / kind).mkdir(parents=True)
        for name in names:
            shutil.move(root / f"Videos/{name}.mp4", root / side / "Videos")
            shutil.move(root / f"Saliency{side}/{side}/{name}.mp4", root / side / "Saliency")
            fixations = root / f"Fixations{side}/{side}/{name}/fixations.json"
            fixations.rename(root / side / "Fixations" / f"{name}.json")
    (root / "TrainTestSplit.json").unlink()


@pytest.mark.parametrize(("changed", "layout"), [(as_ntire, "NTIRE26"), (as_crowdsal, "CrowdSAL")])
def test_every_layout_gives_the_same_clips(
    spot_release: Path, changed: Callable[[Path], None], layout: str
) -> None:
    before = prepared(spot_release)
    changed(spot_release)
    assert open_dataset(spot_release).layout.name == layout
    assert prepared(spot_release).digest == before.digest
    assert [clip.name for clip in prepared(spot_release, part="public_test").clips] == ["gamma"]


def test_several_workers_make_the_same_cache(spot_release: Path, tmp_path: Path) -> None:
    prepared(spot_release, cache=tmp_path / "one")
    prepared(spot_release, cache=tmp_path / "two", workers=2)
    for path in (tmp_path / "one").glob("*/*"):
        assert path.read_bytes() == (tmp_path / "two" / path.parent.name / path.name).read_bytes()


def test_an_interrupted_preparation_leaves_whole_clips_and_goes_on(
    spot_release: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"

    class StopInSecondClip(StopRequest):
        looks = 0

        def check(self) -> None:
            self.looks += 1
            if list(cache.glob("alpha-*")) and list(cache.glob(".unfinished-*")):
                raise Stopped("SIGTERM")

    stop = StopInSecondClip()
    with pytest.raises(Stopped):
        prepare(
            open_dataset(spot_release), SMALL, cache=cache, reporter=Reporter(stop, io.StringIO()), stop=stop
        )
    assert [path.name.split("-")[0] for path in cache.iterdir() if path.is_dir()] == ["alpha"]
    # What a killed process leaves behind is swept away by the next one.
    (cache / ".unfinished-dead").mkdir()
    assert len(prepared(spot_release, cache=cache).clips) == 3
    assert not list(cache.glob(".unfinished-*"))


def test_a_cache_that_another_process_fills_is_waited_for(spot_release: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    looks = 0

    class GivesUp(StopRequest):
        def check(self) -> None:
            nonlocal looks
            looks += 1
            if looks > 6:
                raise Stopped("SIGTERM")

    stop = GivesUp()
    with (cache / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Stopped):
            prepare(
                open_dataset(spot_release),
                SMALL,
                cache=cache,
                reporter=Reporter(stop, io.StringIO()),
                stop=stop,
            )
    assert [path.name for path in cache.iterdir()] == ["lock"]
    assert len(prepared(spot_release, cache=cache).clips) == 3


def test_sound_is_kept_as_a_spectrogram_in_step_with_the_picture(spot_release: Path, tmp_path: Path) -> None:
    with_short_tone(spot_release / "Videos" / "alpha.mp4")
    alpha, beta = prepared(spot_release, cache=tmp_path / "cache").clips[:2]
    assert beta.sound is None and alpha.sound is not None
    assert alpha.sound.shape[0] == sound.MELS
    assert alpha.sound.shape[1] == pytest.approx(alpha.duration_s * sound.STEPS_PER_S, abs=3)
    loudness = alpha.sound.astype(float).max(0)
    assert loudness[:24] == pytest.approx(sound.SILENCE, abs=1)
    assert loudness[36:60].min() > 0


def test_targets_are_blurred_as_the_released_maps_were(spot_release: Path) -> None:
    sigmas = [clip.sigma_px for clip in prepared(spot_release).clips]
    assert sigmas == pytest.approx([4.8] * 3)
    unlabelled = prepared(spot_release).digest
    (spot_release / "recipe.json").write_text('{"sigma_px": 7.5}')
    assert [clip.sigma_px for clip in prepared(spot_release).clips] == pytest.approx([7.5] * 3)
    (spot_release / "VideoInfo.json").write_text(json.dumps({"beta": {"sigma_px": 9}}))
    assert [clip.sigma_px for clip in prepared(spot_release).clips] == pytest.approx([7.5, 9, 7.5])
    assert prepared(spot_release).digest != unlabelled
    wished = DataConfig(long_side=64, short_side=32, sigma_share=0.1)
    assert [clip.sigma_px for clip in prepared(spot_release, wished).clips] == pytest.approx([16] * 3)


def test_clips_weigh_as_their_observers_agree_where_that_is_wished(spot_release: Path) -> None:
    reports = {name: {"report": {"consistency": {"split_half": {"value": cc}}}} for name, cc in
               (("alpha", 0.9), ("tall", 0.6))}  # fmt: skip
    (spot_release / "provenance.json").write_text(json.dumps({"clips": reports}))
    assert [clip.reliability for clip in prepared(spot_release).clips] == [1, 1, 1]
    wished = DataConfig(long_side=64, short_side=32, weigh_by_agreement=True)
    weighed = [clip.reliability for clip in prepared(spot_release, wished).clips]
    assert weighed == pytest.approx([1.2, 1, 0.8])


def test_outliers_are_left_out_where_that_is_wished(spot_release: Path) -> None:
    path = fixations_of(spot_release, "alpha")
    points = read_fixations(path)
    points[0] = np.array([[40, 80], [41, 82], [42, 79], [40, 84], [1, 1]])
    write_fixations(path, points)
    assert len(prepared(spot_release).clips[0].points[0]) == 5
    wished = DataConfig(long_side=64, short_side=32, outlier_sigmas=3)
    np.testing.assert_array_equal(prepared(spot_release, wished).clips[0].points[0], points[0][:4])


def test_frames_that_nobody_looked_at_are_allowed_and_counted(spot_release: Path) -> None:
    path = fixations_of(spot_release, "alpha")
    points = read_fixations(path)
    write_fixations(path, [own if frame != 3 else own[:0] for frame, own in enumerate(points)])
    assert [clip.empty_moments for clip in prepared(spot_release).clips] == [1, 0, 0]
    write_fixations(path, [own[:0] for own in points])
    with pytest.raises(BadInput, match="alpha has no fixation in any frame that is kept"):
        prepared(spot_release)


def cut_off(release: Path) -> None:
    video = release / "Videos" / "beta.mp4"
    video.write_bytes(video.read_bytes()[:-2000])


def without_map(release: Path) -> None:
    (release / AIM24.saliency("beta", TRAIN)).unlink()


def other_map(release: Path) -> None:
    shutil.copy(release / AIM24.saliency("tall", TRAIN), release / AIM24.saliency("beta", TRAIN))


def frame_short(release: Path) -> None:
    path = fixations_of(release, "beta")
    write_fixations(path, read_fixations(path)[:-1])


def point_outside(release: Path) -> None:
    path = fixations_of(release, "beta")
    points = read_fixations(path)
    points[5][0] = [90, 3]
    write_fixations(path, points)


def no_numbers(release: Path) -> None:
    fixations_of(release, "beta").write_text('[["here"]]')


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_off, r"beta\.mp4: the file is cut short"),
        (without_map, r"the saliency map SaliencyTrain/Train/beta\.mp4 is not in this folder"),
        (other_map, "the map of beta is 90x160, its video 160x90"),
        (frame_short, "beta has 20 frames, its map 20, its fixations 19"),
        (point_outside, "beta has a fixation outside the picture in frame 5"),
        (no_numbers, r"beta: frame 0 of fixations\.json must be"),
    ],
)
def test_a_spoilt_clip_is_named_before_anything_is_written(
    spot_release: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(spot_release)
    with pytest.raises(BadInput, match=said) as refused:
        prepared(spot_release, cache=tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "cache").exists()


def test_a_video_that_breaks_off_while_it_is_decoded_leaves_no_entry(
    spot_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr(
        "training.data.preparing.read_some_rgb",
        lambda path, wanted: islice(read_some_rgb(path, wanted), 17 if "beta" in path.name else 20),
    )
    with pytest.raises(BadInput, match=r"beta\.mp4: 17 of 20 frames can be decoded"):
        prepared(spot_release, cache=cache)
    left = [path.name.split("-")[0] for path in cache.iterdir() if path.is_dir()]
    assert "alpha" in left and "beta" not in left and ".unfinished" not in left


def test_a_full_disk_ends_in_words_and_leaves_no_entry(
    spot_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    cache = tmp_path / "cache"
    monkeypatch.setattr("training.data.preparing.write_fixations", full)
    with pytest.raises(BadInput, match=r"alpha cannot be written into the cache .*: No space left on device"):
        prepared(spot_release, cache=cache)
    assert not [path for path in cache.iterdir() if path.is_dir()]


def cut_in_half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def change_a_point(data: bytes) -> bytes:
    return data[:300] + bytes([data[300] ^ 255]) + data[301:]


def lose_everything(data: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("frames.npy", cut_in_half),
        ("fixations.npz", cut_in_half),
        ("fixations.npz", change_a_point),
        ("fixations.npz", lose_everything),
        ("meta.json", cut_in_half),
    ],
)
def test_a_damaged_entry_says_which_folder_to_delete(
    spot_release: Path, tmp_path: Path, file: str, damage: Callable[[bytes], bytes]
) -> None:
    cache = tmp_path / "cache"
    prepared(spot_release, cache=cache)
    path = next(cache.glob("beta-*")) / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadInput, match=r"beta-[0-9a-f]{16} in the cache is damaged .*: delete that folder"):
        open_cache(cache, SMALL)


def test_a_release_without_training_clips_is_refused(spot_release: Path) -> None:
    (spot_release / "TrainTestSplit.json").write_text('{"public_test": ["gamma"]}')
    with pytest.raises(BadInput, match="no clips in its part 'train'"):
        prepared(spot_release)
