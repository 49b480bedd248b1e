import io
import stat
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from processing.errors import BadInput
from processing.validation import archive
from processing.validation.report import Refused


def packed(tmp_path, entries, compression=zipfile.ZIP_STORED):
    path = tmp_path / "predictions.zip"
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, body in entries:
            target.writestr(name, body)
    return path


def faults(path, names=("a", "b")):
    with archive.opened(path) as opened:
        return [str(finding) for finding in archive.archive_faults(opened, names)]


def test_an_archive_of_the_wanted_clips_has_no_fault_and_unpacks(tmp_path):
    path = packed(tmp_path, [("a.mp4", b"one"), ("b.mp4", b"two")])
    assert faults(path) == []
    with archive.opened(path) as opened:
        archive.unpack(opened, ["a", "b"], tmp_path)
    assert (tmp_path / "b.mp4").read_bytes() == b"two"


def test_every_fault_is_listed_at_once(tmp_path):
    path = packed(tmp_path, [("a.mp4", b""), ("../b.mp4", b"x"), ("readme.txt", b"x"), ("folder/", b"")])
    found = faults(path, ["a", "b", "c"])
    assert sorted(found) == [
        "../b.mp4: has to be called b.mp4: rename it",
        "a.mp4: is empty: write the video again",
        "c.mp4: is missing: add it",
        "readme.txt: does not belong: put NAME.mp4 files at the top, nothing else",
    ]


def test_a_link_is_no_clip(tmp_path):
    link = zipfile.ZipInfo("a.mp4")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = packed(tmp_path, [(link, "/etc/passwd"), ("b.mp4", b"two")])
    assert faults(path) == ["a.mp4: is a link or a device in the zip: pack the file itself"]


def test_a_name_given_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path, [("a.mp4", b"one"), ("a.mp4", b"two"), ("b.mp4", b"x")])
    assert faults(path) == ["a.mp4: is in the zip 2 times: pack it once"]


def test_what_unpacks_to_many_times_its_size_is_refused(tmp_path):
    path = packed(tmp_path, [("a.mp4", bytes(10**6)), ("b.mp4", b"x")], zipfile.ZIP_DEFLATED)
    assert faults(path) == ["a.mp4: unpacks to more than 50 times its size: no video does"]


def test_a_size_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_CLIP_BYTES", 2)
    assert any("is larger than" in fault for fault in faults(packed(tmp_path, [("a.mp4", b"123")]), ["a"]))


def test_what_is_no_zip_is_said_so(tmp_path):
    path = tmp_path / "predictions.zip"
    path.write_bytes(b"no archive at all")
    with pytest.raises(Refused, match="not a zip") as refused:
        faults(path)
    assert isinstance(refused.value, BadInput)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_of_every_kind_of_compression_is_refused(tmp_path, packing):
    path = tmp_path / "predictions.zip"
    with zipfile.ZipFile(path, "w", packing) as whole:
        whole.writestr("a.mp4", np.random.default_rng(0).bytes(2000))
    good = path.read_bytes()
    for at in range(0, len(good), 7):
        body = bytearray(good)
        body[at] ^= 0xFF
        with suppress(Refused), archive.opened(io.BytesIO(bytes(body))) as opened:
            archive.unpack_one(opened, *opened.namelist(), tmp_path / "a.mp4")
    body = bytearray(good)
    body[80:90] = bytes(10)
    with archive.opened(io.BytesIO(bytes(body))) as opened, pytest.raises(Refused, match="is damaged"):
        archive.unpack(opened, ["a"], tmp_path)


def test_a_disk_that_is_full_is_not_the_archives_fault(tmp_path):
    path = packed(tmp_path, [("a.mp4", b"some bytes of a clip")])
    with archive.opened(path) as opened, pytest.raises(OSError, match="No space left"):
        archive.unpack_one(opened, "a.mp4", Path("/dev/full"))


def test_damaged_bytes_are_found_on_unpacking(tmp_path):
    path = packed(tmp_path, [("a.mp4", b"some bytes of a clip")])
    body = bytearray(path.read_bytes())
    body[body.index(b"some")] ^= 0xFF
    with (
        archive.opened(io.BytesIO(bytes(body))) as opened,
        pytest.raises(Refused, match="damaged"),
    ):
        archive.unpack(opened, ["a"], tmp_path)
