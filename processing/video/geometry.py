"""How large a rendition becomes: square pixels, even sides, and on demand exactly Full HD."""

from dataclasses import dataclass
from fractions import Fraction

from processing.errors import BadInput

SIZES = ("keep", "full-hd")
# The largest picture that is touched at all: nobody's clip is larger, and files are made to exhaust a machine.
MAX_PIXELS = 8192 * 8192
_LONG_SIDE, _SHORT_SIDE = 1920, 1080
# Smaller views for computers that cannot draw all pixels in time: (long side, short side) at most.
VIEWS = {"1080p": (1920, 1080), "720p": (1280, 720)}
# Containers round a picture's shape to whole pixels: 399/400 is meant square, and resampling would blur for nothing.
_SQUARE_WITHIN = Fraction(1, 200)


@dataclass(frozen=True)
class Framing:
    """Scale the upright picture to `scaled`, then cut `size` out of its centre; (width, height) in pixels."""

    scaled: tuple[int, int]
    size: tuple[int, int]

    @property
    def cropped_px(self) -> tuple[int, int]:
        """Columns and rows that the cut takes off the scaled picture."""
        return self.scaled[0] - self.size[0], self.scaled[1] - self.size[1]


def framing(width: int, height: int, pixel_aspect: Fraction, size: str) -> Framing:
    """How an upright picture of width x height px is scaled and cut.

    pixel_aspect: a pixel's width by its height; pixels that are not square are stretched, never shrunk.
    size: "keep" crops an odd width or height by one pixel. "full-hd" gives 1920x1080, or 1080x1920 when the
    picture is taller than wide: scaled with its shape kept until it covers the frame, then cut at the centre, so
    that there are neither black bars, which would draw the eye, nor distortion.
    Raises BadInput on another size, on a picture too small to keep, and on a shape that would become huge.
    """
    if size not in SIZES:
        raise BadInput(f'size "{size}" is unknown; use {" or ".join(SIZES)}')
    if abs(pixel_aspect - 1) > _SQUARE_WITHIN:
        if pixel_aspect > 1:
            width = round(width * pixel_aspect)
        else:
            height = round(height / pixel_aspect)
    if size == "keep":
        if width < 2 or height < 2:
            raise BadInput(f"its picture of {width}x{height} is too small; use one of 2x2 pixels at least")
        return _bounded(Framing((width, height), (width - width % 2, height - height % 2)))
    frame = (_SHORT_SIDE, _LONG_SIDE) if height > width else (_LONG_SIDE, _SHORT_SIDE)
    scale = max(Fraction(frame[0], width), Fraction(frame[1], height))
    covering = (max(round(width * scale), frame[0]), max(round(height * scale), frame[1]))
    return _bounded(Framing(covering, frame))


def view_size(width: int, height: int, view: str) -> tuple[int, int] | None:
    """(width, height) of a smaller view of a rendition, in pixels; None when the rendition is no larger than that.

    view: a key of `VIEWS`. Its shape is kept to within the pixel that makes a side even.
    """
    long_side, short_side = VIEWS[view]
    scale = min(Fraction(long_side, max(width, height)), Fraction(short_side, min(width, height)))
    if scale >= 1:
        return None
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def _bounded(plan: Framing) -> Framing:
    width, height = plan.scaled
    if width * height > MAX_PIXELS:
        raise BadInput(
            f"its picture would have to be scaled to {width}x{height}; export it with square pixels"
        )
    return plan
