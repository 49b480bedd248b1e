"""What a person does on the observer's pages before the first clip, for tests that drive a browser."""

from collections.abc import Callable

from playwright.sync_api import Page

from collector.models import SoundCheck
from collector.tones import IN_A_ROW

MOST_MOVES = 1000  # some two minutes: a busy machine measures long
MIDDLE_OF_THE_DOT = """dot => {
    const { x, y, width, height } = dot.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""


def agree(page: Page) -> None:
    """Say yes to the consent text."""
    page.get_by_role("button", name="I agree").click()
    page.locator("[data-screen=device]").wait_for()


def agree_and_pass_the_check(page: Page) -> None:
    """From the consent page to the instructions, through whatever the study checks."""
    agree(page)
    pass_the_check(page)


def pass_the_check(page: Page) -> None:
    """Through whatever the study checks, to the instructions."""
    pass_the_device_list(page)
    deeds: dict[str, Callable[[Page], None]] = {
        "pointing": point_with_a_mouse,
        "calibration": lambda page: page.get_by_role("button", name="It fits").click(),
        "follow": follow_the_dot,
        "sound": pass_the_sound_check,
    }
    while (screen := shown(page)) != "passed":
        deeds[screen](page)
        page.locator(f"[data-screen={screen}]").wait_for(state="hidden")
    page.get_by_role("button", name="Go on").click()
    page.locator("[data-screen=intro]").wait_for()


def pass_the_device_list(page: Page) -> None:
    """Move the mouse to and fro until every row has passed; what a busy machine measures badly is tried again."""
    device = page.locator("[data-screen=device]")
    again = device.get_by_role("button", name="Try again")
    for move in range(MOST_MOVES):
        page.mouse.move(100 + 200 * (move % 2), 150, steps=4)
        if not device.is_visible():
            return
        if again.is_visible():
            again.click()
        page.wait_for_timeout(100)
    device.wait_for(state="hidden")


def shown(page: Page) -> str:
    """Name of the screen that is shown."""
    return page.locator("[data-screen]:visible").get_attribute("data-screen") or ""


def point_with_a_mouse(page: Page) -> None:
    """Answer the question what the hand holds."""
    page.get_by_role("button", name="A mouse").click()


def follow_the_dot(page: Page) -> None:
    """Keep the cursor on the dot until the test is over, passed or not."""
    dot = page.locator("[data-dot]")
    again = page.locator("[data-screen=follow] [data-go]")
    while dot.is_visible() and not again.is_visible():
        page.mouse.move(*dot.evaluate(MIDDLE_OF_THE_DOT))


def pass_the_sound_check(page: Page) -> None:
    """Count two sequences right."""
    for _ in range(IN_A_ROW):
        count_the_tones(page)


def count_the_tones(page: Page, mistake: int = 0) -> None:
    """Play the tones to their end and press their number, or one that is off by `mistake`."""
    page.locator("[data-play]:enabled").click()
    page.locator(".answers:enabled").wait_for()
    tones = SoundCheck.objects.latest("created_at").tones
    with page.expect_response("**/sound-check/answer"):
        page.get_by_role("button", name=str(tones + mistake), exact=True).click()
