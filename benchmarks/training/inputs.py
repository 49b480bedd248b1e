"""What the parts of training's bench are given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Inputs:
    """`clips`: somebody's own videos, none for synthetic ones. `seed`: of synthetic clips and hands; the presets were
    chosen on 1. `full`: the long series too."""

    clips: tuple[Path, ...] = ()
    seed: int = 2
    full: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the report: names, not places."""
        clips = [path.name for path in self.clips] or "synthetic"
        return {"clips": clips, "seed": self.seed, "full": self.full}

    def dumps(self) -> str:
        """For a process of its own; `loads` reads it."""
        return json.dumps({"clips": [str(path) for path in self.clips], "seed": self.seed, "full": self.full})

    @classmethod
    def loads(cls, text: str) -> Inputs:
        """What `dumps` wrote."""
        said = json.loads(text)
        return cls(tuple(Path(path) for path in said["clips"]), said["seed"], said["full"])
