"""Smaller views of a rendition: the same frames, the same sound, another size."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.video import (
    VIEWS,
    ClipWriter,
    prepare_rendition,
    probe,
    read_luma,
    scale_rendition,
    view_size,
)

pytestmark = pytest.mark.long

BITS = 8


def numbered(path, frames, width=1920, height=1080):
    """A clip that says the number of each frame in a row of blocks, white for 1."""
    with ClipWriter(path, width=width, height=height, fps=Fraction(30000, 1001)) as writer:
        for number in range(frames):
            bits = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8) * 255
            row = np.repeat(bits, width // BITS)
            writer.write(np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.uint8))
    return path


def number_in(picture):
    """The number that a picture of `numbered` shows, whatever its size; uint8 (H, W)."""
    height, width = picture.shape
    levels = [picture[height // 2, (2 * bit + 1) * width // (2 * BITS)] for bit in range(BITS)]
    return sum(int(level > 128) << bit for bit, level in enumerate(levels))


def sound_of(path):
    """Decoded samples, float (channels, N)."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_the_same_frames_at_the_same_times(tmp_path, view):
    reference = numbered(tmp_path / "reference.mp4", 40, 2560, 1440)
    size = view_size(2560, 1440, view)
    report = scale_rendition(reference, tmp_path / "view.mp4", size)
    facts = probe(tmp_path / "view.mp4")
    assert report.facts == facts
    assert (facts.fps, facts.frames) == (Fraction(30000, 1001), 40)
    assert facts.constant_rate
    assert (facts.width, facts.height) == VIEWS[view]
    assert [number_in(picture) for picture in read_luma(tmp_path / "view.mp4")] == list(range(40))


def test_a_view_sounds_as_its_reference_does(make_clip, tmp_path):
    reference = tmp_path / "reference.mp4"
    prepare_rendition(make_clip("clip.mp4", width=128, height=96, sound_s=3, frames=60), reference)
    report = scale_rendition(reference, tmp_path / "view.mp4", (64, 48))
    assert report.settings["sound"] == "copied"
    assert np.array_equal(sound_of(reference), sound_of(tmp_path / "view.mp4"))


def test_a_silent_view_stays_silent(tmp_path):
    report = scale_rendition(numbered(tmp_path / "a.mp4", 3, 64, 48), tmp_path / "view.mp4", (32, 24))
    assert report.settings["sound"] == "none"
    assert not report.facts.has_audio


def test_the_same_reference_gives_the_same_bytes(make_clip, tmp_path):
    reference = tmp_path / "reference.mp4"
    prepare_rendition(make_clip("clip.mp4", width=128, height=96, sound_s=1), reference)
    for name in ("one", "two"):
        scale_rendition(reference, tmp_path / name, (64, 48))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_was_not_prepared_is_refused(make_clip, tmp_path):
    source = make_clip("clip.mp4", frames=5, ticks=[0, 20, 50, 100, 240], tick_s=Fraction(1, 1000))
    with pytest.raises(BadInput, match="varies"):
        scale_rendition(source, tmp_path / "view.mp4", (32, 24))


@pytest.mark.parametrize(
    ("size", "views"),
    [
        ((3840, 2160), [(1920, 1080), (1280, 720)]),
        ((1920, 1080), [None, (1280, 720)]),
        ((1080, 1920), [None, (720, 1280)]),
        ((1920, 800), [None, (1280, 534)]),
        ((1440, 1080), [None, (960, 720)]),
        ((1280, 720), [None, None]),
        ((404, 720), [None, None]),
        ((4096, 64), [(1920, 30), (1280, 20)]),
    ],
)
def test_views_fit_their_frame_either_way_up(size, views):
    assert [view_size(*size, view) for view in VIEWS] == views


@given(st.integers(2, 8000), st.integers(2, 8000), st.sampled_from(sorted(VIEWS)))
def test_views_are_smaller_even_and_keep_the_shape(width, height, view):
    size = view_size(width, height, view)
    long_side, short_side = VIEWS[view]
    fits = max(width, height) <= long_side and min(width, height) <= short_side
    assert (size is None) == fits
    if size:
        assert not size[0] % 2
        assert not size[1] % 2
        assert max(size) <= long_side
        assert min(size) <= short_side
        scale = max(size) / max(width, height)
        assert abs(size[0] - width * scale) <= 2
        assert abs(size[1] - height * scale) <= 2
