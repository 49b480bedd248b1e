"""Public checkpoints into Cursal's networks, from local files, with a report of every tensor."""

from training.convert.loading import LoadReport, load_pretrained
from training.convert.registry import Weights, find, registry

__all__ = ["LoadReport", "Weights", "find", "load_pretrained", "registry"]
