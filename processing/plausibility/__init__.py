"""What speaks for a recording being forged or replayed: reasons with numbers, and a score from 0 to 1.

A high score asks a person to look; nothing is ever rejected by it. Arrays in, reasons out.
"""

from processing.plausibility.copies import CoarsePath, Copy, coarse_path, find_copies
from processing.plausibility.examine import Clip, examine
from processing.plausibility.reasons import Reason, combined
from processing.plausibility.rules import Rules
from processing.plausibility.timing import Upload

__all__ = [
    "Clip",
    "CoarsePath",
    "Copy",
    "Reason",
    "Rules",
    "Upload",
    "coarse_path",
    "combined",
    "examine",
    "find_copies",
]
