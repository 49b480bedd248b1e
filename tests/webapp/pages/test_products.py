"""Pages read what workers really wrote: builds, splits and archives of a small released study."""

import hashlib
import io
import json
import re
import zipfile
from html import unescape

import pytest

from tests.webapp.pages import world


@pytest.fixture
def release(scene):
    return scene.released(scene.study(clips=4), scene.recipe())


@pytest.fixture
def curator(client, release):
    client.force_login(world.staff())
    return client


def bytes_of(answer):
    return b"".join(answer.streaming_content)


def test_the_card_has_the_numbers_of_its_clips_and_a_chart_of_the_split(curator, release):
    page = curator.get(f"/datasets/{release.study.slug}/v1/").content.decode()
    assert page.count('class="dot reactive') == 4
    assert "Simulated data" in page
    assert "CC0-1.0" in page
    assert "<dt>frames</dt><dd>80</dd>" in page  # four clips of 20 frames


def test_the_archive_comes_whole_and_goes_on_where_it_broke_off(curator, release):
    page = curator.get(f"/datasets/{release.study.slug}/v1/").content.decode()
    address = unescape(re.search(r'href="http://testserver(/files/[^"]+public\.zip)"', page)[1])
    whole = bytes_of(curator.get(address))
    assert hashlib.sha256(whole).hexdigest() == release.public_sha256
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    rest = curator.get(address, headers={"Range": "bytes=1000-"})
    assert rest.status_code == 206
    assert bytes_of(rest) == whole[1000:]


def test_the_player_gets_clip_and_fixation_points_of_the_build(curator, client, release):
    item = release.items.select_related("build__rendition").first()
    page = curator.get(f"/stimuli/{item.name}/").content.decode()
    clip = f"/clips/{item.build.rendition.sha256}.mp4"
    fixations = f"/builds/{item.build.pk}/fixations.json"
    assert clip in page
    assert fixations in page
    assert len(curator.get(clip).getvalue()) == item.build.rendition.bytes
    assert len(json.loads(bytes_of(curator.get(fixations)))) == item.build.rendition.frames
    client.force_login(world.researcher())
    assert {client.get(clip).status_code, client.get(fixations).status_code} == {403}


def test_every_page_of_a_real_study_shows(curator, release):
    addresses = [
        "/",
        "/studies/",
        f"/studies/{release.study.slug}/",
        "/stimuli/",
        "/datasets/",
        "/leaderboard/",
    ]
    for address in [*addresses, f"/leaderboard/{release.slug}/"]:
        assert curator.get(address).status_code == 200, address


def test_a_clips_page_says_how_well_observers_agree(curator, release, scene):
    item = release.items.first()
    assert "observers are too few" in curator.get(f"/stimuli/{item.name}/").content.decode()
    for seed in (2, 3, 4):
        scene.observer(release.study, seed=seed)
    scene.built(release.study, release.recipe)
    page = curator.get(f"/stimuli/{item.name}/").content.decode()
    assert "between random halves of 5" in page
    assert "what a perfect model could reach" in page
