"""One person in a real browser, from the study's link to the completion code, and on to a released dataset."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from collector import blobs
from collector.models import Assignment, Study, Track, Trial
from collector.protocol import MOVE, REST, START
from collector.simulation.client import SimulatedObserver
from processing.layouts import open_dataset, read_fixations
from processing.release import unpack
from processing.synthetic import SyntheticClip, simulate_hand, watch
from processing.video import probe, read_map
from tests.e2e.observer import agree_and_pass_the_check
from tests.e2e.recorded import chunks_of, events_of, marks_of
from tests.e2e.world import FPS, HEIGHT, WIDTH, clip_of, freeze, open_study
from webapp.datasets.models import Build, Release
from webapp.datasets.services import builds_request, recipe_freeze, release_request

FRAMES = 165
LAG_S = 0.3
NEAR = 0.03 * WIDTH  # how far the map's peak may lie from the cursor
STEADY_PX_PER_S = 0.2 * WIDTH
PRACTICE_TRIES = 3
# Everything that is checked with a person; a simulated observer of the API is asked for none of it.
CHECKS = {"follow_seconds": 3, "sound": "start", "slow_drawing": True}

# What the page itself saw, written down beside the player and independently of it.
WITNESS = """
window.witness = { moves: [], frames: [], rect: null };
addEventListener("pointermove", (e) => witness.moves.push([e.timeStamp, e.clientX, e.clientY]), true);
addEventListener("DOMContentLoaded", () => {
  const clip = document.getElementById("clip");
  const see = (now, frame) => {
    witness.frames.push([frame.expectedDisplayTime, frame.mediaTime]);
    const { x, y, width, height } = document.getElementById("picture").getBoundingClientRect();
    if (width) witness.rect = [x, y, width, height];
    clip.requestVideoFrameCallback(see);
  };
  clip?.requestVideoFrameCallback(see);
});
"""


def hand_px(t_s: float, width: int, height: int) -> tuple[float, float]:
    """The known path: from the middle to the left third, two seconds of rest there, then half a wide circle."""
    middle, left = (width / 2, height / 2), (width / 3, height / 3)
    if t_s < 1:
        share = (1 - math.cos(math.pi * t_s)) / 2
        return tuple(m + share * (to - m) for m, to in zip(middle, left, strict=True))
    if t_s < 3:
        return left
    angle = (t_s - 3) * 0.6
    radius = math.hypot(left[0] - middle[0], left[1] - middle[1])
    start = math.atan2(left[1] - middle[1], left[0] - middle[0])
    return middle[0] + radius * math.cos(start + angle), middle[1] + radius * math.sin(start + angle)


@dataclass
class Seen:
    """What the witness saw of one clip."""

    trial: str
    moves: np.ndarray  # (N, 3): page clock ms, client x, client y
    frames: np.ndarray  # (N, 2): page clock ms of showing, media time s
    rect: tuple[float, float, float, float]

    def cursor_px(self, media_s: np.ndarray) -> np.ndarray:
        """Where the cursor was at media times, video px, shape (N, 2); it stays where it was between moves.

        On a busy machine a clip may stand still for a moment, so page and media time meet at every frame.
        """
        shown_ms, media = self.frames.T
        page_ms = np.interp(media_s, media, shown_ms) + np.maximum(media_s - media[-1], 0) * 1000
        last = np.searchsorted(self.moves[:, 0], page_ms, side="right") - 1
        left, top, width, height = self.rect
        x = (self.moves[last, 1] - left) / width * WIDTH
        y = (self.moves[last, 2] - top) / height * HEIGHT
        return np.column_stack([x, y])


def take_part(page, url: str) -> tuple[str, list[Seen]]:
    """Be an observer; returns the code and what was seen of each clip that is not practice."""
    trials: list[str] = []
    complaints: list[str] = []
    page.add_init_script(WITNESS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("response", lambda answer: note_trial(answer, trials))
    page.goto(url)
    agree_and_pass_the_check(page)
    page.get_by_role("button", name="Start the practice").click()
    pass_the_practice(page)
    seen = []
    for _ in range(2):
        page.get_by_role("button", name="Show the video").click()
        page.evaluate("witness.moves.length = witness.frames.length = 0")
        watch_clip(page)
        page.locator("#stage").wait_for(state="hidden")
        witness = page.evaluate("witness")
        seen.append(
            Seen(trials[-1], np.array(witness["moves"]), np.array(witness["frames"]), tuple(witness["rect"]))
        )
    code = page.locator("#code").inner_text()
    assert not complaints
    return code, seen


def pass_the_practice(page) -> None:
    """Watch the practice until it is passed: on a busy machine a first try may show too few frames to pass."""
    passed = page.locator("[data-screen=practice-passed]")
    again = page.locator("[data-screen=practice-again]")
    for _ in range(PRACTICE_TRIES):
        page.get_by_role("button", name="Show the practice video").click()
        watch_clip(page)
        passed.or_(again).locator("visible=true").wait_for()
        if passed.is_visible():
            break
        again.get_by_role("button", name="Try again").click()
    passed.get_by_role("button", name="Go on").click()


def note_trial(answer, trials: list[str]) -> None:
    if answer.url.endswith("next-trial") and answer.ok and answer.json()["state"] == "trial":
        trials.append(answer.json()["trial"]["id"])


def watch_clip(page) -> None:
    """Click the mark, then move along the known path until the clip and the hold are over."""
    size = page.viewport_size
    mark = page.locator("#mark:enabled")
    mark.wait_for()
    page.mouse.move(size["width"] / 2, size["height"] / 2)
    mark.click()
    began_ms = page.evaluate("performance.now()")
    at = None
    while page.locator("#stage").is_visible():
        place = hand_px((page.evaluate("performance.now()") - began_ms) / 1000, size["width"], size["height"])
        if place != at:
            page.mouse.move(*place)
        else:
            page.wait_for_timeout(10)
        at = place


def steady_hand(sha256: str, seed: int):
    attention = watch(SyntheticClip(3, WIDTH, HEIGHT, FPS, FRAMES), seed=seed)
    return simulate_hand(attention, seed=seed, width=WIDTH, height=HEIGHT, end_us=8_000_000)


@pytest.fixture
def study(site, tmp_path) -> Study:
    """Two clips to be watched; a third, which a split needs, was watched by a made-up observer before."""
    clips = [
        clip_of(name, seed, tmp_path, FRAMES) for seed, name in enumerate(("film-a", "film-b", "film-c"), 1)
    ]
    study = open_study(clips[2:], simulated=True, target_observers=1)
    site.start("web", "ingest")
    SimulatedObserver(site.url, "films", steady_hand, seed=1, pace="fast").walk()
    site.wait_for(lambda: Track.objects.filter(verdicts__grade="valid").exists())
    practice = clip_of("practice", 9, tmp_path, frames=60)
    freeze(study, clips, practice, clips_per_visit=2, target_observers=1, checks=CHECKS)
    return study


@pytest.mark.long(60)
def test_a_person_watches_and_a_dataset_comes_out(study, site, page, tmp_path):
    code, seen = take_part(page, f"{site.url}/study/films/")

    visit = Assignment.objects.get(observer__simulated=False)
    assert visit.step == Assignment.Step.DONE
    assert code == visit.completion_code
    assert visit.consent_version == "1"
    assert visit.checks.get().passed

    site.wait_for(lambda: not Trial.objects.filter(track=None).exists())
    for clip in seen:
        assert_recording_is_whole(Trial.objects.get(pk=clip.trial), clip)

    folders = released(study, site, tmp_path)
    for clip in seen:
        name = Trial.objects.get(pk=clip.trial).slot.stimulus.name
        assert_map_follows_the_cursor(clip, name, folders)


def released(study: Study, site, folder) -> dict[str, Path]:
    """Build and release as the site does, by rows that the sweep finds; unpacks both sides."""
    site.start("build", "beat")
    recipe = recipe_freeze(name="defaults", document={})
    assert len(builds_request(study=study, recipe=recipe)) == 3
    site.wait_for(lambda: Build.objects.filter(state="done").count() == 3)
    release_request(study=study, recipe=recipe)
    site.wait_for(lambda: Release.objects.filter(state="done").exists())
    release = Release.objects.get()
    folders = {side: folder / side for side in ("public", "private")}
    for side, target in folders.items():
        archive = blobs.fetch("releases", getattr(release, f"{side}_sha256"), folder / f"{side}.zip")
        unpack(archive, target)
    return folders


def assert_recording_is_whole(trial: Trial, clip: Seen) -> None:
    """Every event is there once, rests fill the gaps, and the rules of the study call the track valid."""
    assert_clocks_meet(trial)
    track = Track.objects.get(trial=trial)
    assert [verdict.reasons for verdict in track.verdicts.all()] == [[]]
    chunks = chunks_of(trial)
    samples = [row for c in chunks for row in zip(c.samples.t_us, c.samples.kind, strict=True)]
    assert samples[0][1] == START
    start_us = samples[0][0]
    recorded = [t for t, kind in samples if kind == MOVE]
    witnessed = [round(t * 1000) for t in clip.moves[:, 0] if start_us < round(t * 1000) <= recorded[-1]]
    assert recorded == witnessed
    times = np.sort([t for t, _ in samples])
    marks = np.sort(marks_of(trial))
    assert_hand_is_known_at_each_frame(times, marks)
    assert sum(kind == REST for _, kind in samples) > 50
    [(ended_us, _)] = events_of(trial)["ended"]
    held = times[times > ended_us]
    assert held[-1] - ended_us > 700_000
    assert len(held) > 20


def assert_clocks_meet(trial: Trial) -> None:
    """The page's clock and the measured offset say when the clip ended, which is when its end was announced."""
    announced_us = trial.finished_by_page_at.timestamp() * 1e6
    ended_us = max(t_us for t_us, _ in events_of(trial)["state"]) + trial.summary["clock_offset_us"]
    assert 0 <= trial.summary["clock_round_trip_us"] < 5_000_000
    assert -trial.summary["clock_round_trip_us"] < announced_us - ended_us < 10_000_000


def assert_hand_is_known_at_each_frame(times: np.ndarray, marks: np.ndarray) -> None:
    """At each presented frame a pointer event was younger than 30 ms, or a rest is written.

    How far the frames lie apart is the machine's affair. A mark bears the time at which its frame began, the rest
    the moment of writing, which on a busy machine may lie behind the begin of the next: hence nearly all of them.
    """
    quiet_us = 30_000
    last_known = times[np.searchsorted(times, marks[1:], side="right") - 1]
    assert np.mean(last_known >= marks[:-1] - quiet_us) > 0.95


def assert_map_follows_the_cursor(clip: Seen, name: str, folders: dict[str, Path]) -> None:
    """The map's peak at t lies where the cursor was at t + 0.3 s, wherever the hand rested or moved steadily."""
    private = name in open_dataset(folders["private"]).parts()["private_test"]
    dataset = open_dataset(folders["private"] if private else folders["public"])
    video = open_dataset(folders["public"]).video(name)
    fixations = read_fixations(dataset.fixations_file(name))
    maps = np.stack(list(read_map(dataset.saliency(name))))
    assert probe(video).frames == len(fixations) == len(maps) == FRAMES

    peaks = np.array([np.unravel_index(picture.argmax(), picture.shape)[::-1] for picture in maps])
    middle_s = (np.arange(FRAMES) + 0.5) / float(FPS)
    cursor = clip.cursor_px(middle_s + LAG_S)
    moved = clip.cursor_px(middle_s + LAG_S + 0.1) - clip.cursor_px(middle_s + LAG_S - 0.1)
    steady = np.hypot(*moved.T) / 0.2 < STEADY_PX_PER_S
    distance = np.hypot(*(peaks + 0.5 - cursor).T)
    assert steady.sum() > 0.8 * FRAMES
    assert distance[steady].max() <= NEAR, json.dumps(distance.round(1).tolist())
    around = (clip.cursor_px(middle_s + LAG_S + apart_s) for apart_s in (-0.2, -0.1, 0, 0.1, 0.2))
    resting = np.ptp(np.stack(list(around)), axis=0).max(axis=1) == 0
    assert resting.sum() > 1.2 * FPS
    assert distance[resting].max() <= 1.5
