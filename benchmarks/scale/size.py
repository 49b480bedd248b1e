"""How much the bench builds and scores."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Clips of 30 frames a second, 16:9."""

    clips: int
    seconds: int
    height: int
    observers: int

    @property
    def width(self) -> int:
        """In pixels, even."""
        return self.height * 16 // 9 // 2 * 2

    @property
    def frames(self) -> int:
        """Of one clip."""
        return self.seconds * 30

    @property
    def megapixels(self) -> float:
        """Of all frames of one clip together."""
        return self.frames * self.width * self.height / 1e6

    def dumps(self) -> str:
        """For the process of the part."""
        return json.dumps(vars(self))
