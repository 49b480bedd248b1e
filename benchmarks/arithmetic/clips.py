"""What the parts measure on: a synthetic Full HD clip, simulated hands over it, and what a build makes of them."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from processing.layouts import read_fixations
from processing.pipeline import FIXATIONS, SALIENCY, process_stimulus
from processing.recipe import Recipe
from processing.synthetic import SyntheticClip, simulate_hand, watch, write_clip
from processing.tracks import Track
from processing.tracks.csv_file import write_csv
from processing.video import VideoFacts, probe

WIDTH, HEIGHT, FPS = 1920, 1080, Fraction(30)
OBSERVERS, SECONDS = 75, 20


@dataclass(frozen=True)
class Material:
    """One clip and hands over it; `tracks` is the CSV that `cursal build` reads."""

    video: Path
    tracks: Path
    facts: VideoFacts
    hands: list[Track]

    @classmethod
    def made(
        cls, folder: Path, *, seconds: int = SECONDS, observers: int = OBSERVERS, seed: int = 1
    ) -> "Material":
        """Make the clip and its tracks in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        clip = SyntheticClip(seed, WIDTH, HEIGHT, FPS, round(seconds * FPS))
        video, tracks = folder / "clip.mp4", folder / "tracks.csv"
        if not video.exists():
            write_clip(video, clip)
        hands = [_hand(clip, observer) for observer in range(observers)]
        write_csv(tracks, hands)
        return cls(video, tracks, probe(video), hands)

    def built(self, folder: Path) -> Path:
        """Build the clip as published; returns the folder with saliency.mp4 and fixations.json."""
        process_stimulus(facts=self.facts, tracks=self.hands, recipe=Recipe(), out_dir=folder)
        return folder


@dataclass(frozen=True)
class ScoringFolders:
    """Predictions, truth and fixations of one clip, as `cursal evaluate` takes them."""

    predictions: Path
    truth: Path
    fixations: Path

    @classmethod
    def of_builds(cls, folder: Path, *, prediction: Path, truth: Path) -> "ScoringFolders":
        """Two builds of one clip, the first taken for a prediction of the second."""
        made = cls(folder / "predictions", folder / "truth", folder / "fixations")
        for place in (made.predictions, made.truth, made.fixations / "clip"):
            place.mkdir(parents=True)
        (made.predictions / "clip.mp4").hardlink_to(prediction / SALIENCY)
        (made.truth / "clip.mp4").hardlink_to(truth / SALIENCY)
        (made.fixations / "clip" / FIXATIONS).hardlink_to(truth / FIXATIONS)
        return made

    @property
    def frames(self) -> int:
        """Frames of the truth."""
        return len(read_fixations(self.fixations / "clip" / FIXATIONS))


def _hand(clip: SyntheticClip, observer: int) -> Track:
    hand = simulate_hand(
        watch(clip, seed=observer),
        seed=observer,
        width=WIDTH,
        height=HEIGHT,
        end_us=round((clip.duration_s + 1) * 1e6),
    )
    return Track(f"o{observer:03d}", hand.t_us, hand.x_px, hand.y_px)
