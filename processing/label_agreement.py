"""How well found fixations agree with what people marked by hand, sample by sample.

A hand's cursor cannot be labelled, so the detection is checked where labels exist: on eyes. Coders tell fixation
and pursuit apart, I-VT and I-DT do not, so both count as resting on something; saccades and glissades do not.
Samples that a coder called a blink or undefined, and those without a position, are not compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.detection import FixationRule, fixated
from processing.gaze import (
    BLINK,
    FIXATION,
    PURSUIT,
    PX_PER_DEG,
    SCREEN_HEIGHT_PX,
    SCREEN_WIDTH_PX,
    UNDEFINED,
    LabelledGaze,
)
from processing.recipe import Recipe

Mask = NDArray[np.bool_]

CODERS = "coders"
# The usual thresholds of either algorithm; see `processing.recipe` for their sources.
USUAL = {
    "all": Recipe(),
    "ivt": Recipe(fixations="ivt", ivt_speed_deg_s=30.0, px_per_deg=PX_PER_DEG),
    "idt": Recipe(fixations="idt", idt_dispersion_deg=1.0, px_per_deg=PX_PER_DEG),
}


@dataclass(frozen=True)
class Agreement:
    """Of two markings of the same samples. share: 0 to 1, of samples marked alike. kappa: Cohen's, None where one
    marking is the same throughout by both, so that chance alone would agree always."""

    samples: int
    share: float
    kappa: float | None

    @classmethod
    def of(cls, one: Mask, other: Mask) -> "Agreement":
        """one, other: bool (N,), N >= 1.

        Cohen, "A coefficient of agreement for nominal scales" (Educational and Psychological Measurement 20, 1960).
        """
        share = float((one == other).mean())
        chance = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
        return cls(len(one), share, None if chance == 1 else (share - chance) / (1 - chance))

    def document(self) -> dict[str, Any]:
        """JSON-able and rounded."""
        kappa = None if self.kappa is None else round(self.kappa, 4)
        return {"samples": self.samples, "share": round(self.share, 4), "kappa": kappa}


def agreement_with_labels(
    recordings: Sequence[LabelledGaze], recipes: Mapping[str, Recipe] = USUAL
) -> dict[str, Any]:
    """Each recipe's fixations against every coder's labels, and the coders against each other, JSON-able.

    Pooled over all samples, and a recording at a time. Recipes hold at each recording's own rate, their shares and
    pixels on the 1024 x 768 px screen.
    """
    pairs: dict[str, list[tuple[Mask, Mask]]] = {name: [] for name in (*recipes, CODERS)}
    each = []
    for gaze in recordings:
        row: dict[str, Any] = {"observer": gaze.observer, "clip": gaze.clip, "coder": gaze.coder}
        compared = _compared(gaze)
        for name, recipe in recipes.items():
            pair = (_found(gaze, recipe)[compared], _resting(gaze)[compared])
            pairs[name].append(pair)
            row[name] = Agreement.of(*pair).document()
        each.append(row)
    pairs[CODERS] = [
        pair
        for at, one in enumerate(recordings)
        for other in recordings[at + 1 :]
        for pair in _both(one, other)
    ]
    pooled = {name: _pooled(own).document() for name, own in pairs.items() if own}
    return {"pooled": pooled, "recordings": each}


def _found(gaze: LabelledGaze, recipe: Recipe) -> Mask:
    at_its_rate = recipe.model_copy(update={"rate_hz": gaze.rate_hz})
    rule = FixationRule.of(at_its_rate, SCREEN_WIDTH_PX, SCREEN_HEIGHT_PX)
    return fixated(gaze.x_px, gaze.y_px, rule)


def _resting(gaze: LabelledGaze) -> Mask:
    return np.isin(gaze.label, [FIXATION, PURSUIT])


def _compared(gaze: LabelledGaze) -> Mask:
    return np.isfinite(gaze.x_px) & ~np.isin(gaze.label, [BLINK, UNDEFINED])


def _both(one: LabelledGaze, other: LabelledGaze) -> list[tuple[Mask, Mask]]:
    """Two coders' marks of the same eyes, as far as both go; nothing for different eyes."""
    if (one.observer, one.clip) != (other.observer, other.clip):
        return []
    length = min(len(one.label), len(other.label))
    compared = (_compared(one)[:length]) & (_compared(other)[:length])
    return [(_resting(one)[:length][compared], _resting(other)[:length][compared])]


def _pooled(pairs: Sequence[tuple[Mask, Mask]]) -> Agreement:
    return Agreement.of(
        np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])
    )
