import pytest
from django.core.files.storage import InMemoryStorage, storages
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from collector import blobs
from webapp import media

BODY = bytes(range(256)) * 4


@pytest.fixture(scope="module")
def sha256(tmp_path_factory):
    path = tmp_path_factory.mktemp("media") / "clip.mp4"
    path.write_bytes(BODY)
    return blobs.store("media", path).sha256


def get(sha256, method="get", content_type="video/mp4", **headers):
    request = getattr(RequestFactory(), method)(
        "/", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return media.serve(request, "media", sha256, "clip.mp4", content_type)


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_without_a_range_the_whole_file_comes(sha256):
    answer = get(sha256)
    assert (answer.status_code, body(answer)) == (200, BODY)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"


@given(first=st.integers(0, len(BODY) - 1), length=st.integers(1, 2 * len(BODY)))
def test_a_range_gives_exactly_its_bytes(sha256, first, length):
    answer = get(sha256, range=f"bytes={first}-{first + length - 1}")
    expected = BODY[first : first + length]
    assert (answer.status_code, body(answer)) == (206, expected)
    assert answer["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(BODY)}"
    assert int(answer["Content-Length"]) == len(expected)


@pytest.mark.parametrize(("wanted", "expected"), [("bytes=1000-", BODY[1000:]), ("bytes=-3", BODY[-3:])])
def test_open_ranges(sha256, wanted, expected):
    answer = get(sha256, range=wanted)
    assert (answer.status_code, body(answer)) == (206, expected)


@pytest.mark.parametrize("wanted", [f"bytes={len(BODY)}-", "bytes=5-2", "bytes=-0"])
def test_what_cannot_be_satisfied_is_said_so(sha256, wanted):
    answer = get(sha256, range=wanted)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(BODY)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"])
def test_other_ranges_are_answered_with_the_whole_file(sha256, wanted):
    assert (get(sha256, range=wanted).status_code) == 200


def test_a_part_of_another_file_is_not_continued(sha256):
    assert get(sha256, range="bytes=5-", if_range='"other"').status_code == 200
    assert get(sha256, range="bytes=5-", if_range=f'"{sha256}"').status_code == 206


def test_head_tells_the_size_without_the_bytes(sha256):
    answer = get(sha256, "head")
    assert (answer.status_code, answer["Content-Length"], body(answer)) == (200, str(len(BODY)), b"")


def test_what_is_no_media_is_saved_to_disk(sha256):
    assert get(sha256)["Content-Disposition"].startswith("inline")
    assert get(sha256, content_type="text/html")["Content-Disposition"].startswith("attachment")


def test_a_signed_address_opens_its_file_and_no_other(sha256, client):
    url = media.signed_url("media", sha256, "clip.mp4")
    answer = client.get(url)
    assert (answer.status_code, body(answer)) == (200, BODY)
    token = url.split("/")[-2]
    assert client.get(url.replace(token, token[:-2] + "xx")).status_code == 404
    assert client.get(url.replace(token, "nonsense")).status_code == 404
    assert client.post(url).status_code == 405


def test_an_old_address_says_that_it_is_too_old(sha256, client):
    answer = client.get(media.signed_url("media", sha256, "clip.mp4", expires_s=-1))
    assert (answer.status_code, b"expired" in answer.content) == (410, True)


def test_a_file_that_is_gone_is_not_found(client):
    assert client.get(media.signed_url("media", "0" * 64, "clip.mp4")).status_code == 404


def test_a_proxy_is_told_where_the_file_lies(sha256, settings):
    settings.CURSAL_ACCEL_PREFIX = "/stored/"
    answer = get(sha256)
    assert answer["X-Accel-Redirect"] == f"/stored/media/{blobs.key(sha256)}"
    assert body(answer) == b""


def test_an_object_store_is_redirected_to(monkeypatch):
    class Presigning(InMemoryStorage):
        querystring_auth = True

        def url(self, name, parameters, expire):
            return f"https://store.example/{name}?for={expire}&type={parameters['ResponseContentType']}"

    monkeypatch.setitem(storages._storages, "media", Presigning())
    answer = get("a" * 64)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"https://store.example/{blobs.key('a' * 64)}?for=")
