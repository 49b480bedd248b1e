import os
import subprocess
import sys
from pathlib import Path

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from collector import blobs
from webapp import deployment


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    """A store that no other test of the run knows: the same contents lie under the same name."""
    settings.STORAGES = settings.STORAGES | {
        "tracks": deployment.storage(str(tmp_path / "storage"), "tracks", "")
    }
    settings.SCRATCH_DIR = tmp_path / "scratch"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"what was measured")
    return path


def test_what_is_stored_is_found_under_its_digest(file, tmp_path):
    blob = blobs.store("tracks", file)
    assert blob.sha256 == blobs.digest(file)
    assert blobs.size("tracks", blob.sha256) == blob.bytes == 17
    assert blobs.fetch("tracks", blob.sha256, tmp_path / "copy").read_bytes() == file.read_bytes()


def test_storing_twice_is_storing_once(file):
    assert blobs.store("tracks", file) == blobs.store("tracks", file)


def test_a_copy_that_a_crash_cut_short_is_replaced(file, tmp_path):
    sha256 = blobs.digest(file)
    storages["tracks"].delete(blobs.key(sha256))
    storages["tracks"].save(blobs.key(sha256), ContentFile(b"what was"))
    blobs.store("tracks", file)
    assert blobs.fetch("tracks", sha256, tmp_path / "copy").read_bytes() == b"what was measured"


def test_damaged_bytes_are_never_handed_out(file, tmp_path):
    sha256 = blobs.store("tracks", file).sha256
    storages["tracks"].delete(blobs.key(sha256))
    storages["tracks"].save(blobs.key(sha256), ContentFile(b"something else!!!"))
    with pytest.raises(blobs.BlobDamaged, match="checksum"):
        blobs.fetch("tracks", sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    storages["tracks"].delete(blobs.key(sha256))


def test_scratch_is_gone_afterwards_even_after_an_error():
    with pytest.raises(ZeroDivisionError), blobs.scratch() as folder:
        (folder / "half").write_bytes(b"done")
        raise ZeroDivisionError
    assert not folder.exists()


def test_no_work_begins_on_a_full_disk(settings):
    settings.SCRATCH_MIN_FREE_BYTES = 2**60
    with pytest.raises(OSError, match="make room"), blobs.scratch():
        pass


@pytest.mark.parametrize(
    "fault",
    [
        ClientError({"Error": {"Code": "SlowDown", "Message": "reduce your rate"}}, "HeadObject"),
        EndpointConnectionError(endpoint_url="https://s3.example.org"),
        S3UploadFailedError("failed to upload"),
    ],
)
@pytest.mark.parametrize("call", ["exists", "save", "open"])
def test_what_is_wrong_with_an_object_store_is_an_os_error(file, tmp_path, monkeypatch, fault, call):
    def away(*_, **__):
        raise fault

    sha256 = blobs.digest(file)
    storages["tracks"].delete(blobs.key(sha256))
    monkeypatch.setattr(storages["tracks"], call, away)
    with pytest.raises(blobs.StoreAway, match=type(fault).__name__) as raised:
        if call == "open":
            blobs.fetch("tracks", sha256, tmp_path / "copy")
        else:
            blobs.store("tracks", file)
    assert isinstance(raised.value, OSError)


def test_an_object_store_that_fails_while_it_is_read_is_away_too(file, tmp_path, monkeypatch):
    class Broken(ContentFile):
        def read(self, *_):
            raise EndpointConnectionError(endpoint_url="https://s3.example.org")

    monkeypatch.setattr(storages["tracks"], "open", lambda *_: Broken(b""))
    with pytest.raises(blobs.StoreAway):
        blobs.fetch("tracks", blobs.digest(file), tmp_path / "copy")


def test_a_mistake_of_ours_is_not_taken_for_the_stores(file, monkeypatch):
    monkeypatch.setattr(storages["tracks"], "exists", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        blobs.store("tracks", file)


@pytest.mark.long
def test_what_a_killed_worker_left_behind_goes_and_what_is_in_use_stays(settings):
    code = (
        "import os, django; django.setup()\n"
        "from collector import blobs\n"
        "with blobs.scratch() as folder: print(folder, flush=True); os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"CURSAL_SCRATCH": str(settings.SCRATCH_DIR)}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True)
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    with blobs.scratch() as mine, blobs.scratch():
        assert mine.is_dir()
        assert not left.exists()
