"""Tracks in media time and video pixels; `csv_file` has the files that carry them.

The files are not imported here: web processes know tracks, and must not load what reads a million rows a second.
"""

from processing.tracks.track import LONGEST_GAP_US, Dropped, Track

__all__ = ["LONGEST_GAP_US", "Dropped", "Track"]
