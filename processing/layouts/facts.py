"""Which clip a fact belongs to, in files whose keys nobody published.

The published sets tell facts of a clip by its name with or without ``.mp4``, by a path, or by a number; ours by
``name``. What cannot be placed is passed over: it is description, and no number depends on it.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

Facts = dict[str, dict[str, Any]]

# Looked at first; any other value that is a clip's name names it, too.
_NAMING_KEYS = ("name", "file_name", "filename", "video", "video_name", "id")
_NUMBER_DIGITS = 4


def facts_by_clip(document: Any, clips: Collection[str]) -> Facts:
    """Facts by clip, of an object of objects by name or of a list of objects that name their clip."""
    if isinstance(document, Mapping):
        given = {
            key.removesuffix(".mp4"): dict(facts)
            for key, facts in document.items()
            if isinstance(facts, Mapping)
        }
        return {name: facts for name, facts in given.items() if name in clips}
    lines = document if isinstance(document, list) else []
    return facts_of_lines((one for one in lines if isinstance(one, Mapping)), clips)


def facts_of_lines(lines: Iterable[Mapping[str, Any]], clips: Collection[str]) -> Facts:
    """Facts by clip, of objects that name their clip; of several about one clip the last counts."""
    found: Facts = {}
    for line in lines:
        name = named_clip(line, clips)
        if name is not None:
            found[name] = dict(line)
    return found


def named_clip(line: Mapping[str, Any], clips: Collection[str]) -> str | None:
    """The clip that an object speaks of, None where it cannot be told."""
    values = [line[key] for key in _NAMING_KEYS if key in line] + list(line.values())
    return next((name for name in map(_as_name, values) if name in clips), None)


def _as_name(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:0{_NUMBER_DIGITS}d}"
    return PurePosixPath(value).name.removesuffix(".mp4") if isinstance(value, str) else ""
