"""What a product was made from and with: digests of the inputs, versions of the software, the kind of machine."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from processing.tracks import Track
from processing.video import codec_version

_PACKAGES = ("cursal", "numpy", "scipy", "opencv-python-headless", "av", "numba", "llvmlite", "pyarrow")


@cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _PACKAGES}}


def software() -> dict[str, str]:
    """Name → version of what the numbers depend on."""
    return dict(_versions())


@cache
def _kind_of_machine() -> dict[str, str]:
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(Path("/proc/cpuinfo")),
        "blas": _blas(),
        "libavcodec": codec_version(),
    }


def environment() -> dict[str, str]:
    """What bytes may depend on besides inputs, recipe and the versions of `software`: the kind of processor, the
    kernels that the matrix product chose for it, the codec library. Neither cores nor names of machines."""
    return dict(_kind_of_machine())


def _processor(cpuinfo: Path) -> str:
    """Vendor, family and model where the system tells them, else the platform's own word, which may be empty."""
    if not cpuinfo.is_file():
        return platform.processor()
    first = cpuinfo.read_text("utf-8", errors="replace").split("\n\n")[0]
    told = dict(line.split(":", 1) for line in first.splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in told.items()}
    parts = [facts.get("vendor_id", "")]
    parts += [
        f"{what} {facts[key]}" for what, key in (("family", "cpu family"), ("model", "model")) if key in facts
    ]
    return " ".join(filter(None, parts)) or platform.processor()


def _blas() -> str:
    """Name, version and kernel of the library that multiplies NumPy's matrices; OpenCV and SciPy bring others."""
    own = [info for info in threadpool_info() if info["user_api"] == "blas" and "numpy" in info["filepath"]]
    return ", ".join(f"{i['internal_api']} {i['version']} {i.get('architecture', '')}".strip() for i in own)


def track_digest(track: Track) -> str:
    """SHA-256 in hex over a track's name and numbers."""
    digest = hashlib.sha256(track.observer.encode() + b"\0")
    for values, kind in ((track.t_us, "<i8"), (track.x_px, "<f8"), (track.y_px, "<f8")):
        digest.update(np.ascontiguousarray(values, kind).tobytes())
    return digest.hexdigest()


def tracks_digest(digests: Iterable[str]) -> str:
    """SHA-256 in hex over the sorted digests of tracks: their order changes nothing."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
