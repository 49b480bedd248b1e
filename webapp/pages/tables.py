"""Long tables: sorted and cut into pages by what the address says, so that a link shows what its sender saw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

SortKey = str | Callable[[Any], Any]  # a field to order a queryset by, or a key for rows in memory


@dataclass(frozen=True)
class Table:
    """One page of sorted rows, and the addresses of its other pages and orders.

    Several tables of one page tell their parameters apart by `prefix`.
    """

    page: Page
    order: str
    asked: QueryDict
    prefix: str = ""

    @property
    def named(self) -> bool:
        """Whether the address asks for an order or a page of this table."""
        return any(self._name(word) in self.asked for word in ("sort", "page"))

    @property
    def total(self) -> int:
        """Rows on all pages."""
        return self.page.paginator.count

    def aria_sort(self, column: str) -> str:
        """What screen readers are told of a column's order."""
        if self.order.removeprefix("-") != column:
            return "none"
        return "descending" if self.order.startswith("-") else "ascending"

    def sort_link(self, column: str) -> str:
        """Query string that sorts by a column, the other way round when it is sorted so already."""
        order = f"-{column}" if self.order == column else column
        return self._link(sort=order, page=None)

    def page_link(self, number: int) -> str:
        """Query string of another page."""
        return self._link(page=str(number))

    def _name(self, word: str) -> str:
        return f"{self.prefix}_{word}" if self.prefix else word

    def _link(self, **changes: str | None) -> str:
        query = self.asked.copy()
        for word, value in changes.items():
            query.pop(self._name(word), None)
            if value is not None:
                query[self._name(word)] = value
        return f"?{query.urlencode()}"


def table(
    request: HttpRequest,
    rows: QuerySet | Sequence[Any],
    *,
    columns: Mapping[str, SortKey],
    default: str,
    per_page: int = 50,
    prefix: str = "",
) -> Table:
    """Sort `rows` by the column that the address names, or by `default`, and take the page that it names.

    A name that is not in `columns` and a page that does not exist fall back: an address is typed by anybody.
    """
    order = request.GET.get(f"{prefix}_sort" if prefix else "sort", default)
    if order.removeprefix("-") not in columns:
        order = default
    key = columns[order.removeprefix("-")]
    if isinstance(rows, QuerySet):
        direction = "-" if order.startswith("-") else ""
        ordered: QuerySet | list[Any] = rows.order_by(f"{direction}{key}", "pk")
    else:
        ordered = sorted(rows, key=key, reverse=order.startswith("-"))  # type: ignore[arg-type]
    pages = Paginator(ordered, per_page)
    page = pages.get_page(request.GET.get(f"{prefix}_page" if prefix else "page"))
    return Table(page=page, order=order, asked=request.GET, prefix=prefix)
