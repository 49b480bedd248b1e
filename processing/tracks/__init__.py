"""Tracks in media time and video pixels, and the CSV files that carry them."""

from processing.tracks.csv_file import read_csv, write_csv
from processing.tracks.header import COLUMNS
from processing.tracks.track import LONGEST_GAP_US, Dropped, Track

__all__ = ["COLUMNS", "LONGEST_GAP_US", "Dropped", "Track", "read_csv", "write_csv"]
