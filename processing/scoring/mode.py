"""What makes a mode of the scorer: how it reads, what it refuses, and how it scores a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from processing.metrics import Points
from processing.scoring.baseline import Elsewhere
from processing.scoring.tally import Tallier
from processing.video import VideoFacts
from processing.video.extraction import ExtractedFrame, Reading

# What every mode has, in the order of printing; a higher one is better.
COMMON_METRICS = ("auc_judd", "cc", "sim", "nss")


@dataclass(frozen=True)
class Plan:
    """What a mode makes of a clip before it is decoded.

    points: by which frames are scored, in the order of the list. turns: for each frame of the videos its place in
    `points`; a place past their end means that the frame is not scored. warnings: what the scores' reader must know.
    """

    points: Sequence[Points]
    turns: Sequence[int]
    warnings: tuple[str, ...] = ()


class FrameScores(NamedTuple):
    """The metrics of one frame in the order of the mode's `metrics`, nan where one is not defined."""

    metrics: tuple[float, ...]
    prediction_is_constant: bool
    truth_is_constant: bool


class Mode(Protocol):
    """One way to score. A mode has no state; every process may have its own."""

    @property
    def name(self) -> str:
        """As results and boards say it."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """`COMMON_METRICS`, and what the mode has besides."""

    @property
    def reading(self) -> Reading:
        """How frames become values."""

    @property
    def needs_baseline(self) -> bool:
        """Whether some of its metrics want to know where people look in other clips."""

    @property
    def resizes(self) -> bool:
        """Whether it scores a prediction of another size than the truth's."""

    def plan(self, predicted: VideoFacts, true: VideoFacts, fixations: Path) -> Plan:
        """Look at a clip's announced facts and its fixations. Raises BadInput for what the mode does not score."""

    def score(
        self,
        predicted: ExtractedFrame,
        true: ExtractedFrame,
        points: Points,
        tallier: Tallier,
        elsewhere: Elsewhere | None,
    ) -> FrameScores:
        """Score one frame; `elsewhere` is only looked at by a mode that needs a baseline."""
