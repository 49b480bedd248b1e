import re
from pathlib import Path
from typing import get_args

import pytest

from collector import texts
from collector.api.visits import Exit
from collector.page_contents import DEVICE_CHECKS

NEVER_FAIL = ("storage", "site")  # one is only told of, the other tried until it succeeds
PLACE = re.compile(r"\{(\w+)\}")
PLAYER = Path(texts.__file__).parents[1] / "static/collector/player"
TEMPLATES = Path(texts.__file__).parents[1] / "templates/collector"


def leaves(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def test_every_language_has_the_same_texts_with_the_same_places():
    english = dict(leaves(texts.catalogue("en")))
    for language in texts.LANGUAGES:
        words = dict(leaves(texts.catalogue(language)))
        assert words.keys() == english.keys()
        for key, text in words.items():
            assert text.strip()
            assert set(PLACE.findall(text)) == set(PLACE.findall(english[key])), key


def test_scripts_ask_for_texts_that_there_are():
    asked = {
        key
        for script in PLAYER.rglob("*.js")
        for key in re.findall(r"(?<!#)\btexts\.(\w+)", script.read_text())
    }
    assert asked
    assert asked - texts.catalogue("en")["player"].keys() == set()


def test_pages_ask_for_texts_that_there_are():
    asked = {
        key for page in TEMPLATES.glob("*.html") for key in re.findall(r"\bt\.(\w+\.\w+)", page.read_text())
    }
    there = {".".join(path) for path, _ in leaves(texts.catalogue("en"))}
    assert asked
    assert asked - there == set()


def test_every_check_has_a_name_and_each_that_can_fail_a_remedy_in_words():
    words = texts.catalogue("en")
    for name in DEVICE_CHECKS:
        assert name in words["check"]
        assert (f"remedy_{name}" in words["player"]) is (name not in NEVER_FAIL)


def test_every_way_out_of_the_player_is_known_to_the_site_and_says_what_happened():
    leave = (PLAYER / "leave.js").read_text()
    reasons = re.findall(r'"(\w+)"', leave[leave.index("@typedef") : leave.index("ExitReason")])
    assert "follow_failed" in reasons
    assert set(reasons) <= texts.catalogue("en")["screened"].keys()
    assert sorted(reasons) == sorted(get_args(Exit.model_fields["reason"].annotation))


def test_an_unknown_language_is_an_error():
    with pytest.raises(KeyError, match="fr"):
        texts.catalogue("fr")


def test_the_wanted_language_is_chosen_when_it_is_offered():
    assert texts.choose("zh-hans", ("en", "zh-hans")) == "zh-hans"
    assert texts.choose("fr", ("zh-hans", "en")) == "zh-hans"
