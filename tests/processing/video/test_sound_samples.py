"""Sound as numbers: at the asked rate, in step with the picture, no longer than asked."""

from fractions import Fraction

import numpy as np
import pytest

from processing.video import read_samples


def test_sound_comes_at_the_asked_rate_and_ends_with_the_clip(make_clip) -> None:
    clip = make_clip("heard.mp4", frames=30, fps=30, sound_s=2)
    samples = read_samples(clip, 16_000, Fraction(1))
    assert samples is not None and samples.dtype == np.float32
    assert 15_840 <= len(samples) <= 16_000
    # The tone begins anew every 1024 samples, after about eight periods.
    spectrum = np.abs(np.fft.rfft(samples[4000:12000]))
    assert spectrum.argmax() * 2 == pytest.approx(8 * 44_100 / 1024, abs=2)


def test_sound_that_ends_early_is_as_long_as_it_is(make_clip) -> None:
    samples = read_samples(make_clip("short.mp4", frames=60, fps=30, sound_s=0.5), 16_000, Fraction(2))
    assert samples is not None
    assert len(samples) == pytest.approx(8000, abs=1000)


def test_a_clip_without_sound_has_no_samples(make_clip) -> None:
    assert read_samples(make_clip("mute.mp4"), 16_000, Fraction(1)) is None
