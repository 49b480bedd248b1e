"""A study as capture leaves it behind, with hands from a generator, and a release of its builds."""

import json
import zipfile
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from django.utils import timezone

from benchmarks.scale.size import Size
from collector import blobs
from collector.models import Assignment, Observer, Rendition, Slot, Stimulus, Study, Track, Trial, Verdict
from collector.services import studies
from collector.simulation.recording import Window, record
from collector.study_document import StudyDocument
from collector.tracks.columns import join_chunks
from collector.tracks.file import write_track
from processing.synthetic import SyntheticClip, simulate_hand, watch, write_clip
from webapp.datasets.models import Build, Release, ReleaseItem, Split
from webapp.leaderboard.models import Evaluation, Submission
from webapp.leaderboard.services import submission_record

FPS = Fraction(30)


def make_study(size: Size, folder: Path) -> Study:
    """An open study of `size.clips` clips, each with `size.observers` valid tracks."""
    study = studies.study_create(slug="scale", title="Scale", simulated=True)
    clips = [SyntheticClip(seed, size.width, size.height, FPS, size.frames) for seed in range(size.clips)]
    stimuli = [_stimulus(f"clip-{seed}", clip, size.frames, folder) for seed, clip in enumerate(clips)]
    document = StudyDocument(title="Scale", target_observers=1, clips_per_visit=size.clips)
    studies.study_version_freeze(study=study, document=document, stimuli=stimuli)
    for seed in range(size.observers):
        _watch(study, size, stimuli, clips, seed, folder)
    return study


def _stimulus(name: str, clip: SyntheticClip, frames: int, folder: Path) -> Stimulus:
    path = folder / f"{name}.mp4"
    write_clip(path, clip)
    blob = blobs.store("media", path)
    stimulus = Stimulus.objects.create(
        name=name, licence="CC0-1.0", original_sha256=blob.sha256, state="done", synthetic=True
    )
    Rendition.objects.create(
        stimulus=stimulus,
        sha256=blob.sha256,
        bytes=blob.bytes,
        fps_num=FPS.numerator,
        fps_den=FPS.denominator,
        frames=frames,
        width=clip.width,
        height=clip.height,
    )
    return stimulus


def _watch(
    study: Study, size: Size, stimuli: list[Stimulus], clips: list[SyntheticClip], seed: int, folder: Path
) -> None:
    assert study.version is not None
    observer = Observer.objects.create(study=study, simulated=True)
    visit = Assignment.objects.create(
        observer=observer, version=study.version, seed=seed, step=Assignment.Step.DONE
    )
    for position, (stimulus, clip) in enumerate(zip(stimuli, clips, strict=True), start=1):
        assert stimulus.rendition is not None
        slot = Slot.objects.create(
            assignment=visit,
            stimulus=stimulus,
            position=position,
            reserved_until=timezone.now() + timedelta(hours=1),
        )
        trial = Trial.objects.create(
            slot=slot, rendition=stimulus.rendition, number=1, phase=Trial.Phase.FINISHED, state="done"
        )
        hand = simulate_hand(
            watch(clip, seed=seed),
            seed=seed,
            width=clip.width,
            height=clip.height,
            end_us=round((clip.duration_s + 1) * 1e6),
        )
        chunks = record(
            hand,
            fps=clip.fps,
            frames=size.frames,
            width=clip.width,
            height=clip.height,
            hold_after_end_s=0.8,
            chunk_interval_ms=1000,
            window=Window(),
            t_start_us=5_000_000,
        )
        path = folder / "track.parquet"
        write_track(path, join_chunks(chunks), {"trial": str(trial.pk)})
        blob = blobs.store("tracks", path)
        track = Track.objects.create(
            trial=trial, sha256=blob.sha256, bytes=blob.bytes, samples=1, moves=1, marks=1
        )
        Verdict.objects.create(track=track, grade=Verdict.Grade.VALID, rules_fingerprint="")


def make_release(study: Study, builds: list[Build], number: int) -> Release:
    """A finished release with every build in its public test; no archives are written."""
    names = [build.rendition.stimulus.name for build in builds]
    split = Split.objects.create(
        study=study, seed=number, shares={}, document={"public_test": names}, fingerprint=f"scale {number}"
    )
    release = Release.objects.create(
        study=study,
        number=number,
        recipe=builds[0].recipe,
        split=split,
        title="Scale",
        contents_digest=f"scale {number}",
        state="done",
    )
    for build, name in zip(builds, names, strict=True):
        ReleaseItem.objects.create(release=release, build=build, name=name, part="public_test")
    return release


def hand_in(release: Release, folder: Path) -> Evaluation:
    """Predictions for every clip: its own map, which costs as much to score as any other."""
    path = folder / "predictions.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for item in release.items.select_related("build"):
            with blobs.open_blob("products", item.build.saliency_sha256) as source:
                packed.writestr(f"{item.name}.mp4", source.read())
    submission = submission_record(
        release=release,
        name="itself",
        subset=Submission.Subset.PUBLIC_TEST,
        kind=Submission.Kind.TEAM,
        blob=blobs.store("products", path),
    )
    return submission.evaluations.get()


def stored_bytes(builds: list[Build]) -> dict[str, int]:
    """Bytes of what builds left: maps, and fixations."""
    sums = {"maps": 0, "fixations": 0}
    for build in builds:
        sums["maps"] += blobs.size("products", build.saliency_sha256)
        sums["fixations"] += blobs.size("products", build.fixations_sha256)
    return sums


def points_of(build: Build) -> int:
    """Points in all frames of a build's list."""
    with blobs.open_blob("products", build.fixations_sha256) as source:
        return sum(len(frame) for frame in json.loads(source.read()))
