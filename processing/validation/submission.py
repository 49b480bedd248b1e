"""Is a folder or a zip of predictions fit to be scored? Names, containers, numbers of frames, sizes, codings."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processing.errors import BadInput
from processing.scoring import MODES
from processing.validation.archive import archive_faults, is_shadow, opened, unpack_one
from processing.validation.names import STRANGER, folder_around, name_faults
from processing.validation.report import Report
from processing.validation.videos import check_coding, facts_of
from processing.video import VideoFacts

_PREDICTED_BITS = 10


@dataclass(frozen=True)
class Expected:
    """What a clip's prediction is held against: the truth's number of frames and size in pixels."""

    frames: int
    width: int
    height: int


def expected_of(truth: Mapping[str, Path]) -> dict[str, Expected]:
    """What the truth's videos say, by name. Raises BadInput for the first that cannot be read."""
    found = {}
    for name, facts in facts_of(truth.items()):
        if isinstance(facts, BadInput):
            raise BadInput(f"the truth cannot be read: {facts}") from facts
        found[name] = Expected(facts.frames, facts.width, facts.height)
    return found


def read_expected(path: Path) -> dict[str, Expected]:
    """Read ``{NAME: {"frames": n, "width": px, "height": px}}``. Raises BadInput for anything else, and for {}."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        expected = {
            str(name): Expected(int(of["frames"]), int(of["width"]), int(of["height"]))
            for name, of in document.items()
        }
    except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            f'{path.name} must be an object of {{"NAME": {{"frames": n, "width": px, "height": px}}}}'
        ) from error
    if not expected:
        raise BadInput(f"{path.name} names no clip: there is nothing to hold a submission against")
    return expected


def check_submission(path: Path, expected: Mapping[str, Expected], mode: str) -> Report:
    """Check NAME.mp4 of each name in a folder or a zip. Nothing but single frames is decoded.

    A zip's files are taken out one at a time. Raises BadInput for an unknown mode and where nothing is at `path`.
    """
    if mode not in MODES:
        raise BadInput(f"there is no mode {mode!r}: choose from {', '.join(MODES)}")
    if not path.exists():
        raise BadInput(f"there is neither a folder nor a zip at {path}")
    report = Report("submission")
    with (_folder if path.is_dir() else _zip)(path, expected, report) as videos:
        for name, facts in videos():
            report.checked += 1
            if isinstance(facts, BadInput):
                report.fault(f"{name}.mp4", _without_name(str(facts), f"{name}.mp4"))
            else:
                _check_video(report, f"{name}.mp4", facts, expected[name], mode)
    return report


Videos = Callable[[], Iterator[tuple[str, VideoFacts | BadInput]]]


@contextmanager
def _folder(path: Path, expected: Mapping[str, Expected], report: Report) -> Iterator[Videos]:
    every = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    files = {file for file in every if not is_shadow(file)}
    for finding in name_faults(files, list(expected)):
        # What lies beside the predictions is never looked at by the scorer, so it does no harm in a folder.
        (report.warnings if finding.text.startswith(STRANGER) else report.faults).append(finding)
    root = path / folder_around(files, list(expected))
    there = [(name, root / f"{name}.mp4") for name in sorted(expected) if (root / f"{name}.mp4").is_file()]
    yield lambda: facts_of(there)


@contextmanager
def _zip(path: Path, expected: Mapping[str, Expected], report: Report) -> Iterator[Videos]:
    with opened(path) as archive, tempfile.TemporaryDirectory() as scratch:
        report.faults += archive_faults(archive, list(expected))
        unfit = {finding.file for finding in report.faults}
        there = set(archive.namelist()) - unfit
        folder = folder_around([name for name in there if not is_shadow(name)], list(expected))

        def videos() -> Iterator[tuple[str, VideoFacts | BadInput]]:
            for name in sorted(expected):
                entry = f"{folder}{name}.mp4"
                if entry not in there:
                    continue
                target = Path(scratch, f"{name}.mp4")
                try:
                    unpack_one(archive, entry, target)
                    yield from facts_of([(name, target)])
                except BadInput as error:
                    yield name, error
                finally:
                    target.unlink(missing_ok=True)

        yield videos


def _check_video(report: Report, file: str, facts: VideoFacts, expected: Expected, mode: str) -> None:
    if facts.frames != expected.frames:
        report.fault(
            file,
            f"has {facts.frames} frames, the clip has {expected.frames}: predict one map for every frame",
        )
    size, wanted = f"{facts.width}x{facts.height}", f"{expected.width}x{expected.height}"
    if size != wanted:
        if MODES[mode].resizes:
            report.warn(file, f"is {size}, the clip is {wanted}: it will be resized")
        else:
            report.fault(
                file, f"is {size}, the clip is {wanted}: the mode {mode} resizes nothing, write that size"
            )
    check_coding(report, file, facts, bits=_PREDICTED_BITS)


def _without_name(reason: str, name: str) -> str:
    """Readers begin their reasons with the file's name, and so does a report."""
    return reason.removeprefix(f"{name}: ")
