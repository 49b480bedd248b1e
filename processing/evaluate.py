"""Scoring a folder of predicted saliency videos against the truth: which clips, in which processes, which means.

Clips are independent, so each is scored whole by one process; a clip that cannot be scored becomes a reason,
and the others go on.
"""

import itertools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import read_fixations, read_split
from processing.scoring import MODES
from processing.scoring.baseline import Baseline, baseline_without, drawn_shares
from processing.scoring.journal import Journal, clip_key
from processing.scoring.mode import COMMON_METRICS
from processing.scoring.video import ClipFiles, ClipScores, score_video
from processing.scoring.workers import Died, in_processes
from processing.video import probe

COMPATIBLE, CROWDSAL, CORRECTED = "compatible", "crowdsal", "corrected"
METRICS = COMMON_METRICS

Progress = Callable[[int, int], None]
Outcome = ClipScores | str  # the scores, or the reason why there are none

# Starting a process takes as long as scoring about fifty Full HD frames; below this many pixels one is enough.
_WORTH_A_PROCESS_PX = 200 * 1920 * 1080


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
    def metrics(self) -> tuple[str, ...]:
        """What the mode measures."""
        return MODES[self.mode].metrics

    @property
    def complete(self) -> bool:
        """Whether there is a mean: something was scored, and nothing failed that was not allowed to."""
        return bool(self.videos) and (self.allow_missing or not self.failed)

    @property
    def mean(self) -> dict[str, float | None] | None:
        """Every video weighs the same; None for a metric that no video has."""
        return self._mean(lambda clip, metric: [clip.scores[metric]])

    @property
    def mean_by_frames(self) -> dict[str, float | None] | None:
        """Every scored frame weighs the same."""
        return self._mean(lambda clip, metric: clip.curves[metric])

    @property
    def warnings(self) -> list[str]:
        """What a reader of the scores must know, a line each."""
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

    def _mean(
        self, values: Callable[[ClipScores, str], Sequence[float | None]]
    ) -> dict[str, float | None] | None:
        if not self.complete:
            return None
        means: dict[str, float | None] = {}
        for metric in self.metrics:
            every = [value for clip in self.videos.values() for value in values(clip, metric)]
            there = [value for value in every if value is not None]
            means[metric] = float(np.mean(there)) if there else None
        return means


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
    journal: Path | None = None,
) -> Results:
    """Score ``predictions/NAME.mp4`` against ``truth/NAME.mp4`` and ``fixations/NAME/fixations.json``.

    fixations may also hold ``NAME.json``. names: the clips to score; by default every ``NAME.mp4`` of `truth`.
    workers: processes; by default as many as there are cores and work for. The scores do not depend on it.
    progress: called with (frames done, frames of all clips).
    journal: a file that finished clips are kept in, so that a killed run goes on where it was; the caller removes it.
    Raises BadInput for an unknown mode, a folder that is not there, and when there is no clip to score.
    """
    if mode not in MODES:
        raise BadInput(f"there is no mode {mode!r}: choose from {', '.join(MODES)}")
    for folder, what in ((predictions, "predictions"), (truth, "truth"), (fixations, "fixations")):
        if not Path(folder).is_dir():
            raise BadInput(f"the folder of {what} does not exist: {folder}")
    if names is None:
        names = videos_in(Path(truth))
    if not names:
        raise BadInput(f"there is no clip to score: {truth} should hold one NAME.mp4 a clip")

    clips = [clip_files(name, Path(predictions), Path(truth), Path(fixations)) for name in sorted(set(names))]
    sizes = {clip.name: _frames_and_pixels(clip.truth) for clip in clips}
    baselines = _baselines(clips) if MODES[mode].needs_baseline else {}
    tasks = [_Task(mode, clip, baselines.get(clip.name), sizes[clip.name][0]) for clip in clips]
    outcomes = _score_all(tasks, Journal(journal), workers, sizes, progress)
    return Results(
        mode,
        {clip.name: found for clip in clips if isinstance(found := outcomes[clip.name], ClipScores)},
        {clip.name: found for clip in clips if isinstance(found := outcomes[clip.name], str)},
        allow_missing,
    )


def score_clip(
    mode: str,
    clip: ClipFiles,
    *,
    baseline: Baseline | None,
    threads: int = 1,
    frame_scored: Callable[[], None] = lambda: None,
) -> Outcome:
    """Score one clip as `evaluate` does; `baseline` is where others look, for a mode that asks for it.

    Raises OSError for a file that is there and cannot be read.
    """
    try:
        return score_video(MODES[mode], clip, baseline=baseline, threads=threads, frame_scored=frame_scored)
    except BadInput as error:
        return str(error)
    except MemoryError:
        return "scoring it takes more memory than one clip may: export both videos again"


def names_of_subset(split_file: Path, subset: str) -> list[str]:
    """The names that a split file lists for a subset, without ``.mp4``. Raises BadInput when there is none."""
    split = read_split(Path(split_file))
    if subset not in split:
        raise BadInput(f"{split_file} has no subset {subset!r}: it has {', '.join(split) or 'none'}")
    if not split[subset]:
        raise BadInput(f"the subset {subset!r} of {split_file} names no clip")
    return list(split[subset])


def clip_files(name: str, predictions: Path, truth: Path, fixations: Path) -> ClipFiles:
    """Where the files of a clip lie; whether they are there is found out when it is scored."""
    flat = fixations / f"{name}.json"
    nested = fixations / name / "fixations.json"
    return ClipFiles(
        name=name,
        prediction=predictions / f"{name}.mp4",
        truth=truth / f"{name}.mp4",
        fixations=flat if flat.is_file() and not nested.is_file() else nested,
    )


def videos_in(folder: Path) -> list[str]:
    """The names of the videos in a folder, sorted, without ``.mp4``."""
    # Archives made on a Mac bring a shadow file "._NAME.mp4" for every video.
    return sorted(
        path.name.removesuffix(".mp4") for path in folder.glob("*.mp4") if not path.name.startswith("._")
    )


@dataclass(frozen=True)
class _Task:
    mode: str
    clip: ClipFiles
    baseline: Baseline | None
    frames: int


def _score_all(
    tasks: Sequence[_Task],
    journal: Journal,
    workers: int | None,
    sizes: Mapping[str, tuple[int, int]],
    progress: Progress | None,
) -> dict[str, Outcome]:
    keys = {task.clip.name: clip_key(task.mode, task.clip, task.baseline) for task in tasks}
    outcomes: dict[str, Outcome] = {}
    waiting, frames_before = [], 0
    for task in tasks:
        if (scores := journal.found(keys[task.clip.name])) is not None:
            outcomes[task.clip.name] = scores
            frames_before += task.frames
        else:
            waiting.append(task)
    report = _reporter(progress, frames_before, total=sum(frames for frames, _ in sizes.values()))
    report(0)
    processes = _processes(workers, len(waiting), sum(sizes[task.clip.name][1] for task in waiting))
    for name, outcome in _outcomes(waiting, processes, report):
        outcomes[name] = outcome
        if isinstance(outcome, ClipScores):
            journal.add(keys[name], outcome)
    return outcomes


def _outcomes(
    tasks: Sequence[_Task], processes: int, report: Callable[[int], None]
) -> Iterator[tuple[str, Outcome]]:
    if processes == 1:
        ticks = itertools.count(1)
        for task in tasks:
            yield task.clip.name, _score(task, lambda: report(next(ticks)), threads=_cores())
        return
    for task, found in in_processes(_score, tasks, processes, report):
        if isinstance(found, Died):
            found = f"the process that scored it died ({found.exit_code}): check both videos"
        yield task.clip.name, found


def _score(task: _Task, frame_scored: Callable[[], None], threads: int = 1) -> Outcome:
    try:
        return score_clip(
            task.mode, task.clip, baseline=task.baseline, threads=threads, frame_scored=frame_scored
        )
    except OSError as error:
        return f"{error.filename or 'a file of it'} cannot be read: {error.strerror or error}"


def _baselines(clips: Sequence[ClipFiles]) -> dict[str, Baseline | None]:
    shares: dict[str, NDArray[np.float64]] = {}
    for clip in clips:
        try:
            facts = probe(clip.truth)
            shares[clip.name] = drawn_shares(
                clip.name, read_fixations(clip.fixations), facts.height, facts.width
            )
        except (BadInput, OSError):  # its own turn says why
            continue
    return {clip.name: baseline_without(clip.name, shares) for clip in clips}


def _frames_and_pixels(video: Path) -> tuple[int, int]:
    """For progress and planning only; a video that cannot be read says why when its turn comes."""
    try:
        facts = probe(video)
    except (BadInput, OSError):
        return 0, 0
    return facts.frames, facts.frames * facts.width * facts.height


def _processes(workers: int | None, clips: int, pixels: int) -> int:
    # A Celery worker's process is a daemon, and a daemon may not have children.
    if multiprocessing.current_process().daemon:
        return 1
    if workers is None:
        workers = min(_cores(), 1 + pixels // _WORTH_A_PROCESS_PX)
    return max(1, min(workers, clips))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _reporter(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    if progress is None:
        return lambda done: None
    return lambda done: progress(min(before + done, total), total)
