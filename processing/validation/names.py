"""Which files a submission has to hold, and what the ones beside them were probably meant to be."""

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from processing.validation.report import Finding

STRANGER = "does not belong"


def name_faults(files: Collection[str], names: Sequence[str]) -> list[Finding]:
    """What is missing and what does not belong, of files that should be NAME.mp4 for each of `names`.

    files: paths relative to the submission's root, with '/'; folders end with it.
    """
    folder = folder_around(files, names)
    found = []
    if folder:
        found.append(
            Finding(
                "", f"everything lies in the folder {folder}: hand in what is in it, not the folder itself"
            )
        )
    wanted = {f"{name}.mp4" for name in names}
    present = {name.removeprefix(folder) for name in files if not name.endswith("/")}
    missing = wanted - present
    strangers = []
    for name in sorted(present - wanted):
        meant = _meant(name, missing)
        if meant is not None:
            missing.discard(meant)
            strangers.append(Finding(name, f"has to be called {meant}: rename it"))
        else:
            strangers.append(Finding(name, f"{STRANGER}: put NAME.mp4 files at the top, nothing else"))
    return found + [Finding(name, "is missing: add it") for name in sorted(missing)] + strangers


def folder_around(files: Collection[str], names: Sequence[str]) -> str:
    """The one folder, with its '/', that a submission was packed with by mistake; empty when there is none."""
    present = [name for name in files if not name.endswith("/")]
    tops = {name.partition("/")[0] for name in present}
    if len(tops) != 1 or not all("/" in name for name in present):
        return ""
    folder = f"{tops.pop()}/"
    return folder if any(f"{folder}{name}.mp4" in present for name in names) else ""


def _meant(name: str, missing: Collection[str]) -> str | None:
    """The missing file that this one is a slip of: capitals, a doubled or another ending, a folder before it."""
    stem = PurePosixPath(name.replace("\\", "/")).name.casefold()
    for ending in (".mp4.mp4", ".mp4", ".mov", ".mkv", ".avi", ".webm"):
        stem = stem.removesuffix(ending)
    return next((other for other in sorted(missing) if other.removesuffix(".mp4").casefold() == stem), None)
