"""What each choice on the way from hands to labels is worth: `python -m benchmarks.training.ablation`, or `FULL=1`.

The same clips and hands are built under one changed setting at a time and the same network is trained on each build.
Labels and predictions are held against maps of the observers' *eyes*, which a synthetic world has: without a hand
there is no lag and no overshoot. The table goes to standard output as Markdown, for docs/training.md.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import click

from benchmarks.parts import part_folder
from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from benchmarks.training.program import training
from benchmarks.training.world import Watched, eyes_of, released, synthetic_clips
from processing.evaluate import evaluate
from processing.layouts import AIM24, PUBLIC_TEST
from processing.pipeline import FIXATIONS, SALIENCY, process_stimulus
from processing.recipe import Recipe

RESULT = Path("var/bench/ablation.md")
OBSERVERS = 20
TRAIN, TEST = 10, 6
STEPS = 200


@dataclass(frozen=True)
class Variant:
    """One changed setting: keys of the recipe, keys of the training's configuration."""

    name: str
    recipe: Mapping[str, object] = field(default_factory=dict)
    training: Mapping[str, object] = field(default_factory=dict)


VARIANTS = (
    Variant("as published: all samples, 100 Hz, lag 300 ms, sigma 3 %, splat"),
    Variant("fixations by I-VT", recipe={"fixations": "ivt"}),
    Variant("resampled at 30 Hz", recipe={"rate_hz": 30}),
    Variant("resampled at 60 Hz", recipe={"rate_hz": 60}),
    Variant("resampled at 250 Hz", recipe={"rate_hz": 250}),
    Variant("lag 0 ms", recipe={"lag_ms": 0}),
    Variant("sigma 1.5 %", recipe={"sigma_share": 0.015}),
    Variant("sigma 6 %", recipe={"sigma_share": 0.06}),
    Variant("outliers removed", training={"data.outlier_sigmas": 2.0}),
    Variant("nearest cell in place of splat", training={"data.placing": "nearest"}),
)


@dataclass(frozen=True)
class Found:
    """Mean scores over the test clips against the maps of eyes."""

    labels: Mapping[str, float]
    predictions: Mapping[str, float]


def measure(
    variant: Variant,
    watched: Sequence[Watched],
    eyes: Path,
    split: dict[str, list[str]],
    folder: Path,
    steps: int,
) -> Found:
    """Build, train, predict and score one variant below `folder`."""
    world = released(
        folder, watched, Recipe.from_mapping({**Recipe().document(), **variant.recipe}), split=split
    )
    settings = {"train.steps": steps, **variant.training}
    chosen = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    training("train", "--config", "lite2d_demo", *chosen, "--release", world.public, "--out", folder / "run")
    training("predict", "--run", folder / "run", "--release", world.public, "--out", folder / "predictions")
    names = split[PUBLIC_TEST]
    labels = (world.public / AIM24.saliency(names[0], PUBLIC_TEST)).parent
    return Found(_against(eyes, labels, names), _against(eyes, folder / "predictions", names))


def eye_maps(watched: Sequence[Watched], names: Sequence[str], folder: Path) -> Path:
    """Maps and fixations of the test clips from where everybody looked, in one folder for the scorer."""
    folder.mkdir()
    recipe = Recipe.from_mapping({**Recipe().document(), "lag_ms": 0})
    for clip in watched:
        if clip.name in names:
            out = folder / f"{clip.name}.build"
            process_stimulus(facts=clip.facts, tracks=eyes_of(clip), recipe=recipe, out_dir=out)
            (out / SALIENCY).rename(folder / f"{clip.name}.mp4")
            (out / FIXATIONS).rename(folder / f"{clip.name}.json")
            shutil.rmtree(out)
    return folder


def _against(truth: Path, predictions: Path, names: Sequence[str]) -> dict[str, float]:
    results = evaluate(predictions=predictions, truth=truth, fixations=truth, names=names, mode="corrected")
    if results.failed:
        raise RuntimeError(f"cannot be scored: {dict(results.failed)}")
    return {
        metric: mean(value for clip in results.videos.values() if (value := clip.scores[metric]) is not None)
        for metric in ("cc", "sim", "nss", "auc_judd")
    }


def table(found: Mapping[str, Found]) -> str:
    """Markdown, one row a variant."""
    lines = [
        "| setting | labels: CC | SIM | NSS | trained on them: CC | SIM | NSS | AUC-J |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, own in found.items():
        labels = [f"{own.labels[metric]:.3f}" for metric in ("cc", "sim", "nss")]
        predictions = [f"{own.predictions[metric]:.3f}" for metric in ("cc", "sim", "nss", "auc_judd")]
        lines.append(f"| {' | '.join([name, *labels, *predictions])} |")
    return "\n".join(lines) + "\n"


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """CC of every setting's labels and predictions beside those of the published one; the table is stored whole."""
    found = every_setting(folder, seed=inputs.seed, steps=STEPS)
    _store(found)
    published = next(iter(found.values()))
    return [
        row
        for name, own in found.items()
        for row in (
            _beside(f"{name}: labels", own.labels, published.labels),
            _beside(f"{name}: trained on them", own.predictions, published.predictions),
        )
    ]


def _beside(name: str, own: Mapping[str, float], published: Mapping[str, float]) -> Row:
    return Row(name, own["cc"], "CC", "as published", own["cc"] / published["cc"])


def every_setting(folder: Path, *, seed: int, steps: int) -> dict[str, Found]:
    """Measure every setting on the same clips and hands below `folder`; each is told as soon as it is known."""
    watched = synthetic_clips(folder, seed=seed, clips=TRAIN + TEST, observers=OBSERVERS)
    names = [clip.name for clip in watched]
    split = {"train": names[:TRAIN], PUBLIC_TEST: names[TRAIN:], "private_test": []}
    eyes = eye_maps(watched, split[PUBLIC_TEST], folder / "eyes")
    found: dict[str, Found] = {}
    for number, variant in enumerate(VARIANTS):
        own = folder / f"variant-{number}"
        found[variant.name] = measure(variant, watched, eyes, split, own, steps)
        shutil.rmtree(own)
        click.echo(f"{variant.name}: CC {found[variant.name].predictions['cc']:.3f}")
    return found


def _store(found: Mapping[str, Found]) -> None:
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(table(found))


@click.command()
@click.option("--seed", default=3, show_default=True, help="of clips and hands")
@click.option("--steps", default=STEPS, show_default=True, help="of training, for each setting")
def main(seed: int, steps: int) -> None:
    """Measure every setting and store the table in var/bench/ablation.md."""
    with part_folder("ablation", RESULT) as folder:
        found = every_setting(folder, seed=seed, steps=steps)
    _store(found)
    click.echo(f"\n{table(found)}")


if __name__ == "__main__":
    main()
