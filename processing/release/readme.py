"""The README.md of a release, as text."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from processing.layouts import PARTS, PRIVATE_TEST, PUBLIC_TEST, TRAIN, Layout
from processing.release.clips import ReleasedClip

_SIMULATED = """> **SIMULATED. No person watched these clips.** The tracks come from simulated observers. Use this
> release to try programs out, never to say anything about where people look.
"""

_COLLECTION = """Each observer saw the clips blurred, with a clear window that followed the mouse, and the sound
on. What they moved the window to is taken for what they looked at."""

_METHOD = """The positions of the mouse were brought to media time and video pixels, put on a grid of `rate_hz`
samples a second by linear interpolation, and moved back by `lag_ms`, since the hand is late. All samples of a
frame's interval are its fixation points; a Gaussian stands on each. The recipe below is `recipe.json`."""

_ENCODINGS = {"near-lossless": "CRF 0, nearly lossless", "exact": "QP 0, lossless"}


@dataclass(frozen=True)
class About:
    """What a README tells of a release; clips in the order of their names."""

    title: str
    description: str
    simulated: bool
    collection: str
    version: str
    recipe: Mapping[str, Any]
    clips: Sequence[ReleasedClip]
    layout: Layout

    @property
    def heading(self) -> str:
        """The first line: title, version, and whether everything is simulated."""
        name = f"# {_line(self.title)}" + (f", version {_line(self.version)}" if self.version else "")
        return name + (" (SIMULATED)" if self.simulated else "")


def public_readme(about: About) -> str:
    """The README of the folder that is handed out."""
    sections = [
        about.heading,
        _SIMULATED if about.simulated else "",
        about.description.strip(),
        _contents(about),
        "## How it was collected\n\n" + (about.collection.strip() or _COLLECTION),
        "## From tracks to maps\n\n" + _METHOD + "\n\n```json\n" + _json(about.recipe) + "\n```",
        _maps(about),
        _rates(about),
        _scoring(about.layout),
        _licences(about),
    ]
    return "\n\n".join(section.strip("\n") for section in sections if section) + "\n"


def private_readme(about: About) -> str:
    """The README of the folder that stays with the organisers."""
    held = sum(clip.part == PRIVATE_TEST for clip in about.clips)
    sections = [
        about.heading + ": private truth",
        _SIMULATED if about.simulated else "",
        f"Maps and fixations of the part `{PRIVATE_TEST}`: {held} of {len(about.clips)} clips. **Not for handing "
        "out**: whoever has them can tune to them. The videos are in the public folder.",
        "## How to score\n\n" + _command(about.layout, PRIVATE_TEST),
    ]
    return "\n\n".join(section.strip("\n") for section in sections if section) + "\n"


def _contents(about: About) -> str:
    layout, rows = about.layout, []
    for part in PARTS:
        clips = [clip for clip in about.clips if clip.part == part]
        frames = sum(clip.facts.frames for clip in clips)
        seconds = float(sum((clip.facts.frames / clip.facts.fps for clip in clips), Fraction(0)))
        truth = "not in this folder" if part == PRIVATE_TEST else f"`{layout.saliency_folder(part)}`"
        rows.append((f"`{part}`", len(clips), frames, f"{seconds:.1f}", sum(c.points for c in clips), truth))
    table = _table(("part", "clips", "frames", "seconds", "fixation points", "maps"), rows)
    seen = (
        " The\n  pictures beside them are for looking only: there repeated points are one."
        if layout.fixation_pictures("NAME", TRAIN)
        else ""
    )
    return f"""## What is here

The layout is that of {layout.name}.

{table}

- {layout.documents}
- {_both(layout.video)}: every clip, with its sound where it has one.
- {_both(layout.saliency)}: a map for every frame.
- {_both(layout.fixations_file)}: a list over
  frames of lists of points `[row, column]`, whole pixels from the top left corner; repeated points count.{seen}
- `recipe.json`, `provenance.json`: how it was made and from what. `SHA256SUMS`: `sha256sum -c SHA256SUMS`."""


def _maps(about: About) -> str:
    encoding = _ENCODINGS.get(str(about.recipe.get("encoding", "near-lossless")), "")
    worst = max(clip.map_error_levels for clip in about.clips)
    return (
        f"Map videos are 10-bit H.264, {encoding}, full range and tagged so, each frame scaled from its minimum to "
        f"its maximum. Compared with maps made again from the fixations, some of their frames differ by at most "
        f"{worst} of 1023 levels."
    )


def _rates(about: About) -> str:
    rows = [(f"`{clip.name}`", clip.document()["fps"]) for clip in about.clips if clip.facts.fps != 30]
    if not rows:
        return "## Frame rates\n\nEvery clip has 30 frames a second."
    return (
        "## Frame rates\n\nClips keep the rate at which they were shown. These are not at 30 frames a second:\n\n"
        + _table(("clip", "frames a second"), rows)
    )


def _both(place: Callable[[str, str], PurePosixPath]) -> str:
    """Where a file of the training clips and of the public test clips lies."""
    return ", ".join(dict.fromkeys(f"`{place('NAME', part)}`" for part in (TRAIN, PUBLIC_TEST)))


def _scoring(layout: Layout) -> str:
    return (
        "## How to score\n\nPredictions are maps named `NAME.mp4`, as many frames as the clip has and "
        "its size.\n\n" + _command(layout, PUBLIC_TEST)
    )


def _command(layout: Layout, part: str) -> str:
    return f"""```
cursal evaluate --predictions PREDICTIONS --truth {layout.saliency_folder(part)} \\
    --fixations {layout.fixations_folder(part)} \\
    {layout.evaluate_options(part)} --out results.json
```"""


def _licences(about: About) -> str:
    counts = Counter(_line(clip.info["licence"]) for clip in about.clips)
    summary = ", ".join(f"{licence} ({count})" for licence, count in sorted(counts.items()))
    rows = [
        (
            f"`{clip.name}`",
            _line(clip.info["licence"]),
            _line(clip.info.get("attribution")),
            _line(clip.info.get("source_url")),
        )
        for clip in about.clips
    ]
    table = _table(("clip", "licence", "attribution", "source"), rows)
    return f"## Licences\n\nThe clips belong to their authors: {summary}.\n\n{table}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _line(text: object) -> str:
    """Text from people, on one line, so that it cannot break out of its place."""
    return " ".join(str(text or "").split())


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
