import pytest

from processing.errors import BadInput
from processing.video.container import container_of, require_whole

KINDS = [
    ("clip.mp4", "libx264", "MP4"),
    ("clip.mov", "libx264", "MP4"),
    ("clip.mkv", "libx264", "Matroska"),
    ("clip.webm", "libvpx", "Matroska"),
    ("clip.avi", "mpeg4", "AVI"),
]


@pytest.mark.parametrize(("name", "codec", "kind"), KINDS)
def test_the_container_is_known_by_its_bytes_and_found_whole(make_clip, name, codec, kind):
    path = make_clip(name, codec=codec)
    misnamed = path.rename(path.with_suffix(".txt"))
    assert container_of(misnamed) == kind
    require_whole(misnamed, kind)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
@pytest.mark.parametrize(("name", "codec", "kind"), KINDS)
def test_a_file_that_was_cut_short_is_refused(make_clip, name, codec, kind, share):
    path = make_clip(name, codec=codec)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BadInput, match="cut short"):
        require_whole(path, kind)


def test_bytes_after_the_end_do_no_harm(make_clip):
    path = make_clip("clip.mp4")
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    require_whole(path, "MP4")


@pytest.mark.parametrize(
    "content", [b"", b"hello, world, this is text", b"\x89PNG\r\n\x1a\n0000000000", b"\0" * 64]
)
def test_what_is_no_video_container_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        container_of(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.mp4"):
        container_of(tmp_path / "nowhere.mp4")
