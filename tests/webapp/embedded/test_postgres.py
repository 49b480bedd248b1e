import pytest

from webapp.embedded import account, postgres
from webapp.embedded.errors import CannotStart
from webapp.embedded.postgres import Postgres, binaries


def cluster(folder, **changes):
    return Postgres(**({"data": folder / "postgres", "port": 5999, "password": "p"} | changes))


def test_data_of_another_major_version_is_refused(tmp_path):
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(CannotStart, match=r"made by PostgreSQL 12.*runs 16 and 18"):
        cluster(tmp_path).prepare()


def test_programs_are_chosen_by_the_datas_version(tmp_path):
    (tmp_path / "PG_VERSION").write_text("16\n")
    assert binaries(tmp_path) != binaries(None)
    assert (binaries(tmp_path) / "postgres").exists()
    assert (binaries(None) / "pg_dump").exists()


def test_a_folder_that_is_no_cluster_is_left_alone(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.txt").write_text("dear")
    with pytest.raises(CannotStart, match="not a PostgreSQL data folder"):
        cluster(tmp_path).prepare()
    assert (tmp_path / "postgres" / "thesis.txt").read_text() == "dear"


def test_only_a_throw_away_cluster_forgoes_safety(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    assert "fsync=off" in cluster(tmp_path, durable=False).command()
    assert "fsync=off" not in cluster(tmp_path).command()


def test_a_machine_of_many_cores_has_connections_for_all_its_builds(monkeypatch, tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    monkeypatch.setattr(postgres.os, "cpu_count", lambda: 128)
    assert "max_connections=356" in cluster(tmp_path).command()


def test_the_password_stands_in_no_command_line(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    assert "so-secret" not in " ".join(cluster(tmp_path, password="so-secret").command())


def test_an_ordinary_user_runs_it_as_themselves(monkeypatch, tmp_path):
    monkeypatch.setattr(account.os, "geteuid", lambda: 1000)
    assert account.as_account(["postgres", tmp_path], needs=[tmp_path]) == ["postgres", str(tmp_path)]


def test_root_runs_it_as_nobody_with_a_pass_only_where_a_folder_is_closed(monkeypatch, tmp_path):
    monkeypatch.setattr(account.os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "_pass", lambda: "dac_read_search")
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    switched = account.as_account(["postgres"], needs=[closed / "data"])
    assert "--reuid=nobody" in switched
    assert "--ambient-caps=+dac_read_search" in switched
    monkeypatch.setattr(account, "_open_to_everyone", lambda path: True)
    assert not any("caps" in word for word in account.as_account(["postgres"], needs=[closed]))


def test_a_system_without_any_pass_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(account, "PASSES", ())
    with pytest.raises(CannotStart, match="move the project to a place that others may enter"):
        account._pass()
