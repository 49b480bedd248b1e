"""Each sample gets the frame that was on the screen: a short run of the bench that measures it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from benchmarks.capture.frame_code import numbered_synthetic
from benchmarks.capture.frame_truth import measure
from benchmarks.capture.page_server import serving


def test_samples_get_the_frame_on_the_screen_and_all_moves_arrive(browser_path, tmp_path):
    fps = numbered_synthetic(
        tmp_path / "clip.mp4", width=640, height=360, fps=Fraction(30000, 1001), seconds=4
    )
    with serving(tmp_path) as address, ThreadPoolExecutor(1) as thread:
        # A thread of its own: the tests' own browser keeps this one's event loop.
        seen = thread.submit(asyncio.run, measure(address, browser_path, {"clip": fps})).result()["clip"]

    assert seen.first_marked <= 2  # a busy machine draws late, and marks what it drew
    off = abs(seen.frames - seen.truth)
    assert (off == 0).mean() >= 0.99
    assert off.max() <= 1
    assert seen.dispatched > 500  # of 500 a second for four seconds; a busy machine sends fewer
    assert seen.arrived >= 0.995 * seen.dispatched
    assert seen.doubled == 0
