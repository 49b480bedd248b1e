"""What a network learns from scratch on two cores: against the centre prior, and against what people agree on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import mean

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from benchmarks.training.program import Said, broken_off, tells_of_steps, training
from benchmarks.training.world import World, filmed_world, synthetic_world
from processing.evaluate import evaluate
from processing.layouts import AIM24, PRIVATE_TEST, PUBLIC_TEST

CLIPS, OBSERVERS = 24, 20
BREAK_OFF_AFTER = 60  # steps of 240
NETWORK = "lite2d_demo"
TESTS = {PUBLIC_TEST: "public", PRIVATE_TEST: "private"}

Scores = Mapping[str, Mapping[str, float]]


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """Train once, predict both tests, score; the network's settings were chosen on other seeds."""
    if inputs.clips:
        world = filmed_world(folder, inputs.clips, seed=inputs.seed, observers=OBSERVERS)
    else:
        world = synthetic_world(folder, seed=inputs.seed, clips=CLIPS, observers=OBSERVERS)
    prior, _ = _scores(folder / "center_prior", "center_prior", world)
    if inputs.clips:
        broken_off(*_train(folder / "network", NETWORK, world), after_steps=BREAK_OFF_AFTER)
    network, said = _scores(folder / "network", NETWORK, world)
    gained = _cc(network) - _cc(prior)
    of_people = mean(network[name]["cc"] / world.human_cc[name] for name in network)
    # Nobody looked at somebody's own clips: what made-up hands do there cannot be learnt from the picture.
    wanted = not inputs.clips
    return [
        Row("lite2d, CC above the centre prior", gained, "CC", target=0.25 if wanted else None),
        Row("lite2d, share of the human ceiling's CC", of_people, "", target=0.8 if wanted else None),
        Row("lite2d, training", said.seconds / 60, "min", target=10 if wanted else None, better="lower"),
        Row("centre prior, CC", _cc(prior), "CC"),
        *(
            Row(f"lite2d, {metric}", _mean(network, metric), metric)
            for metric in ("cc", "sim", "nss", "auc_judd")
        ),
        Row("human ceiling, CC", mean(world.human_cc.values()), "CC"),
        *(
            [Row("lite2d, first step that was told after a stop", _first_step(said), "")]
            if inputs.clips
            else []
        ),
    ]


def _train(folder: Path, preset: str, world: World) -> list[str | Path]:
    return ["train", "--config", preset, "--release", world.public, "--out", folder / "run"]


def _scores(folder: Path, preset: str, world: World) -> tuple[dict[str, dict[str, float]], Said]:
    """Every test clip's scores by a preset's predictions, in the corrected mode, and what its training said."""
    said = training(*_train(folder, preset, world))
    scores: dict[str, dict[str, float]] = {}
    for part, truth in TESTS.items():
        predictions = folder / part
        training(
            "predict",
            "--run",
            folder / "run",
            "--release",
            world.public,
            "--subset",
            part,
            "--out",
            predictions,
        )
        root = world.public if truth == "public" else world.private
        names = sorted(path.stem for path in predictions.glob("*.mp4"))
        results = evaluate(
            predictions=predictions,
            truth=(root / AIM24.saliency(names[0], part)).parent,
            fixations=(root / AIM24.fixations_file(names[0], part)).parent.parent,
            names=names,
            mode="corrected",
        )
        if results.failed:
            raise RuntimeError(f"predictions cannot be scored: {dict(results.failed)}")
        for name, own in results.videos.items():
            scores[name] = {metric: value for metric, value in own.scores.items() if value is not None}
    return scores, said


def _first_step(said: Said) -> int:
    """Where a training began to tell of steps; raises RuntimeError where it did not go on from the one before."""
    step = next(event["done"] for event in said.events if tells_of_steps(event))
    if step < BREAK_OFF_AFTER:
        raise RuntimeError(f"the training that was stopped began again, at step {step}")
    return step


def _cc(scores: Scores) -> float:
    return _mean(scores, "cc")


def _mean(scores: Scores, metric: str) -> float:
    return mean(own[metric] for own in scores.values())
