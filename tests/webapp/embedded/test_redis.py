import stat
from types import SimpleNamespace

import pytest

from webapp.embedded import redis
from webapp.embedded.errors import CannotStart


def fake_server(folder, name, says):
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A PATH of one folder, and no bundled server."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("Redis server v=7.0.15 sha=0 malloc=jemalloc", (7, 0)),
        ("Server v=8.1.0 sha=0 malloc=jemalloc", (8, 1)),
        ("what?", (0, 0)),
    ],
)
def test_the_version_is_read_from_what_the_server_says(tmp_path, says, expected):
    assert redis.version(fake_server(tmp_path, "server", says)) == expected


def test_the_machines_own_server_comes_first(path):
    own = fake_server(path, "redis-server", "Redis server v=6.2.7 sha=0")
    assert redis.program() == own


def test_an_old_server_gives_way_to_the_bundled_one(path, monkeypatch):
    fake_server(path, "redis-server", "Redis server v=5.0.7 sha=0")
    (path / "bin").mkdir()
    bundled = fake_server(path / "bin", "redis-server", "Redis server v=6.2.14 sha=0")
    found = SimpleNamespace(origin=str(path / "__init__.py"))
    monkeypatch.setattr(redis, "find_spec", lambda name: found)
    assert redis.program() == bundled


def test_without_any_server_the_command_is_named(path, monkeypatch):
    monkeypatch.setattr(redis, "find_spec", lambda name: None)
    monkeypatch.setattr(redis, "is_root", lambda: False)
    with pytest.raises(CannotStart, match="run `sudo apt-get install redis-server`"):
        redis.program()


def test_the_configuration_holds_the_password_and_is_closed_to_others(tmp_path):
    server = redis.Redis(data=tmp_path / "redis", port=6399, password="so-secret")
    server.prepare()
    written = tmp_path / "redis" / "redis.conf"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    lines = written.read_text().splitlines()
    assert "requirepass so-secret" in lines
    assert "bind 127.0.0.1" in lines
    assert "appendonly yes" in lines
    assert "so-secret" not in " ".join(server.command())
