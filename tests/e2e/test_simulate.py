"""A made-up person walks a visit in a real page, and only where made-up people may come."""

import pytest

from collector.models import Assignment, Trial
from collector.tokens import sign_simulation
from tests.e2e.world import clip_of, open_study

# Long enough for a made-up person to have moved: it does so every 8 ms.
SIXTY_FRAMES = """() => new Promise((resolve) => {
    let moved = 0;
    let frames = 0;
    addEventListener("pointermove", () => (moved += 1));
    const tick = () => ((frames += 1) < 60 ? requestAnimationFrame(tick) : resolve(moved));
    tick();
})"""


@pytest.fixture
def study(site, tmp_path):
    clips = [clip_of(name, seed, tmp_path, frames=75) for seed, name in enumerate(("film-a", "film-b"), 1)]
    practice = clip_of("practice", 9, tmp_path, frames=75)
    opened = open_study(clips, practice, checks={"sound": "start_and_middle", "slow_drawing": True})
    site.start("web")
    return opened


@pytest.mark.long(45)
def test_a_made_up_person_goes_from_the_link_to_the_code(study, site, page, drawing_known):
    page.goto(f"{site.url}/study/films/?simulated={sign_simulation('films')}&simulate=7")
    code = page.locator("#code")
    code.wait_for(timeout=180_000)

    visit = Assignment.objects.get()
    assert visit.observer.simulated
    assert code.inner_text() == visit.completion_code
    trials = Trial.objects.filter(phase=Trial.Phase.FINISHED)
    assert trials.count() == 3
    counts = [(trial.summary["moves"], trial.summary["rests"]) for trial in trials]
    assert all(moves >= 10 and rests > 0 for moves, rests in counts), counts


def test_nobody_else_is_walked(study, site, page):
    page.goto(f"{site.url}/study/films/?simulate=7")
    page.get_by_role("button", name="I agree").wait_for()

    assert page.evaluate(SIXTY_FRAMES) == 0
    assert Assignment.objects.get().step == Assignment.Step.CONSENT
