"""What a person does while clips are shown, and what may come between, for tests that drive a browser."""

from playwright.sync_api import Page

HIDE = """() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    delete document.visibilityState;
}"""
# A page that does nothing at all for longer than any stall is what a sleeping machine looks like.
SLEEP = "() => { for (const end = performance.now() + 3000; performance.now() < end; ); }"


def begin(page: Page) -> None:
    """Past the instructions."""
    page.get_by_role("button", name="Go on").click()


def start_clip(page: Page) -> None:
    """Show the clip and click the mark; the clip plays when this returns."""
    page.get_by_role("button", name="Show the video").click()
    page.locator("#mark:enabled").click()
    page.wait_for_function("() => document.getElementById('clip').currentTime > 0.2")


def show_again(page: Page, why: str) -> None:
    """Read why the clip was interrupted, and ask for it again."""
    page.get_by_text(why).wait_for()
    page.get_by_role("button", name="Show it again").click()


def completion_code(page: Page) -> str:
    """The code, as soon as it is there."""
    return page.locator("#code").inner_text(timeout=120_000)
