import json

import pytest
from django.urls import reverse

from collector.models import Study, StudyVersion
from collector.services import studies
from tests.collector.world import make_stimulus

pytestmark = pytest.mark.django_db

ADD = "admin:collector_studyversion_add"


@pytest.fixture
def choice():
    """A study, and two clips to choose from."""
    study = studies.study_create(slug="alps", title="Alps")
    return study, make_stimulus("peak"), make_stimulus("valley")


def freeze(admin_client, study, shown, practice, **document):
    data = {
        "study": study.pk,
        "shown": [stimulus.pk for stimulus in shown],
        "practice": practice.pk,
        "document_json": json.dumps({"title": "Watch"} | document),
    }
    return admin_client.post(reverse(ADD), data, follow=True).content.decode()


def test_a_version_is_frozen_with_its_clips(admin_client, choice):
    study, peak, valley = choice
    freeze(admin_client, study, [peak, valley], valley)
    shown = StudyVersion.objects.get().study_stimuli.values_list("stimulus__name", "practice")
    assert sorted(shown) == [("peak", False), ("valley", True)]


def test_a_version_that_would_show_its_practice_clip_only_is_refused_beside_the_field(admin_client, choice):
    study, _, valley = choice
    assert "besides its practice clip" in freeze(admin_client, study, [valley], valley)
    assert not StudyVersion.objects.exists()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"title": "a\x00b"}, "cannot be stored"),
        ({"languages": []}, "languages"),
        ({"consent": {"text": {"en": []}}}, "consent.text.en"),
    ],
)
def test_a_document_that_no_visit_could_be_shown_is_refused_in_words(admin_client, choice, document, said):
    study, peak, valley = choice
    assert said in freeze(admin_client, study, [peak], valley, **document)
    assert not StudyVersion.objects.exists()


def test_the_address_of_a_study_is_chosen_once(admin_client):
    rest = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    new = {"slug": "alps", "title": "Alps"} | rest
    admin_client.post(reverse("admin:collector_study_add"), new)
    study = Study.objects.get()
    page = reverse("admin:collector_study_change", args=[study.pk])
    assert b'name="slug"' not in admin_client.get(page).content
    admin_client.post(page, {"slug": "lakes", "title": "Lakes"} | rest)
    study.refresh_from_db()
    assert (study.slug, study.title) == ("alps", "Lakes")
