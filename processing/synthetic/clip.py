"""Videos made from a seed, whose attended place is known in every frame."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.synthetic.scene import Mover, Painter, Scene, Style
from processing.video import ClipWriter

_SCENE_SHORTEST_S, _SCENE_LONGEST_S = 2.5, 6.0


class SyntheticClip:
    """A clip with one vivid object that people would look at, dull distractors, and a cut now and then.

    At a cut everything jumps to a new place. The same arguments give the same pictures; another seed gives
    another ground, colours, speeds and paths, so that the content features of clips differ.
    """

    def __init__(self, seed: int, width: int, height: int, fps: Fraction | int, frames: int) -> None:
        """width and height in pixels, frames is the length of the clip. Raises BadInput for sizes below 16."""
        if width < 16 or height < 16 or frames < 1 or fps <= 0:
            raise BadInput(
                f"a synthetic clip needs 16x16 pixels, a frame and a rate: {width}x{height}, {frames}, {fps}"
            )
        self.seed = seed
        self.width, self.height = width, height
        self.fps = Fraction(fps)
        self.frame_count = frames
        rng = np.random.default_rng(seed)
        style = Style.draw(rng)
        self._cuts = self._draw_cuts(rng)
        self._scenes = [Scene.draw(rng, style) for _ in self._cuts]

    @property
    def duration_s(self) -> float:
        """Frames by rate."""
        return float(self.frame_count / self.fps)

    @property
    def cuts(self) -> list[int]:
        """The first frame of every scene; the first is 0."""
        return list(self._cuts)

    def attended_px(self, frame: int) -> tuple[float, float]:
        """(x, y) of the attended object's centre, video pixels, origin the top left corner."""
        x, y = self.attended_path_px()[frame]
        return float(x), float(y)

    truth_px = attended_px

    def attended_path_px(self) -> NDArray[np.float64]:
        """The attended object's centre in every frame, float64 (T, 2) as (x, y) in video pixels."""
        return self._path_px(lambda scene: scene.attended)

    def distractor_path_px(self, which: int) -> NDArray[np.float64]:
        """A distractor's centre in every frame, float64 (T, 2); scenes have 2 to 4, counted round."""
        return self._path_px(lambda scene: scene.distractors[which % len(scene.distractors)])

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Draw the frames one after another, uint8 (H, W, 3) red, green, blue."""
        for scene, first, end in self._spans():
            painter = Painter(scene, self.width, self.height)
            for frame in range(end - first):
                yield painter.picture(float(frame / self.fps))

    def _draw_cuts(self, rng: np.random.Generator) -> list[int]:
        cuts, at_s = [0], 0.0
        while True:
            at_s += rng.uniform(_SCENE_SHORTEST_S, _SCENE_LONGEST_S)
            frame = round(at_s * float(self.fps))
            # A last scene too short to be watched is left out.
            if frame > self.frame_count - _SCENE_SHORTEST_S / 2 * float(self.fps):
                return cuts
            cuts.append(frame)

    def _spans(self) -> Iterator[tuple[Scene, int, int]]:
        edges = pairwise([*self._cuts, self.frame_count])
        for scene, (first, end) in zip(self._scenes, edges, strict=True):
            yield scene, first, end

    def _path_px(self, mover_of: Callable[[Scene], Mover]) -> NDArray[np.float64]:
        parts = [
            mover_of(scene).position(np.arange(end - first) / float(self.fps))
            for scene, first, end in self._spans()
        ]
        return np.concatenate(parts) * (self.width, self.height)


def write_clip(path: Path, clip: SyntheticClip) -> None:
    """Write a clip as H.264 in MP4. The same clip gives the same bytes."""
    with ClipWriter(path, width=clip.width, height=clip.height, fps=clip.fps) as writer:
        for picture in clip.frames():
            writer.write(picture)
