"""The memory of a picture as arrays, without a copy."""

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray


def plane_of(frame: VideoFrame, index: int) -> NDArray[np.unsignedinteger]:
    """The samples of a plane where they are, (H, W) of that plane: uint8, or little-endian uint16 past 8 bits.

    The format has each component in a plane of its own. What is written into the array is in the frame.
    """
    plane = frame.planes[index]
    sample: np.dtype[np.unsignedinteger] = np.dtype(
        "<u2" if frame.format.components[index].bits > 8 else np.uint8
    )
    rows = np.frombuffer(memoryview(plane), sample).reshape(plane.height, plane.line_size // sample.itemsize)
    return rows[:, : plane.width]
