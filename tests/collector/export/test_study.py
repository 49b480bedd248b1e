import csv
import json

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from collector import blobs
from collector.export.dictionary import TABLES
from collector.export.study import export_study
from collector.models import Assignment, Observer, Track
from collector.services import joining, suspicions
from processing.errors import BadInput
from tests.collector.world import chunks_of_a_steady_hand


@pytest.fixture
def tracks(study, visit, caller):
    """Two tracks of one observer, the first one looked at."""
    made = []
    for _ in range(2):
        trial = caller.next_trial(visit)["trial"]
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in chunks:
            caller.put(trial, chunk)
        caller.finish(trial, len(chunks))
        made.append(joining.track_join(trial["id"]))
    suspicions.track_examine(made[0].suspicion.pk)
    return made


def rows(folder, table):
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_every_track_is_there_once(study, tracks, tmp_path):
    exported = export_study(study, tmp_path / "out", "parquet")
    assert (exported.tracks, exported.troubles) == (2, [])
    tables = {table: pq.read_table(tmp_path / "out" / f"{table}.parquet") for table in TABLES}
    assert tables["samples"].num_rows == sum(track.samples for track in tracks)
    assert tables["marks"].num_rows == sum(track.marks for track in tracks)
    assert tables["trials"].num_rows == 2
    for table, fields in TABLES.items():
        assert tables[table].column_names == [field.name for field in fields]
    assert tables["samples"].schema.field("x_video_px").metadata[b"unit"] == b"video px"


def test_csv_and_parquet_say_the_same(study, tracks, tmp_path):
    export_study(study, tmp_path / "csv", "csv")
    export_study(study, tmp_path / "parquet", "parquet")
    for table in TABLES:
        said = pq.read_table(tmp_path / "parquet" / f"{table}.parquet").to_pylist()
        read = rows(tmp_path / "csv", table)
        assert len(read) == len(said) > 0
        for key in ("trial", "stimulus"):
            assert [row[key] for row in read] == [row[key] for row in said]
    media = [row["t_media_us"] for row in rows(tmp_path / "csv", "samples")]
    placed = [row["placed"] for row in rows(tmp_path / "csv", "samples")]
    assert all((text == "") == (why != "yes") for text, why in zip(media, placed, strict=True))


def test_a_trial_tells_its_verdict_and_its_doubts(study, tracks, tmp_path):
    export_study(study, tmp_path / "out", "csv")
    first, second = rows(tmp_path / "out", "trials")
    assert (first["grade"], first["study"], first["width_px"]) == ("valid", "gardens", "640")
    assert float(first["suspicion"]) > 0
    assert "clock_grid" in first["doubts"].split()
    assert second["suspicion"] == ""


def test_no_id_of_a_recruiter_is_in_any_file(study, tracks, tmp_path):
    Observer.objects.update(panel_hash="c0ffee" * 10)
    export_study(study, tmp_path / "out", "csv")
    assert not any("c0ffee" in path.read_text() for path in (tmp_path / "out").iterdir())


def test_withdrawn_visits_are_left_out(study, tracks, tmp_path):
    Assignment.objects.update(step=Assignment.Step.WITHDRAWN)
    assert export_study(study, tmp_path / "out", "csv").tracks == 0
    assert rows(tmp_path / "out", "samples") == []


def test_a_track_that_cannot_be_read_is_named_and_the_others_are_written(study, tracks, tmp_path):
    storages["tracks"].delete(blobs.key(tracks[0].sha256))
    exported = export_study(study, tmp_path / "out", "csv")
    assert len(exported.troubles) == 1
    first, second = rows(tmp_path / "out", "trials")
    assert first["trouble"].startswith("the raw track cannot be read")
    assert second["trouble"] == ""
    assert {row["trial"] for row in rows(tmp_path / "out", "samples")} == {str(tracks[1].trial_id)}


def test_the_dictionary_lies_beside_the_tables(study, tracks, tmp_path):
    export_study(study, tmp_path / "out", "csv")
    described = json.loads((tmp_path / "out" / "dictionary.json").read_text())["columns"]
    for table in TABLES:
        header = (tmp_path / "out" / f"{table}.csv").read_text().splitlines()[0].replace('"', "").split(",")
        assert header == [row["column"] for row in described if row["table"] == table]


def test_a_folder_in_use_is_left_alone(study, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        export_study(study, tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_a_killed_export_left_is_cleared(study, tracks, tmp_path):
    (tmp_path / ".out.abc.exporting").mkdir()
    (tmp_path / ".out.abc.exporting" / "half.csv").write_text("half")
    export_study(study, tmp_path / "out", "csv")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]


def test_an_export_that_breaks_off_leaves_nothing(study, tracks, tmp_path):
    def pull_the_plug():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_study(study, tmp_path / "deep" / "out", "csv", on_track=pull_the_plug)
    assert list((tmp_path / "deep").iterdir()) == []


def test_the_command_writes_and_counts(study, tracks, tmp_path, capsys):
    call_command("export_tracks", "--study", "gardens", "--out", str(tmp_path / "out"), "--format", "csv")
    assert "2 tracks of gardens" in capsys.readouterr().out
    assert Track.objects.count() == len(rows(tmp_path / "out", "trials"))


@pytest.mark.parametrize(
    ("study_name", "out", "complaint"),
    [("deserts", "out", "there is no study"), ("gardens", ".", "not empty")],
)
def test_the_command_refuses_in_one_line(study, tmp_path, study_name, out, complaint):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CommandError, match=complaint) as refused:
        call_command("export_tracks", "--study", study_name, "--out", str(tmp_path / out))
    assert refused.value.returncode == 2
