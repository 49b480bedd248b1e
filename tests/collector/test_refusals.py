"""Whatever the site refuses an observer, the observer is told in words of the own language."""

import re
from pathlib import Path

import pytest

from collector import texts

PROJECT = Path(__file__).parents[2]
# What no honest page meets, what it handles without a word, and what staff or other pages meet.
UNSAID = {
    "chunk_count",
    "chunk_too_large",
    "content_type_unknown",
    "encoding_unknown",
    "reason_missing",
    "study_closed",
    "too_early",
    "too_many_calls",
    "wrong_step",
}


def refused_codes():
    sources = (path.read_text() for path in (PROJECT / "collector").rglob("*.py"))
    return {code for source in sources for code in re.findall(r'Refused\(\s*"([a-z_]+)"', source)}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_each_refusal_has_words(language):
    words = texts.catalogue(language)["player"]
    assert {code for code in refused_codes() - UNSAID if f"refused_{code}" not in words} == set()


def test_nothing_is_left_unsaid_that_is_never_refused():
    assert refused_codes() >= UNSAID
