"""The device check's measurement in a real browser: what it says, and when it waits."""

import pytest

from benchmarks.capture.page_server import PROJECT, serving

pytestmark = pytest.mark.browser

CLIPS = PROJECT / "collector/static/collector"
START = """(largest) => {
  window.progress = [];
  const names = ["720p", "1080p", "2160p"];
  const clips = Object.fromEntries(names.map((name) => [name, `/clips/check_${name}.mp4`]));
  window.measuring = import("/player/drawing/measure.js").then(({ measureDrawing }) =>
    measureDrawing({ clips, largest, onProgress: (share) => progress.push(share) }));
}"""
TURN = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STAGES = "document.querySelectorAll('.drawing-check').length"
SMALL = {"width": 1280, "height": 720}


@pytest.fixture
def player(page):
    """A page beside the player's modules and the check clips."""
    with serving(CLIPS) as address:
        page.goto(f"{address}/pages/rendering.html")
        yield page


def test_it_names_a_renderer_and_a_tier_and_leaves_the_page_as_it_was(player):
    player.evaluate(START, SMALL)
    measured = player.evaluate("measuring")
    assert measured["renderer"] in ("webgl2", "2d")
    assert measured["tier"] in ("full", "720p")
    assert measured["decision"] in ("passes", "too_slow")
    assert set(measured["rates"]) <= {"webgl2 720p", "2d 720p"}
    assert all(0 <= rate <= 30 for rate in measured["rates"].values())
    progress = player.evaluate("progress")
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0, 1)
    assert player.evaluate(STAGES) == 0


def test_a_hidden_page_is_not_measured_before_it_is_seen(player):
    player.evaluate(TURN, "hidden")
    player.evaluate(START, SMALL)
    player.wait_for_function("() => progress.length > 0")
    player.evaluate(FRAMES)
    assert player.evaluate(STAGES) == 0
    player.evaluate(TURN, "visible")
    player.wait_for_function(f"() => {STAGES} > 0")
    player.evaluate(TURN, "hidden")  # in the middle: this trial does not count
    player.wait_for_function(f"() => {STAGES} === 0")
    player.evaluate(FRAMES)
    player.evaluate(TURN, "visible")
    assert player.evaluate("measuring")["rates"]


def test_a_browser_without_webgl2_is_measured_with_the_other_renderer(player):
    player.evaluate(
        """() => {
          const getContext = HTMLCanvasElement.prototype.getContext;
          HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === "webgl2" ? null : getContext.call(this, kind, ...rest);
          };
        }"""
    )
    player.evaluate(START, SMALL)
    measured = player.evaluate("measuring")
    assert measured["renderer"] == "2d"
    assert measured["rates"]["webgl2 720p"] == 0


@pytest.mark.parametrize("broken", ["file", "play"])
def test_a_clip_that_does_not_start_shows_nothing_and_the_check_goes_on(player, broken):
    if broken == "file":
        player.route("**/check_*.mp4", lambda route: route.fulfill(body=b"no clip at all"))
    else:
        refuse = "async () => { throw new DOMException('not now', 'NotAllowedError'); }"
        player.evaluate(f"() => {{ HTMLMediaElement.prototype.play = {refuse}; }}")
    player.evaluate(START, SMALL)
    measured = player.evaluate("measuring")
    assert measured["decision"] == "too_slow"
    assert set(measured["rates"].values()) == {0}
    assert player.evaluate(STAGES) == 0
