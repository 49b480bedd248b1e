"""A release's folder held against its own checksums and fixations, or against another copy or making of it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from processing.errors import BadInput
from processing.layouts import Dataset, open_dataset, read_fixations, read_json, recognise
from processing.recipe import Recipe
from processing.release.write import SUMS_FILE
from processing.verification.maps import compare_maps, compare_with_made, same_bytes
from processing.verification.verdict import Maps, Verdict
from processing.video import probe

RECIPE_FILE = "recipe.json"


def is_release(folder: Path) -> bool:
    """Whether a folder looks like a release in one of the three layouts, whole or not."""
    return recognise(folder) is not None


def verify_release(folder: Path, allowed_levels: int) -> Verdict:
    """Check every file against SHA256SUMS and make every clip's maps again from its fixations.

    Works on the public and on the private folder: each clip is checked whose maps it holds.
    """
    data, recipe = open_dataset(folder), _recipe(folder)
    stated = data.video_info()
    clips = []
    for name in _with_truth(data):
        maps, faults = None, []
        try:
            maps = _compare_with_made(data, name, stated.get(name, {}).get("sigma_px"), recipe)
        except BadInput as error:
            faults.append(str(error))
        clips.append(_named(name, Verdict.of_clip(faults, maps, allowed_levels)))
    return Verdict.together(clips, _sum_faults(folder))


def _compare_with_made(data: Dataset, name: str, stated: object, recipe: Recipe) -> Maps:
    points, facts = read_fixations(data.fixations_file(name)), probe(data.saliency(name))
    if len(points) != facts.frames:
        raise BadInput(f"the map has {facts.frames} frames, the fixations {len(points)}")
    sigma_px = recipe.sigma_for(facts.width, facts.height) if stated is None else stated
    return compare_with_made(data.saliency(name), points, facts, sigma_px, recipe.encoding)


def compare_releases(one: Path, other: Path, allowed_levels: int) -> Verdict:
    """Two copies or makings of a release, in one layout or two.

    Splits, fingerprints, fixations and videos have to be equal, maps nearly.
    """
    first, second = open_dataset(one), open_dataset(other)
    faults = []
    if first.parts() != second.parts():
        faults.append("the splits differ")
    if _recipe(one).fingerprint() != _recipe(other).fingerprint():
        faults.append(f"the recipes in {RECIPE_FILE} have other fingerprints")
    names, others = set(_with_truth(first)), set(_with_truth(second))
    faults += [f"{name}: only one of the releases holds its maps" for name in sorted(names ^ others)]
    clips = [_compare_clip(first, second, name, allowed_levels) for name in sorted(names & others)]
    return Verdict.together(clips, faults)


def _compare_clip(first: Dataset, second: Dataset, name: str, allowed_levels: int) -> Verdict:
    faults = []
    videos = [data.root / data.layout.video(name, data.part_of(name)) for data in (first, second)]
    if all(video.is_file() for video in videos) and not same_bytes(*videos):
        faults.append("the videos differ")
    maps = None
    try:
        if not same_bytes(first.fixations_file(name), second.fixations_file(name)):
            faults.append("the fixations differ")
        maps = compare_maps(first.saliency(name), second.saliency(name), probe(first.saliency(name)).frames)
    except BadInput as error:
        faults.append(str(error))
    return _named(name, Verdict.of_clip(faults, maps, allowed_levels))


def _with_truth(data: Dataset) -> list[str]:
    """The clips whose maps lie in this folder, by name."""
    return sorted(
        name
        for part, names in data.parts().items()
        for name in names
        if (data.root / data.layout.saliency(name, part)).is_file()
    )


def _recipe(folder: Path) -> Recipe:
    if not (folder / RECIPE_FILE).is_file():
        raise BadInput(
            f"{folder} has no {RECIPE_FILE}, so nobody knows how its maps were made: only releases that say so "
            "can be verified; `cursal validate` looks at any"
        )
    document = read_json(folder / RECIPE_FILE)
    if not isinstance(document, dict):
        raise BadInput(f"{folder / RECIPE_FILE} is no recipe")
    return Recipe.from_mapping(document, RECIPE_FILE)


def _sum_faults(folder: Path) -> Iterator[str]:
    """What SHA256SUMS and the files say differently."""
    path = folder / SUMS_FILE
    if not path.is_file():
        yield f"there is no {SUMS_FILE}"
        return
    lines = path.read_text("utf-8", "replace").splitlines()
    listed = dict(line.split("  ", 1)[::-1] for line in lines if "  " in line)
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()} - {
        SUMS_FILE
    }
    yield from (f"{name} is missing" for name in sorted(listed.keys() - there))
    yield from (f"{name} is not listed in {SUMS_FILE}" for name in sorted(there - listed.keys()))
    for name in sorted(listed.keys() & there):
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != listed[name]:
                yield f"{name} has other bytes than {SUMS_FILE} says"


def _named(name: str, verdict: Verdict) -> Verdict:
    return Verdict(
        verdict.held, tuple(f"{name}: {fault}" for fault in verdict.faults), verdict.maps, verdict.notes
    )
