"""Frame truth: does each cursor sample get the frame that was on the screen, and does every sample arrive?

The player's own Trial plays a clip with burnt-in frame numbers. What the canvas showed after each callback is read
back and is the truth; what the recording says is the last mark with t_shown_ms <= t_page_ms. Meanwhile a scripted
pointer moves 500 times a second, every time to another place, so that each move can be found in the recording.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import CDPSession, Page, async_playwright
from playwright.sync_api import sync_playwright

from benchmarks.capture.frame_code import BAND_TOP, BLOCKS, numbered_copy, numbered_synthetic
from benchmarks.capture.inputs import Inputs
from benchmarks.capture.page_server import serving
from benchmarks.table import Row
from collector.protocol import CHUNK_INTERVAL_MS, MAX_CHUNK_BYTES, MOVE
from collector.study_document import StudyDocument
from tests.plugins.browser import FLAGS, to_drive

SECONDS = 12.0
RATE_HZ = 500
WINDOW = (1280, 720)
# Where the scripted pointer goes: whole px, row after row, so that its place says which move it was.
LEFT, TOP, COLUMNS, ROWS = 40, 40, 1200, 600
RIGHT_FRAME_TARGET, ARRIVED_TARGET = 99.0, 99.5  # per cent


@dataclass(frozen=True)
class Seen:
    """One watching: the recording's columns beside what the canvas showed.

    frames (N,): the frame that the recording gives to each sample; truth (N,): the number on the canvas then.
    `first_marked` is the frame of the first mark. Of the moves that were dispatched between the first mark and the
    last frame on the screen, `dispatched` in number, `arrived` were recorded; `doubled` of all recorded ones came
    twice. `skipped` frames of the clip were told of by no callback.
    """

    frames: np.ndarray
    truth: np.ndarray
    first_marked: int
    dispatched: int
    arrived: int
    doubled: int
    skipped: int


def rows(inputs: Inputs) -> list[Row]:
    """Frame truth and arrival of every clip."""
    with sync_playwright() as playwright:
        browser_path = to_drive(playwright.chromium.executable_path)
    with tempfile.TemporaryDirectory() as folder:
        clips = numbered_clips(Path(folder), inputs)
        with serving(Path(folder)) as address:
            seen = asyncio.run(measure(address, browser_path, clips))
    return [row for name, watched in seen.items() for row in _rows(name, watched)]


def numbered_clips(folder: Path, inputs: Inputs) -> dict[str, Fraction]:
    """Write the clips with burnt-in numbers as `NAME.mp4`; their rates by name."""
    if inputs.clips:
        return {
            source.stem: numbered_copy(folder / f"{source.stem}.mp4", source, SECONDS)
            for source in inputs.clips
        }
    wanted = {
        "720p 30 fps": (1280, 720, Fraction(30)),
        "720p 23.976 fps": (1280, 720, Fraction(24000, 1001)),
        "480p 60 fps": (854, 480, Fraction(60)),
    }
    return {
        name: numbered_synthetic(folder / f"{name}.mp4", width=width, height=height, fps=fps, seconds=SECONDS)
        for name, (width, height, fps) in wanted.items()
    }


async def measure(address: str, browser_path: str, clips: dict[str, Fraction]) -> dict[str, Seen]:
    """Watch each clip that `address` serves once, in a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        seen = {}
        for name, fps in clips.items():
            page = await browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]})
            await page.goto(f"{address}/pages/frame_truth.html")
            await page.wait_for_function("window.ready")
            seen[name] = await watch(page, f"/clips/{name}.mp4", fps)
            await page.close()
        await browser.close()
        return seen


async def watch(page: Page, url: str, fps: Fraction) -> Seen:
    """Let the page watch a clip once, with the pointer moving all the while."""
    over = asyncio.Event()
    devtools = await page.context.new_cdp_session(page)
    pointer = asyncio.create_task(_move(devtools, over))
    options = {"url": url, "code": {"blocks": BLOCKS, "bandTop": BAND_TOP}, "description": _description()}
    seen = await page.evaluate("(options) => watchClip(options)", options)
    over.set()
    return _compare(seen, await pointer, fps)


def _description() -> dict[str, Any]:
    """What next-trial hands out, as far as a trial asks for it."""
    document = StudyDocument(title="Frame truth")
    return {
        "hold_after_end_s": document.hold_after_end_s,
        "chunk_interval_ms": CHUNK_INTERVAL_MS,
        "max_chunk_bytes": MAX_CHUNK_BYTES,
        "foveation": document.foveation.model_dump(mode="json"),
    }


async def _move(devtools: CDPSession, over: asyncio.Event) -> np.ndarray:
    """Dispatch moves at RATE_HZ without waiting for answers, as hardware does; when each was, ms since the epoch."""
    began, sent, answers = time.perf_counter(), 0, set[asyncio.Task]()
    dispatched_ms: list[float] = []
    while not over.is_set():
        due = int((time.perf_counter() - began) * RATE_HZ)
        for number in range(sent, due):
            x, y = LEFT + number % COLUMNS, TOP + number // COLUMNS % ROWS
            place = {"type": "mouseMoved", "x": x, "y": y}
            dispatched_ms.append(time.time() * 1000)
            answers.add(task := asyncio.create_task(devtools.send("Input.dispatchMouseEvent", place)))
            task.add_done_callback(answers.discard)
        sent = max(sent, due)
        await asyncio.sleep(0.001)
    await asyncio.gather(*answers)
    return np.array(dispatched_ms)


def _compare(seen: dict[str, Any], dispatched_ms: np.ndarray, fps: Fraction) -> Seen:
    def column(table: str, name: str) -> np.ndarray:
        return np.array([value for chunk in seen["chunks"] for value in chunk[table][name]], np.int64)

    t_us, kind = column("samples", "t_us"), column("samples", "kind")
    moved = kind == MOVE
    numbers = (column("samples", "y_cpx") // 100 - TOP) * COLUMNS + column("samples", "x_cpx") // 100 - LEFT
    recorded, times = np.unique(numbers[moved], return_counts=True)

    t_shown_us, media_us = column("marks", "t_shown_us"), column("marks", "media_us")
    marked = np.array([round(Fraction(int(media), 1_000_000) * fps) for media in media_us])
    shown_us = np.array([round(shown_ms * 1000) for shown_ms, _ in seen["shown"]])
    drawn = np.array([-1 if number is None else number for _, number in seen["shown"]])
    during = t_us >= max(t_shown_us[0], shown_us[0])
    # From the first mark on everything is recorded. The recording goes on while the last frame is held: a move that
    # arrives late is still in it.
    dispatched_us = (dispatched_ms - seen["timeOriginMs"]) * 1000
    watched = np.flatnonzero((dispatched_us >= column("marks", "t_us")[0]) & (dispatched_us <= shown_us[-1]))
    return Seen(
        frames=marked[np.searchsorted(t_shown_us, t_us[during], side="right") - 1],
        truth=drawn[np.searchsorted(shown_us, t_us[during], side="right") - 1],
        first_marked=int(marked[0]),
        dispatched=len(watched),
        arrived=int(np.isin(watched, recorded).sum()),
        doubled=int((times > 1).sum()),
        skipped=int((np.diff(marked) - 1).clip(0).sum()),
    )


def _rows(name: str, seen: Seen) -> list[Row]:
    off = np.abs(seen.frames - seen.truth)

    def share(count: float, of: int) -> float:
        return 100 * float(count) / of if of else 0.0

    return [
        Row(
            f"{name}: samples with the right frame",
            share((off == 0).sum(), len(off)),
            "%",
            target=RIGHT_FRAME_TARGET,
        ),
        Row(
            f"{name}: samples more than one frame off",
            share((off > 1).sum(), len(off)),
            "%",
            target=0.0,
            better="lower",
        ),
        Row(
            f"{name}: dispatched moves that arrive",
            share(seen.arrived, seen.dispatched),
            "%",
            target=ARRIVED_TARGET,
        ),
        Row(f"{name}: moves recorded twice", share(seen.doubled, seen.dispatched), "%", better="lower"),
        Row(f"{name}: samples compared", len(off), "samples"),
        Row(f"{name}: frames that no callback told of", seen.skipped, "frames", better="lower"),
    ]
