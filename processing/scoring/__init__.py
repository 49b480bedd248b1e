"""Scoring predicted saliency videos: the modes, one clip in one mode, and what is shared by many clips."""

from processing.scoring.compatible import Compatible
from processing.scoring.corrected import Corrected
from processing.scoring.crowdsal import CrowdSal
from processing.scoring.mode import Mode

MODES: dict[str, Mode] = {mode.name: mode for mode in (Compatible(), CrowdSal(), Corrected())}

__all__ = ["MODES", "Mode"]
