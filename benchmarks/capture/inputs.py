"""What the parts of the bench are given."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.videos import videos_in

MOST_CLIPS = 8  # of which watching takes some ten minutes; the long series watches all


@dataclass(frozen=True)
class Inputs:
    """`clips` are somebody's own videos in the order of their names, none for synthetic ones; `full` asks for the
    long series; `seconds` is how long a load is kept up.
    """

    clips: tuple[Path, ...] = ()
    full: bool = False
    seconds: int = 120

    @classmethod
    def of(cls, folder: Path | None, *, full: bool, seconds: int) -> "Inputs":
        """With videos of `folder`, of many some from all over it; raises ValueError when it holds none."""
        if folder is None:
            return cls(full=full, seconds=seconds)
        clips = videos_in(folder)
        most = len(clips) if full else min(MOST_CLIPS, len(clips))
        chosen = tuple(clips[index * len(clips) // most] for index in range(most))
        return cls(clips=chosen, full=full, seconds=seconds)

    def as_json(self) -> dict[str, Any]:
        """For the report: names, not places."""
        clips = [path.name for path in self.clips] or "synthetic"
        return {"clips": clips, "full": self.full, "seconds": self.seconds}

    def dumps(self) -> str:
        """For a process of its own; `loads` reads it."""
        return json.dumps(
            {"clips": [str(path) for path in self.clips], "full": self.full, "seconds": self.seconds}
        )

    @classmethod
    def loads(cls, text: str) -> "Inputs":
        """What `dumps` wrote."""
        said = json.loads(text)
        return cls(tuple(Path(path) for path in said["clips"]), said["full"], said["seconds"])
