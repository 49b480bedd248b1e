"""The registry says what to download, and knows the right file from a wrong one."""

import re
from pathlib import Path

import pytest

from processing.errors import BadInput
from training.convert import find, registry
from training.convert.families import FAMILIES


def test_every_entry_is_of_a_family_that_can_be_converted_and_names_its_licences() -> None:
    assert {entry.family for entry in registry().values()} == {family.name for family in FAMILIES}
    for entry in registry().values():
        assert entry.url.startswith("https://")
        assert entry.licence_code and entry.licence_weights


def test_a_file_that_is_not_there_says_what_to_download_and_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURSAL_WEIGHTS", str(tmp_path))
    entry = registry()["umt-l16-k400"]
    with pytest.raises(
        BadInput, match=re.escape(f"download {entry.url} and save it as {tmp_path / entry.file}")
    ):
        find("umt-l16-k400")
    (tmp_path / entry.file).write_bytes(b"anything: its sum is unknown")
    assert find("umt-l16-k400") == tmp_path / entry.file


def test_a_file_with_another_sum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURSAL_WEIGHTS", str(tmp_path))
    (tmp_path / registry()["s3d-kinetics400"].file).write_bytes(b"half of it")
    with pytest.raises(BadInput, match="is not the registered file"):
        find("s3d-kinetics400")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"no weights are called 'resnet'.*s3d-kinetics400"):
        find("resnet")
    assert find("some/where.pth") == Path("some/where.pth")
