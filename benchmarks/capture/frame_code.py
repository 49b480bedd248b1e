"""Frame numbers as blocks of black and white in the picture itself, large enough to be read through the blur."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.synthetic import SyntheticClip
from processing.video import ClipWriter, probe, read_rgb

BITS = 10
# A white block, the number's bits with the highest first, and a black block: the two say what white and black are.
BLOCKS = BITS + 2
# Where the band begins, share of the height; it reaches down to the lower edge. The page reads its middle.
BAND_TOP = 0.8


def burn(picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """The picture, uint8 (H, W, 3), with its frame number in a band along the lower edge; number < 2^BITS."""
    height, width = picture.shape[:2]
    bits = [1, *(number >> bit & 1 for bit in reversed(range(BITS))), 0]
    levels = np.array(bits, np.uint8) * 255
    burnt = picture.copy()
    burnt[round(height * BAND_TOP) :] = levels[np.arange(width) * BLOCKS // width, None]
    return burnt


def write_numbered(path: Path, pictures: Iterator[NDArray[np.uint8]], fps: Fraction, frames: int) -> None:
    """A clip of the first `frames` pictures, each with its number burnt in; sides are cropped to even lengths."""
    first = next(pictures)
    height, width = (length // 2 * 2 for length in first.shape[:2])
    with ClipWriter(path, width=width, height=height, fps=fps) as writer:
        for number, picture in enumerate(itertools.islice(itertools.chain([first], pictures), frames)):
            writer.write(burn(np.ascontiguousarray(picture[:height, :width]), number))


def numbered_synthetic(path: Path, *, width: int, height: int, fps: Fraction, seconds: float) -> Fraction:
    """Write a made-up clip with burnt-in numbers; returns its rate."""
    frames = round(seconds * fps)
    write_numbered(path, SyntheticClip(1, width, height, fps, frames).frames(), fps, frames)
    return fps


def numbered_copy(path: Path, source: Path, seconds: float) -> Fraction:
    """Write the beginning of somebody's clip with burnt-in numbers; returns its rate."""
    fps = probe(source).fps
    write_numbered(path, read_rgb(source), fps, round(seconds * fps))
    return fps
