"""CrowdSAL's layout: everything of the training clips under Train, of the test clips under Test.

The published set has no split file and no private part: what lies under Test is `public_test`. Ours states the part
in each line of metadata.jsonl, which other readers pass over. CrowdSAL numbers its clips; ours keep their names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from processing.errors import BadInput
from processing.layouts.documents import read_json_lines, write_json_lines
from processing.layouts.facts import facts_of_lines
from processing.layouts.layout import Split
from processing.layouts.names import PARTS, PUBLIC_TEST, TRAIN, side_of

SIDES = ("Train", "Test")
VIDEOS, SALIENCY, FIXATIONS, METADATA = "Videos", "Saliency", "Fixations", "metadata.jsonl"

_UNSTATED = {"Train": TRAIN, "Test": PUBLIC_TEST}


@dataclass(frozen=True)
class TwoFolderLayout:
    """Names and nesting, as paths relative to the dataset's folder."""

    name: str = "CrowdSAL"

    folders: ClassVar = tuple(f"{side}/{kind}" for side in SIDES for kind in (VIDEOS, SALIENCY, FIXATIONS))
    video_folders: ClassVar = tuple(f"{side}/{VIDEOS}" for side in SIDES)
    split_source: ClassVar = "the folders Train and Test"
    documents: ClassVar = (
        f"`Train/{METADATA}`, `Test/{METADATA}`: a line a clip, with its name, part, licence, size, rate and "
        "more."
    )

    def video(self, name: str, part: str) -> PurePosixPath:
        return PurePosixPath(side_of(part), VIDEOS, f"{name}.mp4")

    def saliency(self, name: str, part: str) -> PurePosixPath:
        return self.saliency_folder(part) / f"{name}.mp4"

    def fixations_file(self, name: str, part: str) -> PurePosixPath:
        return self.fixations_folder(part) / f"{name}.json"

    def fixation_pictures(self, name: str, part: str) -> None:
        return None

    def saliency_folder(self, part: str) -> PurePosixPath:
        return PurePosixPath(side_of(part), SALIENCY)

    def fixations_folder(self, part: str) -> PurePosixPath:
        return PurePosixPath(side_of(part), FIXATIONS)

    def evaluate_options(self, part: str) -> str:
        return "--mode crowdsal"

    def read_split(self, root: Path) -> Split:
        """Names by part, sorted: what has a video, a map or fixations, and what metadata.jsonl gives a part.

        Raises BadInput for a clip on both sides, and for one whose stated part lies on the other side.
        """
        split: dict[str, list[str]] = {part: [] for part in PARTS}
        sides: dict[str, str] = {}
        for side in SIDES:
            stated = _stated_parts(root, side)
            for name in sorted({*_names_on(root / side), *stated}):
                if sides.setdefault(name, side) != side:
                    raise BadInput(f"{name} lies under Train and under Test: keep one of them")
                split[stated.get(name, _UNSTATED[side])].append(name)
        return {part: tuple(names) for part, names in split.items()}

    def read_facts(self, root: Path, split: Split) -> dict[str, dict[str, Any]]:
        clips = {name for names in split.values() for name in names}
        found = {}
        for path in (root / METADATA, *(root / side / METADATA for side in SIDES)):
            if path.is_file():
                found.update(facts_of_lines(read_json_lines(path), clips))
        return found

    def write_documents(
        self, root: Path, split: Split, facts: Mapping[str, Mapping[str, Any]] | None
    ) -> None:
        for side in SIDES:
            lines = []
            for part, names in split.items():
                for name in names if side_of(part) == side else ():
                    line = {"name": name, "part": part}
                    if facts is not None:
                        line |= {"file_name": f"{VIDEOS}/{name}.mp4", **facts[name]}
                    lines.append(line)
            (root / side).mkdir(parents=True, exist_ok=True)
            write_json_lines(root / side / METADATA, lines)


CROWDSAL = TwoFolderLayout()


def _names_on(side: Path) -> Iterator[str]:
    for kind, ending in ((VIDEOS, ".mp4"), (SALIENCY, ".mp4"), (FIXATIONS, ".json")):
        for path in (side / kind).glob(f"*{ending}"):
            if not path.name.startswith("._"):  # a Mac's shadow file
                yield path.name.removesuffix(ending)


def _stated_parts(root: Path, side: str) -> dict[str, str]:
    path = root / side / METADATA
    stated = {}
    for line in read_json_lines(path) if path.is_file() else []:
        name, part = line.get("name"), line.get("part")
        if not isinstance(name, str) or part not in PARTS:  # another's keys, not ours
            continue
        if side_of(part) != side:
            raise BadInput(
                f"{side}/{METADATA} puts {name} into the part {part!r}: {side} holds "
                + " and ".join(own for own in PARTS if side_of(own) == side)
            )
        stated[name] = part
    return stated
