"""Scoring predictions: the end is heeded between two frames."""

from pathlib import Path

import pytest

from processing.layouts import open_dataset
from training.progress import Reporter, Stopped, StopRequest
from training.scores import scored

pytestmark = pytest.mark.long


@pytest.mark.parametrize("workers", [1, 2])
def test_whoever_is_asked_to_stop_does_not_score_to_the_end(spot_release: Path, workers: int) -> None:
    dataset, stop = open_dataset(spot_release), StopRequest()
    predictions = dataset.root / dataset.layout.saliency_folder("train")
    scores = scored(
        dataset, "train", predictions, mode="compatible", reporter=Reporter(stop), stop=stop, workers=workers
    )
    assert len(scores.videos) == 3

    class Asking(Reporter):
        def progress(self, phase: str, done: int, total: int, **fields: object) -> None:
            if done:
                stop.ask("SIGTERM")

    with pytest.raises(Stopped, match="SIGTERM"):
        scored(
            dataset,
            "train",
            predictions,
            mode="compatible",
            reporter=Asking(stop),
            stop=stop,
            workers=workers,
        )
