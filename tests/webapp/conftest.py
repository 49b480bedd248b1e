"""A study with tiny clips and finished, valid tracks, as capture leaves it behind."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import timezone

FPS = Fraction(30)
FRAMES = 20
WIDTH, HEIGHT = 64, 48
LICENCE = "CC0-1.0"


@dataclass
class Scene:
    """Makes rows and files of capture; every clip and hand follows from its seed."""

    folder: Path
    clips: dict = field(default_factory=dict)

    def stimulus(self, name, *, seed, licence=LICENCE):
        from collector import blobs
        from collector.models import Rendition, Stimulus
        from processing.synthetic import SyntheticClip, write_clip

        clip = SyntheticClip(seed, WIDTH, HEIGHT, FPS, FRAMES)
        path = self.folder / f"{name}.mp4"
        write_clip(path, clip)
        blob = blobs.store("media", path)
        stimulus = Stimulus.objects.create(
            name=name, licence=licence, original_sha256=blob.sha256, state="done", synthetic=True
        )
        rendition = Rendition.objects.create(
            stimulus=stimulus,
            sha256=blob.sha256,
            bytes=blob.bytes,
            fps_num=FPS.numerator,
            fps_den=FPS.denominator,
            frames=FRAMES,
            width=WIDTH,
            height=HEIGHT,
        )
        self.clips[rendition.pk] = clip
        return stimulus

    def study(self, slug="clouds", *, clips=3, observers=2, target=2, simulated=True, licence=LICENCE):
        from collector.services import studies
        from collector.study_document import StudyDocument

        study = studies.study_create(slug=slug, title=slug.title(), simulated=simulated)
        stimuli = [
            self.stimulus(f"{slug}-{'abcdefgh'[n]}", seed=n + 1, licence=licence) for n in range(clips)
        ]
        studies.study_version_freeze(
            study=study,
            document=StudyDocument(title=slug.title(), target_observers=target, clips_per_visit=clips),
            stimuli=stimuli,
        )
        for seed in range(observers):
            self.observer(study, seed=seed)
        return study

    def observer(self, study, *, seed, simulated=True):
        """One more observer who watched every clip of the study."""
        from collector.models import Assignment, Observer, Slot

        observer = Observer.objects.create(study=study, simulated=simulated)
        assignment = Assignment.objects.create(
            observer=observer, version=study.version, seed=seed, step=Assignment.Step.DONE
        )
        rows = study.version.study_stimuli.order_by("pk")
        for position, row in enumerate(rows, start=1):
            slot = Slot.objects.create(
                assignment=assignment,
                stimulus=row.stimulus,
                position=position,
                reserved_until=timezone.now() + timedelta(hours=1),
            )
            self._track(slot, seed=100 * seed + position)
        return observer

    def _track(self, slot, *, seed):
        from collector import blobs
        from collector.models import Track, Trial, Verdict
        from collector.simulation.recording import Window, record
        from collector.tracks.columns import join_chunks
        from collector.tracks.file import write_track
        from processing.synthetic import simulate_hand, watch

        rendition = slot.stimulus.rendition
        hand = simulate_hand(
            watch(self.clips[rendition.pk], seed=seed),
            seed=seed,
            width=WIDTH,
            height=HEIGHT,
            end_us=1_500_000,
        )
        chunks = record(
            hand,
            fps=FPS,
            frames=FRAMES,
            width=WIDTH,
            height=HEIGHT,
            hold_after_end_s=0.8,
            chunk_interval_ms=1000,
            window=Window(),
            t_start_us=5_000_000,
        )
        trial = Trial.objects.create(
            slot=slot, rendition=rendition, number=1, phase=Trial.Phase.FINISHED, state="done"
        )
        path = self.folder / f"{trial.pk}.parquet"
        write_track(path, join_chunks(chunks), {"trial": str(trial.pk)})
        blob = blobs.store("tracks", path)
        track = Track.objects.create(
            trial=trial, sha256=blob.sha256, bytes=blob.bytes, samples=1, moves=1, marks=1
        )
        Verdict.objects.create(track=track, grade=Verdict.Grade.VALID, rules_fingerprint="")
        return track

    def recipe(self, name="plain", **keys):
        from webapp.datasets.services import recipe_freeze

        return recipe_freeze(name=name, document={"sigma_px": 4.0} | keys)

    def built(self, study, recipe):
        """Finished builds of a study."""
        from webapp.datasets.services import builds_request
        from webapp.datasets.services.building import build_make

        builds = builds_request(study=study, recipe=recipe)
        for build in builds:
            build_make(build.pk)
            build.refresh_from_db()
        return builds

    def released(self, study, recipe, **arguments):
        """A finished release of a study, with its builds."""
        from webapp.datasets.services import release_request
        from webapp.datasets.services.publishing import release_make

        self.built(study, recipe)
        release = release_request(study=study, recipe=recipe, **arguments)
        release_make(release.pk)
        release.refresh_from_db()
        return release


@pytest.fixture
def scene(transactional_db, tmp_path) -> Scene:
    """Maker of studies; the lease thread needs rows that are committed, hence a real transaction."""
    return Scene(tmp_path)
