"""How a curator sees an evaluation's clips, stops it, and has it go on."""

import pytest
from django.urls import reverse

from collector.work import WorkState
from tests.webapp.leaderboard.part import two_clips, write_map
from tests.webapp.leaderboard.submissions import run, stored, zip_of
from webapp.leaderboard.models import Evaluation
from webapp.leaderboard.services.gathering import evaluation_gather
from webapp.leaderboard.services.handing_out import evaluation_hand_out
from webapp.leaderboard.services.scoring import clip_score_make


@pytest.fixture
def release(transactional_db, tmp_path):
    return two_clips(tmp_path)


@pytest.fixture
def half_done(release, tmp_path):
    """An evaluation with one of its two clips scored."""
    predictions = zip_of(tmp_path, lambda build, path: write_map(path, build.pk), release)
    evaluation = stored(release, predictions).evaluations.get()
    clip_score_make(evaluation_hand_out(evaluation.pk)[0].pk)
    evaluation_gather(evaluation.pk)
    evaluation.refresh_from_db()
    return evaluation


@pytest.fixture
def told(monkeypatch):
    hints = []
    monkeypatch.setattr("collector.work.enqueue", lambda name, pk, *, queue: hints.append((name, pk)))
    return hints


def test_the_board_counts_clips_and_its_buttons_stop_and_go_on(half_done, admin_client, told):
    board = reverse("pages:board", args=[half_done.submission.release.study.slug, 1])
    page = admin_client.get(board).content.decode()
    assert "1 of 2 clips" in page
    for action, state in (("cancel", WorkState.CANCELLED), ("retry", WorkState.WAITING)):
        button = reverse("pages:work-action", args=["evaluation", half_done.pk, action])
        assert button in admin_client.get(board).content.decode()
        admin_client.post(button, {"next": board})
        half_done.refresh_from_db()
        assert half_done.state == state
        assert sorted(half_done.parts().values_list("state", flat=True)) == sorted(["done", state])
    assert told == [(Evaluation.task, half_done.pk)]
    assert run(half_done).state == WorkState.DONE


def test_the_admin_lists_the_clips_of_an_evaluation(half_done, admin_client):
    evaluation = admin_client.get(reverse("admin:leaderboard_evaluation_change", args=[half_done.pk]))
    clips = f"{reverse('admin:leaderboard_clipscore_changelist')}?evaluation__id__exact={half_done.pk}"
    assert f'<a href="{clips}">1 of 2</a>' in evaluation.content.decode()
    listed = admin_client.get(clips)
    assert {part.item.name for part in listed.context["cl"].result_list} == {"sky", "sea-2"}
    assert b'name="action"' not in listed.content, "clips go with their evaluation"
    part = half_done.parts().first()
    shown = admin_client.get(reverse("admin:leaderboard_clipscore_change", args=[part.pk]))
    assert part.item.name in shown.content.decode()
    assert admin_client.get(reverse("admin:leaderboard_clipscore_add")).status_code == 403
