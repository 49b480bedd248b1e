"""Scoring a folder of predicted saliency videos against the truth: which clips, in which processes, which means.

Clips are independent, so each is scored whole by one process; a clip that cannot be scored becomes a reason,
and the others go on.
"""

import itertools
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import cv2

from processing.compatible import ClipScores, score_clip
from processing.errors import BadInput
from processing.layouts import read_split
from processing.metrics import METRICS
from processing.video import probe

COMPATIBLE = "compatible"
MODES = (COMPATIBLE,)

Progress = Callable[[int, int], None]
Outcome = ClipScores | str  # the scores, or the reason why there are none

# Starting a process takes as long as scoring about twenty Full HD frames; below this many pixels one is enough.
_WORTH_A_PROCESS_PX = 100 * 1920 * 1080
_POLL_S = 0.2


@dataclass(frozen=True)
class Results:
    """What an evaluation found, clips in the order of their names.

    `failed` holds the clips that could not be scored, each with its reason. Any failure makes both means
    None, unless missing clips are allowed.
    """

    mode: str
    videos: Mapping[str, ClipScores]
    failed: Mapping[str, str] = field(default_factory=dict)
    allow_missing: bool = False

    @property
    def complete(self) -> bool:
        """Whether there is a mean: something was scored, and nothing failed that was not allowed to."""
        return bool(self.videos) and (self.allow_missing or not self.failed)

    @property
    def mean(self) -> dict[str, float] | None:
        """Every video weighs the same."""
        return self._mean(dict.fromkeys(self.videos, 1))

    @property
    def mean_by_frames(self) -> dict[str, float] | None:
        """Every scored frame weighs the same."""
        return self._mean({name: clip.frames for name, clip in self.videos.items()})

    @property
    def warnings(self) -> list[str]:
        found = [f"{name}: {warning}" for name, clip in self.videos.items() for warning in clip.warnings]
        if self.failed and self.complete:
            found.append(
                f"the means are over {len(self.videos)} of {len(self.videos) + len(self.failed)} videos"
            )
        return found

    def document(self) -> dict[str, Any]:
        """The content of results.json."""
        return {
            "mode": self.mode,
            "mean": self.mean,
            "mean_by_frames": self.mean_by_frames,
            "videos": {name: dict(clip.scores) for name, clip in self.videos.items()},
            "frames": {name: clip.frames for name, clip in self.videos.items()},
            "failed": dict(self.failed),
            "allow_missing": self.allow_missing,
            "warnings": self.warnings,
        }

    def _mean(self, weights: Mapping[str, int]) -> dict[str, float] | None:
        if not self.complete:
            return None
        total = sum(weights.values())
        return {
            metric: sum(clip.scores[metric] * weights[name] for name, clip in self.videos.items()) / total
            for metric in METRICS
        }


def evaluate(
    *,
    predictions: Path,
    truth: Path,
    fixations: Path,
    names: Sequence[str] | None = None,
    mode: str = COMPATIBLE,
    workers: int | None = None,
    progress: Progress | None = None,
    allow_missing: bool = False,
) -> Results:
    """Score ``predictions/NAME.mp4`` against ``truth/NAME.mp4`` and ``fixations/NAME/fixations.json``.

    fixations may also hold ``NAME.json``. names: the clips to score; by default every ``NAME.mp4`` of `truth`.
    workers: processes; by default as many as there are cores and work for. The scores do not depend on it.
    progress: called with (frames done, frames of all clips).
    Raises BadInput for an unknown mode, a folder that is not there, and when there is no clip to score.
    """
    if mode not in MODES:
        raise BadInput(f"there is no mode {mode!r}: choose from {', '.join(MODES)}")
    for folder, what in ((predictions, "predictions"), (truth, "truth"), (fixations, "fixations")):
        if not Path(folder).is_dir():
            raise BadInput(f"the folder of {what} does not exist: {folder}")
    if names is None:
        names = _videos_in(Path(truth))
    if not names:
        raise BadInput(f"there is no clip to score: {truth} should hold one NAME.mp4 a clip")

    clips = [
        _Clip.named(name, Path(predictions), Path(truth), Path(fixations)) for name in sorted(set(names))
    ]
    sizes = [_frames_and_pixels(clip.truth) for clip in clips]
    processes = _processes(workers, len(clips), sum(pixels for _, pixels in sizes))
    frames_done = _reporter(progress, total=sum(frames for frames, _ in sizes))
    if processes == 1:
        outcomes = _score_here(clips, frames_done)
    else:
        outcomes = _score_in_processes(clips, frames_done, processes)

    videos: dict[str, ClipScores] = {}
    failed: dict[str, str] = {}
    for clip, outcome in zip(clips, outcomes, strict=True):
        if isinstance(outcome, ClipScores):
            videos[clip.name] = outcome
        else:
            failed[clip.name] = outcome
    return Results(mode, videos, failed, allow_missing)


def names_of_subset(split_file: Path, subset: str) -> list[str]:
    """The names that a split file lists for a subset, without ``.mp4``. Raises BadInput when there is none."""
    split = read_split(Path(split_file))
    if subset not in split:
        raise BadInput(f"{split_file} has no subset {subset!r}: it has {', '.join(split) or 'none'}")
    if not split[subset]:
        raise BadInput(f"the subset {subset!r} of {split_file} names no clip")
    return list(split[subset])


@dataclass(frozen=True)
class _Clip:
    name: str
    prediction: Path
    truth: Path
    fixations: Path

    @classmethod
    def named(cls, name: str, predictions: Path, truth: Path, fixations: Path) -> "_Clip":
        flat = fixations / f"{name}.json"
        nested = fixations / name / "fixations.json"
        return cls(
            name=name,
            prediction=predictions / f"{name}.mp4",
            truth=truth / f"{name}.mp4",
            fixations=flat if flat.is_file() and not nested.is_file() else nested,
        )


def _videos_in(folder: Path) -> list[str]:
    # Archives made on a Mac bring a shadow file "._NAME.mp4" for every video.
    return [path.name.removesuffix(".mp4") for path in folder.glob("*.mp4") if not path.name.startswith("._")]


def _frames_and_pixels(video: Path) -> tuple[int, int]:
    """For progress and planning only; a video that cannot be read says why when its turn comes."""
    try:
        facts = probe(video)
    except BadInput:
        return 0, 0
    return facts.frames, facts.frames * facts.width * facts.height


def _processes(workers: int | None, clips: int, pixels: int) -> int:
    # A Celery worker's process is a daemon, and a daemon may not have children.
    if multiprocessing.current_process().daemon:
        return 1
    if workers is None:
        workers = min(len(os.sched_getaffinity(0)), 1 + pixels // _WORTH_A_PROCESS_PX)
    return max(1, min(workers, clips))


def _reporter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Takes how many frames are done and passes it on; never more than the total, whatever a file decodes to."""
    if progress is None:
        return lambda done: None
    return lambda done: progress(min(done, total), total)


def _score(clip: _Clip, frame_scored: Callable[[], None]) -> Outcome:
    try:
        return score_clip(clip.prediction, clip.truth, clip.fixations, frame_scored)
    except BadInput as error:
        return str(error)


def _score_here(clips: Sequence[_Clip], frames_done: Callable[[int], None]) -> list[Outcome]:
    ticks = itertools.count(1)
    return [_score(clip, lambda: frames_done(next(ticks))) for clip in clips]


# One count of frames for all scoring processes; a process gets it once, when it starts.
_shared_count: "Synchronized[int]"


def _enter_process(shared_count: "Synchronized[int]") -> None:
    global _shared_count
    _shared_count = shared_count
    cv2.setNumThreads(1)  # the clips already keep the cores busy


def _count_shared() -> None:
    with _shared_count.get_lock():
        _shared_count.value += 1


def _score_in_process(clip: _Clip) -> Outcome:
    return _score(clip, _count_shared)


def _score_in_processes(
    clips: Sequence[_Clip], frames_done: Callable[[int], None], processes: int
) -> list[Outcome]:
    # Fresh processes, not forks: a fork inherits the locks of decoder threads that it does not have.
    context = multiprocessing.get_context("spawn")
    shared_count = context.Value("q", 0)
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_enter_process, initargs=(shared_count,)
    ) as pool:
        futures = [pool.submit(_score_in_process, clip) for clip in clips]
        try:
            running = set(futures)
            while running:
                _, running = wait(running, timeout=_POLL_S)
                frames_done(shared_count.value)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]
