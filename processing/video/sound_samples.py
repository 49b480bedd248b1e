"""The sound of a video as numbers, in step with its picture."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.video.sound import sound_pieces

_PIECES_PER_S = 100


def read_samples(path: str | Path, rate_hz: int, end_s: Fraction) -> NDArray[np.float32] | None:
    """One channel, float32 (N,) in [-1, 1], from the first picture to `end_s`; None of a video without sound.

    rate_hz: a multiple of 100. Raises BadInput on sound that cannot be decoded.
    """
    pieces = [
        piece.to_ndarray()[0]
        for _, piece in sound_pieces(
            Path(path), end_s, layout="mono", rate_hz=rate_hz, piece_samples=rate_hz // _PIECES_PER_S
        )
    ]
    return np.concatenate(pieces).astype(np.float32, copy=False) if pieces else None
