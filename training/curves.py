"""The curves of a run for TensorBoard, where somebody wants them; the record itself is `log.jsonl`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processing.errors import BadInput


class Curves:
    """Scalars by step; without a writer they go nowhere."""

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def add(self, values: Mapping[str, float], step: int) -> None:
        """Add a point to each of the named curves."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)


@contextmanager
def curves(wanted: bool, folder: Path) -> Iterator[Curves]:
    """Curves below a run's folder; raises `BadInput` when they are wanted and TensorBoard is not installed."""
    if not wanted:
        yield Curves()
        return
    try:
        tensorboard = importlib.import_module("torch.utils.tensorboard")
    except ImportError as error:
        raise BadInput(
            "TensorBoard is not installed: pip install tensorboard, or set train.tensorboard to false"
        ) from error
    with tensorboard.SummaryWriter(str(folder)) as writer:
        yield Curves(writer)
