"""The method, in order: tracks onto the grid, points of each frame, maps, files."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processing import layouts, provenance
from processing.density import COUNTS, DENSITY, write_densities
from processing.detection import FixationRule, attended
from processing.errors import BadInput
from processing.fixations import Points, fill_empty, frame_points, trimmed
from processing.maps import MapMaker, make_maps
from processing.recipe import Recipe
from processing.resample import FrameGrid, resample
from processing.round_trip import RoundTrip, round_trip
from processing.tracks import Dropped, Track
from processing.video import MAX_SIDE, MapFrame, MapWriter, VideoFacts
from processing.work_folder import work_folder

FIXATIONS, SALIENCY, REPORT = "fixations.json", "saliency.mp4", "report.json"


@dataclass(frozen=True)
class BuildReport:
    """What a build made, and all that it did to the tracks on the way.

    round_trip: what the coding of the maps cost.
    """

    frames: int
    facts: VideoFacts
    recipe: Recipe
    sigma_px: float
    tracks: Sequence[Track]
    dropped: Sequence[Dropped]
    observers_without_points: list[str]
    points: int
    points_outside: int
    empty_frames_filled: int
    samples_held: int
    samples_in_transit: int
    samples_not_fixated: int
    frames_trimmed: int
    round_trip: RoundTrip
    warnings: list[str]
    timings_s: dict[str, float] = field(compare=False)

    def document(self) -> dict[str, Any]:
        """The report as JSON-able keys; only `timings_s` differs between two builds of the same inputs."""
        known_angle = self.recipe.px_per_deg
        return {
            "frames": self.frames,
            "fps": f"{self.facts.fps.numerator}/{self.facts.fps.denominator}",
            "width": self.facts.width,
            "height": self.facts.height,
            "sigma_px": self.sigma_px,
            **({"sigma_deg": self.sigma_px / known_angle} if known_angle is not None else {}),
            "observers_used": len(self.tracks),
            "observers_dropped": [vars(dropped) for dropped in self.dropped],
            "observers_without_points": self.observers_without_points,
            "samples_at_equal_times": sum(track.equal_times for track in self.tracks),
            "gaps": sum(track.gaps for track in self.tracks),
            "points": self.points,
            "points_outside": self.points_outside,
            "empty_frames_filled": self.empty_frames_filled,
            "samples_held": self.samples_held,
            "samples_in_transit": self.samples_in_transit,
            "samples_not_fixated": self.samples_not_fixated,
            "frames_trimmed": self.frames_trimmed,
            "round_trip_error_levels": self.round_trip.document(),
            "recipe": self.recipe.document(),
            "recipe_fingerprint": self.recipe.fingerprint(),
            "tracks_digest": provenance.tracks_digest(map(provenance.track_digest, self.tracks)),
            "software": provenance.software(),
            "environment": provenance.environment(),
            "warnings": self.warnings,
            "timings_s": self.timings_s,
        }


def process_stimulus(
    *,
    facts: VideoFacts,
    tracks: Sequence[Track],
    recipe: Recipe,
    out_dir: Path,
    dropped: Sequence[Dropped] = (),
    keep_density: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> BuildReport:
    """Build one clip: write fixations.json, saliency.mp4 and report.json into out_dir, which is made.

    facts: of the clip, from `video.probe`; the map has its rate, size and, unless the tail is trimmed, its
    number of frames. dropped: observers left out before, for the report. keep_density: write density.npy and
    density.csv too, see `density.write_densities`. progress: called with (maps done, maps).
    The same facts, tracks in any order and recipe give the same bytes of the first two files.
    Raises BadInput as `require_buildable`, and when no point lies inside the clip; out_dir is then as it was before.
    """
    require_buildable(facts)
    if not tracks:
        raise BadInput("there are no tracks to build from; record some")
    timings_s: dict[str, float] = {}
    sigma_px = recipe.sigma_for(facts.width, facts.height)
    rule = FixationRule.of(recipe, facts.width, facts.height)

    with _timed("points", timings_s):
        ordered = sorted(tracks, key=lambda track: track.observer)
        grid = FrameGrid.of(facts.frames, facts.fps, recipe)
        samples = [resample(track, grid, hold=recipe.tail == "hold") for track in ordered]
        counted = [attended(own, rule) for own in samples]
        found = frame_points([own.samples for own in counted], facts.frames, facts.width, facts.height)
        covered = trimmed(found.points) if recipe.tail == "trim" else found.points
        points, empty_frames_filled = fill_empty(covered, recipe.empty_frames)

    without_points = [
        track.observer for track, given in zip(ordered, found.per_observer, strict=True) if not given
    ]
    with _appearing_at_once(out_dir) as folder:
        with _timed("fixations_file", timings_s):
            # Points are (x, y) here; the file's order is (row, col).
            layouts.write_fixations(folder / FIXATIONS, (own[:, ::-1] for own in points))
        with _timed("maps_and_video", timings_s):
            write_maps(folder / SALIENCY, points, facts, sigma_px, recipe.encoding, progress)
        with _timed("round_trip", timings_s):
            coded = round_trip(folder / SALIENCY, points, facts, sigma_px)
        if keep_density:
            with _timed("density_files", timings_s):
                write_densities(folder, points, MapMaker(facts.width, facts.height, sigma_px))
        report = BuildReport(
            frames=len(points),
            facts=facts,
            recipe=recipe,
            sigma_px=sigma_px,
            tracks=ordered,
            dropped=sorted(dropped, key=lambda left_out: left_out.observer),
            observers_without_points=without_points,
            points=sum(found.per_observer),
            points_outside=found.outside,
            empty_frames_filled=empty_frames_filled,
            samples_held=sum(own.held for own in samples),
            samples_in_transit=sum(own.in_transit for own in counted),
            samples_not_fixated=sum(own.not_fixated for own in counted),
            frames_trimmed=facts.frames - len(points),
            warnings=_warnings(without_points, empty_frames_filled, len(points)),
            round_trip=coded,
            timings_s=timings_s,
        )
        layouts.write_json(folder / REPORT, report.document())
    return report


def require_buildable(facts: VideoFacts) -> None:
    """Raise BadInput, with the remedy, for a clip that no map video can stand beside."""
    if not facts.constant_rate:
        raise BadInput(
            f"the video's frame rate varies (about {float(facts.fps):.3f} a second); "
            "convert it to a constant rate first, the import does so"
        )
    if max(facts.width, facts.height) > MAX_SIDE:
        raise BadInput(
            f"the video is {facts.width}x{facts.height}, and maps have at most {MAX_SIDE} pixels a side; "
            "scale it down first"
        )
    even_width, even_height = facts.width - facts.width % 2, facts.height - facts.height % 2
    if (facts.width, facts.height) != (even_width, even_height):
        raise BadInput(
            f"the video is {facts.width}x{facts.height}, and H.264 maps need an even width and height; "
            f"crop it to {even_width}x{even_height} first, the import does so"
        )


def write_maps(
    path: Path,
    points: Sequence[Points],
    facts: VideoFacts,
    sigma_px: float,
    encoding: str,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the map video of points, int64 (N, 2) as (x, y) for each frame: size and rate are those of facts."""
    maker = MapMaker(facts.width, facts.height, sigma_px)
    with MapWriter(path, width=facts.width, height=facts.height, fps=facts.fps, encoding=encoding) as writer:

        def draw(own: Points) -> MapFrame:
            frame = writer.frame()
            maker.levels(own, out=frame.levels)
            return frame

        for done, frame in enumerate(make_maps(points, draw), 1):
            writer.append(frame)
            if progress is not None:
                progress(done, len(points))


def _warnings(without_points: list[str], filled: int, frames: int) -> list[str]:
    warnings = []
    if without_points:
        warnings.append(f"no point inside the clip from: {', '.join(without_points)}")
    if filled:
        warnings.append(
            f"{filled} of {frames} frames had no points of their own and took the nearest frame's"
        )
    return warnings


@contextmanager
def _timed(name: str, timings_s: dict[str, float]) -> Iterator[None]:
    start_s = time.perf_counter()
    yield
    timings_s[name] = round(time.perf_counter() - start_s, 3)


@contextmanager
def _appearing_at_once(out_dir: Path) -> Iterator[Path]:
    """A scratch folder in or beside out_dir; its files move there when the block ends well and vanish otherwise.

    It lies in out_dir where that is a folder already, which may be another file system's: files can only be moved
    within one. What another build left there goes, its report first, and the new report comes last: whenever the
    process is killed, a report stands beside its own build or not at all.
    """
    if out_dir.exists() and not out_dir.is_dir():
        raise BadInput(f"{out_dir} is a file; give a folder for the results")
    place = out_dir.resolve()
    within = next(folder for folder in (place, *place.parents) if folder.is_dir())
    with ExitStack() as stack:
        try:
            scratch = stack.enter_context(work_folder(within, prefix=f".{place.name}.", suffix=".building"))
        except OSError as error:
            raise BadInput(f"{out_dir}: cannot be written ({error.strerror}); give another folder") from error
        yield scratch
        out_dir.mkdir(parents=True, exist_ok=True)
        for name in (REPORT, DENSITY, COUNTS):
            (out_dir / name).unlink(missing_ok=True)
        for file in sorted(scratch.iterdir(), key=lambda made: made.name == REPORT):
            file.replace(out_dir / file.name)
