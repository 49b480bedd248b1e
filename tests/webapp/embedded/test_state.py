import stat

import pytest

from webapp.embedded.errors import CannotStart
from webapp.embedded.state import StateFolder


@pytest.fixture
def state(tmp_path):
    folder = StateFolder(tmp_path / "var")
    folder.prepare()
    return folder


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_made_once_for_its_owner_only(state):
    made = state.secret("secret-key")
    assert len(made) >= 50
    assert permissions(state.secret_key) == 0o600
    assert state.secret("secret-key") == made
    assert state.secret("another") != made


def test_nobody_else_may_list_the_folder(state):
    assert permissions(state.root) & 0o066 == 0
    assert permissions(state.log) == permissions(state.run) == 0o700


def test_a_second_launcher_is_told_where_the_first_one_is(state):
    with state.locked():
        state.publish({"CURSAL_URL": "http://127.0.0.1:8000"})
        assert state.is_locked()
        with (
            pytest.raises(CannotStart, match=r"already runs on .* at http://127\.0\.0\.1:8000"),
            state.locked(),
        ):
            pass
    assert not state.is_locked()


def test_what_was_published_can_be_taken_away(state):
    state.publish({"REDIS_URL": "redis://"})
    assert permissions(state.run / "environment.json") == 0o600
    assert state.published() == {"REDIS_URL": "redis://"}
    state.withdraw()
    assert state.published() == {}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"cannot write to .*file/var"):
        StateFolder(tmp_path / "file" / "var").prepare()
