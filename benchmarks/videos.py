"""Somebody's own videos, for benches that take them."""

from pathlib import Path

SUFFIXES = {".mp4", ".mov", ".webm", ".mkv"}


def videos_in(folder: Path) -> tuple[Path, ...]:
    """The videos of a folder in the order of their names; raises ValueError when it holds none."""
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"no videos in {folder}: give a folder with {', '.join(sorted(SUFFIXES))}")
    return tuple(path.resolve() for path in found)
