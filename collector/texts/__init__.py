"""Every word that an observer reads, one TOML file a language.

Not gettext: the same sentences are used by the pages and, as JSON, by the player; they need no compiling before a
first start; and a test holds the languages to the same keys and the same {places}.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"en": "English", "zh-hans": "中文"}


@cache
def catalogue(language: str) -> dict[str, Any]:
    """The texts of one language: tables a page, `player` for what scripts say. Raises KeyError for another one."""
    if language not in LANGUAGES:
        raise KeyError(f"no texts in {language!r}")
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))


def choose(wanted: str, offered: Sequence[str]) -> str:
    """The wanted language if it is offered, else the first one that is."""
    return wanted if wanted in offered else offered[0]
