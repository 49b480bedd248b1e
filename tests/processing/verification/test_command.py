import json

import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from processing.verification.command import verify_command


def run(*arguments):
    ran = CliRunner().invoke(verify_command, [*map(str, arguments)], standalone_mode=False)
    if ran.exception is not None:
        raise ran.exception
    return ran


def test_the_exit_status_and_the_words_say_which_held(build, clip, tracks_file, tmp_path):
    folder = build()
    ran = run(folder)
    assert (ran.return_value, "every byte" in ran.stdout) == (0, True)
    ran = run(folder, "--video", clip, "--tracks", tracks_file, "--json", tmp_path / "verdict.json")
    assert ran.return_value == 0
    assert json.loads((tmp_path / "verdict.json").read_text())["held"] == "bytes"
    ran = run(folder, "--against", build("other", lag_ms=200))
    assert ran.return_value == 3
    assert "not the same" in ran.stdout
    assert "recipe_fingerprint differs" in ran.stderr


def test_a_release_is_told_from_a_build(release, build):
    folder = release()
    assert run(folder).return_value == 0
    assert run(folder, "--against", folder).return_value == 0
    with pytest.raises(BadInput, match="like with like"):
        run(folder, "--against", build())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["absent"], "there is no folder absent"),
        ([".", "--video", "V"], "go together"),
        ([".", "--video", "V", "--tracks", "T", "--against", "."], "give one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, complaint):
    with pytest.raises(BadInput, match=complaint):
        run(*arguments)
