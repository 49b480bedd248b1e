import dataclasses
from fractions import Fraction

import av
import pytest

from processing.validation.report import Report
from processing.validation.videos import check_coding
from processing.video import VideoFacts

FACTS = VideoFacts(32, 18, Fraction(30), 3, "h264", False, True, 0.1)


def warnings(pixel_format):
    report = Report("submission")
    check_coding(report, "a.mp4", dataclasses.replace(FACTS, pixel_format=pixel_format), bits=10)
    return [finding.text for finding in report.warnings]


@pytest.mark.parametrize("name", ["yuv420p", "yuvj420p", "yuv444p", "gray", "nv12", "yuvyuv422"])
def test_eight_bits_are_warned_of(name):
    assert warnings(name) == [f"has 8 bits ({name}): yuv420p10le keeps finer levels apart"]


@pytest.mark.parametrize("name", ["yuv420p10le", "yuva444p12be", "gray10le", "gray16be", "grayf32le"])
def test_ten_bits_and_more_are_not_warned_of(name):
    assert warnings(name) == []


def test_no_format_that_a_stranger_may_send_ends_in_a_traceback():
    for name in sorted(format_name for codec in av.codecs_available for format_name in _formats(codec)):
        assert len(warnings(name)) <= 1


def _formats(codec):
    try:
        return [one.name for one in av.Codec(codec, "w").video_formats or []]
    except (ValueError, av.FFmpegError):
        return []
