"""Rendering: how many frames of a clip are shown by each renderer, beside a plain video element.

The player's own Trial plays every clip, under a hand that moves all the while; the frames that it drew are those
of its marks. The device check measures this computer as it measures an observer's, and what it chooses has targets.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.capture.inputs import Inputs
from benchmarks.capture.page_server import PROJECT, serving
from benchmarks.table import Row
from collector.protocol import CHUNK_INTERVAL_MS, MAX_CHUNK_BYTES
from collector.study_document import StudyDocument
from processing.synthetic import SyntheticClip, write_clip
from processing.video import cut_clip, prepare_rendition, probe, scale_rendition, view_size
from tests.plugins.browser import FLAGS, to_drive

SECONDS = 10
WINDOW = (1920, 1080)
RENDERERS = ("webgl2", "2d")
SYNTHETIC = {"720p": (1280, 720), "1080p": (1920, 1080)}
CHECK_CLIPS = PROJECT / "collector/static/collector"
SHOWN_TARGET, DROPPED_TARGET = 29.0, 1.0  # of 30 frames; per cent of all frames


@dataclass(frozen=True)
class Clip:
    """A clip to be watched: `path` within the folder that is served, and whether the targets hold for it."""

    name: str
    path: Path
    has_target: bool

    @property
    def size(self) -> dict[str, int]:
        """Width and height, px."""
        facts = probe(self.path)
        return {"width": facts.width, "height": facts.height}


@dataclass(frozen=True)
class Watched:
    """What was seen of a clip: frames shown of each 30 that were due, and per cent of all that were not shown."""

    shown_of_30: float
    dropped_percent: float


def rows(inputs: Inputs) -> list[Row]:
    """Frames shown and dropped of every clip."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = list(_clips(folder, inputs))
        for check in CHECK_CLIPS.glob("check_*.mp4"):
            shutil.copy(check, folder)
        with _browser_page(folder) as page:
            return [row for clip in clips for row in _rows(page, clip)]


def _clips(folder: Path, inputs: Inputs) -> Iterator[Clip]:
    """Made-up ones at 720p and 1080p; or somebody's own, prepared as for a study, with the view of 720p."""
    for name, (width, height) in {} if inputs.clips else SYNTHETIC.items():
        write_clip(folder / f"{name}.mp4", SyntheticClip(4, width, height, Fraction(30), 30 * SECONDS))
        yield Clip(name, folder / f"{name}.mp4", has_target=name == "720p")
    for number, source in enumerate(inputs.clips):
        whole, reference, view = (folder / f"{number}-{part}.mp4" for part in ("whole", "reference", "view"))
        facts = prepare_rendition(source, whole).facts
        facts = cut_clip(whole, reference, min(facts.frames, int(SECONDS * facts.fps)))
        size = view_size(facts.width, facts.height, "720p")
        if size:
            scale_rendition(reference, view, size)
            yield Clip(f"{source.stem} as 720p", view, has_target=True)
        yield Clip(source.stem, reference, has_target=size is None)


@contextmanager
def _browser_page(folder: Path) -> Iterator[Page]:
    with serving(folder) as address, sync_playwright() as playwright:
        path = to_drive(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]})
        page.goto(f"{address}/pages/rendering.html")
        page.wait_for_function("() => Boolean(window.check)")
        yield page
        browser.close()


def _rows(page: Page, clip: Clip) -> Iterator[Row]:
    plain = _plain(page, clip)
    yield Row(f"{clip.name}: frames shown, plain video", plain.shown_of_30, "of 30")
    yield Row(f"{clip.name}: frames dropped, plain video", plain.dropped_percent, "%", better="lower")
    watched = {renderer: _drawn(page, clip, renderer) for renderer in RENDERERS}
    for renderer, seen in watched.items():
        shown, dropped = f"{clip.name}: frames shown, {renderer}", f"{clip.name}: frames dropped, {renderer}"
        if seen is None:
            yield Row(shown, None, "of 30")
            yield Row(dropped, None, "%", better="lower")
            continue
        against = "plain video" if plain.shown_of_30 else None
        ratio = seen.shown_of_30 / plain.shown_of_30 if against else None
        yield Row(shown, seen.shown_of_30, "of 30", against=against, ratio=ratio)
        yield Row(dropped, seen.dropped_percent, "%", better="lower")
    if clip.has_target:
        chosen = _chosen(page, clip)
        name = f"{clip.name}: frames {{}} by what the check chooses ({chosen})"
        seen = watched[chosen]
        assert seen is not None  # nobody chooses what is not there
        yield Row(name.format("shown"), seen.shown_of_30, "of 30", target=SHOWN_TARGET)
        yield Row(name.format("dropped"), seen.dropped_percent, "%", target=DROPPED_TARGET, better="lower")


def _plain(page: Page, clip: Clip) -> Watched:
    """What the page's own video shows of a clip."""
    seen = page.evaluate("(options) => watchPlain(options)", {"url": f"/clips/{clip.path.name}"})
    return _watched(clip, seen["frames"])


def _drawn(page: Page, clip: Clip, renderer: str) -> Watched | None:
    """What a renderer shows of a clip; None where this computer does not have it."""
    options = {"url": f"/clips/{clip.path.name}", "description": _description(renderer)}
    seen = page.evaluate("(options) => watchDrawn(options)", options)
    return _watched(clip, seen["frames"]) if seen["renderer"] == renderer else None


def _watched(clip: Clip, frames: list[tuple[int, int]]) -> Watched:
    """`frames`: media time and time of showing, µs each."""
    facts = probe(clip.path)
    shown = {round(Fraction(media_us, 1_000_000) * facts.fps) for media_us, _ in frames}
    shown &= set(range(facts.frames))
    times_us = [shown_us for _, shown_us in frames]
    # The last frame stands for as long as each other one.
    seconds = (max(times_us) - min(times_us)) / 1e6 + float(1 / facts.fps)
    return Watched(
        shown_of_30=min(30.0, len(shown) / seconds / float(facts.fps) * 30),
        dropped_percent=100 * (1 - len(shown) / facts.frames),
    )


def _description(renderer: str) -> dict[str, Any]:
    """What next-trial hands out, as far as a trial asks for it."""
    document = StudyDocument(title="Rendering")
    return {
        "hold_after_end_s": document.hold_after_end_s,
        "chunk_interval_ms": CHUNK_INTERVAL_MS,
        "max_chunk_bytes": MAX_CHUNK_BYTES,
        "foveation": document.foveation.model_dump(mode="json"),
        "renderer": renderer,
    }


def _chosen(page: Page, clip: Clip) -> str:
    """The renderer that the device check of a study with this clip chooses here."""
    clips = {name: f"/clips/check_{name}.mp4" for name in ("720p", "1080p", "2160p")}
    return page.evaluate("(options) => check(options)", {"clips": clips, "largest": clip.size})["renderer"]
