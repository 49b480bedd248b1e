"""One scene of a synthetic clip: a panning textured ground, one vivid object, a few dull ones.

Positions are in shares of the picture's width and height until they are drawn, so that a scene looks the same
at every size. Times are seconds since the scene began.
"""

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# The middle of the range in which an object's path is centred and the path's reach keep it inside the picture.
_HOME_LOW, _HOME_HIGH = 0.3, 0.7
_HOME_SPREAD = 0.15  # viewers' and film makers' centre bias, so that a centre prior has something to learn
_REACH_LOW, _REACH_HIGH = 0.05, 0.2
_TEXTURE_MARGIN = 0.25  # how much larger than the picture the ground is, for panning


@dataclass(frozen=True)
class Style:
    """What all scenes of a clip have in common.

    hue: 0..1, of the ground. grain: cells of the texture over the picture's height. contrast: 0..1 of the
    texture. pan: shares of the picture's size a second. pace: radians a second of the objects.
    """

    hue: float
    grain: int
    contrast: float
    pan: tuple[float, float]
    pace: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Style":
        """A style of a clip's own."""
        heading = rng.uniform(0, 2 * np.pi)
        speed = rng.choice([0.0, 0.01, 0.03])
        return cls(
            hue=rng.uniform(),
            grain=int(rng.integers(6, 50)),
            contrast=rng.uniform(0.15, 0.5),
            pan=(speed * np.cos(heading), speed * np.sin(heading)),
            pace=rng.uniform(0.4, 1.2),
        )


@dataclass(frozen=True)
class Mover:
    """An object on a smooth closed path. Colours are RGB 0..255; radius is a share of the smaller side."""

    home: NDArray[np.float64]
    reach: NDArray[np.float64]
    turns: NDArray[np.float64]
    phase: NDArray[np.float64]
    radius: float
    colour: NDArray[np.float64]
    core: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: np.random.Generator, style: Style, *, vivid: bool) -> "Mover":
        """An object of a style; vivid: one that people would look at, otherwise a dull and slow one."""
        centre_pull = _HOME_SPREAD if vivid else 2 * _HOME_SPREAD
        slowness = 1.0 if vivid else 0.5
        hue = style.hue + (0.5 + rng.uniform(-0.1, 0.1) if vivid else rng.uniform(-0.06, 0.06))
        saturation, value = (0.95, 1.0) if vivid else (0.35, rng.uniform(0.35, 0.6))
        return cls(
            home=np.clip(rng.normal(0.5, centre_pull, 2), _HOME_LOW, _HOME_HIGH),
            reach=rng.uniform(_REACH_LOW, _REACH_HIGH, 2),
            turns=style.pace * slowness * rng.uniform(0.6, 1.4, 2),
            phase=rng.uniform(0, 2 * np.pi, 2),
            radius=rng.uniform(0.07, 0.1) if vivid else rng.uniform(0.04, 0.09),
            colour=_rgb(hue, saturation, value),
            core=np.full(3, 255.0) if vivid else _rgb(hue, saturation, 0.7 * value),
        )

    def position(self, t_s: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """(x, y) in shares of width and height at times of any shape ``S``: float64 ``S + (2,)``."""
        return self.home + self.reach * np.sin(np.multiply.outer(t_s, self.turns) + self.phase)


@dataclass(frozen=True)
class Scene:
    """What is seen from one cut to the next; `texture_seed` makes the ground."""

    style: Style
    texture_seed: int
    attended: Mover
    distractors: tuple[Mover, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, style: Style) -> "Scene":
        """A scene of a style, with two to four distractors."""
        return cls(
            style=style,
            texture_seed=int(rng.integers(2**32)),
            attended=Mover.draw(rng, style, vivid=True),
            distractors=tuple(Mover.draw(rng, style, vivid=False) for _ in range(rng.integers(2, 5))),
        )


class Painter:
    """Draws one scene at one size; the ground is made once."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self.scene = scene
        self.width, self.height = width, height
        self._ground = _texture(scene, width, height)

    def picture(self, t_s: float) -> NDArray[np.uint8]:
        """The scene at a time, uint8 (H, W, 3) red, green, blue."""
        canvas = self._panned(t_s)
        for mover in (*self.scene.distractors, self.scene.attended):
            self._disc(canvas, mover, t_s)
        return np.rint(canvas).astype(np.uint8)

    def _panned(self, t_s: float) -> NDArray[np.float32]:
        """The part of the ground in view; it swings back before its edge."""
        rows, columns = np.array(self._ground.shape[:2]) - (self.height, self.width)
        x = _swing(self.scene.style.pan[0] * t_s * self.width, columns)
        y = _swing(self.scene.style.pan[1] * t_s * self.height, rows)
        return self._ground[y : y + self.height, x : x + self.width].copy()

    def _disc(self, canvas: NDArray[np.float32], mover: Mover, t_s: float) -> None:
        """A smooth-edged disc with a core of a second colour; pixel (0, 0) has its centre at (0.5, 0.5)."""
        x, y = mover.position(t_s) * (self.width, self.height)
        radius = mover.radius * min(self.width, self.height)
        left, top = max(0, int(x - radius - 1)), max(0, int(y - radius - 1))
        right, bottom = min(self.width, int(x + radius + 2)), min(self.height, int(y + radius + 2))
        distance = np.hypot(
            np.arange(left, right)[None, :] + 0.5 - x, np.arange(top, bottom)[:, None] + 0.5 - y
        )
        box = canvas[top:bottom, left:right]
        for size, colour in ((radius, mover.colour), (0.4 * radius, mover.core)):
            cover = np.clip(size + 0.5 - distance, 0, 1)[..., None]
            box += (cover * (colour - box)).astype(np.float32)


def _texture(scene: Scene, width: int, height: int) -> NDArray[np.float32]:
    """Smooth noise of the style's grain and one octave finer, around the ground's colour, float32 (h, w, 3)."""
    style = scene.style
    rng = np.random.default_rng(scene.texture_seed)
    scale = 1 + 2 * _TEXTURE_MARGIN
    size = (round(width * scale), round(height * scale))
    noise = np.zeros(size[::-1], dtype=np.float32)
    for grain, strength in ((style.grain, 0.7), (2 * style.grain, 0.3)):
        cells = (max(2, round(grain * width / height)), grain)
        coarse = rng.uniform(-1, 1, cells[::-1]).astype(np.float32)
        noise += strength * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    ground = _rgb(style.hue, 0.35, 0.45).astype(np.float32)
    return np.clip(ground * (1 + style.contrast * 2 * noise[..., None]), 0, 255)


def _swing(offset: float, room: int) -> int:
    """An offset from the middle of 0..room, reflected at both ends."""
    position = abs((room / 2 + offset) % (2 * max(room, 1)))
    return min(int(position if position <= room else 2 * room - position), room)


def _rgb(hue: float, saturation: float, value: float) -> NDArray[np.float64]:
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))
