"""Attempts at claimed rows, under the name that the services of products know: they work as those of capture do."""

from collector.attempts import Attempt, PacedProgress, attempt

__all__ = ["Attempt", "PacedProgress", "attempt"]
