"""One clip scored: both videos are read side by side, a frame at a time, and nothing is written."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import numpy as np

from processing.errors import BadInput
from processing.scoring.ahead import read_ahead
from processing.scoring.baseline import Baseline
from processing.scoring.mode import Mode
from processing.scoring.tally import Tallier
from processing.video import VideoFacts, probe
from processing.video.extraction import ExtractedFrame, read_extracted

# A Full HD pair takes 20 ms on a machine of 2024; a video made to keep the decoder busy is given up.
SECONDS_A_CLIP, SECONDS_A_FRAME, SECONDS_A_MEGAPIXEL = 60.0, 0.1, 0.5
# Larger pictures do not fit into a scoring process's memory with the frames that a decoder holds on to.
MAX_MEGAPIXELS = 10


@dataclass(frozen=True)
class ClipFiles:
    """A clip to score: its name, two videos and a ``fixations.json``."""

    name: str
    prediction: Path
    truth: Path
    fixations: Path


@dataclass(frozen=True)
class ClipScores:
    """What a clip scored, and what a reader of the scores must know.

    curves: metric -> value of every scored frame, in the order of the list of fixations; None where a frame has none.
    """

    curves: Mapping[str, list[float | None]]
    warnings: tuple[str, ...] = ()
    scores: Mapping[str, float | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", {metric: _mean(curve) for metric, curve in self.curves.items()})

    @property
    def frames(self) -> int:
        """How many frames were scored."""
        return len(next(iter(self.curves.values())))


def score_video(
    mode: Mode,
    files: ClipFiles,
    *,
    baseline: Baseline | None = None,
    threads: int = 1,
    frame_scored: Callable[[], None] = lambda: None,
) -> ClipScores:
    """Score one clip in bounded memory.

    baseline: where others look, for a mode that asks for it. threads: with more than one, each video is decoded in a
    thread of its own beside the scoring. frame_scored: called after every frame.
    Raises BadInput with the plain reason for what cannot be read and what the mode does not score.
    """
    predicted, true = _agreed_facts(files)
    with _named("fixations"):
        if not files.fixations.is_file():
            raise BadInput(f"there is no {files.fixations.name}")
        plan = mode.plan(predicted, true, files.fixations)
    elsewhere = baseline.within(true.height, true.width) if baseline else None
    counts = _Counts()
    tallier = Tallier()
    rows = np.full((len(plan.points), len(mode.metrics)), np.nan)
    for frame, (turn, (prediction, truth)) in enumerate(
        zip(plan.turns, _pairs(mode, files, true, threads), strict=True)
    ):
        if turn < len(plan.points):
            try:
                found = mode.score(prediction, truth, plan.points[turn], tallier, elsewhere)
            except BadInput as error:
                raise BadInput(f"frame {frame}: {error}") from error
            rows[turn] = found.metrics
            counts.see(prediction, truth, found.prediction_is_constant, found.truth_is_constant)
        frame_scored()
    curves = {
        metric: [None if math.isnan(value) else value for value in column]
        for metric, column in zip(mode.metrics, rows.T.tolist(), strict=True)
    }
    warnings = [*plan.warnings, *counts.warnings(len(plan.points))]
    if mode.needs_baseline and elsewhere is None:
        warnings.append("no other clip has points: there is neither shuffled AUC nor information gain")
    return ClipScores(curves, tuple(warnings))


def _mean(curve: list[float | None]) -> float | None:
    values = [value for value in curve if value is not None]
    return float(np.mean(values)) if values else None


def _agreed_facts(files: ClipFiles) -> tuple[VideoFacts, VideoFacts]:
    with _named("prediction"):
        predicted = _facts(files.prediction)
    with _named("truth"):
        true = _facts(files.truth)
    if predicted.frames != true.frames:
        raise BadInput(
            f"the prediction has {predicted.frames} frames and the truth {true.frames}: make both the same"
        )
    return predicted, true


def _facts(path: Path) -> VideoFacts:
    if not path.is_file():
        raise BadInput(f"there is no {path.name}")
    facts = probe(path)
    if facts.width * facts.height > MAX_MEGAPIXELS * 1_000_000:
        raise BadInput(
            f"{path.name}: its pictures of {facts.width}x{facts.height} are larger than {MAX_MEGAPIXELS} megapixels: "
            "scale them down"
        )
    return facts


def _pairs(
    mode: Mode, files: ClipFiles, true: VideoFacts, threads: int
) -> Iterator[tuple[ExtractedFrame, ExtractedFrame]]:
    """The frames of both videos side by side, exactly as many as were announced, within the time limit."""
    megapixels = true.width * true.height / 1e6
    limit_s = SECONDS_A_CLIP + true.frames * (SECONDS_A_FRAME + SECONDS_A_MEGAPIXEL * megapixels)
    end = time.monotonic() + limit_s
    counts = [0, 0]

    def in_time() -> None:
        if time.monotonic() > end:
            raise BadInput(
                f"decoding took longer than {limit_s:.0f} s, at frame {min(counts)}: export the video again"
            )

    with (
        _frames(mode, files.prediction, "prediction", threads, in_time) as predicted,
        _frames(mode, files.truth, "truth", threads, in_time) as truth,
    ):
        for pair in zip_longest(predicted, truth):
            counts = [count + (frame is not None) for count, frame in zip(counts, pair, strict=True)]
            if counts[0] != counts[1]:
                broken = "prediction" if pair[0] is None else "truth"
                raise BadInput(f"the {broken} breaks off after {min(counts)} frames")
            if counts[0] > true.frames:
                raise BadInput(f"both videos decode to more frames than the {true.frames} they announce")
            in_time()
            yield pair
    if counts[0] < true.frames:
        raise BadInput(f"both videos decode to {counts[0]} frames but announce {true.frames}")


@contextmanager
def _frames(
    mode: Mode, video: Path, what: str, threads: int, in_time: Callable[[], None]
) -> Iterator[Iterator[ExtractedFrame]]:
    def named() -> Iterator[ExtractedFrame]:
        with _named(what):
            yield from read_extracted(video, mode.reading, threads=1, in_time=in_time)

    if threads == 1:
        yield named()
    else:
        with read_ahead(named(), in_time) as frames:
            yield frames


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Prediction and truth share one file name; a reason says which of them it means."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{what}: {error}") from error


@dataclass
class _Counts:
    """What was seen of both videos while they were scored."""

    bits: tuple[int, int] = (0, 0)
    constant: tuple[int, int] = (0, 0)
    coloured: tuple[int, int] = (0, 0)

    def see(
        self,
        prediction: ExtractedFrame,
        truth: ExtractedFrame,
        constant_prediction: bool,
        constant_truth: bool,
    ) -> None:
        self.bits = prediction.bits, truth.bits
        self.constant = self.constant[0] + constant_prediction, self.constant[1] + constant_truth
        self.coloured = self.coloured[0] + prediction.coloured, self.coloured[1] + truth.coloured

    def warnings(self, frames: int) -> Iterator[str]:
        for side, what in enumerate(("prediction", "truth")):
            if 0 < self.bits[side] <= 8:
                yield f"the {what} has {self.bits[side]} bits: its levels are coarse, which moves AUC-Judd most"
            if self.coloured[side]:
                yield f"the {what} has colour in {self.coloured[side]} of {frames} frames: a grey of it is scored"
            if self.constant[side]:
                yield f"the {what} is constant in {self.constant[side]} of {frames} frames: it says nothing there"
