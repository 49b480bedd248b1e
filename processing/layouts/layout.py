"""What a layout has to say: where each file of a clip lies, and in which documents names and facts stand."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

Split = Mapping[str, tuple[str, ...]]


class Layout(Protocol):
    """One of the field's three ways to lay a dataset out. Paths are relative to the dataset's folder."""

    @property
    def name(self) -> str:
        """What the field calls it: AIM24, NTIRE26 or CrowdSAL."""

    @property
    def folders(self) -> Sequence[str]:
        """The folders that hold nothing but clips' files."""

    @property
    def video_folders(self) -> Sequence[str]:
        """Those of them that hold videos; a folder of private truth has none."""

    @property
    def split_source(self) -> str:
        """Where a clip's part is written, in words."""

    @property
    def documents(self) -> str:
        """The documents with names and facts, in words for a reader."""

    def video(self, name: str, part: str) -> PurePosixPath:
        """The clip itself."""

    def saliency(self, name: str, part: str) -> PurePosixPath:
        """Its map."""

    def fixations_file(self, name: str, part: str) -> PurePosixPath:
        """Its fixation points."""

    def fixation_pictures(self, name: str, part: str) -> PurePosixPath | None:
        """The folder of binary pictures, one a frame; None in a layout without."""

    def saliency_folder(self, part: str) -> PurePosixPath:
        """The folder of a part's maps, as `cursal evaluate --truth` takes it."""

    def fixations_folder(self, part: str) -> PurePosixPath:
        """The folder of a part's fixation points, as `cursal evaluate --fixations` takes it."""

    def evaluate_options(self, part: str) -> str:
        """What `cursal evaluate` needs besides the folders."""

    def read_split(self, root: Path) -> Split:
        """Part -> names of its clips. Raises BadInput where it cannot be told."""

    def read_facts(self, root: Path, split: Split) -> dict[str, dict[str, Any]]:
        """Facts by clip, empty where the folder holds none. Raises BadInput for a broken document."""

    def write_documents(
        self, root: Path, split: Split, facts: Mapping[str, Mapping[str, Any]] | None
    ) -> None:
        """Write names and parts, and the facts of each clip where given."""


def picture_name(frame: int) -> str:
    """The picture of a 0-based frame; pictures are numbered from 001."""
    return f"{frame + 1:03d}.png"
