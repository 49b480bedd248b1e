"""How a dataset lies on disk: the AIM24 layout, its names and its fixation files.

This is the only file that writes points as (row, col). A frame's points are int64 ``(N, 2)``, origin top
left, repeated points kept.
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput

Points = NDArray[np.int64]

TRAIN, PUBLIC_TEST, PRIVATE_TEST = PARTS = ("train", "public_test", "private_test")

# No picture has so many rows; nan and infinities are not below it either.
_ANYTHING_LIKE_A_PICTURE = 1 << 31

# Plain on every file system, in every shell and in an unquoted glob: the published scorer splits its command
# lines at blanks.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,119}")


class AIM24:
    """Names and nesting of the AIM24 set, as paths relative to its root. Both test parts lie under Test."""

    SPLIT_FILE = PurePosixPath("TrainTestSplit.json")
    VIDEO_INFO = PurePosixPath("VideoInfo.json")

    @staticmethod
    def video(name: str) -> PurePosixPath:
        return PurePosixPath("Videos", f"{name}.mp4")

    @staticmethod
    def saliency(name: str, part: str) -> PurePosixPath:
        return AIM24.saliency_folder(part) / f"{name}.mp4"

    @staticmethod
    def fixations_file(name: str, part: str) -> PurePosixPath:
        return AIM24.fixations_folder(part) / name / "fixations.json"

    @staticmethod
    def fixation_pictures(name: str, part: str) -> PurePosixPath:
        """The folder of binary pictures, one a frame; lossy (repeated points merge) and never scored."""
        return AIM24.fixations_folder(part) / name / "fixations"

    @staticmethod
    def picture_name(frame: int) -> str:
        """The picture of a 0-based frame; pictures are numbered from 001."""
        return f"{frame + 1:03d}.png"

    @staticmethod
    def saliency_folder(part: str) -> PurePosixPath:
        side = _side(part)
        return PurePosixPath(f"Saliency{side}", side)

    @staticmethod
    def fixations_folder(part: str) -> PurePosixPath:
        side = _side(part)
        return PurePosixPath(f"Fixations{side}", side)


@dataclass(frozen=True)
class Dataset:
    """A dataset folder in the AIM24 layout; `open_dataset` makes one."""

    root: Path
    split: Mapping[str, tuple[str, ...]]

    def parts(self) -> dict[str, list[str]]:
        """Part → names of its clips, in the order of the split file."""
        return {part: list(names) for part, names in self.split.items()}

    def part_of(self, name: str) -> str:
        """Raises BadInput when the split file does not hold the name."""
        for part, names in self.split.items():
            if name in names:
                return part
        raise BadInput(f"{name} is not in {AIM24.SPLIT_FILE} of this dataset")

    def video(self, name: str) -> Path:
        self.part_of(name)
        return self._present(AIM24.video(name), "video")

    def saliency(self, name: str) -> Path:
        return self._present(AIM24.saliency(name, self.part_of(name)), "saliency map")

    def fixations_file(self, name: str) -> Path:
        return self._present(AIM24.fixations_file(name, self.part_of(name)), "fixations")

    def video_info(self) -> dict[str, dict[str, Any]]:
        """Facts by clip, empty when the folder has no VideoInfo.json."""
        path = self.root / AIM24.VIDEO_INFO
        return read_json(path) if path.exists() else {}

    def _present(self, relative: PurePosixPath, what: str) -> Path:
        path = self.root / relative
        if not path.is_file():
            raise BadInput(
                f"the {what} {relative} is not in this folder: "
                "the public folder holds no truth of private_test, the private one no other"
            )
        return path


def open_dataset(root: Path) -> Dataset:
    """Open a dataset folder by its split file. Raises BadInput when it has none, or a broken one."""
    return Dataset(root=Path(root), split=read_split(Path(root) / AIM24.SPLIT_FILE))


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


def check_names(names: Sequence[str]) -> None:
    """Refuse names that the layout or the published scorer would stumble over.

    The scorer finds a clip by the glob ``NAME*``: of two names, none may begin with the other. Names that
    differ only in case would be one file on some systems. Raises BadInput with the first offence.
    """
    for name in names:
        if not _SAFE_NAME.fullmatch(name) or name.endswith(".mp4"):
            raise BadInput(
                f"{name!r} cannot be a clip's name in a release: use up to 120 letters, digits, '_', '-' and "
                "'.', a letter or digit first, and no .mp4 at the end"
            )
    # Sorted, a name that begins others stands right before one of them.
    for first, second in itertools.pairwise(sorted(name.casefold() for name in names)):
        if first == second:
            raise BadInput(f"two clips are named {first!r} (capitals do not tell names apart): rename one")
        if second.startswith(first):
            raise BadInput(
                f"the name {first!r} begins the name {second!r}, and the published scorer would mix them up: "
                "rename one"
            )


def read_fixations(path: Path) -> list[Points]:
    """A ``fixations.json``: for each frame its points, int64 ``(N, 2)`` as (row, col), N may be 0.

    Whether points lie inside the picture is for the caller, who knows its size.
    Raises BadInput, naming the frame (0-based), for anything else than whole numbers in pairs.
    """
    return [_points(frame, index, path) for index, frame in enumerate(_frames(path))]


def read_cut_fixations(path: Path) -> tuple[list[Points], int]:
    """As `read_fixations`, with fractions cut off towards 0, and in how many frames there were any."""
    frames = [_points(frame, index, path, kinds="if") for index, frame in enumerate(_frames(path))]
    fractions = sum(points.dtype.kind == "f" for points in frames)
    return [points.astype(np.int64) for points in frames], fractions


def write_fixations(path: Path, per_frame: Iterable[Points]) -> None:
    """Write each frame's points, int64 ``(N, 2)`` as (row, col), one frame a line. The same points give the
    same bytes."""
    lines = [
        json.dumps(np.asarray(points, dtype=np.int64).reshape(-1, 2).tolist(), separators=(",", ":"))
        for points in per_frame
    ]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n", encoding="utf-8")


def write_json(path: Path, document: Any) -> None:
    """Readable JSON with sorted keys: the same document gives the same bytes."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _side(part: str) -> str:
    if part not in PARTS:
        raise BadInput(f"{part!r} is not a part of a dataset: the parts are {', '.join(PARTS)}")
    return "Train" if part == TRAIN else "Test"


def _frames(path: Path) -> list[Any]:
    document = read_json(path)
    if not isinstance(document, list):
        raise BadInput(f"{path.name} must be a list with one entry a frame")
    return document


def _points(frame: Any, index: int, path: Path, kinds: str = "i") -> NDArray[Any]:
    if isinstance(frame, list) and not frame:
        return np.empty((0, 2), dtype=np.int64)
    try:
        points = np.array(frame)
    except ValueError:  # lists of unequal length
        points = np.empty(0)
    if (
        not isinstance(frame, list)
        or points.ndim != 2
        or points.shape[1] != 2
        or points.dtype.kind not in kinds
    ):
        raise BadInput(f"frame {index} of {path.name} must be a list of [row, col] pairs of whole numbers")
    if not (np.abs(points) < _ANYTHING_LIKE_A_PICTURE).all():
        raise BadInput(f"frame {index} of {path.name} has a number that is no place in a picture")
    return points


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises BadInput when it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"there is no {path.name} in {path.parent}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name} cannot be read as JSON: {error}") from error
