"""What draws the clips, in the whole player: the renderer that was chosen, and what happens when it is lost."""

import pytest

from collector.models import Assignment, Trial
from tests.e2e.observer import agree_and_pass_the_check
from tests.e2e.recorded import events_of, marks_of
from tests.e2e.watching import begin, completion_code
from tests.e2e.world import clip_of, open_study

# Takes the graphics card away, and says when on the page's clock, ms.
LOSE = """() => {
    const context = document.getElementById("picture").getContext("webgl2");
    context.getExtension("WEBGL_lose_context").loseContext();
    return performance.now();
}"""


def start_clip(page) -> None:
    page.get_by_role("button", name="Show the video").click()
    page.locator("#mark:enabled").click()
    page.wait_for_function("() => document.getElementById('clip').currentTime > 0.5")


@pytest.mark.long(30)
def test_a_lost_graphics_card_costs_two_frames_at_most_and_stands_in_the_record(
    site, page, drawing_known, tmp_path
):
    clips = [clip_of(name, seed, tmp_path, frames=120) for seed, name in enumerate(("film-a", "film-b"), 1)]
    open_study(clips)
    site.start("web")
    page.goto(f"{site.url}/study/films/")
    agree_and_pass_the_check(page)
    visit = Assignment.objects.get()
    assert visit.renderer in ("webgl2", "2d")
    assert visit.frame_rates
    Assignment.objects.update(renderer="webgl2")
    begin(page)

    start_clip(page)
    lost_us = page.evaluate(LOSE) * 1000
    page.wait_for_function("() => document.getElementById('picture').getContext('2d') !== null")
    start_clip(page)
    code = completion_code(page)

    assert code == Assignment.objects.get().completion_code
    hit, after = Trial.objects.order_by("slot__position")
    assert (hit.summary["renderer"], hit.summary["renderer_lost"]) == ("2d", True)
    events = events_of(hit)
    assert [kind for _, kind in events["renderer"]] == ["webgl2"]
    [(noticed_us, kind)] = events["renderer_lost"]
    assert kind == "2d"
    between = [t_us for t_us in marks_of(hit) if lost_us <= t_us <= noticed_us]
    assert len(between) <= 2
    assert [t_us for t_us in marks_of(hit) if t_us > noticed_us]  # it played on
    # The next clip has a graphics card again.
    assert after.summary["renderer"] == "webgl2"
    assert "renderer_lost" not in after.summary
