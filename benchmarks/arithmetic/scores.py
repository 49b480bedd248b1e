"""Scoring a clip against the two published ways, against the decoders alone, and its memory.

The published programs are measured by plain copies of what they do (`published`), on part of the clip in one process;
they are taken to scale perfectly to all cores, which they do not quite.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av

from benchmarks.arithmetic.clips import SECONDS, Material, ScoringFolders
from benchmarks.arithmetic.published import score_by_pictures, score_by_streaming
from benchmarks.arithmetic.timing import in_turn, seconds
from benchmarks.table import Row
from processing.evaluate import COMPATIBLE, CORRECTED, CROWDSAL, clip_files, evaluate
from processing.pipeline import FIXATIONS
from processing.scoring.video import ClipFiles
from processing.video import probe

ROUNDS = 3
OF_DECODING, OF_PICTURES, OF_STREAMING = 0.5, 15, 1.6
PICTURES, STREAMED = 12, 60  # frames of the clip that the published ways are measured on
PREDICTING = 20  # observers whose map is taken for a prediction
SHORT_S = 5
GIB = 2**30

# What the system tells a parent of its child's memory includes the parent's own, from before the program was loaded.
_TELLING_MEMORY = """
import atexit
from pathlib import Path
from processing.cli import main

def tell():
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

atexit.register(tell)
main()
"""


def rows(folder: Path, *, full: bool) -> list[Row]:
    """`cursal evaluate` on files made by `cursal build`, Full HD, both videos of one size."""
    clip = _scoring_folders(folder / "clip", SECONDS)
    files = clip_files("clip", clip.predictions, clip.truth, clip.fixations)
    cores = len(os.sched_getaffinity(0))
    frames = clip.frames
    scoring = {mode: _scoring(clip, mode) for mode in (COMPATIBLE, CROWDSAL)}
    found: list[Row] = []
    took: dict[str, float] = {}
    for mode, score in scoring.items():
        score()  # compiles
        score_s, decode_s = in_turn(score, lambda: _decode_both(files), ROUNDS)
        took[mode] = score_s / frames
        found.append(
            Row(
                f"cursal evaluate --mode {mode}, Full HD, {SECONDS} s",
                frames / score_s,
                "pairs/s",
                "decoding both videos, same threads",
                decode_s / score_s,
                OF_DECODING,
            )
        )
    pictures_s = _pictures(files, folder / "pictures") / PICTURES / cores
    streaming_s = seconds(lambda: score_by_streaming(*_paths(files), frames=STREAMED)) / STREAMED / cores
    found += [
        _against(COMPATIBLE, took, "the published way of 2024, all cores", pictures_s, OF_PICTURES),
        _against(CROWDSAL, took, "the published streaming way, all cores", streaming_s, OF_STREAMING),
        Row(
            "cursal evaluate, memory",
            _memory_gib(clip, folder / "results.json"),
            "GiB",
            target=1,
            better="lower",
        ),
        Row(
            f"cursal evaluate --mode {CORRECTED}, nine metrics",
            frames / seconds(_scoring(clip, CORRECTED)),
            "pairs/s",
        ),
        *_growth(folder / "growth", full=full),
    ]
    return found


def _scoring_folders(folder: Path, length_s: int) -> ScoringFolders:
    """A clip built from all hands as the truth, and from some of them as the prediction."""
    material = Material.made(folder, seconds=length_s)
    truth = material.built(folder / "truth_build")
    prediction = replace(material, hands=material.hands[:PREDICTING]).built(folder / "prediction_build")
    return ScoringFolders.of_builds(folder / "scored", prediction=prediction, truth=truth)


def _scoring(clip: ScoringFolders, mode: str) -> Callable[[], object]:
    return lambda: evaluate(
        predictions=clip.predictions, truth=clip.truth, fixations=clip.fixations, mode=mode, workers=1
    )


def _decode_both(files: ClipFiles) -> None:
    """As the scorer decodes, and nothing else: each video in a thread of its own, by one thread of the decoder."""

    def decode(video: Path) -> None:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for _ in container.decode(stream):
                pass

    threads = [threading.Thread(target=decode, args=(video,)) for video in (files.prediction, files.truth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _pictures(files: ClipFiles, scratch: Path) -> float:
    took_s = seconds(lambda: score_by_pictures(*_paths(files), scratch, frames=PICTURES))
    shutil.rmtree(scratch)
    return took_s


def _paths(files: ClipFiles) -> tuple[Path, Path, Path]:
    return files.prediction, files.truth, files.fixations


def _against(mode: str, took: dict[str, float], alternative: str, its_s: float, target: float) -> Row:
    name = f"cursal evaluate --mode {mode}, Full HD"
    return Row(name, 1 / took[mode], "pairs/s", alternative, its_s / took[mode], target)


def _memory_gib(clip: ScoringFolders, out: Path) -> float:
    """The most that a command of its own held."""
    folders = ("--predictions", clip.predictions, "--truth", clip.truth, "--fixations", clip.fixations)
    done = subprocess.run(
        [sys.executable, "-c", _TELLING_MEMORY, "evaluate", *folders, "--workers", "1", "--out", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1]) * 1024 / GIB


def _growth(folder: Path, *, full: bool) -> list[Row]:
    """Cost a frame of one short clip, and of the same one several times in a row, against the first: 1 is linear."""
    short = _scoring_folders(folder / "short", SHORT_S)
    costs_s = {}
    for times in (1, 4, 12) if full else (1, 4):
        clip = short if times == 1 else _repeated(short, times, folder / f"{times}_times")
        score = _scoring(clip, COMPATIBLE)
        costs_s[times] = min(seconds(score) for _ in range(ROUNDS)) / clip.frames
    return [
        Row(
            f"cursal evaluate, {times * SHORT_S} s",
            cost_s * 1000,
            "ms a pair",
            f"{SHORT_S} s",
            cost_s / costs_s[1],
            better="lower",
        )
        for times, cost_s in costs_s.items()
    ]


def _repeated(clip: ScoringFolders, times: int, folder: Path) -> ScoringFolders:
    """The clip several times in a row, coded pictures taken over as they are."""
    made = ScoringFolders(folder / "predictions", folder / "truth", folder / "fixations")
    for source, target in ((clip.predictions, made.predictions), (clip.truth, made.truth)):
        target.mkdir(parents=True)
        _repeat_video(source / "clip.mp4", target / "clip.mp4", times)
    points = json.loads((clip.fixations / "clip" / FIXATIONS).read_text())
    (made.fixations / "clip").mkdir(parents=True)
    (made.fixations / "clip" / FIXATIONS).write_text(json.dumps(points * times))
    return made


def _repeat_video(source: Path, target: Path, times: int) -> None:
    frames = probe(source).frames
    with av.open(str(target), "w") as out:
        for turn in range(times):
            with av.open(str(source)) as container:
                video = container.streams.video[0]
                stream = out.streams.video[0] if turn else out.add_stream_from_template(video)
                assert video.duration is not None
                later = turn * video.duration
                for packet in container.demux(video):
                    if packet.pts is None or packet.dts is None:
                        continue  # the mark of the end
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = stream
                    out.mux(packet)
    if probe(target).frames != times * frames:
        raise RuntimeError(f"{source.name} was not repeated as it is")
