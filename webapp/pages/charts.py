"""Charts as SVG without scripts, in the colours of the stylesheet. The pages put a table behind each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import pygal
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from pygal.style import Style

from collector.selectors import Coverage

STRIP_HEIGHT = 100
SMALL = {
    "width": 480,
    "height": 220,
    "max_scale": 6,
    "x_labels_major_count": 5,
    "show_minor_x_labels": False,
    "truncate_label": -1,
}
BAR_REM = 1.5  # at most, so that a few clips do not look like a wall
# Three colours are enough for the parts of a split; the table behind a chart says in words what they mean.
STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--ink-soft)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line-strong)",
    colors=("var(--accent)", "var(--warn)", "var(--bad)"),
    opacity=".85",
    opacity_hover="1",
    font_family="var(--text)",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    title_font_size=14,
    no_data_font_size=16,
    transition="0s",
)


def coverage_strip(coverage: Sequence[Coverage]) -> SafeString:
    """A bar a clip, as high as its share of the wanted valid tracks; empty without clips."""
    if not coverage:
        return mark_safe("")
    bars = format_html_join(
        "", '<g class="{}"><title>{}</title>{}</g>', map(_bar, range(len(coverage)), coverage)
    )
    reached = sum(row.valid >= row.target for row in coverage)
    return format_html(
        '<svg class="coverage" style="max-width: {}rem" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>',
        len(coverage) * BAR_REM,
        len(coverage),
        STRIP_HEIGHT,
        f"{reached} of {len(coverage)} clips have their target of valid tracks",
        bars,
    )


def _bar(place: int, row: Coverage) -> tuple[str, str, SafeString]:
    kind = "reached" if row.valid >= row.target else "begun" if row.valid else "none"
    height = max(2.0, row.share * STRIP_HEIGHT)  # a clip without tracks is seen to be there
    gap = 0.08
    rectangles = format_html(
        '<rect class="space" x="{}" y="0" width="{}" height="{}"/><rect x="{}" y="{}" width="{}" height="{}"/>',
        *(place + gap, 1 - 2 * gap, STRIP_HEIGHT),
        *(place + gap, round(STRIP_HEIGHT - height, 2), 1 - 2 * gap, round(height, 2)),
    )
    return kind, f"{row.stimulus.name}: {row.valid} of {row.target} valid", rectangles


def loss_curve(points: Iterable[Sequence[float]]) -> SafeString:
    """Training loss against the step."""
    chart = _xy(x_title="step", y_title="loss", show_legend=False, show_dots=False)
    chart.add("loss", [(step, loss) for step, loss in points])
    return _inline(chart)


def score_curve(name: str, points: Iterable[tuple[float, float | None]]) -> SafeString:
    """One score against the step, small enough to stand beside others; None leaves a gap."""
    chart = _xy(title=name, show_legend=False, dots_size=2, **SMALL)
    chart.add(name, list(points))
    return _inline(chart)


def content_scatter(parts: Mapping[str, Sequence[tuple[str, float, float]]]) -> SafeString:
    """Clips by spatial and temporal information (grey levels, ITU-T P.910), a colour a part."""
    chart = _xy(
        x_title="SI",
        y_title="TI",
        stroke=False,
        dots_size=4,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
    )
    for part, clips in parts.items():
        chart.add(part, [{"value": (si, ti), "label": name} for name, si, ti in clips])
    return _inline(chart)


def _xy(**settings: Any) -> pygal.XY:
    size = {"width": 760, "height": 380}
    return pygal.XY(style=STYLE, js=[], margin=8, margin_bottom=20, x_label_rotation=0, **size | settings)


def _inline(chart: pygal.XY) -> SafeString:
    """SVG to stand in a page: without its scripts, which no page runs; labels are shown by the browser on hover."""
    chart.add_xml_filter(_quiet)
    svg = chart.render(is_unicode=True, disable_xml_declaration=True)
    return mark_safe(svg)  # noqa: S308 - built by pygal, which escapes the labels


def _quiet(root: Element) -> Element:
    for parent in list(root.iter()):
        for child in list(parent):
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag == "script" or (tag == "desc" and child.get("class") != "label"):
                parent.remove(child)
            elif tag == "desc":
                child.tag = "title"
    return root
