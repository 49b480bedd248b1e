"""What preparing a stimulus leaves behind: a reference, and smaller views of it."""

from fractions import Fraction

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from collector import blobs, work
from collector.models import Rendition, Stimulus
from collector.services import preparation, stimuli
from processing.video import ClipWriter, probe

pytestmark = pytest.mark.django_db

Tier = Rendition.Tier


def stimulus_of(tmp_path, width, height, name="clip", frames=4):
    rng = np.random.default_rng(width)
    path = tmp_path / f"{name}.mp4"
    with ClipWriter(path, width=width, height=height, fps=Fraction(25)) as writer:
        for _ in range(frames):
            flat = rng.integers(0, 255, 3, dtype=np.uint8)
            writer.write(np.broadcast_to(flat, (height, width, 3)).copy())
    return stimuli.stimulus_add(path=path, name=name)


def prepared(tmp_path, width, height):
    stimulus = stimulus_of(tmp_path, width, height)
    preparation.stimulus_prepare(stimulus.pk)
    return stimulus


def rendition_row(stimulus, tier, reference=None):
    digest = f"{stimulus.pk}{tier}{Rendition.objects.count()}".ljust(64, "0")
    return Rendition.objects.create(
        stimulus=stimulus,
        tier=tier,
        reference=reference,
        sha256=digest,
        bytes=1,
        fps_num=30,
        fps_den=1,
        frames=1,
        width=64,
        height=36,
    )


@pytest.mark.parametrize(
    ("size", "views"),
    [
        ((2560, 1440), {"1080p": (1920, 1080), "720p": (1280, 720)}),
        ((1080, 1920), {"720p": (720, 1280)}),
        ((1280, 720), {}),
    ],
)
def test_views_are_made_for_what_is_larger_and_hold_the_same_frames(tmp_path, size, views):
    stimulus = prepared(tmp_path, *size)
    reference = stimulus.rendition
    assert (reference.tier, reference.reference, (reference.width, reference.height)) == ("full", None, size)
    assert {view.tier: (view.width, view.height) for view in reference.views.all()} == views
    for view in reference.views.all():
        facts = probe(blobs.fetch("media", view.sha256, tmp_path / "view.mp4"))
        assert (facts.frames, facts.fps) == (reference.frames, reference.fps) == (view.frames, view.fps)
        assert (facts.width, facts.height) == views[view.tier]
        assert view.bytes == (tmp_path / "view.mp4").stat().st_size
        assert view.of_reference == reference
    assert reference.of_reference == reference


def test_each_tier_is_shown_the_largest_view_that_is_no_larger_than_it():
    stimulus = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    assert stimulus.rendition_for(Tier.HD) is None
    reference = rendition_row(stimulus, Tier.FULL)
    assert {stimulus.rendition_for(tier) for tier in Tier.values} == {
        reference
    }  # prepared before there were views
    small = rendition_row(stimulus, Tier.HD, reference)
    assert stimulus.rendition == reference
    assert [stimulus.rendition_for(tier) for tier in Tier.values] == [reference, small, small]
    middle = rendition_row(stimulus, Tier.FULL_HD, reference)
    assert [stimulus.rendition_for(tier) for tier in Tier.values] == [reference, middle, small]


def test_views_of_an_older_reference_are_shown_no_more():
    stimulus = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    rendition_row(stimulus, Tier.HD, rendition_row(stimulus, Tier.FULL))
    newer = rendition_row(stimulus, Tier.FULL)
    assert stimulus.rendition_for(Tier.HD) == newer


def test_what_was_prepared_before_there_were_views_gets_them_and_keeps_its_reference(tmp_path):
    stimulus = prepared(tmp_path, 1920, 1080)
    reference = stimulus.rendition
    reference.views.all().delete()
    assert stimuli.stimulus_ask_for_views(stimulus=stimulus)
    assert not stimuli.stimulus_ask_for_views(stimulus=stimulus), "it is in line already"
    assert stimulus.rendition_for(Tier.HD) == reference, "it is shown meanwhile"
    preparation.stimulus_prepare(stimulus.pk)
    stimulus.refresh_from_db()
    assert (stimulus.state, stimulus.rendition) == (work.WorkState.DONE, reference)
    view = reference.views.get()
    assert (view.tier, view.width, view.height, view.frames) == ("720p", 1280, 720, reference.frames)


def test_views_that_are_there_are_not_made_again(tmp_path, monkeypatch):
    stimulus = prepared(tmp_path, 1920, 1080)
    monkeypatch.setattr(preparation, "scale_rendition", None)
    stimuli.stimulus_ask_for_views(stimulus=stimulus)
    preparation.stimulus_prepare(stimulus.pk)
    stimulus.refresh_from_db()
    assert stimulus.state == work.WorkState.DONE
    assert Rendition.objects.count() == 2


def test_what_is_not_prepared_is_not_asked_for_views(tmp_path):
    assert not stimuli.stimulus_ask_for_views(stimulus=stimulus_of(tmp_path, 64, 48))


def test_a_view_without_a_reference_and_two_of_one_tier_cannot_be_stored():
    stimulus = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    reference = rendition_row(stimulus, Tier.FULL)
    rendition_row(stimulus, Tier.HD, reference)
    for tier, of in [(Tier.HD, None), (Tier.FULL, reference), (Tier.HD, reference)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            rendition_row(stimulus, tier, of)


def test_preparing_again_after_a_death_half_way_makes_each_file_once(tmp_path, monkeypatch):
    stimulus = stimulus_of(tmp_path, 1920, 1080)
    rows = preparation._rendition

    def dies(*arguments, **named):
        if named["reference"] is not None:
            raise MemoryError("killed")
        return rows(*arguments, **named)

    monkeypatch.setattr(preparation, "_rendition", dies)
    with pytest.raises(MemoryError):
        preparation.stimulus_prepare(stimulus.pk)
    assert not Rendition.objects.exists()
    monkeypatch.undo()
    Stimulus.objects.update(state=work.WorkState.WAITING)
    preparation.stimulus_prepare(stimulus.pk)
    assert sorted(Rendition.objects.values_list("tier", flat=True)) == ["720p", "full"]


def test_a_stimulus_that_meets_a_full_disk_waits_for_room(tmp_path, settings):
    stimulus = stimulus_of(tmp_path, 64, 48)
    settings.SCRATCH_MIN_FREE_BYTES, room = 2**60, settings.SCRATCH_MIN_FREE_BYTES
    for _ in range(work.MAX_ATTEMPTS):
        with pytest.raises(OSError, match="make room"):
            preparation.stimulus_prepare(stimulus.pk)
    stimulus.refresh_from_db()
    assert (stimulus.state, stimulus.attempt) == (work.WorkState.WAITING, 0)
    settings.SCRATCH_MIN_FREE_BYTES = room
    assert preparation.stimulus_prepare(stimulus.pk) == stimulus.rendition


def test_how_far_it_is_can_be_seen_and_ends_at_the_end(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(preparation._Progress, "EVERY_S", 0)
    monkeypatch.setattr(work, "progress", lambda row, done, total: seen.append(done / total))
    stimulus = prepared(tmp_path, 1920, 1080)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1
    stimulus.refresh_from_db()
    assert stimulus.progress_share == 1
