"""Writing a release: a public folder to hand out and a private one for the scorer.

The public folder holds every video, and the maps and fixations of train and public_test. The private folder
holds the maps and fixations of private_test under the same names, and nothing else. The same contents give
the same bytes: keys are sorted and there are no dates but those passed in.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from processing.errors import BadInput
from processing.layouts import AIM24, PARTS, PRIVATE_TEST, Layout, write_json
from processing.provenance import software
from processing.recipe import Recipe
from processing.release.clips import ReleasedClip, ReleaseItem, place, refuse_unfit
from processing.release.readme import About, private_readme, public_readme

SUMS_FILE = "SHA256SUMS"


@dataclass(frozen=True)
class ReleaseSummary:
    """What was written. clips: by part. public_sums_sha256: of SHA256SUMS, and so a name for the whole folder."""

    clips: Mapping[str, int]
    frames: int
    fixation_points: int
    not_30_fps: Mapping[str, str]
    map_error_levels: int
    public_files: int
    public_bytes: int
    private_files: int
    private_bytes: int
    public_sums_sha256: str
    private_sums_sha256: str

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def write_release(
    *,
    out_public: Path,
    out_private: Path,
    items: Sequence[ReleaseItem],
    recipe: Mapping[str, Any],
    title: str,
    description: str,
    simulated: bool,
    provenance: Mapping[str, Any],
    collection: str = "",
    version: str = "",
    pictures: bool = True,
    layout: Layout = AIM24,
    progress: Callable[[int, int], None] | None = None,
) -> ReleaseSummary:
    """Write both folders; they appear when they are complete, or not at all.

    recipe: the document of the recipe that made the maps. simulated: no person watched; said in every file
    that describes the data. provenance: JSON-able, goes into provenance.json. collection: a paragraph on how
    the tracks were collected. pictures: whether to draw the binary fixation pictures, which nobody scores;
    CrowdSAL has none. layout: one of `processing.layouts.LAYOUTS`. progress: called with (clips done, clips).
    Raises BadInput for an unfit name, part or clip, a missing licence, and a folder that is not empty.
    """
    refuse_unfit(items)
    made_by = Recipe.from_mapping(recipe)
    with _staged(Path(out_public)) as public, _staged(Path(out_private)) as private:
        clips = []
        for done, item in enumerate(sorted(items, key=lambda item: item.name)):
            if progress is not None:
                progress(done, len(items))
            truth = private if item.part == PRIVATE_TEST else public
            clips.append(place(item, layout, public, truth, made_by, pictures=pictures))
        about = About(title, description, simulated, collection, version, dict(recipe), clips, layout)
        _describe(public, private, about, provenance)
        summary = _summary(clips, public, private)
        if progress is not None:
            progress(len(items), len(items))
    return summary


def _describe(public: Path, private: Path, about: About, provenance: Mapping[str, Any]) -> None:
    split = {part: tuple(clip.name for clip in about.clips if clip.part == part) for part in PARTS}
    marked = {"simulated": about.simulated}
    for folder in (public, private):
        write_json(folder / "recipe.json", about.recipe)
        write_json(folder / "provenance.json", {**provenance, **marked, "software": software()})
    facts = {clip.name: {**clip.document(), **marked} for clip in about.clips}
    about.layout.write_documents(public, split, facts)
    about.layout.write_documents(private, split, None)
    (public / "README.md").write_text(public_readme(about), encoding="utf-8")
    (private / "README.md").write_text(private_readme(about), encoding="utf-8")
    for folder in (public, private):
        _write_sums(folder)


def _write_sums(folder: Path) -> None:
    """As ``sha256sum`` writes it, so that ``sha256sum -c SHA256SUMS`` checks the folder."""
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def _summary(clips: Sequence[ReleasedClip], public: Path, private: Path) -> ReleaseSummary:
    public_files, private_files = _files(public), _files(private)
    return ReleaseSummary(
        clips={part: sum(clip.part == part for clip in clips) for part in PARTS},
        frames=sum(clip.facts.frames for clip in clips),
        fixation_points=sum(clip.points for clip in clips),
        not_30_fps={clip.name: str(clip.document()["fps"]) for clip in clips if clip.facts.fps != 30},
        map_error_levels=max(clip.map_error_levels for clip in clips),
        public_files=len(public_files),
        public_bytes=sum(path.stat().st_size for path in public_files),
        private_files=len(private_files),
        private_bytes=sum(path.stat().st_size for path in private_files),
        public_sums_sha256=_sha256(public / SUMS_FILE),
        private_sums_sha256=_sha256(private / SUMS_FILE),
    )


def _files(folder: Path) -> list[Path]:
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A folder beside `target` that takes its name when the block ends well and vanishes when it does not."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} exists and is not an empty folder: give a new one")
    staging = target.with_name(f".{target.name}.partial")
    if staging.exists():
        shutil.rmtree(staging)  # left by a writer that was killed
    staging.mkdir(parents=True)
    try:
        yield staging
        if target.exists():
            target.rmdir()
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
