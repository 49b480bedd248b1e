"""Is a release fit to be published and scored against? Its split, names, videos, maps and fixations, side by side."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from processing.errors import BadInput
from processing.layouts import PRIVATE_TEST, Dataset, Points, name_faults, open_dataset, read_fixations
from processing.release.archive import unpack
from processing.scoring.checks import point_faults
from processing.validation.archive import is_shadow
from processing.validation.report import Report
from processing.validation.videos import check_coding, facts_of
from processing.video import VideoFacts

_MAP_BITS = 10


def check_release(path: Path) -> Report:
    """Check a release's public or private folder in any of the three layouts. Nothing but single frames is decoded.

    The public folder has all videos, and the truth of train and public_test; the private one has the truth of
    private_test. Raises BadInput when it cannot be told which clips it should hold.
    """
    report = Report("release")
    dataset = open_dataset(path)
    layout = dataset.layout
    parts = dataset.parts()
    for fault in name_faults([name for names in parts.values() for name in names]):
        report.fault(layout.split_source, fault)
    public = any((path / folder).is_dir() for folder in layout.video_folders)
    wanted: dict[str, tuple[str, ...]] = {}
    for part, names in parts.items():
        for name in names:
            truth = (str(layout.saliency(name, part)), str(layout.fixations_file(name, part)))
            if public:
                wanted[str(layout.video(name, part))] = (name, part)
            if (part == PRIVATE_TEST) != public:
                wanted.update(dict.fromkeys(truth, (name, part)))
            elif public:
                for file in truth:
                    if (path / file).exists():
                        report.fault(
                            file, f"is the truth of {PRIVATE_TEST}: take it out of what is handed out"
                        )
    missing = [file for file in wanted if not (path / file).is_file()]
    for file in missing:
        report.fault(file, f"is missing: add it, or take the clip out of {layout.split_source}")
    report.checked = len(wanted) - len(missing)
    _warn_of_strangers(report, dataset, wanted)

    videos = [file for file in wanted if file.endswith(".mp4") and file not in set(missing)]
    facts: dict[str, VideoFacts] = {}
    for file, found in facts_of((file, path / file) for file in videos):
        if isinstance(found, BadInput):
            report.fault(file, str(found).removeprefix(f"{Path(file).name}: "))
        else:
            facts[file] = found
    for part, names in parts.items():
        for name in names:
            _check_clip(report, dataset, name, part, facts)
    return report


def _check_clip(
    report: Report, dataset: Dataset, name: str, part: str, facts: Mapping[str, VideoFacts]
) -> None:
    """Video, map and fixations of one clip agree; what is not there was told before."""
    root, layout = dataset.root, dataset.layout
    saliency, fixations = str(layout.saliency(name, part)), str(layout.fixations_file(name, part))
    video, made = facts.get(str(layout.video(name, part))), facts.get(saliency)
    if made is not None:
        check_coding(report, saliency, made, bits=_MAP_BITS)
        if video is not None and made.frames != video.frames:
            report.fault(
                saliency, f"has {made.frames} frames, the video has {video.frames}: build the map again"
            )
        if video is not None and (made.width, made.height) != (video.width, video.height):
            report.fault(
                saliency,
                f"is {made.width}x{made.height}, the video is {video.width}x{video.height}: build the map again",
            )
    of = made or video
    if of is None or not (root / fixations).is_file():
        return
    try:
        points: list[Points] = read_fixations(root / fixations)
    except BadInput as error:
        report.fault(fixations, str(error))
        return
    if len(points) != of.frames:
        report.fault(fixations, f"lists {len(points)} frames, the video has {of.frames}: build it again")
    for fault in point_faults(points, of):
        report.fault(fixations, fault)


def _warn_of_strangers(report: Report, dataset: Dataset, wanted: Mapping[str, object]) -> None:
    """Videos and fixations of no clip that is named; descriptions and pictures may lie anywhere."""
    root = dataset.root
    told = {finding.file for finding in report.faults}
    for folder in dataset.layout.folders:
        for path in sorted((root / folder).rglob("*")):
            file = path.relative_to(root).as_posix()
            known = file in wanted or file in told or is_shadow(file)
            if path.suffix in (".mp4", ".json") and not known:
                report.warn(file, f"is in no part of {dataset.layout.split_source}: nobody will use it")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A release's zip as a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "release")
        unpack(path, folder)
        yield folder
