"""JSON files of a dataset: whole documents, and a document a line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from processing.errors import BadInput


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises BadInput when it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadInput(f"there is no {path.name} in {path.parent}") from None
    except (OSError, ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError
        raise BadInput(f"{path.name} cannot be read as JSON: {error}") from error


def write_json(path: Path, document: Any) -> None:
    """Readable JSON with sorted keys: the same document gives the same bytes."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one a line; empty lines are passed over. Raises BadInput, naming the line."""
    objects = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be read as lines of JSON: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"line {number} of {path.name} cannot be read as JSON: {error}") from error
        if not isinstance(document, dict):
            raise BadInput(f"line {number} of {path.name} must be a JSON object")
        objects.append(document)
    return objects


def write_json_lines(path: Path, documents: Iterable[Mapping[str, Any]]) -> None:
    """One object a line with sorted keys: the same documents give the same bytes."""
    lines = (json.dumps(one, sort_keys=True, ensure_ascii=False, allow_nan=False) for one in documents)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
