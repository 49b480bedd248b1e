"""A dataset's folder, opened whichever of the three layouts it has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from processing.errors import BadInput
from processing.layouts.layout import Layout, Split
from processing.layouts.split_file import AIM24, NTIRE26
from processing.layouts.two_folders import CROWDSAL, FIXATIONS, METADATA, SALIENCY, SIDES, VIDEOS

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (AIM24, NTIRE26, CROWDSAL)}

_CROWDSAL_SIGNS = {f"{side}/{kind}" for side in SIDES for kind in (VIDEOS, SALIENCY, FIXATIONS, METADATA)}

KNOWN_LAYOUTS = (
    f"AIM24 and NTIRE26 have {AIM24.SPLIT_FILE}, "
    f"CrowdSAL has Train and Test with {VIDEOS}, {SALIENCY}, {FIXATIONS}"
)


@dataclass(frozen=True)
class Dataset:
    """A dataset folder; `open_dataset` makes one."""

    root: Path
    split: Split
    layout: Layout = AIM24

    def parts(self) -> dict[str, list[str]]:
        """Part → names of its clips, in the order of the split file, or sorted where there is none."""
        return {part: list(names) for part, names in self.split.items()}

    def part_of(self, name: str) -> str:
        """Raises BadInput when no part holds the name."""
        for part, names in self.split.items():
            if name in names:
                return part
        raise BadInput(f"{name} is not in {self.layout.split_source} of this dataset")

    def video(self, name: str) -> Path:
        """The clip itself. Raises BadInput when this folder does not hold it."""
        return self._present(self.layout.video(name, self.part_of(name)), "video")

    def saliency(self, name: str) -> Path:
        """Its map. Raises BadInput when this folder does not hold it."""
        return self._present(self.layout.saliency(name, self.part_of(name)), "saliency map")

    def fixations_file(self, name: str) -> Path:
        """Its fixation points. Raises BadInput when this folder does not hold them."""
        return self._present(self.layout.fixations_file(name, self.part_of(name)), "fixations")

    def video_info(self) -> dict[str, dict[str, Any]]:
        """Facts by clip, empty when the folder tells none."""
        return self.layout.read_facts(self.root, self.split)

    def _present(self, relative: PurePosixPath, what: str) -> Path:
        path = self.root / relative
        if not path.is_file():
            raise BadInput(
                f"the {what} {relative} is not in this folder: "
                "the public folder holds no truth of private_test, the private one no other"
            )
        return path


def open_dataset(root: Path) -> Dataset:
    """Open a dataset folder in any of the three layouts.

    Raises BadInput when it is in none of them or it cannot be told in which, and when its parts are broken.
    """
    root = Path(root)
    layout = recognise(root)
    if layout is None:
        raise BadInput(
            f"there is no {AIM24.SPLIT_FILE} in {root}, and no other sign of a dataset ({KNOWN_LAYOUTS}): give the "
            "folder that holds it"
        )
    return Dataset(root, layout.read_split(root), layout)


def recognise(root: Path) -> Layout | None:
    """The layout of a folder, None when it is no dataset. Raises BadInput when it could be two."""
    return recognise_paths(_signs(root)) if root.is_dir() else None


def recognise_paths(paths: Iterable[str]) -> Layout | None:
    """As `recognise`, from paths of files or folders relative to the dataset's, with '/'.

    AIM24 and NTIRE26 are told apart by the folders of fixation pictures; without pictures they are the same.
    """
    has_split = has_maps = False
    of_crowdsal = ""
    for path in paths:
        parts = PurePosixPath(path).parts
        has_split |= parts == AIM24.SPLIT_FILE.parts
        has_maps |= parts[3:4] == (NTIRE26.pictures,)
        if "/".join(parts[:2]) in _CROWDSAL_SIGNS:
            of_crowdsal = "/".join(parts[:2])
    if has_split and of_crowdsal:
        raise BadInput(
            f"it cannot be told which layout this is: it has {AIM24.SPLIT_FILE}, as AIM24 and NTIRE26 have, and "
            f"{of_crowdsal}, as CrowdSAL has; keep each dataset in a folder of its own"
        )
    if has_split:
        return NTIRE26 if has_maps else AIM24
    return CROWDSAL if of_crowdsal else None


def _signs(root: Path) -> Iterator[str]:
    """The few paths of a folder that tell its layout, without a walk through all pictures."""
    patterns = (str(AIM24.SPLIT_FILE), *sorted(_CROWDSAL_SIGNS))
    yield from (pattern for pattern in patterns if (root / pattern).exists())
    pictures = next(root.glob(f"Fixations*/*/*/{NTIRE26.pictures}"), None)
    if pictures is not None:
        yield pictures.relative_to(root).as_posix()
