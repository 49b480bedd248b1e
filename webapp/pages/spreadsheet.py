"""Tables as CSV that a spreadsheet may open without running anything."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

# A text cell that begins so is taken for a formula (OWASP, "CSV Injection").
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV download, UTF-8. Numbers are written as they are, -1.5 included; only text is made harmless."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=filename)},
    )
    writer = csv.writer(response)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return response


def harmless(cell: Any) -> Any:
    """The cell as it is, or text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
