from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from collector.models import Rendition, Stimulus, Study
from collector.services import stimuli
from processing.errors import BadInput
from webapp.plans import demonstration
from webapp.plans.models import Plan

pytestmark = pytest.mark.django_db


def short_clip(name="clip", seed=1):
    return demonstration.synthetic_stimulus(name, seed=seed, fps=Fraction(25), seconds=1)


def test_a_synthetic_stimulus_is_made_once():
    assert short_clip() == short_clip()
    assert Rendition.objects.count() == 1
    assert Stimulus.objects.get().preparation["truth"]["seed"] == 1


def test_a_stimulus_that_an_interrupted_start_left_unprepared_is_prepared():
    short_clip()
    Rendition.objects.all().delete()
    Stimulus.objects.update(state="waiting")
    assert short_clip().rendition is not None


def test_a_stimulus_that_cannot_be_prepared_is_said_so(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video")
    stimuli.stimulus_add(path=path, name="clip")
    with pytest.raises(BadInput):
        short_clip()
    with pytest.raises(BadInput, match="could not be prepared"):
        short_clip()


def test_a_study_comes_with_its_version_and_plan_or_not_at_all(monkeypatch):
    clips = [short_clip(f"clip-{n}", n) for n in range(3)]

    def refuse(**_):
        raise BadInput("no plan today")

    with monkeypatch.context() as patched, pytest.raises(BadInput):
        patched.setattr(demonstration, "plan_create", refuse)
        demonstration.study_with_plan(slug="a", title="A", shown=clips, simulated=True, target_observers=2)
    assert not Study.objects.exists()
    plan = demonstration.study_with_plan(slug="a", title="A", shown=clips, simulated=True, target_observers=2)
    assert plan.study.state == Study.State.OPEN
    assert plan.state == Plan.State.WAITING
    assert plan.study.version.stimuli.count() == 3


def test_a_taken_slug_gets_a_number():
    assert demonstration.free_slug("simulated") == "simulated"
    Study.objects.create(slug="simulated", title="x")
    Study.objects.create(slug="simulated-2", title="x")
    assert demonstration.free_slug("simulated") == "simulated-3"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing"], "there is no study"),
        (["real"], "not marked as simulated"),
    ],
)
def test_made_up_observers_are_kept_out_of_studies_that_are_not_theirs(arguments, said):
    Study.objects.create(slug="real", title="Real")
    with pytest.raises(CommandError, match=said):
        call_command("simulate_observers", *arguments, stdout=StringIO())


def test_a_demonstration_on_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="not a folder"):
        call_command("demo", clips=tmp_path / "missing", stdout=StringIO())
