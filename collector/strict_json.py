"""JSON as it is meant: no numbers that are none, no key twice, no text that a database cannot hold. Pure."""

import json
import math
from typing import Any

from processing.errors import BadInput

NUL = "\x00"


def loads(text: bytes) -> Any:
    """The value of a JSON text in UTF-8; raises BadInput with one line that says what is wrong."""
    try:
        value = json.loads(
            text.decode(), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_without_doubles
        )
    except RecursionError as error:
        raise BadInput("the JSON is nested too deeply") from error
    except ValueError as error:  # UnicodeDecodeError, JSONDecodeError, and integers without end
        raise BadInput(f"this is not JSON: {str(error)[:120]}") from error
    require_storable(value)
    return value


def _refuse(constant: str) -> float:
    raise BadInput(f"{constant} is no number in JSON: leave the value out")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadInput("a number is too large")
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadInput("a key stands twice in the same object")
    return found


def require_storable(value: Any) -> None:
    """Raises BadInput for a text with a NUL or half of a surrogate pair: PostgreSQL holds neither."""
    if isinstance(value, str):
        if NUL in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise BadInput("a text holds characters that cannot be stored")
    elif isinstance(value, dict):
        for key, item in value.items():
            require_storable(key)
            require_storable(item)
    elif isinstance(value, list):
        for item in value:
            require_storable(item)
