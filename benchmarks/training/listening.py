"""Whether a network that listens learns to, where only sound says where to look: `listen` on a trained `av_gate`."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from benchmarks.training.program import training
from benchmarks.training.sounds import sounding_clips
from benchmarks.training.world import released
from processing.layouts import PRIVATE_TEST, PUBLIC_TEST, TRAIN
from training.gains import ALL, NONE, SHUFFLED

CLIPS, TESTED, OBSERVERS = 44, 12, 8
NETWORK = "tiny_av_gate"
SETTINGS = {
    "net.visual.width": 0.125,
    "optimizer.lr": 4e-3,
    "train.steps": 1200,  # fewer find the spots and not yet what tells them apart
    "train.batch": 4,
    "train.windows_per_clip": 4,
    "train.validation_share": 0,
    "train.samples": 0,
}


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """What CC gains by a clip's own sound, over another clip's and over none, on clips it was not trained on."""
    clips = sounding_clips(folder / "videos", seed=inputs.seed, clips=CLIPS, observers=OBSERVERS)
    names = [clip.name for clip in clips]
    split = {TRAIN: names[TESTED:], PUBLIC_TEST: names[:TESTED], PRIVATE_TEST: []}
    world = released(folder, clips, split=split)
    changed = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    run, out = folder / "run", folder / "listening"
    training("train", "--config", NETWORK, *changed, "--release", world.public, "--out", run)
    training("listen", "--run", run, "--release", world.public, "--out", out, "--mode", "corrected")
    found = json.loads((out / "listening.json").read_text())
    (everything,) = (group for group in found["groups"] if group["group"] == ALL)
    over_another, over_none = (everything["gain"][over]["cc"] for over in (SHUFFLED, NONE))
    return [
        Row("av_gate, CC with the clip's own sound", everything["mean"]["own"]["cc"], "CC"),
        Row("av_gate, gained over another clip's sound", over_another["value"], "CC"),
        Row("av_gate, the same, lower end of 95 %", over_another["low"], "CC"),
        Row("av_gate, gained over no sound", over_none["value"], "CC"),
    ]
