"""Writes the clips that the device check plays to measure a computer: `check_720p.mp4` and larger ones.

    .venv/bin/python scripts/make_check_clips.py

They are kept in the repository, since the check must be the same on every site. Grain that is new in each frame makes
decoding cost what it costs for a film; the rates below keep the files small all the same.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.synthetic import SyntheticClip
from processing.video import ClipWriter

FOLDER = Path(__file__).parents[1] / "collector/static/collector"
# name: (width, height, constant rate factor)
CLIPS = {"720p": (1280, 720, 31), "1080p": (1920, 1080, 32), "2160p": (3840, 2160, 34)}
FPS = Fraction(30)
FRAMES = 90
GRAIN_PX = 2
GRAIN_LEVELS = 16
GRAINS = 7  # pictures of grain, each shifted further at every use


def main() -> None:
    """Write all of them; the same bytes every time."""
    for name, (width, height, crf) in CLIPS.items():
        path = FOLDER / f"check_{name}.mp4"
        clip = SyntheticClip(5, width, height, FPS, FRAMES)
        with ClipWriter(path, width=width, height=height, fps=FPS, crf=crf) as writer:
            for picture in grainy(clip):
                writer.write(picture)
        print(f"{path.name}: {path.stat().st_size // 1024} KiB")  # noqa: T201


def grainy(clip: SyntheticClip) -> Iterator[NDArray[np.uint8]]:
    """The clip's pictures, uint8 (H, W, 3), with grain over them."""
    rng = np.random.default_rng(clip.seed)
    shape = (GRAINS, clip.height // GRAIN_PX, clip.width // GRAIN_PX)
    coarse = rng.integers(-GRAIN_LEVELS, GRAIN_LEVELS + 1, shape, dtype=np.int16)
    grains = coarse.repeat(GRAIN_PX, axis=1).repeat(GRAIN_PX, axis=2)
    for number, picture in enumerate(clip.frames()):
        grain = np.roll(grains[number % GRAINS], 17 * number, axis=0)
        yield np.clip(picture.astype(np.int16) + grain[..., None], 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
