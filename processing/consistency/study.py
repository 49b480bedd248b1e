"""One clip's consistency: agreement, ceiling, growth and how many more observers it needs, with intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from processing.bootstrap import Estimate, bootstrap_counts, interval
from processing.coarse import Floats, Positions, positions_of
from processing.consistency.agreement import Groups, MapCovariances, group_sizes, leave_one_out, random_groups
from processing.consistency.growth import PowerLaw, SpearmanBrown, ceiling
from processing.detection import FixationRule
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.resample import first_uncropped_k
from processing.tracks import Track

FEWEST_OBSERVERS = 4
_INSTANT_S = 0.08
_MOST_INSTANTS = 250
_GROUPS = 40  # pairs of groups of each size
_GROUPS_AGAIN = 4  # in each replicate
_POWER_LAW = 4  # the column of a replicate from which its parameters stand


@dataclass(frozen=True)
class Consistency:
    """What one clip's observers say.

    sizes, agreement: float64 (P,), two groups of so many agree so well. split_half: of halves of all.
    power_law_parameters: those of `power_law` with their intervals. needed: the observers in a group at which two
    groups agree as wanted.
    """

    observers: tuple[str, ...]
    instants: int
    split_half: Estimate
    leave_one_out: Floats
    sizes: Floats
    agreement: Floats
    spearman_brown: SpearmanBrown
    r1: Estimate
    power_law: PowerLaw | None
    power_law_parameters: dict[str, Estimate] | None
    wanted: float
    needed: Estimate
    needed_by_power_law: Estimate | None

    @property
    def more(self) -> int:
        """How many more observers the clip needs until its map and that of as many others agree as wanted."""
        return max(0, math.ceil(self.needed.value - 1e-9) - len(self.observers))

    def document(self) -> dict[str, Any]:
        """JSON-able; agreement that cannot be reached is None."""
        count = len(self.observers)
        return {
            "observers": count,
            "instants": self.instants,
            "split_half": self.split_half.document(4),
            "ceiling": _ceiling_of(self.split_half).document(4),
            "leave_one_out": {
                "mean": round(float(np.nanmean(self.leave_one_out)), 4),
                "by_observer": {
                    name: None if math.isnan(cc) else round(cc, 4)
                    for name, cc in zip(self.observers, self.leave_one_out.tolist(), strict=True)
                },
            },
            "growth": [
                {"observers": int(size), "cc": round(float(cc), 4)}
                for size, cc in zip(self.sizes, self.agreement, strict=True)
            ],
            "spearman_brown": {
                "r1": self.r1.document(4),
                "of_all": round(float(self.spearman_brown.at(np.array([float(count)]))[0]), 4),
            },
            "power_law": None
            if self.power_law_parameters is None
            else {name: own.document(4) for name, own in self.power_law_parameters.items()},
            "wanted": self.wanted,
            "needed": self.needed.document(1),
            "needed_by_power_law": None
            if self.needed_by_power_law is None
            else self.needed_by_power_law.document(1),
            "more": self.more,
        }


def positions_under(
    tracks: Sequence[Track], recipe: Recipe, *, duration_s: Fraction, width: int, height: int
) -> Positions:
    """Where hands were at evenly spaced instants of a clip, the recipe's lag taken off, crop and kinds obeyed."""
    end_k = max(int(duration_s * recipe.rate_hz), 1)
    lag_k = round(recipe.lag_ms * recipe.rate_hz / 1000)
    step = max(1, round(_INSTANT_S * recipe.rate_hz), -(-end_k // _MOST_INSTANTS))
    return positions_of(
        tracks,
        start_k=lag_k,
        end_k=end_k + lag_k,
        width=width,
        height=height,
        rule=FixationRule.of(recipe, width, height),
        crop_k=first_uncropped_k(recipe, recipe.rate_hz),
    ).at(slice(None, None, step))


def consistency(
    positions: Positions,
    *,
    size: tuple[int, int],
    sigma_px: float,
    wanted: float = 0.9,
    replicates: int = 200,
    seed: int = 0,
) -> Consistency:
    """Ask how well observers agree on a clip of `size` = (width, height) px under Gaussians of sigma_px.

    wanted: the agreement to reach, as CC between this clip's map and that of as many other observers. The
    intervals are bootstraps over observers; one who is drawn twice counts twice, in one group.
    Raises BadInput for fewer than four observers or hands that are never together, for wanted outside 0 to 1, and
    for a seed below 0.
    """
    if seed < 0:
        raise BadInput(f"a seed cannot be {seed}; give 0 or more")
    if not 0 < wanted < 1:
        raise BadInput(f"an agreement of {wanted:g} cannot be wanted; choose one between 0 and 1")
    count = len(positions.observers)
    if count < FEWEST_OBSERVERS:
        raise BadInput(f"{count} observers are too few to be divided; record {FEWEST_OBSERVERS} or more")
    covariances = MapCovariances.at(positions, size=size, sigma_px=sigma_px)
    if not len(covariances.of):
        raise BadInput("no two observers have a place at the same time; check the times of the tracks")
    groups = random_groups(np.ones(count), group_sizes(count), _GROUPS, np.random.default_rng(seed))
    agreement = covariances.agreement(groups.one, groups.other)
    sizes, means = _by_size(groups, agreement)
    law, power = _laws(groups, agreement)
    again = _replicates(covariances, wanted, replicates, seed)
    return Consistency(
        observers=positions.observers,
        instants=len(covariances.of),
        split_half=Estimate(float(means[-1]), *interval(again[:, 0])),
        leave_one_out=leave_one_out(covariances),
        sizes=sizes,
        agreement=means,
        spearman_brown=law,
        r1=Estimate(law.r1, *interval(again[:, 1])),
        power_law=power,
        power_law_parameters=None
        if power is None
        else {
            name: Estimate(value, *interval(again[:, column]))
            for column, (name, value) in enumerate(vars(power).items(), _POWER_LAW)
        },
        wanted=wanted,
        needed=Estimate(law.needed(wanted), *interval(again[:, 2])),
        needed_by_power_law=None if power is None else Estimate(power.needed(wanted), *interval(again[:, 3])),
    )


def _by_size(groups: Groups, agreement: Floats) -> tuple[Floats, Floats]:
    """Each size once, and the mean agreement of its groups that ever had places at the same time."""
    known = ~np.isnan(agreement)
    sizes = np.unique(groups.size[known])
    return sizes.astype(np.float64), np.array(
        [agreement[known & (groups.size == own)].mean() for own in sizes]
    )


def _laws(groups: Groups, agreement: Floats) -> tuple[SpearmanBrown, PowerLaw | None]:
    """Both laws, fitted to the groups' effective sizes."""
    known = ~np.isnan(agreement)
    sizes, seen = groups.effective[known], agreement[known]
    return SpearmanBrown.fitted(sizes, seen), PowerLaw.fitted(sizes, seen)


def _replicates(covariances: MapCovariances, wanted: float, replicates: int, seed: int) -> Floats:
    """Split-half, r1, the observers needed by either law and a, b, c of the power law in each replicate, float64
    (B, 7); NaN where there is none."""
    found = np.full((replicates, _POWER_LAW + 3), np.nan)
    halves_of = len(covariances.observers) // 2
    if not replicates:
        return found
    counts = np.stack([bootstrap_counts(name, replicates, seed) for name in covariances.observers], axis=1)
    for number, weights in enumerate(counts.astype(np.float64)):
        persons = int((weights > 0).sum())
        if persons < FEWEST_OBSERVERS:
            continue
        rng = np.random.default_rng([seed, number])
        groups = random_groups(weights, group_sizes(persons), _GROUPS_AGAIN, rng)
        agreement = covariances.agreement(groups.one, groups.other)
        largest = (groups.size == groups.size.max()) & ~np.isnan(agreement)
        if not largest.any():
            continue
        law, power = _laws(groups, agreement)
        half = SpearmanBrown.through(
            float(groups.effective[largest].mean()), float(agreement[largest].mean())
        )
        found[number, :3] = half.at(np.array([float(halves_of)]))[0], law.r1, law.needed(wanted)
        if power is not None:
            found[number, 3:] = power.needed(wanted), power.a, power.b, power.c
    return found


def _ceiling_of(split_half: Estimate) -> Estimate:
    low, high = (None if bound is None else ceiling(bound) for bound in (split_half.low, split_half.high))
    return Estimate(ceiling(split_half.value), low, high)
