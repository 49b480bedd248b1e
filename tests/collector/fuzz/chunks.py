"""Strategies: chunks as a page could send them, and ways to spoil them."""

import json

from hypothesis import strategies as st

from collector.protocol import EVENT_KINDS

TIMES = st.integers(0, 2**47 - 1)
LENGTHS = st.integers(-10_000_000, 10_000_000)
SIZES = st.integers(0, 10_000_000)
COUNTS = st.integers(0, 2**31 - 1)
# Anything that UTF-8 can carry: half of a surrogate pair cannot be.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)

COLUMNS = {
    "samples": {"t_us": TIMES, "x_cpx": LENGTHS, "y_cpx": LENGTHS, "kind": st.integers(0, 2)},
    "marks": {"t_us": TIMES, "t_shown_us": TIMES, "media_us": TIMES, "presented": COUNTS},
    "viewports": {
        "t_us": TIMES,
        **dict.fromkeys(("left_cpx", "top_cpx"), LENGTHS),
        **dict.fromkeys(("width_cpx", "height_cpx"), SIZES),
        **dict.fromkeys(("dpr_milli", "window_width", "window_height"), COUNTS),
        **dict.fromkeys(("screen_width", "screen_height", "pinch_milli", "zoom_milli"), COUNTS),
    },
    "events": {"t_us": TIMES, "kind": st.sampled_from(EVENT_KINDS), "detail": TEXTS},
}


@st.composite
def table(draw: st.DrawFn, name: str) -> dict:
    rows = draw(st.integers(0, 4))
    return {
        column: draw(st.lists(values, min_size=rows, max_size=rows))
        for column, values in COLUMNS[name].items()
    }


@st.composite
def chunks(draw: st.DrawFn, n: int | None = None) -> dict:
    """A chunk that keeps every rule, as the mapping that travels as JSON."""
    number = draw(st.integers(0, 1999)) if n is None else n
    tables = draw(st.sets(st.sampled_from(sorted(COLUMNS))))
    return {"protocol": 1, "n": number} | {name: draw(table(name)) for name in sorted(tables)}


def text(chunk: object) -> bytes:
    return json.dumps(chunk, separators=(",", ":")).encode()


NOT_A_NUMBER = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just([]),
)
OUT_OF_BOUNDS = st.sampled_from([2**47, -(2**24), 2**63, -(2**63), 10**40])
PLACEHOLDER = 123_456_789


@st.composite
def spoilt(draw: st.DrawFn, n: int = 0) -> bytes:
    """The text of a chunk that breaks one rule."""
    chunk = draw(chunks(n))
    name = draw(st.sampled_from(sorted(COLUMNS)))
    good = {
        column: draw(st.lists(values, min_size=1, max_size=1)) for column, values in COLUMNS[name].items()
    }
    chunk[name] = good
    words = {"kind", "detail"} if name == "events" else set()
    column = draw(st.sampled_from([c for c in good if c not in words]))
    way = draw(st.sampled_from(sorted(WAYS)))
    return WAYS[way](draw, chunk, name, column)


def _with(chunk: dict, name: str, column: str, values: list) -> bytes:
    return text(chunk | {name: chunk[name] | {column: values}})


def _doubled(chunk: dict, name: str) -> bytes:
    return text(chunk)[:-1] + b"," + text({name: chunk[name]})[1:-1] + b"}"


WAYS = {
    "unequal columns": lambda draw, chunk, name, column: _with(chunk, name, column, []),
    "no number": lambda draw, chunk, name, column: _with(chunk, name, column, [draw(NOT_A_NUMBER)]),
    "out of bounds": lambda draw, chunk, name, column: _with(chunk, name, column, [draw(OUT_OF_BOUNDS)]),
    "not a number": lambda draw, chunk, name, column: _with(chunk, name, column, [PLACEHOLDER]).replace(
        str(PLACEHOLDER).encode(), draw(st.sampled_from([b"NaN", b"Infinity", b"1e999", b"0x10", b"01"]))
    ),
    "no such column": lambda draw, chunk, name, column: _with(chunk, name, "t_ms", [0]),
    "no such table": lambda draw, chunk, name, column: text(chunk | {"smells": {}}),
    "no such kind": lambda draw, chunk, name, column: text(
        chunk | {"events": {"t_us": [0], "kind": ["sneezed"], "detail": [""]}}
    ),
    "another protocol": lambda draw, chunk, name, column: text(
        chunk | {"protocol": draw(st.sampled_from([0, 2, 9, True, 1.0, "1"]))}
    ),
    "a key twice": lambda draw, chunk, name, column: _doubled(chunk, name),
    "cut off": lambda draw, chunk, name, column: text(chunk)[: -draw(st.integers(1, 20))],
    "something behind it": lambda draw, chunk, name, column: text(chunk) + b"x",
    "no table at all": lambda draw, chunk, name, column: text(chunk | {name: draw(NOT_A_NUMBER)}),
    "nested without end": lambda draw, chunk, name, column: b"[" * 5000 + b"]" * 5000,
    "no UTF-8": lambda draw, chunk, name, column: text(chunk) + b"\xff",
}
