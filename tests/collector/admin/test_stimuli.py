import pytest
from django.urls import reverse

from collector.models import Rendition, Stimulus
from collector.work import WorkState
from tests.collector.world import make_stimulus

LIST = "admin:collector_stimulus_changelist"


@pytest.fixture
def old_clip(db):
    """Prepared before there were views."""
    stimulus = make_stimulus("garden")
    Rendition.objects.filter(stimulus=stimulus).update(width=1920, height=1080)
    return stimulus


def test_clips_without_views_are_put_in_line_for_them(admin_client, old_clip):
    wish = {"action": "make_views", "_selected_action": [old_clip.pk]}
    page = admin_client.post(reverse(LIST), wish, follow=True).content.decode()
    assert "1 in line" in page
    assert Stimulus.objects.get().state == WorkState.WAITING


def test_the_list_says_which_views_a_clip_has(admin_client, old_clip):
    Rendition.objects.create(
        stimulus=old_clip,
        tier="720p",
        reference=old_clip.rendition,
        sha256="f" * 64,
        bytes=1,
        fps_num=30,
        fps_den=1,
        frames=60,
        width=1280,
        height=720,
    )
    page = admin_client.get(reverse(LIST)).content.decode()
    assert '<td class="field-views">720p</td>' in page
