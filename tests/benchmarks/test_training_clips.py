"""Somebody's own videos in training's bench: released with made-up hands, trained on, stopped and gone on with."""

import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training import program
from benchmarks.training.learning import BREAK_OFF_AFTER, _first_step
from benchmarks.training.program import Said, broken_off
from benchmarks.training.world import filmed_world
from processing.layouts import AIM24, PRIVATE_TEST, PUBLIC_TEST, open_dataset, read_fixations
from processing.video import ClipWriter, probe
from training.progress import EXIT_STOPPED

# A training that tells of four steps, then waits to be stopped and remembers how it ended.
PRETENDS = """#!{python}
import json, signal, sys

def stopped(number, frame):
    print(json.dumps({{"event": "stopped"}}), flush=True)
    raise SystemExit({status})

signal.signal(signal.SIGTERM, stopped)
print(json.dumps({{"event": "started", "arguments": sys.argv[1:]}}), flush=True)
for done in (1, 2, 3, 4):
    print(json.dumps({{"event": "progress", "phase": "train", "done": done}}), flush=True)
signal.pause()
"""


def pretends(path: Path, monkeypatch: pytest.MonkeyPatch, *, status: int) -> None:
    path.write_text(PRETENDS.format(python=sys.executable, status=status))
    path.chmod(0o755)
    monkeypatch.setattr(program.sys, "executable", str(path))


def test_a_training_is_told_to_stop_once_it_is_past_so_many_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretends(tmp_path / "training", monkeypatch, status=EXIT_STOPPED)
    broken_off("train", "--out", tmp_path, after_steps=3)


def test_a_training_that_does_not_end_as_one_to_be_gone_on_with_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretends(tmp_path / "training", monkeypatch, status=3)
    with pytest.raises(RuntimeError, match="ended with status 3"):
        broken_off("train", after_steps=3)


def steps_from(first: int) -> Said:
    steps = [{"event": "progress", "phase": "train", "done": done} for done in (first, first + 1)]
    return Said([{"event": "started"}, {"event": "progress", "phase": "prepare", "done": 1}, *steps], 1.0)


def test_a_training_that_begins_again_has_not_gone_on() -> None:
    assert _first_step(steps_from(BREAK_OFF_AFTER + 1)) == BREAK_OFF_AFTER + 1
    with pytest.raises(RuntimeError, match="began again, at step 1"):
        _first_step(steps_from(1))


@pytest.mark.long
def test_own_videos_become_a_release_that_made_up_hands_have_watched(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    # As cameras and people name them, and two of the same name.
    sources = [tmp_path / name for name in ("IMG 1.mov", "b.mkv", "b.mp4", "the end (final).mp4", "末.mp4")]
    for source in sources:
        with ClipWriter(source, width=96, height=64, fps=Fraction(25)) as writer:
            for picture in rng.integers(0, 256, (20, 64, 96, 3), dtype=np.uint8):
                writer.write(picture)
    world = filmed_world(tmp_path / "world", sources, seed=2, observers=4)
    names = [f"filmed-{number:03d}" for number in range(len(sources))]
    assert [clip.name for clip in world.watched] == names
    split = json.loads((world.public / AIM24.SPLIT_FILE).read_text())
    assert sorted(name for part in split.values() for name in part) == names
    tests = {*split[PUBLIC_TEST], *split[PRIVATE_TEST]}
    assert split[PUBLIC_TEST] and split["train"] and world.human_cc.keys() == tests
    dataset = open_dataset(world.public)
    for name in split[PUBLIC_TEST]:
        facts = probe(dataset.video(name))
        assert (facts.width, facts.height, facts.frames) == (96, 64, 20)
        assert len(read_fixations(world.public / AIM24.fixations_file(name, PUBLIC_TEST))) == 20
