"""Whether sound helps: what scores gain when each clip is heard with its own sound, and how sure that is.

A gain is the score with the own sound less the score with another clip's, or with none; a gain in kld is good below
zero. Clips are the sample: intervals are bootstrapped over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from processing.bootstrap import Estimate, bootstrap_counts, interval
from processing.errors import BadInput

Scores = Mapping[str, float | None]

ALL = "all"
OWN, SHUFFLED, NONE = "own", "shuffled", "none"
HEARD = (OWN, SHUFFLED, NONE)
DECIDING = "cc"
REPLICATES = 2000
DIGITS = 6

# Of five clips that all gain, chance alone makes one in 32; of six one in 64, less than the 2.5 % of one end.
FEWEST_CLIPS = 6


@dataclass(frozen=True)
class Listened:
    """One clip's scores by whose sound was heard (`HEARD`); `group` is None where the clip is in no group."""

    name: str
    sound_of: str
    group: str | None
    scores: Mapping[str, Scores]

    @property
    def metrics(self) -> list[str]:
        return list(self.scores[OWN])

    def gain(self, metric: str, over: str) -> float | None:
        """Own less `over`; None where either has no value."""
        own, other = self.scores[OWN].get(metric), self.scores[over].get(metric)
        return None if own is None or other is None else own - other

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "name": self.name,
            "group": self.group,
            "sound_of": self.sound_of,
            "scores": {heard: _rounded(self.scores[heard]) for heard in HEARD},
            "gain": {
                over: _rounded({metric: self.gain(metric, over) for metric in self.metrics})
                for over in HEARD[1:]
            },
        }


@dataclass(frozen=True)
class Group:
    """The clips of one kind: means by whose sound was heard, gains by what they are over, each by metric."""

    name: str
    clips: int
    mean: Mapping[str, Scores]
    gain: Mapping[str, Mapping[str, Estimate | None]]

    @property
    def verdict(self) -> str:
        """In words; "sound helps" only where the whole interval of the gain over another clip's sound is above 0."""
        found = self.gain[SHUFFLED].get(DECIDING)
        if found is None or found.low is None:
            return "too few clips to tell"
        return "sound helps" if found.low > 0 else "sound is not shown to help"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "group": self.name,
            "clips": self.clips,
            "verdict": self.verdict,
            "mean": {heard: _rounded(self.mean[heard]) for heard in HEARD},
            "gain": {
                over: {metric: found and found.document(DIGITS) for metric, found in gains.items()}
                for over, gains in self.gain.items()
            },
        }


def shuffled(names: Sequence[str], seed: int) -> dict[str, str]:
    """Whose sound each clip gets: the next one's in a random order that closes in a circle, so nobody its own.

    The seed and the names decide, not their order. Raises BadInput for fewer than two.
    """
    if len(names) < 2:
        raise BadInput(
            f"{len(names)} of the clips have sound, and another clip's takes two: choose a part with more"
        )
    order = np.random.default_rng(seed).permutation(sorted(names)).tolist()
    return dict(zip(order, [*order[1:], order[0]], strict=True))


def groups(clips: Sequence[Listened], seed: int) -> list[Group]:
    """All clips as one group, then each group by its name."""
    names = sorted({clip.group for clip in clips if clip.group is not None})
    return [
        _group(ALL, clips, seed),
        *(_group(name, [clip for clip in clips if clip.group == name], seed) for name in names),
    ]


def estimate(gains: Mapping[str, float], seed: int) -> Estimate | None:
    """The mean gain over clips and its interval; None without clips, no interval of fewer than `FEWEST_CLIPS`."""
    if not gains:
        return None
    value = fmean(gains.values())
    if len(gains) < FEWEST_CLIPS:
        return Estimate(value, None, None)
    counts = np.array([bootstrap_counts(name, REPLICATES, seed) for name in gains])
    drawn = counts.sum(axis=0)
    sums = np.array(list(gains.values())) @ counts
    replicates = np.divide(sums, drawn, out=np.full(REPLICATES, np.nan), where=drawn > 0)
    return Estimate(value, *interval(replicates))


def _group(name: str, clips: Sequence[Listened], seed: int) -> Group:
    metrics = clips[0].metrics if clips else []
    gain = {
        over: {
            metric: estimate(
                {clip.name: found for clip in clips if (found := clip.gain(metric, over)) is not None}, seed
            )
            for metric in metrics
        }
        for over in HEARD[1:]
    }
    mean = {heard: {metric: _mean(clips, heard, metric) for metric in metrics} for heard in HEARD}
    return Group(name, len(clips), mean, gain)


def _mean(clips: Sequence[Listened], heard: str, metric: str) -> float | None:
    known = [value for clip in clips if (value := clip.scores[heard].get(metric)) is not None]
    return fmean(known) if known else None


def _rounded(scores: Scores) -> dict[str, float | None]:
    return {metric: None if value is None else round(value, DIGITS) for metric, value in scores.items()}
