"""The layouts of AIM24 and NTIRE26: a split file beside folders of videos, maps and fixations.

They differ in the name of the folder of fixation pictures alone. Both test parts lie under Test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from processing.errors import BadInput
from processing.layouts.documents import read_json, write_json
from processing.layouts.facts import facts_by_clip
from processing.layouts.layout import Split
from processing.layouts.names import TRAIN, side_of


@dataclass(frozen=True)
class SplitFileLayout:
    """Names and nesting, as paths relative to the dataset's folder.

    pictures: the folder of binary pictures beside a clip's fixations.json, one a frame; lossy (repeated points merge)
    and never scored.
    """

    name: str
    pictures: str

    SPLIT_FILE: ClassVar = PurePosixPath("TrainTestSplit.json")
    VIDEO_INFO: ClassVar = PurePosixPath("VideoInfo.json")
    folders: ClassVar = ("Videos", "SaliencyTrain", "SaliencyTest", "FixationsTrain", "FixationsTest")
    video_folders: ClassVar = ("Videos",)
    split_source: ClassVar = str(SPLIT_FILE)
    documents: ClassVar = (
        f"`{SPLIT_FILE}`: the names of each part. `{VIDEO_INFO}`: licence, size, rate and more of each clip."
    )

    def video(self, name: str, part: str = TRAIN) -> PurePosixPath:
        """All videos lie together, whatever their part."""
        return PurePosixPath("Videos", f"{name}.mp4")

    def saliency(self, name: str, part: str) -> PurePosixPath:
        return self.saliency_folder(part) / f"{name}.mp4"

    def fixations_file(self, name: str, part: str) -> PurePosixPath:
        return self.fixations_folder(part) / name / "fixations.json"

    def fixation_pictures(self, name: str, part: str) -> PurePosixPath:
        return self.fixations_folder(part) / name / self.pictures

    def saliency_folder(self, part: str) -> PurePosixPath:
        side = side_of(part)
        return PurePosixPath(f"Saliency{side}", side)

    def fixations_folder(self, part: str) -> PurePosixPath:
        side = side_of(part)
        return PurePosixPath(f"Fixations{side}", side)

    def evaluate_options(self, part: str) -> str:
        return f"--split-file {self.SPLIT_FILE} --subset {part}"

    def read_split(self, root: Path) -> Split:
        return read_split(root / self.SPLIT_FILE)

    def read_facts(self, root: Path, split: Split) -> dict[str, dict[str, Any]]:
        path = root / self.VIDEO_INFO
        if not path.exists():
            return {}
        document = read_json(path)
        if not isinstance(document, dict | list):
            raise BadInput(f"{path.name} must be an object of facts by name, or a list of objects")
        return facts_by_clip(document, {name for names in split.values() for name in names})

    def write_documents(
        self, root: Path, split: Split, facts: Mapping[str, Mapping[str, Any]] | None
    ) -> None:
        write_json(root / self.SPLIT_FILE, split)
        if facts is not None:
            write_json(root / self.VIDEO_INFO, facts)


AIM24 = SplitFileLayout("AIM24", "fixations")
NTIRE26 = SplitFileLayout("NTIRE26", "fixations_maps")


def read_split(path: Path) -> dict[str, tuple[str, ...]]:
    """Part → names without ``.mp4`` (both spellings are read; a name given twice in a part counts once).

    Raises BadInput for a missing or broken file, a name that is a path, and a name in two parts.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in document.values()
    ):
        raise BadInput(f'{path.name} must be an object of lists of names, such as {{"train": ["clip"]}}')
    split = {
        part: tuple(dict.fromkeys(name.removesuffix(".mp4") for name in names))
        for part, names in document.items()
    }
    seen: dict[str, str] = {}
    for part, names in split.items():
        for name in names:
            if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
                raise BadInput(f"{path.name} holds {name!r}, which is not the name of a clip")
            if seen.setdefault(name, part) != part:
                raise BadInput(f"{path.name} holds {name} in {seen[name]} and in {part}")
    return split
