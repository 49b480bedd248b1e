"""Configurations in and out: TOML and plain types in, their hash out."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from processing.errors import BadInput
from training.config.baselines import Config

_reader: TypeAdapter[Config] = TypeAdapter(Annotated[Config, Field(discriminator="model")])

_TAGS = {model for kind in get_args(Config) for model in get_args(kind.model_fields["model"].annotation)}


def presets() -> list[str]:
    """Names of the configurations that come with Cursal, sorted."""
    return sorted(
        Path(entry.name).stem
        for entry in resources.files("training.configs").iterdir()
        if entry.name.endswith(".toml")
    )


def load(name_or_path: str, overrides: Sequence[str] = ()) -> Config:
    """Read a preset by its name, or a TOML file by its path (anything with a slash or ending in `.toml`).

    `overrides` are `table.key=value` with a value as in TOML; a word that is no TOML is taken for text.
    Raises `BadInput` when it does not exist, is no TOML, or holds an unknown key or an impossible value.
    """
    if "/" not in name_or_path and not name_or_path.endswith(".toml"):
        if name_or_path not in presets():
            raise BadInput(
                f"no preset is called {name_or_path!r}: use one of {', '.join(presets())}, or the path of a TOML file"
            )
        text = resources.files("training.configs").joinpath(f"{name_or_path}.toml").read_text("utf-8")
    else:
        path = Path(name_or_path)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot read the configuration {path}: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name_or_path} is not valid TOML: {error}") from error
    for override in overrides:
        _apply(document, override)
    return from_document(document, name_or_path)


def from_document(document: object, source: str = "configuration") -> Config:
    """Check a configuration given as plain types; `source` names it in the error."""
    try:
        return _reader.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        # The discriminator's own tag stands first in the location and is no key of the file.
        key = ".".join(str(part) for part in first["loc"] if part not in _TAGS)
        reason = (
            "unknown key"
            if first["type"] == "extra_forbidden"
            else first["msg"].removeprefix("Value error, ")
        )
        raise BadInput(f"{source}: {key + ': ' if key else ''}{reason}") from error


def fingerprint(config: Config) -> str:
    """The name of a configuration, in hex."""
    return fingerprint_of(config.model_dump(mode="json"))


def fingerprint_of(document: object) -> str:
    """sha256 of a configuration as it was stored, as sorted JSON, whatever keys have come since."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def schema() -> dict[str, Any]:
    """The JSON schema of all configurations, with a description of every key."""
    return _reader.json_schema()


def _apply(document: dict[str, Any], override: str) -> None:
    """Set one key of a document; tables that are not there are made."""
    key, equals, text = override.partition("=")
    tables = key.strip().split(".")
    if not equals or not all(tables):
        raise BadInput(f"cannot read the setting {override!r}: write it as table.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        value = text.strip()
    table = document
    for name in tables[:-1]:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise BadInput(f"cannot apply the setting {override!r}: {name} is no table")
        table = inner
    table[tables[-1]] = value
