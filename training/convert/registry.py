"""The registry of public weights: what to download, where to put it, and how to know that it is the right file."""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from processing.errors import BadInput

# Where files of the registry are looked for, unless this variable of the environment names another folder.
FOLDER = Path("var/weights")
FOLDER_VARIABLE = "CURSAL_WEIGHTS"

UNKNOWN = "unknown"


class Weights(BaseModel):
    """An entry of `training/weights.toml`.

    sha256 is the whole sum or "unknown"; sha256_begins what its publisher put into the file's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    fits: str
    file: str
    url: str
    sha256: Annotated[str, Field(pattern=r"^(unknown|[0-9a-f]{64})$")] = UNKNOWN
    sha256_begins: Annotated[str, Field(pattern=r"^[0-9a-f]*$")] = ""
    licence_code: str
    licence_weights: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    patch: int = 0
    tubelet: int = 0
    frames: int = 0


@cache
def registry() -> dict[str, Weights]:
    """Every entry by its name."""
    text = resources.files("training").joinpath("weights.toml").read_text("utf-8")
    return {name: Weights.model_validate(entry) for name, entry in tomllib.loads(text).items()}


def find(name_or_path: str) -> Path:
    """The local file of a registry's name, or the path as given.

    Raises `BadInput` when a named file is not there, saying what to download and where to put it, or when
    it is another file than the registry knows.
    """
    entry = registry().get(name_or_path)
    if entry is None:
        if "/" in name_or_path or Path(name_or_path).suffix:
            return Path(name_or_path)
        raise BadInput(
            f"no weights are called {name_or_path!r}: use one of {', '.join(sorted(registry()))}, or a file's path"
        )
    path = Path(os.environ.get(FOLDER_VARIABLE) or FOLDER) / entry.file
    if not path.is_file():
        sure = f"sha256 {entry.sha256}" if entry.sha256 != UNKNOWN else "its sha256 is not known here"
        raise BadInput(
            f"{name_or_path} is not there: download {entry.url} and save it as {path} ({sure}; licence of the "
            f"weights: {entry.licence_weights})"
        )
    _check_sum(path, entry)
    return path


def _check_sum(path: Path, entry: Weights) -> None:
    if entry.sha256 == UNKNOWN and not entry.sha256_begins:
        return
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    wanted = entry.sha256_begins if entry.sha256 == UNKNOWN else entry.sha256
    if not found.startswith(wanted):
        raise BadInput(
            f"{path} is not the registered file: its sha256 begins with {found[:12]} and not {wanted[:12]}; download "
            f"{entry.url} again"
        )
