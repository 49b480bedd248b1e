"""What the open questions cost: the lag of a full clip's hands against eyes, and how well its observers agree."""

from fractions import Fraction
from pathlib import Path

from benchmarks.arithmetic.clips import FPS, HEIGHT, OBSERVERS, SECONDS, WIDTH
from benchmarks.arithmetic.timing import seconds
from benchmarks.table import Row
from processing.calibration.against_eyes import HandsAndEyes
from processing.calibration.search import Search
from processing.calibration.summary import best
from processing.consistency.study import consistency, positions_under
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.synthetic import SyntheticClip, simulate_hand, watch
from processing.tracks import Track

VIEWERS = 20
LAG_MS = 300


def rows(folder: Path, *, full: bool) -> list[Row]:
    """Calibration and consistency of one clip, with everything that the commands do but reading files."""
    recipe, search = Recipe(), Search()
    clip = _recordings()
    found: list[float] = []

    def calibrate() -> None:
        met = HandsAndEyes(clip, recipe, search)
        curves = met.curves(int(met.over_lags()[0].argmax()))
        found.append(best(curves, search)["cc"]["lag_ms"]["value"])

    def agree() -> None:
        positions = positions_under(
            clip.hands, recipe, duration_s=clip.duration_s, width=WIDTH, height=HEIGHT
        )
        consistency(positions, size=(WIDTH, HEIGHT), sigma_px=recipe.sigma_for(WIDTH, HEIGHT))

    what = f"{OBSERVERS} hands, {SECONDS} s"
    calibrated_s, agreed_s = seconds(calibrate), seconds(agree)
    return [
        Row(f"calibrate, {what}, {VIEWERS} viewers", calibrated_s, "s", better="lower"),
        Row(
            f"calibrate: how far from the true lag of {LAG_MS} ms",
            abs(found[0] - LAG_MS),
            "ms",
            better="lower",
        ),
        Row(f"consistency, {what}", agreed_s, "s", better="lower"),
    ]


def _recordings() -> Recordings:
    clip = SyntheticClip(1, WIDTH, HEIGHT, FPS, round(SECONDS * FPS))
    end_us = (SECONDS + 1) * 1_000_000
    hands, eyes = [], []
    for seed in range(OBSERVERS):
        hand = simulate_hand(
            watch(clip, seed=seed), seed=seed, width=WIDTH, height=HEIGHT, end_us=end_us, lag_ms=LAG_MS
        )
        hands.append(Track(f"hand{seed:03d}", hand.t_us, hand.x_px, hand.y_px))
    for seed in range(VIEWERS):
        eye = watch(clip, seed=1000 + seed)
        eyes.append(Track(f"eye{seed:03d}", eye.t_us, eye.x_px, eye.y_px))
    return Recordings("clip", "", WIDTH, HEIGHT, Fraction(SECONDS), hands, eyes)
