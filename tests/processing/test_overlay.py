from fractions import Fraction

import cv2
import numpy as np

from processing.layouts import write_fixations
from processing.overlay import contact_sheet, draw_points, heat_overlay
from processing.video import ClipWriter, MapWriter


def test_the_hottest_place_is_the_most_coloured_and_zero_leaves_the_picture_as_it_was():
    frame = np.full((20, 30, 3), 128, np.uint8)
    saliency = np.zeros((20, 30))
    saliency[5, 7] = 3.0
    picture = heat_overlay(frame, saliency)
    changed = np.abs(picture.astype(int) - 128).sum(axis=2)
    assert np.unravel_index(changed.argmax(), changed.shape) == (5, 7)
    assert (changed > 0).sum() == 1


def test_a_constant_zero_map_changes_nothing():
    frame = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    assert np.array_equal(heat_overlay(frame, np.zeros((4, 5))), frame)


def test_points_are_drawn_on_a_copy_at_row_and_column():
    picture = np.zeros((40, 60, 3), np.uint8)
    drawn = draw_points(picture, np.array([[10, 50]]))
    assert not picture.any()
    rows, columns = np.nonzero(drawn.any(axis=2))
    assert (abs(rows.mean() - 10), abs(columns.mean() - 50)) < (1, 1)


def test_a_contact_sheet_holds_frames_of_the_whole_clip(tmp_path):
    clip, maps = tmp_path / "clip.mp4", tmp_path / "map.mp4"
    with ClipWriter(clip, width=64, height=48, fps=Fraction(25)) as writer:
        for n in range(10):
            writer.write(np.full((48, 64, 3), 20 * n, np.uint8))
    with MapWriter(maps, width=64, height=48, fps=Fraction(25), encoding="exact") as writer:
        for _ in range(10):
            writer.write(np.zeros((48, 64), np.uint16))
    write_fixations(tmp_path / "fixations.json", [np.array([[1, 2]])] * 10)
    contact_sheet(clip, maps, tmp_path / "fixations.json", tmp_path / "sheet.png", frames=3)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape == (240, 3 * 320, 3)
    means = sheet.reshape(240, 3, 320, 3).mean(axis=(0, 2, 3))
    assert means[0] < means[1] < means[2]
