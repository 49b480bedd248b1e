"""The whole way on made-up data: the maps built from simulated hands lie where the clip's truth is."""

from fractions import Fraction

import numpy as np

from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.synthetic import SyntheticClip, simulate_hand, watch, write_clip
from processing.tracks import Track
from processing.video import probe, read_map

WIDTH, HEIGHT, FPS, FRAMES = 192, 108, Fraction(30000, 1001), 120


def test_the_maps_of_simulated_hands_peak_at_the_attended_object(tmp_path):
    clip = SyntheticClip(8, WIDTH, HEIGHT, FPS, FRAMES)
    write_clip(tmp_path / "clip.mp4", clip)
    end_us = round(clip.duration_s * 1e6) + 800_000
    every_ten_ms = np.arange(0, end_us, 10_000)
    tracks = []
    for observer in range(15):
        attention = watch(clip, seed=observer)
        hand = simulate_hand(attention, seed=observer, width=WIDTH, height=HEIGHT, end_us=end_us)
        x_px, y_px = hand.position_px(every_ten_ms).T
        tracks.append(Track(f"o{observer}", every_ten_ms, x_px, y_px))
    process_stimulus(
        facts=probe(tmp_path / "clip.mp4"), tracks=tracks, recipe=Recipe(), out_dir=tmp_path / "out"
    )

    peaks = np.array(
        [
            np.unravel_index(levels.argmax(), levels.shape)
            for levels in read_map(tmp_path / "out/saliency.mp4")
        ]
    )
    assert len(peaks) == FRAMES
    error_px = np.hypot(*(peaks[:, ::-1] + 0.5 - clip.attended_path_px()).T)
    assert np.median(error_px) < 0.03 * WIDTH
    assert np.mean(error_px < 0.06 * WIDTH) > 0.8
