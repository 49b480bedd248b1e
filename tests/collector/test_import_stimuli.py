from fractions import Fraction
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from collector import blobs, work
from collector.management.commands.import_stimuli import stimulus_name
from collector.models import Rendition, Stimulus
from collector.services import preparation, stimuli
from processing.errors import BadInput
from processing.video import ClipWriter

pytestmark = pytest.mark.django_db


def write_clip(path, frames=12, width=64, height=48, fps=Fraction(25)):
    rng = np.random.default_rng(len(path.name))
    with ClipWriter(path, width=width, height=height, fps=fps) as writer:
        for _ in range(frames):
            writer.write(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))
    return path


def run(*arguments, **options):
    out = StringIO()
    call_command("import_stimuli", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_a_folder_comes_in_with_its_facts_and_the_originals_are_untouched(tmp_path):
    clip = write_clip(tmp_path / "one two.mp4", fps=Fraction(30000, 1001))
    (tmp_path / "stimuli.csv").write_text("file,licence,attribution\none two.mp4,CC-BY-4.0,Ann\n")
    before = clip.read_bytes()
    run(tmp_path)
    stimulus = Stimulus.objects.get()
    assert (stimulus.name, stimulus.licence, stimulus.attribution) == ("one-two", "CC-BY-4.0", "Ann")
    rendition = stimulus.rendition
    assert (rendition.fps, rendition.frames, rendition.width) == (Fraction(30000, 1001), 12, 64)
    assert clip.read_bytes() == before
    assert blobs.exists("media", rendition.sha256)


def test_importing_the_same_folder_again_changes_nothing(tmp_path):
    write_clip(tmp_path / "a.mp4")
    run(tmp_path)
    assert "already here" in run(tmp_path)
    assert Rendition.objects.count() == 1


def test_what_cannot_be_read_is_refused_with_its_reason_and_the_others_come_in(tmp_path):
    write_clip(tmp_path / "good.mp4")
    (tmp_path / "bad.mp4").write_bytes(b"not a video at all")
    with pytest.raises(CommandError, match="1 of 2 files"):
        run(tmp_path)
    assert [stimulus.name for stimulus in Stimulus.objects.all()] == ["good"]


@pytest.mark.parametrize(
    ("cell", "said"), [("x" * 301, "attribution cannot be 'xxx"), ("a\x00b", "cannot be stored")]
)
def test_what_does_not_fit_of_one_file_is_refused_and_the_others_come_in(tmp_path, cell, said):
    write_clip(tmp_path / "bad.mp4")
    write_clip(tmp_path / "good.mp4", frames=10)
    (tmp_path / "stimuli.csv").write_text(f"file,attribution\nbad.mp4,{cell}\n")
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 files"):
        call_command("import_stimuli", str(tmp_path), stdout=out)
    assert said in out.getvalue()
    assert [stimulus.name for stimulus in Stimulus.objects.all()] == ["good"]


def test_another_file_under_a_name_that_is_taken_is_refused(tmp_path):
    write_clip(tmp_path / "a.mp4")
    run(tmp_path)
    write_clip(tmp_path / "a.mp4", frames=20)
    with pytest.raises(CommandError):
        run(tmp_path)
    assert Rendition.objects.get().frames == 12


def test_a_folder_that_is_not_there_or_empty_is_said_so(tmp_path):
    with pytest.raises(CommandError, match="not a folder"):
        run(tmp_path / "missing")
    with pytest.raises(CommandError, match="no videos"):
        run(tmp_path)


def test_a_manifest_with_unknown_columns_is_refused(tmp_path):
    write_clip(tmp_path / "a.mp4")
    (tmp_path / "stimuli.csv").write_text("file,license\na.mp4,CC0-1.0\n")
    with pytest.raises(CommandError, match="expected columns"):
        run(tmp_path)


def test_preparing_twice_makes_one_rendition(tmp_path):
    stimulus = stimuli.stimulus_add(path=write_clip(tmp_path / "a.mp4"), name="a")
    assert preparation.stimulus_prepare(stimulus.pk) is not None
    assert preparation.stimulus_prepare(stimulus.pk) is None
    assert Rendition.objects.count() == 1


def test_a_hostile_upload_fails_for_good_with_its_reason(tmp_path):
    path = tmp_path / "playlist.mp4"
    path.write_text("#EXTM3U\nfile:///etc/passwd\n")
    stimulus = stimuli.stimulus_add(path=path, name="a")
    with pytest.raises(BadInput):
        preparation.stimulus_prepare(stimulus.pk)
    stimulus.refresh_from_db()
    assert stimulus.state == work.WorkState.FAILED
    assert stimulus.last_error


@pytest.mark.parametrize("name", ["", "../a", "a b", "-a", "x" * 81, "a/b"])
def test_a_name_that_could_be_a_path_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="name"):
        stimuli.stimulus_add(path=write_clip(tmp_path / "a.mp4"), name=name)


@pytest.mark.parametrize(
    ("stem", "name"), [("a b (1)", "a-b-1"), ("наука", "clip"), ("_x", "x"), ("ok-1_2", "ok-1_2")]
)
def test_names_come_from_file_names(tmp_path, stem, name):
    assert stimulus_name(tmp_path / f"{stem}.mp4") == name
