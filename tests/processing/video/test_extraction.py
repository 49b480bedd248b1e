import av
import numpy as np
import pytest

from processing.video.extraction import Reading, _extracted


def grey_frame(pixel_format, width, color_range, seed=0):
    frame = av.VideoFrame(width, 22, pixel_format)
    frame.color_range = color_range
    bits = frame.format.components[0].bits
    kind = np.dtype("<u2" if bits > 8 else np.uint8)
    for index, plane in enumerate(frame.planes):
        shape = (plane.height, plane.line_size // kind.itemsize)
        codes = np.random.default_rng(seed).integers(0, 1 << bits, shape)
        plane.update((codes if index == 0 else np.full(shape, 1 << (bits - 1))).astype(kind).tobytes())
    return frame


@pytest.mark.parametrize("color_range", [0, 1, 2])
@pytest.mark.parametrize("width", [16, 31, 102])
@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "yuvj420p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p12le"]
)
def test_levels_are_what_a_whole_conversion_gives(pixel_format, width, color_range):
    frame = grey_frame(pixel_format, width, color_range)
    deep = frame.format.components[0].bits > 8
    whole = frame.to_ndarray(format="rgb48le" if deep else "rgb24").mean(axis=2)
    codes, greys, _, coloured = _extracted(frame, Reading.PICTURES)
    assert not coloured
    assert codes.shape == (22, width)
    assert (greys[codes] == whole).all()
    assert (np.diff(greys) >= 0).all()


@pytest.mark.parametrize("chroma", [None, 3])
@pytest.mark.parametrize("color_range", [0, 1, 2])
@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "yuvj420p", "gray", "yuv420p10le", "yuv444p12le", "gray10le"]
)
def test_luma_is_what_sixteen_bit_grey_gives_whatever_the_colour(pixel_format, color_range, chroma):
    frame = grey_frame(pixel_format, 32, color_range)
    if chroma is not None:
        for plane in frame.planes[1:]:
            plane.update(bytes([chroma]) * plane.buffer_size)
    codes, greys, bits, coloured = _extracted(frame, Reading.LUMA)
    assert bits == frame.format.components[0].bits
    assert coloured == (chroma is not None and len(frame.planes) > 1)
    assert (greys[codes] == frame.to_ndarray(format="gray16le", threads=1)).all()


def test_a_picture_without_luma_is_turned_into_grey_as_a_whole():
    frame = av.VideoFrame.from_ndarray(
        np.random.default_rng(0).integers(0, 256, (22, 32, 3)).astype(np.uint8), format="rgb24"
    )
    codes, greys, _, coloured = _extracted(frame, Reading.LUMA)
    assert coloured
    assert (greys[codes] == frame.to_ndarray(format="gray16le", threads=1)).all()


@pytest.mark.parametrize(("pixel_format", "png"), [("gray", "gray"), ("gray10le", "gray16le")])
def test_a_format_without_colour_is_extracted_to_one_channel(pixel_format, png):
    frame = grey_frame(pixel_format, 30, 2)
    codes, greys, *_ = _extracted(frame, Reading.PICTURES)
    assert (greys[codes] == frame.to_ndarray(format=png)).all()


@pytest.mark.parametrize(("pixel_format", "rgb"), [("yuv444p", "rgb24"), ("yuv444p10le", "rgb48le")])
def test_a_coloured_frame_is_the_mean_of_its_channels(pixel_format, rgb):
    frame = grey_frame(pixel_format, 32, 1)
    plane = frame.planes[1]
    plane.update(
        np.random.default_rng(1).bytes(plane.buffer_size) if rgb == "rgb24" else bytes(plane.buffer_size)
    )
    codes, greys, _, coloured = _extracted(frame, Reading.PICTURES)
    assert coloured
    assert greys[codes] == pytest.approx(frame.to_ndarray(format=rgb).mean(axis=2))
