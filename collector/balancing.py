"""Which stimuli an observer sees next: the least covered first, in an order that the seed fixes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A stimulus with the places that it has taken: valid tracks, and live reservations that may become one."""

    stimulus_id: int
    valid: int
    reserved: int


def choose(candidates: Sequence[Candidate], *, places: int, target: int, seed: int) -> list[int]:
    """Pick up to `places` stimuli that still need observers.

    Counts valid tracks, not started ones, so that abandoned and rejected trials are made up for. Reservations
    count too, or thirty observers who arrive together would all get the same clips; but a stimulus whose target
    is met by reservations alone is still offered after the others, since some of those will be abandoned.

    Returns stimulus ids in the order of showing, shuffled by `seed`; empty when every target is met by valid tracks.
    """
    rng = random.Random(seed)
    needed = sorted((c for c in candidates if c.valid < target), key=lambda c: c.stimulus_id)
    tie_break = {c.stimulus_id: rng.random() for c in needed}
    needed.sort(key=lambda c: (c.valid + c.reserved, tie_break[c.stimulus_id]))
    chosen = [c.stimulus_id for c in needed[:places]]
    rng.shuffle(chosen)
    return chosen
