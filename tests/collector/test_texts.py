import re

import pytest

from collector import texts

PLACE = re.compile(r"\{(\w+)\}")


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


def test_an_unknown_language_is_an_error():
    with pytest.raises(KeyError, match="fr"):
        texts.catalogue("fr")


def test_the_wanted_language_is_chosen_when_it_is_offered():
    assert texts.choose("zh-hans", ("en", "zh-hans")) == "zh-hans"
    assert texts.choose("fr", ("zh-hans", "en")) == "zh-hans"
