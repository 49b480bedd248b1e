"""What the tests of whole visits share."""

import json

import pytest
from playwright.sync_api import BrowserContext

KNOWN = {"renderer": "2d", "tier": "full", "decision": "passes", "rates": {"2d 720p": 30}}


@pytest.fixture
def drawing_known(context: BrowserContext) -> None:
    """How fast the computer draws is known beforehand: measuring it takes ten seconds of every visit.

    It is measured in the tests of the check, of a whole visit, and in tests/collector/drawing.
    """
    module = f"export const measureDrawing = async () => ({json.dumps(KNOWN)});"
    context.route(
        "**/player/drawing/measure*.js",
        lambda route: route.fulfill(body=module, content_type="text/javascript"),
    )
