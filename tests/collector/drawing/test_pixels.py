"""What the renderers draw, pixel by pixel, against a Gaussian blur computed at full size in floating point."""

import base64
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from benchmarks.capture.page_server import serving
from processing.synthetic import SyntheticClip

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 640, 360
DRAW = Path(__file__).with_name("drawn_picture.js").read_text()
CURSOR = {"x": 150.5, "y": 100.5}
RADIUS, EDGE = 0.15 * WIDTH, 0.05 * WIDTH
# Levels of 255: the mean error and the error that one pixel in a thousand exceeds. WebGL2 is what a Gaussian rounded
# to 8 bits is; without a graphics card browsers round down at each of a handful of steps.
LIMITS = {"webgl2": (0.8, 3.5), "2d": (2.6, 9.0)}


@pytest.fixture(scope="module")
def player(browser, tmp_path_factory):
    """A page beside the player's modules; every drawing empties it first, so one is enough for all."""
    page = browser.new_page()
    with serving(tmp_path_factory.mktemp("pages")) as address:
        page.goto(f"{address}/pages/rendering.html")
        yield page
    page.close()


def draw(player, picture, renderer, *, sigma=0.02, grows=False, lose=False):
    """uint8 (H, W, 3) as the canvas holds it, and what the page says about it."""
    height, width = picture.shape[:2]
    opaque = np.dstack([picture, np.full((height, width), 255, np.uint8)])
    foveation = {
        "blur_sigma_share": sigma,
        "window_radius_share": 0.15,
        "edge_share": 0.05,
        "blur_grows": grows,
    }
    said = player.evaluate(
        DRAW,
        {
            "pixels": base64.b64encode(opaque.tobytes()).decode(),
            "width": width,
            "height": height,
            "description": {"foveation": foveation, "renderer": renderer},
            "cursor": CURSOR,
            "lose": lose,
        },
    )
    drawn = np.frombuffer(base64.b64decode(said.pop("drawn")), np.uint8).reshape(height, width, 4)
    return drawn[..., :3].astype(float), said


def blurred(picture, sigma_px):
    planes = [
        gaussian_filter(plane.astype(float), sigma_px, mode="reflect") for plane in np.rollaxis(picture, 2)
    ]
    return np.stack(planes, axis=-1)


def distance_px():
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return np.hypot(x - CURSOR["x"], y - CURSOR["y"])


def clear_share():
    """1 inside the window, a linear ramp over its edge, 0 outside; float (H, W, 1)."""
    return np.clip((RADIUS - distance_px()) / EDGE, 0, 1)[..., None]


def scene():
    return next(SyntheticClip(5, WIDTH, HEIGHT, 30, 1).frames())


def noise():
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def edges():
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, WIDTH // 2 :] = 255
    picture[: HEIGHT // 2] = 255 - picture[: HEIGHT // 2]
    return picture


@pytest.mark.parametrize("sigma", [0.02, 0.05])
@pytest.mark.parametrize("picture", [scene, noise, edges])
@pytest.mark.parametrize("renderer", ["webgl2", "2d"])
def test_the_blur_is_a_gaussian_of_the_sigma_asked_for(player, renderer, picture, sigma):
    original = picture()
    drawn, said = draw(player, original, renderer, sigma=sigma)
    assert said["facts"]["renderer"] == renderer
    assert said["facts"]["blur_sigma_px"] == pytest.approx(sigma * WIDTH)
    clear = clear_share()
    wanted = original * clear + blurred(original, sigma * WIDTH) * (1 - clear)
    off = np.abs(drawn - wanted)
    mean, rare = LIMITS[renderer]
    assert off.mean() < mean
    assert np.percentile(off, 99.9) < rare


@pytest.mark.parametrize("renderer", ["webgl2", "2d"])
def test_inside_the_window_the_picture_is_untouched(player, renderer):
    original = noise()
    drawn, _ = draw(player, original, renderer)
    inside = clear_share()[..., 0] == 1
    assert np.abs(drawn - original)[inside].max() <= 3


@pytest.mark.parametrize("sigma", [0.001, 0.004, 0.4])
@pytest.mark.parametrize("renderer", ["webgl2", "2d"])
def test_the_faintest_and_the_strongest_blur_keep_the_picture_s_mean(player, renderer, sigma):
    original = scene()
    drawn, _ = draw(player, original, renderer, sigma=sigma)
    far = distance_px() > RADIUS
    assert abs(drawn[far].mean() - blurred(original, sigma * WIDTH)[far].mean()) < 4


def test_a_blur_that_grows_is_twice_as_wide_at_twice_the_radius(player):
    original = noise()
    drawn, said = draw(player, original, "webgl2", sigma=0.01, grows=True)
    assert said["facts"]["blur_grows"] is True
    distance = distance_px()
    for times in (1, 2, 4):
        ring = np.abs(distance - times * RADIUS - 2) < 2
        expected = blurred(original, times * 0.01 * WIDTH)
        assert np.abs(drawn - expected)[ring].mean() < 1.5
        assert drawn[ring].std() == pytest.approx(expected[ring].std(), rel=0.15)


def test_where_the_blur_cannot_grow_it_is_uniform_and_the_record_says_so(player):
    even, _ = draw(player, scene(), "2d")
    drawn, said = draw(player, scene(), "2d", grows=True)
    assert said["facts"]["blur_grows"] is False
    assert (drawn == even).all()


@pytest.mark.parametrize("renderer", ["webgl2", "2d"])
def test_a_cursor_that_moved_leaves_no_trace_and_one_that_rests_draws_nothing(player, renderer):
    drawn, said = draw(player, scene(), renderer)
    assert said["drew"] == [True, True, False]
    corner = drawn[:40, :40]
    assert np.abs(corner - blurred(scene(), 0.02 * WIDTH)[:40, :40]).max() < 12  # the window was there first


def test_a_lost_context_is_replaced_in_the_call_that_finds_it_lost(player):
    plain, _ = draw(player, scene(), "2d")
    drawn, said = draw(player, scene(), "webgl2", lose=True)
    assert said["fallbacks"] == ["2d"]
    assert said["facts"]["renderer"] == "2d"
    assert said["facts"]["renderer_lost"] is True
    assert said["onPage"]
    assert said["drew"][-1] is True
    assert (drawn == plain).all()
