"""The configurations that a curator may choose from: the presets of the training program, read as text.

The program itself is never imported here; its folder is found where Python would find it.
"""

import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FOR_TESTS = "tiny_"


@dataclass(frozen=True)
class Preset:
    """A preset as a form shows it: `description` is the comment at the head of its file."""

    name: str
    model: str
    description: str


def presets() -> list[Preset]:
    """All presets by name but those for tests; none where the training program is not installed, as on a server for
    pages alone."""
    spec = find_spec("training")
    folders = spec.submodule_search_locations if spec else None
    files = sorted(file for folder in folders or () for file in (Path(folder) / "configs").glob("*.toml"))
    return [_preset(file) for file in files if not file.stem.startswith(FOR_TESTS)]


def _preset(file: Path) -> Preset:
    text = file.read_text("utf-8")
    head: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        head.append(line.removeprefix("#").strip())
    return Preset(file.stem, str(tomllib.loads(text).get("model", "")), " ".join(head))
