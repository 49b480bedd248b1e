"""Curves as SVG files that any browser shows, without scripts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

_STYLE = Style(
    background="white",
    plot_background="white",
    colors=("#1b6ca8", "#c0541d", "#3a7d44", "#7b4fa3", "#8a6d1b", "#b03060", "#4a5a6a"),
    font_family="sans-serif",
    transition="0s",
)

Curve = Sequence[tuple[float, float]]


def write_chart(path: Path, title: str, x_title: str, y_title: str, curves: Mapping[str, Curve]) -> None:
    """Write one chart of named curves, each of points (x, y)."""
    chart = pygal.XY(
        style=_STYLE,
        js=[],
        title=title,
        x_title=x_title,
        y_title=y_title,
        width=900,
        height=500,
        show_dots=False,
        legend_at_bottom=True,
        x_label_rotation=0,
    )
    for name, curve in curves.items():
        chart.add(name, list(curve))
    chart.add_xml_filter(_without_scripts)
    path.write_bytes(chart.render())


def _without_scripts(root: Element) -> Element:
    for parent in list(root.iter()):
        for child in list(parent):
            if isinstance(child.tag, str) and child.tag.endswith("script"):
                parent.remove(child)
    return root
