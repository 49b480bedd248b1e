"""Colours of the observer's pages: enough contrast for tired eyes (WCAG 2.2, 1.4.3 and 1.4.11, level AA)."""

import re
from pathlib import Path

import pytest

STYLES = (Path(__file__).parents[2] / "webapp/static/cursal.css").read_text()
TEXT, PARTS = 4.5, 3.0

READ = [
    ("--ink", "--paper"),
    ("--ink", "--card"),
    ("--ink", "--accent-soft"),
    ("--ink-soft", "--paper"),
    ("--ink-soft", "--card"),
    ("--accent", "--card"),
    ("--accent", "--paper"),
    ("--accent-ink", "--accent"),
    ("--good", "--card"),
    ("--good", "--paper"),
    ("--bad", "--card"),
    ("--bad", "--bad-soft"),
    ("--warn", "--warn-soft"),
    ("#111", "#8f8f8f"),  # the mark that starts a clip
    ("#111", "--surround"),  # what stands under it
]
SEEN = [
    ("--accent", "--card"),  # borders, bars, focus
    ("--line-strong", "--paper"),
    ("--line-strong", "--card"),
    ("#111", "--surround"),  # the dot to follow
    ("#fff", "--surround"),
]


def tokens() -> dict[str, str]:
    """Custom properties of the light set: the observer's pages have no other."""
    light = re.search(r":root \{(.*?)\n\}", STYLES, re.DOTALL)
    assert light
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{3,6});", light.group(1)))


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour, 0 to 1 (WCAG 2.2, definition)."""
    digits = colour.lstrip("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else re.findall("..", digits)
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(pair, 16) / 255 for pair in pairs)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    named = tokens()
    lighter, darker = sorted((luminance(named.get(c, c)) for c in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_most_contrast_there_is():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("ink", "paper"), READ)
def test_what_is_read_stands_out(ink, paper):
    assert contrast(ink, paper) >= TEXT


@pytest.mark.parametrize(("part", "around"), SEEN)
def test_what_is_seen_and_used_stands_out(part, around):
    assert contrast(part, around) >= PARTS


def test_the_observer_s_pages_stay_light_whatever_the_system_wishes():
    assert ":root:not(.observer)" in STYLES
