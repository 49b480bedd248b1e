"""Every run on every dataset: what a model learnt from one says about another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from processing.layouts import open_dataset
from training import predictor
from training.predict import predict
from training.progress import Reporter, StopRequest
from training.run_folder import RunFolder
from training.scores import Cell, require_truth, scored


def cross(
    runs: Sequence[RunFolder],
    releases: Sequence[Path],
    part: str,
    out: Path,
    *,
    mode: str,
    device: torch.device,
    windows: int | None = None,
    reporter: Reporter,
    stop: StopRequest,
) -> list[Cell]:
    """Predict and score each pair; predictions go to `out/RELEASE/RUN/`.

    windows: how many a network sees at once, None as configured. Runs are named after their folders, numbered where
    names repeat. Raises BadInput and `Stopped` as prediction and scoring do.
    """
    run_names = distinct([run.root.resolve().name for run in runs])
    release_names = distinct([release.resolve().name for release in releases])
    datasets = [open_dataset(release) for release in releases]
    for dataset in datasets:
        require_truth(dataset, part)
    cells = []
    for dataset, dataset_name in zip(datasets, release_names, strict=True):
        for run, run_name in zip(runs, run_names, strict=True):
            folder = out / dataset_name / run_name
            ready = predictor.load(run, device, windows=windows)
            predict([ready], dataset, part, folder, reporter=reporter, stop=stop)
            results = scored(dataset, part, folder, mode=mode, reporter=reporter, stop=stop)
            cells.append(Cell(run_name, dataset_name, len(results.videos), results.mean or {}))
    return cells


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number added to those that occur several times."""
    counts = Counter(names)
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if counts[name] == 1 else f"{name}-{seen[name]}")
    return found
