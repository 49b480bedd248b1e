"""The clips of a part of a release."""

from __future__ import annotations

from processing.errors import BadInput
from processing.layouts import Dataset


def names_in(dataset: Dataset, part: str) -> list[str]:
    """Names of the clips of a part, sorted; raises BadInput for a part without clips."""
    parts = dataset.parts()
    names = sorted(parts.get(part, []))
    if not names:
        filled = ", ".join(sorted(other for other, clips in parts.items() if clips))
        where = f"there are some in {filled}" if filled else "nor in any other"
        raise BadInput(f"{dataset.root} has no clips in its part {part!r}: {where}")
    return names
