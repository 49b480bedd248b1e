"""A claimed build becomes fixation points and a map video. Only workers import this file: it loads the codecs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from collector import blobs, work
from collector.attempts import PacedProgress, attempt
from collector.models import Track
from collector.tracks.file import read_track
from processing import align, content, video
from processing.consistency.study import consistency, positions_under
from processing.errors import BadInput
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.tracks import Dropped
from webapp.datasets import selectors
from webapp.datasets.models import Build, ContentFeatures

# Enough for an interval that people look at; `cursal consistency` draws more.
_REPLICATES = 40


def build_make(build_id: int) -> None:
    """Make a waiting build; nothing happens when it is done, cancelled, or in somebody's hands.

    Products are stored under their checksums first and become official in the write that finishes the row, so a
    worker that dies or loses its lease anywhere before leaves nothing that counts.
    """
    build = work.claim(Build, build_id)
    if build is None:
        return
    with attempt(build) as trying:
        folder = trying.folder
        clip = blobs.fetch("media", build.rendition.sha256, folder / "clip.mp4")
        facts = video.probe(clip)
        aligned = _aligned(_tracks_of(build), facts)
        recipe = build.recipe.parameters
        report = process_stimulus(
            facts=facts,
            tracks=aligned.tracks,
            recipe=recipe,
            out_dir=folder / "out",
            dropped=aligned.dropped,
            progress=PacedProgress(build),
        )
        _measure_content(build, clip)
        document = report.document()
        released_clip = ""
        if recipe.tail == "trim" and document["frames"] < facts.frames:
            video.cut_clip(clip, folder / "trimmed.mp4", document["frames"])
            released_clip = blobs.store("products", folder / "trimmed.mp4").sha256
        work.complete(
            build,
            report=document
            | {"simulated": build.simulated, "consistency": _consistency_of(aligned.tracks, recipe, facts)},
            alignment=aligned.reports,
            observers_used=document["observers_used"],
            fixations_sha256=blobs.store("products", folder / "out" / "fixations.json").sha256,
            saliency_sha256=blobs.store("products", folder / "out" / "saliency.mp4").sha256,
            clip_sha256=released_clip,
        )


def _tracks_of(build: Build) -> list[Track]:
    tracks = list(
        build.tracks.select_related("trial__slot__assignment__observer").order_by(
            "trial__slot__assignment__observer__label"
        )
    )
    if selectors.unsound_builds([build]):
        raise BadInput(
            "some of its tracks were withdrawn or rejected after it was asked for: ask for a new build of this clip"
        )
    return tracks


@dataclass
class _Aligned:
    """Tracks in media time and video pixels; what alignment saw of each, by observer; and those it could not use."""

    tracks: list[align.Track] = field(default_factory=list)
    reports: dict[str, dict[str, int]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)


def _aligned(tracks: Iterable[Track], facts: video.VideoFacts) -> _Aligned:
    found = _Aligned()
    for track in tracks:
        label = track.trial.slot.assignment.observer.label
        try:
            in_video, report = align.align(
                read_track(track.sha256), label, facts.fps, facts.width, facts.height
            )
        except BadInput as problem:
            found.dropped.append(Dropped(label, str(problem)))
        else:
            found.tracks.append(in_video)
            found.reports[label] = asdict(report)
    return found


def _measure_content(build: Build, clip: Path) -> None:
    # The clip is at hand, so the numbers that the split needs are measured along with its first build.
    if not ContentFeatures.objects.filter(rendition=build.rendition).exists():
        ContentFeatures.objects.get_or_create(
            rendition=build.rendition, defaults={"features": asdict(content.features(clip))}
        )


def _consistency_of(tracks: list[align.Track], recipe: Recipe, facts: video.VideoFacts) -> dict[str, Any]:
    """How well the observers agree, without their names; or the reason why that cannot be said."""
    positions = positions_under(
        tracks, recipe, duration_s=facts.frames / facts.fps, width=facts.width, height=facts.height
    )
    try:
        found = consistency(
            positions,
            size=(facts.width, facts.height),
            sigma_px=recipe.sigma_for(facts.width, facts.height),
            replicates=_REPLICATES,
        ).document()
    except BadInput as problem:
        return {"reason": str(problem)}
    del found["leave_one_out"]["by_observer"]  # reports are published with releases
    return found
