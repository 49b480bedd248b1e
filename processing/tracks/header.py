"""Which columns a CSV of tracks has, and what its times may be."""

from processing.errors import BadInput

COLUMNS = ("observer", "t_s", "x_px", "y_px")
# Three years: far past any clip, and small enough for exact 64-bit arithmetic at every grid rate.
MAX_TIME_S = 1e8


def column_places(header: list[str], name: str) -> dict[str, int]:
    """Where each of `COLUMNS` stands. Raises BadInput, naming the file, for one that is missing or doubled."""
    names = [column.strip() for column in header]
    for column in COLUMNS:
        if names.count(column) != 1:
            trouble = "is missing" if column not in names else "is there more than once"
            raise BadInput(f'{name}: column "{column}" {trouble}; the header must name {", ".join(COLUMNS)}')
    return {column: names.index(column) for column in COLUMNS}
