"""A released dataset of synthetic clips and simulated observers, made without a site: the truth of training's bench.

The same clips and hands as the demonstration's, several rates among them; every clip keeps its tracks, so that how
well observers agree, and with it what a model can reach, is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from processing.consistency.growth import ceiling
from processing.consistency.study import consistency, positions_under
from processing.content import features
from processing.pipeline import FIXATIONS, SALIENCY, process_stimulus
from processing.recipe import Recipe
from processing.release import ReleaseItem, write_release
from processing.splits import stratified_split
from processing.synthetic import Attention, SyntheticClip, simulate_hand, watch, write_clip
from processing.tracks import Track
from processing.video import VideoFacts, prepare_rendition, probe

WIDTH, HEIGHT = 640, 360
SECONDS = 6
RATES = (Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(30))
# The hand runs on behind the clip's end, as recording does.
HOLD_S = 0.8
NO_INTERVAL = 0


@dataclass(frozen=True)
class Watched:
    """One clip, its video, where everybody looked, and everybody's hand."""

    name: str
    video: Path
    facts: VideoFacts
    eyes: Sequence[Attention]
    tracks: Sequence[Track]


@dataclass(frozen=True)
class World:
    """A release: `public` with the truth of train and public_test, `private` with that of private_test.

    human_cc: for each clip of the tests the ceiling of CC, sqrt(2r / (1 + r)) with r the split-half agreement of its
    observers.
    """

    public: Path
    private: Path
    watched: Sequence[Watched]
    human_cc: dict[str, float]


def synthetic_world(folder: Path, *, seed: int, clips: int, observers: int) -> World:
    """Make, build and release `clips` clips watched by `observers` each; another seed gives other clips and hands."""
    return released(folder, synthetic_clips(folder, seed=seed, clips=clips, observers=observers))


def synthetic_clips(folder: Path, *, seed: int, clips: int, observers: int) -> list[Watched]:
    """Clips of six seconds below `folder`, and the hands of all who watched them."""
    made = []
    for number in range(clips):
        clip_seed = 1000 * seed + number
        rate = RATES[number % len(RATES)]
        clip = SyntheticClip(clip_seed, WIDTH, HEIGHT, rate, round(SECONDS * rate))
        video = folder / "videos" / f"synthetic-{number:02d}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        write_clip(video, clip)
        eyes = [watch(clip, seed=clip_seed * 1000 + one) for one in range(observers)]
        made.append(watched(video.stem, video, eyes, seed=clip_seed))
    return made


def eyes_of(clip: Watched) -> list[Track]:
    """Where everybody looked, as tracks: what the hands of `clip` follow."""
    return [
        Track(hand.observer, eye.t_us, eye.x_px, eye.y_px)
        for hand, eye in zip(clip.tracks, clip.eyes, strict=True)
    ]


def filmed_world(folder: Path, sources: Sequence[Path], *, seed: int, observers: int) -> World:
    """The same of somebody's own videos, prepared as an import does; where made-up observers look in them is made up
    too: each follows a path of its own about one that all share."""
    made = []
    for number, source in enumerate(sources):
        # Its own name may be none for a clip of a release, or that of another one with another ending.
        video = folder / "videos" / f"filmed-{number:03d}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        facts = prepare_rendition(source, video).facts
        stand_in = SyntheticClip(1000 * seed + number, facts.width, facts.height, facts.fps, facts.frames)
        eyes = [watch(stand_in, seed=1000 * (1000 * seed + number) + one) for one in range(observers)]
        made.append(watched(video.stem, video, eyes, seed=number))
    return released(folder, made)


def released(
    folder: Path,
    clips: Sequence[Watched],
    recipe: Recipe | None = None,
    *,
    split: dict[str, list[str]] | None = None,
) -> World:
    """Build every clip and write the release below `folder`; the split is by content unless one is given."""
    recipe = recipe or Recipe()
    if split is None:
        content = [features(clip.video).vector() for clip in clips]
        split = stratified_split([clip.name for clip in clips], content, seed=0)
    part_of = {name: part for part, names in split.items() for name in names}
    items = []
    for clip in clips:
        out = folder / "builds" / clip.name
        process_stimulus(facts=clip.facts, tracks=clip.tracks, recipe=recipe, out_dir=out)
        items.append(
            ReleaseItem(
                name=clip.name,
                part=part_of[clip.name],
                video=clip.video,
                saliency=out / SALIENCY,
                fixations=out / FIXATIONS,
                facts=clip.facts,
                info={
                    "licence": "CC0-1.0",
                    "sigma_px": recipe.sigma_for(clip.facts.width, clip.facts.height),
                },
            )
        )
    public, private = folder / "public", folder / "private"
    write_release(
        out_public=public,
        out_private=private,
        items=items,
        recipe=recipe.document(),
        title="Synthetic clips",
        description="Made by training's bench.",
        simulated=True,
        provenance={},
        pictures=False,
    )
    tests = {name for part, names in split.items() if part != "train" for name in names}
    human_cc = {clip.name: _human_cc(clip, recipe) for clip in clips if clip.name in tests}
    return World(public, private, clips, human_cc)


def watched(name: str, video: Path, eyes: Sequence[Attention], *, seed: int) -> Watched:
    """The hands that follow those eyes on a video that is there."""
    facts = probe(video)
    end_us = round((float(facts.duration_s) + HOLD_S) * 1e6)
    tracks = []
    for number, eye in enumerate(eyes):
        hand = simulate_hand(
            eye, seed=seed * 1000 + number, width=facts.width, height=facts.height, end_us=end_us
        )
        tracks.append(Track(f"observer{number:03d}", hand.t_us, hand.x_px, hand.y_px))
    return Watched(name, video, facts, eyes, tracks)


def _human_cc(clip: Watched, recipe: Recipe) -> float:
    size = clip.facts.width, clip.facts.height
    positions = positions_under(
        clip.tracks,
        recipe,
        duration_s=Fraction(clip.facts.frames) / clip.facts.fps,
        width=size[0],
        height=size[1],
    )
    agreement = consistency(positions, size=size, sigma_px=recipe.sigma_for(*size), replicates=NO_INTERVAL)
    return ceiling(agreement.split_half.value)
