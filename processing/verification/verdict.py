"""What a verification found, in words and as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Held(StrEnum):
    """Which of the two promises held; the later, the worse."""

    BYTES = "bytes"
    FIXATIONS = "fixations"
    NEITHER = "neither"


_ORDER = list(Held)


@dataclass(frozen=True)
class Maps:
    """How two map videos differ. frames: of either; differing: frames that are not equal; levels: the greatest
    difference of a pixel, of 1023; same_bytes: whether the files are equal."""

    frames: int
    differing: int
    levels: int
    same_bytes: bool


@dataclass(frozen=True)
class Verdict:
    """What held of one clip or of a whole folder. faults: what did not, each in a line for a person."""

    held: Held
    faults: tuple[str, ...] = ()
    maps: Maps | None = None
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def of_clip(cls, faults: Iterable[str], maps: Maps | None, allowed_levels: int) -> "Verdict":
        """faults: in fixations, fingerprints or the number of frames; maps may differ by so many levels."""
        found = list(faults)
        if maps is not None and maps.levels > allowed_levels:
            found.append(
                f"{maps.differing} of {maps.frames} maps differ, by up to {maps.levels} levels of 1023 "
                f"where {allowed_levels} are allowed"
            )
        if found or maps is None:
            return cls(Held.NEITHER, tuple(found), maps)
        return cls(Held.BYTES if maps.same_bytes else Held.FIXATIONS, (), maps)

    @classmethod
    def together(cls, verdicts: Iterable["Verdict"], faults: Iterable[str] = ()) -> "Verdict":
        """The worst of all, and all faults."""
        several = list(verdicts)
        found = [*faults, *(fault for verdict in several for fault in verdict.faults)]
        held = max((verdict.held for verdict in several), key=_ORDER.index, default=Held.BYTES)
        maps = [verdict.maps for verdict in several if verdict.maps is not None]
        return cls(
            Held.NEITHER if found else held,
            tuple(found),
            Maps(
                sum(one.frames for one in maps),
                sum(one.differing for one in maps),
                max((one.levels for one in maps), default=0),
                all(one.same_bytes for one in maps),
            ),
            tuple(dict.fromkeys(note for verdict in several for note in verdict.notes)),
        )

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        if self.held is Held.BYTES:
            return "the same: every byte"
        if self.held is Held.FIXATIONS and self.maps is not None:
            return (
                f"the same fixations and fingerprints; {self.maps.differing} of {self.maps.frames} maps differ, "
                f"by at most {self.maps.levels} levels of 1023"
            )
        return f"not the same: {len(self.faults)} faults"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "held": self.held.value,
            "faults": list(self.faults),
            "notes": list(self.notes),
            "maps": None if self.maps is None else vars(self.maps),
        }
