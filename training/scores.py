"""Scores of predictions against the truth of a release's part, by `processing.evaluate`; and tables of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processing.errors import BadInput
from processing.evaluate import Results, evaluate
from processing.layouts import Dataset
from training.parts import names_in
from training.progress import Reporter, StopRequest


def require_truth(dataset: Dataset, part: str) -> None:
    """Raise BadInput unless the release has clips in a part and holds the maps and fixations of all of them."""
    for name in names_in(dataset, part):
        dataset.saliency(name)
        dataset.fixations_file(name)


def scored(
    dataset: Dataset,
    part: str,
    predictions: Path,
    *,
    mode: str,
    reporter: Reporter,
    stop: StopRequest,
    workers: int | None = None,
) -> Results:
    """Scores of `predictions/NAME.mp4` of every clip of a part.

    Raises BadInput when the release holds no truth of the part or a prediction cannot be scored, `Stopped` when the
    end was asked for.
    """

    def progressed(done: int, total: int) -> None:
        stop.check()
        reporter.progress("evaluate", done, total)

    require_truth(dataset, part)
    names = names_in(dataset, part)
    results = evaluate(
        predictions=predictions,
        truth=dataset.root / dataset.layout.saliency_folder(part),
        fixations=dataset.root / dataset.layout.fixations_folder(part),
        names=names,
        mode=mode,
        workers=workers,
        progress=progressed,
    )
    if results.failed:
        name, reason = next(iter(results.failed.items()))
        raise BadInput(
            f"{len(results.failed)} of {len(names)} predictions cannot be scored; {name}: {reason}"
        )
    return results


@dataclass(frozen=True)
class Cell:
    """One run on one dataset."""

    run: str
    dataset: str
    clips: int
    mean: Mapping[str, float | None]

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {"run": self.run, "dataset": self.dataset, "clips": self.clips, "mean": dict(self.mean)}


def text_table(cells: Sequence[Cell]) -> str:
    """Cells as Markdown, one a line, the best value of each metric of each dataset in bold."""
    metrics = list(dict.fromkeys(metric for cell in cells for metric in cell.mean))
    lines = [
        "| dataset | run | clips | " + " | ".join(metrics) + " |",
        "|---|---|---|" + "---|" * len(metrics),
    ]
    for dataset in dict.fromkeys(cell.dataset for cell in cells):
        own = [cell for cell in cells if cell.dataset == dataset]
        best = {metric: _best(metric, own) for metric in metrics}
        for cell in own:
            values = [_written(cell.mean.get(metric), best[metric]) for metric in metrics]
            lines.append(f"| {dataset} | {cell.run} | {cell.clips} | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def _best(metric: str, cells: Sequence[Cell]) -> float | None:
    values = [value for cell in cells if (value := cell.mean.get(metric)) is not None]
    if len(values) < 2:
        return None
    return min(values) if metric == "kld" else max(values)


def _written(value: float | None, best: float | None) -> str:
    if value is None:
        return "–"
    return f"**{value:.4f}**" if value == best else f"{value:.4f}"
