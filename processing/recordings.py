"""Clips with their tracks, and the files they come from: given one by one, or listed in a manifest."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from processing.errors import BadInput
from processing.tracks import Track
from processing.tracks.csv_file import read_csv
from processing.video import probe

MANIFEST_COLUMNS = ("video", "tracks")


@dataclass(frozen=True)
class Recordings:
    """One clip of width x height px and `duration_s`: tracks of hands, and of eyes, in media time and video px."""

    name: str
    group: str
    width: int
    height: int
    duration_s: Fraction
    hands: Sequence[Track]
    eyes: Sequence[Track]


@dataclass(frozen=True)
class ClipFiles:
    """One clip's files; `gaze` is None where nobody tracked eyes."""

    video: Path
    tracks: Path
    gaze: Path | None
    group: str = ""


def clip_files(
    video: Sequence[Path], tracks: Sequence[Path], gaze: Sequence[Path], manifest: Path | None
) -> list[ClipFiles]:
    """Clips from options that were repeated in the same order, or from the manifest in their place.

    Raises BadInput for both together, for options of different numbers, and as `read_manifest` does.
    """
    if manifest is None:
        return paired(video, tracks, gaze)
    if video or tracks or gaze:
        raise BadInput("--manifest lists the clips; take out the other files")
    return read_manifest(manifest)


def paired(video: Sequence[Path], tracks: Sequence[Path], gaze: Sequence[Path]) -> list[ClipFiles]:
    """Clips from options that were repeated in the same order. Raises BadInput when their numbers differ."""
    if not video or len(video) != len(tracks) or len(gaze) not in (0, len(video)):
        raise BadInput(
            "give --video, --tracks and, if there is any, --gaze once for each clip and in the same order; "
            "or list the clips in a --manifest"
        )
    eyes: Sequence[Path | None] = gaze or [None] * len(video)
    return [ClipFiles(*files) for files in zip(video, tracks, eyes, strict=True)]


def read_manifest(path: Path) -> list[ClipFiles]:
    """A CSV with the columns video, tracks and optionally gaze and group; paths are relative to its folder.

    Raises BadInput for a missing column, a row without a file, an empty table, and gaze for some clips only.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name}: cannot be read as a CSV ({error}); give a table of clips") from error
    if not rows:
        raise BadInput(
            f"{path.name}: lists no clip; write one row a clip below {', '.join(MANIFEST_COLUMNS)}"
        )
    clips = []
    for number, row in enumerate(rows, 2):
        cells = {
            (key or "").strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)
        }
        for column in MANIFEST_COLUMNS:
            if not cells.get(column):
                raise BadInput(f'{path.name}, line {number}: "{column}" is missing; name that file')
        gaze = path.parent / cells["gaze"] if cells.get("gaze") else None
        clips.append(
            ClipFiles(
                path.parent / cells["video"], path.parent / cells["tracks"], gaze, cells.get("group", "")
            )
        )
    if len({clip.gaze is None for clip in clips}) > 1:
        raise BadInput(f"{path.name}: some clips have gaze and some have none; calibrate them apart")
    return clips


def read_clips(files: Sequence[ClipFiles]) -> Iterator[Recordings]:
    """Each clip's recordings. Clips are named by their video, with a number where a name comes again."""
    names: dict[str, int] = {}
    for clip in files:
        facts = probe(clip.video)
        count = names[clip.video.stem] = names.get(clip.video.stem, 0) + 1
        hands, _ = read_csv(clip.tracks)
        yield Recordings(
            name=clip.video.stem if count == 1 else f"{clip.video.stem} ({count})",
            group=clip.group,
            width=facts.width,
            height=facts.height,
            duration_s=Fraction(facts.frames) / facts.fps,
            hands=hands,
            eyes=[] if clip.gaze is None else read_csv(clip.gaze, skip_lost=True)[0],
        )


def read_target(path: Path) -> Track:
    """The path of the dot that cursors had to follow: a CSV of tracks with a single observer."""
    tracks, _ = read_csv(path)
    if len(tracks) != 1:
        raise BadInput(f"{path.name}: holds {len(tracks)} paths; a target is one, under one name")
    return tracks[0]
