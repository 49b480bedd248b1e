"""Every frame of a video gets the maps that are its own, whatever the rate, the length and the windows over it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from processing.errors import BadInput
from processing.video import ClipWriter, probe
from tests.training.stubs import (
    MAP_STRIDE,
    PER_FRAME,
    VIDEO,
    AllInOne,
    EachItsOwn,
    predictor_of,
    shown,
    told,
)
from training import config as configs
from training.config import Config
from training.grid import Orientation
from training.models import Model
from training.predictor import normalised
from training.streams import clip_log_densities, triangle, window_starts

pytestmark = pytest.mark.long

# Seven places of a stream under windows of four: they begin at 0, 2 and 3, and weigh 1, 2, 2, 1 from end to end.
LENGTH, PLACES = 4, 7
# The mean place of a frame in the windows over it, by the frame's own place in its stream.
MEAN_PLACE = [0, 1, (2 * 2 + 0) / 3, (3 + 2 * 1 + 0) / 4, (2 * 2 + 2 * 1) / 4, (3 + 2 * 2) / 3, 3]
# The mean of the middles of these windows, in places of the stream.
MEAN_MIDDLE = [
    1.5,
    1.5,
    (2 * 1.5 + 3.5) / 3,
    (1.5 + 2 * 3.5 + 4.5) / 4,
    (3.5 + 4.5) / 2,
    (3.5 + 2 * 4.5) / 3,
    4.5,
]

NTSC_FILM = Fraction(24000, 1001)


def dense(step_s: float = 0.2) -> Config:
    """A network that gives a map for each of four pictures."""
    return configs.load("tiny_lite2d", [f"net.frames={LENGTH}", f"net.step_s={step_s}"])


@pytest.mark.parametrize(
    ("fps", "step_s", "streams"),
    [
        (NTSC_FILM, 0.2, 5),
        (Fraction(12), 0.2, 2),
        (Fraction(25), 0.2, 5),
        (Fraction(60), 0.2, 12),
        (Fraction(12), 0.02, 1),  # pictures are asked for more often than there are any
    ],
)
def test_every_frame_is_the_weighted_mean_of_its_own_maps_in_the_windows_over_it(
    fps: Fraction, step_s: float, streams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = PLACES * streams
    facts = shown(monkeypatch, fps, range(count))
    model = EachItsOwn()
    found, seconds = told(clip_log_densities(predictor_of(model, dense(step_s)), VIDEO, facts, None), 3)
    frames = np.arange(count)
    np.testing.assert_allclose(found[:, 0] * PER_FRAME, frames, atol=1e-3)
    np.testing.assert_allclose(seconds, frames / float(fps), atol=1e-4)
    place, stream = np.divmod(frames, streams)
    np.testing.assert_allclose(found[:, 1], np.array(MEAN_PLACE)[place], atol=1e-4)
    middles = stream + streams * np.array(MEAN_MIDDLE)[place]
    np.testing.assert_allclose(found[:, 2] * PER_FRAME, middles, atol=1e-3)
    windows = [[start * streams + first + streams * place for place in range(LENGTH)]
               for start in (0, 2, 3) for first in range(streams)]  # fmt: skip
    assert model.windows == windows


def test_the_last_picture_goes_on_where_a_stream_is_shorter_than_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Five streams, of which the last two have six places instead of seven.
    facts = shown(monkeypatch, Fraction(25), range(33))
    model = EachItsOwn()
    found, seconds = told(clip_log_densities(predictor_of(model, dense()), VIDEO, facts, None), 2)
    np.testing.assert_allclose(found[:, 0] * PER_FRAME, np.arange(33), atol=1e-3)
    np.testing.assert_allclose(seconds, np.arange(33) / 25, atol=1e-4)
    np.testing.assert_allclose(found[:, 1], np.repeat(MEAN_PLACE, 5)[:33], atol=1e-4)
    assert model.windows[-5:] == [
        [15, 20, 25, 30],
        [16, 21, 26, 31],
        [17, 22, 27, 32],
        [18, 23, 28, 32],
        [19, 24, 29, 32],
    ]


@pytest.mark.parametrize(
    ("fps", "count"), [(Fraction(5), 3), (Fraction(25), 3), (NTSC_FILM, 17), (Fraction(60), 1)]
)
def test_a_clip_that_is_shorter_than_a_window_has_a_map_for_each_frame_and_no_more(
    fps: Fraction, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = shown(monkeypatch, fps, range(count))
    model = EachItsOwn()
    found, seconds = told(clip_log_densities(predictor_of(model, dense()), VIDEO, facts, None), 2)
    streams = round(0.2 * fps)
    np.testing.assert_allclose(found[:, 0] * PER_FRAME, np.arange(count), atol=1e-3)
    np.testing.assert_allclose(found[:, 1], np.arange(count) // streams, atol=1e-4)
    np.testing.assert_allclose(seconds, np.arange(count) / float(fps), atol=1e-4)
    assert model.windows == [
        [min(first + streams * place, count - 1) for place in range(LENGTH)] for first in range(streams)
    ]


@pytest.mark.parametrize("windows", [1, 2, 3, 64])
def test_interleaved_streams_give_what_each_of_them_gives_by_itself(
    windows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams, fps = 5, Fraction(25)
    facts = shown(monkeypatch, fps, range(PLACES * streams))
    ready = predictor_of(EachItsOwn(), dense(), windows)
    together, _ = told(clip_log_densities(ready, VIDEO, facts, None), 3)
    for stream in range(streams):
        facts = shown(monkeypatch, fps / streams, range(stream, PLACES * streams, streams))
        alone, _ = told(clip_log_densities(ready, VIDEO, facts, None), 3)
        np.testing.assert_allclose(together[stream::streams], alone, atol=1e-4)


def test_the_frames_of_a_real_video_are_those_that_were_written(tmp_path: Path) -> None:
    count, between = 20, 12
    video = tmp_path / "greys.mp4"
    with ClipWriter(video, width=64, height=64, fps=NTSC_FILM) as writer:
        for frame in range(count):
            writer.write(np.full((64, 64, 3), between * frame, np.uint8))
    ready = predictor_of(EachItsOwn(), dense())
    found, _ = told(clip_log_densities(ready, video, probe(video), None), 1)
    assert np.rint(found[:, 0] * PER_FRAME / between).astype(int).tolist() == list(range(count))


@pytest.mark.parametrize(
    ("fps", "lags"),
    [(NTSC_FILM, (5, 14)), (Fraction(12), (2, 7)), (Fraction(25), (5, 15)), (Fraction(60), (12, 36))],
)
@pytest.mark.parametrize("windows", [3, 64])
def test_a_network_of_one_moment_sees_the_frames_that_lie_so_far_back(
    windows: int, fps: Fraction, lags: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ["data.long_side=64", "data.short_side=64", "net.lags_s=[0.0, 0.2, 0.6]"]
    facts = shown(monkeypatch, fps, range(40))
    ready = predictor_of(AllInOne(), configs.load("small_net", settings), windows)
    found, seconds = told(clip_log_densities(ready, VIDEO, facts, None), 3)
    frames = np.arange(40)
    expected = [frames, *(np.maximum(frames - lag, 0) for lag in lags)]
    np.testing.assert_allclose(found * PER_FRAME, np.stack(expected, axis=1), atol=1e-3)
    np.testing.assert_allclose(seconds, frames / float(fps), atol=1e-4)


@pytest.mark.parametrize("missing", [-1, 1])
def test_a_video_of_fewer_or_more_frames_than_it_says_is_refused(
    missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = shown(monkeypatch, Fraction(25), range(33))
    shown(monkeypatch, Fraction(25), range(33 - missing))
    with pytest.raises(BadInput, match=f"{33 - missing} of 33 frames can be decoded"):
        list(clip_log_densities(predictor_of(EachItsOwn(), dense()), VIDEO, facts, None))


def test_weights_rise_to_the_middle_of_a_window_and_are_nowhere_nothing() -> None:
    assert triangle(4) == [1, 2, 2, 1]
    assert triangle(5) == [1, 2, 3, 2, 1]
    assert triangle(1) == [1]


def test_windows_overlap_by_half_and_the_last_one_ends_with_the_stream() -> None:
    assert window_starts(4, 4) == window_starts(2, 4) == [0]
    assert window_starts(5, 4) == [0, 1]
    assert window_starts(7, 4) == [0, 2, 3]
    assert window_starts(8, 4) == [0, 2, 4]
    assert window_starts(40, 16) == [0, 8, 16, 24]
    for length in range(1, 9):
        for places in range(1, 30):
            starts = window_starts(places, length)
            assert starts == sorted(set(starts)) and starts[-1] == max(places - length, 0)
            seen = {start + place for start in starts for place in range(length)}
            assert seen >= set(range(places))


class Leaning(Model):
    """What is bright is looked at, the more the further right it is, and what lies left of it as well."""

    def __init__(self) -> None:
        super().__init__(MAP_STRIDE)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        bright = functional.avg_pool2d(pictures.mean(2), MAP_STRIDE)
        left = functional.pad(bright, (0, 1))[..., 1:]
        return normalised(3 * bright + left + torch.linspace(0, 2, bright.shape[-1]))


def test_the_mirrored_pictures_are_predicted_mirrored_back_and_averaged_in_logits() -> None:
    model, rng = Leaning(), np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, LENGTH, 64, 64, 3), dtype=np.uint8)
    seconds = np.zeros((2, LENGTH))

    def asked(shown: np.ndarray, *, mirror: bool) -> np.ndarray:
        ready = predictor_of(model, dense(), mirror=mirror)
        return ready.log_densities(shown, seconds, Orientation.LANDSCAPE)

    mirrored = np.ascontiguousarray(pictures[:, :, :, ::-1])
    plain, turned = asked(pictures, mirror=False), asked(mirrored, mirror=False)[..., ::-1]
    assert np.abs(plain - turned).max() > 1, "a network of no side proves nothing"
    mean = torch.from_numpy((plain + turned) / 2)
    found = asked(pictures, mirror=True)
    np.testing.assert_allclose(found, normalised(mean), atol=1e-5)
    # Nothing is left of the network's own side: mirrored pictures are looked at in mirrored places.
    np.testing.assert_allclose(asked(mirrored, mirror=True), found[..., ::-1], atol=1e-5)
