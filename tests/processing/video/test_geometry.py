from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.video.geometry import framing

SQUARE = Fraction(1)
sides = st.integers(2, 4000)


@given(sides, sides)
def test_keeping_takes_off_one_pixel_of_an_odd_side_and_no_more(width, height):
    plan = framing(width, height, SQUARE, "keep")
    assert plan.scaled == (width, height)
    assert plan.cropped_px == (width % 2, height % 2)


@given(st.integers(100, 4000), st.integers(100, 4000))
def test_full_hd_is_covered_with_the_shape_kept(width, height):
    plan = framing(width, height, SQUARE, "full-hd")
    assert plan.size == ((1080, 1920) if height > width else (1920, 1080))
    assert min(plan.cropped_px) == 0
    assert plan.scaled[0] * height == pytest.approx(plan.scaled[1] * width, rel=0.01)


def test_pixels_are_stretched_to_squares_and_never_shrunk():
    assert framing(720, 576, Fraction(16, 15), "keep").scaled == (768, 576)
    assert framing(720, 480, Fraction(8, 9), "keep").scaled == (720, 540)


def test_a_shape_rounded_to_whole_pixels_is_meant_square():
    assert framing(800, 332, Fraction(399, 400), "keep").scaled == (800, 332)


@pytest.mark.parametrize(
    ("width", "height", "pixel_aspect", "size"),
    [
        (1, 48, SQUARE, "keep"),
        (640, 480, SQUARE, "4k"),
        (640, 480, Fraction(65_535), "keep"),
        (2, 8192, SQUARE, "full-hd"),
    ],
)
def test_what_cannot_be_framed_is_refused(width, height, pixel_aspect, size):
    with pytest.raises(BadInput):
        framing(width, height, pixel_aspect, size)
