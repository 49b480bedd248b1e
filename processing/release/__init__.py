"""A finished dataset: written to a folder in one of the three layouts, packed, and unpacked again."""

from processing.release.archive import pack, unpack
from processing.release.clips import ReleaseItem
from processing.release.write import ReleaseSummary, write_release

__all__ = ["ReleaseItem", "ReleaseSummary", "pack", "unpack", "write_release"]
