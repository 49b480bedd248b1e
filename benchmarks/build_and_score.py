"""How far building and scoring stand from the codec alone: ratios within one run, on synthetic Full HD input.

Run with `make bench` (SECONDS=5 OBSERVERS=75). A ratio of 1 means: as fast as encoding, or decoding, and nothing
else. Figures of one machine on one day; docs hold none of them.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.table import Table

from processing.evaluate import evaluate
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.synthetic import SyntheticClip, simulate_hand, watch, write_clip
from processing.tracks import Track
from processing.video import MapWriter, probe, read_luma_planes

WIDTH, HEIGHT, FPS = 1920, 1080, Fraction(30)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def hand_track(clip: SyntheticClip, observer: int) -> Track:
    """A simulated observer's track over the whole clip and a second more."""
    hand = simulate_hand(
        watch(clip, seed=observer),
        seed=observer,
        width=WIDTH,
        height=HEIGHT,
        end_us=round((clip.duration_s + 1) * 1e6),
    )
    return Track(f"o{observer:03d}", hand.t_us, hand.x_px, hand.y_px)


def decode(*paths: Path) -> None:
    """Only the decoder."""
    for path in paths:
        for _ in read_luma_planes(path):
            pass


def measure(folder: Path, length_s: int, observers: int) -> list[dict[str, object]]:
    """Build and score one clip beside the codec alone."""
    clip = SyntheticClip(1, WIDTH, HEIGHT, FPS, round(length_s * FPS))
    write_clip(folder / "clip.mp4", clip)
    tracks = [hand_track(clip, observer) for observer in range(observers)]
    facts, build = probe(folder / "clip.mp4"), folder / "build"
    build_s = seconds(
        lambda: process_stimulus(facts=facts, tracks=tracks, recipe=Recipe.from_mapping({}), out_dir=build)
    )
    truth, predictions, fixations = (folder / name for name in ("truth", "predictions", "fixations"))
    for target in (truth, predictions):
        target.mkdir()
        (target / "clip.mp4").write_bytes((build / "saliency.mp4").read_bytes())
    (fixations / "clip").mkdir(parents=True)
    (fixations / "clip" / "fixations.json").write_bytes((build / "fixations.json").read_bytes())
    frames = [plane.codes for plane in read_luma_planes(truth / "clip.mp4")]

    def encode() -> None:
        with MapWriter(
            folder / "again.mp4", width=WIDTH, height=HEIGHT, fps=FPS, encoding="near-lossless"
        ) as out:
            for frame in frames:
                out.write(frame)

    encode_s = seconds(encode)
    score_s = seconds(lambda: evaluate(predictions=predictions, truth=truth, fixations=fixations, workers=1))
    decode_s = seconds(lambda: decode(truth / "clip.mp4", predictions / "clip.mp4"))
    count = clip.frame_count
    return [
        {
            "name": "build, frames/s",
            "value": count / build_s,
            "against": "encoder alone",
            "ratio": encode_s / build_s,
        },
        {
            "name": "score, pairs/s",
            "value": count / score_s,
            "against": "decoders alone",
            "ratio": decode_s / score_s,
        },
    ]


def main() -> None:
    length_s, observers = int(os.environ.get("SECONDS", "5")), int(os.environ.get("OBSERVERS", "75"))
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), length_s, observers)
    table = Table("What", "Value", "Against", "Ratio", title=f"Full HD, {length_s} s, {observers} observers")
    for row in rows:
        table.add_row(str(row["name"]), f"{row['value']:.1f}", str(row["against"]), f"{row['ratio']:.2f}")
    Console().print(table)
    Path("var/bench").mkdir(parents=True, exist_ok=True)
    Path("var/bench/build_and_score.json").write_text(json.dumps({"rows": rows}, indent=1))


if __name__ == "__main__":
    main()
