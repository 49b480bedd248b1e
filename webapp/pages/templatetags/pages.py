"""How numbers, times, states and table heads look on every page."""

import datetime as dt
import math
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from webapp.pages.tables import Table

register = template.Library()

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 24 * 3600


@register.filter
def when(moment: dt.datetime | None) -> SafeString | str:
    """How long ago, with the exact time on hover."""
    if moment is None:
        return "–"
    age = timezone.now() - moment
    if abs(age) < dt.timedelta(minutes=1):
        words = "just now"
    elif age < dt.timedelta(0):
        words = f"in {timesince(timezone.now(), moment, depth=1)}"
    else:
        words = f"{timesince(moment, depth=1)} ago"
    exact = moment.astimezone(dt.UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%Y-%m-%d %H:%M:%S"),
        words,
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as a person says them: 4.2 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as whole percent; 100 only when nothing is missing."""
    if share is None:
        return "–"
    return f"{min(99, round(share * 100)) if share < 1 else 100} %"


@register.filter
def share(part: int, whole: int) -> float:
    """Part of a whole, 0 to 1; 0 where there is no whole."""
    return part / whole if whole else 0.0


@register.filter
def short(digest: str) -> SafeString | str:
    """The beginning of a checksum, all of it on hover."""
    return format_html('<code title="{}">{}</code>', digest, digest[:12]) if digest else "–"


@register.filter
def amount(count: int | None) -> str:
    """A count with a unit that leaves few digits: 812, 12.4 k, 3.7 M, 1.2 G."""
    if count is None:
        return "–"
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= factor:
            return f"{significant(count / factor)} {unit}"
    return str(count)


@register.filter
def significant(value: float | None) -> str:
    """A measured value with three digits that mean something: 0.0421, 3.70, 128, 4096."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


@register.filter
def item(mapping: dict, key: str) -> Any:
    """The value of a key, or nothing."""
    return mapping.get(key)


@register.filter
def words(code: str) -> str:
    """A machine's word as people write it: too_few_samples → too few samples."""
    return str(code).replace("_", " ")


@register.simple_tag
def badge(state: str, text: str = "") -> SafeString:
    """A state as a word with colour and shape."""
    return format_html('<span class="badge" data-state="{}">{}</span>', state, text or words(state))


@register.simple_tag
def column(table: Table, name: str, title: str, unit: str = "", kind: str = "") -> SafeString:
    """Head of a column that sorts; `kind` is 'number' for numbers."""
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>',
        kind,
        table.aria_sort(name),
        table.sort_link(name),
        title,
        format_html(' <span class="unit">{}</span>', unit) if unit else "",
    )


@register.inclusion_tag("pages/_pager.html")
def pager(table: Table) -> dict[str, Any]:
    """Links to the pages around this one; nothing when there is one page only."""
    page = table.page
    return {
        "page": page,
        "total": table.total,
        "previous": table.page_link(page.number - 1),
        "next": table.page_link(page.number + 1),
    }


@register.inclusion_tag("pages/_progress.html")
def progress(share: float, done: int = 0, total: int = 0, unit: str = "") -> dict[str, Any]:
    """A bar with what is done and of how much."""
    return {"share": round(share, 4), "done": done, "total": total, "unit": unit}
