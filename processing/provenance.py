"""What a product was made from and with: digests of the inputs, versions of the software."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib import metadata

import numpy as np

from processing.tracks import Track

_PACKAGES = ("cursal", "numpy", "scipy", "opencv-python-headless", "av")


@cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _PACKAGES}}


def software() -> dict[str, str]:
    """Name → version of what the numbers depend on."""
    return dict(_versions())


def track_digest(track: Track) -> str:
    """SHA-256 in hex over a track's name and numbers."""
    digest = hashlib.sha256(track.observer.encode() + b"\0")
    for values, kind in ((track.t_us, "<i8"), (track.x_px, "<f8"), (track.y_px, "<f8")):
        digest.update(np.ascontiguousarray(values, kind).tobytes())
    return digest.hexdigest()


def tracks_digest(digests: Iterable[str]) -> str:
    """SHA-256 in hex over the sorted digests of tracks: their order changes nothing."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
