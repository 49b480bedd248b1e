import stat
import zipfile

import numpy as np
import pytest

from processing.errors import BadInput
from processing.release import pack, unpack


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "release"
    (root / "Videos").mkdir(parents=True)
    (root / "Videos" / "a.mp4").write_bytes(b"video" * 1000)
    (root / "README.md").write_text("read me")
    return root


def crafted(path, *entries):
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return path


def test_what_was_packed_comes_back(folder, tmp_path):
    packed = pack(folder, tmp_path / "release.zip")
    unpack(packed, tmp_path / "back")
    assert (tmp_path / "back/Videos/a.mp4").read_bytes() == b"video" * 1000
    assert (tmp_path / "back/README.md").read_text() == "read me"


def test_packing_is_uncompressed_sorted_and_the_same_each_time(folder, tmp_path):
    first = pack(folder, tmp_path / "a.zip").read_bytes()
    (folder / "README.md").touch()
    (folder / "README.md").chmod(0o600)
    assert pack(folder, tmp_path / "b.zip").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["README.md", "Videos/a.mp4"]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    assert not list(tmp_path.glob(".*partial"))


def test_a_folder_with_a_link_or_without_files_is_not_packed(folder, tmp_path):
    (folder / "secret").symlink_to("/etc/hostname")
    with pytest.raises(BadInput, match="secret is a symbolic link"):
        pack(folder, tmp_path / "a.zip")
    (tmp_path / "empty").mkdir()
    for nothing in ("empty", "nowhere"):
        with pytest.raises(BadInput, match=nothing):
            pack(tmp_path / nothing, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("name", ["../up.txt", "/etc/up.txt", "a/../../up.txt", "C:/up.txt", "a\\up.txt"])
def test_paths_that_lead_elsewhere_are_refused(tmp_path, name):
    archive = crafted(tmp_path / "evil.zip", (zipfile.ZipInfo(name), "x"))
    with pytest.raises(BadInput, match="leads out of its folder"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "up.txt").exists()


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(BadInput, match="link or a device"):
        unpack(crafted(tmp_path / "evil.zip", (link, "/etc/passwd")), tmp_path / "out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), ("a", "./a")])
def test_an_entry_that_comes_twice_is_refused(tmp_path, names):
    archive = crafted(tmp_path / "evil.zip", *((zipfile.ZipInfo(name), name) for name in names))
    with pytest.raises(BadInput, match="twice"):
        unpack(archive, tmp_path / "out")


def test_a_name_that_is_file_and_folder_is_refused(tmp_path):
    archive = crafted(tmp_path / "evil.zip", (zipfile.ZipInfo("a"), "x"), (zipfile.ZipInfo("a/b"), "y"))
    with pytest.raises(BadInput, match="not a ZIP file that can be read"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bytes_are_counted_as_they_come_out(tmp_path):
    bomb = zipfile.ZipInfo("zeros")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    archive = crafted(tmp_path / "bomb.zip", (bomb, b"\0" * 5_000_000))
    assert archive.stat().st_size < 10_000
    with pytest.raises(BadInput, match="more bytes than are allowed"):
        unpack(archive, tmp_path / "out", max_bytes=4_999_999)
    assert not (tmp_path / "out").exists()
    unpack(archive, tmp_path / "out", max_bytes=5_000_000)


def test_more_files_than_allowed_are_refused(tmp_path):
    archive = crafted(tmp_path / "many.zip", *((zipfile.ZipInfo(str(n)), "") for n in range(5)))
    with pytest.raises(BadInput, match="more than 4 files"):
        unpack(archive, tmp_path / "out", max_files=4)


def test_what_is_no_zip_or_a_damaged_one_is_refused(folder, tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(BadInput, match="not a ZIP file"):
        unpack(tmp_path / "text.zip", tmp_path / "out")
    whole = pack(folder, tmp_path / "whole.zip").read_bytes()
    (tmp_path / "damaged.zip").write_bytes(whole.replace(b"videovideo", b"vidiovideo", 1))
    with pytest.raises(BadInput, match="not a ZIP file that can be read: Bad CRC"):
        unpack(tmp_path / "damaged.zip", tmp_path / "out")
    with pytest.raises(BadInput, match=r"there is no nothing\.zip"):
        unpack(tmp_path / "nothing.zip", tmp_path / "out")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_of_every_kind_of_compression_is_refused(tmp_path, packing):
    info = zipfile.ZipInfo("a")
    info.compress_type = packing
    path = crafted(tmp_path / "good.zip", (info, np.random.default_rng(0).bytes(2000)))
    body = bytearray(path.read_bytes())
    body[80:90] = bytes(10)
    path.write_bytes(body)
    with pytest.raises(BadInput, match="not a ZIP file that can be read"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(folder, tmp_path):
    packed = pack(folder, tmp_path / "release.zip")
    with pytest.raises(BadInput, match="not an empty folder"):
        unpack(packed, folder)
    assert (folder / "README.md").exists()
